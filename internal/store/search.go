package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"todoku/internal/mail"
)

// index makes a new row's words searchable.
func (t *tx) index(key int64, e *mail.Envelope, text string) error {
	return t.exec("INSERT INTO words (rowid, subject, people, body) VALUES (?, ?, ?, ?)",
		key, indexText(e.Subject), indexText(peopleText(e)), indexText(text))
}

// reindex replaces the words of a row. What the index holds cannot be read back, so without text the row is wordless
// again (Wordless).
func (t *tx) reindex(key int64, e *mail.Envelope, text string) error {
	if err := t.exec("UPDATE messages SET worded = ?1 WHERE key = ?2 AND worded <> ?1", text != "", key); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM words WHERE rowid = ?", key); err != nil {
		return err
	}
	return t.index(key, e, text)
}

// Wordless gives stored messages of the account whose text is not searchable yet, newest first: work for IndexTexts
// that can wait until a sync is done.
func (s *Store) Wordless(ctx context.Context, account string, limit int) ([]int64, error) {
	var joined *string
	err := s.row(ctx, `SELECT group_concat(key, ' ') FROM (SELECT key FROM messages WHERE stored AND NOT worded
		AND folder IN (SELECT id FROM folders WHERE account = ?) ORDER BY key DESC LIMIT ?)`, account, limit).Scan(&joined)
	return splitKeys(joined), s.fail("list messages to index", err)
}

// IndexTexts makes the readable text of messages searchable, in place of any text given before, in one transaction. The
// first 256 KiB of each count. A message without text is marked as done too; one that is gone is left out.
func (s *Store) IndexTexts(ctx context.Context, texts map[int64]string) error {
	return s.write(ctx, "index text", func(t *tx) error {
		envelopes := map[int64]mail.Envelope{}
		for key := range texts {
			if err := t.wordEnvelope(key, envelopes); err != nil {
				return err
			}
		}
		// Ascending and without other statements between them: see insertFresh.
		for _, key := range slices.Sorted(maps.Keys(envelopes)) {
			if err := t.exec("DELETE FROM words WHERE rowid = ?", key); err != nil {
				return err
			}
		}
		for _, key := range slices.Sorted(maps.Keys(envelopes)) {
			e := envelopes[key]
			if err := t.index(key, &e, texts[key]); err != nil {
				return err
			}
		}
		return nil
	})
}

// wordEnvelope marks a message as searchable and reads its envelope.
func (t *tx) wordEnvelope(key int64, envelopes map[int64]mail.Envelope) error {
	var blob []byte
	err := t.row("UPDATE messages SET worded = 1 WHERE key = ? RETURNING envelope", key).Scan(&blob)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	envelopes[key], err = decodeEnvelope(blob)
	return err
}

// Search gives the messages whose subject, people or indexed text hold every word, newest first: of one folder, or with
// folderID 0 of all folders of the account. limit 0 means all. No words find nothing. Of messages that wait for IndexTexts
// subject and people are looked at one by one.
func (s *Store) Search(ctx context.Context, account string, folderID int64, words string, limit int) ([]int64, error) {
	phrases := queryPhrases(words)
	if len(phrases) == 0 {
		return nil, nil
	}
	find := s.searchSome
	if limit <= 0 {
		find = s.searchAll
	}
	waiting, err := s.searchWaiting(ctx, account, folderID, phrases, limit) // first: what is indexed meanwhile is in both
	if err != nil {
		return nil, s.fail("search", err)
	}
	keys, err := find(ctx, account, folderID, matchQuery(phrases), limit)
	if err != nil {
		return nil, s.fail("search", err)
	}
	return newestOf(keys, waiting, limit), nil
}

// searchSome: words.rowid sorts as lists do (newKey), so FTS5 gives the newest first and stops at the limit.
func (s *Store) searchSome(ctx context.Context, account string, folderID int64, match string, limit int) ([]int64, error) {
	query, args := `SELECT group_concat(key, ' ') FROM (SELECT m.key FROM words CROSS JOIN messages m ON m.key = words.rowid
		WHERE words MATCH ? AND m.folder = ? ORDER BY words.rowid DESC LIMIT ?)`, []any{match, folderID, limit}
	if folderID == 0 {
		query, args = `SELECT group_concat(key, ' ') FROM (SELECT m.key FROM words CROSS JOIN messages m ON m.key = words.rowid
			CROSS JOIN folders f ON f.id = m.folder
			WHERE words MATCH ? AND f.account = ? ORDER BY words.rowid DESC LIMIT ?)`, []any{match, account, limit}
	}
	var joined *string
	err := s.row(ctx, query, args...).Scan(&joined)
	return splitKeys(joined), err
}

// searchAll compares all hits with the folder's keys, which an index holds together: looking up the row of each of
// many thousand hits would take several times as long.
func (s *Store) searchAll(ctx context.Context, account string, folderID int64, match string, _ int) ([]int64, error) {
	var joined *string
	err := s.row(ctx, "SELECT group_concat(rowid, ' ') FROM (SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC)", match).Scan(&joined)
	hits := splitKeys(joined)
	if err != nil || len(hits) == 0 {
		return nil, err
	}
	var members *string
	err = s.row(ctx, `SELECT group_concat(key, ' ') FROM messages INDEXED BY messages_list
		WHERE folder IN (SELECT id FROM folders WHERE id = ?1 OR ?1 = 0 AND account = ?2)`, folderID, account).Scan(&members)
	if err != nil {
		return nil, err
	}
	here := make(map[int64]bool, len(hits))
	for _, key := range splitKeys(members) {
		here[key] = true
	}
	return slices.DeleteFunc(hits, func(key int64) bool { return !here[key] }), nil
}

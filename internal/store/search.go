package store

import (
	"context"

	"todoku/internal/mail"
)

// index makes a new row's words searchable.
func (t *tx) index(key int64, e *mail.Envelope, text string) error {
	return t.exec("INSERT INTO words (rowid, subject, people, body) VALUES (?, ?, ?, ?)",
		key, indexText(e.Subject), indexText(peopleText(e)), indexText(text))
}

// reindex replaces the words of a row. What the index holds cannot be read back, so text is needed again.
func (t *tx) reindex(key int64, e *mail.Envelope, text string) error {
	if err := t.exec("DELETE FROM words WHERE rowid = ?", key); err != nil {
		return err
	}
	return t.index(key, e, text)
}

// IndexText makes a message's readable text searchable, in place of any text given before. The first 256 KiB count.
func (s *Store) IndexText(ctx context.Context, key int64, text string) error {
	return s.write(ctx, "index text", func(t *tx) error {
		var blob []byte
		if err := t.row("SELECT envelope FROM messages WHERE key = ?", key).Scan(&blob); err != nil {
			return err
		}
		e, err := decodeEnvelope(blob)
		if err != nil {
			return err
		}
		return t.reindex(key, &e, text)
	})
}

// Search gives the messages whose subject, people or indexed text hold every word, newest first: of one folder, or with
// folderID 0 of all folders of the account. limit 0 means all. No words find nothing.
func (s *Store) Search(ctx context.Context, account string, folderID int64, words string, limit int) ([]int64, error) {
	match := matchQuery(words)
	if match == "" {
		return nil, nil
	}
	if limit <= 0 {
		limit = -1
	}
	// words.rowid sorts as lists do (newKey), so FTS5 gives the newest first and stops at the limit.
	query, args := `SELECT group_concat(key, ' ') FROM (SELECT m.key FROM words CROSS JOIN messages m ON m.key = words.rowid
		WHERE words MATCH ? AND m.folder = ? ORDER BY words.rowid DESC LIMIT ?)`, []any{match, folderID, limit}
	if folderID == 0 {
		query, args = `SELECT group_concat(key, ' ') FROM (SELECT m.key FROM words CROSS JOIN messages m ON m.key = words.rowid
			CROSS JOIN folders f ON f.id = m.folder
			WHERE words MATCH ? AND f.account = ? ORDER BY words.rowid DESC LIMIT ?)`, []any{match, account, limit}
	}
	var joined *string
	if err := s.row(ctx, query, args...).Scan(&joined); err != nil {
		return nil, s.fail("search", err)
	}
	return splitKeys(joined), nil
}

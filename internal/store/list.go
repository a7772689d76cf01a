package store

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"todoku/internal/mail"
)

// messageColumns are read by scanMessage; the row's folder is joined as f.
const messageColumns = `m.key, f.id, f.account, f.name, coalesce(m.server_id, ''), m.flags, m.size, m.received, m.mod_seq,
	m.has_file, m.stored, m.pending > 0, m.bounced, m.envelope`

func scanMessage(row scanner) (Message, error) {
	var m Message
	var received int64
	var envelope []byte
	err := row.Scan(&m.Key, &m.FolderID, &m.Account, &m.Folder, &m.ID, &m.Flags, &m.Size, &received, &m.ModSeq,
		&m.HasFile, &m.Stored, &m.Pending, &m.Bounced, &envelope)
	if err != nil {
		return m, err
	}
	if received != 0 {
		m.Received = time.Unix(received, 0).UTC()
	}
	m.Envelope, err = decodeEnvelope(envelope)
	return m, err
}

// Page gives limit rows of a folder from offset on, newest first.
func (s *Store) Page(ctx context.Context, folderID int64, offset, limit int) ([]Message, error) {
	list := make([]Message, 0, min(max(limit, 0), chunkRows))
	err := s.each(ctx, `SELECT `+messageColumns+` FROM (
			SELECT key FROM messages WHERE folder = ? ORDER BY received DESC, key DESC LIMIT ? OFFSET ?
		) k CROSS JOIN messages m ON m.key = k.key CROSS JOIN folders f ON f.id = m.folder
		ORDER BY m.received DESC, m.key DESC`,
		[]any{folderID, limit, offset}, func(row scanner) error {
			m, err := scanMessage(row)
			list = append(list, m)
			return err
		})
	return list, s.fail("read a page", err)
}

// Keys gives every message of a folder in list order.
func (s *Store) Keys(ctx context.Context, folderID int64) ([]int64, error) {
	// One long string instead of a row each: at 100,000 messages the rows' crossing into Go is most of the time.
	var joined *string
	err := s.row(ctx, `SELECT group_concat(key, ' ') FROM (
		SELECT key FROM messages WHERE folder = ? ORDER BY received DESC, key DESC)`, folderID).Scan(&joined)
	if err != nil {
		return nil, s.fail("list keys", err)
	}
	return splitKeys(joined), nil
}

func splitKeys(joined *string) []int64 {
	if joined == nil || *joined == "" {
		return nil
	}
	keys := make([]int64, 0, strings.Count(*joined, " ")+1)
	for field := range strings.SplitSeq(*joined, " ") {
		key, _ := strconv.ParseInt(field, 10, 64) // our own integers
		keys = append(keys, key)
	}
	return keys
}

// Rows gives the messages with these keys, in that order, without those that are gone.
func (s *Store) Rows(ctx context.Context, keys []int64) ([]Message, error) {
	list := make([]Message, 0, len(keys))
	wanted, err := json.Marshal(keys)
	if err != nil {
		return nil, s.fail("read rows", err)
	}
	err = s.each(ctx, `SELECT `+messageColumns+` FROM json_each(?) j CROSS JOIN messages m ON m.key = j.value
		CROSS JOIN folders f ON f.id = m.folder ORDER BY j.key`, []any{string(wanted)}, func(row scanner) error {
		m, err := scanMessage(row)
		list = append(list, m)
		return err
	})
	return list, s.fail("read rows", err)
}

// Message gives one row; CodeNotFound if it is gone.
func (s *Store) Message(ctx context.Context, key int64) (Message, error) {
	m, err := scanMessage(s.row(ctx, "SELECT "+messageColumns+" FROM messages m JOIN folders f ON f.id = m.folder WHERE m.key = ?", key))
	return m, s.fail("read a message", err)
}

// IDFlags gives the ids that the store knows in a folder, those included that wait to leave it, with the flags that the
// server last told, without waiting changes.
func (s *Store) IDFlags(ctx context.Context, folderID int64) (map[mail.ID]mail.Flags, error) {
	flags := map[mail.ID]mail.Flags{}
	err := s.eachID(ctx, folderID, func(id mail.ID, f mail.Flags) { flags[id] = f })
	return flags, s.fail("list flags", err)
}

// eachID goes by the index of arrival, because the rows themselves lie in that order on the disk.
func (s *Store) eachID(ctx context.Context, folderID int64, f func(mail.ID, mail.Flags)) error {
	var joined *string
	err := s.row(ctx, `SELECT group_concat(server_flags || ' ' || server_id, char(10)) FROM (
			SELECT server_flags, server_id FROM messages INDEXED BY messages_list WHERE folder = ?1 AND server_id IS NOT NULL
			UNION ALL
			SELECT m.server_flags, p.server_id FROM pending p JOIN messages m ON m.key = p.message
			WHERE p.state = 'waiting' AND p.folder = ?1 AND p.server_id IS NOT NULL AND p.verb IN ('move', 'delete'))`,
		folderID).Scan(&joined)
	if err != nil || joined == nil {
		return err
	}
	for line := range strings.SplitSeq(*joined, "\n") {
		number, id, _ := strings.Cut(line, " ")
		flags, _ := strconv.ParseUint(number, 10, 32) // our own integers
		f(mail.ID(id), mail.Flags(flags))
	}
	return nil
}

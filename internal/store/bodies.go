package store

import (
	"context"

	"todoku/internal/mail"
)

// PutBody stores a whole message, octets as received; partial fetches of it are dropped.
func (s *Store) PutBody(ctx context.Context, key int64, raw []byte) error {
	return s.write(ctx, "put a body", func(t *tx) error { return t.putBody(key, raw) })
}

func (t *tx) putBody(key int64, raw []byte) error {
	n, err := t.affected("UPDATE messages SET stored = 1 WHERE key = ?", key)
	if err != nil {
		return err
	}
	if n == 0 {
		return refuse(CodeNotFound, "message %d", key)
	}
	if err := t.exec("DELETE FROM parts WHERE message = ?", key); err != nil {
		return err
	}
	return t.exec("INSERT OR REPLACE INTO bodies (message, raw) VALUES (?, ?)", key, orEmpty(raw))
}

// orEmpty keeps a nil slice from becoming NULL.
func orEmpty(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Body gives the whole message; CodeNotFound if only its row, or nothing, is stored.
func (s *Store) Body(ctx context.Context, key int64) ([]byte, error) {
	var raw []byte
	err := s.row(ctx, "SELECT raw FROM bodies WHERE message = ?", key).Scan(&raw)
	return raw, s.fail("read a body", err)
}

// PutPart stores one part as the server gave it (BODY[path]), still in its transfer encoding.
func (s *Store) PutPart(ctx context.Context, key int64, path string, raw []byte) error {
	return s.write(ctx, "put a part", func(t *tx) error {
		return t.exec("INSERT OR REPLACE INTO parts (message, path, raw) VALUES (?, ?, ?)", key, path, orEmpty(raw))
	})
}

// Part gives what PutPart stored; CodeNotFound otherwise.
func (s *Store) Part(ctx context.Context, key int64, path string) ([]byte, error) {
	var raw []byte
	err := s.row(ctx, "SELECT raw FROM parts WHERE message = ? AND path = ?", key, path).Scan(&raw)
	return raw, s.fail("read a part", err)
}

// PutLocal stores a whole message in a folder that is only on this disk. text is its readable text for search.
func (s *Store) PutLocal(ctx context.Context, folderID int64, m mail.Message, raw []byte, text string) (key int64, err error) {
	err = s.write(ctx, "put a local message", func(t *tx) error {
		key, err = t.putLocal(folderID, m, raw, text)
		return err
	})
	return key, err
}

func (t *tx) putLocal(folderID int64, m mail.Message, raw []byte, text string) (int64, error) {
	f, err := t.folder(folderID)
	if err != nil {
		return 0, err
	}
	if !f.Local {
		return 0, refuse(CodeState, "%s is a folder of the server", f.Name)
	}
	return t.insertWhole(f, m, raw, newRow{stored: true, text: text})
}

// insertWhole adds a row with its body.
func (t *tx) insertWhole(f Folder, m mail.Message, raw []byte, r newRow) (int64, error) {
	sequence, err := t.reserve(1)
	if err != nil {
		return 0, err
	}
	key, err := t.insertMessage(f.ID, newKey(m.Received, sequence), &m, r)
	if err != nil {
		return 0, err
	}
	people := newPeople()
	people.learn(&m.Envelope, secondsOf(m.Received))
	if err := t.putContacts(f.Account, people); err != nil {
		return 0, err
	}
	return key, t.exec("INSERT INTO bodies (message, raw) VALUES (?, ?)", key, orEmpty(raw))
}

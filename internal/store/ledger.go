package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"todoku/internal/mail"
)

// Ledger gives all that is known of the account's unique-ids.
func (s *Store) Ledger(ctx context.Context, account string) (map[string]Ledger, error) {
	all := map[string]Ledger{}
	err := s.each(ctx, "SELECT uidl, coalesce(message, 0), octets, stored_at, deleted_here, deleted_there FROM ledger WHERE account = ?",
		[]any{account}, func(row scanner) error {
			var l Ledger
			var stored, here, there int64
			err := row.Scan(&l.UIDL, &l.Key, &l.Octets, &stored, &here, &there)
			l.StoredAt, l.DeletedHere, l.DeletedThere = timeOf(stored), timeOf(here), timeOf(there)
			all[l.UIDL] = l
			return err
		})
	return all, s.fail("read the ledger", err)
}

// PutFetched stores messages, their bodies and their ledger rows in one transaction that is on the disk when it returns
// nil: only then may DELE be sent for them. A unique-id that the ledger already has is left as it is; one that is twice
// in the batch refuses the whole batch, for nobody can say which message DELE would take.
func (s *Store) PutFetched(ctx context.Context, account string, folderID int64, batch []Fetched) error {
	return s.write(ctx, "put fetched messages", func(t *tx) error { return t.putFetched(account, folderID, batch) })
}

func (t *tx) putFetched(account string, folderID int64, batch []Fetched) error {
	f, err := t.folder(folderID)
	if err != nil {
		return err
	}
	if f.Account != account {
		return refuse(CodeInput, "folder %s belongs to account %s", f.Name, f.Account)
	}
	seen := make(map[string]bool, len(batch))
	order := make([]*Fetched, len(batch))
	for i := range batch {
		b := &batch[i]
		if b.UIDL == "" || seen[b.UIDL] {
			return refuse(CodeInput, "unique-id %q is empty or twice in the batch", b.UIDL)
		}
		seen[b.UIDL], order[i] = true, b
	}
	slices.SortStableFunc(order, func(a, b *Fetched) int {
		return cmp.Compare(secondsOf(a.Message.Received), secondsOf(b.Message.Received))
	})
	sequence, err := t.reserve(len(batch))
	if err != nil {
		return err
	}
	people, fresh := newPeople(), map[int64]*Fetched{}
	for i, b := range order {
		if err := t.stop(); err != nil {
			return err
		}
		key, err := t.putOne(f, b, newKey(b.Message.Received, sequence+int64(i)))
		if err != nil {
			return err
		}
		if key != 0 {
			people.learn(&b.Message.Envelope, secondsOf(b.Message.Received))
			fresh[key] = b
		}
	}
	if err := t.putContacts(account, people); err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(fresh)) { // words last: see insertFresh
		if err := t.index(key, &fresh[key].Message.Envelope, fresh[key].Text); err != nil {
			return err
		}
	}
	return nil
}

// putOne stores a message unless the ledger knows it; the key is 0 then. Its words are still to be indexed.
func (t *tx) putOne(f Folder, b *Fetched, key int64) (int64, error) {
	var known bool
	err := t.row("SELECT EXISTS (SELECT 1 FROM ledger WHERE account = ? AND uidl = ?)", f.Account, b.UIDL).Scan(&known)
	if err != nil || known {
		return 0, err
	}
	m := b.Message
	m.ID = mail.ID(b.UIDL)
	if key, err = t.listedRow(f.ID, &m, b, key); err != nil {
		return 0, err
	}
	if err := t.exec("INSERT OR REPLACE INTO bodies (message, raw) VALUES (?, ?)", key, orEmpty(b.Raw)); err != nil {
		return 0, err
	}
	return key, t.exec("INSERT INTO ledger (account, uidl, message, octets, stored_at) VALUES (?, ?, ?, ?, ?)",
		f.Account, b.UIDL, key, b.Octets, nanos(t.s.now()))
}

// listedRow finds the row that a listing (TOP) made before, or makes a new one with key.
func (t *tx) listedRow(folderID int64, m *mail.Message, b *Fetched, key int64) (int64, error) {
	var listed int64
	err := t.row("SELECT key FROM messages WHERE folder = ? AND server_id = ?", folderID, m.ID).Scan(&listed)
	if errors.Is(err, sql.ErrNoRows) {
		return t.insertRow(folderID, key, m, newRow{id: m.ID, stored: true, bounced: b.Bounced, text: b.Text})
	}
	if err != nil {
		return 0, err
	}
	if err := t.exec("DELETE FROM words WHERE rowid = ?", listed); err != nil {
		return 0, err
	}
	return listed, t.exec("UPDATE messages SET stored = 1, worded = ?, bounced = ?, has_file = ?, envelope = ?, message_id = ? WHERE key = ?",
		b.Text != "", b.Bounced, m.HasFile, encodeEnvelope(&m.Envelope), m.Envelope.MessageID, listed)
}

// MarkDeletedThere says that the server answered +OK to QUIT after DELE of these.
func (s *Store) MarkDeletedThere(ctx context.Context, account string, uidls []string, at time.Time) error {
	return s.write(ctx, "mark deleted", func(t *tx) error {
		for _, uidl := range uidls {
			if err := t.exec("UPDATE ledger SET deleted_there = ? WHERE account = ? AND uidl = ?", nanos(at), account, uidl); err != nil {
				return err
			}
		}
		return nil
	})
}

package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
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
// nil: only then may DELE be sent for them. Indexing their words takes longer than that and is left to IndexTexts; until
// then Search looks at them one by one. A unique-id that the ledger already has is left as it is; one that is twice
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
	known, listed, err := t.recognise(f, order)
	if err != nil {
		return err
	}
	people := newPeople()
	var bodies, ledger []any
	stored := nanos(t.s.now())
	for i, b := range order {
		if err := t.stop(); err != nil {
			return err
		}
		if known[b.UIDL] {
			continue
		}
		key, err := t.putFetchedRow(f, b, newKey(b.Message.Received, sequence+int64(i)), listed[b.UIDL])
		if err != nil {
			return err
		}
		bodies = append(bodies, key, orEmpty(b.Raw))
		ledger = append(ledger, account, b.UIDL, key, b.Octets, stored)
		people.learn(&b.Message.Envelope, secondsOf(b.Message.Received))
	}
	if err := t.insertRows("bodies (message, raw)", 2, bodies); err != nil {
		return err
	}
	if err := t.insertRows("ledger (account, uidl, message, octets, stored_at)", 5, ledger); err != nil {
		return err
	}
	return t.putContacts(account, people)
}

// recognise finds which messages the ledger has, and the rows that a listing (TOP) made before, in two queries: asking
// for each message took a sixth of the time. The ids go as hexadecimals, because a server may put any octets in them.
func (t *tx) recognise(f Folder, batch []*Fetched) (known map[string]bool, listed map[string]int64, err error) {
	ids := make([]string, len(batch))
	for i, b := range batch {
		ids[i] = hex.EncodeToString([]byte(b.UIDL))
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, nil, err
	}
	known, listed = map[string]bool{}, map[string]int64{}
	var uidl string
	err = t.each(`SELECT l.uidl FROM json_each(?) j CROSS JOIN ledger l ON l.account = ? AND l.uidl = CAST(unhex(j.value) AS TEXT)`,
		[]any{string(list), f.Account}, func(row scanner) error {
			err := row.Scan(&uidl)
			known[uidl] = true
			return err
		})
	if err != nil {
		return nil, nil, err
	}
	err = t.each(`SELECT m.server_id, m.key FROM json_each(?) j CROSS JOIN messages m ON m.folder = ? AND m.server_id = CAST(unhex(j.value) AS TEXT)`,
		[]any{string(list), f.ID}, func(row scanner) error {
			var key int64
			err := row.Scan(&uidl, &key)
			listed[uidl] = key
			return err
		})
	return known, listed, err
}

// putFetchedRow makes the message's row, or takes the one that a listing made, and gives its key. Words and body are still
// to come.
func (t *tx) putFetchedRow(f Folder, b *Fetched, key, listed int64) (int64, error) {
	if listed != 0 {
		return listed, t.fillListed(listed, b)
	}
	return t.insertRow(f.ID, key, &b.Message, newRow{id: mail.ID(b.UIDL), stored: true, bounced: b.Bounced})
}

// fillListed brings the row of a listing to what the whole message says, and makes room for its body.
func (t *tx) fillListed(key int64, b *Fetched) error {
	if err := t.exec("DELETE FROM words WHERE rowid = ?", key); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM bodies WHERE message = ?", key); err != nil {
		return err
	}
	e := &b.Message.Envelope
	return t.exec("UPDATE messages SET stored = 1, worded = 0, bounced = ?, has_file = ?, envelope = ?, message_id = ? WHERE key = ?",
		b.Bounced, b.Message.HasFile, encodeEnvelope(e), e.MessageID, key)
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

package store

import (
	"context"
	"time"
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

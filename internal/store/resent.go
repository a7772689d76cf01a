package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Resent gives the entries of the outbox, oldest first, that were sent for messages of the account with these Message-IDs.
func (s *Store) Resent(ctx context.Context, account string, originals []string) ([]OutboxEntry, error) {
	wanted, err := json.Marshal(originals)
	if err != nil {
		return nil, s.fail("list what was sent again", err)
	}
	list, err := s.entries(ctx, `SELECT `+outboxColumns+` FROM outbox INDEXED BY outbox_resends
		WHERE resends <> '' AND resends IN (SELECT value FROM json_each(?)) AND account = ? ORDER BY key`, string(wanted), account)
	return list, s.fail("list what was sent again", err)
}

// OutboxOf gives the entries of the outbox with a Message-ID, oldest first: more than one where some recipients were tried again.
func (s *Store) OutboxOf(ctx context.Context, account, messageID string) ([]OutboxEntry, error) {
	list, err := s.entries(ctx, "SELECT "+outboxColumns+" FROM outbox WHERE message_id = ? AND account = ? ORDER BY key", messageID, account)
	return list, s.fail("find a message in the outbox", err)
}

// Accepted is a message that a submission server took for an address.
type Accepted struct {
	MessageID string
	At        time.Time
}

// Accepted lists the newest messages that the account's submission servers took for an address.
func (s *Store) Accepted(ctx context.Context, account, address string, limit int) ([]Accepted, error) {
	var list []Accepted
	err := s.each(ctx, `SELECT message_id, changed FROM outbox, json_each(recipients)
		WHERE account = ? AND state IN ('accepted', 'filed') AND lower(value ->> 'addr') = ? AND value ->> 'state' = 'ok'
		ORDER BY outbox.key DESC LIMIT ?`, []any{account, strings.ToLower(address), limit}, func(row scanner) error {
		var a Accepted
		var changed int64
		err := row.Scan(&a.MessageID, &changed)
		a.At = timeOf(changed)
		list = append(list, a)
		return err
	})
	return list, s.fail("list what was sent to an address", err)
}

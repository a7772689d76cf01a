package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// SizeNotSaid is the Size of a server that does not offer SIZE (RFC 1870).
const SizeNotSaid = -1

// Announced is what an account's submission server said of itself at the newest EHLO.
type Announced struct {
	Account    string
	Server     string // "mail.sakura.test:587"
	Size       int64  // octets of a message that it takes; 0: no fixed limit; SizeNotSaid
	Recipients int    // of one message (RFC 9422 section 4.2); 0: it does not say
	Learned    time.Time
}

// PutAnnounced stores what a server announced just now, instead of what was known of the account's server before.
func (s *Store) PutAnnounced(ctx context.Context, a Announced) error {
	return s.write(ctx, "store what a server announced", func(t *tx) error {
		return t.exec(`INSERT INTO announced (account, server, size, recipients, learned) VALUES (?1, ?2, ?3, ?4, ?5)
			ON CONFLICT (account) DO UPDATE SET server = ?2, size = ?3, recipients = ?4, learned = ?5`,
			a.Account, a.Server, a.Size, a.Recipients, nanos(t.s.now()))
	})
}

// Announced gives what the account's server announced; ok is false if that server was never asked.
func (s *Store) Announced(ctx context.Context, account, server string) (a Announced, ok bool, err error) {
	var learned int64
	err = s.row(ctx, "SELECT account, server, size, recipients, learned FROM announced WHERE account = ? AND server = ?", account, server).
		Scan(&a.Account, &a.Server, &a.Size, &a.Recipients, &learned)
	if errors.Is(err, sql.ErrNoRows) {
		return Announced{}, false, nil
	}
	a.Learned = timeOf(learned)
	return a, err == nil, s.fail("read what a server announced", err)
}

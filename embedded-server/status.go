package sandbox

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Login is the last time that a user logged in, and by which protocol: "imap", "pop3" or "smtp".
type Login struct {
	Time  time.Time
	Proto string
}

// logins remembers who was seen when.
type logins struct {
	now  func() time.Time
	mu   sync.Mutex
	last map[string]Login
}

// by gives the function that notes logins by one protocol.
func (l *logins) by(proto string) func(user string) {
	return func(user string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.last[user] = Login{l.now(), proto}
	}
}

func (l *logins) of(user string) Login {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last[user]
}

// Mailbox is a user's mailbox as it is now.
type Mailbox struct {
	User
	Messages int   // in all folders
	Octets   int64 // of them
	Last     Login // zero: not since the start
}

// Mailboxes lists the users' mailboxes.
func (s *Sandbox) Mailboxes(ctx context.Context) ([]Mailbox, error) {
	var all []Mailbox
	for _, u := range s.world.Users {
		use, err := s.store.Usage(ctx, u.Address)
		if err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		all = append(all, Mailbox{User: u, Messages: use.Messages, Octets: use.Bytes, Last: s.logins.of(u.Address)})
	}
	return all, nil
}

// Retry makes a waiting message due now; false means that none has this id.
func (s *Sandbox) Retry(ctx context.Context, id string) (bool, error) {
	for _, o := range s.offices {
		if found, err := o.Retry(ctx, id); found || err != nil {
			return found, err
		}
	}
	return false, nil
}

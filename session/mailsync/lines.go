package mailsync

import (
	"context"
	"errors"
	"sync"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/imap"
)

const (
	// idleLimit is how long a connection is kept between two verbs; servers log out after 30 minutes (RFC 9051
	// section 5.4), and many routers forget a silent connection sooner.
	idleLimit = 5 * time.Minute
	// freshFor is how long an unused connection is trusted without asking it for a sign of life.
	freshFor = 20 * time.Second
	// idleLines is how many unused connections an account keeps: one for the list, one for a message.
	idleLines = 2
)

// Lines keeps logged-in IMAP connections between verbs: a login costs several round trips and a TLS handshake.
type Lines struct {
	now    func() time.Time
	mu     sync.Mutex
	idle   map[string][]idleLine
	closed bool
}

type idleLine struct {
	client *imap.Client
	since  time.Time
}

// NewLines makes an empty set.
func NewLines(now func() time.Time) *Lines {
	return &Lines{now: now, idle: map[string][]idleLine{}}
}

// Use gives fn a connection of the account, an idle one that still answers or a new one from dial, and keeps it
// afterwards unless fn failed on the connection itself.
func (l *Lines) Use(ctx context.Context, account string, dial func(context.Context) (*imap.Client, error), fn func(*imap.Client) error) error {
	client, err := l.take(ctx, account, dial)
	if err != nil {
		return err
	}
	err = fn(client)
	if ctx.Err() != nil || broken(err) || !l.keep(account, client) {
		client.Close()
	}
	return err
}

// take prefers the connection used last; a server may have hung up on it meanwhile.
func (l *Lines) take(ctx context.Context, account string, dial func(context.Context) (*imap.Client, error)) (*imap.Client, error) {
	for {
		line, ok := l.pop(account)
		if !ok {
			return dial(ctx)
		}
		age := l.now().Sub(line.since)
		if age < freshFor || age < idleLimit && line.client.Noop(ctx) == nil {
			return line.client, nil
		}
		line.client.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
}

func (l *Lines) pop(account string) (idleLine, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.idle[account]
	if len(list) == 0 {
		return idleLine{}, false
	}
	last := list[len(list)-1]
	l.idle[account] = list[:len(list)-1]
	return last, true
}

// keep puts a connection away; false when there are enough.
func (l *Lines) keep(account string, client *imap.Client) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.idle[account]) >= idleLines {
		return false
	}
	l.idle[account] = append(l.idle[account], idleLine{client, l.now()})
	return true
}

// Close ends every idle connection, side by side: each says LOGOUT.
func (l *Lines) Close() error {
	l.mu.Lock()
	l.closed = true
	var all []*imap.Client
	for _, list := range l.idle {
		for _, line := range list {
			all = append(all, line.client)
		}
	}
	clear(l.idle)
	l.mu.Unlock()
	errs := make([]error, len(all))
	var wg trace.Group
	for i, client := range all {
		wg.Go(func() { errs[i] = client.Close() })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// broken reports whether the connection must not be used again: anything but a refusal in the server's own words.
func broken(err error) bool {
	if err == nil {
		return false
	}
	var refused *imap.Error
	return !errors.As(err, &refused) || refused.Status == "BYE"
}

package imap

import (
	"context"
	"errors"
	"time"

	"todoku/protocols/wire"
)

// Redial makes a new connection in place of one that ended, opens the folder that was open, and tries again with
// growing pauses until ctx ends or there is no use: the server refuses the login, or its certificate is wrong. It
// closes a connection that still works. ErrUIDValidity means that the connection is there but the folder is another.
func (c *Client) Redial(ctx context.Context) error {
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.give()
	for try := 1; ; try++ {
		_, err := c.revive(ctx)
		if err == nil || !worthAnother(err) {
			return err
		}
		c.opt.Span.Note("connecting again failed: " + err.Error())
		pause := time.NewTimer(c.opt.Limits.Backoff(try))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}

// worthAnother tells whether the same attempt may succeed later.
func worthAnother(err error) bool {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Temporary()
	}
	var we *wire.Error
	if !errors.As(err, &we) {
		return false
	}
	switch we.Code {
	case wire.CodeDNSFailed, wire.CodeDNSNotFound, wire.CodeDialRefused, wire.CodeDialTimeout, wire.CodeDialUnreachable, wire.CodeDialNoRoute,
		wire.CodeDialFailed, wire.CodeTLSClosed, wire.CodeSilent, wire.CodeSlow, wire.CodeClosed, wire.CodeStalled:
		return !errors.Is(we.Err, errClosed)
	}
	return false
}

// revive replaces the connection once and opens the folder again. The caller has the turn.
func (c *Client) revive(ctx context.Context) (*link, error) {
	c.mu.Lock()
	old, closed := c.link, c.closed
	folder, readOnly, open := c.folder, c.readOnly, c.open
	c.mu.Unlock()
	if closed {
		return nil, c.plainError(wire.CodeClosed, "", errClosed)
	}
	if old != nil {
		old.close()
	}
	l, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	var replaced error
	if open {
		replaced = c.reopen(ctx, l, folder.Name, folder.UIDValidity, readOnly)
	}
	if replaced != nil && !errors.Is(replaced, ErrUIDValidity) {
		l.close()
		return nil, replaced
	}
	if !c.adopt(l) {
		l.close()
		return nil, c.plainError(wire.CodeClosed, "", errClosed)
	}
	c.tell(Update{Kind: UpdateReset, Exists: uint32(c.count())})
	return l, replaced
}

// adopt makes l the connection, unless the Client was closed meanwhile.
func (c *Client) adopt(l *link) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.link = l
	return true
}

func (c *Client) reopen(ctx context.Context, l *link, folder string, validity uint32, readOnly bool) error {
	f, err := c.selectOn(ctx, l, folder, readOnly)
	if err != nil {
		return err
	}
	if f.UIDValidity != validity {
		c.forget()
		return ErrUIDValidity
	}
	c.mu.Lock()
	c.folder = f
	c.mu.Unlock()
	return nil
}

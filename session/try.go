package session

import (
	"context"

	"todoku/internal/trace"
	"todoku/protocols/imap"
)

// tryMailbox logs in where the account reads, and changes nothing.
func (s *Session) tryMailbox(ctx context.Context, span *trace.Span, name string) error {
	l, protocol, err := s.receiving(name)
	if err != nil {
		return err
	}
	if protocol == protocolIMAP {
		return s.overIMAP(ctx, span, l, l.account.Name, func(c *imap.Client) error { return c.Noop(ctx) })
	}
	c, err := s.dialPOP3(ctx, span, l)
	if err == nil {
		c.Abort() // without QUIT nothing is deleted (RFC 1939 section 6)
	}
	return err
}

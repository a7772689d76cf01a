package session

import (
	"context"

	"todoku/internal/config"
	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
	"todoku/session/account"
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

// tryLogin logs in to the account's submission server, and sends nothing.
func (s *Session) tryLogin(ctx context.Context, span *trace.Span, a config.Account) error {
	secret, err := account.Credentials(ctx, a, a.SMTP)
	if err != nil {
		return err
	}
	c, err := smtp.Dial(ctx, smtp.Options{Net: s.watched(span), Span: span, Host: a.SMTP.Host, Port: a.SMTP.Port, TLS: wire.TLSMode(a.SMTP.TLS)})
	if err != nil {
		return reaching(err, a, a.SMTP, stepSubmit)
	}
	defer c.Close()
	if err := c.Auth(ctx, secret, a.SMTP.Auth); err != nil {
		return reaching(err, a, a.SMTP, stepSubmit)
	}
	_ = c.Quit(ctx) // the login succeeded whatever QUIT says
	return nil
}

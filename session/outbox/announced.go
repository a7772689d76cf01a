package outbox

import (
	"context"
	"net"
	"strconv"

	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
)

// Ask says EHLO to the account's submission server and goodbye, to store what the server announces.
func (s *Submitter) Ask(ctx context.Context, span *trace.Span, account string) error {
	c, err := smtp.Dial(ctx, smtp.Options{Net: s.Net, Span: span, Host: s.Host, Port: s.Port, TLS: s.TLS})
	if err != nil {
		return err
	}
	defer c.Close()
	err = s.remember(ctx, account, c.Extensions())
	_ = c.Quit(ctx) // what was to be learned is known whatever QUIT says
	return err
}

// Server names the submission server as the store knows it.
func (s *Submitter) Server() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// remember stores what the newest EHLO announced.
func (s *Submitter) remember(ctx context.Context, account string, e smtp.Extensions) error {
	a := store.Announced{Account: account, Server: s.Server(), Size: store.SizeNotSaid, Recipients: e.Recipients}
	if e.Has("SIZE") {
		a.Size = e.Size
	}
	return s.Store.PutAnnounced(ctx, a)
}

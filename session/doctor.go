package session

import (
	"context"
	"time"

	"todoku/diag/ladder"
	"todoku/internal/config"
	"todoku/internal/trace"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
	"todoku/session/account"
)

// DoctorOptions say which account to examine, and how far.
type DoctorOptions struct {
	Account string // or a twin's name; "" is the first account
	// Send has one small message go out to the account's own address and come back. Where both servers are ours it does
	// in any case.
	Send  bool
	Size  int64 // octets of a message that the sending server is asked about, and not sent; 0 asks without
	Watch func(ladder string, r ladder.Rung)
}

// Doctor climbs the ladders of an account: from this device's line up to the mailbox, and up to sending. The first
// broken rung is the answer.
func (s *Session) Doctor(ctx context.Context, span *trace.Span, o DoctorOptions) (checkup ladder.Checkup, err error) {
	defer func() { span.End(err) }()
	if o.Account == "" && len(s.configured()) > 0 {
		o.Account = s.configured()[0].Name
	}
	if o.Account == "" {
		return checkup, ErrNoAccount
	}
	l, protocol, err := s.receiving(o.Account)
	if err != nil {
		return checkup, err
	}
	if err := s.ended(ctx); err != nil {
		return checkup, err
	}
	return s.examine(ctx, span, l.account, l.server, protocol, o)
}

// examine climbs the ladders of an account by one of its servers.
func (s *Session) examine(ctx context.Context, span *trace.Span, a config.Account, server config.Server, protocol string, o DoctorOptions) (ladder.Checkup, error) {
	return ladder.Examine(ctx, span, ladder.DoctorOptions{
		Net: s.watched(span), Name: a.Name, Address: a.Address,
		Receive: rungsOf(a, server, protocol), Send: rungsOf(a, a.SMTP, ladder.SMTP),
		Portal: s.portal(), Compare: s.Config.ProbeHosts.Port25,
		OutAndBack: o.Send || s.owns(server.Host) && s.owns(a.SMTP.Host),
		Size:       o.Size,
		Watch:      o.Watch,
	})
}

// rungTime bounds the doctor's way up to one server that did not answer a comparison.
const rungTime = 30 * time.Second

// brokenRung climbs to one of an account's servers and gives the rung that breaks; nil if none does now.
func (s *Session) brokenRung(ctx context.Context, span *trace.Span, a config.Account, server config.Server, protocol string) *ladder.Rung {
	ctx, cancel := context.WithTimeout(ctx, rungTime)
	defer cancel()
	span = span.Child("doctor")
	c, err := ladder.Examine(ctx, span, ladder.DoctorOptions{Net: s.watched(span), Name: a.Name, Address: a.Address,
		Receive: rungsOf(a, server, protocol), Portal: s.portal()})
	span.End(err)
	if c.Receive.Broken == 0 {
		return nil
	}
	return &c.Receive.Rungs[c.Receive.Broken-1]
}

func (s *Session) owns(host string) bool { return s.Net.Owns != nil && s.Net.Owns(host) }

// rungsOf is a server of an account as the ladder takes it.
func rungsOf(a config.Account, server config.Server, protocol string) ladder.Server {
	return ladder.Server{Proto: protocol, Host: server.Host, Port: server.Port, TLS: wire.TLSMode(server.TLS), User: server.User, Auth: server.Auth,
		Secret: func(ctx context.Context) (sasl.Credentials, error) { return account.Credentials(ctx, a, server) }}
}

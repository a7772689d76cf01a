package delivery

import (
	"context"
	"maps"
	"net"
	"strconv"

	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// SubmissionServer is where an account hands its mail over (RFC 6409).
type SubmissionServer struct {
	Host string
	Port int
	TLS  wire.TLSMode
	// Login authenticates; it is told a session that is ready for AUTH.
	Login func(context.Context, *smtp.Client) error
	// Locate adds to an error what is known of the account; nil leaves errors as they are.
	Locate func(error) error
}

// submission is step 1: the dialogue with the account's own server. Its certificate must verify, as for any message.
type submission struct {
	dialogue
	server *SubmissionServer
}

// submit goes from connect to RCPT and takes it back. The first error ends it and is the step's.
func (r *run) submit(ctx context.Context) (state State) {
	defer r.out.called.open()
	server := r.o.Submit
	if server == nil {
		return NA
	}
	span := r.span.Child("submission")
	defer span.End(nil)
	port := strconv.Itoa(server.Port)
	s := &submission{server: server, dialogue: dialogue{run: r, span: span,
		at:    Hop{Step: Submission, Kind: KindCommand, Where: net.JoinHostPort(server.Host, port)},
		facts: map[string]string{"host": server.Host, "server": server.Host, "port": port, "sender": r.o.Sender, "address": r.o.recipient(), "step": "1"},
	}}
	defer r.recovered(s.at, func(trace.Finding) { state = Unknown })
	h, err := s.open(ctx)
	if s.client != nil {
		defer s.client.Close()
	}
	if err == nil {
		h, err = s.envelope(ctx)
	}
	if s.client != nil && err == nil {
		s.client.Quit(ctx) // nothing depends on its reply
	}
	if err != nil {
		return s.fail(ctx, h, err)
	}
	return OK
}

// fail ends the hop at which the step broke.
func (s *submission) fail(ctx context.Context, h Hop, err error) State {
	if givenUp(ctx, err) || cutShort(ctx, err) {
		return s.end(h, s.found(cutCode(ctx), trace.Unknown, err)).State
	}
	s.dated(s.server.Host, err)
	if s.server.Locate != nil {
		err = s.server.Locate(err)
	}
	f := s.found("", trace.Fail, nil)
	why := explain.Find(err)
	f.Code = why.Code
	maps.Copy(f.Args, why.Args)
	h = s.end(h, f)
	s.broken = &f
	return h.State
}

// open connects and logs in.
func (s *submission) open(ctx context.Context) (Hop, error) {
	h := s.live("connect", 0)
	within, over := s.o.Waits.begin(ctx, h.ID)
	c, err := smtp.Connect(within, smtp.Options{Net: s.o.Net, Span: s.span, Host: s.server.Host, Port: s.server.Port, TLS: s.server.TLS,
		LocalName: s.o.Name, Literal: s.o.Name == "", Limits: s.limits})
	over()
	s.dialled(&s.out.submission, ladder.Target{Host: s.server.Host, Port: s.server.Port}, h, err)
	s.out.called.open()
	if err != nil {
		return h, err
	}
	s.client, h.TLS = c, c.TLS()
	f := s.found("trace.submission.connected", trace.Pass, nil)
	if h.TLS != nil {
		f = tlsArgs(f, h.TLS)
	}
	s.end(h, f)
	if h, err = s.command(ctx, "banner", "trace.banner", s.limits.Greeting, s.client.Greet); err != nil {
		return h, err
	}
	if h, err = s.hello(ctx, "EHLO"); err != nil {
		return h, err
	}
	if s.server.TLS == wire.TLSStart {
		if h, err = s.secure(ctx); err != nil {
			return h, err
		}
		s.end(h, tlsArgs(s.found("trace.tls.verified", trace.Pass, nil), h.TLS))
		if h, err = s.hello(ctx, "EHLO in TLS"); err != nil {
			return h, err
		}
	}
	return s.command(ctx, "AUTH", "trace.submission", s.limits.Mail, func(ctx context.Context) (smtp.Reply, error) {
		return smtp.Reply{}, s.server.Login(ctx, s.client)
	})
}

// envelope asks whether the server takes a message for the recipient from this account.
func (s *submission) envelope(ctx context.Context) (Hop, error) {
	if s.o.Address == "" {
		return Hop{}, nil
	}
	h, err := s.command(ctx, "MAIL", "trace.mail", s.limits.Mail, func(ctx context.Context) (smtp.Reply, error) {
		return s.client.Mail(ctx, smtp.Envelope{From: s.o.Sender, To: []smtp.Recipient{{Addr: s.o.Address}}})
	})
	if err != nil {
		return h, err
	}
	h, err = s.command(ctx, "RCPT", "trace.submission.rcpt", s.limits.Rcpt, func(ctx context.Context) (smtp.Reply, error) {
		return s.client.Rcpt(ctx, smtp.Recipient{Addr: s.o.Address})
	})
	if err != nil {
		return h, err
	}
	if s.o.Send != nil {
		return s.hand(ctx)
	}
	s.client.Rset(ctx) // QUIT ends the transaction too
	return h, nil
}

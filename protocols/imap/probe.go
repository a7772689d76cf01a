package imap

import (
	"context"

	"todoku/internal/trace"
	"todoku/protocols/sasl"
)

// Session is a connection on the way to its login, for who takes it step by step: Greet, Secure if TLS begins later,
// Capability, Login. Errors are those of Dial; after one, Close is all that is left.
type Session struct {
	client  *Client
	prelude *prelude
}

// Connect connects and says nothing. Of the modes only TLSImplicit does TLS here.
func Connect(ctx context.Context, o Options) (*Session, error) {
	c := newClient(o)
	p, err := c.reach(ctx)
	if err != nil {
		return nil, err
	}
	return &Session{c, p}, nil
}

// Greet reads the server's greeting and gives its text.
func (s *Session) Greet(ctx context.Context) (string, error) {
	err := s.step(ctx, s.prelude.greeting)
	return s.prelude.hello, err
}

// Secure asks for TLS by STARTTLS and does the handshake.
func (s *Session) Secure(ctx context.Context) error {
	return s.step(ctx, func() error { return s.prelude.startTLS(ctx) })
}

// Capability gives what the server can do, in capitals and sorted.
func (s *Session) Capability(ctx context.Context) ([]string, error) {
	err := s.step(ctx, s.prelude.known)
	return s.prelude.caps.names(), err
}

// Login logs in; the Client takes the connection over.
func (s *Session) Login(ctx context.Context, creds sasl.Credentials) (*Client, error) {
	s.prelude.opt.Credentials, s.client.opt.Credentials = creds, creds
	if err := s.step(ctx, s.prelude.enter); err != nil {
		return nil, err
	}
	l, err := s.client.takeOver(s.prelude)
	if err != nil {
		return nil, err
	}
	s.client.link = l
	s.client.turn <- struct{}{}
	return s.client, nil
}

// step does one step, which ends with ctx.
func (s *Session) step(ctx context.Context, do func() error) error {
	defer s.prelude.conn.Watch(ctx)()
	if err := do(); err != nil {
		return s.prelude.conn.Cause(err)
	}
	return nil
}

// TLS gives the facts of the handshake; nil in the clear.
func (s *Session) TLS() *trace.TLSFacts { return s.prelude.conn.TLS() }

// Close ends the connection without LOGOUT.
func (s *Session) Close() error {
	defer s.prelude.end(nil)
	return s.prelude.conn.Close()
}

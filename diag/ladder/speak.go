package ladder

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// Protocols of a mail client.
const (
	IMAP = "imap"
	POP3 = "pop3"
	SMTP = "smtp"
)

// offer is what a server says that it can do.
type offer struct {
	names      []string // as the server announces them, sorted
	mechanisms []string // of logging in
}

// session is a connection to one server, taken step by step. One client of each protocol is behind it.
type session interface {
	greet(context.Context) (said string, err error)
	secure(context.Context) error // STARTTLS or STLS
	offers(context.Context) (offer, error)
	login(context.Context, sasl.Credentials) error
	look(context.Context) (facts map[string]string, err error) // at the mailbox, or at the sender's address
	tls() *trace.TLSFacts
	close()
}

// address is where and how to connect.
type address struct {
	net     *wire.Net
	span    *trace.Span
	host    string
	port    int
	mode    wire.TLSMode
	addrs   []netip.Addr
	waits   time.Duration // for one reply
	auth    string
	account string // the person's address
	size    int64  // octets of the message that is asked about
}

// connect begins a session with the protocol's client; with implicit TLS the handshake is part of it.
func connect(ctx context.Context, proto string, a address) (session, error) {
	switch proto {
	case IMAP:
		s, err := imap.Connect(ctx, imap.Options{Net: a.net, Span: a.span, Host: a.host, Port: a.port, TLS: a.mode, Addrs: a.addrs, Auth: a.auth,
			Limits: imap.Limits{Greeting: a.waits, Reply: a.waits}})
		if err != nil {
			return nil, err
		}
		return &imapSession{s: s}, nil
	case POP3:
		c, err := pop3.Connect(ctx, pop3.Options{Net: a.net, Span: a.span, Host: a.host, Port: a.port, TLS: a.mode, Addrs: a.addrs, Auth: a.auth,
			ReadOnly: true, Limits: pop3.Limits{Reply: a.waits}})
		if err != nil {
			return nil, err
		}
		return &pop3Session{c: c}, nil
	}
	c, err := smtp.Connect(ctx, smtp.Options{Net: a.net, Span: a.span, Host: a.host, Port: a.port, TLS: a.mode, Addrs: a.addrs,
		Limits: smtp.Limits{Greeting: a.waits, Hello: a.waits, Mail: a.waits, Quit: a.waits}})
	if err != nil {
		return nil, err
	}
	return &smtpSession{c: c, auth: a.auth, account: a.account, size: a.size}, nil
}

type imapSession struct {
	s *imap.Session
	c *imap.Client // after the login
}

func (x *imapSession) greet(ctx context.Context) (string, error) { return x.s.Greet(ctx) }
func (x *imapSession) secure(ctx context.Context) error          { return x.s.Secure(ctx) }
func (x *imapSession) tls() *trace.TLSFacts                      { return x.s.TLS() }

func (x *imapSession) offers(ctx context.Context) (offer, error) {
	names, err := x.s.Capability(ctx)
	o := offer{names: names}
	for _, name := range names {
		if m, ok := strings.CutPrefix(name, "AUTH="); ok {
			o.mechanisms = append(o.mechanisms, m)
		}
	}
	if !slices.Contains(names, "LOGINDISABLED") {
		o.mechanisms = append(o.mechanisms, "LOGIN") // the command (RFC 9051 section 6.2.3)
	}
	return o, err
}

func (x *imapSession) login(ctx context.Context, creds sasl.Credentials) (err error) {
	x.c, err = x.s.Login(ctx, creds)
	return err
}

func (x *imapSession) look(ctx context.Context) (map[string]string, error) {
	f, err := x.c.Open(ctx, inbox, true)
	return map[string]string{"folder": inbox, "total": strconv.Itoa(f.Total)}, err
}

func (x *imapSession) close() {
	if x.c != nil {
		x.c.Close()
		return
	}
	x.s.Close()
}

// inbox is the name of the mailbox that mail arrives in (RFC 9051 section 5.1).
const inbox = "INBOX"

type pop3Session struct{ c *pop3.Client }

func (x *pop3Session) greet(ctx context.Context) (string, error) { return x.c.Greet(ctx) }
func (x *pop3Session) secure(ctx context.Context) error          { return x.c.Secure(ctx) }
func (x *pop3Session) tls() *trace.TLSFacts                      { return x.c.TLS() }

func (x *pop3Session) offers(ctx context.Context) (offer, error) {
	caps, err := x.c.Capa(ctx)
	o := offer{names: caps.Names(), mechanisms: caps.SASL}
	if caps.User || !caps.Known {
		o.mechanisms = append(slices.Clone(caps.SASL), "USER")
	}
	return o, err
}

func (x *pop3Session) login(ctx context.Context, creds sasl.Credentials) error {
	return x.c.Login(ctx, creds)
}

func (x *pop3Session) look(ctx context.Context) (map[string]string, error) {
	count, octets, err := x.c.Stat(ctx)
	return map[string]string{"folder": "maildrop", "total": strconv.Itoa(count), "octets": strconv.FormatInt(octets, 10)}, err
}

// close hangs up without QUIT: nothing is deleted (RFC 1939 section 6).
func (x *pop3Session) close() { x.c.Abort() }

type smtpSession struct {
	c       *smtp.Client
	auth    string
	account string
	size    int64
}

func (x *smtpSession) tls() *trace.TLSFacts { return x.c.TLS() }

func (x *smtpSession) greet(ctx context.Context) (string, error) {
	r, err := x.c.Greet(ctx)
	return r.String(), err
}

func (x *smtpSession) secure(ctx context.Context) error {
	if _, err := x.c.SayHello(ctx); err != nil {
		return err
	}
	return x.c.Secure(ctx)
}

func (x *smtpSession) offers(ctx context.Context) (offer, error) {
	if _, err := x.c.SayHello(ctx); err != nil {
		return offer{}, err
	}
	ext := x.c.Extensions()
	o := offer{mechanisms: ext.Auth}
	for name, args := range ext.Names {
		o.names = append(o.names, strings.TrimSpace(name+" "+args))
	}
	slices.Sort(o.names)
	return o, nil
}

func (x *smtpSession) login(ctx context.Context, creds sasl.Credentials) error {
	return x.c.Auth(ctx, creds, x.auth)
}

// look asks whether the server takes mail from the account's address, and takes the question back.
func (x *smtpSession) look(ctx context.Context) (map[string]string, error) {
	r, err := x.c.Mail(ctx, smtp.Envelope{From: x.account, Size: x.size})
	if err == nil {
		x.c.Rset(ctx) // nothing depends on it: QUIT ends the transaction too
	}
	return map[string]string{"said": r.String(), "sender": x.account}, err
}

func (x *smtpSession) close() { x.c.Close() }

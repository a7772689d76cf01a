// Package smtp is the client side of SMTP (RFC 5321): submission and transfer, with one result per recipient.
package smtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// Options say which server to talk to and as whom.
type Options struct {
	Net       *wire.Net
	Span      *trace.Span
	Host      string
	Port      int
	TLS       wire.TLSMode
	LocalName string // for EHLO: a domain or an address literal; "" means "[127.0.0.1]", which tells nobody anything
	Literal   bool   // LocalName is the address literal of our end of the connection (RFC 5321 section 4.1.3)
	Limits    Limits
	MaxAddrs  int
	Addrs     []netip.Addr // connect to these and look nothing up
	Bodies    bool         // record whole messages
	// AnyCertificate takes a certificate that does not verify, as one mail server does from another (RFC 7435).
	AnyCertificate bool
}

// Client is one SMTP session. It is not safe for concurrent use.
type Client struct {
	opts Options
	conn *wire.Conn
	ext  Extensions
}

// Dial connects, reads the greeting, says EHLO (or HELO to a server that does not know it) and does STARTTLS if that
// is the mode. The session ends when ctx does. Errors are *Error for a refusal and *wire.Error for anything else.
func Dial(ctx context.Context, o Options) (*Client, error) {
	c, err := Connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := c.open(ctx); err != nil {
		c.conn.Close()
		return nil, err
	}
	return c, nil
}

// Connect connects and says nothing, for who takes the session step by step: Greet, Hello, Secure, Hello come next. Of
// the modes only TLSImplicit does TLS here.
func Connect(ctx context.Context, o Options) (*Client, error) {
	o.Limits = o.Limits.orDefaults()
	if o.LocalName == "" {
		o.LocalName = "[127.0.0.1]"
	}
	if err := wire.CleanArg(o.LocalName); err != nil {
		return nil, err
	}
	conn, err := wire.Dial(ctx, wire.Options{
		Net: o.Net, Span: o.Span, Proto: "smtp", Host: o.Host, Port: o.Port, TLS: o.TLS, MaxAddrs: o.MaxAddrs,
		Addrs: o.Addrs, Bodies: o.Bodies, WriteTime: o.Limits.Block, AnyCertificate: o.AnyCertificate,
		Answer: wire.Step{Name: "greeting", Want: "220", Bytes: maxReplyBytes, Time: o.Limits.Greeting},
	})
	if err != nil {
		return nil, err
	}
	if o.Literal {
		o.LocalName = literal(conn.LocalAddr())
	}
	return &Client{opts: o, conn: conn}, nil
}

// literal writes an address for EHLO (RFC 5321 section 4.1.3).
func literal(a net.Addr) string {
	at, err := netip.ParseAddrPort(a.String())
	switch {
	case err != nil:
		return "[127.0.0.1]"
	case at.Addr().Unmap().Is4():
		return "[" + at.Addr().Unmap().String() + "]"
	}
	return "[IPv6:" + at.Addr().WithZone("").String() + "]"
}

func (c *Client) open(ctx context.Context) error {
	if _, err := c.greet(); err != nil {
		return err
	}
	if _, err := c.sayHello(); err != nil {
		return err
	}
	if c.opts.TLS != wire.TLSStart {
		return nil
	}
	return c.StartTLS(ctx)
}

// greet reads the server's first reply.
func (c *Client) greet() (Reply, error) {
	r, err := c.readReply("greeting")
	if err != nil {
		return r, err
	}
	return r, r.must("greeting", 220)
}

// sayHello says EHLO, and HELO if the server does not know EHLO (RFC 5321 section 3.2).
func (c *Client) sayHello() (Reply, error) {
	r, err := c.command("EHLO", "EHLO "+c.opts.LocalName, "250", c.opts.Limits.Hello)
	if err != nil {
		return r, err
	}
	if r.Permanent() {
		if r, err = c.command("HELO", "HELO "+c.opts.LocalName, "250", c.opts.Limits.Hello); err != nil {
			return r, err
		}
		c.ext = Extensions{}
		return r, r.must("HELO", 250)
	}
	c.ext = parseExtensions(r.Lines)
	return r, r.must("EHLO", 250)
}

// StartTLS does RFC 3207, also for who wants to see whether a server of mode none can: what the server said before is
// forgotten, and the connection fails when it is not offered, refused or not verified.
func (c *Client) StartTLS(ctx context.Context) error {
	if err := c.secure(ctx); err != nil {
		return err
	}
	_, err := c.sayHello()
	return err
}

// secure asks for TLS and does the handshake.
func (c *Client) secure(ctx context.Context) error {
	if !c.ext.StartTLS {
		c.expect("STARTTLS", "STARTTLS among the extensions", c.opts.Limits.Mail, 1)
		return c.conn.Fail(wire.CodeTLSNotOffered, errors.New("the server does not offer STARTTLS; check host, port and TLS mode"))
	}
	r, err := c.command("STARTTLS", "STARTTLS", "220", c.opts.Limits.Mail)
	if err != nil {
		return err
	}
	if r.Code != 220 {
		return c.conn.Fail(wire.CodeTLSRefused, fmt.Errorf("the server refuses STARTTLS: %s", r))
	}
	c.ext = Extensions{}
	return c.conn.StartTLS(ctx)
}

// must turns any other code into an *Error.
func (r Reply) must(verb string, code int) error {
	if r.Code == code || code == 0 && r.OK() {
		return nil
	}
	return &Error{Verb: verb, Reply: r}
}

// command sends one line and reads its reply, whatever its code.
func (c *Client) command(verb, line, want string, within time.Duration) (Reply, error) {
	c.expect(verb, want, within, 1)
	if err := c.conn.WriteLine(line); err != nil {
		return Reply{}, err
	}
	return c.readReply(verb)
}

func (c *Client) expect(verb, want string, within time.Duration, replies int64) {
	c.conn.Expect(wire.Step{Name: verb, Want: want, Bytes: replies * maxReplyBytes, Time: within})
}

// Extensions are what the server offers since the newest EHLO.
func (c *Client) Extensions() Extensions { return c.ext }

// TLS gives the facts of the handshake; nil in the clear.
func (c *Client) TLS() *trace.TLSFacts { return c.conn.TLS() }

// Noop asks the server whether it is still there.
func (c *Client) Noop(ctx context.Context) (Reply, error) {
	defer c.conn.Watch(ctx)()
	r, err := c.command("NOOP", "NOOP", "250", c.opts.Limits.Mail)
	if err != nil {
		return r, err
	}
	return r, r.must("NOOP", 0)
}

// Quit says goodbye and closes. An error tells that the server did not answer 221; everything it accepted before is
// accepted all the same.
func (c *Client) Quit(ctx context.Context) error {
	defer c.conn.Close()
	defer c.conn.Watch(ctx)()
	r, err := c.command("QUIT", "QUIT", "221", c.opts.Limits.Quit)
	if err != nil {
		return err
	}
	return r.must("QUIT", 221)
}

// Close closes without a goodbye.
func (c *Client) Close() error { return c.conn.Close() }

// fault is an error of ours that leaves the connection as it is.
func (c *Client) fault(code, step, format string, args ...any) error {
	return &wire.Error{Code: code, Proto: "smtp", Host: c.opts.Host, Port: c.opts.Port, Step: step, Err: fmt.Errorf(format, args...)}
}

// Extensions are what a server offers in its answer to EHLO.
type Extensions struct {
	Names      map[string]string // every keyword in capitals, with its arguments
	Size       int64             // RFC 1870; 0 when absent or without a limit
	Recipients int               // of one message, RFC 9422 section 4.2; 0 when absent
	Auth       []string          // RFC 4954
	StartTLS   bool              // RFC 3207
	Pipelining bool              // RFC 2920
	EightBit   bool              // RFC 6152
	UTF8       bool              // RFC 6531
	DSN        bool              // RFC 3461
	Chunking   bool              // RFC 3030
}

// Has reports whether the keyword was offered.
func (e Extensions) Has(keyword string) bool {
	_, ok := e.Names[strings.ToUpper(keyword)]
	return ok
}

// parseExtensions reads the lines after the first of an EHLO reply. Keywords count in any letter case, and
// "AUTH=LOGIN" is read as old servers mean it.
func parseExtensions(lines []string) Extensions {
	e := Extensions{Names: map[string]string{}}
	for _, line := range lines[min(1, len(lines)):] {
		name, args, _ := strings.Cut(strings.TrimSpace(line), " ")
		if first, rest, joined := strings.Cut(name, "="); joined {
			name, args = first, rest+" "+args
		}
		if name == "" {
			continue
		}
		name, args = strings.ToUpper(name), strings.Join(strings.Fields(args), " ")
		if old, ok := e.Names[name]; ok {
			args = strings.TrimSpace(old + " " + args)
		}
		e.Names[name] = args
	}
	if e.Has("SIZE") {
		fmt.Sscan(e.Names["SIZE"], &e.Size)
		e.Size = max(e.Size, 0)
	}
	for _, limit := range strings.Fields(strings.ToUpper(e.Names["LIMITS"])) {
		if most, ok := strings.CutPrefix(limit, "RCPTMAX="); ok {
			e.Recipients, _ = strconv.Atoi(most)
			e.Recipients = max(e.Recipients, 0)
		}
	}
	e.Auth = strings.Fields(strings.ToUpper(e.Names["AUTH"]))
	e.StartTLS, e.Pipelining, e.EightBit = e.Has("STARTTLS"), e.Has("PIPELINING"), e.Has("8BITMIME")
	e.UTF8, e.DSN, e.Chunking = e.Has("SMTPUTF8"), e.Has("DSN"), e.Has("CHUNKING")
	return e
}

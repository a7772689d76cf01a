// Package pop3 reads a maildrop over POP3 (RFC 1939 with 2449, 2595, 3206, 5034): log in, list, read headers and
// messages in a stream, delete, and commit by QUIT. Ordinary commands go through go-pop3; what that library cannot do
// (STLS, SASL, pipelining, streaming, typed errors) is done here on the same connection.
package pop3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	gopop3 "github.com/knadh/go-pop3"

	"todoku/internal/trace"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

const (
	// replyTime bounds one reply, and each readBuffer of a long one.
	replyTime = 60 * time.Second
	// loginTime bounds the login and the first listing: servers open, and size, the whole maildrop then. RFC 1939
	// section 3 lets a session be idle for ten minutes.
	loginTime = 3 * time.Minute
	// maxMessages bounds a maildrop: its listing is held in memory.
	maxMessages = 1_000_000
	// replyBytes bounds a one-line reply (RFC 2449 section 4 allows 512 octets) and CAPA.
	replyBytes = 16 << 10
	// callerShare is the part of a reply's time that the caller may work on what it was given before the budget begins
	// anew: a sixteenth.
	callerShare = 16
	// readBuffer is what is read at once. Pipelined replies are read ahead by as much.
	readBuffer = 256 << 10
)

// Limits bound a session; zero values mean the defaults.
type Limits struct {
	Reply    time.Duration // for one reply, and for every 256 KiB of a long one; 0 means 60 s
	Login    time.Duration // for PASS, APOP, AUTH and the first STAT, LIST and UIDL; 0 means 3 min
	Messages int           // in the maildrop; 0 means 1,000,000
}

// Options says where the maildrop is and how to get in.
type Options struct {
	Net         *wire.Net
	Span        *trace.Span
	Host        string
	Port        int
	TLS         wire.TLSMode
	Addrs       []netip.Addr // connect to these and look nothing up
	Credentials sasl.Credentials
	// Auth is "auto" (or empty), "apop", "user" or a SASL mechanism of package sasl. Auto takes the strongest SASL
	// mechanism offered, APOP before a plain password where there is no TLS, then USER and PASS. A name is never
	// replaced by something weaker.
	Auth     string
	ReadOnly bool // refuse to delete
	Bodies   bool // record whole messages
	// Ignore are capabilities that the client acts without, as a client does that does not know them: PIPELINING, TOP, UIDL.
	Ignore []string
	Limits Limits
}

// Client is one session in the transaction state. Its methods may be called by several goroutines; one command runs
// at a time, so a yield function must call none but Abort, Capabilities, Counters and the like. After any failure of
// the connection every command returns that failure.
type Client struct {
	opts Options
	conn *wire.Conn
	in   *bufio.Reader
	desk *desk
	lib  *gopop3.Conn

	mu      sync.Mutex
	caps    Capabilities
	step    wire.Step
	greeter string // the greeting's text
	auth    string // how the session logged in
	fault   error  // why the connection is of no more use

	counted bool    // sizes are known
	sizes   []int64 // octets by message number - 1, as LIST says; -1 for a number that it does not name
	deleted map[int]bool
}

// Dial connects, secures the connection as Options.TLS says, learns what the server can do and logs in. Closing ctx
// ends the session at any time. Errors are *Error when the server refused (a login), else *wire.Error or *sasl.Error.
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

// Connect connects and says nothing, for who takes the session step by step: Greet, Secure if TLS begins later, Capa and
// Login come next. Of the modes only TLSImplicit does TLS here.
func Connect(ctx context.Context, o Options) (*Client, error) {
	o.Limits = o.Limits.complete()
	conn, err := wire.Dial(ctx, wire.Options{Net: o.Net, Span: o.Span, Proto: "pop3", Host: o.Host, Port: o.Port, TLS: o.TLS, Addrs: o.Addrs,
		Bodies: o.Bodies, Answer: wire.Step{Name: "greeting", Want: "the +OK greeting", Bytes: replyBytes, Time: o.Limits.Reply}})
	if err != nil {
		return nil, err
	}
	return &Client{opts: o, conn: conn, deleted: map[int]bool{}}, nil
}

func (l Limits) complete() Limits {
	if l.Reply <= 0 {
		l.Reply = replyTime
	}
	if l.Login <= 0 {
		l.Login = max(loginTime, l.Reply)
	}
	if l.Messages <= 0 {
		l.Messages = maxMessages
	}
	return l
}

// open goes from the greeting to the transaction state.
func (c *Client) open(ctx context.Context) error {
	if err := c.greeting(); err != nil {
		return err
	}
	if c.opts.TLS == wire.TLSStart {
		if err := c.startTLS(ctx); err != nil {
			return err
		}
	}
	if err := c.known(); err != nil {
		return err
	}
	return c.admitted()
}

// known makes the connection ready for commands and asks for the capabilities.
func (c *Client) known() error {
	c.in = bufio.NewReaderSize(&source{c: c}, readBuffer)
	c.desk = &desk{Conn: c.conn, in: c.in}
	lib, err := newLibrary(c.desk)
	if err != nil {
		return err
	}
	c.lib = lib
	c.caps, err = c.capa()
	return err
}

// admitted logs in. The capabilities may differ afterwards.
func (c *Client) admitted() error {
	if err := c.login(); err != nil || !c.caps.again() {
		return err
	}
	caps, err := c.capa()
	c.caps = caps
	return err
}

// greeting reads the server's first line.
func (c *Client) greeting() error {
	line, err := c.conn.ReadLine(replyBytes)
	if err != nil {
		return err
	}
	s, err := parseStatus([]byte(line))
	if err != nil {
		return c.conn.Fail(wire.CodeGarbled, err)
	}
	if !s.ok {
		return c.conn.Fail(wire.CodeGreeting, c.refusal(s, "the connection"))
	}
	c.greeter = s.text
	return nil
}

// Auth says how the session logged in: "USER", "APOP" or a SASL mechanism.
func (c *Client) Auth() string { return c.auth }

// TLS gives the facts of the handshake; nil in the clear.
func (c *Client) TLS() *trace.TLSFacts { return c.conn.TLS() }

// Counters are the connection's totals.
func (c *Client) Counters() trace.Counters { return c.conn.Counters() }

// enter begins a command: one at a time, only on a sound connection, closed if ctx ends. leave ends it.
func (c *Client) enter(ctx context.Context) (leave func(), err error) {
	c.mu.Lock()
	if c.fault != nil {
		err = c.fault
	} else {
		err = ctx.Err()
	}
	if err == nil {
		err = c.quiet()
	}
	if err != nil {
		c.mu.Unlock()
		return nil, err
	}
	stop := c.conn.Watch(ctx)
	return func() { stop(); c.mu.Unlock() }, nil
}

// quiet checks, where no reply is due, that the server said no more than it was asked: the rest would be taken for the
// answer to the next command.
func (c *Client) quiet() error {
	if n := c.in.Buffered(); n > 0 {
		return c.fail(fmt.Errorf("%d octets came after the end of the reply", n))
	}
	return nil
}

// fail ends the use of the connection: after a failed read or write nobody knows where a reply begins.
func (c *Client) fail(err error) error {
	if c.fault != nil {
		return c.fault
	}
	err = c.conn.Cause(err)
	var known *wire.Error
	switch {
	case errors.As(err, &known):
	case errors.Is(err, net.ErrClosed):
		err = ErrClosed
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = c.conn.Fail(wire.CodeClosed, err)
	case errors.Is(err, errTooMuch), errors.Is(err, bufio.ErrBufferFull):
		err = c.conn.Fail(wire.CodeFlood, err)
	default:
		err = c.conn.Fail(wire.CodeGarbled, err)
	}
	c.fault = err
	return err
}

// errTooMuch stands for octets beyond what the server announced.
var errTooMuch = errors.New("more octets than the server announced")

// expect sets the budget of a reply.
func (c *Client) expect(name, want string, octets int64, within time.Duration) {
	c.step = wire.Step{Name: name, Want: want, Bytes: octets, Time: within}
	c.conn.Expect(c.step)
}

// source is what the read buffer is filled from. A budget's time is the server's: when the caller was busy with a
// message for long, it begins anew.
type source struct {
	c    *Client
	last time.Time // end of the last read
}

func (s *source) Read(p []byte) (int, error) {
	if !s.last.IsZero() && time.Since(s.last) > s.c.opts.Limits.Reply/callerShare {
		s.c.conn.Expect(s.c.step)
	}
	n, err := s.c.conn.Read(p)
	s.last = time.Now()
	return n, err
}

// command sends one line through the library and gives the status line; -ERR is an *Error. shown names the command
// without secrets.
func (c *Client) command(shown, line string, within time.Duration) (status, error) {
	c.expect(shown, "a +OK or -ERR line", replyBytes, within)
	_, err := c.ask(line, false)
	return c.outcome(shown, err)
}

// ask runs a command in the library.
func (c *Client) ask(line string, multi bool) ([]byte, error) {
	if err := wire.CleanArg(line); err != nil {
		return nil, err
	}
	if err := c.quiet(); err != nil {
		return nil, err
	}
	c.desk.multi, c.desk.status, c.desk.garbled = multi, status{}, nil
	buf, err := c.lib.Cmd(line, multi)
	if err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// outcome tells a refusal, after which the session goes on, from a broken connection.
func (c *Client) outcome(shown string, err error) (status, error) {
	var arg *wire.Error
	switch {
	case err == nil:
		return c.desk.status, nil
	case c.fault != nil:
		return status{}, c.fault
	case errors.As(err, &arg) && arg.Code == wire.CodeArgument:
		return status{}, err
	case c.desk.garbled != nil:
		return status{}, c.fail(c.desk.garbled)
	case !c.desk.pending && !c.desk.status.ok && !c.desk.body:
		return c.desk.status, c.refusal(c.desk.status, shown)
	}
	return status{}, c.fail(err)
}

// Quit ends the session and has the server carry out the deletions (RFC 1939 section 6). A *Error means that the
// server could not remove some of them. Any other error means that it is not known whether they were carried out.
func (c *Client) Quit(ctx context.Context) error {
	leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	_, err = c.command("QUIT", "QUIT", c.opts.Limits.Login)
	if c.fault == nil {
		c.fault = ErrClosed
		c.conn.Close()
	}
	return err
}

// Abort closes the connection without QUIT: the server deletes nothing (RFC 1939 section 6). A command that is running
// fails, and every later one is ErrClosed.
func (c *Client) Abort() error { return c.conn.Close() }

// Noop keeps the session alive.
func (c *Client) Noop(ctx context.Context) error {
	leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	_, err = c.command("NOOP", "NOOP", c.opts.Limits.Reply)
	return err
}

func numbered(verb string, n int) string { return verb + " " + strconv.Itoa(n) }

func upper(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

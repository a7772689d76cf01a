package imap

import (
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	imaplib "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// Client is a logged-in IMAP connection. Its methods may be called from several goroutines; one command runs at a
// time. A command's context ends that command by closing the connection; Redial makes a new one.
type Client struct {
	opt  Options
	turn chan struct{} // holds one token: whoever has it may send a command

	waiting atomic.Int32  // commands that wait for their turn
	wanted  chan struct{} // wakes a Watch that has the turn

	mu          sync.Mutex
	link        *link
	closed      bool
	folder      mail.Folder // the open one, as last told
	open        bool
	readOnly    bool
	exists      uint32
	cursor      *uint32                            // of a running message list: the sequence number below which it goes on
	stray       func(*imapclient.FetchMessageData) // takes FETCH data that the library cannot place
	strays      sync.WaitGroup
	changed     chan struct{}   // holds a token when something changed since it was last taken
	noStructure map[uint32]bool // UIDs of the open folder whose structure the server cannot say
}

// link is one connection with the library on it.
type link struct {
	conn   *wire.Conn
	guard  *guard
	lib    *imapclient.Client
	caps   caps
	server map[string]string
	end    context.CancelCauseFunc
}

// errClosed says that Close was called.
var errClosed = net.ErrClosed

// budget is what one command may cost.
type budget struct {
	verb string
	want string
	size int64         // octets of the whole reply, without message literals
	time time.Duration // 0 means Limits.Reply
	bounds
}

// Dial connects, secures, logs in and names itself. ctx ends the attempt; afterwards each command has its own.
func Dial(ctx context.Context, o Options) (*Client, error) {
	c := newClient(o)
	l, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	c.link = l
	c.turn <- struct{}{}
	return c, nil
}

func newClient(o Options) *Client {
	return &Client{opt: o.withDefaults(), turn: make(chan struct{}, 1), changed: make(chan struct{}, 1), wanted: make(chan struct{}, 1)}
}

// connect makes a connection up to the authenticated state.
func (c *Client) connect(ctx context.Context) (*link, error) {
	p, err := c.reach(ctx)
	if err != nil {
		return nil, err
	}
	defer p.conn.Watch(ctx)()
	if err := p.run(ctx); err != nil {
		return nil, p.abandon(err)
	}
	return c.takeOver(p)
}

// reach makes a connection, with TLS if that comes first. It lives on when ctx ends later.
func (c *Client) reach(ctx context.Context) (*prelude, error) {
	life, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	defer stop()
	o := c.opt
	conn, err := wire.Dial(life, wire.Options{
		Net: o.Net, Span: o.Span, Proto: "imap", Host: o.Host, Port: o.Port, TLS: o.TLS, Addrs: o.Addrs,
		Answer: wire.Step{Name: "greeting", Want: "the server's greeting", Bytes: preludeBytes, Time: o.Limits.Greeting},
	})
	if err != nil {
		cancel(nil)
		return nil, err
	}
	return &prelude{conn: conn, opt: o, end: cancel}, nil
}

// takeOver gives the authenticated connection to the library.
func (c *Client) takeOver(p *prelude) (*link, error) {
	p.caps = p.caps.without(c.opt.Ignore)
	hello := "* PREAUTH [CAPABILITY " + p.caps.forLibrary() + "] todoku takes over\r\n"
	l := &link{conn: p.conn, caps: p.caps, server: p.server, end: p.end}
	l.guard = newGuard(p.conn, c.opt.Span, c.opt.Limits.Rate, hello)
	l.lib = imapclient.New(l.guard, &imapclient.Options{
		WordDecoder:           &mime.WordDecoder{CharsetReader: leaveEncoded},
		UnilateralDataHandler: c.unasked(),
	})
	if err := l.lib.WaitGreeting(); err != nil {
		l.close()
		return nil, p.conn.Cause(err)
	}
	return l, nil
}

// leaveEncoded makes the library keep a header value as it came when it holds an encoded-word that is not in UTF-8:
// DecodeHeader knows more charsets and more kinds of damage.
func leaveEncoded(string, io.Reader) (io.Reader, error) { return nil, errors.New("left encoded") }

// close ends the connection at once and waits for the library's goroutine.
func (l *link) close() {
	l.guard.abandon()
	l.lib.Close()
	l.end(nil)
}

// dead tells whether the connection ended. The library closes it before it tells a command why, and its channel after.
func (l *link) dead() bool {
	select {
	case <-l.lib.Closed():
		return true
	default:
		return l.conn.Err() != nil || l.guard.isClosed()
	}
}

// Server is what the server said of itself in answer to ID (RFC 2971): "name", "version" and the like.
func (c *Client) Server() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == nil {
		return nil
	}
	return maps.Clone(c.link.server)
}

// TLS gives the facts of the handshake; nil in the clear.
func (c *Client) TLS() *trace.TLSFacts {
	if l := c.current(); l != nil {
		return l.conn.TLS()
	}
	return nil
}

func (c *Client) current() *link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.link
}

func (c *Client) has(capability string) bool {
	l := c.current()
	return l != nil && l.caps.has(capability)
}

// named tells whether the server offers the capability in so many words, not by IMAP4rev2.
func (c *Client) named(capability string) bool {
	l := c.current()
	return l != nil && l.caps[capability]
}

// take waits for the turn to send a command; a Watch that has it is asked to let go.
func (c *Client) take(ctx context.Context) error {
	select {
	case <-c.turn:
		return nil
	default:
	}
	c.waiting.Add(1)
	defer c.waiting.Add(-1)
	select {
	case c.wanted <- struct{}{}:
	default:
	}
	select {
	case <-c.turn:
		return nil
	case <-ctx.Done():
		return c.plainError(wire.CodeCancelled, "waiting for another command", context.Cause(ctx))
	}
}

func (c *Client) give() { c.turn <- struct{}{} }

// do runs one command when it is its turn.
func (c *Client) do(ctx context.Context, b budget, f func(*link) error) error {
	if err := c.take(ctx); err != nil {
		return err
	}
	defer c.give()
	return c.exchange(ctx, b, f)
}

// exchange runs one command within its budget. The caller has the turn.
func (c *Client) exchange(ctx context.Context, b budget, f func(*link) error) error {
	l, err := c.live(ctx)
	if err != nil {
		return err
	}
	return c.on(ctx, l, b, f)
}

// on runs one command on a given connection.
func (c *Client) on(ctx context.Context, l *link, b budget, f func(*link) error) error {
	if err := ctx.Err(); err != nil {
		return c.plainError(wire.CodeCancelled, b.verb, context.Cause(ctx))
	}
	release := l.conn.Watch(ctx)
	defer release()
	step := wire.Step{Name: b.verb, Want: b.want, Bytes: b.size, Time: b.time}
	if step.Want == "" {
		step.Want = "a tagged reply"
	}
	if step.Time == 0 {
		step.Time = c.opt.Limits.Reply
	}
	if b.response == 0 {
		b.response = c.opt.Limits.Response
	}
	if step.Bytes == 0 {
		step.Bytes = b.response + 64*kib
	}
	l.guard.begin(step, b.bounds)
	err := f(l)
	if err == nil || !l.dead() {
		l.guard.end(bounds{response: c.opt.Limits.Response})
	}
	return c.classify(l, step, err)
}

// live gives a connection that works. One that the library gave up, because of a response that it could not read, is
// made anew; one that the network or the server ended stays ended until Redial.
func (c *Client) live(ctx context.Context) (*link, error) {
	c.mu.Lock()
	l, closed := c.link, c.closed
	c.mu.Unlock()
	switch {
	case closed:
		return nil, c.plainError(wire.CodeClosed, "", errClosed)
	case !l.dead():
		return l, nil
	}
	spoiled, _, _ := l.guard.state()
	if !spoiled {
		return nil, c.classify(l, wire.Step{Name: "idle"}, errClosed)
	}
	return c.revive(ctx)
}

// classify turns what the library returned into our errors: the server's refusal, the connection's own failure, or a
// response that could not be read. After a close the library's own words mislead.
func (c *Client) classify(l *link, step wire.Step, err error) error {
	if err == nil {
		return nil
	}
	var refused *imaplib.Error
	if errors.As(err, &refused) {
		return &Error{Verb: step.Name, Status: string(refused.Type), Code: string(refused.Code), Text: l.conn.Scrub(refused.Text)}
	}
	var own *Error
	if errors.As(err, &own) || !l.dead() {
		return err
	}
	spoiled, bye, last := l.guard.state()
	if failure := l.conn.Err(); failure != nil {
		var we *wire.Error
		if bye != "" && errors.As(failure, &we) && we.Code == wire.CodeClosed {
			return statusError(step.Name, "BYE", l.conn.Scrub(bye))
		}
		if spoiled {
			return spoilt{failure}
		}
		return failure
	}
	if !spoiled {
		return c.plainError(wire.CodeClosed, step.Name, errClosed)
	}
	e := c.plainError(wire.CodeGarbled, step.Name, err)
	e.Want, e.Got = step.Want, trace.Visible([]byte(last))
	return spoilt{e}
}

func (c *Client) plainError(code, step string, err error) *wire.Error {
	return &wire.Error{Code: code, Proto: "imap", Host: c.opt.Host, Port: c.opt.Port, Step: step, Err: err}
}

// spoilt marks an error of a connection that ended because of what the server sent: a new one may do better.
type spoilt struct{ error }

func (e spoilt) Unwrap() error { return e.error }

func spoiled(err error) bool {
	var s spoilt
	return errors.As(err, &s)
}

// Close logs out (RFC 9051 section 6.1.3). A command in flight is cut off.
func (c *Client) Close() error {
	c.mu.Lock()
	l, again := c.link, c.closed
	c.closed = true
	c.mu.Unlock()
	if again || l == nil {
		return nil
	}
	var err error
	select {
	case <-c.turn:
		if !l.dead() {
			err = c.on(context.Background(), l, budget{verb: "LOGOUT", time: logoutTime}, func(l *link) error {
				return l.lib.Logout().Wait()
			})
		}
		c.turn <- struct{}{}
	default:
	}
	l.close()
	return err
}

// logoutTime bounds the goodbye: nothing depends on it.
const logoutTime = 5 * time.Second

// Noop proves the connection and lets the server tell what changed (RFC 9051 section 6.1.2).
func (c *Client) Noop(ctx context.Context) error {
	return c.do(ctx, budget{verb: "NOOP", size: mib}, func(l *link) error { return l.lib.Noop().Wait() })
}

// CreateFolder makes a folder (RFC 9051 section 6.3.4).
func (c *Client) CreateFolder(ctx context.Context, name string) error {
	if err := wire.CleanArg(name); err != nil {
		return err
	}
	return c.do(ctx, budget{verb: "CREATE"}, func(l *link) error { return l.lib.Create(name, nil).Wait() })
}

// uidSet is the library's set of UIDs.
func uidSet(uids []uint32) imaplib.UIDSet {
	sorted := slices.Sorted(slices.Values(uids))
	var set imaplib.UIDSet
	for _, u := range sorted {
		set.AddNum(imaplib.UID(u))
	}
	return set
}

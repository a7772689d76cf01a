package trace

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// ConnOptions says what a recorded connection is. Span nil observes nothing and counts all the same.
type ConnOptions struct {
	Span   *Span
	Side   Side          // whose end this is
	Proto  string        // "smtp", "imap", "pop3" or "http": which secrets and bulk data to expect
	Addr   string        // the peer in the person's terms: "mail.sakura.test:993"
	Rule   func() string // the sandbox's fault rule at work, or nil
	Bodies bool          // keep all of messages and literals, not their first 4 KiB
}

// Counters are totals of the application protocol's octets on one connection, inside TLS where there is TLS.
type Counters struct {
	In         int64 `json:"in"`
	Out        int64 `json:"out"`
	RoundTrips int   `json:"round_trips"` // how often an answer was waited for: octets received after octets sent
	Handshakes int   `json:"handshakes"`  // round trips of TCP and TLS that came before, or between, them
}

// Conn is the recording connection: a net.Conn that emits a send or recv event for each line and a data event for
// bulk octets, secrets removed before they reach a sink. Either end of a connection can use it. One goroutine may
// read while another writes.
type Conn struct {
	opts  ConnOptions
	pair  string
	began time.Time
	inner atomic.Pointer[net.Conn]

	own      Meter
	shared   *Meter // of the span, counts as well; nil for none
	sentLast atomic.Bool
	lastSent atomic.Int64 // time of the last octet sent, in ns since began

	mu     sync.Mutex // orders the two directions: what one says decides what the other's octets are
	talk   *talk
	closed bool // a close event was emitted
}

// NewConn records what passes through c.
func NewConn(c net.Conn, o ConnOptions) *Conn {
	t := &Conn{opts: o, pair: Pair(c, o.Side), began: o.Span.Now()}
	t.inner.Store(&c)
	if o.Span != nil {
		t.shared = o.Span.meter
		t.talk = newTalk(o.Proto, o.Bodies, o.Span.heard, t.emit)
	}
	return t
}

// Pair is the socket pair "client-server", the same text at both ends.
func Pair(c net.Conn, side Side) string {
	local, remote := addrText(c.LocalAddr()), addrText(c.RemoteAddr())
	if side == SideServer {
		local, remote = remote, local
	}
	return local + "-" + remote
}

func addrText(a net.Addr) string {
	if a == nil {
		return "?"
	}
	return a.String()
}

// Swap goes on with inner, for example after a TLS handshake: following octets are read from and written to it.
// What was being assembled is recorded as it is.
func (c *Conn) Swap(inner net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.talk != nil {
		c.talk.flush()
	}
	c.inner.Store(&inner)
}

// Inner is the connection that octets are read from and written to now.
func (c *Conn) Inner() net.Conn { return *c.inner.Load() }

// Pair is the socket pair that the events carry.
func (c *Conn) Pair() string { return c.pair }

// Counters gives the totals so far.
func (c *Conn) Counters() Counters { return c.own.Counters() }

// Handshake counts the round trips that a connect or a TLS handshake took.
func (c *Conn) Handshake(trips int) { c.count(Counters{Handshakes: trips}) }

func (c *Conn) count(n Counters) {
	c.own.add(n)
	if c.shared != nil {
		c.shared.add(n)
	}
}

// Read reads from the inner connection and records.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Inner().Read(p)
	if n > 0 {
		trips := 0
		if c.sentLast.CompareAndSwap(true, false) {
			trips = 1
		}
		c.count(Counters{In: int64(n), RoundTrips: trips})
		c.observe(p[:n], false)
	}
	if err != nil && !isTimeout(err) {
		c.ended(err)
	}
	return n, err
}

// Write records and writes to the inner connection. Recording comes first, so that an event for an answer never
// precedes that for its question, and no answer is read that is not known to have been waited for.
func (c *Conn) Write(p []byte) (int, error) {
	c.observe(p, true)
	c.sentLast.Store(true)
	n, err := c.Inner().Write(p)
	if n > 0 {
		c.count(Counters{Out: int64(n)})
		c.lastSent.Store(int64(c.opts.Span.Now().Sub(c.began)))
	}
	return n, err
}

// Close closes the inner connection and says so.
func (c *Conn) Close() error { return c.CloseError(nil) }

// CloseError closes and records why; nil means that all was well.
func (c *Conn) CloseError(why error) error {
	c.mu.Lock()
	if !c.closed {
		c.closeEvent(Event{Sent: true}, why)
	}
	c.mu.Unlock()
	return c.Inner().Close()
}

// ended records that the peer closed the connection or that it broke.
func (c *Conn) ended(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || errors.Is(err, net.ErrClosed) {
		return
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	c.closeEvent(Event{}, err)
}

func (c *Conn) closeEvent(e Event, why error) {
	c.closed = true
	if c.talk != nil {
		c.talk.flush()
	}
	e.Kind, e.Elapsed = KindClose, c.opts.Span.Now().Sub(c.began)
	if why != nil {
		e.Error = why.Error()
	}
	c.emit(e)
}

// Remember takes a secret that the server may know although it is not sent, as with SCRAM and APOP.
func (c *Conn) Remember(secret string) {
	if c.talk == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.talk.rules.remember([]byte(secret))
}

// Scrub removes the secrets that passed this connection, or are remembered, from words of the server, for what is told of them elsewhere.
func (c *Conn) Scrub(text []byte) []byte {
	if c.talk == nil {
		return text
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.talk.rules.scrub(text)
}

func (c *Conn) observe(p []byte, sent bool) {
	if c.talk == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	from := server
	if sent == (c.opts.Side == SideClient) {
		from = client
	}
	c.talk.feed(from, sent, p)
}

// emit adds what every event of this connection carries.
func (c *Conn) emit(e Event) {
	e.Conn, e.Side, e.Proto, e.Addr = c.pair, c.opts.Side, c.opts.Proto, c.opts.Addr
	if e.Kind == KindRecv {
		if at := c.lastSent.Load(); at > 0 {
			e.Elapsed = c.opts.Span.Now().Sub(c.began) - time.Duration(at)
		}
	}
	if c.opts.Rule != nil {
		e.Rule = c.opts.Rule()
	}
	c.opts.Span.Emit(e)
}

// Emit records a fact about this connection, such as the TLS handshake, with the same socket pair and address.
func (c *Conn) Emit(e Event) { c.emit(e) }

// LocalAddr is the inner connection's.
func (c *Conn) LocalAddr() net.Addr { return c.Inner().LocalAddr() }

// RemoteAddr is the inner connection's.
func (c *Conn) RemoteAddr() net.Addr { return c.Inner().RemoteAddr() }

// SetDeadline sets the inner connection's.
func (c *Conn) SetDeadline(t time.Time) error { return c.Inner().SetDeadline(t) }

// SetReadDeadline sets the inner connection's.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.Inner().SetReadDeadline(t) }

// SetWriteDeadline sets the inner connection's.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.Inner().SetWriteDeadline(t) }

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

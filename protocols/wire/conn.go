package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"todoku/internal/trace"
)

// Limits of a reply when a Step does not give its own.
const (
	defaultBytes = 1 << 20          // octets of one reply
	defaultTime  = 60 * time.Second // of one reply
	idleTime     = 35 * time.Minute // without a Step: RFC 2177 has clients renew IDLE within 29 minutes
	WriteTime    = 3 * time.Minute  // for 64 KiB to be taken: RFC 5321 section 4.5.3.2.5
	writeRun     = 64 << 10
	gotLen       = 120 // octets of Error.Got
)

// Step is the budget of one reply.
type Step struct {
	Name  string        // "LOGIN"
	Want  string        // "a tagged reply"
	Bytes int64         // octets of the whole reply; 0 means defaultBytes
	Time  time.Duration // until the whole reply is here; 0 means defaultTime
}

// Conn is the connection that every protocol stands on: a net.Conn with a deadline on every read and write, a
// budget for every reply, closed when its context ends, and recorded. Deadlines set by a library are ignored; the
// budget decides. One goroutine may read while another writes.
type Conn struct {
	opts  Options
	addr  string // "192.0.2.10:993"
	rec   *trace.Conn
	raw   *sniffConn
	facts atomic.Pointer[trace.TLSFacts]
	stop  func() bool

	mu      sync.Mutex
	replay  []byte // read or put back, not yet given to a reader
	step    Step
	began   time.Time // of the step
	until   time.Time // deadline of the step
	got     int64     // octets received in the step
	last    []byte    // the last octets received, for Error.Got
	failed  *Error
	dropped bool // closed by us without a failure
}

// Expect sets the budget for the whole reply to what is sent next. Passing it closes the connection, and every later
// Read and Write returns the same *Error.
func (c *Conn) Expect(s Step) {
	if s.Bytes <= 0 {
		s.Bytes = defaultBytes
	}
	if s.Time <= 0 {
		s.Time = defaultTime
	}
	c.setStep(s)
}

// Idle ends the budget: nothing is waited for, and what the server says by itself is bounded by defaultBytes and
// idleTime until the next Expect or Idle.
func (c *Conn) Idle() {
	c.setStep(Step{Name: "idle", Bytes: defaultBytes, Time: idleTime})
}

func (c *Conn) setStep(s Step) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.step, c.got, c.last = s, 0, c.last[:0]
	c.began = time.Now()
	c.until = c.began.Add(s.Time)
	c.rec.SetReadDeadline(c.until)
}

// Read reads what was put back first, then from the connection.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.mu.Lock()
	if len(c.replay) > 0 {
		n := copy(p, c.replay)
		c.replay = c.replay[n:]
		c.mu.Unlock()
		return n, nil
	}
	c.mu.Unlock()
	return c.receive(p)
}

// receive reads from the network within the budget.
func (c *Conn) receive(p []byte) (int, error) {
	for {
		if err := c.arm(); err != nil {
			return 0, err
		}
		n, err := c.rec.Read(p)
		if n > 0 {
			if err := c.charge(p[:n]); err != nil {
				return 0, err
			}
			return n, nil
		}
		if err == nil {
			continue
		}
		if isTimeout(err) && !c.late() {
			continue // the budget was renewed while we waited
		}
		return 0, c.readFailed(err)
	}
}

func (c *Conn) arm() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.stuck(); err != nil {
		return err
	}
	return c.rec.SetReadDeadline(c.until)
}

// stuck is why nothing can be read or written any more. c.mu is held.
func (c *Conn) stuck() error {
	if c.failed != nil {
		return c.failed
	}
	if c.dropped {
		return net.ErrClosed
	}
	return nil
}

func (c *Conn) late() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed != nil || c.dropped || !time.Now().Before(c.until)
}

// charge counts what came. Octets beyond the budget are not given to the reader.
func (c *Conn) charge(p []byte) error {
	c.mu.Lock()
	c.got += int64(len(p))
	c.last = append(c.last, p[max(0, len(p)-gotLen):]...)
	c.last = append(c.last[:0], c.last[max(0, len(c.last)-gotLen):]...)
	over := c.got > c.step.Bytes
	c.mu.Unlock()
	if over {
		return c.fail(c.stepError(CodeFlood, nil))
	}
	return nil
}

func (c *Conn) readFailed(err error) error {
	c.mu.Lock()
	stuck, got := c.stuck(), c.got
	c.mu.Unlock()
	switch {
	case stuck != nil:
		return stuck
	case isTimeout(err) && got > 0:
		return c.fail(c.stepError(CodeSlow, err))
	case isTimeout(err):
		return c.fail(c.stepError(c.silence(), err))
	case errors.Is(err, io.EOF):
		c.fail(c.stepError(CodeClosed, err))
		return io.EOF
	}
	return c.fail(c.stepError(CodeClosed, err))
}

// stepError makes an Error of where the connection is.
func (c *Conn) stepError(code string, err error) *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.errorNow(code, err)
	e.Step, e.Want, e.Bytes = c.step.Name, c.step.Want, c.got
	e.Got = trace.Visible(c.rec.Scrub(c.last))
	if !c.began.IsZero() {
		e.After = time.Since(c.began)
	}
	return e
}

func (c *Conn) errorNow(code string, err error) *Error {
	return &Error{Code: code, Proto: c.opts.Proto, Host: c.opts.Host, Port: c.opts.Port, Addr: c.addr, Err: err}
}

// Fail closes the connection because of err, which every later Read and Write returns, and gives it back as an
// *Error with the place filled in. The first failure stays.
func (c *Conn) Fail(code string, err error) error { return c.fail(c.stepError(code, err)) }

func (c *Conn) fail(e *Error) error {
	c.mu.Lock()
	if c.failed != nil {
		e = c.failed
		c.mu.Unlock()
		return e
	}
	if c.dropped {
		c.mu.Unlock()
		return net.ErrClosed
	}
	c.failed = e
	if e.Code != CodeClosed {
		c.replay = nil // injected, late or too much: nobody may act on it
	}
	c.mu.Unlock()
	c.raw.Close() // first, so that no farewell of TLS is waited for
	c.rec.CloseError(e)
	return e
}

// Remember takes the secrets of a login, whether they are sent or not: what the server says is recorded without them.
func (c *Conn) Remember(secrets ...string) {
	for _, s := range secrets {
		c.rec.Remember(s)
	}
}

// Scrub gives the server's words without the secrets of the login: some servers repeat what they refuse, and their
// words are shown and saved.
func (c *Conn) Scrub(said string) string { return string(c.rec.Scrub([]byte(said))) }

// Err is why the connection failed, or nil.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		return nil
	}
	return c.failed
}

// Cause gives the connection's own failure if there is one, else err: what a library says about a connection that
// was closed under it is misleading.
func (c *Conn) Cause(err error) error {
	if err == nil {
		return nil
	}
	if own := c.Err(); own != nil {
		return own
	}
	return err
}

// Write sends p in runs, each with its own deadline.
func (c *Conn) Write(p []byte) (int, error) {
	sent := 0
	for {
		run := p[sent:min(len(p), sent+writeRun)]
		c.mu.Lock()
		err := c.stuck()
		c.mu.Unlock()
		if err != nil {
			return sent, err
		}
		c.rec.SetWriteDeadline(time.Now().Add(c.opts.writeTime()))
		n, err := c.rec.Write(run)
		sent += n
		if err != nil {
			return sent, c.writeFailed(err)
		}
		if sent >= len(p) {
			return sent, nil
		}
	}
}

func (c *Conn) writeFailed(err error) error {
	code := CodeClosed
	if isTimeout(err) {
		code = CodeStalled
	} else {
		c.lastWords()
	}
	return c.fail(c.stepError(code, err))
}

// lastWordsTime is how long a reason is waited for when the peer takes no more.
const lastWordsTime = 200 * time.Millisecond

// lastWords reads what the peer said before it closed while we were sending: often its reason. It is in Error.Got, and
// can still be read after the failure.
func (c *Conn) lastWords() {
	buf := make([]byte, 512)
	c.rec.SetReadDeadline(time.Now().Add(lastWordsTime))
	n, _ := c.rec.Read(buf)
	if c.charge(buf[:n]) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replay = append(c.replay, buf[:n]...)
}

// Close closes the connection. It may be called more than once.
func (c *Conn) Close() error {
	c.mu.Lock()
	done := c.dropped || c.failed != nil
	c.dropped = true
	c.mu.Unlock()
	if c.stop != nil {
		c.stop()
	}
	if done {
		return nil
	}
	return c.rec.Close()
}

// Watch ties another context to the connection, for example one command's: when it ends, the connection closes.
// The function returned lets go of it.
func (c *Conn) Watch(ctx context.Context) func() {
	stop := context.AfterFunc(ctx, func() { c.cancelled(ctx) })
	return func() { stop() }
}

func (c *Conn) cancelled(ctx context.Context) {
	code := CodeCancelled
	cause := context.Cause(ctx)
	c.fail(c.stepError(code, cause))
}

// TLS gives the facts of the handshake; nil in the clear.
func (c *Conn) TLS() *trace.TLSFacts { return c.facts.Load() }

// Loopback reports whether the peer is on this machine.
func (c *Conn) Loopback() bool {
	peer := c.rec.RemoteAddr()
	if peer == nil {
		return false
	}
	at, err := netip.ParseAddrPort(peer.String())
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// MayCarrySecret is nil when a secret may be sent: inside TLS or to this machine.
func (c *Conn) MayCarrySecret() error {
	if t := c.TLS(); c.Loopback() || t != nil && (t.Verified || !c.opts.AnyCertificate) {
		return nil
	}
	return c.stepError(CodeAuthPlaintext, nil)
}

// Counters are the connection's totals.
func (c *Conn) Counters() trace.Counters { return c.rec.Counters() }

// Pair is the socket pair that this connection's events carry.
func (c *Conn) Pair() string { return c.rec.Pair() }

// LocalAddr is the address on this machine.
func (c *Conn) LocalAddr() net.Addr { return c.rec.LocalAddr() }

// RemoteAddr is the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.rec.RemoteAddr() }

// SetDeadline does nothing: budgets decide.
func (c *Conn) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing: budgets decide.
func (c *Conn) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing: every write has its own.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

package dialogue

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

const (
	tlsTimeout   = 30 * time.Second // one handshake
	writeTimeout = 5 * time.Minute  // until a client takes what it was sent
	readBuffer   = 16 << 10
	writeBuffer  = 64 << 10
)

// What ReadLine refuses. After ErrEndlessLine nothing can be read any more.
var (
	ErrLineTooLong = errors.New("the line is too long")
	ErrBareLF      = errors.New("the line ends with LF alone: end it with CR LF")
	ErrEndlessLine = errors.New("the line has no end within 1 MiB")
)

// Conn is one connection. What is written waits until the client's commands are used up, so that a pipeline of
// commands is answered in few packets; a write while a read waits for the client goes out at once. One goroutine
// may read while others write.
type Conn struct {
	srv    *Server
	ctx    context.Context
	cancel context.CancelFunc
	raw    net.Conn
	rec    *trace.Conn
	r      *bufio.Reader
	rule   atomic.Pointer[string]
	flaw   fault.Certificate // that a rule wants in the next handshake
	cut    atomic.Int64      // octets still to read before a rule closes; 0: none does
	idle   atomic.Int64      // time.Duration
	end    time.Time         // of the connection, by Config.Total; zero: none
	tls    atomic.Pointer[tls.ConnectionState]
	user   string

	wmu     sync.Mutex
	w       *bufio.Writer
	waiting bool // a read waits for the client
	bent    bent // how a rule wants what is written
}

func newConn(s *Server, raw net.Conn, implicitTLS bool) *Conn {
	port := s.cfg.Port
	if implicitTLS {
		port = s.cfg.TLSPort
	}
	c := &Conn{srv: s, raw: raw}
	c.ctx, c.cancel = context.WithCancel(s.ctx)
	c.rec = trace.NewConn(raw, trace.ConnOptions{
		Span: s.cfg.Span, Side: trace.SideServer, Proto: s.cfg.Proto, Rule: c.ruleID,
		Addr: net.JoinHostPort(s.cfg.Hostname, strconv.Itoa(port)),
	})
	c.SetIdle(s.cfg.Idle)
	if s.cfg.Total > 0 {
		c.end = time.Now().Add(s.cfg.Total)
	}
	c.r = bufio.NewReaderSize((*source)(c), readBuffer)
	c.w = bufio.NewWriterSize((*sink)(c), writeBuffer)
	return c
}

// source is the connection as the buffered reader sees it.
type source Conn

func (s *source) Read(p []byte) (int, error) {
	c := (*Conn)(s)
	c.wmu.Lock()
	err := c.w.Flush()
	c.waiting = true
	c.wmu.Unlock()
	if err != nil {
		return 0, err
	}
	if d := time.Duration(c.idle.Load()); d > 0 {
		c.rec.SetReadDeadline(c.deadline(d))
	}
	n, err := c.rec.Read(p)
	c.wmu.Lock()
	c.waiting = false
	c.wmu.Unlock()
	return n, err
}

// sink is the connection as the buffered writer sees it.
type sink Conn

func (s *sink) Write(p []byte) (int, error) {
	c := (*Conn)(s)
	c.rec.SetWriteDeadline(c.deadline(writeTimeout))
	if c.bent.drip > 0 || c.bent.cut > 0 {
		return c.writeBent(p)
	}
	return c.rec.Write(p)
}

// deadline is in d, or when the connection must end if that comes first.
func (c *Conn) deadline(d time.Duration) time.Time {
	at := time.Now().Add(d)
	if !c.end.IsZero() && at.After(c.end) {
		return c.end
	}
	return at
}

// Context ends when the connection or the server is closed.
func (c *Conn) Context() context.Context { return c.ctx }

// Hostname is the server's.
func (c *Conn) Hostname() string { return c.srv.cfg.Hostname }

// SetIdle says how long the client may be silent from now on.
func (c *Conn) SetIdle(d time.Duration) { c.idle.Store(int64(d)) }

// SetUser notes who logged in, for the fault rules and for who wants to know.
func (c *Conn) SetUser(user string) {
	c.user = user
	if user != "" && c.srv.cfg.LoggedIn != nil {
		c.srv.cfg.LoggedIn(user)
	}
}

// LocalAddr is the accepted connection's.
func (c *Conn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// RemoteAddr is the accepted connection's.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// Secure reports whether the connection is inside TLS.
func (c *Conn) Secure() bool { return c.TLS() != nil }

// TLS is what the handshake agreed on, nil in the clear.
func (c *Conn) TLS() *tls.ConnectionState { return c.tls.Load() }

// Private reports whether a password may pass: inside TLS, or from this very machine.
func (c *Conn) Private() bool {
	a, ok := c.raw.RemoteAddr().(*net.TCPAddr)
	return c.Secure() || (ok && a.IP.IsLoopback())
}

// CanTLS reports whether StartTLS may be offered.
func (c *Conn) CanTLS() bool { return c.srv.cfg.TLS != nil && !c.Secure() }

// Read reads octets as they come, for literals and for engines that parse themselves.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	return n, errors.Join(err, c.cutAfter(n))
}

// ReadLine gives the next line without its CR LF. A line of more than max octets is passed over to its end, or the
// connection is given up if it has none within 1 MiB.
func (c *Conn) ReadLine(max int) (string, error) {
	if c.ctx.Err() != nil {
		return "", net.ErrClosed // what a client sent ahead is not carried out after Close
	}
	line, err := c.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || (err == nil && len(line) > max+2) {
		return "", c.skipLine(err)
	}
	if err != nil {
		return "", err
	}
	text, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok {
		return "", ErrBareLF
	}
	return string(text), nil
}

func (c *Conn) skipLine(err error) error {
	for n := 0; errors.Is(err, bufio.ErrBufferFull); n++ {
		if n > (1<<20)/readBuffer {
			return ErrEndlessLine
		}
		_, err = c.r.ReadSlice('\n')
	}
	if err != nil {
		return err
	}
	return ErrLineTooLong
}

// ReadRawLine gives the next line with its line end, as an engine that parses itself needs it. A line longer than
// the read buffer comes in pieces, each but the last without a line end.
func (c *Conn) ReadRawLine() ([]byte, error) {
	if c.ctx.Err() != nil {
		return nil, net.ErrClosed
	}
	line, err := c.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		err = nil
	}
	if err == nil {
		err = c.cutAfter(len(line))
	}
	return line, err
}

// Write keeps p for the next flush.
func (c *Conn) Write(p []byte) (int, error) {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	_, err := c.w.Write(c.bent.replaced(p))
	if err == nil && c.waiting {
		err = c.w.Flush()
	}
	if err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteLine writes s and CR LF.
func (c *Conn) WriteLine(s string) error {
	_, err := c.Write(append([]byte(s), "\r\n"...))
	return err
}

// Flush sends what waits.
func (c *Conn) Flush() error {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	return c.w.Flush()
}

// Close sends what waits and closes the connection.
func (c *Conn) Close() error {
	if c.ctx.Err() == nil {
		c.Flush()
	}
	c.cancel()
	return c.rec.Close()
}

// StartTLS goes on inside TLS. The go-ahead must have been written. What the client sent before the handshake is
// thrown away: it came in the clear and anybody may have put it there (RFC 2595 section 4).
func (c *Conn) StartTLS() error {
	if err := c.Flush(); err != nil {
		return err
	}
	if n := c.r.Buffered(); n > 0 {
		c.rec.Emit(trace.Event{Kind: trace.KindNote, Name: "dropped octets that came before the TLS handshake", Size: int64(n)})
	}
	c.r.Reset((*source)(c))
	return c.handshake()
}

func (c *Conn) handshake() error {
	if a, dealt := c.Ask(fault.TLS, fault.Facts{}, nil); dealt {
		if a.Silent {
			c.raw.SetReadDeadline(time.Now().Add(tlsTimeout))
			io.Copy(io.Discard, c.raw) // until the client has enough
		}
		return net.ErrClosed
	}
	ctx, cancel := context.WithTimeout(c.ctx, tlsTimeout)
	defer cancel()
	began := time.Now()
	t := tls.Server(c.raw, c.certified())
	err := t.HandshakeContext(ctx)
	e := trace.Event{Kind: trace.KindTLS, Elapsed: time.Since(began)}
	if err != nil {
		e.Error = err.Error()
		c.rec.Emit(e)
		return err
	}
	state := t.ConnectionState()
	e.TLS = &trace.TLSFacts{
		Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite),
		Curve: state.CurveID.String(), ALPN: state.NegotiatedProtocol, SNI: state.ServerName,
	}
	c.rec.Emit(e)
	c.rec.Swap(t)
	c.tls.Store(&state)
	return nil
}

// certified is the configuration of the handshake: the server's own, unless a fault rule wants another certificate.
func (c *Conn) certified() *tls.Config {
	if c.flaw == "" || c.srv.cfg.Flawed == nil {
		return c.srv.cfg.TLS
	}
	flawed, err := c.srv.cfg.Flawed(c.flaw)
	if err != nil || flawed == nil {
		return c.srv.cfg.TLS
	}
	return flawed
}

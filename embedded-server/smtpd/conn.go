package smtpd

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// conn is one connection and the state of its dialogue.
type conn struct {
	srv    *Server
	ctx    context.Context
	cancel context.CancelFunc
	raw    net.Conn
	rec    *trace.Conn
	r      *bufio.Reader
	w      *bufio.Writer
	end    time.Time // of the connection, by Config.Total
	rule   atomic.Pointer[string]
	span   *trace.Span

	done   bool // no more commands are read
	errors int
	tls    *tls.ConnectionState
	helo   string // argument of EHLO or HELO, "" before
	esmtp  bool
	user   string // logged in
	tx     transaction
}

// transaction is what MAIL began (RFC 5321 section 3.3).
type transaction struct {
	open bool
	env  Envelope
	size int64        // declared by SIZE
	bdat bytes.Buffer // chunks so far (RFC 3030)
	bad  *Reply       // why the chunks so far cannot be kept
	chun bool         // BDAT was used
}

func newConn(s *Server, raw net.Conn, port string) *conn {
	ctx, cancel := context.WithCancel(s.ctx)
	c := &conn{srv: s, ctx: ctx, cancel: cancel, raw: raw, end: time.Now().Add(s.cfg.Total), span: s.cfg.Span}
	c.rec = trace.NewConn(raw, trace.ConnOptions{
		Span: c.span, Side: trace.SideServer, Proto: "smtp", Addr: s.cfg.Hostname + ":" + port, Rule: c.ruleID,
	})
	c.r = bufio.NewReaderSize(timed{c}, 32<<10)
	c.w = bufio.NewWriterSize(timed{c}, 4<<10)
	return c
}

// timed arms a deadline before each read and write. Replies are sent when a read would have to wait for the client,
// so that a pipeline of commands is answered in few packets (RFC 2920 section 3.2).
type timed struct{ c *conn }

func (t timed) deadline() time.Time {
	d := time.Now().Add(t.c.srv.cfg.Idle)
	if d.After(t.c.end) {
		return t.c.end
	}
	return d
}

func (t timed) Read(p []byte) (int, error) {
	if t.c.flush(); t.c.done {
		return 0, net.ErrClosed
	}
	t.c.rec.SetReadDeadline(t.deadline())
	return t.c.rec.Read(p)
}

func (t timed) Write(p []byte) (int, error) {
	t.c.rec.SetWriteDeadline(t.deadline())
	return t.c.rec.Write(p)
}

func (c *conn) ruleID() string {
	if id := c.rule.Load(); id != nil {
		return *id
	}
	return ""
}

func (c *conn) serve(implicitTLS bool) {
	defer c.cancel()
	defer c.rec.Close()
	if implicitTLS && !c.handshake() {
		return
	}
	if !c.faulted(fault.Connect, fault.Facts{}) {
		c.reply(220, "", c.srv.cfg.Hostname+" ESMTP todoku sandbox, RFC 5321")
	}
	for !c.done {
		line, err := c.readLine(maxCommandLine)
		switch {
		case err == nil:
			c.command(line)
		case !c.badLine(err):
			c.readFailed(err)
			c.done = true
		}
		if c.errors > maxErrors {
			c.reply(421, "4.7.0", c.srv.cfg.Hostname+" Too many errors")
			c.done = true
		}
	}
	c.flush()
}

var errLineTooLong = errors.New("line too long")
var errBareLF = errors.New("a line ended with LF alone")

// readFailed says why no further command is read, if the peer can still hear it.
func (c *conn) readFailed(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.reply(421, "4.4.2", c.srv.cfg.Hostname+" Idle for too long, closing")
	}
}

// readLine gives the next line without CRLF. A line over max is read to its end and thrown away.
func (c *conn) readLine(max int) (string, error) {
	line, err := c.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || (err == nil && len(line) > max+2) {
		return "", c.skipLine(err)
	}
	if err != nil {
		return "", err
	}
	text, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok {
		return "", errBareLF
	}
	return string(text), nil
}

// skipLine passes over the rest of a line that is too long, but not for ever.
func (c *conn) skipLine(err error) error {
	for n := 0; errors.Is(err, bufio.ErrBufferFull); n++ {
		if n > 32 {
			c.reply(500, "5.5.2", "Line far too long, closing")
			return io.ErrUnexpectedEOF
		}
		_, err = c.r.ReadSlice('\n')
	}
	if err != nil {
		return err
	}
	return errLineTooLong
}

// handshake turns the connection into TLS. Everything recorded afterwards travels inside it.
func (c *conn) handshake() bool {
	if c.faulted(fault.TLS, fault.Facts{}) {
		c.done = true
		return false
	}
	ctx, cancel := context.WithTimeout(c.ctx, tlsTimeout)
	defer cancel()
	began := time.Now()
	t := tls.Server(c.raw, c.srv.cfg.TLS)
	err := t.HandshakeContext(ctx)
	e := trace.Event{Kind: trace.KindTLS, Elapsed: time.Since(began)}
	if err != nil {
		e.Error = err.Error()
		c.rec.Emit(e)
		c.done = true
		return false
	}
	state := t.ConnectionState()
	e.TLS = &trace.TLSFacts{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite),
		Curve: state.CurveID.String(), ALPN: state.NegotiatedProtocol, SNI: state.ServerName}
	c.rec.Emit(e)
	c.tls = &state
	c.rec.Swap(t)
	return true
}

// faulted asks the fault rules about a stage and does what the rule says. True means that the stage is dealt with:
// the caller must not answer.
func (c *conn) faulted(stage fault.Stage, f fault.Facts) bool {
	f.Peer = c.raw.RemoteAddr().String()
	f.User = c.user
	a := c.srv.cfg.Faults.At(c.srv.cfg.Hostname, stage, f)
	if a == nil {
		return false
	}
	c.flush() // earlier replies are not the rule's
	c.rule.Store(&a.Rule)
	if a.Wait(c.ctx) != nil {
		c.done = true
		return true
	}
	if a.GoesOn() {
		return false
	}
	if a.Silent {
		c.rec.Emit(trace.Event{Kind: trace.KindNote, Name: "no reply"})
	}
	if a.Reply != "" {
		c.w.WriteString(a.Reply + "\r\n")
		c.flush()
	}
	c.done = c.done || a.Close
	return true
}

// loopback reports whether the peer is this machine, to which a password in the clear is no news.
func (c *conn) loopback() bool {
	a, ok := c.raw.RemoteAddr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}

// reset forgets the transaction (RFC 5321 section 4.1.1.5).
func (c *conn) reset() { c.tx = transaction{} }

// split parts a command line into verb (upper case) and argument.
func split(line string) (verb, arg string) {
	verb, arg, _ = strings.Cut(line, " ")
	return strings.ToUpper(verb), strings.TrimSpace(arg)
}

package imap

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

const (
	// guardBuffer holds most response lines whole, so that they need no copy.
	guardBuffer = 32 * kib
	// maxNesting bounds parentheses: the library's BODYSTRUCTURE reader recurses without a limit of its own.
	maxNesting = 100
	// bulkRun is how much of a message must come before its time is renewed: a drip is noticed whatever size was announced.
	bulkRun = 256 * kib
	// keepLine is how much of the server's last line an error can quote.
	keepLine = 200
)

// bounds is what the guard lets through in the reply to one command.
type bounds struct {
	response int64 // octets of one response: lines and ordinary literals
	bulk     int64 // octets of one BODY[...] literal
}

// guard stands between the connection and the library, which reads without limits: it passes on one line or literal
// at a time, and ends the connection at a response that is too long, nested too deep or holds a literal too large.
// The library takes quoted strings and literals exactly where the guard sees them, or fails.
type guard struct {
	net.Conn
	conn *wire.Conn
	br   *bufio.Reader
	span *trace.Span
	rate int64

	// Only the library's reading goroutine uses these.
	out     []byte // what of the current line is not yet passed on
	long    []byte // a line longer than the reader's buffer
	literal int64  // octets of the current literal not yet passed on
	run     int64  // of them, octets before the budget is renewed; 0 for an ordinary literal
	resp    response

	mu      sync.Mutex
	lim     bounds
	step    wire.Step
	spoiled bool   // what came could not be read: another connection may do better
	closed  bool   // by the library or by us
	bye     string // text of an untagged BYE
	copied  string // arguments of the last COPYUID
	last    []byte // beginning of the last line
}

// newGuard wraps conn; hello is passed to the library first.
func newGuard(conn *wire.Conn, span *trace.Span, rate int64, hello string) *guard {
	return &guard{
		Conn: conn, conn: conn, br: bufio.NewReaderSize(conn, guardBuffer), span: span, rate: rate,
		out: []byte(hello), lim: bounds{response: 64 * kib},
	}
}

// begin sets the budget for the reply to the command that is sent next.
func (g *guard) begin(s wire.Step, b bounds) {
	g.mu.Lock()
	g.lim, g.step = b, s
	g.mu.Unlock()
	g.conn.Expect(s)
}

// end says that the reply is complete.
func (g *guard) end(b bounds) {
	g.mu.Lock()
	g.lim = b
	g.mu.Unlock()
	g.conn.Idle()
}

// Read passes on what is left of a line, or octets of a literal, or the next line.
func (g *guard) Read(p []byte) (int, error) {
	for len(g.out) == 0 {
		if g.literal > 0 {
			return g.readLiteral(p)
		}
		if err := g.nextLine(); err != nil {
			return 0, g.conn.Cause(err)
		}
	}
	n := copy(p, g.out)
	g.out = g.out[n:]
	return n, nil
}

func (g *guard) readLiteral(p []byte) (int, error) {
	if int64(len(p)) > g.literal {
		p = p[:g.literal]
	}
	n, err := g.br.Read(p)
	g.literal -= int64(n)
	if g.run > 0 {
		if g.run -= int64(n); g.run <= 0 && g.literal > 0 {
			g.allow()
		}
	}
	return n, g.conn.Cause(err)
}

// nextLine reads a line into out; a line that the library cannot read is left out.
func (g *guard) nextLine() error {
	line, err := g.readLine()
	if err != nil {
		return err
	}
	g.note(line)
	lit, err := g.resp.line(line, g.limits())
	if err != nil {
		return g.spoil(err)
	}
	g.literal, g.run = lit.size, 0
	if lit.bulk && lit.size > 0 {
		g.allow()
	}
	if g.resp.strange {
		g.span.Find(trace.Finding{Code: "imap.skipped", Level: trace.Warn, Args: map[string]string{"line": trace.Visible(g.last)}})
	}
	if g.resp.unknown {
		return g.drop(lit.size)
	}
	g.out = line
	return nil
}

// drop skips a response of a type that would make the library give up.
func (g *guard) drop(n int64) error {
	_, err := io.CopyN(io.Discard, g.br, n)
	g.literal = 0
	return err
}

// readLine gives the next line with its end, without a copy where it fits the reader's buffer.
func (g *guard) readLine() ([]byte, error) {
	line, err := g.br.ReadSlice('\n')
	if err == nil {
		return line, nil
	}
	g.long = g.long[:0]
	for errors.Is(err, bufio.ErrBufferFull) {
		g.long = append(g.long, line...)
		if most := g.limits().response; int64(len(g.long)) > most {
			g.note(g.long)
			return nil, g.spoil(&tooLong{what: "a line", most: most})
		}
		line, err = g.br.ReadSlice('\n')
	}
	g.long = append(g.long, line...)
	return g.long, err
}

func (g *guard) limits() bounds {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lim
}

// allow renews the budget for the next run of a message literal.
func (g *guard) allow() {
	g.run = min(g.literal, bulkRun)
	g.mu.Lock()
	s := g.step
	g.mu.Unlock()
	s.Bytes += g.run
	s.Time += time.Duration(g.run/g.rate) * time.Second
	g.conn.Expect(s)
}

// note remembers the line for errors, and what the server wants people to know (RFC 9051 section 7.1: ALERT, BYE).
func (g *guard) note(line []byte) {
	text := bytes.TrimRight(line[:min(len(line), keepLine)], "\r\n")
	g.mu.Lock()
	g.last = append(g.last[:0], text...)
	if words, ok := cutFold(text, "* BYE "); ok {
		g.bye = string(words)
	}
	if _, after, ok := bytes.Cut(line, []byte("[COPYUID ")); ok {
		args, _, _ := bytes.Cut(after, []byte("]"))
		g.copied = string(args)
	}
	g.mu.Unlock()
	if words, ok := cutFold(text, "* OK [ALERT] "); ok {
		g.span.Find(trace.Finding{Code: "imap.alert", Level: trace.Warn, Args: map[string]string{"text": string(words)}})
	}
}

func cutFold(b []byte, prefix string) ([]byte, bool) {
	if len(b) < len(prefix) || !bytes.EqualFold(b[:len(prefix)], []byte(prefix)) {
		return b, false
	}
	return b[len(prefix):], true
}

// tooLong says that the server sent more than any right answer has.
type tooLong struct {
	what string
	most int64
}

func (e *tooLong) Error() string { return fmt.Sprintf("%s of more than %d octets", e.what, e.most) }

// spoil ends the connection because of what came on it.
func (g *guard) spoil(err error) error {
	g.mu.Lock()
	g.spoiled = true
	g.mu.Unlock()
	code := wire.CodeGarbled
	var long *tooLong
	if errors.As(err, &long) {
		code = wire.CodeFlood
	}
	return g.conn.Fail(code, err)
}

// copyUID takes the arguments of the COPYUID that came since it was last asked.
func (g *guard) copyUID() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	args := g.copied
	g.copied = ""
	return args
}

// abandon closes the connection by our own wish.
func (g *guard) abandon() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.conn.Close()
}

// skip closes the connection rather than read the rest of a literal that nobody wants; another one takes its place.
func (g *guard) skip() {
	g.mu.Lock()
	g.spoiled, g.closed = true, true
	g.mu.Unlock()
	g.conn.Close()
}

// Close is the library's: without a failure of the connection it gives up on a response that it cannot read, or on
// a literal that was refused.
func (g *guard) Close() error {
	g.mu.Lock()
	if !g.closed && g.conn.Err() == nil {
		g.spoiled = true
	}
	g.closed = true
	g.mu.Unlock()
	return g.conn.Close()
}

func (g *guard) isClosed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// state tells how the connection fares.
func (g *guard) state() (spoiled bool, bye, last string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.spoiled, g.bye, string(g.last)
}

// SetDeadline does nothing: the connection below keeps its own deadlines, and the library's would undo them.
func (g *guard) SetDeadline(time.Time) error      { return nil }
func (g *guard) SetReadDeadline(time.Time) error  { return nil }
func (g *guard) SetWriteDeadline(time.Time) error { return nil }

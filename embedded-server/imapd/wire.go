package imapd

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
)

// wire is the connection that imapserver sees after the login. It swallows imapserver's own greeting, gathers its
// many small writes, and looks at each command before imapserver does: for the fault rules, for ID and CAPABILITY,
// and for literals that imapserver would refuse without reading them, so that their octets became commands.
type wire struct {
	*dialogue.Conn
	address string
	greeted bool // imapserver's greeting has been swallowed
	done    chan struct{}
	once    sync.Once

	pending  []byte       // a line on its way to imapserver
	tail     string       // the end of the line's pieces so far
	literal  int64        // octets of a literal still to pass
	asked    atomic.Int64 // octets of a literal that waits for the go-ahead
	accepted atomic.Bool  // the go-ahead was given
	inside   bool         // the coming line belongs to a command that began before
	idle     bool         // the coming line ends IDLE
	tag      string
	verb     string
	idleTag  string      // of an IDLE that a fault rule accepted in imapserver's place
	renumber atomic.Bool // a rule wants the folder that is selected now to be another
}

func newWire(c *dialogue.Conn, address string) *wire {
	return &wire{Conn: c, address: address, done: make(chan struct{})}
}

// Close ends the connection; the server side's goroutine goes on after it.
func (w *wire) Close() error {
	w.once.Do(func() { close(w.done) })
	return w.Conn.Close()
}

// Deadlines are the dialogue's business.
func (w *wire) SetDeadline(time.Time) error      { return nil }
func (w *wire) SetReadDeadline(time.Time) error  { return nil }
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

func (w *wire) Write(p []byte) (int, error) {
	size := len(p)
	if !w.greeted {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			return size, nil
		}
		w.greeted = true
		p = p[i+1:]
	}
	if w.asked.Load() > 0 && bytes.HasPrefix(p, []byte("+ ")) {
		w.accepted.Store(true)
	}
	if len(p) > 0 {
		if _, err := w.Conn.Write(p); err != nil {
			return 0, err
		}
	}
	return size, nil
}

func (w *wire) Read(p []byte) (int, error) {
	for len(w.pending) == 0 {
		if w.asked.Load() > 0 {
			w.answered()
		}
		if w.literal > 0 {
			n, err := w.Conn.Read(p[:min(int64(len(p)), w.literal)])
			w.literal -= int64(n)
			return n, err
		}
		if err := w.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, w.pending)
	w.pending = w.pending[n:]
	return n, nil
}

// answered finds out what became of a literal that the client announced: imapserver reads on only after it said
// "+ " or refused the command.
func (w *wire) answered() {
	size := w.asked.Swap(0)
	if w.accepted.Swap(false) {
		w.literal, w.inside = size, true
	} else {
		w.inside = false
	}
}

// next takes one line, or a piece of a long one, from the client.
func (w *wire) next() error {
	raw, err := w.ReadRawLine()
	if err != nil {
		return err
	}
	if w.tail == "" && !w.inside && !w.idle && w.command(raw) {
		return nil
	}
	w.pending = raw
	if raw[len(raw)-1] != '\n' {
		w.tail = last(w.tail+string(raw), 32)
		return nil
	}
	line := strings.TrimRight(last(w.tail+string(raw), 32), "\r\n")
	w.tail, w.idle, w.inside = "", !w.idle && !w.inside && w.verb == "IDLE", false
	size, sync, ok := literalAtEnd(line)
	switch {
	case !ok:
	case sync:
		w.asked.Store(size)
	case size > w.limit():
		w.Conn.WriteLine("* BYE [TOOBIG] the literal is too long for " + w.verb)
		w.Close()
		return io.ErrUnexpectedEOF
	default:
		w.literal, w.inside = size, true
	}
	return nil
}

func last(s string, n int) string {
	if len(s) > n {
		return s[len(s)-n:]
	}
	return s
}

func (w *wire) limit() int64 {
	if w.verb == "APPEND" {
		return maxAppend
	}
	return maxLiteral
}

// command looks at the first line of a command; true means that it was dealt with here.
func (w *wire) command(raw []byte) bool {
	fields := strings.Fields(string(raw[:min(len(raw), 256)]))
	w.tag, w.verb = "", ""
	if w.idleTag != "" && len(fields) == 1 && strings.EqualFold(fields[0], "DONE") {
		w.Conn.WriteLine(w.idleTag + " OK IDLE over")
		w.idleTag = ""
		return true
	}
	if len(fields) < 2 || !validTag(fields[0]) {
		return false
	}
	w.tag, w.verb = fields[0], strings.ToUpper(fields[1])
	if w.verb == "UID" && len(fields) > 2 {
		w.verb = "UID " + strings.ToUpper(fields[2])
	}
	dealt := w.faulted() || w.own()
	if dealt {
		w.swallow(raw)
	}
	return dealt
}

// faulted asks the rules for any command and for the stage that this one is.
func (w *wire) faulted() bool {
	facts := fault.Facts{Verb: w.verb}
	if w.Faulted(fault.Command, facts, tagged(w.tag)) {
		return true
	}
	var stage fault.Stage
	switch w.verb {
	case "SELECT", "EXAMINE":
		stage = fault.Select
	case "FETCH", "UID FETCH":
		stage = fault.Fetch
	case "APPEND":
		stage = fault.Append
	case "IDLE":
		stage = fault.Idle
	default:
		return false
	}
	rule, dealt := w.Ask(stage, facts, tagged(w.tag))
	w.renumber.Store(rule != nil && rule.Renumber)
	if dealt && stage == fault.Idle && strings.HasPrefix(rule.Reply, "+") {
		w.idleTag = w.tag
	}
	return dealt
}

// own answers what imapserver does not know, or would answer without our additions.
func (w *wire) own() bool {
	switch w.verb {
	case "CAPABILITY":
		w.Conn.WriteLine("* CAPABILITY " + without(w.Conn, w.verb, loggedCaps))
	case "ID":
		w.Conn.WriteLine(idLine)
	default:
		return false
	}
	w.Conn.WriteLine(fmt.Sprintf("%s OK %s completed", w.tag, w.verb))
	return true
}

// swallow passes over the rest of a command that was dealt with: lines, and literals that nobody asked for.
func (w *wire) swallow(raw []byte) {
	for {
		if raw[len(raw)-1] == '\n' {
			size, sync, ok := literalAtEnd(last(strings.TrimRight(string(raw), "\r\n"), 32))
			if !ok || sync {
				return
			}
			if _, err := io.CopyN(io.Discard, readerOf(w.Conn), size); err != nil {
				return
			}
		}
		var err error
		if raw, err = w.ReadRawLine(); err != nil {
			return
		}
	}
}

// readerOf hides the other methods, so that io.CopyN does not look for more.
func readerOf(r io.Reader) io.Reader { return struct{ io.Reader }{r} }

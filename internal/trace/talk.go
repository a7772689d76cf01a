package trace

import "bytes"

// Limits of what an event holds of the octets that passed.
const (
	maxKept = 4 << 10  // octets kept of a line or of bulk data
	maxLine = 64 << 10 // octets of one line that the rules see, besides its end
	tailLen = 32       // octets kept of the end of a longer line: enough for a literal's {n+}
	bodyRun = 64 << 10 // octets per data event when bodies are kept
)

// Removed is what events show in the place of a secret.
const Removed = "(secret removed)"

// who is an end of the connection, whichever end observes.
type who int

const (
	client who = iota
	server
)

// rules know one protocol: which lines hold secrets and which octets are bulk.
type rules interface {
	// line is given each complete line without its line end and returns what may be recorded of it.
	line(from who, text []byte) []byte
	// next tells what the coming octets of one end are: asked at every line start.
	next(from who) bulk
	// remember takes a secret that the server may know although it is not sent.
	remember(secret []byte)
	// scrub removes the secrets that were seen from words of the server.
	scrub(text []byte) []byte
	// ended reports that the bulk octets of one end are over.
	ended(from who)
}

// talk follows one conversation in both directions, in chunks of any size.
type talk struct {
	rules  rules
	bodies bool
	heard  func() bool
	emit   func(Event)
	flows  [2]flow
}

// flow is one direction.
type flow struct {
	sent bool
	line []byte // of the line being assembled, at most maxLine octets
	tail []byte // its last octets when it is longer
	size int64  // its octets so far
	bulk *bulkRun
	torn bool // the line's beginning was recorded by flush: its rest may be a secret's
}

// newTalk follows a conversation of a protocol. heard tells whether anybody takes the events now.
func newTalk(proto string, bodies bool, heard func() bool, emit func(Event)) *talk {
	return &talk{rules: newRules(proto), bodies: bodies, heard: heard, emit: emit}
}

// feed takes octets that passed. sent tells that this end sent them.
func (t *talk) feed(from who, sent bool, p []byte) {
	f := &t.flows[from]
	f.sent = sent
	for len(p) > 0 {
		if f.bulk == nil && f.size == 0 {
			if b := t.rules.next(from); b.kind != bulkNone {
				f.bulk = newBulkRun(b, t.bodies, t.heard())
			}
		}
		if f.bulk != nil {
			p = p[t.feedBulk(from, f, p):]
			continue
		}
		p = p[t.feedLine(from, f, p):]
	}
}

func (t *talk) feedBulk(from who, f *flow, p []byte) int {
	n, done := f.bulk.feed(p, func(e Event) { e.Sent = f.sent; t.emit(e) })
	if done {
		f.bulk.finish(func(e Event) { e.Sent = f.sent; t.emit(e) })
		if f.bulk.kind == bulkDot {
			t.emit(Event{Kind: lineKind(f.sent), Sent: f.sent, Data: []byte(".")})
		}
		f.bulk = nil
		t.rules.ended(from)
	}
	return n
}

func (t *talk) feedLine(from who, f *flow, p []byte) int {
	n := len(p)
	lf := bytes.IndexByte(p, '\n')
	if lf >= 0 {
		n = lf + 1
	}
	f.add(p[:n])
	if lf >= 0 {
		t.endLine(from, f)
	}
	return n
}

// add appends to the line, bounded.
func (f *flow) add(p []byte) {
	f.size += int64(len(p))
	room := maxLine - len(f.line)
	if len(p) <= room {
		f.line = append(f.line, p...)
		return
	}
	f.line = append(f.line, p[:room]...)
	f.tail = append(f.tail, p[room:]...)
	if len(f.tail) > tailLen {
		f.tail = append(f.tail[:0], f.tail[len(f.tail)-tailLen:]...)
	}
}

// endLine records the assembled line. A CRLF at its end is left out; any other line end is kept, because it is
// wrong and worth seeing.
func (t *talk) endLine(from who, f *flow) {
	raw := append(f.line, f.tail...)
	text := bytes.TrimSuffix(raw, []byte("\n"))
	crlf := len(text) < len(raw) && bytes.HasSuffix(text, []byte("\r"))
	if crlf {
		text = text[:len(text)-1]
	}
	keep := []byte(Removed)
	if !f.torn {
		keep = t.rules.line(from, text)
	}
	f.torn = false
	if keep != nil {
		if !crlf && len(keep) == len(text) && bytes.Equal(keep, text) {
			keep = raw
		}
		t.emitLine(f, keep)
	}
	f.line, f.tail, f.size = raw[:0], nil, 0
	if cap(f.line) > 8<<10 {
		f.line = nil
	}
}

func (t *talk) emitLine(f *flow, keep []byte) {
	e := Event{Kind: lineKind(f.sent), Sent: f.sent}
	if len(keep) > maxKept {
		e.Size = f.size
		keep = keep[:maxKept]
	}
	e.Data = bytes.Clone(keep)
	t.emit(e)
}

func lineKind(sent bool) Kind {
	if sent {
		return KindSend
	}
	return KindRecv
}

// flush records what is unfinished in both directions, as if it ended here.
func (t *talk) flush() {
	for _, from := range []who{client, server} {
		f := &t.flows[from]
		if f.size > 0 {
			t.endLine(from, f)
			f.torn = true
		}
		if f.bulk != nil {
			f.bulk.finish(func(e Event) {
				e.Sent = f.sent
				if f.bulk.kind != bulkClose {
					e.Name = "unfinished"
				}
				t.emit(e)
			})
			f.bulk = nil
			t.rules.ended(from)
		}
	}
}

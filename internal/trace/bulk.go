package trace

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// bulkKind says how bulk octets end.
type bulkKind int

const (
	bulkNone  bulkKind = iota // lines
	bulkCount                 // after n octets: a literal, BDAT, a body with Content-Length
	bulkDot                   // at CRLF.CRLF: DATA, RETR, TOP
	bulkClose                 // when the connection closes
)

// bulk describes octets that are not lines of the protocol.
type bulk struct {
	kind   bulkKind
	n      int64
	secret bool // record only that something was removed
}

// bulkRun follows bulk octets as they pass.
type bulkRun struct {
	bulk
	whole bool
	size  int64
	kept  []byte
	sum   hash.Hash // nil when the octets are only counted: they are secret, or nobody heard the run begin
	hold  []byte    // bulkDot: octets that may belong to the end: "." or ".\r"
	last  [2]byte   // bulkDot: the two octets before hold
}

func newBulkRun(b bulk, whole, heard bool) *bulkRun {
	r := &bulkRun{bulk: b, whole: whole, last: [2]byte{'\r', '\n'}}
	if heard && !b.secret {
		r.sum = sha256.New()
	}
	return r
}

// feed takes octets and tells how many of them belong to the run and whether it is complete.
func (r *bulkRun) feed(p []byte, emit func(Event)) (n int, done bool) {
	switch r.kind {
	case bulkCount:
		if int64(len(p)) >= r.n {
			p, done = p[:r.n], true
		}
		r.n -= int64(len(p))
		r.take(p, emit)
		return len(p), done
	case bulkDot:
		return r.feedDot(p, emit)
	}
	r.take(p, emit)
	return len(p), false
}

// feedDot looks for CRLF.CRLF, which chunks may cut anywhere (RFC 5321 section 4.1.1.4, RFC 1939 section 3).
func (r *bulkRun) feedDot(p []byte, emit func(Event)) (n int, done bool) {
	held := len(r.hold)
	buf := p
	if held > 0 {
		buf = append(r.hold, p...)
		r.hold = nil
	}
	if body, end := dotEnd(r.last, buf); end > 0 {
		r.take(buf[:body], emit)
		return end - held, true
	}
	keep := len(buf) - heldBack(r.last, buf)
	r.take(buf[:keep], emit)
	r.hold = bytes.Clone(buf[keep:])
	switch {
	case keep >= 2:
		r.last = [2]byte{buf[keep-2], buf[keep-1]}
	case keep == 1:
		r.last = [2]byte{r.last[1], buf[0]}
	}
	return len(p), false
}

// dotEnd finds the end of dot-terminated data: the body's length in buf and the length with the final dot line,
// or 0, 0. last holds the two octets before buf.
func dotEnd(last [2]byte, buf []byte) (body, end int) {
	if last == [2]byte{'\r', '\n'} && bytes.HasPrefix(buf, []byte(".\r\n")) {
		return 0, 3
	}
	if last[1] == '\r' && bytes.HasPrefix(buf, []byte("\n.\r\n")) {
		return 1, 4
	}
	if i := bytes.Index(buf, []byte("\r\n.\r\n")); i >= 0 {
		return i + 2, i + 5
	}
	return 0, 0
}

// heldBack tells how many octets at the end of buf may begin the final dot line: 0, 1 or 2.
func heldBack(last [2]byte, buf []byte) int {
	near := append([]byte{last[0], last[1]}, buf[max(0, len(buf)-4):]...)
	switch {
	case bytes.HasSuffix(near, []byte("\r\n.\r")):
		return min(2, len(buf))
	case bytes.HasSuffix(near, []byte("\r\n.")):
		return min(1, len(buf))
	}
	return 0
}

func (r *bulkRun) take(p []byte, emit func(Event)) {
	r.size += int64(len(p))
	if r.sum == nil || len(p) == 0 {
		return
	}
	r.sum.Write(p)
	if !r.whole {
		room := maxKept - len(r.kept)
		r.kept = append(r.kept, p[:min(room, len(p))]...)
		return
	}
	for len(p) > 0 {
		n := min(bodyRun-len(r.kept), len(p))
		r.kept = append(r.kept, p[:n]...)
		p = p[n:]
		if len(r.kept) == bodyRun {
			emit(Event{Kind: KindData, Name: "part", Data: r.kept})
			r.kept = nil
		}
	}
}

// finish emits the event for the whole run; its Data is the rest that no earlier part held.
func (r *bulkRun) finish(emit func(Event)) {
	if r.secret {
		emit(Event{Kind: KindData, Data: []byte(Removed)})
		return
	}
	if len(r.hold) > 0 {
		r.take(r.hold, emit)
	}
	e := Event{Kind: KindData, Data: r.kept, Size: r.size}
	if r.sum != nil {
		e.SHA256 = hex.EncodeToString(r.sum.Sum(nil))
	}
	emit(e)
}

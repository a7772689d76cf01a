package pop3d

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"todoku/embedded-server/fault"
	"todoku/embedded-server/maildrop"
)

func (x *session) totals() (count int, octets int64) {
	for i := range x.drop {
		if !x.drop[i].deleted {
			count++
			octets += x.drop[i].octets()
		}
	}
	return count, octets
}

func (x *session) noop(string) { x.ok("here I am") }

func (x *session) stat(string) {
	count, octets := x.totals()
	x.ok("%d %d", count, octets)
}

// pick finds a message by its number and says so if there is none.
func (x *session) pick(arg string) (n int, e *entry) {
	number, err := strconv.ParseUint(arg, 10, 31)
	if err != nil {
		x.refuse("%s is not a message number", strconv.QuoteToASCII(cut(arg, 40)))
		return 0, nil
	}
	if number < 1 || number > uint64(len(x.drop)) {
		x.refuse("there is no message %d, only %d in the maildrop", number, len(x.drop))
		return 0, nil
	}
	e = &x.drop[number-1]
	if e.deleted {
		x.refuse("message %d is marked deleted: RSET takes that back", number)
		return 0, nil
	}
	return int(number), e
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

func (x *session) list(arg string) {
	x.scan(arg, func(e *entry) string { return strconv.FormatInt(e.octets(), 10) })
}

// uidl gives unique-ids that no other message of this store ever has: a UID is never used again under one
// UIDVALIDITY, and no folder gets the UIDVALIDITY of another.
func (x *session) uidl(arg string) {
	x.scan(arg, func(e *entry) string {
		return strconv.FormatUint(uint64(x.folder.UIDValidity), 10) + "." + strconv.FormatUint(uint64(e.UID), 10)
	})
}

// scan answers LIST and UIDL, for one message or all.
func (x *session) scan(arg string, value func(*entry) string) {
	if arg != "" {
		if n, e := x.pick(arg); e != nil {
			x.ok("%d %s", n, value(e))
		}
		return
	}
	count, octets := x.totals()
	var b bytes.Buffer
	fmt.Fprintf(&b, "+OK %d messages (%d octets)\r\n", count, octets)
	for i := range x.drop {
		if e := &x.drop[i]; !e.deleted {
			b.WriteString(strconv.Itoa(i + 1))
			b.WriteByte(' ')
			b.WriteString(value(e))
			b.WriteString("\r\n")
		}
	}
	b.WriteString(".\r\n")
	x.Write(b.Bytes())
}

func (x *session) retr(arg string) {
	if _, e := x.pick(arg); e != nil {
		if x.Faulted(fault.Retr, fault.Facts{Verb: "RETR"}, nil) {
			return
		}
		x.send(e, fmt.Sprintf("+OK %d octets", e.octets()), func(data []byte) []byte { return data })
	}
}

// top sends the header, the empty line and n lines of the body.
func (x *session) top(arg string) {
	number, lines, _ := strings.Cut(arg, " ")
	n, err := strconv.ParseUint(strings.TrimSpace(lines), 10, 31)
	if err != nil {
		x.refuse("say TOP message lines")
		return
	}
	if _, e := x.pick(number); e != nil {
		if x.Faulted(fault.Retr, fault.Facts{Verb: "TOP"}, nil) {
			return
		}
		x.send(e, "+OK top of message follows", func(data []byte) []byte { return firstLines(data, int(n)) })
	}
}

// firstLines cuts after n lines of the body.
func firstLines(data []byte, n int) []byte {
	end := bytes.Index(data, []byte("\r\n\r\n"))
	if end < 0 {
		return data
	}
	for end += 4; n > 0; n-- {
		i := bytes.IndexByte(data[end:], '\n')
		if i < 0 {
			return data
		}
		end += i + 1
	}
	return data[:end]
}

func (x *session) send(e *entry, status string, part func([]byte) []byte) {
	data, err := x.srv.cfg.Store.Data(x.ctx, x.folder.ID, e.UID)
	switch {
	case errors.Is(err, maildrop.ErrNoMessage):
		x.refuse("this message was removed by another program, over IMAP")
	case err != nil:
		x.refuse("[SYS/TEMP] the message cannot be read: try again later")
	default:
		x.Write(append([]byte(status), "\r\n"...))
		x.Write(stuff(part(data)))
	}
}

// stuff doubles the dot at the start of each line and adds the end line (RFC 1939 section 3). A line is what ends
// in CR LF; the store holds no bare CR or LF that another reader could take for a line end.
func stuff(data []byte) []byte {
	dots := bytes.Count(data, []byte("\r\n."))
	out := make([]byte, 0, len(data)+dots+6)
	if bytes.HasPrefix(data, []byte(".")) {
		out = append(out, '.')
	}
	for ; dots > 0; dots-- {
		i := bytes.Index(data, []byte("\r\n."))
		out = append(append(out, data[:i+3]...), '.')
		data = data[i+3:]
	}
	out = append(out, data...)
	if len(out) > 0 && !bytes.HasSuffix(out, []byte("\r\n")) {
		out = append(out, "\r\n"...)
	}
	return append(out, ".\r\n"...)
}

func (x *session) dele(arg string) {
	if n, e := x.pick(arg); e != nil {
		e.deleted = true
		x.ok("message %d will be deleted at QUIT", n)
	}
}

func (x *session) rset(string) {
	for i := range x.drop {
		x.drop[i].deleted = false
	}
	count, octets := x.totals()
	x.ok("%d messages (%d octets)", count, octets)
}

func (x *session) bye(string) {
	x.done = true
	x.ok("bye")
}

// quit enters the UPDATE state: only here are messages deleted (RFC 1939 section 6).
func (x *session) quit(string) {
	if x.Faulted(fault.Quit, fault.Facts{Verb: "QUIT"}, nil) {
		x.done = true
		return
	}
	var uids []uint32
	for i := range x.drop {
		if x.drop[i].deleted {
			uids = append(uids, x.drop[i].UID)
		}
	}
	x.done = true
	if _, err := x.srv.cfg.Store.Expunge(x.ctx, x.folder.ID, uids); err != nil {
		x.refuse("[SYS/TEMP] nothing was deleted: try again later")
		return
	}
	// The lock goes before the reply: a client that reads it may log in again at once.
	x.srv.unlock(x.address)
	x.address = ""
	x.ok("bye, %d deleted", len(uids))
}

package pop3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
)

const (
	// window is how many pipelined commands may wait for their replies; together they are smaller than any socket
	// buffer, so that sending them never blocks on a server that is busy sending (RFC 2449 section 6.6).
	window = 256
	// maxInFlight bounds the octets asked for and not read: what must be thrown away when the caller stops early.
	maxInFlight = 4 << 20
	// bodySlack is added to twice the announced octets of a message, for servers that count wrongly, and for
	// byte-stuffing.
	bodySlack = 64 << 10
	// maxHeader is how much of a header TOP gives; the rest is read and dropped.
	maxHeader = 256 << 10
)

// Retrieve reads whole messages in order and gives each to yield as it arrives, its octets exactly as the server sent
// them: constant memory whatever their size. size is what LIST says. Commands are pipelined where the server offers
// that. A message that the server refuses (-ERR) has a body whose Read returns the *Error. yield need not read all; if
// it returns an error, Retrieve stops with it. The body is invalid after yield returns.
func (c *Client) Retrieve(ctx context.Context, numbers []int, yield func(n int, size int64, body io.Reader) error) error {
	leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	return c.stream(numbers, "RETR", "", func(n int, refused *Error, body *dotReader) error {
		if refused != nil {
			return yield(n, c.sizes[n-1], refusedBody{refused})
		}
		return yield(n, c.sizes[n-1], body)
	})
}

type refusedBody struct{ err *Error }

func (b refusedBody) Read([]byte) (int, error) { return 0, b.err }

// Headers reads the headers of messages in order, with TOP n 0, pipelined where the server offers that. Of a header
// beyond 256 KiB the rest is missing. header is valid until yield returns; refused is set for a message that the server
// refuses. Without TOP the error is ErrNoTOP.
func (c *Client) Headers(ctx context.Context, numbers []int, yield func(n int, header []byte, refused *Error) error) error {
	leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if c.caps.Known && !c.caps.TOP {
		return ErrNoTOP
	}
	var header headerBuffer
	return c.stream(numbers, "TOP", " 0", func(n int, refused *Error, body *dotReader) error {
		if refused != nil {
			return yield(n, nil, refused)
		}
		header = header[:0]
		if _, err := body.WriteTo(&header); err != nil {
			return err
		}
		return yield(n, header, nil)
	})
}

// headerBuffer keeps the beginning of what is written to it.
type headerBuffer []byte

func (b *headerBuffer) Write(p []byte) (int, error) {
	*b = append(*b, p[:min(len(p), maxHeader-len(*b))]...)
	return len(p), nil
}

// flight is a run of commands of one verb whose replies come in order.
type flight struct {
	c        *Client
	verb     string
	tail     string // after the number
	numbers  []int
	sent     int   // commands sent
	got      int   // replies read
	inFlight int64 // octets announced for the replies outstanding
	line     []byte
}

// stream sends a command for each number and gives each reply to take.
func (c *Client) stream(numbers []int, verb, tail string, take func(n int, refused *Error, body *dotReader) error) error {
	if err := c.list(); err != nil {
		return err
	}
	for _, n := range numbers {
		if n < 1 || n > len(c.sizes) || c.sizes[n-1] < 0 {
			return fmt.Errorf("%s: the maildrop has no message %d; list it again", verb, n)
		}
	}
	f := &flight{c: c, verb: verb, tail: tail, numbers: numbers}
	for f.got < len(numbers) {
		if err := f.send(); err != nil {
			return c.fail(err)
		}
		if err := f.one(take); err != nil {
			return f.stop(err)
		}
	}
	return nil
}

// send keeps the window filled, in batches: a write for each command would cost more than the command.
func (f *flight) send() error {
	waiting := f.sent - f.got
	if waiting > 0 && (!f.c.caps.Pipelining || waiting > window/2) {
		return nil
	}
	f.line = f.line[:0]
	for f.sent < len(f.numbers) && f.room() {
		n := f.numbers[f.sent]
		f.line = append(append(f.line, f.verb...), ' ')
		f.line = append(append(strconv.AppendInt(f.line, int64(n), 10), f.tail...), "\r\n"...)
		f.inFlight += f.announced(n)
		f.sent++
	}
	if len(f.line) == 0 {
		return nil
	}
	if waiting == 0 {
		if err := f.c.quiet(); err != nil {
			return err
		}
		f.expect()
	}
	_, err := f.c.conn.Write(f.line)
	return err
}

// room reports whether another command may go out. One always may when none waits.
func (f *flight) room() bool {
	if f.sent == f.got {
		return true
	}
	return f.c.caps.Pipelining && f.sent-f.got < window && f.inFlight+f.announced(f.numbers[f.sent]) <= maxInFlight
}

func (f *flight) announced(n int) int64 {
	if f.verb == "TOP" {
		return min(f.c.sizes[n-1], bodySlack)
	}
	return f.c.sizes[n-1]
}

// expect gives the reply being read its budget: time for the next readBuffer, and octets for that and what may be read
// ahead with it. The octets of the whole reply are bounded by charge.
func (f *flight) expect() {
	f.c.expect(numbered(f.verb, f.numbers[f.got]), "the message and a final dot", 2*readBuffer+replyBytes, f.c.opts.Limits.Reply)
}

// one reads a reply. Whatever take leaves of it is read and dropped.
func (f *flight) one(take func(n int, refused *Error, body *dotReader) error) error {
	n := f.numbers[f.got]
	f.expect()
	s, err := readStatus(f.c.in)
	if err != nil {
		return f.c.fail(err)
	}
	if !s.ok {
		f.next(n)
		return take(n, s.refusal(numbered(f.verb, n)), nil)
	}
	left, run := 2*f.c.sizes[n-1]+bodySlack, readBuffer
	body := newDotReader(f.c.in, func(octets int) error {
		if left -= int64(octets); left < 0 {
			return fmt.Errorf("%w: LIST said %d", errTooMuch, f.c.sizes[n-1])
		}
		if run -= octets; run <= 0 {
			run = readBuffer
			f.expect()
		}
		return nil
	})
	stopped := take(n, nil, body)
	if body.err != nil && !body.done {
		return f.c.fail(body.err)
	}
	if stopped != nil && body.skip(maxInFlight) == errTooMuch {
		f.c.fault = errStopped // closing is cheaper than the rest of the message
		f.c.conn.Close()
		return stopped
	}
	if err := body.skip(math.MaxInt64); err != nil {
		return errors.Join(stopped, f.c.fail(err))
	}
	f.next(n)
	return stopped
}

func (f *flight) next(n int) {
	f.inFlight -= f.announced(n)
	f.got++
}

// stop reads and drops the replies that are still to come, so that the connection stays in step, and gives why.
func (f *flight) stop(why error) error {
	for f.c.fault == nil && f.got < f.sent {
		if err := f.one(func(int, *Error, *dotReader) error { return nil }); err != nil {
			return why
		}
	}
	return why
}

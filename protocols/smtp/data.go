package smtp

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"todoku/protocols/wire"
)

// data sends the message by DATA.
func (t *transaction) data() error {
	c := t.c
	began := time.Now()
	r, err := c.command("DATA", "DATA", "354", c.opts.Limits.Data)
	if err != nil {
		return err
	}
	if r.OK() {
		return c.conn.Fail(wire.CodeGarbled, fmt.Errorf("the server answers DATA, which wants 354, with %s", r))
	}
	if r.Code != 354 {
		t.finish(r, began)
		return t.takeBack(&Error{Verb: "DATA", Reply: r})
	}
	began = time.Now()
	c.expect("DATA", "250 to the message", c.opts.Limits.Block+c.opts.Limits.Final, 1)
	maybe := false
	err = writeDotted(c.conn, t.msg, func() { maybe = true })
	if err == nil {
		err = t.final(began)
	}
	return t.lost(err, maybe, began)
}

// final waits for the reply to the end of the message.
func (t *transaction) final(began time.Time) error {
	c := t.c
	c.expect("end of message", "250", c.opts.Limits.Final, 1)
	r, err := c.readReply("DATA")
	if r.Code != 0 && (err == nil || r.Code == 421) {
		t.finish(r, began)
	}
	if err != nil {
		return err
	}
	return r.must("DATA", 0)
}

// finish gives the final reply to every recipient that was accepted until then.
func (t *transaction) finish(r Reply, began time.Time) {
	t.res.Final, t.res.QueueID = r, queueID(r)
	for i, rcpt := range t.res.Recipients {
		if rcpt.Verb == "RCPT" && rcpt.Reply.OK() {
			t.set(i, RecipientResult{Verb: "DATA", Reply: r, Elapsed: time.Since(began)})
		}
	}
}

// lost tells a refusal from a message whose fate nobody knows. A server that closes while the message is still being
// sent often says why first.
func (t *transaction) lost(err error, maybe bool, began time.Time) error {
	var refusal *Error
	if err == nil || t.res.Final.Code != 0 || errors.As(err, &refusal) {
		return err
	}
	if t.c.conn.Buffered() > 0 {
		if r, _ := t.c.readReply("DATA"); r.Code >= 400 {
			t.finish(r, began)
			return &Error{Verb: "DATA", Reply: r}
		}
	}
	t.res.Unknown = maybe
	return err
}

// chunks sends the message by BDAT (RFC 3030): no dot-stuffing, octets as they are.
func (t *transaction) chunks() error {
	c := t.c
	msg := t.msg
	if !endsLine(msg) {
		msg = append(msg[:len(msg):len(msg)], "\r\n"...)
	}
	began := time.Now()
	for {
		n := min(len(msg), chunkSize)
		end := n == len(msg)
		line := fmt.Sprintf("BDAT %d", n)
		if end {
			line += " LAST"
		}
		c.expect("BDAT", "250", c.opts.Limits.Block+c.opts.Limits.Final, 1)
		_, err := c.conn.Write(append([]byte(line+"\r\n"), msg[:n]...))
		if end {
			if err == nil {
				err = t.final(began)
			}
			return t.takeBack(t.lost(err, true, began))
		}
		if err != nil {
			return t.lost(err, false, began)
		}
		r, err := c.readReply("BDAT")
		if err == nil {
			err = r.must("BDAT", 0)
		}
		if err != nil {
			if r.Code != 0 {
				t.finish(r, began)
			}
			return t.takeBack(err)
		}
		msg = msg[n:]
	}
}

// takeBack ends a transaction that the server refused in the middle, so that the next can begin (RFC 3030 section 2
// demands it after a refused BDAT). It gives err back.
func (t *transaction) takeBack(err error) error {
	if err != nil && t.c.conn.Err() == nil {
		t.c.command("RSET", "RSET", "250", t.c.opts.Limits.Mail)
	}
	return err
}

// queueID finds the name under which the server keeps the message: "queued as 7F3A2" (Postfix, Sendmail's
// relatives), "id=1tEx..." (Exim).
func queueID(r Reply) string {
	if !r.OK() {
		return ""
	}
	text := r.Text()
	for _, mark := range []string{"queued as ", "id="} {
		if i := strings.Index(strings.ToLower(text), mark); i >= 0 {
			words := strings.Fields(text[i+len(mark):])
			if len(words) > 0 {
				return strings.Trim(words[0], "<>.,;()")
			}
		}
	}
	return ""
}

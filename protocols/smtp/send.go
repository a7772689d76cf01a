package smtp

import (
	"context"
	"errors"
	"strings"
	"time"

	"todoku/protocols/wire"
)

// RecipientResult is what became of one recipient so far. Reply.Code 0 means that the server was not asked; Err says
// why if we refused the address ourselves.
type RecipientResult struct {
	Addr    string        `json:"addr"`
	Verb    string        `json:"verb"` // the command that Reply answers: "MAIL", "RCPT" or "DATA"
	Reply   Reply         `json:"reply"`
	Elapsed time.Duration `json:"elapsed_ns"` // from the command to its reply
	Err     error         `json:"-"`
}

// Accepted reports that the server took the message for this recipient.
func (r RecipientResult) Accepted() bool { return r.Verb == "DATA" && r.Reply.OK() }

// Result is what became of one message.
type Result struct {
	Recipients []RecipientResult // in the order of the envelope
	Final      Reply             // to the end of the message
	QueueID    string            // as the final reply names it, or ""
	// Unknown: the connection was lost when the server may have had the whole message, before its reply. The message
	// may have been sent. False with an error means that it certainly was not.
	Unknown bool
	Elapsed time.Duration
}

// Accepted counts the recipients for whom the server took the message.
func (r Result) Accepted() int {
	n := 0
	for _, rcpt := range r.Recipients {
		if rcpt.Accepted() {
			n++
		}
	}
	return n
}

// transaction is one message on its way.
type transaction struct {
	c        *Client
	env      Envelope
	msg      []byte
	res      Result
	progress func(RecipientResult)
}

// Send submits a message, whose lines end in CRLF, for every recipient that the server accepts. That some are refused
// is a result; that all are, or that the message is, is an *Error as well. progress, which may be nil, is called
// whenever a recipient's result changes. The session can send again unless the connection failed.
func (c *Client) Send(ctx context.Context, env Envelope, msg []byte, progress func(RecipientResult)) (Result, error) {
	defer c.conn.Watch(ctx)()
	began := time.Now()
	if progress == nil {
		progress = func(RecipientResult) {}
	}
	t := &transaction{c: c, env: env, msg: msg, progress: progress}
	for _, to := range env.To {
		t.res.Recipients = append(t.res.Recipients, RecipientResult{Addr: to.Addr})
	}
	err := t.run()
	t.res.Elapsed = time.Since(began)
	return t.res, err
}

func (t *transaction) run() error {
	eight, err := t.prepare()
	if err != nil {
		return err
	}
	mail, err := t.c.mailLine(t.env, wireSize(t.msg), eight)
	if err != nil {
		return err
	}
	if err := t.envelope(mail); err != nil {
		return err
	}
	if t.env.BeforeMessage != nil {
		if err := t.env.BeforeMessage(); err != nil {
			return t.takeBack(err)
		}
	}
	if t.c.ext.Chunking {
		return t.chunks()
	}
	return t.data()
}

// prepare refuses before the transaction what could not end well.
func (t *transaction) prepare() (eight bool, err error) {
	c := t.c
	if len(t.env.To) == 0 {
		return false, c.fault(CodeNobody, "MAIL", "there is no recipient; add one")
	}
	if t.env.Normalise {
		t.msg = normalised(t.msg)
	} else if at := bareEnd(t.msg); at >= 0 {
		return false, c.fault(CodeBareEnd, "DATA", "octet %d is a line end without its other half; end every line in CRLF", at)
	}
	if size := wireSize(t.msg); c.ext.Size > 0 && size > c.ext.Size {
		return false, c.fault(CodeSize, "MAIL", "the message has %d octets and the server takes %d; send less or a link", size, c.ext.Size)
	}
	eight = hasEight(t.msg)
	if eight && !c.ext.EightBit {
		return false, c.fault(CodeEight, "MAIL", "the message holds 8-bit text and the server does not offer 8BITMIME; encode the text")
	}
	if !c.ext.DSN && t.wantsDSN() {
		c.opts.Span.Note(dsnLeftOut)
	}
	return eight, nil
}

func (t *transaction) wantsDSN() bool {
	for _, to := range t.env.To {
		if len(to.Notify) > 0 || to.Orcpt != "" {
			return true
		}
	}
	return t.env.Return != "" || t.env.EnvID != ""
}

// envelope sends MAIL and RCPT, together where the server offers PIPELINING (RFC 2920). It fails when the sender or
// every recipient is refused.
func (t *transaction) envelope(mail string) error {
	var group []asked
	group = append(group, asked{line: mail, rcpt: -1})
	for i, to := range t.env.To {
		line, err := t.c.rcptLine(to)
		if err != nil {
			t.set(i, RecipientResult{Verb: "RCPT", Err: err})
			continue
		}
		group = append(group, asked{line: line, rcpt: i})
	}
	size := 1
	if t.c.ext.Pipelining {
		size = maxGroup
	}
	for len(group) > 0 {
		n := min(size, len(group))
		if err := t.ask(group[:n]); err != nil {
			return err
		}
		group = group[n:]
	}
	return t.anyone()
}

// asked is one command of a group; rcpt is the recipient's index, -1 for MAIL.
type asked struct {
	line string
	rcpt int
}

// ask sends a group and reads all its replies.
func (t *transaction) ask(group []asked) error {
	c := t.c
	var lines strings.Builder
	for _, a := range group {
		if err := wire.CleanArg(a.line); err != nil {
			return err
		}
		lines.WriteString(a.line + "\r\n")
	}
	verb := "RCPT"
	if group[0].rcpt < 0 {
		verb = "MAIL"
	}
	c.expect(verb, "250", c.opts.Limits.Rcpt, 1)
	began := time.Now()
	if _, err := c.conn.Write([]byte(lines.String())); err != nil {
		return err
	}
	var refused error
	for _, a := range group {
		if a.rcpt >= 0 {
			c.expect("RCPT", "250", c.opts.Limits.Rcpt, 1)
		}
		if err := t.answer(a, began); err != nil {
			if refused = err; c.conn.Err() != nil {
				return err
			}
		}
	}
	return refused
}

// answer reads the reply to one command of a group. After a refused MAIL the replies to RCPT mean nothing.
func (t *transaction) answer(a asked, began time.Time) error {
	verb := "RCPT"
	if a.rcpt < 0 {
		verb = "MAIL"
	}
	r, err := t.c.readReply(verb)
	var closing *Error
	if err != nil && !errors.As(err, &closing) {
		return err
	}
	took := time.Since(began)
	if a.rcpt < 0 {
		if !r.OK() {
			for i := range t.res.Recipients {
				t.set(i, RecipientResult{Verb: "MAIL", Reply: r, Elapsed: took})
			}
			return &Error{Verb: "MAIL", Reply: r}
		}
		return nil
	}
	if t.res.Recipients[a.rcpt].Verb != "MAIL" {
		t.set(a.rcpt, RecipientResult{Verb: "RCPT", Reply: r, Elapsed: took})
	}
	return err
}

// set records a recipient's result and reports it.
func (t *transaction) set(i int, r RecipientResult) {
	r.Addr = t.res.Recipients[i].Addr
	t.res.Recipients[i] = r
	t.progress(r)
}

// anyone fails when no recipient was accepted, and takes the transaction back.
func (t *transaction) anyone() error {
	var first error
	for _, r := range t.res.Recipients {
		if r.Reply.OK() {
			return nil
		}
		if first == nil {
			if first = r.Err; first == nil {
				first = &Error{Verb: "RCPT", Reply: r.Reply}
			}
		}
	}
	return t.takeBack(first)
}

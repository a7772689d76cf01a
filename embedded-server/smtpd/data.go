package smtpd

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"todoku/embedded-server/fault"
)

// data is DATA: RFC 5321 section 4.1.1.4.
func (c *conn) data(arg string) {
	if c.faulted(fault.Data, c.facts("DATA")) {
		return
	}
	switch {
	case arg != "":
		c.reply(501, "5.5.4", "DATA takes no argument")
		return
	case !c.tx.open:
		c.reply(503, "5.5.1", "Say MAIL first")
		return
	case len(c.tx.env.To) == 0:
		c.reply(554, "5.5.1", "No valid recipients")
		return
	}
	c.reply(354, "", "Send the message, end it with a dot on a line of its own")
	content, bad, err := c.readContent(c.received())
	if err != nil {
		c.readFailed(err)
		return
	}
	c.finish(content, bad)
}

func (c *conn) facts(verb string) fault.Facts {
	f := fault.Facts{Verb: verb, From: c.tx.env.From}
	for i, r := range c.tx.env.To {
		if i == 0 || fault.IsMagic(r.Addr) {
			f.To = r.Addr // the first, or the one that names a fault
		}
	}
	return f
}

// finish keeps a whole message or refuses it, and ends the transaction.
func (c *conn) finish(content []byte, bad *Reply) {
	env := c.tx.env
	env.Data = content
	env.Received = c.srv.cfg.Now()
	facts := c.facts("DATA")
	c.reset()
	if bad == nil {
		bad = checkHops(content)
	}
	if bad != nil {
		c.refuse(bad)
		return
	}
	if c.srv.cfg.Role == Submission {
		env.Data = complete(content, c.srv.cfg.Hostname, env.ID, env.Received)
	}
	if c.faulted(fault.EndOfData, facts) {
		return
	}
	if err := c.srv.cfg.Mail.Accept(c.Context(), &env); err != nil {
		var r *Reply
		if !errors.As(err, &r) {
			r = refuse(451, "4.3.0", "The message could not be kept, try again later")
			c.srv.cfg.Span.Note("message " + env.ID + " not kept: " + err.Error())
		}
		c.refuse(r)
		return
	}
	if c.faulted(fault.Accepted, facts) {
		return
	}
	c.reply(250, "2.0.0", "Ok: queued as "+env.ID)
}

// content collects the octets of a message and judges them. A message that is refused is still read to its end, so
// that nothing in it can be taken for a command.
type content struct {
	data []byte
	max  int
	bad  *Reply

	line  int  // octets of the present line so far
	cr    bool // the last octet was CR
	start bool // at the start of a line: CRLF came before
}

var (
	errBareNewline = Reply{Code: 550, Enhanced: "5.6.0", Text: "Bare CR or LF in the message: end every line with CR LF"}
	errLongText    = Reply{Code: 550, Enhanced: "5.6.0", Text: "A line of the message is too long"}
)

// readContent reads up to CRLF . CRLF, which alone ends a message, undoes dot-stuffing (section 4.5.2) and appends to
// head. Any bare CR or LF makes it refused: what other programs take for an end of message is none here.
func (c *conn) readContent(head []byte) ([]byte, *Reply, error) {
	in := content{data: head, max: len(head) + int(c.offer.size), start: true}
	for {
		piece, err := c.ReadRawLine()
		if err != nil {
			return nil, nil, err
		}
		if in.start && string(piece) == ".\r\n" {
			return in.data, in.verdict(c.offer.size), nil
		}
		if in.start && piece[0] == '.' {
			piece = piece[1:]
		}
		in.add(piece)
	}
}

// add takes a piece that holds LF at its end or not at all.
func (in *content) add(piece []byte) {
	if len(piece) == 0 {
		return
	}
	body, ended := bytes.CutSuffix(piece, []byte("\n"))
	bareCR := in.cr && len(body) > 0
	in.cr = len(body) == 0 && in.cr
	if n := len(body); n > 0 {
		bareCR = bareCR || bytes.IndexByte(body[:n-1], '\r') >= 0
		in.cr = body[n-1] == '\r'
	}
	if bareCR || ended && !in.cr {
		in.refuse(&errBareNewline)
	}
	in.line += len(piece)
	if in.line > maxTextLine {
		in.refuse(&errLongText)
	}
	if len(in.data)+len(piece) > in.max {
		in.refuse(&Reply{Code: 552})
	}
	if in.bad == nil {
		in.data = append(in.data, piece...)
	}
	in.start = false
	if ended {
		in.start, in.cr, in.line = in.cr, false, 0
	}
}

func (in *content) refuse(r *Reply) {
	if in.bad == nil {
		in.bad, in.data = r, nil
	}
}

func (in *content) verdict(maxSize int64) *Reply {
	if in.bad != nil && in.bad.Code == 552 {
		return tooLarge(maxSize)
	}
	return in.bad
}

// checkHops refuses a message that goes round in circles (section 6.3).
func checkHops(content []byte) *Reply {
	if count(content, "Received:") > maxHops {
		return refuse(554, "5.4.6", "Too many Received fields: the message goes round in circles")
	}
	return nil
}

// count tells how often a field stands in the header; name ends with the colon.
func count(content []byte, name string) int {
	n := 0
	for line := range bytes.Lines(content) {
		if len(line) <= 2 {
			break
		}
		if len(line) >= len(name) && bytes.EqualFold(line[:len(name)], []byte(name)) {
			n++
		}
	}
	return n
}

// complete adds the fields that every message needs, Date and Message-ID, behind our Received field if they are
// missing (RFC 6409 section 8). Nothing else changes.
func complete(content []byte, hostname, id string, now time.Time) []byte {
	var add []byte
	if count(content, "Date:") == 0 {
		add = now.AppendFormat(append(add, "Date: "...), dateLayout)
		add = append(add, "\r\n"...)
	}
	if count(content, "Message-ID:") == 0 {
		add = append(add, "Message-ID: <"+id+"@"+hostname+">\r\n"...)
	}
	if add == nil {
		return content
	}
	end := 0 // of the Received field with its folded lines
	for line := range bytes.Lines(content) {
		if end > 0 && line[0] != '\t' {
			break
		}
		end += len(line)
	}
	return slices.Insert(content, end, add...)
}

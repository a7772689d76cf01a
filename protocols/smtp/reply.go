package smtp

import (
	"errors"
	"fmt"
	"strings"

	"todoku/protocols/wire"
)

// Reply is a server's answer (RFC 5321 section 4.2): its code and the text of each line as it came.
type Reply struct {
	Code     int      `json:"code"`
	Enhanced string   `json:"enhanced,omitempty"` // "5.1.1" (RFC 2034), from the first line
	Lines    []string `json:"lines,omitempty"`    // without code and separator, with the enhanced code
}

// OK reports a positive completion, 2yz.
func (r Reply) OK() bool { return r.Code/100 == 2 }

// Temporary reports a transient negative completion, 4yz.
func (r Reply) Temporary() bool { return r.Code/100 == 4 }

// Permanent reports a permanent negative completion, 5yz.
func (r Reply) Permanent() bool { return r.Code/100 == 5 }

// Text is the server's words in one line, without codes.
func (r Reply) Text() string {
	words := make([]string, 0, len(r.Lines))
	for _, line := range r.Lines {
		if r.Enhanced != "" {
			line = strings.TrimPrefix(line, r.Enhanced)
		}
		if line = strings.TrimSpace(line); line != "" {
			words = append(words, line)
		}
	}
	return strings.Join(words, " ")
}

// String is the reply in one line: "550 5.1.1 User unknown".
func (r Reply) String() string {
	if r.Code == 0 {
		return "no reply"
	}
	s := fmt.Sprint(r.Code)
	for _, part := range []string{r.Enhanced, r.Text()} {
		if part != "" {
			s += " " + part
		}
	}
	return s
}

// Error is a server's refusal of a command.
type Error struct {
	Verb  string // "MAIL", "RCPT", "DATA"; "greeting" for the first reply
	Reply Reply
}

func (e *Error) Error() string { return "smtp " + e.Verb + ": " + e.Reply.String() }

// Temporary reports whether the same command may succeed later.
func (e *Error) Temporary() bool { return e.Reply.Temporary() }

// readReply reads one reply to verb. A reply that is none ends the connection.
func (c *Client) readReply(verb string) (Reply, error) {
	var r Reply
	for range maxReplyLines {
		line, err := c.conn.ReadLine(maxReplyLine)
		if err != nil {
			return r, err
		}
		code, more, text, err := parseLine(line)
		if err == nil && r.Code != 0 && code != r.Code {
			err = fmt.Errorf("the code changes from %d to %d inside one reply", r.Code, code)
		}
		if err != nil {
			return r, c.conn.Fail(wire.CodeGarbled, err)
		}
		if r.Code = code; code != 334 { // a challenge is part of the exchange
			text = c.conn.Scrub(text)
		}
		r.Lines = append(r.Lines, text)
		if !more {
			r.Enhanced = enhanced(code, r.Lines[0])
			return r, c.closing(verb, r)
		}
	}
	return r, c.conn.Fail(wire.CodeFlood, fmt.Errorf("a reply of more than %d lines", maxReplyLines))
}

// closing handles 421, which any command may get: the server closes the connection (RFC 5321 section 3.8).
func (c *Client) closing(verb string, r Reply) error {
	if r.Code != 421 {
		return nil
	}
	refusal := &Error{Verb: verb, Reply: r}
	c.conn.Fail(wire.CodeClosed, refusal)
	return refusal
}

// parseLine takes one reply line apart. Servers that leave out the separator are understood.
func parseLine(line string) (code int, more bool, text string, err error) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || !digit(line[1]) || !digit(line[2]) {
		return 0, false, "", errors.New("this is no SMTP reply: check host and port")
	}
	code = int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0')
	rest := line[3:]
	switch {
	case rest == "":
		return code, false, "", nil
	case rest[0] == '-':
		return code, true, rest[1:], nil
	case rest[0] == ' ':
		return code, false, rest[1:], nil
	case digit(rest[0]):
		return 0, false, "", errors.New("a reply code has three digits")
	}
	return code, false, rest, nil
}

func digit(b byte) bool { return '0' <= b && b <= '9' }

// enhanced finds the status code of RFC 3463 at the beginning of text; its class must be the reply's.
func enhanced(code int, text string) string {
	word, _, _ := strings.Cut(text, " ")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || parts[0] != fmt.Sprint(code/100) {
		return ""
	}
	for _, p := range parts[1:] {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return ""
		}
	}
	return word
}

package smtpd

import (
	"fmt"
	"strconv"
	"strings"
)

// Reply is an answer of RFC 5321 section 4.2 with its enhanced code (RFC 3463). As an error it refuses a command.
type Reply struct {
	Code     int
	Enhanced string // "5.1.1", or "" where RFC 2034 wants none
	Text     string
}

// Error gives the reply as it is sent.
func (r *Reply) Error() string {
	if r.Enhanced == "" {
		return fmt.Sprintf("%d %s", r.Code, r.Text)
	}
	return fmt.Sprintf("%d %s %s", r.Code, r.Enhanced, r.Text)
}

func refuse(code int, enhanced, text string) *Reply {
	return &Reply{Code: code, Enhanced: enhanced, Text: text}
}

// reply queues one answer of one or more lines.
func (c *conn) reply(code int, enhanced string, lines ...string) {
	if code >= 500 {
		c.errors++
	}
	b := c.out[:0]
	for i, line := range lines {
		sep := byte('-')
		if i == len(lines)-1 {
			sep = ' '
		}
		b = append(strconv.AppendInt(b, int64(code), 10), sep)
		if enhanced != "" {
			b = append(append(b, enhanced...), ' ')
		}
		b = append(append(b, visible(line)...), "\r\n"...)
	}
	c.out = b
	if _, err := c.Write(b); err != nil {
		c.done = true
	}
}

func (c *conn) refuse(r *Reply) { c.reply(r.Code, r.Enhanced, r.Text) }

// visible replaces what a peer sent and a reply line must not carry.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}

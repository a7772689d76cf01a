package smtpd

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"todoku/embedded-server/fault"
)

// mail is MAIL: RFC 5321 section 4.1.1.2 with SIZE, BODY, SMTPUTF8, DSN and AUTH parameters.
func (c *conn) mail(arg string) {
	from, rest, ok := pathAfter(arg, "FROM:")
	if c.faulted(fault.Mail, fault.Facts{Verb: "MAIL", From: from}) {
		return
	}
	if r := c.mayMail(); r != nil {
		c.refuse(r)
		return
	}
	if !ok || from != "" && !validMailbox(from) {
		c.reply(501, "5.1.7", "Sender not understood: MAIL FROM:<user@host.example>")
		return
	}
	tx := transaction{open: true, env: Envelope{ID: queueID(), User: c.user, From: from}}
	if r := params(rest, tx.mailParam(c.offer.size)); r != nil {
		c.refuse(r)
		return
	}
	if !ascii(from) && !tx.env.UTF8 {
		c.reply(553, "5.6.7", "A sender beyond ASCII needs the SMTPUTF8 parameter")
		return
	}
	if c.srv.cfg.Role == Submission && !c.srv.cfg.Mail.MaySend(c.user, from) {
		c.reply(553, "5.7.1", "<"+from+"> is not an address of "+c.user)
		return
	}
	c.tx = tx
	c.reply(250, "2.1.0", "Sender ok")
}

// mayMail says why no transaction can begin now, nil if one can.
func (c *conn) mayMail() *Reply {
	switch {
	case c.helo == "":
		return refuse(503, "5.5.1", "Say EHLO first")
	case c.srv.cfg.Role == Submission && c.user == "" && !c.offersAuth():
		return refuse(530, "5.7.0", "Say STARTTLS first")
	case c.srv.cfg.Role == Submission && c.user == "":
		return refuse(530, "5.7.0", "Authentication required")
	case c.tx.open:
		return refuse(503, "5.5.1", "A message has begun: finish it or say RSET")
	}
	return nil
}

// mailParam gives the function that takes MAIL's parameters.
func (t *transaction) mailParam(maxSize int64) func(key, value string) *Reply {
	return func(key, value string) *Reply {
		switch key {
		case "SIZE":
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil || n < 0 {
				return badParam(key)
			}
			if n > maxSize {
				return tooLarge(maxSize)
			}
			t.size = n
		case "BODY":
			if v := strings.ToUpper(value); v != "7BIT" && v != "8BITMIME" {
				return badParam(key)
			}
		case "SMTPUTF8":
			if value != "" {
				return badParam(key)
			}
			t.env.UTF8 = true
		case "RET":
			t.env.Return = strings.ToUpper(value)
			if t.env.Return != "FULL" && t.env.Return != "HDRS" {
				return badParam(key)
			}
		case "ENVID":
			id, ok := unxtext(value)
			if !ok || id == "" || len(value) > 100 {
				return badParam(key)
			}
			t.env.EnvID = id
		case "AUTH": // RFC 4954 section 5: taken and, as from a client that is not trusted, not passed on
			if _, ok := unxtext(value); !ok {
				return badParam(key)
			}
		default:
			return unknownParam(key)
		}
		return nil
	}
}

func tooLarge(max int64) *Reply {
	return refuse(552, "5.3.4", fmt.Sprintf("Message larger than %d octets", max))
}

// rcpt is RCPT: RFC 5321 section 4.1.1.3 with the DSN parameters.
func (c *conn) rcpt(arg string) {
	to, rest, ok := pathAfter(arg, "TO:")
	if c.faulted(fault.Rcpt, fault.Facts{Verb: "RCPT", From: c.tx.env.From, To: to}) {
		return
	}
	if !c.tx.open {
		c.reply(503, "5.5.1", "Say MAIL first")
		return
	}
	if c.tx.chun {
		c.reply(503, "5.5.1", "BDAT has begun: no more recipients")
		return
	}
	if ok && strings.EqualFold(to, "postmaster") { // section 4.5.1
		to = "postmaster@" + domainOf(c.srv.cfg.Hostname)
	}
	if !ok || !validMailbox(to) {
		c.reply(501, "5.1.3", "Recipient not understood: RCPT TO:<user@host.example>")
		return
	}
	if !ascii(to) && !c.tx.env.UTF8 {
		c.reply(553, "5.6.7", "A recipient beyond ASCII needs the SMTPUTF8 parameter of MAIL")
		return
	}
	if r := c.addRecipient(to, rest); r != nil {
		c.refuse(r)
		return
	}
	c.reply(250, "2.1.5", "Recipient ok")
}

func (c *conn) addRecipient(to, rest string) *Reply {
	rcpt := Recipient{Addr: to}
	if r := params(rest, rcpt.param); r != nil {
		return r
	}
	switch c.srv.cfg.Mail.Recipient(to) {
	case Unknown:
		return refuse(550, "5.1.1", "<"+to+"> User unknown")
	case Full:
		return refuse(452, "4.2.2", "<"+to+"> Mailbox full")
	case Remote:
		if c.srv.cfg.Role == MX {
			return refuse(550, "5.7.1", "<"+to+"> Relaying denied: not a domain of this host")
		}
	}
	if len(c.tx.env.To) >= maxRecipients {
		return refuse(452, "4.5.3", "Too many recipients: send the rest as another message")
	}
	c.tx.env.To = append(c.tx.env.To, rcpt)
	return nil
}

func (r *Recipient) param(key, value string) *Reply {
	switch key {
	case "NOTIFY":
		r.Notify = strings.ToUpper(value)
		if !validNotify(r.Notify) {
			return badParam(key)
		}
	case "ORCPT":
		kind, addr, ok := strings.Cut(value, ";")
		if !ok || kind == "" || addr == "" || len(value) > 500 || !printable(value) {
			return badParam(key)
		}
		r.ORcpt = value
	default:
		return unknownParam(key)
	}
	return nil
}

// pathAfter reads "FROM:<...> rest". A blank after the colon is not RFC 5321, but harmless and common.
func pathAfter(arg, word string) (addr, rest string, ok bool) {
	if len(arg) < len(word) || !strings.EqualFold(arg[:len(word)], word) {
		return "", "", false
	}
	return parsePath(arg[len(word):])
}

// domainOf gives the mail domain of a host name: "sakura.test" for "mx1.sakura.test".
func domainOf(host string) string {
	_, domain, ok := strings.Cut(host, ".")
	if !ok {
		return host
	}
	return domain
}

// queueID names a message in replies, Received fields and the queue.
func queueID() string {
	var b [6]byte
	rand.Read(b[:])
	return strings.ToUpper(hex.EncodeToString(b[:]))
}

package smtpd

import (
	"errors"
	"strconv"
	"strings"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
)

// verbs maps each command of RFC 5321 section 4.1 and of the extensions to its method.
var verbs = map[string]func(*conn, string){
	"EHLO":     (*conn).ehlo,
	"HELO":     (*conn).helo1,
	"STARTTLS": (*conn).startTLS,
	"AUTH":     (*conn).auth,
	"MAIL":     (*conn).mail,
	"RCPT":     (*conn).rcpt,
	"DATA":     (*conn).data,
	"BDAT":     (*conn).bdat,
	"RSET":     func(c *conn, _ string) { c.reset(); c.reply(250, "2.0.0", "Forgotten") },
	"NOOP":     func(c *conn, _ string) { c.reply(250, "2.0.0", "Ok") },
	"VRFY":     (*conn).vrfy,
	"EXPN":     func(c *conn, _ string) { c.reply(502, "5.5.1", "EXPN is not supported here") },
	"HELP":     (*conn).help,
	"QUIT":     (*conn).quit,
}

// command carries out one line.
func (c *conn) command(line string) {
	verb, arg := split(line)
	if c.faulted(fault.Command, fault.Facts{Verb: verb}) {
		if size, _, ok := chunkSize(arg); verb == "BDAT" && ok {
			c.skipChunk(size) // the octets come all the same, and are no commands
		}
		return
	}
	do, ok := verbs[verb]
	if !ok {
		c.reply(500, "5.5.2", "Command not known; HELP lists those that are")
		return
	}
	if c.tx.chun && (verb == "DATA" || verb == "MAIL") {
		c.reply(503, "5.5.1", "BDAT has begun: only BDAT, RSET and QUIT may follow")
		return
	}
	do(c, arg)
}

// badLine answers a line that could not be read as a command; false means that the connection is lost.
func (c *conn) badLine(err error) bool {
	switch {
	case errors.Is(err, dialogue.ErrLineTooLong):
		c.reply(500, "5.5.2", "Line too long")
	case errors.Is(err, dialogue.ErrBareLF):
		c.reply(500, "5.5.2", "End lines with CR LF, not with LF alone")
	default:
		return false
	}
	return true
}

// ehlo is EHLO: RFC 5321 section 4.1.1.1.
func (c *conn) ehlo(arg string) {
	if !c.greet("EHLO", arg) {
		return
	}
	c.esmtp = true
	c.look()
	lines := []string{c.srv.cfg.Hostname + " greets " + c.helo}
	for _, word := range c.extensions() {
		if name, _, _ := strings.Cut(word, " "); !c.offer.withheld(name) {
			lines = append(lines, word)
		}
	}
	c.reply(250, "", lines...)
}

// look finds out what is offered now.
func (c *conn) look() {
	rule, withheld := c.Withheld("EHLO")
	c.offer = offer{c.srv.cfg.MaxSize, withheld}
	if rule != nil && rule.Size > 0 {
		c.offer.size = min(rule.Size, c.srv.cfg.MaxSize)
	}
}

// extensions are the words of EHLO's reply.
func (c *conn) extensions() []string {
	words := []string{"PIPELINING", "SIZE " + strconv.FormatInt(c.offer.size, 10), "8BITMIME", "ENHANCEDSTATUSCODES", "DSN",
		"SMTPUTF8", "CHUNKING"}
	if c.CanTLS() {
		words = append(words, "STARTTLS")
	}
	if c.offersAuth() && c.user == "" {
		words = append(words, "AUTH "+strings.Join(dialogue.Mechanisms(true), " "))
	}
	return append(words, "HELP")
}

// helo1 is HELO, for clients of 1982.
func (c *conn) helo1(arg string) {
	if c.greet("HELO", arg) {
		c.esmtp = false
		c.reply(250, "", c.srv.cfg.Hostname)
	}
}

// greet checks the argument of EHLO and HELO and begins anew.
func (c *conn) greet(verb, arg string) bool {
	if c.faulted(fault.Helo, fault.Facts{Verb: verb, Name: arg}) {
		return false
	}
	if arg == "" || strings.ContainsAny(arg, " \t<>") || len(arg) > 255 || !printable(arg) {
		c.reply(501, "5.5.4", "Give your host name: EHLO host.example")
		return false
	}
	c.reset()
	c.helo = arg
	return true
}

// startTLS is STARTTLS: RFC 3207. What was pipelined behind it never becomes a command.
func (c *conn) startTLS(arg string) {
	switch {
	case c.srv.cfg.TLS == nil || c.offer.withheld("STARTTLS"):
		c.reply(502, "5.5.1", "STARTTLS is not offered here")
		return
	case c.Secure():
		c.reply(503, "5.5.1", "TLS is already in use")
		return
	case arg != "":
		c.reply(501, "5.5.4", "STARTTLS takes no argument")
		return
	}
	c.reply(220, "2.0.0", "Ready to start TLS")
	if c.StartTLS() != nil {
		c.done = true
		return
	}
	c.reset()
	c.helo, c.esmtp, c.user = "", false, ""
	c.SetUser("")
}

func (c *conn) vrfy(arg string) {
	if arg == "" {
		c.reply(501, "5.5.4", "Say whom: VRFY address")
		return
	}
	c.reply(252, "2.1.5", "Cannot verify; send a message and see")
}

func (c *conn) help(string) {
	c.reply(214, "2.0.0", "EHLO HELO STARTTLS AUTH MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT",
		"RFC 5321 has the rest")
}

func (c *conn) quit(string) {
	c.reply(221, "2.0.0", c.srv.cfg.Hostname+" Goodbye")
	c.done = true
}

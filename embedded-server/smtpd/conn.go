package smtpd

import (
	"bytes"
	"errors"
	"os"
	"strings"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
)

// conn is one connection and the state of its dialogue.
type conn struct {
	*dialogue.Conn
	srv    *Server
	done   bool // no more commands are read
	errors int
	out    []byte // a reply in the making
	helo   string // argument of EHLO or HELO, "" before
	esmtp  bool
	user   string // logged in
	offer  offer
	tx     transaction
}

// offer is what the last EHLO offered.
type offer struct {
	size     int64 // octets of a message
	withheld func(name string) bool
}

// transaction is what MAIL began (RFC 5321 section 3.3).
type transaction struct {
	open bool
	env  Envelope
	size int64        // declared by SIZE
	bdat bytes.Buffer // chunks so far (RFC 3030)
	bad  *Reply       // why the chunks so far cannot be kept
	chun bool         // BDAT was used
}

func (s *Server) talk(d *dialogue.Conn) {
	c := &conn{Conn: d, srv: s}
	c.offer = offer{s.cfg.MaxSize, func(string) bool { return false }}
	if !c.faulted(fault.Connect, fault.Facts{}) {
		c.reply(220, "", s.cfg.Hostname+" ESMTP todoku sandbox, RFC 5321")
	}
	for !c.done {
		line, err := c.ReadLine(maxCommandLine)
		switch {
		case err == nil:
			c.command(line)
		case !c.badLine(err):
			c.readFailed(err)
		}
		if c.errors > maxErrors {
			c.reply(421, "4.7.0", s.cfg.Hostname+" Too many errors")
			c.done = true
		}
	}
}

// readFailed ends the dialogue and says why, if the peer can still hear it.
func (c *conn) readFailed(err error) {
	c.done = true
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.reply(421, "4.4.2", c.srv.cfg.Hostname+" Idle for too long, closing")
	case errors.Is(err, dialogue.ErrEndlessLine):
		c.reply(500, "5.5.2", "Line far too long, closing")
	}
}

// faulted asks the fault rules about a stage, whose words are whole replies. True means that the caller must not
// answer.
func (c *conn) faulted(stage fault.Stage, f fault.Facts) bool {
	return c.Faulted(stage, f, nil)
}

// reset forgets the transaction (RFC 5321 section 4.1.1.5).
func (c *conn) reset() { c.tx = transaction{} }

// split parts a command line into verb (upper case) and argument.
func split(line string) (verb, arg string) {
	verb, arg, _ = strings.Cut(line, " ")
	return strings.ToUpper(verb), strings.TrimSpace(arg)
}

package pop3d

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
	"todoku/embedded-server/maildrop"
)

// session is one connection: AUTHORIZATION until address is set, then TRANSACTION.
type session struct {
	*dialogue.Conn
	srv    *Server
	ctx    context.Context
	stamp  string // of the greeting, for APOP
	user   string // said by USER
	errors int
	done   bool

	address string
	folder  maildrop.Folder
	drop    []entry // the snapshot; message n is drop[n-1]
}

// entry is one message of the maildrop.
type entry struct {
	maildrop.Message
	deleted bool
}

// octets is what RETR sends, dots not counted twice and the end line not at all.
func (e *entry) octets() int64 { return e.Size + int64(e.Tail) }

// verb is what a command does in a state.
type verb struct {
	login  func(*session, string) // AUTHORIZATION; nil: not valid there
	logged func(*session, string) // TRANSACTION
}

func verbOf(name string) (verb, bool) {
	switch name {
	case "CAPA":
		return verb{(*session).capa, (*session).capa}, true
	case "STLS":
		return verb{login: (*session).stls}, true
	case "USER":
		return verb{login: (*session).userName}, true
	case "PASS":
		return verb{login: (*session).pass}, true
	case "APOP":
		return verb{login: (*session).apop}, true
	case "AUTH":
		return verb{login: (*session).auth}, true
	case "QUIT":
		return verb{(*session).bye, (*session).quit}, true
	case "NOOP":
		return verb{logged: (*session).noop}, true
	case "STAT":
		return verb{logged: (*session).stat}, true
	case "LIST":
		return verb{logged: (*session).list}, true
	case "UIDL":
		return verb{logged: (*session).uidl}, true
	case "TOP":
		return verb{logged: (*session).top}, true
	case "RETR":
		return verb{logged: (*session).retr}, true
	case "DELE":
		return verb{logged: (*session).dele}, true
	case "RSET":
		return verb{logged: (*session).rset}, true
	}
	return verb{}, false
}

func (s *Server) talk(c *dialogue.Conn) {
	x := &session{Conn: c, srv: s, ctx: c.Context(), stamp: dialogue.Stamp(s.cfg.Hostname)}
	defer func() {
		if x.address != "" {
			s.unlock(x.address)
		}
	}()
	if !c.Faulted(fault.Connect, fault.Facts{}, nil) {
		x.ok("%s POP3 ready %s", s.cfg.Hostname, x.stamp)
	}
	for !x.done {
		line, err := c.ReadLine(maxLine)
		switch {
		case err == nil:
			x.command(line)
		case errors.Is(err, dialogue.ErrLineTooLong), errors.Is(err, dialogue.ErrBareLF):
			x.refuse("%v", err)
		default:
			return
		}
		if x.errors >= maxErrors {
			x.refuse("too many errors: closing")
			return
		}
	}
}

func (x *session) command(line string) {
	name, arg, _ := strings.Cut(line, " ")
	name = strings.ToUpper(name)
	v, known := verbOf(name)
	do := v.login
	if x.address != "" {
		do = v.logged
	}
	switch {
	case !known:
		x.refuse("no such command")
	case do == nil && x.address == "":
		x.refuse("log in first")
	case do == nil:
		x.refuse("you are logged in already")
	case x.Faulted(fault.Command, fault.Facts{Verb: name}, nil):
	case x.withheld(name):
		x.refuse("no such command")
	default:
		do(x, arg)
	}
}

// withheld reports whether a rule makes this server one without a command that RFC 1939 and 2595 leave open.
func (x *session) withheld(name string) bool {
	switch name {
	case "STLS", "UIDL", "TOP", "APOP", "AUTH", "USER":
		_, withheld := x.Withheld(name)
		return withheld(name)
	}
	return false
}

func (x *session) ok(format string, args ...any) { x.WriteLine("+OK " + fmt.Sprintf(format, args...)) }

// refuse counts: somebody who only guesses is cut off.
func (x *session) refuse(format string, args ...any) {
	x.errors++
	x.WriteLine("-ERR " + fmt.Sprintf(format, args...))
}

// capa is RFC 2449.
func (x *session) capa(string) {
	x.ok("capabilities follow")
	list := []string{"TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "EXPIRE NEVER"}
	if x.plain() {
		list = append(list, "USER")
	}
	list = append(list, "SASL "+strings.Join(dialogue.Mechanisms(x.plain()), " "))
	if x.CanTLS() && x.address == "" {
		list = append(list, "STLS")
	}
	_, withheld := x.Withheld("CAPA")
	for _, capability := range append(list, "IMPLEMENTATION todoku-sandbox") {
		if name, _, _ := strings.Cut(capability, " "); !withheld(name) {
			x.WriteLine(capability)
		}
	}
	x.WriteLine(".")
}

// plain reports whether a password may pass as it is.
func (x *session) plain() bool {
	if x.srv.cfg.RequireTLS {
		return x.Secure()
	}
	return x.Private()
}

// stls is RFC 2595 section 4.
func (x *session) stls(string) {
	if !x.CanTLS() {
		x.refuse("TLS is not to be had, or is on already")
		return
	}
	x.ok("begin TLS")
	x.user = ""
	if x.StartTLS() != nil {
		x.done = true
	}
}

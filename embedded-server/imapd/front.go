package imapd

import (
	"errors"
	"io"
	"slices"
	"strings"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
)

// front is a connection in the not-authenticated state (RFC 9051 section 3.1).
type front struct {
	*dialogue.Conn
	srv     *Server
	errors  int
	done    bool
	address string // set by a login that succeeded
}

// talk holds the dialogue until the login and then waits until imapserver is done with the connection.
func (s *Server) talk(c *dialogue.Conn) {
	f := &front{Conn: c, srv: s}
	if !c.Faulted(fault.Connect, fault.Facts{}, untagged) {
		c.WriteLine("* OK [CAPABILITY " + f.offered("") + "] " + s.cfg.Hostname + " IMAP ready")
	}
	for !f.done && f.address == "" {
		line, err := c.ReadLine(maxLine)
		if err == nil {
			err = f.command(line)
		}
		if err != nil && !f.forgive(err) {
			return
		}
		if f.errors >= maxErrors {
			c.WriteLine("* BYE too many errors")
			return
		}
	}
	if f.done {
		return
	}
	c.SetUser(f.address)
	c.SetIdle(idleTimeout)
	w := newWire(c, f.address)
	select {
	case s.door.conns <- w:
		<-w.done
	case <-c.Context().Done():
	}
}

// forgive answers what a client may be told and go on after; false means that the connection is over.
func (f *front) forgive(err error) bool {
	if !errors.Is(err, dialogue.ErrLineTooLong) && !errors.Is(err, dialogue.ErrBareLF) && !errors.Is(err, errSyntax) {
		return false
	}
	f.errors++
	f.WriteLine("* BAD " + err.Error())
	return true
}

// untagged makes a line of a fault rule's words.
func untagged(reply string) string {
	if strings.HasPrefix(reply, "* ") {
		return reply
	}
	return "* " + reply
}

// tagged adds the tag, except to BYE and to what has a star or a plus already.
func tagged(tag string) func(string) string {
	return func(reply string) string {
		if strings.HasPrefix(reply, "+ ") {
			return reply
		}
		if strings.HasPrefix(reply, "* ") || strings.HasPrefix(strings.ToUpper(reply), "BYE") {
			return untagged(reply)
		}
		return tag + " " + reply
	}
}

func (f *front) plain() bool {
	if f.srv.cfg.RequireTLS {
		return f.Secure()
	}
	return f.Private()
}

// offered lists the capabilities as the fault rules leave them.
func (f *front) offered(verb string) string { return without(f.Conn, verb, f.capabilities()) }

// without takes from a list of capabilities what a rule withholds.
func without(c *dialogue.Conn, verb, list string) string {
	_, withheld := c.Withheld(verb)
	return strings.Join(slices.DeleteFunc(strings.Fields(list), withheld), " ")
}

func (f *front) capabilities() string {
	list := []string{"IMAP4rev1", "IMAP4rev2", "SASL-IR", "LITERAL+", "ID"}
	if f.CanTLS() {
		list = append(list, "STARTTLS")
	}
	if !f.plain() {
		list = append(list, "LOGINDISABLED")
	}
	for _, m := range dialogue.Mechanisms(f.plain()) {
		list = append(list, "AUTH="+m)
	}
	return strings.Join(list, " ")
}

func (f *front) command(line string) error {
	tag, rest, _ := strings.Cut(line, " ")
	verb, args, _ := strings.Cut(rest, " ")
	verb = strings.ToUpper(verb)
	if !validTag(tag) || verb == "" {
		f.errors++
		f.WriteLine("* BAD say tag, space, command")
		return nil
	}
	if f.Faulted(fault.Command, fault.Facts{Verb: verb}, tagged(tag)) {
		return nil
	}
	switch verb {
	case "CAPABILITY":
		f.WriteLine("* CAPABILITY " + f.offered(verb))
		f.ok(tag, "CAPABILITY completed")
	case "NOOP":
		f.ok(tag, "NOOP completed")
	case "ID":
		f.WriteLine(idLine)
		f.ok(tag, "ID completed")
	case "LOGOUT":
		f.done = true
		f.WriteLine("* BYE " + f.srv.cfg.Hostname + " says good bye")
		f.ok(tag, "LOGOUT completed")
	case "STARTTLS":
		return f.startTLS(tag)
	case "LOGIN":
		return f.login(tag, args)
	case "AUTHENTICATE":
		return f.authenticate(tag, args)
	default:
		f.refuse(tag, "BAD", "log in first, or no such command")
	}
	return nil
}

// idLine answers ID (RFC 2971).
const idLine = `* ID ("name" "todoku sandbox" "support-url" NIL)`

func validTag(tag string) bool {
	return tag != "" && len(tag) <= 64 && !strings.ContainsFunc(tag, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`(){%*"\+`, r)
	})
}

func (f *front) ok(tag, text string) { f.WriteLine(tag + " OK " + text) }

func (f *front) refuse(tag, status, text string) {
	f.errors++
	f.WriteLine(tag + " " + status + " " + text)
}

func (f *front) startTLS(tag string) error {
	if _, withheld := f.Withheld("STARTTLS"); !f.CanTLS() || withheld("STARTTLS") {
		f.refuse(tag, "BAD", "TLS is not to be had, or is on already")
		return nil
	}
	f.ok(tag, "begin TLS")
	return f.StartTLS()
}

func (f *front) login(tag, args string) error {
	if !f.plain() {
		f.refuse(tag, "NO", "[PRIVACYREQUIRED] "+dialogue.ErrPrivacy.Error())
		return nil
	}
	s := scanner{front: f, rest: args}
	user, err := s.astring()
	if err != nil {
		return err
	}
	password, err := s.astring()
	if err != nil {
		return err
	}
	if s.rest != "" {
		return errSyntax
	}
	address, err := dialogue.Check(f.srv.find, user, password)
	return f.enter(tag, "LOGIN", address, err)
}

func (f *front) authenticate(tag, args string) error {
	mechanism, rest, _ := strings.Cut(args, " ")
	var initial *string
	if rest != "" { // Mutt 2.2 ends "AUTHENTICATE CRAM-MD5 " with a space and means no initial response
		initial = &rest
	}
	address, err := f.Authenticate(mechanism, initial, f.plain(), f.srv.find)
	return f.enter(tag, "AUTHENTICATE", address, err)
}

// enter ends a login. A fault rule is asked about those who could enter: what it says is said by servers to people
// with the right password.
func (f *front) enter(tag, verb, address string, err error) error {
	if err == nil && f.Faulted(fault.Auth, fault.Facts{Verb: verb, User: address}, tagged(tag)) {
		return nil
	}
	switch {
	case err == nil:
		f.address = address
		f.ok(tag, "[CAPABILITY "+without(f.Conn, verb, loggedCaps)+"] logged in as "+address)
	case errors.Is(err, dialogue.ErrCredentials):
		f.refuse(tag, "NO", "[AUTHENTICATIONFAILED] "+err.Error())
	case errors.Is(err, dialogue.ErrPrivacy):
		f.refuse(tag, "NO", "[PRIVACYREQUIRED] "+err.Error())
	case errors.Is(err, dialogue.ErrMechanism):
		f.refuse(tag, "NO", err.Error())
	case errors.Is(err, dialogue.ErrCancelled), errors.Is(err, dialogue.ErrBase64):
		f.refuse(tag, "BAD", err.Error())
	default:
		return err
	}
	return nil
}

var errSyntax = errors.New("the arguments are not as RFC 9051 has them")

// scanner reads the arguments of one command, going on to the next lines where literals end one.
type scanner struct {
	front *front
	rest  string
}

// astring is an atom, a quoted string or a literal (RFC 9051 section 9).
func (s *scanner) astring() (string, error) {
	s.rest = strings.TrimPrefix(s.rest, " ")
	switch {
	case strings.HasPrefix(s.rest, `"`):
		return s.quoted()
	case strings.HasPrefix(s.rest, "{"):
		return s.literal()
	}
	atom, rest, _ := strings.Cut(s.rest, " ")
	if atom == "" || strings.ContainsAny(atom, `(){%*"\`) {
		return "", errSyntax
	}
	s.rest = rest
	return atom, nil
}

func (s *scanner) quoted() (string, error) {
	var out strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; c {
		case '"':
			s.rest = s.rest[i+1:]
			return out.String(), nil
		case '\\':
			if i++; i >= len(s.rest) {
				return "", errSyntax
			}
			out.WriteByte(s.rest[i])
		default:
			out.WriteByte(c)
		}
	}
	return "", errSyntax
}

func (s *scanner) literal() (string, error) {
	size, sync, ok := literalAtEnd(s.rest)
	if !ok || size > maxLiteral || !strings.HasPrefix(s.rest, "{") || strings.Count(s.rest, "{") != 1 {
		if ok && !sync {
			return "", io.ErrUnexpectedEOF // its octets follow and must not be read as commands
		}
		return "", errSyntax
	}
	if sync {
		if err := s.front.WriteLine("+ go on"); err != nil {
			return "", err
		}
	}
	octets := make([]byte, size)
	if _, err := io.ReadFull(s.front.Conn, octets); err != nil {
		return "", err
	}
	rest, err := s.front.ReadLine(maxLine)
	s.rest = rest
	return string(octets), err
}

// literalAtEnd finds {n} or {n+} at the end of a line without its CR LF.
func literalAtEnd(line string) (size int64, sync, ok bool) {
	if !strings.HasSuffix(line, "}") {
		return 0, false, false
	}
	i := strings.LastIndexByte(line, '{')
	if i < 0 {
		return 0, false, false
	}
	digits, plus := strings.CutSuffix(line[i+1:len(line)-1], "+")
	if digits == "" || len(digits) > 12 {
		return 0, false, false
	}
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return 0, false, false
		}
		size = size*10 + int64(d-'0')
	}
	return size, !plus, true
}

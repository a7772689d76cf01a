package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"todoku/protocols/wire"
)

const (
	// preludeLine bounds a line before the library takes over; RFC 7162 section 4 asks clients for 8192.
	preludeLine = 16 * kib
	// preludeLines bounds the untagged lines of one reply before the library takes over.
	preludeLines = 200
	// preludeBytes bounds a whole reply before the library takes over.
	preludeBytes = 128 * kib
)

// prelude is the dialogue from the greeting to the login. It is ours because a library that starts TLS by itself hides
// octets that came before the handshake, and because an exchange of secrets must end when we say so.
type prelude struct {
	conn *wire.Conn
	opt  Options
	tags int
	caps caps
	pre  bool // the greeting was PREAUTH
	end  context.CancelCauseFunc

	hello string // the greeting's text

	server map[string]string // the server's answer to ID
}

// reply is a tagged response and what came before it.
type reply struct {
	status, text string
	untagged     []string // without "* "
}

// run takes a fresh connection to the authenticated state.
func (p *prelude) run(ctx context.Context) error {
	if err := p.greeting(); err != nil {
		return err
	}
	if p.opt.TLS == wire.TLSStart {
		if err := p.startTLS(ctx); err != nil {
			return err
		}
	}
	if err := p.known(); err != nil {
		return err
	}
	return p.enter()
}

// abandon closes the connection and says why it failed, or err.
func (p *prelude) abandon(err error) error {
	err = p.conn.Cause(err)
	p.conn.Close()
	p.end(nil)
	return err
}

// known asks for the capabilities if they were not told yet.
func (p *prelude) known() error {
	if p.caps != nil {
		return nil
	}
	return p.capability()
}

// enter logs in, unless the server did that by itself.
func (p *prelude) enter() error {
	if !p.pre {
		if err := p.login(); err != nil {
			return err
		}
	}
	if err := p.known(); err != nil {
		return err
	}
	return p.id()
}

// greeting reads the first line (RFC 9051 section 7.1). PREAUTH where STARTTLS is required is refused: someone in
// the middle can send it to keep us from asking for TLS (section 11.1).
func (p *prelude) greeting() error {
	step := wire.Step{Name: "greeting", Want: "* OK", Bytes: preludeBytes, Time: p.opt.Limits.Greeting}
	p.conn.Expect(step)
	line, err := p.conn.ReadLine(preludeLine)
	if err != nil {
		return err
	}
	rest, ok := strings.CutPrefix(line, "* ")
	status, text, _ := strings.Cut(rest, " ")
	switch status = strings.ToUpper(status); {
	case !ok:
		return p.failure(wire.CodeGarbled, step, line, errors.New("this is no IMAP greeting: check host and port"))
	case status == "PREAUTH" && p.opt.TLS == wire.TLSStart:
		return p.failure(wire.CodePreauth, step, line, errors.New("the server says PREAUTH before TLS: do not trust this connection"))
	case status == "BYE":
		return statusError("greeting", status, text)
	case status != "OK" && status != "PREAUTH":
		return p.failure(wire.CodeGarbled, step, line, errors.New("this is no IMAP greeting: check host and port"))
	}
	p.pre, p.hello = status == "PREAUTH", text
	p.learn(text)
	return nil
}

// startTLS asks for TLS and forgets what was learned before it (RFC 9051 section 6.2.1).
func (p *prelude) startTLS(ctx context.Context) error {
	if err := p.known(); err != nil {
		return err
	}
	step := p.step("STARTTLS")
	if !p.caps.has("STARTTLS") {
		return p.failure(wire.CodeTLSNotOffered, step, strings.Join(p.caps.names(), " "), errors.New("the server does not offer STARTTLS"))
	}
	if _, err := p.command("STARTTLS", "STARTTLS"); err != nil {
		var refused *Error
		if errors.As(err, &refused) {
			return p.failure(wire.CodeTLSRefused, step, refused.Error(), refused)
		}
		return err
	}
	p.caps = nil
	return p.conn.StartTLS(ctx)
}

func (p *prelude) capability() error {
	if _, err := p.command("CAPABILITY", "CAPABILITY"); err != nil {
		return err
	}
	if p.caps == nil {
		return p.failure(wire.CodeGarbled, p.step("CAPABILITY"), "", errors.New("the server named no capabilities"))
	}
	return nil
}

// command sends one command line and reads up to its tagged response; verb is what errors say.
func (p *prelude) command(verb, line string) (reply, error) {
	tag, err := p.send(verb, line)
	if err != nil {
		return reply{}, err
	}
	return p.finish(verb, tag)
}

func (p *prelude) send(verb, line string) (tag string, err error) {
	p.tags++
	tag = "P" + strconv.Itoa(p.tags)
	p.conn.Expect(p.step(verb))
	return tag, p.conn.WriteLine(tag + " " + line)
}

// finish reads up to the tagged response and learns the capabilities in it; NO and BAD are an *Error.
func (p *prelude) finish(verb, tag string) (reply, error) {
	var r reply
	for range preludeLines {
		line, err := p.logicalLine()
		if err != nil {
			return r, err
		}
		first, rest, _ := strings.Cut(line, " ")
		if first == "*" {
			r.untagged = append(r.untagged, rest)
			if text, ok := foldPrefix(rest, "CAPABILITY "); ok {
				p.caps = parseCaps(text)
			}
			if text, ok := foldPrefix(rest, "BYE "); ok && verb != "LOGOUT" {
				return r, statusError(verb, "BYE", p.conn.Scrub(text))
			}
			continue
		}
		if first != tag {
			return r, p.failure(wire.CodeGarbled, p.step(verb), line, errors.New("an answer with an unknown tag"))
		}
		return r, p.conclude(&r, verb, rest)
	}
	return r, p.failure(wire.CodeFlood, p.step(verb), "", fmt.Errorf("more than %d lines without an answer", preludeLines))
}

func (p *prelude) conclude(r *reply, verb, rest string) error {
	status, text, _ := strings.Cut(rest, " ")
	r.status, r.text = strings.ToUpper(status), text
	switch r.status {
	case "OK":
		p.learn(text)
		return nil
	case "NO", "BAD":
		return statusError(verb, status, p.conn.Scrub(text))
	}
	return p.failure(wire.CodeGarbled, p.step(verb), rest, errors.New("an answer that is neither OK, NO nor BAD"))
}

// logicalLine reads a line; where it ends in a literal, the literal and the rest follow in quotes. Only ID sends
// literals here.
func (p *prelude) logicalLine() (string, error) {
	line, err := p.conn.ReadLine(preludeLine)
	if err != nil || !strings.HasPrefix(line, "* ID") {
		return line, err
	}
	for range preludeLines {
		head, n, ok := cutLiteral(line)
		if !ok {
			return line, nil
		}
		if n > preludeLine || len(line) > preludeBytes {
			return "", p.failure(wire.CodeFlood, p.step("ID"), head, fmt.Errorf("a literal of %d octets", n))
		}
		lit := make([]byte, n)
		if _, err := io.ReadFull(p.conn, lit); err != nil {
			return "", err
		}
		more, err := p.conn.ReadLine(preludeLine)
		if err != nil {
			return "", err
		}
		line = head + quote(string(lit)) + more
	}
	return "", p.failure(wire.CodeFlood, p.step("ID"), "", errors.New("too many literals"))
}

func cutLiteral(line string) (head string, size int, ok bool) {
	open := strings.LastIndexByte(line, '{')
	if open < 0 || !strings.HasSuffix(line, "}") {
		return line, 0, false
	}
	n, err := strconv.ParseUint(line[open+1:len(line)-1], 10, 31)
	return line[:open], int(n), err == nil
}

// learn takes capabilities from a response code, "[CAPABILITY ...] words".
func (p *prelude) learn(text string) {
	code, _ := splitCode(text)
	if list, ok := foldPrefix(code, "CAPABILITY "); ok {
		p.caps = parseCaps(list)
	}
}

func foldPrefix(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// step is the budget of a short reply.
func (p *prelude) step(verb string) wire.Step {
	return wire.Step{Name: verb, Want: "a tagged reply", Bytes: preludeBytes, Time: p.opt.Limits.Reply}
}

func (p *prelude) failure(code string, s wire.Step, got string, err error) error {
	if len(got) > keepLine {
		got = got[:keepLine]
	}
	return &wire.Error{Code: code, Proto: "imap", Host: p.opt.Host, Port: p.opt.Port, Step: s.Name, Want: s.Want, Got: p.conn.Scrub(got), Err: err}
}

// quote makes a quoted string of RFC 9051; the caller has made sure that s holds no CR, LF or NUL.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

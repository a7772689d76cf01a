package pop3

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"todoku/protocols/wire"
)

// Capabilities is what CAPA says (RFC 2449 section 6, with RFC 2595, 3206, 5034 and 6856).
type Capabilities struct {
	Known          bool     // the server answered CAPA; if not, nothing below is known
	User           bool     // USER and PASS
	UIDL           bool     //
	TOP            bool     //
	Pipelining     bool     //
	STLS           bool     //
	RespCodes      bool     // RESP-CODES: [..] in -ERR lines is a code
	AuthRespCode   bool     // AUTH-RESP-CODE: a refused login without [AUTH] is not the password's fault
	LoginDelay     int      // seconds between logins; 0 if there is no such rule
	LoginDelayUser bool     // the delay given before the login may differ for this user
	Expire         int      // days that the server keeps messages: ExpireNever, 0 for "gone after RETR", ExpireUnsaid
	ExpireUser     bool     // the days given before the login may differ for this user
	SASL           []string // mechanisms, upper case
	UTF8           bool     // UTF8 command (RFC 6856)
	UTF8User       bool     // user names and passwords may be UTF-8
	Lang           bool     //
	Implementation string   //
	Others         []string // lines that are none of these
}

// Values of Capabilities.Expire that are no number of days.
const (
	ExpireNever  = -1
	ExpireUnsaid = -2
)

// Capabilities is what the server said last: after the login, if it differs there.
func (c *Client) Capabilities() Capabilities {
	out := c.caps
	out.SASL, out.Others = slices.Clone(out.SASL), slices.Clone(out.Others)
	return out
}

// capa asks for the capabilities through the library. A server may not know the command; then nothing is known.
func (c *Client) capa() (Capabilities, error) {
	c.expect("CAPA", "the capabilities and a final dot", replyBytes, c.opts.Limits.Reply)
	body, err := c.ask("CAPA", true)
	if _, err = c.outcome("CAPA", err); err != nil {
		var refused *Error
		if errors.As(err, &refused) {
			return Capabilities{Expire: ExpireUnsaid}, nil
		}
		return Capabilities{}, err
	}
	return parseCapa(strings.Split(string(body), "\r\n")).without(c.opts.Ignore), nil
}

// without gives the capabilities as a client sees them that knows none of the names.
func (p Capabilities) without(names []string) Capabilities {
	for _, name := range names {
		switch strings.ToUpper(name) {
		case "PIPELINING":
			p.Pipelining = false
		case "TOP":
			p.TOP = false
		case "UIDL":
			p.UIDL = false
		}
	}
	return p
}

// parseCapa reads the lines of a CAPA reply. Numbers that cannot be read count as not said.
func parseCapa(lines []string) Capabilities {
	caps := Capabilities{Known: true, Expire: ExpireUnsaid}
	for _, line := range lines {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		args := words[1:]
		switch strings.ToUpper(words[0]) {
		case "USER":
			caps.User = true
		case "UIDL":
			caps.UIDL = true
		case "TOP":
			caps.TOP = true
		case "PIPELINING":
			caps.Pipelining = true
		case "STLS":
			caps.STLS = true
		case "RESP-CODES":
			caps.RespCodes = true
		case "AUTH-RESP-CODE":
			caps.AuthRespCode = true
		case "LANG":
			caps.Lang = true
		case "UTF8":
			caps.UTF8, caps.UTF8User = true, hasUser(args, 0)
		case "LOGIN-DELAY":
			caps.LoginDelay, caps.LoginDelayUser = max(0, number(args, 0)), hasUser(args, 1)
		case "EXPIRE":
			caps.Expire, caps.ExpireUser = number(args, ExpireUnsaid), hasUser(args, 1)
		case "SASL":
			caps.SASL = nil
			for _, m := range args {
				caps.SASL = append(caps.SASL, strings.ToUpper(m))
			}
		case "IMPLEMENTATION":
			caps.Implementation = strings.Join(args, " ")
		default:
			caps.Others = append(caps.Others, line)
		}
	}
	return caps
}

// number reads the first argument of EXPIRE or LOGIN-DELAY.
func number(args []string, unsaid int) int {
	if len(args) == 0 {
		return unsaid
	}
	if strings.EqualFold(args[0], "NEVER") {
		return ExpireNever
	}
	n, err := strconv.ParseUint(args[0], 10, 31)
	if err != nil {
		return unsaid
	}
	return int(n)
}

func hasUser(args []string, at int) bool {
	return len(args) > at && strings.EqualFold(args[at], "USER")
}

// Names are the commands and extensions that the server offers, sorted.
func (p Capabilities) Names() []string {
	var names []string
	for name, on := range map[string]bool{"USER": p.User, "UIDL": p.UIDL, "TOP": p.TOP, "PIPELINING": p.Pipelining, "STLS": p.STLS,
		"RESP-CODES": p.RespCodes, "AUTH-RESP-CODE": p.AuthRespCode, "UTF8": p.UTF8} {
		if on {
			names = append(names, name)
		}
	}
	for _, m := range p.SASL {
		names = append(names, "SASL "+m)
	}
	slices.Sort(names)
	return names
}

// again tells whether the login can have changed what matters to us: values that depend on the user, or commands that
// a server lists only after it (RFC 2449 section 5).
func (p Capabilities) again() bool {
	return p.Known && (p.LoginDelayUser || p.ExpireUser || !p.UIDL || !p.TOP || !p.Pipelining)
}

// startTLS asks for STLS (RFC 2595 section 4) in the clear, where neither the library nor our buffer may read ahead.
// What CAPA says here counts only for offering STLS and is forgotten after the handshake.
func (c *Client) startTLS(ctx context.Context) error {
	lines, err := c.plainCapa()
	if err != nil {
		return err
	}
	if caps := parseCapa(lines); lines != nil && !caps.STLS {
		return c.conn.Fail(wire.CodeTLSNotOffered, errors.New("CAPA does not list STLS"))
	}
	c.expect("STLS", "a +OK line before the TLS handshake", replyBytes, c.opts.Limits.Reply)
	s, err := c.plainCommand("STLS")
	if err != nil {
		return err
	}
	if !s.ok {
		return c.conn.Fail(wire.CodeTLSRefused, c.refusal(s, "STLS"))
	}
	return c.conn.StartTLS(ctx)
}

// plainCommand sends a line and reads the status line without reading ahead.
func (c *Client) plainCommand(line string) (status, error) {
	if err := c.conn.WriteLine(line); err != nil {
		return status{}, err
	}
	reply, err := c.conn.ReadLine(replyBytes)
	if err != nil {
		return status{}, err
	}
	s, err := parseStatus([]byte(reply))
	if err != nil {
		return status{}, c.conn.Fail(wire.CodeGarbled, err)
	}
	return s, nil
}

// plainCapa gives the lines of CAPA; nil if the server does not know it.
func (c *Client) plainCapa() ([]string, error) {
	c.expect("CAPA", "the capabilities and a final dot", replyBytes, c.opts.Limits.Reply)
	s, err := c.plainCommand("CAPA")
	if err != nil || !s.ok {
		return nil, err
	}
	lines := []string{}
	for {
		line, err := c.conn.ReadLine(replyBytes)
		if err != nil {
			return nil, err
		}
		if line == "." {
			return lines, nil
		}
		lines = append(lines, line)
	}
}

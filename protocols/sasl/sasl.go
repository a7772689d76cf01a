// Package sasl holds the authentication mechanisms (RFC 4422) once, for SMTP, IMAP and POP3 alike.
package sasl

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Credentials prove who the person is. A token, when there is one, is used instead of the password.
type Credentials struct {
	User     string
	Password string
	Token    string // OAuth 2.0 access token
}

// String names the user only, so that no message and no test output can hold the secret by accident.
func (c Credentials) String() string { return "credentials of " + c.User }

// GoString is String.
func (c Credentials) GoString() string { return c.String() }

// Mechanism is one exchange. It is used once.
type Mechanism interface {
	// Name is the registered name: "SCRAM-SHA-256".
	Name() string
	// Start gives the initial response; nil means that the mechanism has none and waits for a challenge.
	Start(host string) (initial []byte, err error)
	// Next answers a challenge, both without base64.
	Next(challenge []byte) (response []byte, err error)
	// Secret tells that the secret itself is sent, so that TLS or a loopback peer is needed.
	Secret() bool
}

// Error codes that diag/explain has words for.
const (
	CodeNone        = "auth.none"        // the server and this program share no mechanism
	CodeWeak        = "auth.weak"        // the server offers only mechanisms weaker than configured
	CodeUnknown     = "auth.unknown"     // the configured name is no mechanism of this program
	CodeCredentials = "auth.credentials" // user, password or token is missing or cannot be sent
	CodeServer      = "auth.server"      // the server did not prove that it knows the password, or broke the mechanism
)

// Error says why no exchange can be made or why it was broken off. No field holds a secret.
type Error struct {
	Code    string
	Want    string   // as configured
	Offered []string // by the server
	Detail  string
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	if e.Want != "" {
		b.WriteString("; configured: " + e.Want)
	}
	if e.Offered != nil {
		fmt.Fprintf(&b, "; the server offers: %s", strings.Join(e.Offered, " "))
	}
	return b.String()
}

// Auto lets Choose take the strongest mechanism that both sides know.
const Auto = "auto"

// maker describes a mechanism. Their order is from strong to weak.
type maker struct {
	name  string
	token bool // takes an OAuth token
	make  func(Credentials) Mechanism
}

func makers() []maker {
	return []maker{
		{"SCRAM-SHA-256", false, newScram256},
		{"SCRAM-SHA-1", false, newScram1},
		{"CRAM-MD5", false, newCramMD5},
		{"PLAIN", false, newPlain},
		{"LOGIN", false, newLogin},
		{"OAUTHBEARER", true, newOAuthBearer},
		{"XOAUTH2", true, newXOAuth2},
	}
}

// Names are the mechanisms of this program, from strong to weak.
func Names() []string {
	var names []string
	for _, m := range makers() {
		names = append(names, m.name)
	}
	return names
}

// Choose gives the mechanism to use. offered are the server's, want is "auto" (or empty) or a mechanism's name as
// the configuration spells it: letter case and "_" for "-" do not matter. With auto a token asks for OAUTHBEARER or
// XOAUTH2, a password for the strongest of the others. With a name, that mechanism or a stronger one of the same
// kind is used, never a weaker one. Errors are *Error.
func Choose(offered []string, want string, c Credentials) (Mechanism, error) {
	all := makers()
	want = canonical(want)
	last := len(all) - 1
	if want != "AUTO" {
		last = slices.IndexFunc(all, func(m maker) bool { return m.name == want })
		if last < 0 {
			return nil, &Error{Code: CodeUnknown, Want: want, Detail: "use one of auto " + strings.ToLower(strings.Join(Names(), " "))}
		}
		c = c.only(all[last].token)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, o := range offered {
		has[canonical(o)] = true
	}
	for i, m := range all {
		if m.token == (c.Token != "") && i <= last && has[m.name] {
			return m.make(c), nil
		}
	}
	return nil, refusal(all, last, want, has, offered, c)
}

// only leaves the kind of secret that the mechanism takes.
func (c Credentials) only(token bool) Credentials {
	if token {
		c.Password = ""
	} else {
		c.Token = ""
	}
	return c
}

// check refuses what no mechanism can send: RFC 4616 and RFC 4505 forbid NUL.
func (c Credentials) check() error {
	fail := func(detail string) error { return &Error{Code: CodeCredentials, Detail: detail} }
	switch {
	case c.User == "":
		return fail("the user name is empty; set it in the account")
	case c.Password == "" && c.Token == "":
		return fail("there is no password or token; store one for the account")
	case strings.ContainsAny(c.User, "\x00\r\n\x01"):
		return fail("the user name holds a control character; remove it")
	case strings.ContainsAny(c.Password, "\x00\r\n"):
		return fail("the password holds a line end or NUL; remove it")
	case strings.ContainsAny(c.Token, "\x00\r\n\x01 "):
		return fail("the token holds a space or control character; fetch a new one")
	}
	return nil
}

func refusal(all []maker, last int, want string, has map[string]bool, offered []string, c Credentials) error {
	e := &Error{Code: CodeNone, Offered: slices.Clone(offered), Want: strings.ToLower(want)}
	for i, m := range all {
		if i > last && has[m.name] && m.token == (c.Token != "") {
			e.Code = CodeWeak
			e.Detail = m.name + " is weaker than what is configured; change the account if that is meant"
			return e
		}
	}
	return e
}

func canonical(name string) string {
	name = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(name), "_", "-"))
	if name == "" {
		return "AUTO"
	}
	return name
}

// Finish is called when the server reports success. It is an error if the mechanism has the server prove itself and
// it did not (RFC 5802 section 5).
func Finish(m Mechanism) error {
	if f, ok := m.(interface{ finish() error }); ok {
		return f.finish()
	}
	return nil
}

var errAgain = errors.New("the server asked for more than the mechanism has")

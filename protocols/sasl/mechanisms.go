package sasl

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	gomail "github.com/wneessen/go-mail/smtp"
)

// library is a mechanism that go-mail supplies.
type library struct {
	name   string
	secret bool
	auth   func(host string) gomail.Auth
	run    gomail.Auth
	lead   bool // begins with its initial response
}

func (l *library) Name() string { return l.name }
func (l *library) Secret() bool { return l.secret }

// Start tells go-mail that the connection is protected: whether it is has been decided by the caller, who knows.
func (l *library) Start(host string) ([]byte, error) {
	l.run = l.auth(host)
	_, initial, err := l.run.Start(&gomail.ServerInfo{Name: host, TLS: true, Auth: []string{l.name}})
	if err != nil {
		return nil, &Error{Code: CodeServer, Want: l.name, Detail: err.Error()}
	}
	if !l.lead {
		return nil, nil
	}
	return initial, nil
}

func (l *library) Next(challenge []byte) ([]byte, error) {
	out, err := l.run.Next(challenge, true)
	if err != nil {
		return nil, &Error{Code: CodeServer, Want: l.name, Detail: "the server sent a challenge that does not belong to the mechanism"}
	}
	return out, nil
}

// newPlain is PLAIN (RFC 4616).
func newPlain(c Credentials) Mechanism {
	return &library{name: "PLAIN", secret: true, lead: true, auth: func(host string) gomail.Auth {
		return gomail.PlainAuth("", c.User, c.Password, host, true)
	}}
}

// newLogin is LOGIN (draft-murchison-sasl-login): the challenges' words are ignored.
func newLogin(c Credentials) Mechanism {
	return &library{name: "LOGIN", secret: true, auth: func(host string) gomail.Auth {
		return gomail.LoginAuth(c.User, c.Password, host, true)
	}}
}

// newCramMD5 is CRAM-MD5 (RFC 2195).
func newCramMD5(c Credentials) Mechanism {
	return &library{name: "CRAM-MD5", auth: func(string) gomail.Auth { return gomail.CRAMMD5Auth(c.User, c.Password) }}
}

// xoauth2 is XOAUTH2, as Google and Microsoft document it: go-mail's, with the reason of a failure kept, which the server
// sends as a challenge and wants an empty answer to.
type xoauth2 struct {
	library
	reason
}

func newXOAuth2(c Credentials) Mechanism {
	return &xoauth2{reason: reason{token: c.Token}, library: library{name: "XOAUTH2", secret: true, lead: true, auth: func(string) gomail.Auth {
		return gomail.XOAuth2Auth(c.User, c.Token)
	}}}
}

func (x *xoauth2) Next(challenge []byte) ([]byte, error) {
	x.hear(challenge)
	return x.library.Next(challenge)
}

// bearer is OAUTHBEARER (RFC 7628), which go-mail lacks.
type bearer struct {
	c Credentials
	reason
}

func newOAuthBearer(c Credentials) Mechanism { return &bearer{c, reason{token: c.Token}} }

func (b *bearer) Name() string { return "OAUTHBEARER" }
func (b *bearer) Secret() bool { return true }

func (b *bearer) Start(host string) ([]byte, error) {
	user := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(b.c.User)
	return fmt.Appendf(nil, "n,a=%s,\x01host=%s\x01auth=Bearer %s\x01\x01", user, host, b.c.Token), nil
}

// Next answers the reason of a failure, which the server sends as a challenge (RFC 7628 section 3.2.3).
func (b *bearer) Next(challenge []byte) ([]byte, error) {
	b.hear(challenge)
	return []byte{1}, nil
}

// Iteration counts that we accept: fewer make guessing easy (RFC 7677 section 4), more keep this machine busy for
// seconds at a hostile server's wish.
const (
	minIterations = 4096
	maxIterations = 600_000
)

// scram is SCRAM (RFC 5802): go-mail's, with the order of messages and the iteration count checked, and with the
// server's proof required.
type scram struct {
	library
	step   int // messages sent
	proven bool
}

func newScram256(c Credentials) Mechanism {
	return &scram{library: library{name: "SCRAM-SHA-256", auth: func(string) gomail.Auth {
		return gomail.ScramSHA256Auth(c.User, c.Password)
	}}}
}

func newScram1(c Credentials) Mechanism {
	return &scram{library: library{name: "SCRAM-SHA-1", auth: func(string) gomail.Auth {
		return gomail.ScramSHA1Auth(c.User, c.Password)
	}}}
}

func (s *scram) Start(host string) ([]byte, error) {
	if _, err := s.library.Start(host); err != nil {
		return nil, err
	}
	s.step = 1
	return s.library.Next(nil)
}

func (s *scram) Next(challenge []byte) ([]byte, error) {
	s.step++
	switch s.step {
	case 2:
		if err := checkFirst(challenge); err != nil {
			return nil, err
		}
		return s.library.Next(challenge)
	case 3:
		if !bytes.HasPrefix(challenge, []byte("v=")) {
			return nil, &Error{Code: CodeServer, Want: s.name, Detail: "the server did not send its proof"}
		}
		out, err := s.library.Next(challenge)
		s.proven = err == nil
		return out, err
	}
	return nil, &Error{Code: CodeServer, Want: s.name, Detail: errAgain.Error()}
}

// checkFirst looks at the server's first message before the library works on it.
func checkFirst(challenge []byte) error {
	parts := strings.Split(string(challenge), ",")
	if len(parts) < 3 || !strings.HasPrefix(parts[0], "r=") || !strings.HasPrefix(parts[2], "i=") {
		return &Error{Code: CodeServer, Detail: "the server's first SCRAM message is malformed"}
	}
	n, err := strconv.Atoi(parts[2][2:])
	if err != nil || n < minIterations || n > maxIterations {
		return &Error{Code: CodeServer, Detail: fmt.Sprintf("the server wants %.12s SCRAM iterations, %d to %d are safe", parts[2][2:], minIterations, maxIterations)}
	}
	return nil
}

func (s *scram) finish() error {
	if s.proven {
		return nil
	}
	return &Error{Code: CodeServer, Want: s.name, Detail: "the server reported success without proving that it knows the password"}
}

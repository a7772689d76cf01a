package pop3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

const (
	// maxAuthLine is the longest AUTH command with an initial response (RFC 5034 section 4, RFC 2449 section 4).
	maxAuthLine = 255
	// maxChallenges bounds a SASL exchange; the longest of ours has three.
	maxChallenges = 8
	// maxTimestamp bounds the APOP timestamp, a msg-id that fits a reply line.
	maxTimestamp = 500
)

// Codes of *wire.Error that only POP3 has.
const (
	CodeTimestamp   = "auth.apop-timestamp" // the greeting's APOP timestamp is malformed: it may be an attack
	CodeNoTimestamp = "auth.apop-missing"   // APOP is wanted and the greeting has no timestamp
)

// login authenticates as Options.Auth says.
func (c *Client) login() error {
	creds := c.opts.Credentials
	c.conn.Remember(creds.Password, creds.Token)
	switch want := upper(c.opts.Auth); want {
	case "APOP":
		return c.apop()
	case "USER":
		return c.userPass()
	case "", "AUTO":
		return c.loginAuto()
	default:
		offered := c.caps.SASL
		if !c.caps.Known {
			offered = []string{want} // no CAPA to go by: the server will say
		}
		m, err := sasl.Choose(offered, want, creds)
		if err != nil {
			return err
		}
		return c.authenticate(m)
	}
}

// loginAuto takes the strongest way offered. A way that was refused is not followed by a weaker one.
func (c *Client) loginAuto() error {
	creds := c.opts.Credentials
	if creds.User == "" || creds.Password == "" || creds.Token != "" || len(c.caps.SASL) > 0 {
		m, err := sasl.Choose(c.caps.SASL, sasl.Auto, creds)
		var none *sasl.Error
		switch {
		case err == nil && !(m.Secret() && c.preferAPOP()):
			return c.authenticate(m)
		case err != nil && (creds.Token != "" || !errors.As(err, &none) || none.Code != sasl.CodeNone):
			return err
		}
	}
	if c.preferAPOP() {
		return c.apop()
	}
	if c.caps.Known && !c.caps.User {
		return c.conn.Fail(wire.CodeAuthNone, fmt.Errorf("CAPA lists neither USER nor a SASL mechanism that is known here (SASL %s)",
			strings.Join(c.caps.SASL, " ")))
	}
	return c.userPass()
}

// preferAPOP reports that a plain password would travel in the clear although the server offers APOP.
func (c *Client) preferAPOP() bool {
	stamp, err := timestamp(c.greeter)
	return err == nil && stamp != "" && c.conn.TLS() == nil
}

// apop logs in with a digest of the greeting's timestamp and the password (RFC 1939 section 7).
func (c *Client) apop() error {
	stamp, err := timestamp(c.greeter)
	if err != nil {
		return c.conn.Fail(CodeTimestamp, err)
	}
	if stamp == "" {
		return c.conn.Fail(CodeNoTimestamp, errors.New("the greeting offers no APOP; configure another way to log in"))
	}
	creds := c.opts.Credentials
	if err := needPassword(creds, "apop"); err != nil {
		return err
	}
	if strings.ContainsAny(creds.User, " \t") {
		return &sasl.Error{Code: sasl.CodeCredentials, Want: "apop", Detail: "the user name holds a space; use another way to log in"}
	}
	sum := md5.Sum([]byte(stamp + creds.Password))
	c.auth = "APOP"
	_, err = c.command("APOP", "APOP "+creds.User+" "+hex.EncodeToString(sum[:]), c.opts.Limits.Login)
	return err
}

func needPassword(creds sasl.Credentials, want string) error {
	if creds.User == "" || creds.Password == "" {
		return &sasl.Error{Code: sasl.CodeCredentials, Want: want, Detail: "user name or password is empty; set them in the account"}
	}
	return nil
}

// timestamp finds the msg-id <local@host> that offers APOP; "" if the greeting has no angle bracket. Only a
// well-formed one is answered: servers that could choose other octets have made clients give the password away
// (CVE-2007-1558).
func timestamp(greeting string) (string, error) {
	from := strings.LastIndexByte(greeting, '<')
	if from < 0 {
		return "", nil
	}
	to := strings.IndexByte(greeting[from:], '>')
	malformed := fmt.Errorf("the greeting's timestamp is no msg-id of the form <local@host>; do not use APOP with this server")
	if to < 0 || to > maxTimestamp {
		return "", malformed
	}
	id := greeting[from+1 : from+to]
	local, host, ok := strings.Cut(id, "@")
	if !ok || local == "" || host == "" {
		return "", malformed
	}
	for _, c := range []byte(id) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`<>()\,;"`, c) >= 0 {
			return "", malformed
		}
	}
	if strings.Contains(host, "@") {
		return "", malformed
	}
	return greeting[from : from+to+1], nil
}

// userPass logs in with the plain password (RFC 1939 section 7).
func (c *Client) userPass() error {
	if err := c.conn.MayCarrySecret(); err != nil {
		return err
	}
	creds := c.opts.Credentials
	if err := needPassword(creds, "user"); err != nil {
		return err
	}
	c.auth = "USER"
	if _, err := c.command("USER", "USER "+creds.User, c.opts.Limits.Reply); err != nil {
		return err
	}
	_, err := c.command("PASS", "PASS "+creds.Password, c.opts.Limits.Login)
	return err
}

// authenticate runs a SASL exchange (RFC 5034 section 4).
func (c *Client) authenticate(m sasl.Mechanism) error {
	if m.Secret() {
		if err := c.conn.MayCarrySecret(); err != nil {
			return err
		}
	}
	c.auth = m.Name()
	initial, err := m.Start(c.opts.Host)
	if err != nil {
		return err
	}
	line, held := authLine(m.Name(), initial)
	shown := "AUTH " + m.Name()
	for range maxChallenges {
		c.expect(shown, "a challenge, +OK or -ERR", replyBytes, c.opts.Limits.Login)
		if err := c.conn.WriteLine(line); err != nil {
			return c.fail(err)
		}
		challenge, done, err := c.challenge(shown)
		var refused *Error
		if errors.As(err, &refused) {
			return sasl.Refused(m, err)
		}
		if err != nil {
			return err
		}
		if done {
			return sasl.Finish(m)
		}
		response := held
		if held == nil {
			if response, err = m.Next(challenge); err != nil {
				return c.cancelAuth(err)
			}
		}
		held = nil
		line = base64.StdEncoding.EncodeToString(response)
	}
	return c.fail(fmt.Errorf("%s: the server's challenges do not end", shown))
}

// authLine puts the initial response into the command if it fits; else it is held for the server's first, empty
// challenge.
func authLine(name string, initial []byte) (line string, held []byte) {
	if initial == nil {
		return "AUTH " + name, nil
	}
	encoded := base64.StdEncoding.EncodeToString(initial)
	if encoded == "" {
		encoded = "="
	}
	line = "AUTH " + name + " " + encoded
	if len(line)+2 > maxAuthLine {
		return "AUTH " + name, initial
	}
	return line, nil
}

// challenge reads "+ base64", or the status line that ends the exchange.
func (c *Client) challenge(shown string) (challenge []byte, done bool, err error) {
	line, err := readLine(c.in)
	if err != nil {
		return nil, false, c.fail(err)
	}
	if bytes.Equal(line, []byte("+")) || bytes.HasPrefix(line, []byte("+ ")) {
		text := strings.TrimSpace(string(line[1:]))
		challenge, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, false, c.fail(fmt.Errorf("a challenge that is not base64: %w", err))
		}
		return challenge, false, nil
	}
	s, err := parseStatus(line)
	if err != nil {
		return nil, false, c.fail(err)
	}
	if !s.ok {
		return nil, false, c.refusal(s, shown)
	}
	return nil, true, nil
}

// cancelAuth ends an exchange that the mechanism cannot go on with. What it found is the error, not what the server
// answers to the cancellation.
func (c *Client) cancelAuth(why error) error {
	if err := c.conn.WriteLine("*"); err != nil {
		return why
	}
	readLine(c.in)
	return why
}

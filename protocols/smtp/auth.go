package smtp

import (
	"context"
	"encoding/base64"
	"errors"

	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// Auth logs in (RFC 4954) with the mechanism that sasl.Choose takes for want. A refusal is a *wire.Error
// (auth.refused) around the *Error with the server's words; a temporary one is the *Error itself. The session can
// go on after either.
func (c *Client) Auth(ctx context.Context, creds sasl.Credentials, want string) error {
	if err := c.conn.Err(); err != nil {
		return err
	}
	defer c.conn.Watch(ctx)()
	c.conn.Remember(creds.Password, creds.Token)
	m, err := sasl.Choose(c.ext.Auth, want, creds)
	if err != nil {
		return c.saslFault("AUTH", err)
	}
	step := "AUTH " + m.Name()
	c.expect(step, "235 or 334", c.opts.Limits.Mail, 1)
	if m.Secret() {
		if err := c.conn.MayCarrySecret(); err != nil {
			return err
		}
	}
	initial, err := m.Start(c.opts.Host)
	if err != nil {
		return c.saslFault(step, err)
	}
	r, err := c.exchange(m, step, initial)
	if err != nil {
		return err
	}
	if r.Code == 235 {
		if err := sasl.Finish(m); err != nil {
			return c.conn.Fail(saslCode(err), err)
		}
		return nil
	}
	refusal := &Error{Verb: "AUTH", Reply: r}
	if r.Temporary() {
		return refusal
	}
	return &wire.Error{Code: wire.CodeAuthRefused, Proto: "smtp", Host: c.opts.Host, Port: c.opts.Port, Step: step, Err: sasl.Refused(m, refusal)}
}

// exchange answers challenges until the server ends the exchange.
func (c *Client) exchange(m sasl.Mechanism, step string, initial []byte) (Reply, error) {
	line, held := authLine(m.Name(), initial)
	for range maxRounds {
		r, err := c.command("AUTH", line, "235 or 334", c.opts.Limits.Mail)
		if err != nil || r.Code != 334 {
			return r, err
		}
		challenge, err := base64.StdEncoding.DecodeString(r.Lines[0])
		if err != nil && m.Name() != "LOGIN" { // whose challenges mean nothing, and some servers send them bare
			return r, c.giveUp(step, errors.New("the server's challenge is not base64"))
		}
		answer := initial
		if !held {
			if answer, err = m.Next(challenge); err != nil {
				return r, c.giveUp(step, err)
			}
		}
		held = false
		line = base64.StdEncoding.EncodeToString(answer)
	}
	return Reply{}, c.giveUp(step, errors.New("the server asks again and again"))
}

// authLine begins an exchange. An initial response that makes the line too long is held back for the first, empty
// challenge (RFC 4954 section 4).
func authLine(name string, initial []byte) (line string, held bool) {
	line = "AUTH " + name
	switch {
	case initial == nil:
		return line, false
	case len(initial) == 0:
		return line + " =", false
	}
	with := line + " " + base64.StdEncoding.EncodeToString(initial)
	if len(with)+2 > maxCommand {
		return line, true
	}
	return with, false
}

// giveUp cancels the exchange with "*", which the server answers with 501.
func (c *Client) giveUp(step string, why error) error {
	if _, err := c.command("AUTH", "*", "501", c.opts.Limits.Mail); err != nil {
		return err
	}
	return c.saslFault(step, why)
}

func (c *Client) saslFault(step string, err error) error {
	return &wire.Error{Code: saslCode(err), Proto: "smtp", Host: c.opts.Host, Port: c.opts.Port, Step: step, Err: err}
}

func saslCode(err error) string {
	var e *sasl.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return sasl.CodeServer
}

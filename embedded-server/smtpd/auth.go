package smtpd

import (
	"errors"
	"strings"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
)

// offersAuth reports whether a password may be asked for: on the submission side, inside TLS or from this machine.
func (c *conn) offersAuth() bool {
	return c.srv.cfg.Role == Submission && c.Private() && !c.offer.withheld("AUTH")
}

// auth is AUTH: RFC 4954.
func (c *conn) auth(arg string) {
	mechanism, response, hasResponse := strings.Cut(arg, " ")
	switch {
	case c.helo == "":
		c.reply(503, "5.5.1", "Say EHLO first")
		return
	case c.srv.cfg.Role == MX:
		c.reply(502, "5.5.1", "No logins on port 25; use submission, port 587 or 465")
		return
	case !c.offersAuth():
		c.reply(538, "5.7.11", "Say STARTTLS first")
		return
	case c.user != "" || c.tx.open:
		c.reply(503, "5.5.1", "Not now: AUTH comes once, before MAIL")
		return
	}
	var initial *string
	if hasResponse {
		initial = &response
	}
	user, err := c.Authenticate(mechanism, initial, true, c.srv.cfg.Mail.Login)
	if err != nil {
		c.loginFailed(err)
		return
	}
	if c.faulted(fault.Auth, fault.Facts{Verb: "AUTH", User: user}) {
		return
	}
	c.user = user
	c.SetUser(user)
	c.reply(235, "2.7.0", "Welcome")
}

func (c *conn) loginFailed(err error) {
	switch {
	case errors.Is(err, dialogue.ErrMechanism):
		c.reply(504, "5.5.4", "Mechanism not known: use "+strings.Join(dialogue.Mechanisms(true), ", "))
	case errors.Is(err, dialogue.ErrCancelled):
		c.reply(501, "5.7.0", "Authentication given up")
	case errors.Is(err, dialogue.ErrBase64):
		c.reply(501, "5.5.2", "That was not base64")
	case errors.Is(err, dialogue.ErrResponse):
		c.reply(501, "5.5.2", "That is no response of this mechanism")
	case errors.Is(err, dialogue.ErrCredentials):
		c.reply(535, "5.7.8", "User name or password wrong")
	case errors.Is(err, dialogue.ErrLineTooLong), errors.Is(err, dialogue.ErrBareLF):
		c.reply(500, "5.5.6", "Authentication line not understood")
	default:
		c.readFailed(err)
	}
}

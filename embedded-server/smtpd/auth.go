package smtpd

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"todoku/embedded-server/fault"
)

// offersAuth reports whether a password may be asked for: on the submission side, inside TLS or from this machine.
func (c *conn) offersAuth() bool {
	return c.srv.cfg.Role == Submission && (c.tls != nil || c.loopback())
}

// auth is AUTH: RFC 4954.
func (c *conn) auth(arg string) {
	mech, initial, hasInitial := strings.Cut(arg, " ")
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
	login, ok := map[string]func(*conn, *string) (string, *Reply){
		"PLAIN": (*conn).authPlain, "LOGIN": (*conn).authLogin, "CRAM-MD5": (*conn).authCRAM,
	}[strings.ToUpper(mech)]
	if !ok {
		c.reply(504, "5.5.4", "Mechanism not known: use PLAIN, LOGIN or CRAM-MD5")
		return
	}
	var first *string
	if hasInitial {
		first = &initial
	}
	user, r := login(c, first)
	if r == nil && c.faulted(fault.Auth, fault.Facts{Verb: "AUTH", User: user}) || c.done {
		return
	}
	if r != nil {
		c.refuse(r)
		return
	}
	c.user = user
	c.reply(235, "2.7.0", "Welcome")
}

var errBadLogin = Reply{Code: 535, Enhanced: "5.7.8", Text: "User name or password wrong"}

// ask sends a challenge (unless the client sent its answer with the command) and gives the decoded answer.
func (c *conn) ask(challenge string, initial *string) (string, *Reply) {
	var line string
	if initial != nil {
		line = *initial
		if line == "=" { // RFC 4954 section 4: an empty initial response
			line = ""
		}
	} else {
		c.w.WriteString("334 " + base64.StdEncoding.EncodeToString([]byte(challenge)) + "\r\n")
		var err error
		if line, err = c.readLine(maxAuthLine); err != nil {
			if !c.badLine(err) {
				c.done = true
			}
			return "", refuse(500, "5.5.6", "Authentication line not understood")
		}
	}
	if line == "*" {
		return "", refuse(501, "5.7.0", "Authentication given up")
	}
	answer, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		return "", refuse(501, "5.5.2", "That was not base64")
	}
	return string(answer), nil
}

// authPlain is RFC 4616.
func (c *conn) authPlain(initial *string) (string, *Reply) {
	answer, r := c.ask("", initial)
	if r != nil {
		return "", r
	}
	parts := strings.Split(answer, "\x00")
	if len(parts) != 3 {
		return "", refuse(501, "5.5.2", "PLAIN wants authorization id, user and password")
	}
	if parts[0] != "" && !strings.EqualFold(parts[0], parts[1]) {
		return "", &errBadLogin
	}
	return c.check(parts[1], parts[2])
}

// authLogin is the mechanism that was never standardised and that everybody has.
func (c *conn) authLogin(initial *string) (string, *Reply) {
	user, r := c.ask("Username:", initial)
	if r != nil {
		return "", r
	}
	password, r := c.ask("Password:", nil)
	if r != nil {
		return "", r
	}
	return c.check(user, password)
}

// authCRAM is RFC 2195.
func (c *conn) authCRAM(initial *string) (string, *Reply) {
	if initial != nil {
		return "", refuse(501, "5.5.4", "CRAM-MD5 begins with our challenge")
	}
	var b [12]byte
	rand.Read(b[:])
	challenge := fmt.Sprintf("<%x.%d@%s>", b, c.srv.cfg.Now().Unix(), c.srv.cfg.Hostname)
	answer, r := c.ask(challenge, nil)
	if r != nil {
		return "", r
	}
	at := strings.LastIndexByte(answer, ' ')
	if at < 0 {
		return "", refuse(501, "5.5.2", "CRAM-MD5 wants user and digest")
	}
	user, password, known := c.srv.cfg.Mail.Login(answer[:at])
	mac := hmac.New(md5.New, []byte(password))
	mac.Write([]byte(challenge))
	if want := hex.EncodeToString(mac.Sum(nil)); !known || !hmac.Equal([]byte(want), []byte(answer[at+1:])) {
		return "", &errBadLogin
	}
	return user, nil
}

func (c *conn) check(login, password string) (string, *Reply) {
	user, want, known := c.srv.cfg.Mail.Login(login)
	if subtle.ConstantTimeCompare([]byte(want), []byte(password)) != 1 || !known {
		return "", &errBadLogin
	}
	return user, nil
}

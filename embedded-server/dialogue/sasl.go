package dialogue

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// What a SASL exchange ends with besides success (RFC 4422).
var (
	ErrCredentials = errors.New("wrong user name or password")
	ErrMechanism   = errors.New("this SASL mechanism is not offered: use PLAIN, LOGIN or CRAM-MD5")
	ErrCancelled   = errors.New("the client gave the exchange up")
	ErrBase64      = errors.New("not base64")
	ErrResponse    = fmt.Errorf("%w: the response has not the form of the mechanism", ErrCredentials)
	ErrPrivacy     = errors.New("a password needs TLS here: use STLS or STARTTLS, or the port with implicit TLS")
)

// maxSASLLine is the longest line of an exchange, as RFC 4954 section 4 has it.
const maxSASLLine = 12288

// Lookup finds an account by what the client calls it.
type Lookup func(login string) (address, password string, ok bool)

// Mechanisms lists the SASL mechanisms; those that send the password itself are left out when plain is false.
func Mechanisms(plain bool) []string {
	if plain {
		return []string{"PLAIN", "LOGIN", "CRAM-MD5"}
	}
	return []string{"CRAM-MD5"}
}

// exchange is one SASL login on its way.
type exchange struct {
	conn    *Conn
	find    Lookup
	initial *string // the initial response, still base64; nil if there is none
}

// Authenticate runs a SASL exchange as SMTP (RFC 4954), POP3 (RFC 5034) and IMAP (RFC 9051 section 6.2.2) have it,
// and gives the account's address. initial is the initial response in base64, nil for none.
func (c *Conn) Authenticate(mechanism string, initial *string, plain bool, find Lookup) (string, error) {
	x := &exchange{conn: c, find: find, initial: initial}
	switch strings.ToUpper(mechanism) {
	case "PLAIN", "LOGIN":
		if !plain {
			return "", ErrPrivacy
		}
		if strings.EqualFold(mechanism, "PLAIN") {
			return x.plain()
		}
		return x.login()
	case "CRAM-MD5":
		return x.cramMD5()
	}
	return "", ErrMechanism
}

// ask sends a challenge and reads the response, or takes the initial response instead.
func (x *exchange) ask(challenge string) (string, error) {
	line := ""
	if x.initial != nil {
		line, x.initial = *x.initial, nil
		if line == "=" {
			return "", nil // an empty initial response
		}
	} else {
		err := x.conn.WriteLine(x.conn.srv.cfg.Challenge + base64.StdEncoding.EncodeToString([]byte(challenge)))
		if err != nil {
			return "", err
		}
		if line, err = x.conn.ReadLine(maxSASLLine); err != nil {
			return "", err
		}
		if line == "*" {
			return "", ErrCancelled
		}
	}
	b, err := base64.StdEncoding.DecodeString(line)
	if err != nil {
		return "", ErrBase64
	}
	return string(b), nil
}

// plain is RFC 4616: authzid NUL authcid NUL password.
func (x *exchange) plain() (string, error) {
	answer, err := x.ask("")
	if err != nil {
		return "", err
	}
	parts := strings.Split(answer, "\x00")
	if len(parts) != 3 {
		return "", ErrResponse
	}
	if parts[0] != "" && !strings.EqualFold(parts[0], parts[1]) {
		return "", ErrCredentials
	}
	return Check(x.find, parts[1], parts[2])
}

// login is the unregistered mechanism that many programs still use.
func (x *exchange) login() (string, error) {
	user, err := x.ask("Username:")
	if err != nil {
		return "", err
	}
	password, err := x.ask("Password:")
	if err != nil {
		return "", err
	}
	return Check(x.find, user, password)
}

// cramMD5 is RFC 2195.
func (x *exchange) cramMD5() (string, error) {
	if x.initial != nil {
		return "", ErrResponse // the server speaks first
	}
	challenge := Stamp(x.conn.Hostname())
	answer, err := x.ask(challenge)
	if err != nil {
		return "", err
	}
	i := strings.LastIndexByte(answer, ' ')
	if i < 0 {
		return "", ErrResponse
	}
	address, password, ok := x.find(answer[:i])
	mac := hmac.New(md5.New, []byte(password))
	mac.Write([]byte(challenge))
	same := subtle.ConstantTimeCompare([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(strings.ToLower(answer[i+1:])))
	if !ok || same != 1 {
		return "", ErrCredentials
	}
	return address, nil
}

// Check compares a password and gives the account's address.
func Check(find Lookup, login, password string) (string, error) {
	address, want, ok := find(login)
	if !ok || subtle.ConstantTimeCompare([]byte(want), []byte(password)) != 1 {
		return "", ErrCredentials
	}
	return address, nil
}

// Stamp makes a msg-id that was never used before, as APOP (RFC 1939 section 7) and CRAM-MD5 need.
func Stamp(hostname string) string {
	return fmt.Sprintf("<%s@%s>", rand.Text(), hostname)
}

package sasl

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

// Bounds of what is kept of a server's reason for refusing a token.
const (
	maxReason = 4 << 10 // octets of the challenge that are read
	maxStatus = 40
	maxScope  = 300
)

// TokenError is the refusal of an OAuth token, with the reason that the server sent as a challenge before it (RFC 7628
// section 3.2.2). No field holds the token, whatever the server sends back.
type TokenError struct {
	Status string // "invalid_token", or of XOAUTH2 a number, "401"; "" if none was told
	Scope  string // that the server wants, scopes with blanks between; "" if none was told
	Err    error  // the refusal itself, as the protocol has it
}

func (e *TokenError) Error() string {
	if said := e.Said(); said != "" {
		return fmt.Sprintf("%v (%s)", e.Err, said)
	}
	return e.Err.Error()
}

// Said is the reason in the server's own words, as JSON; "" if none was told.
func (e *TokenError) Said() string {
	if e.Status == "" && e.Scope == "" {
		return ""
	}
	text, err := json.Marshal(struct {
		Status string `json:"status"`
		Scope  string `json:"scope,omitempty"`
	}{e.Status, e.Scope})
	if err != nil {
		return ""
	}
	return string(text)
}

func (e *TokenError) Unwrap() error { return e.Err }

// Refused adds to a server's refusal what it told the mechanism of its reason: of a token, a *TokenError.
func Refused(m Mechanism, refusal error) error {
	if t, ok := m.(interface{ refused(error) error }); ok {
		return t.refused(refusal)
	}
	return refusal
}

// reason is what a server told of a token, by a mechanism that takes one.
type reason struct{ token, status, scope string }

func (r *reason) refused(err error) error {
	return &TokenError{Status: r.status, Scope: r.scope, Err: err}
}

// hear reads the challenge that is no challenge but the reason of a refusal. One that cannot be read tells nothing.
func (r *reason) hear(challenge []byte) {
	var said struct {
		Status any `json:"status"`
		Scope  any `json:"scope"`
	}
	if len(challenge) > maxReason || json.Unmarshal(challenge, &said) != nil {
		return
	}
	r.status, r.scope = r.keep(said.Status, maxStatus), r.keep(said.Scope, maxScope)
}

// keep takes a value that is in form: scopes and names are of visible ASCII but quotes (RFC 6749 sections 3.3 and 5.2).
func (r *reason) keep(value any, most int) string {
	text, ok := value.(string)
	if number, is := value.(float64); is && !ok {
		text = fmt.Sprintf("%.0f", number)
	}
	odd := func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }
	if len(text) > most || strings.ContainsFunc(text, odd) || r.tokenIn(text) {
		return ""
	}
	return text
}

// tokenIn reports that the token is in the text, as it is or in base64 of either alphabet (RFC 4648 sections 4 and 5).
func (r *reason) tokenIn(text string) bool {
	if strings.Contains(text, r.token) {
		return true
	}
	other := func(c rune) bool {
		return !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.ContainsRune("+/-_", c))
	}
	for _, word := range strings.FieldsFunc(text, other) {
		plain, err := base64.RawStdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(word))
		if err == nil && strings.Contains(string(plain), r.token) {
			return true
		}
	}
	return false
}

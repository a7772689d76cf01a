package trace

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"slices"
	"strings"
)

// newRules gives the rules of a protocol; an unknown one is taken for lines without secrets.
func newRules(proto string) rules {
	switch proto {
	case "smtp":
		return &smtpRules{}
	case "pop3":
		return &pop3Rules{}
	case "imap":
		return &imapRules{}
	case "http":
		return &httpRules{}
	}
	return plainRules{}
}

type plainRules struct{}

func (plainRules) line(_ who, text []byte) []byte { return text }
func (plainRules) next(who) bulk                  { return bulk{} }
func (plainRules) remember([]byte)                {}
func (plainRules) scrub(text []byte) []byte       { return text }
func (plainRules) ended(who)                      {}

// Secrets that servers echo are looked for in their lines: at most this many, of at least this many octets.
const (
	maxSecrets = 16
	minSecret  = 4
)

// auth follows one SASL exchange (RFC 4422) and remembers what was secret in it.
type auth struct {
	mech    string
	active  bool // between the command and its final reply
	owed    int  // challenges not answered yet, also when the exchange is over
	answers int
	wary    bool // an exchange is over: a line that is no command may be its late answer
	secrets [][]byte
}

// begin starts an exchange with the words after the verb and returns what to record of the line.
func (a *auth) begin(text []byte, verb [][]byte, args [][]byte) []byte {
	a.active, a.owed, a.answers, a.mech = true, 0, 0, ""
	a.wary = true
	shown := bytes.Join(verb, []byte(" "))
	if len(args) == 0 {
		return text
	}
	a.mech = strings.ToUpper(string(args[0]))
	if !slices.Contains(mechanisms, a.mech) {
		return remove(shown)
	}
	if len(args) == 1 {
		return text
	}
	for _, arg := range args[1:] {
		a.note(arg)
	}
	return remove(append(append(shown, ' '), args[0]...))
}

// answer tells whether a client's line belongs to an exchange; known tells that it is a command of the protocol.
func (a *auth) answer(text []byte, known bool) bool {
	switch {
	case a.active, a.owed > 0:
		a.owed = max(0, a.owed-1)
		a.answers++
		a.note(text)
		return true
	case known:
		a.wary = false
		return false
	}
	return a.wary
}

// challenge takes the text of a server's continuation and returns what may be recorded of it. A challenge is
// removed too: with the answer of CRAM-MD5 or SCRAM it allows guessing off line.
func (a *auth) challenge(prefix, text []byte) []byte {
	a.active, a.wary = true, true
	a.owed++
	switch string(bytes.TrimSpace(text)) {
	case "", "VXNlcm5hbWU6", "UGFzc3dvcmQ6", "VXNlciBOYW1lAA==", "UGFzc3dvcmQA": // "Username:", "Password:"
		return slices.Concat(prefix, text)
	}
	return append(bytes.TrimRight(slices.Clone(prefix), " "), " (challenge removed)"...)
}

func (a *auth) end() { a.active = false }

// note remembers a secret, as sent and decoded, so that a server's echo of it is removed as well.
func (a *auth) note(b []byte) {
	if a.mech == "LOGIN" && a.answers == 1 {
		return // the user name
	}
	a.remember(b)
	plain, err := base64.StdEncoding.DecodeString(string(b))
	if err != nil {
		return
	}
	switch a.mech {
	case "PLAIN":
		a.remember(plain[bytes.LastIndexByte(plain, 0)+1:])
	case "LOGIN":
		a.remember(plain)
	case "XOAUTH2", "OAUTHBEARER":
		for part := range bytes.SplitSeq(plain, []byte{1}) {
			if token, ok := bytes.CutPrefix(part, []byte("auth=Bearer ")); ok {
				a.remember(token)
			}
		}
	}
}

func (a *auth) remember(b []byte) {
	if len(b) >= minSecret && len(a.secrets) < maxSecrets {
		a.secrets = append(a.secrets, bytes.Clone(b))
	}
}

// scrub removes remembered secrets from a server's line.
func (a *auth) scrub(text []byte) []byte {
	for _, s := range a.secrets {
		if bytes.Contains(text, s) {
			text = bytes.ReplaceAll(text, s, []byte(Removed))
		}
	}
	if !a.mayEncode(text) { // a sync has a line for each message
		return text
	}
	return base64Form.ReplaceAllFunc(text, func(word []byte) []byte {
		if a.encodes(nil, bytes.TrimRight(word, "=")) {
			return []byte(Removed)
		}
		return word
	})
}

// encodes reports that a word is base64 (RFC 4648 section 4, without padding) with a secret in it. room is memory for
// what it decodes to.
func (a *auth) encodes(room, word []byte) bool {
	plain, err := base64.RawStdEncoding.AppendDecode(room, word)
	return err == nil && slices.ContainsFunc(a.secrets, func(s []byte) bool { return bytes.Contains(plain, s) })
}

// mayEncode reports that a word of the text may be base64 (RFC 4648 section 4), four octets for three, with a secret in it.
func (a *auth) mayEncode(text []byte) bool {
	if len(a.secrets) == 0 {
		return false
	}
	least := len(slices.MinFunc(a.secrets, func(a, b []byte) int { return cmp.Compare(len(a), len(b)) })) * 4 / 3
	var room [128]byte
	for start := 0; start < len(text); start++ {
		end := start
		for end < len(text) && base64Octet(text[end]) {
			end++
		}
		if end-start >= least && a.encodes(room[:0], text[start:end]) {
			return true
		}
		start = end
	}
	return false
}

func base64Octet(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// mechanisms may be named in an event; a word after AUTH that is none of them may be a misplaced secret.
var mechanisms = []string{
	"PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256",
	"SCRAM-SHA-256-PLUS", "SCRAM-SHA-512", "SCRAM-SHA-512-PLUS", "XOAUTH2", "OAUTHBEARER", "EXTERNAL", "ANONYMOUS",
	"NTLM", "GSSAPI", "GS2-KRB5", "KERBEROS_V4", "XOAUTH",
}

func remove(shown []byte) []byte {
	out := append(bytes.Clone(shown), ' ')
	return append(out, Removed...)
}

// verbOf is the first word in capitals, or "".
func verbOf(words [][]byte) string {
	if len(words) == 0 || len(words[0]) > 16 {
		return ""
	}
	return strings.ToUpper(string(words[0]))
}

package trace

import (
	"bytes"
	"slices"
	"strconv"
)

// smtpRules: AUTH (RFC 4954), DATA (RFC 5321 section 4.1.1.4), BDAT (RFC 3030).
type smtpRules struct {
	auth  auth
	asked bool // DATA was sent, 354 not yet seen
	bulk  bulk // what comes next from the client
}

var smtpVerbs = []string{
	"EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "BDAT", "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP",
	"STARTTLS", "AUTH", "ETRN", "TURN", "SEND", "SOML", "SAML", "XCLIENT", "XFORWARD",
}

func (s *smtpRules) line(from who, text []byte) []byte {
	if from == server {
		return s.auth.scrub(s.reply(text))
	}
	words := bytes.Fields(text)
	verb := verbOf(words)
	s.asked = false
	if s.auth.answer(text, slices.Contains(smtpVerbs, verb)) {
		return []byte(Removed)
	}
	switch verb {
	case "AUTH":
		return s.auth.begin(text, words[:1], words[1:])
	case "DATA":
		s.asked = true
	case "BDAT":
		if len(words) > 1 {
			n, _ := strconv.ParseInt(string(words[1]), 10, 64)
			s.bulk = countBulk(n, false)
		}
	}
	return text
}

func (s *smtpRules) reply(text []byte) []byte {
	if bytes.HasPrefix(text, []byte("334")) {
		return s.auth.challenge(cutAt(text, 4))
	}
	if s.asked && bytes.HasPrefix(text, []byte("354")) {
		s.asked, s.bulk = false, bulk{kind: bulkDot}
	}
	if len(text) < 4 || text[3] != '-' {
		s.auth.end()
	}
	return text
}

func (s *smtpRules) next(from who) bulk {
	if from == server {
		return bulk{}
	}
	b := s.bulk
	s.bulk = bulk{}
	return b
}

func (s *smtpRules) remember(secret []byte) { s.auth.remember(secret) }

func (s *smtpRules) scrub(text []byte) []byte { return s.auth.scrub(text) }

func (s *smtpRules) ended(who) {}

// countBulk is bulk of n octets; none when n is not positive.
func countBulk(n int64, secret bool) bulk {
	if n <= 0 {
		return bulk{}
	}
	return bulk{kind: bulkCount, n: n, secret: secret}
}

func cutAt(text []byte, n int) (before, after []byte) {
	n = min(n, len(text))
	return text[:n], text[n:]
}

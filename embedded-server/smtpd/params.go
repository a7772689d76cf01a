package smtpd

import (
	"strconv"
	"strings"
)

// params reads the ESMTP parameters of MAIL and RCPT (RFC 5321 section 4.1.2) and calls set for each, keyword in
// upper case; set refuses what it does not know.
func params(s string, set func(key, value string) *Reply) *Reply {
	seen := make(map[string]bool)
	for word := range strings.FieldsSeq(s) {
		key, value, _ := strings.Cut(word, "=")
		key = strings.ToUpper(key)
		if seen[key] {
			return refuse(501, "5.5.4", "Parameter "+key+" given twice")
		}
		seen[key] = true
		if r := set(key, value); r != nil {
			return r
		}
	}
	return nil
}

func unknownParam(key string) *Reply {
	return refuse(555, "5.5.4", "Parameter "+key+" not known")
}

func badParam(key string) *Reply {
	return refuse(501, "5.5.4", "Parameter "+key+" has a value that makes no sense")
}

// unxtext decodes xtext (RFC 3461 section 4).
func unxtext(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			if i+2 >= len(s) {
				return "", false
			}
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil || n < ' ' || n > '~' {
				return "", false
			}
			b.WriteByte(byte(n))
			i += 2
		case s[i] <= ' ' || s[i] > '~' || s[i] == '=':
			return "", false
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), true
}

// validNotify checks NOTIFY (RFC 3461 section 4.1): NEVER alone, or some of SUCCESS, FAILURE, DELAY.
func validNotify(s string) bool {
	if s == "NEVER" {
		return true
	}
	seen := make(map[string]bool)
	for word := range strings.SplitSeq(s, ",") {
		if seen[word] || (word != "SUCCESS" && word != "FAILURE" && word != "DELAY") {
			return false
		}
		seen[word] = true
	}
	return true
}

package headers

import (
	"strings"

	"todoku/internal/mail"
)

// maxVerdicts bounds the results that are read from a message.
const maxVerdicts = 50

// Verdict is one result of an Authentication-Results field (RFC 8601 section 2.2).
type Verdict struct {
	Method string // "dkim", "spf", "dmarc", "arc"
	Result string // "pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy"
	Domain string // that was checked, if the field says it
}

// authResults gives what the receiving server found. Fields of other servers are worth nothing, since the sender can
// write them: only those are read that bear the receiver's name (or, if it is empty, that of the topmost one) and
// stand above everything that came with the message from outside.
func authResults(fields []mail.Field, receiver string) []Verdict {
	var out []Verdict
	server := strings.ToLower(receiver)
	for _, f := range fields[:outside(fields)] {
		if !strings.EqualFold(f.Name, "Authentication-Results") {
			continue
		}
		text := f.Raw
		if len(text) > maxReceived {
			text = text[:maxReceived]
		}
		parts := strings.Split(withoutComments(text), ";")
		id := strings.ToLower(first(strings.Fields(parts[0])))
		if server == "" {
			server = id
		}
		if id != server && (receiver == "" || organisation(id) != organisation(receiver) || organisation(id) == "") {
			continue
		}
		for _, part := range parts[1:] {
			if v, ok := parseVerdict(part); ok && len(out) < maxVerdicts {
				out = append(out, v)
			}
		}
	}
	return out
}

// outside gives the index of the first field that the message brought along: the Received field below the one by
// which the receiving organisation took it.
func outside(fields []mail.Field) int {
	trails, _ := collect(fields)
	w := walker{trails: trails}
	w.assign()
	crossed, seen := 0, 0 // Received fields from the top
	for i := len(trails) - 1; i >= 0; i-- {
		crossed++
		if trails[i].hop.Step != 4 {
			break
		}
	}
	for i, f := range fields {
		if strings.EqualFold(f.Name, "Received") {
			if seen == crossed {
				return i
			}
			seen++
		}
	}
	return len(fields)
}

func withoutComments(s string) string {
	var out strings.Builder
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '(':
			depth++
		case s[i] == ')' && depth > 0:
			depth--
		case depth == 0:
			out.WriteByte(s[i])
		}
	}
	return strings.ToValidUTF8(out.String(), "\uFFFD")
}

// parseVerdict reads "dkim=pass header.d=tsuru.test".
func parseVerdict(part string) (Verdict, bool) {
	words := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(part, " =", "="), "= ", "="))
	method, result, ok := strings.Cut(first(words), "=")
	method, _, _ = strings.Cut(strings.ToLower(method), "/")
	if !ok || result == "" {
		return Verdict{}, false
	}
	v := Verdict{Method: method, Result: verdictWord(result)}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		value = strings.Trim(value, `"<>`)
		switch strings.ToLower(name) {
		case "header.d", "header.from", "smtp.mailfrom", "smtp.helo":
			v.Domain = value[strings.LastIndexByte(value, '@')+1:]
		case "header.i":
			if v.Domain == "" {
				v.Domain = value[strings.LastIndexByte(value, '@')+1:]
			}
		}
	}
	return v, true
}

func verdictWord(result string) string {
	result = strings.ToLower(result)
	switch result {
	case "pass", "fail", "softfail", "neutral", "none", "temperror", "permerror", "policy":
		return result
	case "hardfail":
		return "fail"
	case "bestguesspass":
		return "none" // Microsoft's guess without a DMARC record
	}
	return "unknown"
}

// ServerAuth is authResults as a short text, the worst result first: "pass: DKIM tsuru.test, SPF, DMARC", or
// "fail: DMARC; pass: SPF". It is empty if the receiving server says nothing.
func ServerAuth(fields []mail.Field, receiver string) string {
	verdicts := authResults(fields, receiver)
	var groups []string
	for _, result := range []string{"fail", "policy", "permerror", "temperror", "softfail", "neutral", "unknown", "none", "pass"} {
		var methods []string
		for _, v := range verdicts {
			if v.Result == result && shown(v) {
				methods = append(methods, methodWord(v))
			}
		}
		if len(methods) > 0 {
			groups = append(groups, result+": "+strings.Join(methods, ", "))
		}
	}
	return strings.Join(groups, "; ")
}

// shown leaves out methods that vouch for nothing a person asks about.
func shown(v Verdict) bool {
	switch v.Method {
	case "dkim", "spf", "dmarc":
		return true
	case "arc":
		return v.Result != "none"
	}
	return false
}

func methodWord(v Verdict) string {
	word := strings.ToUpper(v.Method)
	if v.Method == "dkim" && v.Domain != "" {
		word += " " + v.Domain
	}
	return word
}

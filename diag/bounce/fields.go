package bounce

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"todoku/diag/reason"
	"todoku/internal/mail"
)

// block is what is said of one recipient: by the fields of a report, and by lines of words.
type block struct {
	recipient string
	final     string // where it went in the end
	action    string
	status    string
	said      said
	lines     []string
}

// said is a reply as it was found, and what it means.
type said struct {
	code     int
	enhanced string
	text     string
	host     string
	command  string
	step     int
	Reading  reason.Reading
}

// Steps of the delivery path.
const (
	submission = 1
	transfer   = 3
)

// read says what the reply means, and at which step it was given: 3 when another host said it, else where its reason
// belongs. What belongs to step 1 was said behind it: the submission server took the message before it reported of it.
func (s said) read() said {
	if s.text == "" && s.code == 0 && s.enhanced == "" {
		s.Reading = reason.Reading{Reason: reason.None, Sure: reason.No, Who: "provider", Retry: "never"}
		return s
	}
	if s.step = 0; s.host != "" {
		s.step = transfer
	}
	reply := reason.Reply{Code: s.code, Enhanced: s.enhanced, Text: s.text, Host: s.host, Command: s.command, Step: s.step}
	s.Reading = reason.Read(reply)
	if s.step, _ = s.Reading.Reason.Place(s.step); s.step == submission {
		s.step, reply.Step = transfer, transfer
		s.Reading = reason.Read(reply)
	}
	return s
}

// readFields reads the recipients of a delivery status notification that failed or wait, and into r what it says of
// the message. A group without action and status was cut off: it counts for nothing.
func readFields(m *mail.Parsed, r *Report) []block {
	var blocks []block
	for _, group := range m.DeliveryStatus() {
		field := func(name string) string { return mail.FieldValue(group, name) }
		if by := typed(field("Reporting-MTA")); by != "" {
			r.Reporter = host(by)
			r.System = cmp.Or(r.System, systemOfFields(group))
		}
		r.Original.EnvelopeID = cmp.Or(r.Original.EnvelopeID, clean(field("Original-Envelope-Id")))
		r.Original.MessageID = cmp.Or(r.Original.MessageID, strings.Trim(clean(field("X-Original-Message-ID")), "<> "))
		action := word(strings.ToLower(field("Action")))
		status := statusForm.FindString(field("Status"))
		if action != "failed" && action != "delayed" && (action != "" || status == "" || status[0] == '2') {
			continue
		}
		b := block{action: action, status: status, final: address(field("Final-Recipient"))}
		b.recipient = cmp.Or(unquoted(address(field("Original-Recipient"))), b.final)
		b.said = diagnosed(field("Diagnostic-Code"), field("Remote-MTA"), status)
		if until, ok := mail.ParseDate(field("Will-Retry-Until")); ok && until.After(r.RetryUntil) {
			r.RetryUntil = until
		}
		blocks = append(blocks, b)
	}
	return blocks
}

var (
	statusForm = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`)
	// xtextForm is what xtext must write so (RFC 3461 section 4); more would be found in tags: bob+2021@fuji.test.
	xtextForm = regexp.MustCompile(`\+(?:2B|3D)`)
)

// diagnosed reads a Diagnostic-Code (RFC 3464 section 2.3.6). Only of an SMTP reply did the remote host say it; what
// stands behind other types, or after "smtp" without a code, is the reporting host's own.
func diagnosed(field, remote, status string) said {
	kind, text, typed := strings.Cut(field, ";")
	if !typed {
		kind, text = "", field
	}
	s := said{text: lines(text), host: host(typedOrAll(remote))}
	outer := reason.Reply{Text: s.text, Host: s.host}
	if inner, ok := reason.Unwrap(outer); ok {
		return said{code: inner.Code, enhanced: inner.Enhanced, text: inner.Text, host: inner.Host, command: inner.Command}
	}
	parsed := reason.Parse(s.text)
	s.code, s.text = parsed.Code, parsed.Text
	s.enhanced = parsed.Enhanced
	if s.enhanced == "" && !strings.HasSuffix(status, ".0.0") && (s.code == 0 || status != "" && int(status[0]-'0') == s.code/100) {
		s.enhanced = status
	}
	if smtp := strings.EqualFold(strings.TrimSpace(kind), "smtp"); !smtp || s.code == 0 {
		s.host = ""
	}
	return s
}

// typed cuts the type from "dns; mx1.fuji.test", which must be there.
func typed(value string) string {
	_, after, ok := strings.Cut(value, ";")
	if !ok {
		return ""
	}
	return strings.TrimSpace(after)
}

func typedOrAll(value string) string { return cmp.Or(typed(value), strings.TrimSpace(value)) }

// host takes the name of a host out of "mx1.fuji.test. (192.0.2.20, the server ..)" or "mx1.fuji.test [192.0.2.20]".
func host(s string) string {
	s, _, _ = strings.Cut(s, "\x1b")
	s = strings.TrimLeft(clean(s), " [")
	if i := strings.IndexAny(s, " ([]),;"); i >= 0 {
		s = s[:i]
	}
	return strings.ToLower(strings.TrimSuffix(s, "."))
}

// address reads "rfc822; hanako@tsuru.test", or an address written as utf-8-addr-xtext (RFC 6533 section 3).
func address(value string) string {
	kind, addr, ok := strings.Cut(value, ";")
	if !ok {
		kind, addr = "rfc822", value
	}
	addr = strings.Trim(clean(addr), "<> ")
	if !strings.EqualFold(strings.TrimSpace(kind), "utf-8") {
		return addr
	}
	return utf8Form.ReplaceAllStringFunc(addr, func(hex string) string {
		n, err := strconv.ParseUint(hex[3:len(hex)-1], 16, 32)
		if err != nil || n < ' ' || n > 0x10FFFF {
			return hex
		}
		return string(rune(n))
	})
}

// unquoted is an original recipient that a server passed on as the ORCPT parameter had it, in xtext.
func unquoted(addr string) string {
	return xtextForm.ReplaceAllStringFunc(addr, func(hex string) string {
		return map[string]string{"+2B": "+", "+3D": "="}[hex]
	})
}

var utf8Form = regexp.MustCompile(`\\x\{[0-9A-Fa-f]{2,6}\}`)

func word(s string) string {
	if f := strings.Fields(s); len(f) > 0 {
		return f[0]
	}
	return ""
}

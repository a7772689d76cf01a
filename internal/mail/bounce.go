package mail

import (
	"bytes"
	"strings"
)

// Failure is what a delivery status notification says of one recipient (RFC 3464 section 2.3), in the reporting
// server's own words.
type Failure struct {
	Recipient  string `json:"recipient"`            // as the sender wrote it, if the report tells, else where it finally went
	Action     string `json:"action"`               // "failed", "delayed", "delivered", "relayed", "expanded"
	Status     string `json:"status,omitempty"`     // "5.1.1" (RFC 3463)
	Diagnostic string `json:"diagnostic,omitempty"` // "smtp; 550 5.1.1 User unknown"
	RemoteMTA  string `json:"remote_mta,omitempty"`
}

// maxStatus bounds the octets of a report that are read.
const maxStatus = 1 << 20

// DeliveryStatus reads the machine-readable part of a report, one entry a recipient. It is empty if there is none.
func (p *Parsed) DeliveryStatus() []Failure {
	var out []Failure
	p.walk(p.Root, func(part *Part) bool {
		if part.Type == "message/delivery-status" || part.Type == "message/global-delivery-status" {
			b, _, _ := p.Decode(part.Path)
			out = append(out, statusGroups(b[:min(len(b), maxStatus)])...)
		}
		return isMultipart(part)
	})
	return out
}

// statusGroups splits at blank lines; the first group is about the whole message.
func statusGroups(b []byte) []Failure {
	var out []Failure
	for len(b) > 0 && len(out) < maxAddresses {
		b = bytes.TrimLeft(b, "\r\n")
		fields, body, _ := parseHeader(b)
		if body == 0 {
			_, rest := cutLine(b)
			body = len(b) - len(rest)
		}
		b = b[body:]
		f := Failure{Status: fieldRaw(fields, "Status"), RemoteMTA: statusValue(fields, "Remote-MTA")}
		f.Action = strings.ToLower(fieldRaw(fields, "Action"))
		f.Diagnostic = textOf(fields, "Diagnostic-Code")
		f.Recipient = statusValue(fields, "Original-Recipient")
		if f.Recipient == "" {
			f.Recipient = statusValue(fields, "Final-Recipient")
		}
		if f.Recipient != "" || f.Action != "" {
			out = append(out, f)
		}
	}
	return out
}

func textOf(fields []Field, name string) string {
	f, _ := field(fields, name)
	return f.Value
}

// statusValue reads "rfc822; hanako@tsuru.test" and its like.
func statusValue(fields []Field, name string) string {
	v := textOf(fields, name)
	if _, after, ok := strings.Cut(v, ";"); ok {
		v = after
	}
	return strings.Trim(strings.TrimSpace(v), "<>")
}

// IsBounce reports whether the message says that a message could not be delivered: a report with Action: failed, or
// the plain words of a mailer daemon. A delay or a success is no bounce.
func (p *Parsed) IsBounce() bool {
	if states := p.DeliveryStatus(); len(states) > 0 {
		for _, s := range states {
			if s.Action == "failed" {
				return true
			}
		}
		return false
	}
	if _, ok := field(p.Header, "X-Failed-Recipients"); ok && p.fromDaemon() {
		return true // Exim
	}
	if !p.fromDaemon() {
		return false
	}
	if bounceSubject(p.Envelope.Subject) {
		return true
	}
	text := p.Text(TextOptions{Limit: 16 << 10}).Body
	return strings.HasPrefix(text, "Hi. This is the qmail-send program") ||
		strings.Contains(text, "could not be delivered to") || strings.Contains(text, "宛先不明") || strings.Contains(text, "配信できませんでした")
}

// fromDaemon tells mail of a mail system: the null reverse-path (RFC 5321 section 4.5.5) or its usual senders.
func (p *Parsed) fromDaemon() bool {
	if path, ok := field(p.Header, "Return-Path"); ok && strings.ReplaceAll(path.Value, " ", "") == "<>" {
		return true
	}
	for _, a := range p.Envelope.From {
		local := strings.ToLower(a.Local())
		if local == "mailer-daemon" || local == "postmaster" || strings.HasPrefix(strings.ToLower(a.Name), "mail delivery") {
			return true
		}
	}
	return false
}

func bounceSubject(subject string) bool {
	subject = strings.ToLower(subject)
	for _, words := range []string{
		"undelivered mail returned", "undeliverable", "undeliverd", "mail delivery failed", "delivery status notification (failure)",
		"failure notice", "returned mail", "delivery failure", "delivery notification", "mail system error", "mail delivery failure",
		"配信不能", "配信できません", "送信できません", "エラーメール", "不達",
	} {
		if strings.Contains(subject, words) {
			return true
		}
	}
	return false
}

// ListPost is the address that takes posts to the mailing list (RFC 2369 section 3.4), and whether there is one.
func (p *Parsed) ListPost() (Address, bool) {
	value := fieldRaw(p.Header, "List-Post")
	for {
		_, rest, ok := strings.Cut(value, "<")
		if !ok {
			return Address{}, false
		}
		target, after, _ := strings.Cut(rest, ">")
		value = after
		addr, ok := cutMailto(strings.TrimSpace(target))
		if !ok {
			continue
		}
		if list, err := ParseAddressList(addr); err == nil && len(list) == 1 {
			return list[0], true
		}
	}
}

// cutMailto takes the address out of a mailto URL (RFC 6068), without its header fields.
func cutMailto(target string) (string, bool) {
	if len(target) < 7 || !strings.EqualFold(target[:7], "mailto:") {
		return "", false
	}
	addr, _, _ := strings.Cut(target[7:], "?")
	return strings.ToValidUTF8(string(appendPercent(nil, addr)), ""), true
}

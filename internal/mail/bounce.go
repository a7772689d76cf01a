package mail

import (
	"bytes"
	"strings"
)

// maxStatus bounds the octets of a report that are read, maxGroups the recipients that it may speak of.
const (
	maxStatus = 1 << 20
	maxGroups = 2000
)

// DeliveryStatus gives the fields of the machine-readable part of a report (RFC 3464 section 2.1), in groups: the first
// is about the message, each other one about a recipient. It is empty if there is no such part.
func (p *Parsed) DeliveryStatus() [][]Field {
	var out [][]Field
	p.walk(p.Root, func(part *Part) bool {
		if part.Type == "message/delivery-status" || part.Type == "message/global-delivery-status" {
			b, _, _ := p.Decode(part.Path)
			out = append(out, statusGroups(b[:min(len(b), maxStatus)])...)
		}
		return isMultipart(part)
	})
	return out
}

// statusGroups splits at blank lines.
func statusGroups(b []byte) [][]Field {
	var out [][]Field
	for len(b) > 0 && len(out) < maxGroups {
		b = bytes.TrimLeft(b, "\r\n")
		fields, body, _ := parseHeader(b)
		if body == 0 {
			_, rest := cutLine(b)
			body = len(b) - len(rest)
		}
		b = b[body:]
		if len(fields) > 0 {
			out = append(out, fields)
		}
	}
	return out
}

// FieldValue gives the decoded value of the first field of that name, "" if there is none.
func FieldValue(fields []Field, name string) string {
	f, _ := field(fields, name)
	return f.Value
}

// Report is what a mail system says of the fate of a message.
type Report int

const (
	NoReport Report = iota
	Success         // delivered, or passed on to where nobody reports
	Delay           // not yet delivered
	Failure         // not delivered
)

// Report tells what the message reports: by the actions of a delivery status notification (RFC 3464 section 2.3.3), else
// by the plain words of a mailer daemon. An automatic answer of a person's mailbox is none.
func (p *Parsed) Report() Report {
	found := NoReport
	for _, group := range p.DeliveryStatus() {
		action, _, _ := strings.Cut(strings.ToLower(FieldValue(group, "Action")), "(")
		switch strings.TrimSpace(action) {
		case "failed":
			return Failure
		case "delayed":
			found = Delay
		case "delivered", "relayed", "expanded":
			found = max(found, Success)
		}
	}
	if found != NoReport || p.disposition() || !p.fromDaemon() {
		return found
	}
	return p.plainReport()
}

// plainReport reads a report that only has words, or whose fields were cut off.
func (p *Parsed) plainReport() Report {
	if has(strings.ToLower(p.Envelope.Subject), delaySubjects) {
		return Delay
	}
	if _, ok := field(p.Header, "X-Failed-Recipients"); ok { // Exim, Gmail
		return Failure
	}
	if has(strings.ToLower(p.Envelope.Subject), failureSubjects) {
		return Failure
	}
	text := p.Text(TextOptions{Limit: 16 << 10, Words: true}).Body
	if has(text, failureWords) {
		return Failure
	}
	return NoReport
}

// disposition tells a receipt, and what else is a report of another kind (RFC 8098, RFC 5965).
func (p *Parsed) disposition() bool {
	kind := p.Root.Params["report-type"]
	return p.Root.Type == "multipart/report" && kind != "" && !strings.EqualFold(kind, "delivery-status")
}

// IsReport reports whether the message says what became of another one.
func (p *Parsed) IsReport() bool { return p.Report() != NoReport }

// tellsReport reports a field by which mail of a mail system is known. Without one a message is no report.
func tellsReport(name, value []byte) bool {
	switch {
	case bytes.EqualFold(name, []byte("X-Failed-Recipients")):
		return true
	case bytes.EqualFold(name, []byte("Return-Path")) && nullPath(unfold(value)):
		return true
	case bytes.EqualFold(name, []byte("Content-Type")), bytes.EqualFold(name, []byte("From")), bytes.EqualFold(name, []byte("Return-Path")):
		return has(strings.ToLower(string(value)), reportMarks)
	}
	return false
}

// nullPath reports the null reverse-path (RFC 5321 section 4.5.5).
func nullPath(path string) bool { return strings.ReplaceAll(path, " ", "") == "<>" }

// fromDaemon tells mail of a mail system: the null reverse-path (RFC 5321 section 4.5.5) or its usual senders.
func (p *Parsed) fromDaemon() bool {
	if path, ok := field(p.Header, "Return-Path"); ok && nullPath(path.Value) {
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

func has(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// What the fields of a report hold, subjects of mailer daemons, both in lower case, and sentences that only they write.
var (
	reportMarks   = []string{"multipart/report", "mailer-daemon", "postmaster", "mail delivery"}
	delaySubjects = []string{
		"delayed mail", "delivery status notification (delay)", "could not send message for past", "warning: message", "delivery delayed",
		"配信遅延", "配送遅延",
	}
	failureSubjects = []string{
		"undelivered mail", "undeliverable", "undeliverd", "mail delivery failed", "delivery status notification (failure)",
		"failure notice", "returned mail", "delivery failure", "delivery notification", "mail system error", "mail delivery failure",
		"mail delivery status", "delivery status notification: error",
		"配信不能", "配信できません", "送信できません", "エラーメール", "不達", "配送不能", "配送できません", "配信エラー", "送信エラー",
	}
	failureWords = []string{
		"This is the qmail-send program", "could not be delivered to", "宛先不明", "配信できませんでした", "配送できませんでした",
		"送信できませんでした", "届きませんでした",
	}
)

package delivery

import (
	"errors"
	"maps"
	"regexp"
	"strings"

	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// transferReasons are the refusals that mean something of their own in a transfer, whose words say what a mail server
// would do. Other reasons speak for themselves.
var transferReasons = map[reason.Reason]struct{ now, forGood string }{
	reason.Nobody:      {"", "trace.refused.nobody"},
	reason.Full:        {"trace.full.now", "trace.refused.full"},
	reason.Blocklisted: {"", "trace.refused.listed"},
	reason.Policy:      {"trace.notnow", "trace.refused.policy"},
	reason.Greylisted:  {"trace.greylisted", ""},
	reason.Busy:        {"trace.busy", ""},
	reason.None:        {"trace.notnow", "trace.refused"},
}

// unspeakable reports an address that the server has no letters for: a mail server gives the message back then (RFC 6531
// section 3.2), unless another exchanger has them.
func unspeakable(err error) bool {
	var e *wire.Error
	return errors.As(err, &e) && e.Code == smtp.CodeUTF8
}

// reply begins with a code (RFC 5321 section 4.2).
var reply = regexp.MustCompile(`^[2-5]\d\d\b`)

// Words are a server's own, or the system's where a finding points to them; "" where what was noted beside a finding only
// tells in English how it was heard.
func Words(f trace.Finding) string {
	said := f.Args["said"]
	switch {
	case f.Code == "trace.broken", f.Code == "trace.dial.failed", f.Code == faultCode:
	case (strings.HasPrefix(f.Code, "trace.") || strings.HasPrefix(f.Code, "dns.")) && !reply.MatchString(said):
		return ""
	}
	return said
}

// refusal names what a server refused with, as everything here reads a reply.
func (t *talk) refusal(e *smtp.Error) trace.Finding {
	read := explain.Reply(reason.Reply{Code: e.Reply.Code, Enhanced: e.Reply.Enhanced, Command: e.Verb,
		Text: strings.Join(e.Reply.Lines, "\n"), Host: t.end.host.Host, Step: int(Transfer)})
	f := t.found(read.Code, read.Level, nil)
	maps.Copy(f.Args, read.Args)
	f.Args["said"] = e.Reply.String()
	name, ok := strings.CutPrefix(read.Code, "reason.")
	if !ok {
		name = string(reason.None)
	}
	here := transferReasons[reason.Reason(name)]
	code := here.forGood
	if read.Level == trace.Warn {
		code = here.now
	}
	greeted := e.Verb == "greeting" || e.Verb == "EHLO" || e.Verb == "HELO"
	switch {
	case e.Reply.Code == 421:
		code = "trace.busy"
	case greeted && e.Reply.Permanent() && read.Args["sure"] != string(reason.High):
		code = "trace.refused.host" // a bare code that early is about nobody's mailbox
	case read.Code == "reason.relay" && t.o.toLiteral():
		code = "trace.literal.refused"
	case read.Code == "reason.starttls" && t.end.plain:
		code = "trace.tls.withheld"
	}
	if code != "" {
		f.Code = code
	}
	return f
}

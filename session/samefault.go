package session

import (
	"cmp"
	_ "embed"
	"strings"
	"sync"

	"todoku/diag/explain"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// SameFault gives the fault of Reproduces where the small Internet of this session can be given it; false where there is none of
// its own.
func (s *Session) SameFault(f trace.Finding) (id string, ok bool) {
	if s.box == nil {
		return "", false
	}
	return Reproduces(f)
}

// ReproducingCommand opens a small Internet of one's own with a fault.
func ReproducingCommand(id string) string { return "todoku sandbox --fault " + shellWord(id) }

// Reproduces gives the id of the fault that makes a finding appear in a small Internet: the case of the catalogue with its cause, else one
// that says the very reply again, else one that says what the finding's code stands for (fault.Spoken). It is false where
// no server's answer is the cause.
func Reproduces(f trace.Finding) (id string, ok bool) {
	step := explain.Finding(f, explain.English).Step
	same := sameFaults()
	listed := cmp.Or(same[f.Code+"."+itoa(step)], same[f.Code], same[strings.TrimSuffix(f.Code, "."+itoa(step))])
	_, answer, spoken := strings.Cut(listed, " ")
	if listed != "" && !spoken {
		return listed, true
	}
	command, _, _ := strings.Cut(answer, " ")
	for _, words := range []string{saidAgain(f, step, cmp.Or(f.Args["command"], command, "RCPT")), listed, saidByCode(f.Code)} {
		if c, ok := fault.Spoken(words); ok {
			return c.ID, true
		}
	}
	return "", false
}

// saidAgain asks for the reply that a finding quotes, of the server that gave it; command is what it answered, or likely did.
func saidAgain(f trace.Finding, step int, command string) string {
	said := f.Args["said"]
	switch family, _, _ := strings.Cut(f.Code, "."); {
	case said == "":
		return ""
	case family == "imap", family == "pop3":
		return family + " " + f.Args["command"] + " " + withResponseCode(f.Code, said)
	case family != "reason" && family != "smtp":
		return ""
	case step == 1:
		return "submission " + command + " " + said
	}
	return "exchanger " + command + " " + said
}

// withResponseCode sets the response code, which the finding has as its own, back into the reply that was quoted without it.
func withResponseCode(code, said string) string {
	_, name, coded := strings.Cut(code, ".")
	status, words, _ := strings.Cut(said, " ")
	if !coded || status == "BYE" || strings.HasPrefix(words, "[") {
		return said
	}
	return status + " [" + strings.ToUpper(strings.ReplaceAll(name, ".", "/")) + "] " + words
}

// saidByCode asks for what a code stands for: a reply code, a response code, a response code of DNS, an extended error, an alert.
func saidByCode(code string) string {
	family, rest, _ := strings.Cut(code, ".")
	kind, name, _ := strings.Cut(rest, ".")
	switch {
	case unsaid[code], rest == "":
		return ""
	case code == "imap.alert": // a login's alert says nothing of why: it is read as a refused login
		return ""
	case code == "imap.bye":
		return "imap BYE Going down"
	case family == "imap":
		return "imap NO [" + strings.ToUpper(rest) + "] No"
	case family == "pop3":
		return "pop3 -ERR [" + strings.ToUpper(strings.ReplaceAll(rest, ".", "/")) + "] No"
	case family == "smtp" && kind == "x", family == "smtp" && kind == "5" && name != "":
		return "submission RCPT 550 5." + name + " No"
	case family == "smtp" && kind == "4" && name != "":
		return "submission RCPT 450 4." + name + " No"
	case family == "smtp" && len(rest) == 1: // a class of codes: one that means no more than its class
		return "submission RCPT " + rest + "99 No"
	case family == "smtp":
		return "submission RCPT " + rest + " No"
	case family == "dns" && kind == "rejected":
		return "dns " + strings.ToUpper(name)
	case family == "dns" && kind == "ede":
		return "dns SERVFAIL " + name
	case family == "tls" && kind == "alert":
		return "tls " + name
	}
	return ""
}

// unsaid are codes that no server's answer makes: those of IMAP and POP3 by which this program speaks of itself, and BADSIG, in answer to
// which is asked again without EDNS, where no code above 15 has room (RFC 6891 section 6.1.3).
var unsaid = map[string]bool{"dns.rejected.badsig": true, "imap.no-message": true, "imap.not-offered": true, "imap.skipped": true, "imap.unreadable": true, "pop3.no-top": true,
	"pop3.too-large": true, "pop3.expire-zero": true, "pop3.no-uidl": true, "pop3.uidl-duplicate": true, "imap.structure": true, "imap.closed": true}

//go:embed samefaults.txt
var sameFaultsText string

// sameFaults gives the faults by the codes of findings, some with the step behind them.
var sameFaults = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for line := range strings.Lines(sameFaultsText) {
		code, id, found := strings.Cut(strings.TrimSpace(line), " ")
		if found && code != "#" {
			all[code] = strings.TrimSpace(id)
		}
	}
	return all
})

package session

import (
	"slices"
	"strings"

	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/trace"
)

// Proof is the test that would prove what a finding says: a doctor's or a tracer's. Neither sends anything to anybody else.
type Proof struct {
	Verb    string `json:"verb"`              // "doctor" or "trace"
	Account string `json:"account,omitempty"` // the doctor's; empty where the finding does not name it
	Target  string `json:"target,omitempty"`  // the tracer's: an address or a domain; empty where the finding does not name it
}

// The tests that prove something.
const (
	ByDoctor = "doctor"
	ByTrace  = "trace"
)

// Command is the proof as it is typed. What the finding does not name stands in capitals, as in the help.
func (p Proof) Command() string {
	switch {
	case p.Verb == ByTrace && p.Target == "":
		return "todoku trace ADDRESS"
	case p.Verb == ByTrace:
		return "todoku trace " + shellWord(p.Target)
	case p.Account == "":
		return "todoku doctor"
	}
	return "todoku doctor " + shellWord(p.Account)
}

// shellWord quotes a word for a POSIX shell if it needs that.
func shellWord(s string) string {
	plain := func(r rune) bool { return r < 0x80 && !strings.ContainsRune(" \t\n\"'`\\$&;|<>()[]{}*?!#~^", r) }
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 && s[0] != '-' {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ProofOf gives the test that would prove a finding; false where no test can: a mistake in the settings or in a draft, this
// device's own disk, a file.
func ProofOf(f trace.Finding) (Proof, bool) {
	doctor, tracer := Proof{Verb: ByDoctor, Account: f.Args["account"]}, Proof{Verb: ByTrace, Target: recipientOf(f)}
	step := explain.Finding(f, explain.English).Step
	switch family := familyOf(f.Code); {
	case family == ByDoctor:
		return doctor, true
	case family == ByTrace:
		return tracer, true
	case family == onTheWay && (step == 2 || step == 3 || aboutRecipient(f)):
		return tracer, true
	case family == lookups && doctor.Account == "":
		return tracer, true
	case family == onTheWay, family == lookups, family == unread && f.Args["account"] != "":
		return doctor, true
	}
	return Proof{}, false
}

// Families of codes that both tests can prove.
const (
	onTheWay = "on the way" // a reply: its step and reason decide
	lookups  = "lookups"    // of names: of one's own server, or of a recipient's domain
	unread   = "unread"     // what nothing fits, which a doctor can only look into where an account is concerned
)

// families are the tests by the beginnings of codes; the longest that fits counts, and "" is no test.
var families = []struct{ begins, family string }{
	{"account.", ""}, {"auth", ByDoctor}, {"change.orphan", ByDoctor}, {"change.refused", ByDoctor}, {"compare.", ByDoctor},
	{"compose.bounced", ByTrace}, {"compose.domain", ByTrace}, {"compose.domain-only", ""}, {"compose.mistyped", ByTrace},
	{"compose.size", ByDoctor}, {"compose.too-large", ByDoctor},
	{"dial.", ByDoctor}, {"dns", lookups}, {"dnssec.", ByTrace}, {"doctor.", ByDoctor}, {"folder.missing", ByDoctor},
	{"imap", ByDoctor}, {"local.", ByDoctor}, {"message.no-bounce", ""}, {"oauth.", ByDoctor}, {"policy.", ByTrace}, {"pop3", ByDoctor},
	{"proto.", ByDoctor}, {"reason.", onTheWay}, {"secret.", ByDoctor}, {"send.", ByDoctor}, {"smtp", onTheWay}, {"socket.", ByDoctor},
	{"sync.", ByDoctor}, {"tls.", ByDoctor}, {"trace.", ByTrace}, {"unknown", unread}, {"wire.", ByDoctor},
}

func familyOf(code string) string {
	longest, family := 0, ""
	for _, f := range families {
		if strings.HasPrefix(code, f.begins) && len(f.begins) > longest {
			longest, family = len(f.begins), f.family
		}
	}
	return family
}

// ofRecipients are the reasons that say something of the recipient or of the recipient's domain, whoever gives them.
var ofRecipients = []reason.Reason{reason.Nobody, reason.NoHost, reason.NoMail, reason.Disabled, reason.Full, reason.Filtered, reason.Restricted,
	reason.NotLocal, reason.Syntax, reason.DNS, reason.Network, reason.Expired, reason.Greylisted, reason.Loop}

// aboutRecipient reports a reply that the way to its recipient would prove, though one's own server gave it.
func aboutRecipient(f trace.Finding) bool {
	why, ok := strings.CutPrefix(f.Code, "reason.")
	why, _, _ = strings.Cut(why, ".")
	return ok && recipientOf(f) != "" && slices.Contains(ofRecipients, reason.Reason(why))
}

// recipientOf is whom a finding is about: an address, else a domain; "" where it names none.
func recipientOf(f trace.Finding) string {
	if to := f.Args["address"]; to != "" && f.Args["command"] != "MAIL" { // of MAIL it is the sender
		return to
	}
	for _, name := range []string{"domain", "name"} {
		if d := strings.TrimSuffix(f.Args[name], "."); d != "" {
			return d
		}
	}
	return ""
}

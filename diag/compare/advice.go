package compare

import (
	"strconv"

	"todoku/internal/trace"
)

const (
	// tight is room, in octets, that a mailbox of some years does not fit in.
	tight = 1 << 30
	// leaveDays is how long the advice leaves mail on the server over POP3: a lost device is noticed by then.
	leaveDays = 14
)

// claim is one reason and the step that shows it: the first step of a script that does the verb, after another verb
// where that matters.
type claim struct {
	code  string
	after Verb // "" for none
	shows Verb
}

// Claims of the card "POP3 or IMAP?" and of the advice.
var (
	claimDevices = claim{"compare.because.devices", Delete, Look}
	claimLost    = claim{"compare.because.lost", Lose, Look}
	claimRoom    = claim{"compare.because.room", "", Visit}
	claimOffline = claim{"compare.because.offline", "", Offline}
	claimFull    = claim{"compare.because.full", "", Fill}
	claimMark    = claim{"compare.because.mark", Mark, Look}
	claimSearch  = claim{"compare.because.search", "", Search}
	claimGone    = claim{"compare.because.here", "", Lose}
)

// Advise says what to use, by the person's answers and by what the servers offer.
func Advise(r Report, settings []Setting) Advice {
	a := choose(r)
	a.Finding = trace.Finding{Code: useCode(a.Use), Level: trace.Pass, Args: map[string]string{
		"address": r.Address, "days": strconv.Itoa(a.LeaveDays)}}
	if a.Use == UseNeither {
		a.Finding.Level = trace.Fail
		return a
	}
	wanted := string(IMAP)
	if a.Use != UseIMAP {
		wanted = string(POP3)
	}
	for _, s := range settings {
		if s.Protocol == wanted || s.Protocol == "smtp" {
			a.Settings = append(a.Settings, s)
		}
	}
	return a
}

func useCode(u Use) string {
	return map[Use]string{UseIMAP: "compare.use.imap", UsePOP3: "compare.use.pop3", UsePOP3Leave: "compare.use.pop3-leave",
		UseNeither: "compare.use.neither"}[u]
}

func choose(r Report) Advice {
	p := prover{report: r, who: r.Answers}
	pop3, imap := r.offers(POP3), r.offers(IMAP)
	several := r.Answers.Devices > 1 || r.Answers.Shared
	fullHere, fullThere := small(r.Answers.RoomHere), small(r.Answers.RoomThere)
	switch {
	case !pop3 && !imap:
		return Advice{Use: UseNeither}
	case !imap:
		return p.onlyPOP3(several)
	case !pop3:
		return Advice{Use: UseIMAP, Because: p.only(IMAP), But: p.given(when{true, claimOffline}, when{fullThere, claimFull})}
	case several:
		return Advice{Use: UseIMAP, Because: p.given(when{true, claimDevices}, when{true, claimLost}, when{fullHere, claimRoom}),
			But: p.given(when{true, claimOffline}, when{fullThere, claimFull})}
	case fullThere && !fullHere:
		return Advice{Use: UsePOP3, Because: p.given(when{true, claimFull}, when{r.Answers.Offline, claimOffline}), But: p.these(claimGone, claimDevices)}
	case r.Answers.Offline && !fullHere:
		return Advice{Use: UsePOP3Leave, LeaveDays: leaveDays, Because: p.these(claimOffline), But: p.these(claimDevices, claimMark)}
	case fullHere:
		return Advice{Use: UseIMAP, Because: p.these(claimRoom, claimLost), But: p.given(when{true, claimOffline}, when{fullThere, claimFull})}
	}
	return Advice{Use: UseIMAP, Because: p.these(claimLost, claimSearch), But: p.these(claimOffline, claimFull)}
}

// onlyPOP3 advises where nothing else is offered: mail leaves the server at once only where it has no room there and no
// other device waits for it.
func (p prover) onlyPOP3(several bool) Advice {
	fullHere, fullThere := small(p.who.RoomHere), small(p.who.RoomThere)
	if fullThere && !several {
		return Advice{Use: UsePOP3, Because: append(p.only(POP3), p.these(claimFull)...), But: p.given(when{true, claimGone}, when{fullHere, claimRoom})}
	}
	return Advice{Use: UsePOP3Leave, LeaveDays: leaveDays, Because: p.only(POP3),
		But: p.given(when{several, claimDevices}, when{several, claimMark}, when{!several, claimGone}, when{fullHere, claimRoom}, when{fullThere, claimFull})}
}

// small is a room that was told and is tight.
func small(room int64) bool { return room > 0 && room < tight }

// offers reports whether the account's server speaks the protocol, as far as was asked.
func (r Report) offers(p Protocol) bool {
	for _, o := range r.Offers {
		if o.Protocol == p {
			return o.State != NA && o.State != Fail
		}
	}
	return true
}

// prover finds the steps that show reasons.
type prover struct {
	report Report
	who    Answers
}

// when is a claim that is made if something holds.
type when struct {
	holds bool
	claim claim
}

// given gives the reasons that hold.
func (p prover) given(list ...when) []Reason {
	var claims []claim
	for _, w := range list {
		if w.holds {
			claims = append(claims, w.claim)
		}
	}
	return p.these(claims...)
}

func (p prover) these(claims ...claim) []Reason {
	var all []Reason
	for _, c := range claims {
		script, step := p.shown(c)
		if step == 0 {
			continue
		}
		all = append(all, Reason{Script: script, Step: step, Finding: trace.Finding{Code: c.code, Level: trace.Pass, Args: map[string]string{
			"devices": strconv.Itoa(max(p.who.Devices, 1)), "address": p.report.Address}}})
	}
	return all
}

// only says that one protocol is offered and the other is not. No step shows that; the offers do.
func (p prover) only(offered Protocol) []Reason {
	code := map[Protocol]string{POP3: "compare.because.pop3", IMAP: "compare.because.imap"}[offered]
	return []Reason{{Finding: trace.Finding{Code: code, Level: trace.Pass, Args: map[string]string{"address": p.report.Address}}}}
}

// shown finds the step in the report's own script, else in the first script that has it.
func (p prover) shown(c claim) (script string, step int) {
	if n := c.in(p.report.Script); n > 0 {
		return p.report.Script.Name, n
	}
	all, _ := Scripts() // a test reads them
	for _, s := range all {
		if n := c.in(s); n > 0 {
			return s.Name, n
		}
	}
	return "", 0
}

// in gives the step of the script that shows the claim; 0 if none does.
func (c claim) in(s Script) int {
	seen := c.after == ""
	for i, step := range s.Steps {
		if seen && step.Do == c.shows {
			return i + 1
		}
		seen = seen || step.Do == c.after
	}
	return 0
}

// Card is "POP3 or IMAP?" on one screen: claims that hold for everybody, each with the step that shows it.
func Card() []Reason {
	p := prover{}
	return p.these(claimDevices, claimMark, claimLost, claimRoom, claimOffline, claimSearch, claimFull, claimGone)
}

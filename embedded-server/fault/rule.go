package fault

import (
	"path"
	"slices"
	"strings"
	"time"
)

// Rule says when (Host, Stage, Match, and at most one of Nth, Every, Once, Percent, Rate and Greylist) and what to do.
type Rule struct {
	ID    string `json:"id"`
	Host  string `json:"host,omitempty"` // glob over the server's host name; empty means every host
	Stage Stage  `json:"stage"`
	Match Match  `json:"match,omitzero"`
	Nth   int    `json:"nth,omitempty"`   // only the nth time that the rest matches, counted from 1
	Every int    `json:"every,omitempty"` // the nth, 2nth, 3nth time
	Once  bool   `json:"once,omitempty"`  // never again after it fired
	// Percent fires so often in a hundred, by a sequence that Seed, which must not be 0, decides.
	Percent int   `json:"percent,omitempty"`
	Seed    int64 `json:"seed,omitempty"`
	// Rate lets a peer do it so often within any Per, by the sandbox's clock, and fires beyond that.
	Rate int           `json:"rate,omitempty"`
	Per  time.Duration `json:"per_ns,omitempty"`
	// Greylist fires for a triplet of peer, sender and recipient until so long after it was first seen, by the
	// sandbox's clock (RFC 6647 section 2.4).
	Greylist time.Duration `json:"greylist_ns,omitempty"`
	Off      bool          `json:"off,omitempty"` // kept, but does not fire
	Do       Action        `json:"do"`
}

// Match narrows a rule to facts. Each text is a glob of path.Match, compared without regard to case; an empty one
// matches everything.
type Match struct {
	Proto string `json:"proto,omitempty"` // "smtp", "pop3", "imap" or "http"; "udp" or "tcp" of a DNS question
	Verb  string `json:"verb,omitempty"`
	User  string `json:"user,omitempty"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
	Name  string `json:"name,omitempty"`
	Type  string `json:"type,omitempty"`
	Peer  string `json:"peer,omitempty"`
	Clear bool   `json:"clear,omitempty"` // only outside TLS
	EDNS  bool   `json:"edns,omitempty"`  // only DNS questions with EDNS
}

func (m Match) fits(f Facts) bool {
	return glob(m.Proto, f.Proto) && glob(m.Verb, f.Verb) && glob(m.User, f.User) && glob(m.From, f.From) &&
		glob(m.To, f.To) && glob(m.Name, f.Name) && glob(m.Type, f.Type) && glob(m.Peer, f.Peer) && !(m.Clear && f.Secure) && (f.EDNS || !m.EDNS)
}

func glob(pattern, value string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(value))
	return ok && err == nil
}

// Concerns reports whether the rule is asked by a host.
func (r Rule) Concerns(host string) bool { return glob(r.Host, host) }

// Check refuses a rule that could never fire or would do nothing. The error is a *RuleError.
func (r Rule) Check() error {
	for _, wrong := range []func() *RuleError{r.wrongWhen, r.wrongDo, r.wrongPlace, r.wrongAnswer, r.wrongPattern} {
		if e := wrong(); e != nil {
			e.Rule = r.ID
			return e
		}
	}
	return nil
}

func (r Rule) wrongPattern() *RuleError {
	for _, p := range []string{r.Host, r.Match.Proto, r.Match.Verb, r.Match.User, r.Match.From, r.Match.To, r.Match.Name,
		r.Match.Type, r.Match.Peer} {
		if _, err := path.Match(p, ""); err != nil {
			return mistake("config.rule.pattern", "has the pattern %q: %v", p, err).with("value", p)
		}
	}
	return nil
}

func (r Rule) wrongWhen() *RuleError {
	conditions := 0
	for _, set := range []bool{r.Nth != 0, r.Every != 0, r.Percent != 0, r.Rate != 0, r.Greylist != 0} {
		if set {
			conditions++
		}
	}
	switch {
	case r.ID == "":
		return mistake("config.rule.id", "needs an id")
	case !slices.Contains(Stages(), r.Stage):
		return mistake("config.rule.stage", "needs a stage: one of %v", Stages()).with("allowed", words(Stages()...))
	case r.Nth < 0 || r.Every < 0 || r.Rate < 0 || r.Per < 0 || r.Greylist < 0 || r.Percent < 0 || r.Percent > 100:
		return mistake("config.rule.range", "has a number out of its range")
	case conditions > 1:
		return mistake("config.rule.conditions", "has two conditions: keep one of nth, every, percent, rate and greylist")
	case r.Percent > 0 && r.Seed == 0:
		return mistake("config.rule.chance", "fires by chance: give a seed, so that it can be repeated")
	case (r.Rate > 0) != (r.Per > 0):
		return mistake("config.rule.rate", "needs rate and per together")
	case r.Greylist > 0 && r.Stage != Rcpt:
		return mistake("config.rule.greylist", "knows the triplet only at stage %q", Rcpt).with("stage", string(Rcpt))
	}
	return nil
}

func (r Rule) wrongDo() *RuleError {
	d := r.Do
	answers := 0
	for _, set := range []bool{d.Reply != "" && !d.Endless, d.Endless, d.Garbage != 0, d.Silent, d.Alert != 0} {
		if set {
			answers++
		}
	}
	switch {
	case d.GoesOn() && d.Delay == 0 && d.Drip == 0 && d.Replace.Old == "" && len(d.Withhold) == 0 && d.Size == 0 && !d.Renumber &&
		d.Octets == 0 && d.Certificate == "" && d.Answer.empty() && d.Page == (Page{}):
		return mistake("config.rule.nothing", "does nothing: give a delay, a reply, records, a certificate, silent or close")
	case answers > 1:
		return mistake("config.rule.answers", "answers twice: choose one of reply, garbage, endless, silent and alert")
	case d.Delay < 0 || d.Drip < 0 || d.Garbage < 0 || d.Octets < 0 || d.Size < 0:
		return mistake("config.rule.negative", "has a negative number")
	case strings.Contains(d.Reply, "\r"):
		return mistake("config.rule.line-end", "has a line end in its reply: the server adds it")
	case d.Octets > 0 && (!d.Close || answers > 0):
		return mistake("config.rule.octets", "has octets, which say when to close: give close, and no reply")
	case slices.Contains(d.Withhold, ""):
		return mistake("config.rule.withhold", "withholds what has no name")
	}
	return nil
}

// wrongPlace finds what belongs to other stages.
func (r Rule) wrongPlace() *RuleError {
	d := r.Do
	switch {
	case d.Certificate != "" && (r.Stage != TLS || !slices.Contains(Certificates(), d.Certificate)):
		return mistake("config.rule.certificate", "has a certificate that is none of %v, at stage %q", Certificates(), TLS).
			with("allowed", words(Certificates()...)).with("stage", string(TLS))
	case d.Alert != 0 && r.Stage != TLS:
		return mistake("config.rule.alert", "has an alert, which belongs to stage %q", TLS).with("stage", string(TLS))
	case (len(d.Withhold) > 0 || d.Size > 0) && r.Stage != Offer:
		return mistake("config.rule.offer", "has withhold or size, which belong to stage %q", Offer).with("stage", string(Offer))
	case d.Renumber && r.Stage != Select && r.Stage != Auth:
		return mistake("config.rule.renumber", "has renumber, which belongs to stages %q and %q", Select, Auth).with("allowed", words(Select, Auth))
	case r.Stage == Query && strings.Contains(d.Reply, "\n"):
		return mistake("config.rule.lines", "has a reply of several lines, which a DNS answer has not")
	}
	return nil
}

package tracer

import (
	"regexp"
	"slices"
	"strings"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// keptRecords are the records of an answer that are shown beside the tree; the dialogue shows all.
const keptRecords = 6

// teller words rows of a run in a column.
type teller struct {
	names
	column
	events []trace.Event
	size   int64 // of the message that is asked about
	full   bool  // all of the dialogue, not only the part of one hop
	inside widget.Spans
	now    func(delivery.Hop) text.Safe // how long a hop took so far
}

// tell words a row.
func (t *teller) tell(w row) {
	switch {
	case w.isStep():
		t.step(w.step)
	case len(w.hops) > 1:
		t.fold(w)
	default:
		t.hop(t.run.hops[w.hops[0]])
	}
}

// step says what stands behind a step that has no hop, and how its hops went.
func (t *teller) step(number int) {
	w := t.words.Tracer
	t.head(theme.Title, text.Num(number)+" "+w.Steps[number-1])
	t.blank()
	places := t.run.steps[number]
	if len(places) == 0 {
		if t.run.running {
			t.head(theme.Text, w.NotBegun)
			return
		}
		t.head(theme.Text, w.StepNone[number-1])
		if number == delivery.Pickup && strings.Contains(t.run.target, "@") {
			t.head(theme.Text, text.F(w.PickupOnly, t.run.target))
		}
		return
	}
	if len(places) == 1 {
		t.head(theme.Text, w.StepHop)
	} else {
		t.head(theme.Text, text.F(w.StepHops, len(places)))
	}
	t.blank()
	if number == delivery.Lookup {
		t.shuffled()
	}
	t.foundAt(places)
}

// foundAt lists what was found at hops, each once, the worst first.
func (t *teller) foundAt(places []int) {
	byState := map[delivery.State][]text.Safe{}
	for _, p := range places {
		h := t.run.hops[p]
		if h.Finding != nil {
			state := t.run.state(h)
			byState[state] = addNew(byState[state], text.Clean(t.explained(*h.Finding).Title))
		}
	}
	for _, state := range slices.Backward(badness) {
		for _, said := range byState[state] {
			t.say(t.words.Levels[string(state)], widget.StateRole(string(state)), said)
		}
	}
}

// shuffled says which exchangers had the same preference, so that their order was chance, and the seed that repeats it.
func (t *teller) shuffled() {
	r := t.run.report
	if r == nil || r.Seed == 0 {
		return
	}
	w, chance := t.words.Tracer, false
	for i := 0; i < len(r.Routes); {
		equal := []text.Safe{text.Clean(r.Routes[i].Host)}
		first := r.Routes[i].Preference
		for i++; i < len(r.Routes) && r.Routes[i].Preference == first; i++ {
			equal = append(equal, text.Clean(r.Routes[i].Host))
		}
		if len(equal) > 1 {
			chance = true
			t.head(theme.Text, text.F(w.Shuffled, int(first), list(equal)))
		}
	}
	if chance {
		t.head(theme.Text, text.F(w.Seed, r.Seed))
		t.blank()
	}
}

// fold lists the hops of a row, and what was said in them.
func (t *teller) fold(w row) {
	t.head(theme.Title, t.title(t.run.hops[w.hops[0]]))
	t.head(theme.Muted, text.F(t.words.Tracer.Together, len(w.hops)))
	t.blank()
	for _, p := range w.hops {
		h := t.run.hops[p]
		one := line{right: t.now(h), pieces: []piece{{1, widget.StateRole(string(h.State)), t.words.Levels[string(h.State)]}}}
		name := t.names.whole(row{step: h.Step, hops: []int{p}}, t.width-labelCells-10)
		one.pieces = append(one.pieces, piece{labelCells, theme.Text, name})
		t.add(one)
	}
	t.blank()
	for _, p := range w.hops {
		if h := t.run.hops[p]; h.Query == nil {
			t.dialogue(h)
		}
	}
	for _, p := range w.hops {
		if h := t.run.hops[p]; h.Ports != nil {
			t.blank()
			t.ports(h)
		}
	}
}

// title says who was asked: host, address, port or transport.
func (t *teller) title(h delivery.Hop) text.Safe {
	name := h.Where
	if h.Query != nil {
		name = h.Query.Server
	}
	parts := []text.Safe{text.Clean(name)}
	if h.Addr != "" && host(h.Addr) != name {
		parts = append(parts, text.Clean(host(h.Addr)))
	}
	switch {
	case h.Query != nil:
		parts = append(parts, text.Clean(strings.ToUpper(h.Query.Network)))
	case port(h.Addr) != "":
		parts = append(parts, text.F(t.words.Tracer.Port, port(h.Addr)))
	}
	s := parts[0]
	for _, p := range parts[1:] {
		if p != "" {
			s += "  " + p
		}
	}
	return s
}

// hop is one hop: who, what was said, what it means.
func (t *teller) hop(h delivery.Hop) {
	t.head(theme.Title, t.title(h))
	t.blank()
	if h.Query != nil {
		t.query(h)
	} else {
		t.dialogue(h)
		if t.run.state(h) == delivery.Live {
			t.sayAt(t.words.Tracer.Got, theme.Live, t.words.Tracer.Awaited, t.now(h))
		}
	}
	t.blank()
	t.ports(h)
	t.blank()
	t.meaning(h)
	if len(h.Offers) > 0 {
		t.blank()
		t.offers(h)
	}
	if h.TLS != nil {
		t.blank()
		t.certificates(h)
	}
}

func (t *teller) explained(f trace.Finding) explain.Diagnosis {
	return explain.Finding(f, explain.Lang(t.words.Lang))
}

// aside names standards beside a sentence.
var aside = regexp.MustCompile(`\s*[(（](RFC [^()（）]+)[)）]`)

// meaning says what the finding of a hop means, the rule it rests on, what a mail server does now, and who must act.
func (t *teller) meaning(h delivery.Hop) {
	if h.Finding == nil {
		return
	}
	w, d := t.words.Tracer, t.explained(*h.Finding)
	role := theme.Text
	if h.State == delivery.Fail || h.State == delivery.Warn {
		role = widget.StateRole(string(h.State))
	}
	t.say(w.Means, role, text.Clean(d.Title))
	t.say("", theme.Text, text.Clean(aside.ReplaceAllString(d.Means, "")))
	var rules []text.Safe
	for _, r := range explain.Standards(d.Means) {
		rules = append(rules, text.Clean(r))
	}
	t.say(w.Rule, theme.Text, list(rules))
	t.say(w.So, theme.Text, t.so(h, d))
	if h.State != delivery.OK {
		t.say(w.Act, theme.Text, text.Clean(d.Act))
		t.say(w.Sure, theme.Muted, text.Clean(d.Sure))
	}
}

// so is what a mail server does next.
func (t *teller) so(h delivery.Hop, d explain.Diagnosis) text.Safe {
	w := t.words.Tracer
	if h.Query != nil {
		if h.Query.Outcome == "referral" {
			return text.F(w.NextZone, h.Query.Child)
		}
		if next, ok := t.run.asksNext(h); ok && h.State == delivery.Fail {
			return text.F(w.NextServer, next.What)
		}
		return ""
	}
	switch {
	case h.Kind != delivery.KindCommand || h.State == delivery.OK:
	case d.Refused:
		return w.GivesBack
	case d.Retry == explain.RetryServer:
		again := delivery.RetryAfter(d.Said)
		return t.words.Retry(again.Passes, again.After, again.For)
	}
	return ""
}

package widget

import (
	"slices"

	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/ui/text"
)

// ClimbRung is a rung and the ladder that it belongs to.
type ClimbRung struct {
	Ladder string
	ladder.Rung
}

// Climb is one examination of an account as it is drawn, under way or over.
type Climb struct {
	Rungs   []ClimbRung
	Checkup *ladder.Checkup // when it is over
	Failure error           // why there is no check-up
}

// Take replaces a rung, or adds it at the end.
func (c *Climb) Take(r ClimbRung) {
	for i, have := range c.Rungs {
		if have.Ladder == r.Ladder && have.Number == r.Number {
			c.Rungs[i] = r
			return
		}
	}
	c.Rungs = append(c.Rungs, r)
}

// At is the rung that matters: the one that is climbed, else the first that broke; -1 for none.
func (c *Climb) At() int {
	in := func(state ladder.State) int {
		return slices.IndexFunc(c.Rungs, func(r ClimbRung) bool { return r.State == state })
	}
	if live := in(ladder.Live); live >= 0 {
		return live
	}
	return in(ladder.Fail)
}

// Broken is the finding of the first broken rung; false while none is known.
func (c *Climb) Broken() (trace.Finding, bool) {
	if c.Checkup != nil {
		return c.Checkup.Answer()
	}
	i := slices.IndexFunc(c.Rungs, func(r ClimbRung) bool { return r.State == ladder.Fail })
	if i < 0 {
		return trace.Finding{}, false
	}
	return *c.Rungs[i].Finding, true
}

// Answer is who must act and what happened, or how the climb stands.
func (c *Climb) Answer(w *text.Catalogue) text.Safe {
	lang := explain.Lang(w.Lang)
	say := func(d explain.Diagnosis) text.Safe { return text.Clean(d.Act) + w.App.Between + text.Clean(d.Title) }
	f, broken := c.Broken()
	switch {
	case c.Failure != nil:
		return say(explain.Error(c.Failure, lang))
	case broken:
		return say(explain.Finding(f, lang))
	case c.Checkup == nil:
		return w.Ladder.Waiting
	case c.Checkup.Stopped():
		return w.Ladder.Stopped
	}
	return w.Ladder.Sound
}

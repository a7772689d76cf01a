// Package ladder climbs what mail on this device stands on, rung by rung from the line upwards. The first broken rung is
// the answer; those above it are not tried.
package ladder

import (
	"context"
	"slices"
	"time"

	"todoku/internal/trace"
)

// State is how a rung, a hop or a step stands.
type State string

const (
	Wait    State = "wait"
	Live    State = "live"
	OK      State = "ok"
	Warn    State = "warn"
	Fail    State = "fail"
	NA      State = "n/a"
	Unknown State = "unknown"
)

// StateOf is the state that a finding's level means.
func StateOf(l trace.Level) State {
	switch l {
	case trace.Pass:
		return OK
	case trace.NotApplicable:
		return NA
	}
	return State(l)
}

// Rung is one thing to stand on. Its proof are the events of Span from First to Last.
type Rung struct {
	Number  int             `json:"number"` // from 1, from the ground upwards
	Name    string          `json:"name"`   // "line", "resolver", "tcp": ui/text has the words
	What    string          `json:"what"`   // what is tried: "mail.sakura.test:993"
	State   State           `json:"state"`
	Began   time.Time       `json:"began,omitzero"`
	Elapsed time.Duration   `json:"elapsed_ns"`
	Span    int64           `json:"span,omitempty"`
	First   int64           `json:"first,omitempty"`
	Last    int64           `json:"last,omitempty"`
	Finding *trace.Finding  `json:"finding,omitempty"` // nil while it waits or is live
	Also    []trace.Finding `json:"also,omitempty"`    // what was seen beside it
}

// Outcome is what trying a rung came to. The rung broke if the finding's level is fail.
type Outcome struct {
	Finding trace.Finding
	Also    []trace.Finding
}

// Step says how to try one rung.
type Step struct {
	Name string
	What string
	Try  func(context.Context, *trace.Span) Outcome
}

// Ladder is one climb.
type Ladder struct {
	Name    string        `json:"name,omitempty"` // which ladder, where there are several: "receive", "send"
	Rungs   []Rung        `json:"rungs"`
	Broken  int           `json:"broken,omitempty"` // number of the first broken rung; 0 if none broke
	Elapsed time.Duration `json:"elapsed_ns"`
}

// Answer is the finding of the broken rung; false if none broke.
func (l Ladder) Answer() (trace.Finding, bool) {
	if l.Broken == 0 {
		return trace.Finding{}, false
	}
	return *l.Rungs[l.Broken-1].Finding, true
}

// Climb tries the steps in order until one breaks or ctx ends. watch is told of each rung when it is known, when
// it begins and when it is over; it may be nil.
func Climb(ctx context.Context, span *trace.Span, name string, steps []Step, watch func(Rung)) Ladder {
	return Ladder{}.On(ctx, span, name, steps, watch)
}

// On goes on upwards from a ladder that was climbed, if none of its rungs broke: the new ladder begins with its rungs.
func (below Ladder) On(ctx context.Context, span *trace.Span, name string, steps []Step, watch func(Rung)) Ladder {
	began := time.Now()
	l := Ladder{Name: name, Rungs: slices.Clone(below.Rungs), Broken: below.Broken}
	for _, s := range steps {
		l.Rungs = append(l.Rungs, Rung{Number: len(l.Rungs) + 1, Name: s.Name, What: s.What, State: Wait})
		tell(watch, l.Rungs[len(l.Rungs)-1])
	}
	for i, s := range steps {
		if ctx.Err() != nil || l.Broken != 0 {
			break
		}
		r := &l.Rungs[len(below.Rungs)+i]
		r.climb(ctx, span, s, watch)
		if r.State == Fail {
			l.Broken = r.Number
		}
	}
	l.Elapsed = below.Elapsed + time.Since(began)
	return l
}

// climb tries one rung.
func (r *Rung) climb(ctx context.Context, span *trace.Span, s Step, watch func(Rung)) {
	r.State, r.Began, r.Span, r.First = Live, time.Now(), span.ID(), span.Seq()+1
	tell(watch, *r)
	out := s.Try(ctx, span)
	if ctx.Err() != nil && out.Finding.Level == trace.Fail {
		out.Finding.Level = trace.Unknown // it was not given the time to hold
	}
	span.Find(out.Finding)
	r.Elapsed, r.State, r.Last = time.Since(r.Began), StateOf(out.Finding.Level), span.Seq()
	r.Finding, r.Also = &out.Finding, out.Also
	tell(watch, *r)
}

func tell(watch func(Rung), r Rung) {
	if watch != nil {
		watch(r)
	}
}

func finding(code string, level trace.Level, args map[string]string) trace.Finding {
	return trace.Finding{Code: code, Level: level, Args: args}
}

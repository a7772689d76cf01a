package delivery

import (
	"cmp"
	"maps"
	"slices"

	"todoku/diag/explain"
	"todoku/internal/trace"
)

// Recorded is a trace as its events tell it.
type Recorded struct {
	Report Report        // with its hops
	Events []trace.Event // from its first hop to its end, in their order
	Whole  bool          // it came to its end; else its report says that it was stopped
	Span   int64         // of the events that hold its hops
}

// Traces gives the traces among the events of a run, in the order of their beginning.
func Traces(events []trace.Event) []Recorded {
	all := slices.Clone(events)
	slices.SortStableFunc(all, func(a, b trace.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	var traces []Recorded
	looked := 0
	for i, e := range all {
		var asked Report
		if e.Recorded(beginEvent, &asked) {
			traces = append(traces, traceOf(asked, all[i:]))
			looked += len(traces[len(traces)-1].Events)
		}
		if len(traces) == maxTraces || looked > maxLooks {
			break
		}
	}
	return traces
}

// Bounds of what is read of one run, which may come from anybody: traces, and events in them, where one that never ends
// holds all that follow.
const (
	maxTraces = 1000
	maxLooks  = 5_000_000
)

// traceOf gives the trace that the first of the events begins; asked is its report as it was then.
func traceOf(asked Report, events []trace.Event) Recorded {
	r := Recorded{Report: asked, Events: events, Span: events[0].Span}
	hops := map[int]Hop{}
	for i, e := range events {
		if e.Span != r.Span {
			continue
		}
		if h, ok := HopOf(e); ok {
			hops[h.ID] = h
		}
		if report, ok := ReportOf(e); ok {
			r.Report, r.Whole, r.Events = report, true, events[:i+1]
			break
		}
	}
	r.Report.Hops = slices.SortedFunc(maps.Values(hops), func(a, b Hop) int { return cmp.Compare(a.ID, b.ID) })
	if !r.Whole {
		r.Report.stopped()
	}
	return r
}

// Dialogue gives the events of a hop, those of the spans below its own among them.
func (r Recorded) Dialogue(h Hop) []trace.Event {
	if h.Span == 0 {
		return nil
	}
	from, _ := slices.BinarySearchFunc(r.Events, h.First+1, func(e trace.Event, seq int64) int { return cmp.Compare(e.Seq, seq) })
	inside := map[int64]bool{h.Span: true}
	var all []trace.Event
	for _, e := range r.Events[from:] {
		if e.Seq > h.Last {
			break
		}
		if e.Kind == trace.KindOpen && inside[e.Parent] {
			inside[e.Span] = true
		}
		if inside[e.Span] {
			all = append(all, e)
		}
	}
	return all
}

// stopped completes the report of a trace that did not come to its end by what its hops tell.
func (r *Report) stopped() {
	f := trace.Finding{Code: "trace.stopped", Level: trace.Unknown, Args: map[string]string{"domain": r.Domain}}
	for i, h := range r.Hops {
		if h.State == Live {
			r.Hops[i].State, r.Hops[i].Finding = Unknown, &f
		}
		r.Elapsed = max(r.Elapsed, h.Began.Add(h.Elapsed).Sub(r.Began))
	}
	for i := range r.Steps {
		r.Steps[i] = stoppedStep(i+1, r.Hops)
	}
	r.Verdict = Verdict{Word: NotKnown, Who: explain.Nobody, Finding: f}
}

// stoppedStep is a step whose end was not recorded: it is as good as its worst hop, and never better than unknown.
func stoppedStep(number int, hops []Hop) Step {
	s := Step{Number: number, State: Unknown}
	for _, h := range hops {
		if h.Step != number {
			continue
		}
		if s.Began.IsZero() {
			s.Began = h.Began
		}
		s.Elapsed = max(s.Elapsed, h.Began.Add(h.Elapsed).Sub(s.Began))
		if h.State == Fail || h.State == Warn && s.State != Fail {
			s.State = h.State
		}
	}
	return s
}

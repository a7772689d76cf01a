package delivery

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"todoku/diag/explain"
	"todoku/internal/trace"
)

// Recorded is a trace as its events tell it.
type Recorded struct {
	Report Report        // with its hops
	Events []trace.Event // its own from its first hop to its end, in their order
	Whole  bool          // it came to its end; else its report says that it was stopped
	Span   int64         // of the events that hold its hops
}

// MaxTraces bounds the traces that are read of one run, which may come from anybody.
const MaxTraces = 1000

// Traces gives the traces among the events of a run, in the order of their beginning, MaxTraces at most. An event belongs to
// one trace: to the one whose span it is below, else to the newest that is not over. When ctx ends they are those of the
// events until then.
func Traces(ctx context.Context, events []trace.Event) []Recorded {
	all := events
	if !slices.IsSortedFunc(all, inOrder) {
		all = slices.Clone(events)
		slices.SortStableFunc(all, inOrder)
	}
	s := sorter{owner: map[int64]*taking{}}
	for i := range all {
		if ctx.Err() != nil {
			break
		}
		s.take(&all[i])
	}
	traces := make([]Recorded, len(s.traces))
	for i, t := range s.traces {
		traces[i] = t.recorded()
	}
	return traces
}

// Begun counts the traces that begin among the events of a run, those beyond MaxTraces too.
func Begun(events []trace.Event) int {
	n := 0
	for i := range events {
		if events[i].Kind == trace.KindStep && events[i].Name == beginEvent {
			n++
		}
	}
	return n
}

func inOrder(a, b trace.Event) int { return cmp.Compare(a.Seq, b.Seq) }

// sorter gives each event to its trace, once.
type sorter struct {
	traces []*taking
	owner  map[int64]*taking // of a span
	newest *taking           // that is not over
}

// taking is a trace while its events are taken.
type taking struct {
	Recorded
	hops  map[int]Hop
	below *taking // the one that was newest before
}

func (s *sorter) take(e *trace.Event) {
	var asked Report
	if e.Recorded(beginEvent, &asked) {
		s.begin(e.Span, asked)
	}
	if t := s.owner[e.Parent]; t != nil && e.Kind == trace.KindOpen {
		s.owner[e.Span] = t
	}
	for s.newest != nil && s.newest.Whole {
		s.newest = s.newest.below
	}
	t := s.owner[e.Span]
	if t == nil {
		t = s.newest
	}
	if t == nil || t.Whole {
		return
	}
	t.Events = append(t.Events, *e)
	if e.Span != t.Span {
		return
	}
	if h, ok := HopOf(*e); ok {
		t.hops[h.ID] = h
	}
	if report, ok := ReportOf(*e); ok {
		t.Report, t.Whole = report, true
	}
}

// begin is a new trace; one that began in the same span is stopped by it.
func (s *sorter) begin(span int64, asked Report) {
	if len(s.traces) == MaxTraces {
		return
	}
	t := &taking{Recorded: Recorded{Report: asked, Span: span}, hops: map[int]Hop{}, below: s.newest}
	s.traces, s.owner[span], s.newest = append(s.traces, t), t, t
}

func (t *taking) recorded() Recorded {
	r := t.Recorded
	r.Report.Hops = slices.SortedFunc(maps.Values(t.hops), func(a, b Hop) int { return cmp.Compare(a.ID, b.ID) })
	if !r.Whole {
		r.Report.stopped()
	}
	return r
}

// Until is the report of the trace as if it had been stopped with these hops.
func (r Recorded) Until(hops []Hop) Report {
	was := r.Report
	out := Report{Address: was.Address, Domain: was.Domain, Sender: was.Sender, Seed: was.Seed, Began: was.Began,
		Hops: slices.SortedFunc(slices.Values(hops), func(a, b Hop) int { return cmp.Compare(a.ID, b.ID) })}
	out.stopped()
	return out
}

// Dialogues gives the events of each hop by its ID, those of the spans below its own among them. An event belongs to one
// hop, to the newest of its span that it is in, whatever the hops of a damaged file claim.
func (r Recorded) Dialogues() map[int][]trace.Event {
	hops := map[int64][]Hop{} // by span, in the order of their beginning
	for _, h := range r.Report.Hops {
		if h.Span != 0 {
			hops[h.Span] = append(hops[h.Span], h)
		}
	}
	for _, list := range hops {
		slices.SortStableFunc(list, func(a, b Hop) int { return cmp.Compare(a.First, b.First) })
	}
	all := map[int][]trace.Event{}
	above := map[int64]int64{} // the span of hops that a span is, or is below
	for _, e := range r.Events {
		if e.Kind == trace.KindOpen {
			if up, ok := above[e.Parent]; ok {
				above[e.Span] = up
			}
		}
		if hops[e.Span] != nil {
			above[e.Span] = e.Span
		}
		list := hops[above[e.Span]]
		i, _ := slices.BinarySearchFunc(list, e.Seq, func(h Hop, seq int64) int { return cmp.Compare(h.First, seq) })
		if i > 0 && e.Seq <= list[i-1].Last {
			all[list[i-1].ID] = append(all[list[i-1].ID], e)
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

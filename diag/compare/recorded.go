package compare

import (
	"cmp"
	"context"
	"slices"

	"todoku/internal/trace"
)

// Recorded is a comparison as its events tell it.
type Recorded struct {
	Report Report        // every step of its script has a row
	Events []trace.Event // from where its lanes were set up to its end, or to where the next is, in their order
	Whole  bool          // it came to its end; else its report says that it was stopped, and advises nothing
	Span   int64         // of the events that hold its results
}

// Bounds of what is read of one run, which may come from anybody.
const (
	MaxComparisons = 1000
	maxSteps       = 200 // of one comparison
)

// Begun counts the comparisons that the events of a run begin: one a span, with steps, and no more than any script has.
func Begun(events []trace.Event) int {
	spans := map[int64]bool{}
	for _, e := range events {
		if _, ok := begunBy(e); ok {
			spans[e.Span] = true
		}
	}
	return len(spans)
}

func begunBy(e trace.Event) (asked Report, ok bool) {
	asked, over, ok := ReportOf(e)
	n := len(asked.Script.Steps)
	return asked, ok && !over && n > 0 && n <= maxSteps
}

// Comparisons gives the comparisons among the events of a run, in the order of their beginning, MaxComparisons at most. When
// ctx ends they are those that were found until then.
func Comparisons(ctx context.Context, events []trace.Event) []Recorded {
	all := slices.Clone(events)
	slices.SortStableFunc(all, func(a, b trace.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	places := map[int64][]int{} // of the events of each span
	for i, e := range all {
		places[e.Span] = append(places[e.Span], i)
	}
	var found []Recorded
	before := 0 // where the last one found begins
	for i, e := range all {
		at := places[e.Span]
		asked, ok := begunBy(e)
		if !ok || len(at) == 0 {
			continue
		}
		if len(found) == MaxComparisons || ctx.Err() != nil {
			break
		}
		from := i
		for _, place := range at {
			if all[place].Kind == trace.KindOpen && place < i {
				from = place
			}
		}
		if n := len(found); n > 0 && from >= before {
			last := &found[n-1]
			last.Events = last.Events[:min(len(last.Events), from-before)]
		}
		found, before = append(found, recordedOf(asked, all, at, from)), from
		places[e.Span] = nil // whatever else begins in this span begins nothing
	}
	return found
}

// recordedOf gives the comparison that begins at from, whose results stand at the places of its span; asked is its report
// as it began.
func recordedOf(asked Report, all []trace.Event, places []int, from int) Recorded {
	r := Recorded{Report: asked, Events: all[from:], Span: all[from].Span}
	r.Report.Rows = emptyRows(asked.Script)
	for _, i := range places {
		if i < from {
			continue
		}
		if res, ok := ResultOf(all[i]); ok {
			r.Report.take(res)
		}
		if report, over, ok := ReportOf(all[i]); ok && over {
			rows := report.Rows
			report.Script, report.Rows = asked.Script, r.Report.Rows
			for _, row := range rows {
				report.take(row.POP3)
				report.take(row.IMAP)
			}
			r.Report, r.Events, r.Whole = report, all[from:i+1], report.Advice.Use != ""
			break
		}
	}
	if !r.Whole {
		r.Report.stopped()
	}
	return r
}

// emptyRows are the rows of a script of which nothing was done.
func emptyRows(s Script) []Row {
	rows := make([]Row, len(s.Steps))
	for i, step := range s.Steps {
		wait := Result{Step: i + 1, State: Wait, Place: Sandbox}
		rows[i] = Row{Step: step, POP3: wait, IMAP: wait}
		rows[i].POP3.Lane, rows[i].IMAP.Lane = POP3, IMAP
	}
	return rows
}

// take keeps a result in its row.
func (r *Report) take(res Result) {
	if res.Step < 1 || res.Step > len(r.Rows) {
		return
	}
	switch res.Lane {
	case POP3:
		r.Rows[res.Step-1].POP3 = res
	case IMAP:
		r.Rows[res.Step-1].IMAP = res
	}
}

// stopped completes the report of a comparison that did not come to its end by what its results tell.
func (r *Report) stopped() {
	r.POP3, r.IMAP = Total{}, Total{}
	for i := range r.Rows {
		for _, res := range []*Result{&r.Rows[i].POP3, &r.Rows[i].IMAP} {
			if res.State == Live {
				res.State = Unknown
			}
			if !res.Began.IsZero() {
				r.Elapsed = max(r.Elapsed, res.Began.Add(res.Elapsed).Sub(r.Began))
			}
		}
	}
	r.sum()
	r.Advice = Advice{Finding: trace.Finding{Code: "compare.stopped", Level: trace.Unknown, Args: map[string]string{"address": r.Address}}}
}

// sum adds up the rows.
func (r *Report) sum() {
	for _, row := range r.Rows {
		r.POP3.add(row.POP3)
		r.IMAP.add(row.IMAP)
	}
	*r = r.On(r.Line)
}

// On is the report with the totals as they would be on a line.
func (r Report) On(l Line) Report {
	r.Line = l
	for _, t := range []*Total{&r.POP3, &r.IMAP} {
		t.OnLine = l.Time(t.Counters)
	}
	return r
}

// OnLine gives an event of a run, with the totals of the report that it may tell of as they would be on a line; what is 0
// stays as it was.
func OnLine(e trace.Event, l Line) trace.Event {
	r, over, ok := ReportOf(e)
	if !ok || !over {
		return e
	}
	return told(e, r.On(Line{RTT: cmp.Or(l.RTT, r.Line.RTT), Bandwidth: cmp.Or(l.Bandwidth, r.Line.Bandwidth)}))
}

// Talk finds the dialogues of a recorded comparison.
type Talk struct {
	events []trace.Event
	above  map[int64]int64 // span to the one above it
}

// Talk makes the dialogues of the comparison ready to be found.
func (r Recorded) Talk() Talk {
	t := Talk{events: r.Events, above: map[int64]int64{}}
	for _, e := range r.Events {
		if e.Parent != 0 {
			t.above[e.Span] = e.Parent
		}
	}
	return t
}

// Of gives what was said on the connections of a result, and happened to them, as its client saw it.
func (t Talk) Of(res Result) []trace.Event {
	if res.Span == 0 {
		return nil
	}
	from, _ := slices.BinarySearchFunc(t.events, res.First+1, func(e trace.Event, seq int64) int { return cmp.Compare(e.Seq, seq) })
	var all []trace.Event
	for _, e := range t.events[from:] {
		if e.Seq > res.Last {
			break
		}
		if e.Side != trace.SideServer && t.inside(e.Span, res.Span) {
			all = append(all, e)
		}
	}
	return all
}

// maxSpanDepth ends the way up in a run file whose spans lead in a circle.
const maxSpanDepth = 16

// inside reports whether a span is another or below it.
func (t Talk) inside(span, of int64) bool {
	for range maxSpanDepth {
		if span == of {
			return true
		}
		up, ok := t.above[span]
		if !ok {
			return false
		}
		span = up
	}
	return false
}

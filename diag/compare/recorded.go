package compare

import (
	"cmp"
	"slices"

	"todoku/internal/trace"
)

// Recorded is a comparison as its events tell it.
type Recorded struct {
	Report Report        // every step of its script has a row
	Events []trace.Event // from where its lanes were set up to its end, in their order
	Whole  bool          // it came to its end; else its report says that it was stopped, and advises nothing
	Span   int64         // of the events that hold its results
}

// Bounds of what is read of one run, which may come from anybody: comparisons, steps of one, and events in them, where one
// that never ends holds all that follow.
const (
	maxComparisons = 1000
	maxSteps       = 200
	maxLooks       = 5_000_000
)

// Comparisons gives the comparisons among the events of a run, in the order of their beginning. One without steps, or with
// more than any script has, is none.
func Comparisons(events []trace.Event) []Recorded {
	all := slices.Clone(events)
	slices.SortStableFunc(all, func(a, b trace.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	opened := map[int64]int{} // place of the event that opened a span
	var found []Recorded
	looked := 0
	for i, e := range all {
		if e.Kind == trace.KindOpen {
			opened[e.Span] = i
		}
		asked, over, ok := ReportOf(e)
		if n := len(asked.Script.Steps); !ok || over || n == 0 || n > maxSteps {
			continue
		}
		from, known := opened[e.Span]
		if !known {
			from = i
		}
		found = append(found, recordedOf(asked, e.Span, all[from:]))
		if looked += len(found[len(found)-1].Events); len(found) == maxComparisons || looked > maxLooks {
			break
		}
	}
	return found
}

// recordedOf gives the comparison whose results stand in the events of a span; asked is its report as it began.
func recordedOf(asked Report, span int64, events []trace.Event) Recorded {
	r := Recorded{Report: asked, Events: events, Span: span}
	r.Report.Rows = emptyRows(asked.Script)
	for i, e := range events {
		if e.Span != span {
			continue
		}
		if res, ok := ResultOf(e); ok {
			r.Report.take(res)
		}
		if report, over, ok := ReportOf(e); ok && over {
			rows := report.Rows
			report.Script, report.Rows = asked.Script, r.Report.Rows
			for _, row := range rows {
				report.take(row.POP3)
				report.take(row.IMAP)
			}
			r.Report, r.Events, r.Whole = report, events[:i+1], report.Advice.Use != ""
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

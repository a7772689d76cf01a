package delivery

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"todoku/internal/trace"
)

// told makes events of a run: the JSON of what stands under a name.
type told struct {
	t   *testing.T
	all []trace.Event
}

func (r *told) step(span int64, name string, what any) {
	r.t.Helper()
	data, err := json.Marshal(what)
	if err != nil {
		r.t.Fatal(err)
	}
	r.add(trace.Event{Span: span, Kind: trace.KindStep, Name: name, Data: data})
}

func (r *told) add(e trace.Event) {
	e.Seq = int64(len(r.all) + 1)
	r.all = append(r.all, e)
}

// Each event goes to one trace at most, however many begin and none ends; of more than MaxTraces the rest is counted.
func TestTracesTakeEachEventOnce(t *testing.T) {
	run := told{t: t}
	for i := range int64(3 * MaxTraces) {
		run.step(i+1, beginEvent, Report{Domain: "tsuru.test"})
		run.add(trace.Event{Span: i + 1, Kind: trace.KindNote})
	}
	traces := Traces(t.Context(), run.all)
	taken := 0
	for _, r := range traces {
		taken += len(r.Events)
	}
	if len(traces) != MaxTraces || taken > len(run.all) || taken < 2*MaxTraces || Begun(run.all) != 3*MaxTraces {
		t.Errorf("%d traces hold %d of %d events, %d began", len(traces), taken, len(run.all), Begun(run.all))
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if traces := Traces(ended, run.all); len(traces) != 0 {
		t.Errorf("%d traces were read after the end", len(traces))
	}
}

// Traces side by side keep their own events; what is below none of them belongs to the newest.
func TestTracesSideBySide(t *testing.T) {
	run := told{t: t}
	run.step(1, beginEvent, Report{Domain: "a.test"})
	run.step(2, beginEvent, Report{Domain: "b.test"})
	run.add(trace.Event{Span: 3, Parent: 1, Kind: trace.KindOpen})
	run.add(trace.Event{Span: 3, Kind: trace.KindNote, Name: "of a"})
	run.add(trace.Event{Span: 99, Kind: trace.KindNote, Name: "of nobody"})
	run.step(2, hopEvent, Hop{ID: 1, Step: Lookup, State: OK})
	run.step(2, reportEvent, Report{Domain: "b.test"})
	run.add(trace.Event{Span: 99, Kind: trace.KindNote, Name: "of nobody"})
	run.step(1, reportEvent, Report{Domain: "a.test"})
	traces := Traces(t.Context(), run.all)
	if len(traces) != 2 || !traces[0].Whole || !traces[1].Whole || len(traces[0].Events) != 5 || len(traces[1].Events) != 4 || len(traces[1].Report.Hops) != 1 {
		t.Errorf("%+v", traces)
	}
}

// An event belongs to one hop's dialogue, whatever the hops claim.
func TestDialoguesShareNoEvent(t *testing.T) {
	const hops = 2000
	run := told{t: t}
	run.step(1, beginEvent, Report{Domain: "tsuru.test"})
	run.add(trace.Event{Span: 2, Parent: 1, Kind: trace.KindOpen})
	for range hops {
		run.add(trace.Event{Span: 2, Kind: trace.KindRecv})
	}
	run.add(trace.Event{Span: 5, Parent: 2, Kind: trace.KindOpen})
	run.add(trace.Event{Span: 5, Kind: trace.KindNote})
	for i := range hops {
		run.step(1, hopEvent, Hop{ID: i + 1, Step: Transfer, Kind: KindCommand, State: OK, Span: 2, First: 1, Last: 1 << 40})
	}
	dialogues := Traces(t.Context(), run.all)[0].Dialogues()
	shown, below := 0, false
	for _, events := range dialogues {
		shown += len(events)
		below = below || slices.ContainsFunc(events, func(e trace.Event) bool { return e.Span == 5 && e.Kind == trace.KindNote })
	}
	if shown > len(run.all) || shown < hops || !below {
		t.Errorf("%d hops show %d of %d events, below: %t", hops, shown, len(run.all), below)
	}
}

// The critical path of hops that all stand at one moment is found without comparing each with each: sixty thousand of them
// would take minutes.
func TestTheCriticalPathOfOneMoment(t *testing.T) {
	at := time.Date(2026, 11, 26, 2, 15, 39, 0, time.UTC)
	hops := make([]Hop, 60_000)
	for i := range hops {
		hops[i] = Hop{ID: i + 1, Step: Transfer, Kind: KindCommand, Span: int64(i / 2), State: OK, Began: at}
		if i%3 == 0 {
			hops[i].Step, hops[i].Kind = Lookup, KindQuery
		}
	}
	if path := CriticalPath(hops, time.Time{}); len(path) == 0 || len(path) > len(hops) {
		t.Errorf("%d of %d hops", len(path), len(hops))
	}
}

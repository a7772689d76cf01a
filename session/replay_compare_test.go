package session

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/compare"
	"todoku/internal/trace"
)

// recordedComparison runs a short script and gives its run, its report, and each result as it was told.
func recordedComparison(t *testing.T) (RunFile, compare.Report, []compare.Result) {
	t.Helper()
	rec := new(trace.Recorder)
	var told []compare.Result
	report, err := comparing(t).Compare(t.Context(), trace.New(rec, nil).Child("compare"), CompareOptions{Script: "delete",
		Watch: func(r compare.Result) { told = append(told, r) }})
	if err != nil {
		t.Fatal(err)
	}
	return RunFile{Header: trace.Header{Command: "todoku compare", Started: report.Began}, Events: rec.Events()}, report, told
}

func onlyComparison(t *testing.T, run RunFile) compare.Recorded {
	t.Helper()
	all, err := run.Comparisons(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d comparisons, %v", len(all), err)
	}
	return all[0]
}

// One recording, played in every way that there is.
func TestAComparisonIsPlayedAsItWas(t *testing.T) {
	run, report, told := recordedComparison(t)
	path := filepath.Join(t.TempDir(), "run.jsonl")
	if err := run.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := ReadRun(t.Context(), path)
	if err != nil || len(back.Damages) > 0 {
		t.Fatal(err, back.Damages)
	}
	recorded := onlyComparison(t, back)
	if d := cmp.Diff(text(t, report), text(t, recorded.Report)); d != "" || !recorded.Whole {
		t.Fatalf("whole %v, report:\n%s", recorded.Whole, d)
	}
	replay := NewComparisonReplay(recorded, ReplayOptions{})
	for range 2 { // it can be played again
		seen := new(trace.Recorder)
		var again []compare.Result
		got, err := replay.Run(t.Context(), seen, nil, func(r compare.Result) { again = append(again, r) })
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(text(t, report), text(t, got)); d != "" {
			t.Errorf("report:\n%s", d)
		}
		if d := cmp.Diff(text(t, told), text(t, again)); d != "" {
			t.Errorf("results:\n%s", d)
		}
		if !saidInside(seen.Events(), again, "DELE ") || !saidInside(seen.Events(), again, "MOVE ") {
			t.Error("the dialogues of the steps are not among the events")
		}
	}
	t.Run("speed", func(t *testing.T) { comparisonSpeed(t, recorded) })
	t.Run("steps", func(t *testing.T) { comparisonSteps(t, recorded) })
	t.Run("cut", func(t *testing.T) { comparisonCut(t, back) })
	t.Run("masked", func(t *testing.T) {
		masked := onlyComparison(t, back.Masked(t.Context()))
		if !masked.Whole || strings.Contains(text(t, masked), "alice@") || len(masked.Events) != len(recorded.Events) {
			t.Errorf("whole %v, %d of %d events", masked.Whole, len(masked.Events), len(recorded.Events))
		}
		if changes, err := back.Diff(t.Context(), back.Masked(t.Context())); err != nil || len(changes) > 0 {
			t.Errorf("it is no longer the same: %+v, %v", changes, err)
		}
	})
	t.Run("diff", func(t *testing.T) { comparisonDiff(t, back) })
	t.Run("another line", func(t *testing.T) {
		far := compare.Line{RTT: time.Second, Bandwidth: 1000}
		moved := onlyComparison(t, back.OnLine(far)).Report
		c := report.POP3.Counters
		if want := far.Time(c); moved.Line != far || moved.POP3.OnLine != want || moved.POP3.Counters != c || want <= report.POP3.OnLine {
			t.Errorf("%+v, want %v", moved.POP3, want)
		}
	})
}

// saidInside reports whether a line of ours stands in the dialogue of a result.
func saidInside(events []trace.Event, results []compare.Result, said string) bool {
	for _, r := range results {
		for _, e := range events {
			if e.Kind == trace.KindSend && e.Side == trace.SideClient && e.Seq > r.First && e.Seq <= r.Last && bytes.Contains(e.Data, []byte(said)) {
				return true
			}
		}
	}
	return false
}

// The times between events are those of the run, divided by the speed, but for those between two steps, where a person may
// have paused it; the run's own clock goes with them.
func comparisonSpeed(t *testing.T, recorded compare.Recorded) {
	events := recorded.Events
	length, began := time.Duration(0), 0
	for i, e := range events[1:] {
		if r, ok := compare.ResultOf(e); ok && r.Step > began {
			began = r.Step
			continue
		}
		length += max(e.Time.Sub(events[i].Time), 0)
	}
	playedInTime(t, length, len(events), func(o ReplayOptions) (*tape, func() error) {
		replay := NewComparisonReplay(recorded, o)
		return replay.tape, func() error {
			_, err := replay.Run(t.Context(), nil, nil, func(compare.Result) {})
			return err
		}
	})
}

// A step is taken in both lanes; then the replay waits for the next, and its clock stands.
func comparisonSteps(t *testing.T, recorded compare.Recorded) {
	control := &compare.Control{}
	control.Step()
	now := time.Unix(0, 0)
	replay := NewComparisonReplay(recorded, ReplayOptions{Speed: 1, Now: func() time.Time { return now }, Sleep: func(context.Context, time.Duration) error { return nil }})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	told := make(chan compare.Result)
	over := make(chan error, 1)
	go func() {
		_, err := replay.Run(ctx, nil, control, func(r compare.Result) { told <- r })
		over <- err
	}()
	for step := range recorded.Report.Rows {
		for done := 0; done < 2; {
			select {
			case r := <-told:
				if r.Step != step+1 {
					t.Fatalf("step %d was told before it was taken", r.Step)
				}
				if r.State != compare.Live {
					done++
				}
			case err := <-over:
				t.Fatal(err)
			}
		}
		select {
		case r := <-told:
			t.Fatalf("it went on by itself: %+v", r)
		default:
		}
		control.Step()
	}
	if err := <-over; err != nil {
		t.Fatal(err)
	}
}

// A run that ends in a step knows no more of it, and advises nothing.
func comparisonCut(t *testing.T, run RunFile) {
	cut := -1
	for i, e := range run.Events {
		if r, ok := compare.ResultOf(e); ok && r.Step == 2 && r.State == compare.Live {
			cut = i + 1
		}
	}
	run.Events = run.Events[:cut]
	recorded := onlyComparison(t, run)
	r := recorded.Report
	if recorded.Whole || r.Advice.Use != "" || r.Advice.Finding.Code != "compare.stopped" || r.Rows[0].IMAP.State != compare.OK {
		t.Errorf("%+v", r)
	}
	if r.Rows[1].POP3.State != compare.Unknown || r.POP3.Counters != r.Rows[0].POP3.Counters || r.Elapsed == 0 {
		t.Errorf("step 2 %+v, total %+v", r.Rows[1].POP3, r.POP3)
	}
	last := map[compare.Protocol]compare.State{}
	if _, err := NewComparisonReplay(recorded, ReplayOptions{}).Run(t.Context(), nil, nil, func(r compare.Result) { last[r.Lane] = r.State }); err != nil {
		t.Fatal(err)
	}
	if last[compare.POP3] != compare.Unknown || last[compare.IMAP] != compare.Unknown {
		t.Errorf("the lanes end as %v", last)
	}
}

func comparisonDiff(t *testing.T, run RunFile) {
	later := run
	later.Events = append([]trace.Event(nil), run.Events...)
	for i, e := range later.Events {
		if r, over, ok := compare.ReportOf(e); ok && over {
			r.Offers[1].Capabilities = append(r.Offers[1].Capabilities, "X-NEW")
			later.Events[i].Data = []byte(text(t, r))
		}
	}
	changes, err := run.Diff(t.Context(), later)
	if err != nil || len(changes) != 1 || changes[0].Code != "change.compare.capability.new" || changes[0].What != "X-NEW" {
		t.Errorf("%+v, %v", changes, err)
	}
	var refused *Error
	if _, err := run.Diff(t.Context(), RunFile{Path: "empty"}); !errors.As(err, &refused) || refused.Code != "run.nothing" || refused.Args["path"] != "empty" {
		t.Errorf("%v", err)
	}
	traced := RunFile{Path: "trace.jsonl", Events: []trace.Event{{Seq: 1, Span: 2, Kind: trace.KindStep, Name: "begin", Data: []byte(`{"domain":"fuji.test"}`)}}}
	for _, pair := range [][2]RunFile{{run, traced}, {traced, run}} {
		if _, err := pair[0].Diff(t.Context(), pair[1]); !errors.As(err, &refused) || refused.Code != "run.mixed" || refused.Args["trace"] != "trace.jsonl" || refused.Args["comparison"] != run.Path {
			t.Errorf("%v", err)
		}
	}
}

// What stands in a file that anybody wrote is drawn, not believed: rows are those of the script.
func TestAHostileRecordingIsPlayed(t *testing.T) {
	event := func(seq int64, name, data string) trace.Event {
		return trace.Event{Seq: seq, Span: 1, Kind: trace.KindStep, Name: name, Data: []byte(data)}
	}
	long := `{"script":{"name":"x","steps":[{}` + strings.Repeat(",{}", 1000) + `]}}`
	none := RunFile{Events: []trace.Event{event(1, "comparison begins", `{"script":{"name":"x"}}`), event(2, "comparison report", `{"rows":[{}]}`),
		event(3, "comparison begins", long)}}
	if all, err := none.Comparisons(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("comparisons without steps, and with a thousand: %+v, %v", all, err)
	}
	run := RunFile{Events: []trace.Event{event(1, "comparison begins", `{"script":{"name":"x","steps":[{"do":"visit"}]},"rows":[]}`),
		event(2, "comparison result", `{"step":9,"lane":"imap"}`), event(3, "comparison result", `{"step":1,"lane":"smtp"}`),
		event(4, "comparison result", `{"step":-1,"lane":"pop3"}`), event(5, "comparison result", `{"step":1,"lane":"pop3","state":"ok"}`),
		event(6, "comparison report", `{"rows":[{},{"pop3":{"step":7,"lane":"pop3"}}],"script":{"steps":[]},"advice":{"use":"imap"}}`)}}
	recorded := onlyComparison(t, run)
	if rows := recorded.Report.Rows; len(rows) != 1 || len(recorded.Report.Script.Steps) != 1 || rows[0].POP3.State != compare.OK || rows[0].IMAP.State != compare.Wait {
		t.Errorf("%+v", recorded.Report)
	}
	if _, err := NewComparisonReplay(recorded, ReplayOptions{}).Run(t.Context(), nil, nil, func(r compare.Result) {
		if r.Step != 1 {
			t.Errorf("told of step %d", r.Step)
		}
	}); err != nil {
		t.Error(err)
	}
}

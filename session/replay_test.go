package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	runchange "todoku/diag/change"
	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/internal/trace"
)

// recordedTrace traces the way to bob in a small world and gives the run, and each hop as it was told.
func recordedTrace(t *testing.T) (RunFile, delivery.Report, []delivery.Hop) {
	t.Helper()
	c := newClient(t, smallWorld(t, false))
	rec := new(trace.Recorder)
	var told []delivery.Hop
	span := trace.New(rec, nil)
	report, err := c.Trace(t.Context(), span.Child("trace"), TraceOptions{Target: bob, Watch: func(h delivery.Hop) { told = append(told, h) }})
	if err != nil {
		t.Fatal(err)
	}
	return RunFile{Header: trace.Header{Command: "todoku trace", Started: report.Began}, Events: rec.Events()}, report, told
}

// recordedOf gives the only trace of a run.
func recordedOf(t *testing.T, run RunFile) delivery.Recorded {
	t.Helper()
	traces, err := run.Traces(t.Context())
	if err != nil || len(traces) != 1 {
		t.Fatalf("%d traces, %v", len(traces), err)
	}
	return traces[0]
}

// played plays a run and gives its report and each hop as it was told.
func played(t *testing.T, run RunFile, o ReplayOptions) (delivery.Report, []delivery.Hop) {
	t.Helper()
	replay := NewReplay(recordedOf(t, run), o)
	var told []delivery.Hop
	report, err := replay.Run(t.Context(), func(h delivery.Hop) { told = append(told, h) })
	if err != nil {
		t.Fatal(err)
	}
	return report, told
}

func text(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestARunIsPlayedAsItWas(t *testing.T) {
	run, report, told := recordedTrace(t)
	path := filepath.Join(t.TempDir(), "run.jsonl")
	if err := run.Save(path); err != nil {
		t.Fatal(err)
	}
	if err := run.Save(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second file of that name: %v", err)
	}
	back, err := ReadRun(t.Context(), path)
	if err != nil || len(back.Damages) > 0 {
		t.Fatal(err, back.Damages)
	}
	rec := new(trace.Recorder)
	again, hops := played(t, back, ReplayOptions{Sink: rec})
	if d := cmp.Diff(text(t, report), text(t, again)); d != "" {
		t.Errorf("report:\n%s", d)
	}
	if d := cmp.Diff(text(t, told), text(t, hops)); d != "" {
		t.Errorf("hops:\n%s", d)
	}
	recorded := recordedOf(t, back)
	if !recorded.Whole || len(rec.Events()) != len(recorded.Events) {
		t.Errorf("whole %v, %d of %d events", recorded.Whole, len(rec.Events()), len(recorded.Events))
	}
	dialogues := recorded.Dialogues()
	for _, h := range again.Hops {
		if lines := dialogues[h.ID]; h.What == "RCPT" && (len(lines) < 2 || !strings.HasPrefix(string(lines[0].Data), "RCPT TO:<bob@")) {
			t.Errorf("dialogue of RCPT: %v", lines)
		}
	}
}

// The times between events are those of the run, divided by the speed; the run's own clock goes with them.
func TestSpeed(t *testing.T) {
	run, report, _ := recordedTrace(t)
	recorded := recordedOf(t, run)
	events := recorded.Events
	length := events[len(events)-1].Time.Sub(events[0].Time)
	playedInTime(t, length, len(events), func(o ReplayOptions) (*tape, func() error) {
		replay := NewReplay(recorded, o)
		return replay.tape, func() error {
			_, err := replay.Run(t.Context(), func(delivery.Hop) {})
			if end := replay.Now(); end.Before(report.Began) || end.After(report.Began.Add(length+time.Second)) {
				t.Errorf("the run ends at %v", end)
			}
			return err
		}
	})
}

// playedInTime plays at every speed what load makes ready, by a clock that waits move: it takes length, divided by the
// speed, and the run's own clock goes with it. Each event may lose a fraction of a nanosecond.
func playedInTime(t *testing.T, length time.Duration, events int, load func(ReplayOptions) (*tape, func() error)) {
	t.Helper()
	for _, speed := range []Speed{AtOnce, 1, 10} {
		now := time.Unix(0, 0)
		var clock *tape
		o := ReplayOptions{Speed: speed, Now: func() time.Time { return now }, Sleep: func(_ context.Context, d time.Duration) error {
			before := clock.Now()
			now = now.Add(d)
			if ahead := clock.Now().Sub(before); ahead != d*time.Duration(speed) {
				t.Errorf("at speed %d, %v of the run in %v", speed, ahead, d)
			}
			return nil
		}}
		clock, play := load(o)
		if err := play(); err != nil {
			t.Fatal(err)
		}
		took, want := now.Sub(time.Unix(0, 0)), time.Duration(0)
		if speed > 0 {
			want = length / time.Duration(speed)
		}
		if off := (took - want).Abs(); off > time.Duration(events) {
			t.Errorf("at speed %d: %v, want %v", speed, took, want)
		}
	}
}

// A file may say that a year lies between two events.
func TestWaitsAreBounded(t *testing.T) {
	run, _, _ := recordedTrace(t)
	for i := range run.Events {
		run.Events[i].Time = run.Events[i].Time.AddDate(i, 0, 0)
	}
	played(t, run, ReplayOptions{Speed: 1, Sleep: func(_ context.Context, d time.Duration) error {
		if d > maxPause {
			t.Fatalf("a wait of %v", d)
		}
		return nil
	}})
}

func TestStepByStep(t *testing.T) {
	run, report, _ := recordedTrace(t)
	replay := NewReplay(recordedOf(t, run), ReplayOptions{Speed: StepByStep})
	over, done := make(chan delivery.Hop), make(chan error)
	go func() {
		_, err := replay.Run(t.Context(), func(h delivery.Hop) {
			if h.State != delivery.Live {
				over <- h
			}
		})
		done <- err
	}()
	for range report.Hops {
		select {
		case h := <-over:
			t.Fatalf("hop %s without a step", h.What)
		default:
		}
		replay.Step()
		<-over
	}
	replay.Step() // to the end
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestAReplayIsStopped(t *testing.T) {
	run, _, _ := recordedTrace(t)
	replay := NewReplay(recordedOf(t, run), ReplayOptions{Speed: StepByStep})
	ctx, cancel := context.WithCancel(t.Context())
	replay.Step()
	report, err := replay.Run(ctx, func(h delivery.Hop) {
		if h.State != delivery.Live {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || report.Verdict.Finding.Code != "trace.stopped" || len(report.Hops) == 0 {
		t.Errorf("%v, verdict %+v, %d hops", err, report.Verdict, len(report.Hops))
	}
}

// A run that kill -9 cut off anywhere is read up to there, and what was under way is not called live.
func TestACutRunIsReadUpToThere(t *testing.T) {
	if testing.Short() {
		t.Skip("a run cut at sixty places; run without -short")
	}
	run, _, _ := recordedTrace(t)
	path := filepath.Join(t.TempDir(), "whole.jsonl")
	if err := run.Save(path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const cuts = 60
	for i := range cuts {
		cut := whole[:len(whole)*(i+1)/(cuts+1)]
		path := filepath.Join(t.TempDir(), "cut.jsonl")
		if err := os.WriteFile(path, cut, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := ReadRun(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if want := bytes.Count(cut, []byte("\n")) - 1; len(got.Events) < want {
			t.Errorf("cut at %d: %d events of %d lines", len(cut), len(got.Events), want)
		}
		if len(got.Damages) > 1 || len(got.Damages) == 1 && (got.Damages[0].Code != "run.cut" || got.Damages[0].Args["path"] != path) {
			t.Errorf("cut at %d: %v", len(cut), got.Damages)
		}
		if _, err := got.Traces(t.Context()); err != nil {
			continue // before the beginning
		}
		report, told := played(t, got, ReplayOptions{})
		last := map[int]delivery.State{}
		for _, h := range told {
			last[h.ID] = h.State
		}
		if slices.ContainsFunc(report.Hops, func(h delivery.Hop) bool {
			return h.State == delivery.Live || h.Finding == nil || last[h.ID] != h.State
		}) {
			t.Errorf("cut at %d: a hop is live, or was told otherwise", len(cut))
		}
		if report.Domain == "" || report.Verdict.Finding.Code != "trace.stopped" && len(report.Hops) > 0 && report.Verdict.Word == delivery.NotKnown {
			t.Errorf("cut at %d: domain %q, %+v", len(cut), report.Domain, report.Verdict)
		}
	}
}

func TestWhatIsNoRunOfATrace(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ file, code string }{
		"no run":   {"From: alice\n", "run.not"},
		"newer":    {`{"todoku_run":99}`, "run.newer"},
		"older":    {`{"todoku_run":0}`, "run.not"},
		"empty":    {"", "run.not"},
		"zip":      {"\x1f\x8b\x08\x00\n", "run.not"},
		"UTF-16":   {"\xff\xfe{\x00\"\x00\n\x00", "run.not"},
		"one line": {strings.Repeat("\x00", 2<<20), "run.not"},
		"no trace": {`{"todoku_run":1}` + "\n" + `{"seq":1,"kind":"note","name":"x"}` + "\n", "run.notrace"},
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		run, err := ReadRun(t.Context(), path)
		if err == nil {
			_, err = run.Traces(t.Context())
		}
		if f := explain.Find(err); f.Code != c.code || f.Args["path"] != path {
			t.Errorf("%s: %v, %v", name, err, f)
		}
	}
	if _, err := ReadRun(t.Context(), dir); explain.Find(err).Code != "run.nofile" {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ReadRun(t.Context(), filepath.Join(dir, "missing")); explain.Find(err).Code != "file.missing" {
		t.Errorf("missing: %v", err)
	}
}

// What editors of Windows make of a run file is that run.
func TestARunFromWindows(t *testing.T) {
	run, report, _ := recordedTrace(t)
	path := filepath.Join(t.TempDir(), "run.jsonl")
	if err := run.Save(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file = append([]byte("\xef\xbb\xbf"), bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n"))...)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	back, err := ReadRun(t.Context(), path)
	if err != nil || len(back.Damages) > 0 {
		t.Fatal(err, back.Damages)
	}
	if again, _ := played(t, back, ReplayOptions{}); len(again.Hops) != len(report.Hops) {
		t.Errorf("%d hops of %d", len(again.Hops), len(report.Hops))
	}
}

// A masked run names nobody, holds no message, and is drawn like the one it was made of.
func TestAMaskedRunNamesNobody(t *testing.T) {
	run, report, _ := recordedTrace(t)
	run.Events = append(run.Events, trace.Event{Seq: 1e9, Kind: trace.KindData, Data: []byte("Subject: the plan\r\n\r\nDear Bob"), Size: 30})
	path := filepath.Join(t.TempDir(), "masked.jsonl")
	if err := run.Masked(t.Context()).Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := ReadRun(t.Context(), path)
	if err != nil || !back.Header.Masked {
		t.Fatal(err, back.Header)
	}
	for _, e := range back.Events {
		line, err := e.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"bob@fuji", "alice@sakura", "banana", "apple", "plan"} {
			for _, octets := range [][]byte{line, e.Data, e.Query, e.Reply} { // the line has the others in base64
				if bytes.Contains(octets, []byte(secret)) {
					t.Errorf("%q is in %q of %s", secret, octets, line)
				}
			}
		}
	}
	if same, err := run.Diff(t.Context(), back); err != nil || len(same) > 0 {
		t.Errorf("the masked run differs: %v, %v", same, err)
	}
	again, _ := played(t, back, ReplayOptions{})
	if again.Address != "b***@fuji.test" || again.Seed != report.Seed || again.Verdict.Word != report.Verdict.Word || len(again.Hops) != len(report.Hops) {
		t.Errorf("%s, seed %d for %d, %s, %d hops", again.Address, again.Seed, report.Seed, again.Verdict.Word, len(again.Hops))
	}
}

// FuzzReplay plays any octets after a whole run of a trace, in the middle of it, as a run file.
func FuzzReplay(f *testing.F) {
	const head = `{"todoku_run":1}` + "\n" + `{"seq":1,"span":2,"kind":"step","name":"begin","data":"e30="}` + "\n"
	step := func(name, data string) string {
		line, err := trace.Event{Seq: 2, Span: 2, Kind: trace.KindStep, Name: name, Data: []byte(data)}.JSON()
		if err != nil {
			f.Fatal(err)
		}
		return string(line) + "\n"
	}
	f.Add([]byte(head + step("hop", `{"id":1,"step":3,"kind":"command","state":"live"}`) + step("report", `{"steps":[{"number":99}]}`)))
	f.Add([]byte(head + step("hop", `{"id":1,"step":9,"query":null}`)))
	f.Fuzz(func(t *testing.T, file []byte) {
		path := filepath.Join(t.TempDir(), "run")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		run, err := ReadRun(t.Context(), path)
		if err != nil {
			return
		}
		traces, _ := run.Traces(t.Context())
		for _, recorded := range traces {
			report, err := NewReplay(recorded, ReplayOptions{}).Run(t.Context(), func(h delivery.Hop) {
				if h.Step < 1 || h.Step > 4 {
					t.Errorf("step %d", h.Step)
				}
			})
			recorded.Dialogues()
			if same := runchange.Between(report, report); len(same) > 0 {
				t.Errorf("it differs from itself: %v", same)
			}
			if err != nil || report.Steps[3].Number != 4 {
				t.Errorf("%v, %+v", err, report.Steps)
			}
		}
		run.Masked(t.Context())
	})
}

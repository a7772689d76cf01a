package session

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"todoku/diag/compare"
	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// A verb that is given up in its middle comes back with what it has, leaves no goroutine, and what was recorded says so.
func TestAVerbGivenUpLeavesNothingBehind(t *testing.T) {
	box := smallWorld(t, false)
	for _, r := range []fault.Rule{{ID: "dns", Host: "ns?.fuji.test", Stage: fault.Query, Match: fault.Match{Type: "MX"}, Do: fault.Action{Silent: true}},
		{ID: "imap", Host: "mail.sakura.test", Stage: fault.Connect, Match: fault.Match{Proto: "imap"}, Do: fault.Action{Silent: true}}} {
		if err := box.Faults().Add(r); err != nil {
			t.Fatal(err)
		}
	}
	c := newClient(t, box)
	whole, _, _ := recordedTrace(t)
	before := goleak.IgnoreCurrent()
	for name, verb := range map[string]struct {
		run  func(ctx context.Context, span *trace.Span, cancel func()) error
		code string // of what a replay says of the recorded run; "" if it is a trace
	}{
		"trace": {func(ctx context.Context, span *trace.Span, cancel func()) error {
			r, err := c.Trace(ctx, span, TraceOptions{Target: bob, Watch: func(h delivery.Hop) {
				if h.Where == "fuji.test" {
					cancel()
				}
			}})
			if len(r.Hops) == 0 || r.Verdict.Finding.Code != "trace.stopped" {
				t.Errorf("%d hops, %+v", len(r.Hops), r.Verdict)
			}
			return err
		}, ""},
		"doctor": {func(ctx context.Context, span *trace.Span, cancel func()) error {
			r, err := c.Doctor(ctx, span, DoctorOptions{Watch: func(_ string, r ladder.Rung) {
				if r.Name == "greeting" && r.State == ladder.Live {
					cancel()
				}
			}})
			if !r.Stopped() {
				t.Errorf("%+v", r)
			}
			return err
		}, "run.notrace"},
		"compare": {func(ctx context.Context, span *trace.Span, cancel func()) error {
			r, err := c.Compare(ctx, span, CompareOptions{Account: "bob", Script: "mark", Watch: func(compare.Result) { cancel() }})
			if len(r.Rows) == 0 {
				t.Errorf("%+v", r)
			}
			return err
		}, "run.nocompare"},
		"compare, before its servers answer": {func(ctx context.Context, span *trace.Span, cancel func()) error {
			_, err := c.Compare(ctx, span.Also(onDial(cancel)), CompareOptions{Account: "alice", Script: "mark"})
			return err
		}, "run.notrace"},
		"replay": {func(ctx context.Context, _ *trace.Span, cancel func()) error {
			cancel()
			_, err := NewReplay(recordedOf(t, whole), ReplayOptions{Speed: StepByStep}).Run(ctx, func(delivery.Hop) {})
			return err
		}, "run.notrace"},
	} {
		rec := new(trace.Recorder)
		ctx, cancel := context.WithCancel(t.Context())
		if err := verb.run(ctx, trace.New(rec, nil).Child(name), cancel); err == nil {
			t.Errorf("%s went on to its end", name)
		}
		cancel()
		_, err := RunFile{Events: rec.Events()}.Traces(t.Context())
		if (err == nil) != (verb.code == "") || err != nil && explain.Find(err).Code != verb.code {
			t.Errorf("%s: its run is %v", name, err)
		}
	}
	c.Close()
	c.Close()
	box.Close()
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("modernc.org/sqlite.(*conn).interrupt"))
}

// onDial does something when a connection was tried.
type onDial func()

func (do onDial) Emit(e trace.Event) {
	if e.Kind == trace.KindDial {
		do()
	}
}

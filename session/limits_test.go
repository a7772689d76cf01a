package session

import (
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// A trace keeps the order and the time that it was given: a seed repeats a run, and silent servers of every step hold a
// run no longer than its limit.
func TestTraceKeepsSeedAndTime(t *testing.T) {
	box := smallWorld(t, false)
	for _, rule := range []fault.Rule{
		{ID: "smtp", Host: "mx1.fuji.test", Stage: fault.Connect, Do: fault.Action{Silent: true}},
		{ID: "pop3", Host: "mail.fuji.test", Stage: fault.Connect, Do: fault.Action{Silent: true}},
	} {
		if err := box.Faults().Add(rule); err != nil {
			t.Fatal(err)
		}
	}
	const limit = 400 * time.Millisecond
	began := time.Now()
	r, err := newClient(t, box).Trace(t.Context(), nil, TraceOptions{Target: "bob@fuji.test", Rcpt: true, Seed: 7, Time: limit})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > limit+3*time.Second {
		t.Errorf("a run of %s took %s", limit, took)
	}
	if r.Seed != 7 {
		t.Errorf("seed %d, want 7", r.Seed)
	}
	if r.Verdict.Word == delivery.Delivered || r.Verdict.Finding.Level == trace.Pass {
		t.Errorf("verdict %s of servers that say nothing", r.Verdict.Word)
	}
}

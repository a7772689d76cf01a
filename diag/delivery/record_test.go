package delivery

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/internal/trace"
)

// The events of a run give its hops and its report again.
func TestARunIsItsEvents(t *testing.T) {
	_, n := small(t)
	rec := &trace.Recorder{}
	o := options(n, "hanako@tsuru.test")
	o.Own = alices
	want, err := Run(t.Context(), trace.New(rec, nil), o)
	if err != nil {
		t.Fatal(err)
	}
	hops := map[int]Hop{}
	var got Report
	for _, e := range rec.Events() {
		if h, ok := HopOf(e); ok {
			hops[h.ID] = h
		}
		if r, ok := ReportOf(e); ok {
			got = r
		}
	}
	for id := range len(hops) {
		got.Hops = append(got.Hops, hops[id+1])
	}
	if diff := cmp.Diff(asJSON(t, want), asJSON(t, got)); diff != "" {
		t.Error(diff)
	}
	dialogue := map[string]bool{}
	for _, h := range want.Hops {
		for _, e := range rec.Events() {
			if h.Span != 0 && e.Span == h.Span && e.Seq > h.First && e.Seq <= h.Last && e.Kind == trace.KindSend {
				dialogue[h.What+" "+string(e.Data[:min(4, len(e.Data))])] = true
			}
		}
	}
	for _, line := range []string{"EHLO EHLO", "MAIL MAIL", "RCPT RCPT"} {
		if !dialogue[line] {
			t.Errorf("no hop has the dialogue %q: %v", line, dialogue)
		}
	}
}

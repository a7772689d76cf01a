package delivery

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/internal/trace"
)

// What a server said is printed; how its silence was noted is not.
func TestWords(t *testing.T) {
	for _, c := range []struct{ code, said, want string }{
		{"trace.refused.nobody", "550 5.1.1 User unknown", "550 5.1.1 User unknown"},
		{"trace.stalled", "smtp mx1.fuji.test:25 greeting: wire.silent, waited for 220, after 40.04s", ""},
		{"trace.domain.missing", "look up fuji.test MX: the name does not exist (asked 192.0.2.1:53)", ""},
		{"trace.dial.failed", "connect: permission denied", "connect: permission denied"},
		{"reason.badlogin", "-ERR [AUTH] no", "-ERR [AUTH] no"},
	} {
		if got := Words(trace.Finding{Code: c.code, Args: map[string]string{"said": c.said}}); got != c.want {
			t.Errorf("%s: %q", c.code, got)
		}
	}
}

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

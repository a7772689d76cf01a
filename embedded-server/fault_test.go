package sandbox

import (
	"strings"
	"testing"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// greylist refuses for now, on both exchangers of tsuru.test.
func greylist() fault.Rule {
	return fault.Rule{ID: "f1", Host: "mx?.tsuru.test", Stage: fault.Rcpt, Do: fault.Action{Reply: "451 4.7.1 Greylisted, try again later"}}
}

func TestTheSecondExchangerTakesOver(t *testing.T) {
	rec := new(trace.Recorder)
	s := start(t, Options{}, trace.New(rec, nil))
	rule := fault.Rule{ID: "f2", Host: "mx1.tsuru.test", Stage: fault.Connect, Do: fault.Action{Reply: "421 4.3.2 Not now", Close: true}}
	if err := s.Faults().Add(rule); err != nil {
		t.Fatal(err)
	}
	submit(t, login(t, s, "alice@sakura.test", "apple"), "alice@sakura.test", []string{"hanako@tsuru.test"}, hello)
	got := inbox(t, s, "hanako@tsuru.test", 1)[0]
	if !strings.Contains(got, "by mx2.tsuru.test") {
		t.Fatalf("it did not go through mx2:\n%s", got)
	}
	marked := 0
	for _, e := range rec.Events() {
		if e.Rule == "" {
			continue
		}
		marked++
		if e.Side != trace.SideServer || e.Lane != "mx1.tsuru.test" || e.Rule != "f2" {
			t.Fatalf("rule on %+v", e)
		}
	}
	if marked == 0 {
		t.Fatal("no event carries the rule")
	}
}

package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
)

// quickLimits are those of a tracer without patience: what stalls in the sandbox stalls longer than they are.
var quickLimits = smtp.Limits{Greeting: 2 * time.Second, Hello: time.Second, Mail: time.Second, Rcpt: time.Second, Data: time.Second, Quit: 200 * time.Millisecond}

// diagnosed traces the way to an address in a small Internet with these cases on.
func diagnosed(t *testing.T, to string, seed uint64, cases ...fault.Case) delivery.Report {
	t.Helper()
	box := smallWorld(t, false)
	for _, c := range cases {
		if err := box.Faults().AddCase(c.Faster(10)); err != nil {
			t.Fatal(err)
		}
	}
	rec := &trace.Recorder{}
	r, err := newClient(t, box).Trace(t.Context(), trace.New(rec, nil), TraceOptions{Target: to, Rcpt: true, Time: 12 * time.Second, Limits: quickLimits, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range rec.Events() {
		if e.Side == trace.SideServer || e.Rule != "" {
			t.Fatalf("the tracer saw the other side: %+v", e)
		}
	}
	return r
}

// judged is what of a verdict is held to the truth.
type judged struct {
	word, who string
	step      int
}

func (j judged) String() string { return fmt.Sprintf("%s, step %d, %s", j.word, j.step, j.who) }

func verdictOf(r delivery.Report) judged {
	return judged{string(r.Verdict.Word), r.Verdict.Who, r.Verdict.Step}
}

func truthOf(c fault.Case) judged { return judged{c.Truth.Word, c.Truth.Who, c.Truth.Step} }

// seen is what of the hops a person would look at.
func seen(r delivery.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s because %s %v\n", r.Verdict.Word, r.Verdict.Finding.Code, r.Verdict.Finding.Args)
	for _, h := range r.Hops {
		if h.Finding != nil && h.State != delivery.OK {
			fmt.Fprintf(&b, "  %d %s %s %s: %s %s %s\n", h.Step, h.Where, h.Addr, h.What, h.State, h.Finding.Code, h.Finding.Args["said"])
		}
	}
	return b.String()
}

// Every fault of the catalogue is diagnosed as the standards want, and the score is printed.
func TestTheScoreOfTheTracer(t *testing.T) {
	cases := met()
	wrong := make([]string, len(cases))
	t.Run("cases", func(t *testing.T) {
		for i, c := range cases {
			t.Run(c.ID, func(t *testing.T) {
				t.Parallel()
				r := diagnosed(t, c.To, 1, c)
				if got := verdictOf(r); got != truthOf(c) {
					wrong[i] = fmt.Sprintf("%s: %s; true is %s: %s (%s)", c.ID, got, truthOf(c), c.Truth.Cause, c.Truth.Why)
					if !notYet()[c.ID] {
						t.Errorf("%s\n%s", wrong[i], seen(r))
					}
				}
			})
		}
	})
	misses := slices.DeleteFunc(wrong, func(s string) bool { return s == "" })
	t.Logf("score: %d of %d faults diagnosed as the standards want", len(cases)-len(misses), len(cases))
	for _, m := range misses {
		t.Log(m)
	}
}

// Two faults at once: the one that comes first on the way decides; of two on the same step either may.
func TestTheScoreOverPairs(t *testing.T) {
	if testing.Short() {
		t.Skip("200 traces; run without -short")
	}
	chance := rand.New(rand.NewPCG(42, 1))
	cases := slices.DeleteFunc(met(), func(c fault.Case) bool { return notYet()[c.ID] })
	right := 0
	for n := range 200 {
		a := cases[chance.IntN(len(cases))]
		b := cases[chance.IntN(len(cases))]
		if a.ID == b.ID || a.To != b.To {
			continue
		}
		r := diagnosed(t, a.To, uint64(n+1), a, b)
		if got := verdictOf(r); !slices.Contains(either(a, b), got) {
			t.Errorf("%s and %s: %s, true is one of %v\n%s", a.ID, b.ID, got, either(a, b), seen(r))
			continue
		}
		right++
	}
	t.Logf("score: %d pairs", right)
}

// either gives the verdicts that may follow from two faults.
func either(a, b fault.Case) []judged { return []judged{truthOf(a), truthOf(b)} }

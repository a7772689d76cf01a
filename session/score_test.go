package session

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/embedded-server"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/smtp"
)

// quickLimits are those of a tracer without patience: what stalls in the sandbox stalls longer than they are.
var quickLimits = smtp.Limits{Greeting: 5 * time.Second, Hello: 4 * time.Second, Mail: 4 * time.Second, Rcpt: 4 * time.Second, Data: 4 * time.Second, Quit: 200 * time.Millisecond}

// diagnosed traces the way to an address in a small Internet with these cases on.

func diagnosed(t *testing.T, to string, seed uint64, cases ...fault.Case) delivery.Report {
	t.Helper()
	return diagnosedIn(t, smallWorld(t, false), to, seed, cases...)
}

func diagnosedIn(t *testing.T, box *sandbox.Sandbox, to string, seed uint64, cases ...fault.Case) delivery.Report {
	t.Helper()
	for _, c := range cases {
		if err := box.Faults().AddCase(c.Faster(10)); err != nil {
			t.Fatal(err)
		}
	}
	rec := &trace.Recorder{}
	o := TraceOptions{Target: to, Rcpt: true, Time: 25 * time.Second, Limits: quickLimits, Seed: seed}
	if slices.ContainsFunc(cases, drips) {
		o.Time, o.Limits = 0, smtp.Limits{}
	}
	r, err := newClient(t, box).Trace(t.Context(), trace.New(rec, nil), o)
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

// drips reports a server that takes its time, within what a patient client allows.
func drips(c fault.Case) bool {
	return slices.ContainsFunc(c.Rules, func(r fault.Rule) bool { return r.Do.Drip > 0 })
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

// alone reports a verdict beside which nobody is told to act but who must, or who runs what is broken: what follows from a
// fault is nobody else's. That a busy machine loses a packet is no finding of the fault.
func alone(r delivery.Report, c fault.Case) bool {
	parties := []string{explain.Nobody, c.Truth.Who}
	for _, rule := range c.Rules {
		switch {
		case c.Truth.Who != fault.Nobody:
		case rule.Stage == fault.Query: // what a zone says wrong of its hosts shows at these
			parties = append(parties, fault.DNS, fault.Recipient)
		default:
			parties = append(parties, fault.Recipient)
		}
	}
	return !slices.ContainsFunc(r.Verdict.Also, func(f trace.Finding) bool {
		return f.Code != "dns.walk.silent" && !slices.Contains(parties, explain.Finding(f, explain.English).Who)
	})
}

// seen is what of the hops a person would look at.
func seen(r delivery.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s because %s %v\n", r.Verdict.Word, r.Verdict.Finding.Code, r.Verdict.Finding.Args)
	for _, f := range r.Verdict.Also {
		fmt.Fprintf(&b, "  also %s: %s %v\n", explain.Finding(f, explain.English).Who, f.Code, f.Args)
	}
	for _, h := range r.Hops {
		if h.Finding != nil && h.State != delivery.OK {
			fmt.Fprintf(&b, "  %d %s %s %s: %s %s %s\n", h.Step, h.Where, h.Addr, h.What, h.State, h.Finding.Code, h.Finding.Args["said"])
		}
	}
	return b.String()
}

// atOnce is how many traces run beside one another: most of them only wait.
const atOnce = 24

// examine runs a test for each name, many at once: a trace that waits takes no processor.
func examine(t *testing.T, names []string, test func(t *testing.T, i int)) {
	var all sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i, name := range names {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			t.Run(name, func(t *testing.T) { test(t, i) })
		})
	}
	all.Wait()
}

// Every fault of the catalogue is diagnosed as the standards want, and the score is printed.
func TestTheScoreOfTheTracer(t *testing.T) {
	cases := met()
	wrong := make([]string, len(cases))
	met := &metEntries{}
	examine(t, ids(cases), func(t *testing.T, i int) {
		c := cases[i]
		r := diagnosed(t, c.To, 1, c)
		met.add(c.ID, r)
		if got := verdictOf(r); got != truthOf(c) || !alone(r, c) {
			wrong[i] = fmt.Sprintf("%s: %s; true is %s: %s (%s)", c.ID, got, truthOf(c), c.Truth.Cause, c.Truth.Why)
			t.Errorf("%s\n%s", wrong[i], seen(r))
		}
	})
	if !testing.Short() {
		met.hold(t)
	}
	met.holdSame(t)
	misses := slices.DeleteFunc(wrong, func(s string) bool { return s == "" })
	scored(t, len(cases)-len(misses), len(cases), "faults diagnosed as the standards want")
	for _, m := range misses {
		t.Log(m)
	}
}

func ids(cases []fault.Case) []string {
	var all []string
	for _, c := range cases {
		all = append(all, c.ID)
	}
	return all
}

// pairs are seeded pairs of faults that one recipient's domain has at the same time.
func pairs(n int) [][2]fault.Case {
	chance := rand.New(rand.NewPCG(42, 1))
	cases := met()
	var all [][2]fault.Case
	for len(all) < n {
		a, b := cases[chance.IntN(len(cases))], cases[chance.IntN(len(cases))]
		if a.ID != b.ID && a.To == b.To {
			all = append(all, [2]fault.Case{a, b})
		}
	}
	return all
}

// Two faults at once: the first on the way that stops the message decides; of two on the same step either may.
func TestTheScoreOverPairs(t *testing.T) {
	if testing.Short() {
		t.Skip("200 traces; run without -short")
	}
	all := pairs(200)
	var names []string
	for _, p := range all {
		names = append(names, p[0].ID+" and "+p[1].ID)
	}
	var right atomic.Int32
	examine(t, names, func(t *testing.T, i int) {
		a, b := all[i][0], all[i][1]
		box := smallWorld(t, false)
		r := diagnosedIn(t, box, a.To, uint64(i+1), a, b)
		truths := either(a, b)
		if !happened(box, a) {
			truths = []judged{truthOf(b)}
		} else if !happened(box, b) || disarmed[[2]string{a.ID, b.ID}] != "" {
			truths = []judged{truthOf(a)}
		}
		if got := verdictOf(r); !slices.Contains(truths, got) {
			t.Errorf("%s, true is one of %v\n%s", got, truths, seen(r))
			return
		}
		right.Add(1)
	})
	scored(t, int(right.Load()), len(all), "pairs of faults diagnosed as the standards want")
}

// happened reports a fault whose rule was met. Where two want to answer the same, the first does.
func happened(box *sandbox.Sandbox, c fault.Case) bool {
	return slices.ContainsFunc(box.Faults().Rules(), func(s fault.Status) bool {
		return s.Hits > 0 && slices.ContainsFunc(c.Named(), func(r fault.Rule) bool { return r.ID == s.ID })
	})
}

// disarmed are pairs whose first takes away what the second stops messages by, and how.
var disarmed = map[[2]string]string{
	{"sts.host-self-signed", "smtp.no-starttls"}: "without a policy nobody demands TLS (RFC 8461 section 3.3)",
}

// either gives the verdicts that may follow from two faults. One that stops no message leaves the verdict to the other.
func either(a, b fault.Case) []judged {
	if b.Truth.Step < a.Truth.Step {
		a, b = b, a
	}
	if a.Truth.Word == fault.Delivered && a.Truth.Step == 0 {
		return []judged{truthOf(b)}
	}
	if b.Truth.Word == fault.Delivered && b.Truth.Step == 0 {
		return []judged{truthOf(a)}
	}
	if a.Truth.Step < b.Truth.Step && a.Truth.Word != fault.Delivered {
		return []judged{truthOf(a)}
	}
	return []judged{truthOf(a), truthOf(b)}
}

// Nothing is found where nothing is wrong.
func TestNoFalseAlarms(t *testing.T) {
	if testing.Short() {
		t.Skip("200 traces; run without -short")
	}
	box := smallWorld(t, false)
	to := []string{bob, hanako, yuki, taro, "carol@tsuru.test", "fuji.test", "tsuru.test"}
	var names []string
	for i := range 200 {
		names = append(names, to[i%len(to)])
	}
	alarms := atomic.Int32{}
	c := newClient(t, box)
	examine(t, names, func(t *testing.T, i int) {
		r, err := c.Trace(t.Context(), nil, TraceOptions{Target: names[i], Seed: uint64(i + 1)})
		if err != nil {
			t.Fatal(err)
		}
		word := delivery.Delivered
		if r.Address == "" {
			word = delivery.NotKnown
		}
		if r.Verdict.Word != word || r.Verdict.Who != fault.Nobody || len(r.Verdict.Also) > 0 {
			alarms.Add(1)
			t.Errorf("%s", seen(r))
		}
	})
	scored(t, len(names)-int(alarms.Load()), len(names), "healthy runs without a false alarm")
}

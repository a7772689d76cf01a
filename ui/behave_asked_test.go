package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/screen"
)

// line is a session whose traces a command line asked for: each target has its journey.
type line struct {
	*fake
	journeys map[string]*journey
	asked    []session.TraceOptions
}

func (l *line) Trace(ctx context.Context, span *trace.Span, o session.TraceOptions) (delivery.Report, error) {
	l.asked = append(l.asked, o)
	l.journey = l.journeys[o.Target]
	return l.fake.Trace(ctx, span, o)
}

// traceAsked begins what the command line asked for.
func traceAsked(b *bench, o session.TraceOptions, targets ...string) {
	b.run(b.app.do(screen.Open{Name: screen.Tracer, With: screen.TracerArgs{Targets: targets, Asked: &o, Alone: true}}))
	b.settle()
}

// A trace that the command line asked for is the first screen, before any session is there.
func TestAnAskedTraceIsDrawnAlone(t *testing.T) {
	l := &line{fake: newFake(), journeys: map[string]*journey{"hanako@tsuru.test": refusedJourney()}}
	var opened Session
	o := session.TraceOptions{Account: "sakura", From: "yuki@sakura.test", CatchAll: true, Send: true, Stop: delivery.AfterRCPT, Seed: 7, Time: 9 * time.Second, All: true,
		Root: session.RootFiles{Hints: "named.root"}}
	b := newBench(t, 120, 40, Options{Trace: &Trace{Targets: []string{"hanako@tsuru.test"}, Options: o, Mail: l, Session: func() Session { return opened }}})
	b.mustHave("trace  hanako@tsuru.test  from yuki@sakura.test", "refused")
	o.Target = "hanako@tsuru.test"
	if d := cmp.Diff([]session.TraceOptions{o}, l.asked, cmpopts.IgnoreFields(session.TraceOptions{}, "Consent", "Watch", "Waits")); d != "" {
		t.Error(d)
	}
	if strings.Contains(b.frame(), "Nothing was sent.") {
		t.Errorf("a test message was asked for:\n%s", b.frame())
	}
	b.press("ctrl+k") // what needs a session rests until there is one
	b.typed("drafts")
	b.press("enter")
	if b.press("esc", "esc"); b.quit || b.app.fault != nil {
		t.Errorf("quit %t, %+v", b.quit, b.app.fault)
	}
	opened = l
	if b.app.session() == nil {
		t.Error("the session of the trace is not the program's")
	}
	if b.press("q"); !b.quit {
		t.Error("q does not leave the program")
	}
}

// What cannot begin ends the program, which says why; one of several does not take the others along.
func TestAnAskedTraceThatCannotBegin(t *testing.T) {
	none := &journey{err: errors.New("the address is none")}
	l := &line{fake: newFake(), journeys: map[string]*journey{"none": none, "hanako@tsuru.test": deliveredJourney()}}
	b := newBench(t, 120, 40, Options{Session: l})
	if traceAsked(b, session.TraceOptions{}, "none"); !b.quit {
		t.Error("the program goes on")
	}
	b = newBench(t, 120, 40, Options{Session: l})
	if traceAsked(b, session.TraceOptions{}, "none", "hanako@tsuru.test"); b.quit {
		t.Error("the program ends")
	}
	b.mustHave("2 of 2  trace  hanako@tsuru.test", "delivered")
}

// Several targets are traced one after another; their numbers show them.
func TestSeveralTracesAreSteppedBetween(t *testing.T) {
	l := &line{fake: newFake(), journeys: map[string]*journey{"ken@tsuru.test": refusedJourney(), "hanako@tsuru.test": deliveredJourney()}}
	b := newBench(t, 120, 40, Options{Session: l})
	traceAsked(b, session.TraceOptions{}, "ken@tsuru.test", "hanako@tsuru.test")
	b.mustHave("2 of 2  trace  hanako@tsuru.test", "delivered", "1-2 other trace")
	b.press("1")
	b.mustHave("1 of 2  trace  ken@tsuru.test", "refused")
	b.press("3")
	if b.notice() != "There is no trace 3 here." {
		t.Errorf("notice %q", b.notice())
	}
	l.journeys["ken@tsuru.test"] = deferredJourney()
	b.press("ctrl+r")
	b.mustHave("1 of 2  trace  ken@tsuru.test", "deferred")
	t.Chdir(t.TempDir())
	b.press("s", "enter", "enter")
	if run, err := readRun("todoku-trace-20261123-094210.jsonl"); err != nil || len(run) == 0 {
		t.Errorf("the run that is shown was not saved: %v", err)
	}
	b.press("2")
	b.mustHave("2 of 2  trace  hanako@tsuru.test", "delivered")
	if b.press("q"); !b.quit {
		t.Error("q does not leave the program")
	}
}

// One answer holds for all recipients of a domain, and the question names them. Esc ends the run that waits, and what was
// seen stays.
func TestAnAskedTraceAsksForItsRecipients(t *testing.T) {
	asks := func(recipient string, send bool) *journey {
		j := liveJourney()
		j.held, j.asks = false, &delivery.Question{Host: "mx1.tsuru.test", Address: recipient, Sender: "alice@sakura.test", Send: send}
		return j
	}
	for _, c := range []struct {
		send           bool
		notice, detail string
	}{
		{false, "Ask mx1.tsuru.test whether hanako, ken exist? It sees 203.0.113.7.  1 stop here  2 ask",
			"then RSET and QUIT. No message is sent."},
		{true, "Send mx1.tsuru.test a test message for hanako, ken? It sees 203.0.113.7.  1 stop here  2 send",
			"and get a short test message."},
	} {
		l := &line{fake: newFake(), journeys: map[string]*journey{"hanako@tsuru.test": asks("hanako@tsuru.test", c.send), "ken@TSURU.test": asks("ken@TSURU.test", c.send)}}
		b := newBench(t, 120, 40, Options{Session: l})
		b.held = true
		traceAsked(b, session.TraceOptions{Rcpt: true, Send: c.send}, "hanako@tsuru.test", "ken@TSURU.test")
		for b.app.line == nil {
			<-b.app.env.Jobs.Posted()
			b.settle()
		}
		if b.notice() != c.notice {
			t.Errorf("asks %q, want %q", b.notice(), c.notice)
		}
		b.mustHave("1 of 2  trace  hanako@tsuru.test", "MAIL FROM <alice@sakura.test> and RCPT TO <hanako@tsuru.test>, <ken@TSURU.test>,", c.detail)
		b.held = false
		b.press("2")
		b.mustHave("2 of 2  trace  ken@TSURU.test")
		if got := strings.Count(strings.Join(l.calls, "\n"), "asked: true"); got != 2 {
			t.Errorf("%d answers: %q", got, l.calls)
		}
	}
}

func TestEscEndsAnAskedTrace(t *testing.T) {
	l := &line{fake: newFake(), journeys: map[string]*journey{"hanako@tsuru.test": liveJourney()}}
	l.entered = make(chan string, 9)
	b := newBench(t, 120, 40, Options{Session: l})
	b.held = true
	traceAsked(b, session.TraceOptions{Time: 9 * time.Second}, "hanako@tsuru.test")
	<-l.entered
	b.settle()
	b.elapse(400 * time.Millisecond)
	b.mustHave("8.4 s left", "esc stops")
	b.held = false
	b.press("esc")
	b.mustHave("ns1.tsuru.test", "Stopped. What was seen until then stands here")
	if b.quit {
		t.Error("the program ended")
	}
}

// The form sets how the next run is made; its row under the cursor takes the keys. Esc changes nothing.
func TestTheNextTraceIsMadeAsTheFormSays(t *testing.T) {
	l := &line{fake: newFake(), journeys: map[string]*journey{"hanako@tsuru.test": deliveredJourney(), "ken@tsuru.test": refusedJourney()}}
	b := newBench(t, 120, 40, Options{Session: l})
	traceAsked(b, session.TraceOptions{Account: "sakura", Stop: delivery.AfterBanner, Seed: 7}, "hanako@tsuru.test")
	b.press("c", "tab", "tab", "tab", "space", "esc") // back from whatever was changed
	b.mustHave("trace  hanako@tsuru.test", "delivered")
	b.press("c")
	b.mustHave("trace the way to: hanako@tsuru.test", "not asked for", "[ ] ask for the recipient")
	b.press("ctrl+u")
	b.typed("ken@tsuru.test")
	b.press("down", "down") // by way of what was traced last, which does not replace what was typed
	b.typed("yuki@sakura.test")
	b.press("down", "space", "down", "down", "space", "down", "space", "down", "space")
	b.mustHave("yuki@sakura.test", "sakura", "[ ] ask for the recipient", "[x] ask also", "[x] send", "[x] ask every")
	b.press("enter")
	b.mustHave("trace  ken@tsuru.test  from yuki@sakura.test", "refused")
	want := session.TraceOptions{Target: "ken@tsuru.test", From: "yuki@sakura.test", Account: "sakura", Via: true, CatchAll: true, Send: true, All: true, Seed: 7}
	if d := cmp.Diff(want, l.asked[len(l.asked)-1], cmpopts.IgnoreFields(session.TraceOptions{}, "Consent", "Watch", "Waits")); d != "" {
		t.Error(d)
	}
	b.press("c", "ctrl+u", "down", "down", "down", "enter") // nothing typed: the offer that the cursor passed
	if got := l.asked[len(l.asked)-1].Target; len(l.asked) != 3 || got != "hanako@tsuru.test" {
		t.Errorf("%d traces, the last of %s", len(l.asked), got)
	}
	l.journeys["ken@tsuru.test"] = &journey{err: errors.New("not now")}
	b.press("c", "ctrl+u")
	b.typed("ken@tsuru.test")
	if b.press("enter"); b.quit {
		t.Error("a run that was asked for on the screen ended the program")
	}
}

// The server of each account can be the way, one after another, or none.
func TestTheWayGoesByAnyAccount(t *testing.T) {
	l := &line{fake: newFake(), journeys: map[string]*journey{"hanako@tsuru.test": deliveredJourney()}}
	b := newBench(t, 120, 40, Options{Session: l})
	b.run(b.app.do(screen.Open{Name: screen.Tracer, With: screen.TracerArgs{Targets: []string{"hanako@tsuru.test", "ken@tsuru.test"}}}))
	b.press("down", "down", "down")
	for _, a := range append(l.accounts, session.Account{Name: "not asked for"}) {
		b.press("space")
		b.mustHave("> via, step 1 of the way  " + a.Name)
	}
	b.press("space", "enter")
	if got := l.asked[0]; !got.Via || got.Account != l.accounts[0].Name || got.Target != "ken@tsuru.test" || !got.Rcpt {
		t.Errorf("asked %+v", got)
	}
}

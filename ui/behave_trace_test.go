package ui

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/ui/screen"
)

// calls of the fake's Trace: whom it was asked for.
func traced(f *fake) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.calls), func(c string) bool { return !strings.HasPrefix(c, "trace ") })
}

func TestTracesTheOtherSideOfAMessage(t *testing.T) {
	b, f := open80(t)
	b.press("j", "t")
	b.mustHave("trace  bob@fuji.test")
	b.press("esc", "enter", "t")
	if got := traced(f); !slices.Equal(got, []string{"trace bob@fuji.test by sakura", "trace bob@fuji.test by sakura"}) {
		t.Errorf("traced %q", got)
	}
}

// In a folder of what was sent the way is that of the recipients; of several, the person chooses one.
func TestTracesARecipientOfWhatWasSent(t *testing.T) {
	b, f := open80(t)
	r := f.rows[10000]
	r.Envelope.To = []mail.Address{{Addr: "hanako@tsuru.test"}}
	f.rows[10000], f.keys["sakura/Sent"] = r, []int64{10000}
	b.press("c", "down", "down", "enter", "t") // Sent is the third folder
	b.mustHave("> hanako@tsuru.test", "bob@fuji.test")
	b.press("down", "enter")
	if got := traced(f); !slices.Equal(got, []string{"trace bob@fuji.test by sakura"}) {
		t.Errorf("traced %q", got)
	}
}

// While a message is written the key types; the palette traces whom the cursor is on.
func TestTracesFromWriting(t *testing.T) {
	b, f := open80(t)
	filled(b)
	b.press("tab", "tab", "home", "ctrl+k") // by way of the sender to the recipients
	b.typed("trace")
	b.press("enter")
	if got := traced(f); !slices.Equal(got, []string{"trace hanako@tsuru.test by sakura"}) {
		t.Errorf("traced %q", got)
	}
	b.press("esc")
	b.mustHave("carrol@sakura.test")
}

func TestAsksForAnAddressAndKeepsTheLast(t *testing.T) {
	b, f := open80(t)
	b.run(b.app.do(screen.Open{Name: screen.Tracer}))
	b.typed("ken@fuji.test")
	b.press("enter")
	b.press("esc")
	b.run(b.app.do(screen.Open{Name: screen.Tracer}))
	b.mustHave("ken@fuji.test")
	b.press("down", "enter")
	if got := traced(f); !slices.Equal(got, []string{"trace ken@fuji.test by ", "trace ken@fuji.test by "}) {
		t.Errorf("traced %q", got)
	}
}

// The cursor follows the run until it is moved; G follows again.
func TestTheCursorFollowsTheRun(t *testing.T) {
	f := newFake()
	f.journey, f.entered = liveJourney(), make(chan string, 9)
	b := newBench(t, 120, 40, Options{Session: f})
	traceLive(f)(b)
	if !strings.Contains(b.cursorRow(), "ns2.tsuru.test") {
		t.Fatalf("the cursor is on %q", b.cursorRow())
	}
	b.press("k")
	if !strings.Contains(b.cursorRow(), "ns1.tsuru.test") {
		t.Fatalf("moved, it is on %q", b.cursorRow())
	}
	b.elapse(time.Second)
	if !strings.Contains(b.cursorRow(), "ns1.tsuru.test") {
		t.Errorf("it went to %q by itself", b.cursorRow())
	}
	b.press("G")
	if !strings.Contains(b.cursorRow(), "ns2.tsuru.test") {
		t.Errorf("G went to %q", b.cursorRow())
	}
}

// Esc ends the wait in front; where nothing but the run can be ended, it ends the run, and what was seen stays.
func TestEscEndsTheRunAndKeepsWhatWasSeen(t *testing.T) {
	f := newFake()
	f.journey, f.entered = liveJourney(), make(chan string, 9)
	b := newBench(t, 120, 40, Options{Session: f})
	traceLive(f)(b)
	b.held = false
	b.press("esc")
	b.mustHave("ns1.tsuru.test", "Stopped. What was seen until then stands here")
	b.press("esc", "esc")
	b.mustHave("来週の打ち合わせ")
}

// The title names the account as the way only where its server was spoken to; without that it is the sender alone.
func TestViaStandsForADialogue(t *testing.T) {
	f := newFake()
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("t")
	b.mustHave("from alice@sakura.test  via sakura")
	j := deferredJourney()
	j.hops = slices.DeleteFunc(j.hops, func(h delivery.Hop) bool { return h.Step == delivery.Submission && h.Kind == delivery.KindCommand })
	j.report.Hops = j.hops
	f.journey = j
	b.press("ctrl+r")
	b.mustHave("from alice@sakura.test")
	if strings.Contains(b.frame(), "via sakura") {
		t.Errorf("step 1 has no dialogue, and the title says via:\n%s", b.frame())
	}
}

// While a run goes on its title counts down what is left of its budget.
func TestTheTimeLeftCountsDown(t *testing.T) {
	f := newFake()
	f.journey, f.entered = liveJourney(), make(chan string, 9)
	b := newBench(t, 120, 40, Options{Session: f})
	traceLive(f)(b)
	b.mustHave("live 0.6 s  59 s left")
	b.elapse(3 * time.Second)
	b.mustHave("live 3.6 s  56 s left")
}

// The title of the waterfall says what the length of the run came from, also where no hop stands out.
func TestTheWaterfallSaysTheCriticalPath(t *testing.T) {
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("t")
	b.mustHave("critical path 1.2 s of 1.3 s (99 %): ns2.tsuru.test, mx1")
}

// A host that is not ours hears the recipient's name only after the second answer.
func TestConsentIsAskedBeforeTheRecipientIsNamed(t *testing.T) {
	for key, want := range map[string]string{"enter": "asked: false", "1": "asked: false", "esc": "asked: false", "2": "asked: true"} {
		f := newFake()
		j := liveJourney()
		j.held, j.asks = false, &delivery.Question{Host: "mx1.tsuru.test", Address: `"hana@ko"@tsuru.test`}
		f.journey = j
		b := newBench(t, 120, 40, Options{Session: f})
		askedForConsent(b)
		if want := "Ask mx1.tsuru.test whether \"hana@ko\" exists? It sees 203.0.113.7.  1 stop here  2 ask"; b.notice() != want {
			t.Errorf("asks %q, want %q", b.notice(), want)
		}
		b.held = false
		b.press(key)
		b.called(t, f, want)
	}
}

// A run that was left goes on, and says what it came to where the person is.
func TestARunThatWasLeftSaysItsEnd(t *testing.T) {
	f := newFake()
	f.journey, f.entered = deferredJourney(), make(chan string, 9)
	f.journey.gate = make(chan struct{})
	b := newBench(t, 120, 40, Options{Session: f})
	b.held = true
	b.press("t")
	<-f.entered
	b.press("q")
	b.mustHave("来週の打ち合わせ")
	b.held = false
	close(f.journey.gate)
	b.settle()
	if !strings.HasPrefix(b.notice(), "hanako@tsuru.test: deferred") {
		t.Errorf("notice %q", b.notice())
	}
}

func TestFoldsAndUnfolds(t *testing.T) {
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("t", "k")
	b.mustHave("mx1  192.0.2.31  to MAIL")
	b.press("z")
	b.mustHave("mx1  STARTTLS", "mx1  EHLO in TLS", "mx1  MAIL")
	b.press("j", "j", "z")
	b.mustHave("mx1  192.0.2.31  to MAIL")
	if !strings.Contains(b.cursorRow(), "to MAIL") {
		t.Errorf("the cursor is on %q", b.cursorRow())
	}
}

// The run file that s writes holds the events of the run, and the dialogue is in it.
func TestSavesTheRun(t *testing.T) {
	t.Chdir(t.TempDir())
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("t", "s", "enter", "enter")
	if !strings.HasPrefix(b.notice(), "Saved in todoku-trace-20261123-094210.jsonl") {
		t.Fatalf("notice %q", b.notice())
	}
	run, err := readRun("todoku-trace-20261123-094210.jsonl")
	if err != nil || !slices.ContainsFunc(run, func(e trace.Event) bool { return strings.HasPrefix(string(e.Data), "RCPT TO") }) {
		t.Errorf("%d events, %v", len(run), err)
	}
}

func TestCopiesTheVerdict(t *testing.T) {
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("t", "y")
	for _, want := range []string{"hanako@tsuru.test: deferred\n", "451 4.7.1 Greylisted", "+ ns1.tsuru.test does not hold tsuru.test."} {
		if !strings.Contains(b.copied, want) {
			t.Errorf("%q lacks %q", b.copied, want)
		}
	}
}

// What changed since the run before, or since a run file, is said in words.
func TestComparesWithAnEarlierRun(t *testing.T) {
	t.Chdir(t.TempDir())
	f := newFake()
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("t", "=") // of a first run only a file can be earlier
	if b.app.line == nil || strings.Contains(b.frame(), "the run before this one") {
		t.Error("a first run is compared with one before it")
	}
	b.press("esc", "s", "enter", "enter", "ctrl+r", "=", "enter")
	b.mustHave("Nothing changed in meaning.")
	b.press("esc")
	f.journey = refusedJourney()
	b.press("ctrl+r", "=", "down", "enter")
	b.typed("todoku-trace-20261123-094210.jsonl")
	b.press("enter")
	b.mustHave("compare with an earlier run", "was", "deferred", "now", "refused")
	b.press("esc", "=", "down", "enter")
	b.typed("missing.jsonl")
	b.press("enter")
	if !strings.Contains(b.notice(), "missing.jsonl") {
		t.Errorf("notice %q", b.notice())
	}
}

// What is saved for others names nobody.
func TestSavesAMaskedRun(t *testing.T) {
	t.Chdir(t.TempDir())
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("t", "s", "down", "enter", "enter")
	b.press("s", "down", "down", "enter", "enter")
	for _, ext := range []string{"jsonl", "html"} {
		run, err := os.ReadFile("todoku-trace-20261123-094210." + ext)
		if err != nil || len(run) < 1000 || strings.Contains(string(run), "hanako") {
			t.Errorf("%s: %d octets, %v: %.200s", ext, len(run), err, run)
		}
	}
}

// player is a source that plays a journey.
type player struct {
	*journey
	seen trace.Recorder
}

func (p *player) Run(_ context.Context, watch func(delivery.Hop)) (delivery.Report, error) {
	for _, e := range p.events {
		p.seen.Emit(e)
	}
	for _, h := range p.hops {
		watch(h)
	}
	return p.report, nil
}

// A run from a file is drawn as a trace is; it asks nobody, and q leaves the program.
func TestPlaysARun(t *testing.T) {
	src := &player{journey: deferredJourney()}
	b := newBench(t, 120, 40, Options{Session: newFake(), Start: screen.Open{Name: screen.Tracer,
		With: screen.TracerArgs{Targets: []string{"hanako@tsuru.test"}, Source: src, Seen: &src.seen, Alone: true}}})
	b.mustHave("tsuru.test  ns1.tsuru.test     fail", "deferred   A mail server keeps it and tries again. Nobody must act.")
	b.press("ctrl+r")
	if want := "again: this run is played from a file"; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
	if b.press("esc"); b.quit {
		t.Error("esc left the program")
	}
	if b.press("q"); !b.quit {
		t.Error("q did not leave the program")
	}
}

// A question that comes while text is typed waits: no letter becomes its answer.
func TestAQuestionWaitsForWhoeverTypes(t *testing.T) {
	f := newFake()
	j := liveJourney()
	j.held, j.gate, j.asks = false, make(chan struct{}), &delivery.Question{Host: "mx1.tsuru.test", Address: "hanako@tsuru.test"}
	f.journey, f.entered = j, make(chan string, 9)
	b := newBench(t, 120, 40, Options{Session: f})
	b.held = true
	b.press("t")
	<-f.entered
	b.press("ctrl+k")
	close(j.gate)
	for b.app.held == nil {
		<-b.app.env.Jobs.Posted()
		b.settle()
	}
	b.typed("2")
	b.mustHave(": 2")
	b.press("esc")
	if !strings.HasPrefix(b.notice(), "Ask mx1.tsuru.test whether hanako exists?") {
		t.Errorf("notice %q", b.notice())
	}
	b.held = false
	b.press("2")
	b.called(t, f, "asked: true")
}

// A page for a provider's support is the masked run, drawn.
func TestSavesAPage(t *testing.T) {
	t.Chdir(t.TempDir())
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("t", "s", "down", "down", "enter", "enter")
	page, err := os.ReadFile("todoku-trace-20261123-094210.html")
	if err != nil || !strings.Contains(string(page), "<q>451 4.7.1 Greylisted") || strings.Contains(string(page), "hanako") {
		t.Errorf("%d octets, %v, notice %q", len(page), err, b.notice())
	}
}

// Tab goes to the hop beside the tree and back; J and K move in the other pane.
func TestThePanesOfATrace(t *testing.T) {
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("t")
	tree := b.app.View().Cursor.Position
	b.press("tab")
	if at := b.app.View().Cursor.Position; at.X <= tree.X {
		t.Errorf("tab put the cursor at %v, from %v", at, tree)
	}
	b.press("K")
	b.mustHave("-   mx1  192.0.2.31  to MAIL")
	b.press("tab")
	if at := b.app.View().Cursor.Position; at.X != tree.X || at.Y != tree.Y-1 {
		t.Errorf("the cursor is at %v, and was at %v", at, tree)
	}
}

// A long key has a blank before what it does.
func TestLongKeysStandApart(t *testing.T) {
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("t", "?")
	b.mustHave("shift+tab previous")
}

// While a run is under way, e explains the newest that is worth a note, and is not offered before.
func TestExplainsALiveRun(t *testing.T) {
	f := newFake()
	f.journey, f.entered = liveJourney(), make(chan string, 9)
	b := newBench(t, 120, 40, Options{Session: f})
	traceLive(f)(b)
	b.press("e")
	b.mustHave("ns1.tsuru.test does not hold tsuru.test")
	b.mustHave("esc back")
	f.journey.hops = nil
	b = newBench(t, 120, 40, Options{Session: f})
	traceLive(f)(b)
	if strings.Contains(b.frame(), "e explain") {
		t.Error("e is offered before anything was found")
	}
}

package ui

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/compare"
	"todoku/session"
	"todoku/ui/text"
)

// savedComparison runs a script on the screen, saves it, and reads the file.
func savedComparison(t *testing.T, c *contest) session.RunFile {
	t.Helper()
	t.Chdir(t.TempDir())
	b, _ := openScripts(t, c)
	b.press("down", "enter", "s", "enter", "enter")
	run, err := session.ReadRun(t.Context(), "todoku-compare-20261123-094210.jsonl")
	if err != nil {
		t.Fatalf("%v, notice %q", err, b.notice())
	}
	return run
}

func replayOf(t *testing.T, run session.RunFile, speed session.Speed) *session.ComparisonReplay {
	t.Helper()
	all, err := run.Comparisons(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d comparisons, %v", len(all), err)
	}
	return session.NewComparisonReplay(all[0], session.ReplayOptions{Speed: speed})
}

// anyNumber stands where the fake measures nothing: what a recording counts, session's tests compare.
var anyNumber = regexp.MustCompile(`[\d.,]+( ms| s)?`)

// What was saved is drawn as it was, by a program that has no session, and played again.
func TestASavedComparisonIsDrawnAsItWas(t *testing.T) {
	live, _ := openScripts(t, nil)
	live.press("down", "enter")
	answer := live.rows()[1:30]
	live.press("tab", "g", "j", "j", "j")
	lanes := live.rows()[1:38]
	run := savedComparison(t, nil)
	for _, r := range []session.RunFile{run, run.Masked(t.Context())} {
		same := func(got, live []string) {
			t.Helper()
			shape := func(rows []string) string {
				s := strings.ReplaceAll(strings.Join(rows, " "), "alice@", "a***@")
				s = strings.ReplaceAll(s, "a***@sakura.test", "a***") // so login names are masked
				return strings.Join(strings.Fields(anyNumber.ReplaceAllString(s, "#")), " ")
			}
			if d := cmp.Diff(shape(live), shape(got)); d != "" {
				t.Error(d)
			}
		}
		b := newBench(t, 120, 40, Options{Comparison: replayOf(t, r, session.AtOnce), Lang: text.EN})
		same(b.rows()[1:30], answer)
		b.mustHave("recorded 20")
		b.press("tab", "g", "j", "j", "j")
		same(b.rows()[1:38], lanes)
		b.press("ctrl+r")
		same(b.rows()[1:30], answer)
		b.press("esc", "esc", "esc")
		if b.quit {
			t.Error("esc ends the program")
		}
		if b.press("q"); !b.quit {
			t.Error("q does not end it")
		}
	}
}

func TestAReplayedComparisonPausesAndSteps(t *testing.T) {
	b := newBench(t, 120, 40, Options{Comparison: replayOf(t, savedComparison(t, nil), session.StepByStep), Lang: text.EN})
	untilShown(b, "Paused after step 1.")
	b.press(".")
	untilShown(b, "Paused after step 2.")
	b.press("space")
	b.held = false
	b.settle()
	b.mustHave("Use IMAP for alice@sakura.test.")
	b.held = true
	b.press(".")
	untilShown(b, "Paused after step 1.")
	b.held = false
	b.press("esc")
	b.mustHave("Stopped. What was seen until then stands here")
}

// Nothing but the recording can be shown by a program without a session.
func TestAReplayRunsNothingElse(t *testing.T) {
	b := newBench(t, 120, 40, Options{Comparison: replayOf(t, savedComparison(t, nil), session.AtOnce), Lang: text.EN})
	b.press("c")
	if !strings.HasSuffix(b.notice(), "this is a recording") {
		t.Errorf("notice %q", b.notice())
	}
	b.press("g", "j", "enter") // the second reason is shown by another script
	if want := `This recording has no script "search".`; !strings.HasPrefix(b.notice(), want) {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
	b.press("k", "enter")
	b.mustHave("step 8 of 8")
	b.press("esc", "enter", "enter")
	b.mustHave("B looks for new mail")
}

// = says what changed since an earlier comparison: the one before on this screen, or a file.
func TestComparesWithAnEarlierComparison(t *testing.T) {
	t.Chdir(t.TempDir())
	c := &contest{}
	b, _ := openScripts(t, c)
	b.press("down", "enter", "s", "enter", "enter")
	b.press("=")
	b.mustHave("compare with the run file")
	b.press("esc", "ctrl+r", "=")
	b.mustHave("compare with an earlier run", "the run before this one", "of this script, on this screen")
	b.press("enter")
	b.mustHave("Nothing changed in meaning.")
	b.press("esc")
	b.mustHave("Use IMAP for alice@sakura.test.")
	c.breaks = 4
	b.press("ctrl+r", "=", "down", "enter")
	b.typed("todoku-compare-20261123-094210.jsonl")
	b.press("enter")
	b.mustHave(`two devices, step 4: A deletes "Minutes of Monday"`, "fail", "POP3 cannot do this step now.", "was", "now")
	b.press("=", "enter") // and once more, from there
	b.mustHave("two devices, step 4")
	b.press("q")
	b.mustHave("Use IMAP for alice@sakura.test.")
	b.press("=", "enter", "ctrl+r")
	b.mustHave("Use IMAP for alice@sakura.test.")
	b.press("=", "down", "enter")
	b.typed("missing.jsonl")
	b.press("enter")
	if !strings.HasPrefix(b.notice(), "You must act") {
		t.Errorf("notice %q", b.notice())
	}
}

// The totals go by the line that is picked or typed, at once, and so does what is saved.
func TestComputesForTheLineThatIsPicked(t *testing.T) {
	t.Chdir(t.TempDir())
	b, f := openScripts(t, nil)
	b.press("down", "enter")
	b.mustHave("60 ms there and back, 10 Mbit/s  4G", "1 LAN  2 fibre  3 4G  4 3G  5 satellite  6 your own", "48 trips, 2.9 s")
	b.press("5")
	b.mustHave("0.6 s there and back, 5 Mbit/s  satellite", "48 trips, 29 s")
	if want := "Computed for a line of 0.6 s there and back, 5 Mbit/s."; b.notice() != want {
		t.Errorf("notice %q", b.notice())
	}
	b.press("6")
	b.mustHave("600ms 5M")
	b.press("ctrl+u")
	b.typed("100ms, 1M")
	b.press("enter")
	b.mustHave("100 ms there and back, 1 Mbit/s", "48 trips, 5.2 s")
	if n := len(compared(f)); n != 1 {
		t.Errorf("compared %d times", n)
	}
	for _, wrong := range []string{"fast", "0s 1M", "-5ms 1M", "100ms", "100ms 0", "2h 1M", "1ms 1M 3"} {
		b.press("6", "ctrl+u")
		b.typed(wrong)
		b.press("enter")
		if !strings.HasPrefix(b.notice(), wrong+" is no line") {
			t.Errorf("%q: notice %q", wrong, b.notice())
		}
	}
	b.mustHave("48 trips, 5.2 s")
	b.press("7", "9")
	b.press("s", "enter", "enter")
	run, err := session.ReadRun(t.Context(), "todoku-compare-20261123-094210.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	if r := compare.Comparisons(t.Context(), run.Events)[0].Report; r.Line != (compare.Line{RTT: 100_000_000, Bandwidth: 1_000_000}) || r.POP3.OnLine != r.Line.Time(r.POP3.Counters) {
		t.Errorf("saved for %+v: %v", r.Line, r.POP3.OnLine)
	}
}

// A run of another script is none before this one: there is nothing to compare with until the script runs again.
func TestAnotherScriptHasNoRunBefore(t *testing.T) {
	b, _ := openScripts(t, nil)
	b.press("down", "enter", "ctrl+r", "esc", "down", "enter", "=")
	b.mustHave(`script "first visit"`, "compare with the run file")
	b.press("esc", "ctrl+r", "=", "enter")
	b.mustHave("Nothing changed in meaning.")
}

// A key that does nothing now is called what the screen calls it: c is not about folders here.
func TestAKeyThatIsOffHasTheScreensName(t *testing.T) {
	run := savedComparison(t, nil)
	for lang, want := range map[text.Lang][2]string{
		text.EN: {"answers: this is a recording", "c (change folder) does nothing here."},
		text.JA: {"回答: これは記録の再生です", "c (フォルダーを変更) はここでは使いません。"},
	} {
		b := newBench(t, 120, 40, Options{Comparison: replayOf(t, run, session.AtOnce), Lang: lang})
		if b.press("c"); b.notice() != want[0] {
			t.Errorf("notice %q, want %q", b.notice(), want[0])
		}
		b = newBench(t, 120, 40, Options{Session: newFake(), Lang: lang})
		if b.press("enter", "c"); b.notice() != want[1] {
			t.Errorf("notice %q, want %q", b.notice(), want[1])
		}
	}
}

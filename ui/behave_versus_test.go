package ui

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"todoku/diag/compare"
	"todoku/diag/provider"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
)

// compared gives the comparisons that the fake was asked for.
func compared(f *fake) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.calls), func(c string) bool { return !strings.HasPrefix(c, "compare ") })
}

// openScripts opens the scripts of an account.
func openScripts(t *testing.T, c *contest) (*bench, *fake) {
	t.Helper()
	f := newFake()
	f.contest, f.entered = c, make(chan string, 9)
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("=")
	return b, f
}

// untilShown takes what a run tells until the frame shows something.
func untilShown(b *bench, part string) {
	b.t.Helper()
	for !strings.Contains(b.frame(), part) {
		<-b.app.env.Jobs.Posted()
		b.settle()
	}
}

func TestComparesTheAccountOfTheMailbox(t *testing.T) {
	b, f := openScripts(t, nil)
	b.mustHave("What should be compared?", "POP3 or IMAP?", "> POP3", "two devices")
	b.press("down", "enter")
	b.mustHave("Use IMAP for alice@sakura.test.", "because", "on a line", "settings")
	if got := compared(f); !slices.Equal(got, []string{"compare sakura two-devices good 0"}) {
		t.Errorf("compared %q", got)
	}
	b.press("esc", "esc")
	b.mustHave("来週の打ち合わせ")
}

// From the list a run can be taken step by step; each step waits for the next key.
func TestTakesOneStepAtATime(t *testing.T) {
	b, _ := openScripts(t, nil)
	b.press("down")
	b.held = true
	b.press(".")
	untilShown(b, "Paused after step 1.")
	b.press(".")
	untilShown(b, "Paused after step 2.")
	if !strings.Contains(b.frame(), ">2  B sees the mailbox for the first time") {
		t.Errorf("the cursor is not on step 2:\n%s", b.frame())
	}
	b.held = false
	b.press("space")
	b.mustHave("Use IMAP for alice@sakura.test.")
}

// On every size, in both languages and without colours a run is stepped, paused, let go on and run again, and the screen
// says so.
func TestStepsPausesAndRunsAgainEverywhere(t *testing.T) {
	for _, size := range [][2]int{{120, 40}, {80, 24}, {60, 20}, {40, 12}} {
		for _, lang := range []text.Lang{text.EN, text.JA} {
			for _, look := range []string{"dark", "none"} {
				t.Run(fmt.Sprintf("%dx%d %s %s", size[0], size[1], lang, look), func(t *testing.T) {
					words := text.New(lang).Versus
					f := newFake()
					f.entered = make(chan string, 9)
					b := newBench(t, size[0], size[1], Options{Session: f, Lang: lang, Theme: look})
					says := func(form text.Safe, args ...any) { untilShown(b, cut(text.F(form, args...), size[0])) }
					b.press("=", "down")
					b.held = true
					b.press(".")
					says(words.Paused, 1)
					steps := func(n int) string { return string(text.F(words.StepOf, n, 8)) }
					if size[0] > 40 {
						b.mustHave(steps(1))
					}
					b.press(".")
					says(words.Paused, 2)
					b.press("space")
					b.held = false
					b.settle()
					end := "IMAP"
					b.mustHave(end, ">")
					b.press("ctrl+r")
					b.mustHave(end)
					if got := compared(f); len(got) != 2 {
						t.Errorf("compared %q", got)
					}
					b.press("tab", "g", "j")
					if rows := strings.Join(b.rows(), "\n"); !strings.Contains(rows, "POP3") || !strings.Contains(rows, "IMAP") || !strings.Contains(rows, ">2") {
						t.Errorf("the lanes are not both there:\n%s", rows)
					}
					for i, row := range b.rows() {
						if w := ansi.StringWidth(row); w != size[0] {
							t.Errorf("row %d has %d cells", i, w)
						}
					}
				})
			}
		}
	}
}

// cut is the beginning of a notice that a row of some cells still shows.
func cut(s text.Safe, cells int) string {
	if text.Width(s) < cells-1 {
		return string(s)
	}
	return strings.TrimRight(string(text.Cut(s, cells-10)), ".")
}

// A step begins on the same row in both lanes, and the table tells of the step under the cursor.
func TestStepsStandSideBySide(t *testing.T) {
	b, _ := openScripts(t, nil)
	b.press("down", "enter", "tab", "g")
	for range 8 {
		heads := 0
		for _, row := range b.rows() {
			left, right, ok := strings.Cut(row, "│")
			if ok && strings.HasPrefix(left, ">") != strings.HasPrefix(right, ">") {
				t.Fatalf("a step begins in one lane only: %q", row)
			}
			if ok && strings.HasPrefix(left, ">") {
				heads++
			}
		}
		if heads != 1 {
			t.Fatalf("%d rows under the cursor:\n%s", heads, b.frame())
		}
		b.press("j")
	}
	b.press("g", "j", "j", "j")
	b.mustHave("after step 4", `device A sees        "Minutes of Monday" is not there`, `"Minutes of Monday" in Trash, read`)
}

// Every claim leads to the step that shows it, also in another script; esc leads back to the claim.
func TestClaimsLeadToTheirSteps(t *testing.T) {
	b, _ := openScripts(t, nil)
	b.press("down", "enter", "j", "enter")
	b.mustHave(`script "search"  step 2 of 2`)
	b.press("esc")
	b.mustHave(`script "two devices"`, "because", ">", "search, step 2")
}

// So does every claim of the card, in both languages.
func TestClaimsOfTheCardLeadToTheirSteps(t *testing.T) {
	for _, lang := range []text.Lang{text.EN, text.JA} {
		words, f := text.New(lang).Versus, newFake()
		f.entered = make(chan string, 9)
		b := newBench(t, 120, 40, Options{Session: f, Lang: lang})
		b.press("=", "enter")
		for i, r := range compare.Card() {
			b.press("g")
			for range i {
				b.press("j")
			}
			b.press("enter")
			script, _, err := compare.ScriptNamed(r.Script)
			if want := text.F(words.StepOf, r.Step, len(script.Steps)); err != nil || !strings.Contains(b.rows()[0], string(want)) {
				t.Errorf("%s leads to %q, want %q", r.Finding.Code, b.rows()[0], want)
			}
			if calls := compared(f); !strings.Contains(calls[len(calls)-1], " "+r.Script+" ") {
				t.Errorf("%s leads to %q, want the script %s", r.Finding.Code, calls[len(calls)-1], r.Script)
			}
			b.press("esc")
			b.mustHave(string(words.CardNote))
		}
	}
}

// That only one protocol is offered is shown by no step, but by what the servers said.
func TestWhatIsOfferedIsShown(t *testing.T) {
	f := newFake()
	f.contest, f.entered = &contest{down: true}, make(chan string, 9)
	b := newBench(t, 60, 14, Options{Session: f})
	b.press("=", "down", "enter")
	b.mustHave(">because", "Only IMAP answers", "what the servers offer")
	b.press("enter")
	b.mustHave("POP3        fail", "mail.sakura.test does not answer")
}

// What the catalogue of providers says stands below what was asked, as a hint, with its month.
func TestTheCatalogueIsAHint(t *testing.T) {
	b, _ := openScripts(t, &contest{hint: &compare.Hint{Provider: "Sakura", Findings: []trace.Finding{{Code: "compare.hint.offers", Level: trace.Pass,
		Args: map[string]string{"provider": "Sakura", "protocol": "POP3", "dated": "2026-06", "server": "pop.sakura.test:995"}}},
		Notes: []provider.Note{{Dated: "2026-05", En: "POP3 shows the newest 250 messages only."}}}})
	b.press("down", "enter")
	b.mustHave("hint        Hint of 2026-06, not asked: Sakura offers POP3 at pop.sakura.test:995.", "2026-05 POP3 shows the newest 250 messages only.")
}

func TestEscEndsTheComparisonAndKeepsWhatWasSeen(t *testing.T) {
	b, _ := openScripts(t, &contest{holds: 4})
	b.press("esc")
	comparing(b)
	b.held = false
	b.press("esc")
	b.mustHave("Stopped. What was seen until then stands here", "  stopped ", "S  a6 OK [COPYUID 9 412 17]", "C  DELE 2")
}

// A run that was left goes on, paused or not, and says what it came to where the person is.
func TestAComparisonThatWasLeftSaysItsEnd(t *testing.T) {
	b, _ := openScripts(t, nil)
	b.press("down")
	b.held = true
	b.press(".")
	untilShown(b, "Paused after step 1.")
	b.held = false
	b.press("q")
	b.mustHave("来週の打ち合わせ")
	if b.notice() != "Use IMAP for alice@sakura.test." {
		t.Errorf("notice %q", b.notice())
	}
}

// RETR on a server that is not ours needs the second answer.
func TestFetchesOnlyWhatWasAgreedTo(t *testing.T) {
	for key, want := range map[string]string{"enter": "fetch: false", "1": "fetch: false", "esc": "fetch: false", "2": "fetch: true"} {
		b, f := openScripts(t, &contest{asks: true})
		b.press("esc")
		askedToFetch(b)
		if !strings.HasPrefix(b.notice(), `Fetch "Printer again" (1 KB) by RETR?  1 compute from sizes  2 fetch this one`) {
			t.Errorf("asks %q", b.notice())
		}
		b.mustHave("On mail.sakura.test:995 RETR can mark the message read even if the connection breaks")
		b.held = false
		b.press(key)
		b.called(t, f, want)
	}
}

func TestAdvisesByTheAnswers(t *testing.T) {
	b, f := openScripts(t, nil)
	b.press("down", "enter", "c", "enter")
	b.typed("2")
	b.press("enter")
	b.mustHave("devices that read this mailbox", "2")
	b.press("down", "enter")
	b.typed("done")
	b.press("enter")
	b.mustHave("Your answers: 2 devices, others read it, too. c changes them.", "one never learns what another did")
	if got := compared(f); got[len(got)-1] != "compare sakura two-devices good 2" {
		t.Errorf("compared %q", got)
	}
	b.press("c", "down", "enter", "esc")
	b.mustHave("Your answers: 2 devices. c changes them.")
	if n := len(compared(f)); n != 3 {
		t.Errorf("compared %d times, want once for each set of answers", n)
	}
	b.press("c", "enter")
	b.typed("many")
	b.press("enter")
	if want := "many is not a number that fits here."; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
}

func TestRunsNaiveClients(t *testing.T) {
	b, f := openScripts(t, nil)
	b.press("down", "enter", "tab", "c")
	b.typed("naive")
	b.press("enter", "tab", "g")
	if got := compared(f); got[len(got)-1] != "compare sakura two-devices naive 0" {
		t.Errorf("compared %q", got)
	}
	b.mustHave("Not used: PIPELINING, UIDL.", "naive clients")
}

func TestCopiesTheSettings(t *testing.T) {
	b, _ := openScripts(t, nil)
	b.press("down", "enter", "y")
	if want := "imap  mail.sakura.test  993  tls  alice@sakura.test\nsmtp  mail.sakura.test  587  tls  alice@sakura.test\n"; b.copied != want {
		t.Errorf("copied %q, want %q", b.copied, want)
	}
}

// The run file holds the report and the dialogues; the one for others names nobody.
func TestSavesTheComparison(t *testing.T) {
	t.Chdir(t.TempDir())
	b, _ := openScripts(t, nil)
	b.press("down", "enter", "s", "enter", "enter")
	if want := "Saved in todoku-compare-20261123-094210.jsonl."; b.notice() != want {
		t.Fatalf("notice %q, want %q", b.notice(), want)
	}
	run, err := session.ReadRun(t.Context(), "todoku-compare-20261123-094210.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	over, said := false, false
	for _, e := range run.Events {
		_, done, _ := compare.ReportOf(e)
		over = over || done
		said = said || strings.HasPrefix(string(e.Data), "a6 UID MOVE")
	}
	if !over || !said {
		t.Errorf("the report is there: %v, the dialogue is there: %v", over, said)
	}
	b.press("s", "down", "enter", "enter") // the name is taken
	if !strings.HasPrefix(b.notice(), "You must act") {
		t.Errorf("notice %q", b.notice())
	}
	b.press("esc", "s", "down", "down", "enter", "enter")
	page, err := os.ReadFile("todoku-compare-20261123-094210.html")
	if err != nil || !strings.Contains(string(page), "POP3 beside IMAP") || strings.Contains(string(page), "alice@") {
		t.Errorf("%d octets, %v, notice %q", len(page), err, b.notice())
	}
}

// A lane that cannot connect fails in its own steps; the other runs on.
func TestALaneThatBreaksLeavesTheOther(t *testing.T) {
	b, _ := openScripts(t, &contest{breaks: 2})
	b.press("down", "enter", "tab", "g", "j")
	var row string
	for _, r := range b.rows() {
		if strings.HasPrefix(r, ">2") {
			row = r
		}
	}
	left, right, _ := strings.Cut(row, "│")
	if !strings.Contains(left, "fail") || !strings.Contains(right, " ok ") {
		t.Errorf("the lanes are %q and %q", left, right)
	}
	b.press("e")
	b.mustHave("explain", "mail.sakura.test")
}

// An account's server that cannot be asked is named at the head of its lane, also while the run goes on; A opens the doctor.
func TestALaneWhoseServerIsDownLeadsToTheDoctor(t *testing.T) {
	for _, width := range []int{120, 80} {
		f := newFake()
		f.contest, f.entered = &contest{down: true, holds: 4}, make(chan string, 9)
		b := newBench(t, width, 40, Options{Session: f})
		comparing(b)
		says := func() {
			t.Helper()
			b.mustHave("mail.sakura.test does not answer on port 993.", "fail", "A doctor")
		}
		says()
		b.held = false
		b.press("esc")
		says()
		b.press("g", "e")
		b.mustHave("explain", "You must act")
		b.press("esc", "A")
		b.mustHave("greeting", "login")
		b.called(t, f, "doctor sakura")
	}
}

func TestAComparisonThatCannotBeginIsExplained(t *testing.T) {
	b, _ := openScripts(t, &contest{err: refused()})
	b.press("down", "enter")
	if !strings.Contains(b.notice(), "e explains") {
		t.Errorf("notice %q", b.notice())
	}
	b.press("e")
	b.mustHave("explain")
}

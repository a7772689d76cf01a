package ui

import (
	"path/filepath"
	"strings"
	"testing"

	"todoku/internal/trace"
	"todoku/session"
)

func TestTheDoctorFollowsTheClimbAndProvesARung(t *testing.T) {
	f := newFake()
	f.checkup = &checkup{breaks: otherCertificate()}
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("A")
	b.called(t, f, "doctor sakura")
	if !strings.Contains(b.cursorRow(), "> 5 receive TLS") {
		t.Errorf("the cursor is on %q, not on the broken rung", b.cursorRow())
	}
	b.press("k", "enter")
	b.mustHave("receive  4  TCP", "P1 tcp")
	b.press("esc", "J")
	b.called(t, f, "doctor fuji")
	b.press("K")
	calls := 0
	for _, c := range f.calls {
		if c == "doctor sakura" {
			calls++
		}
	}
	if calls != 1 {
		t.Errorf("sakura was examined %d times by moving there", calls)
	}
	b.press("ctrl+r")
	b.called(t, f, "doctor sakura")
	b.press("y")
	if !strings.Contains(b.copied, "use sv12.rental.test in place of pop.fuji.test") || !strings.Contains(b.copied, "5  receive  TLS  fail") {
		t.Errorf("the note is %q", b.copied)
	}
	b.press("e")
	b.mustHave("The server name in your settings is not the one in the certificate.")
	b.press("esc", "esc")
	b.mustHave("alice@sakura.test  IMAP")
}

func TestEscStopsTheClimb(t *testing.T) {
	f := newFake()
	f.checkup, f.entered = &checkup{held: true}, make(chan string, 9)
	b := newBench(t, 80, 24, Options{Session: f})
	climbing(b)
	b.held = false
	b.press("esc")
	b.mustHave("8 receive login          unknown", "Stopped before the end.")
	b.press("esc")
	b.mustHave("alice@sakura.test  IMAP")
}

// What servers say acts on no terminal.
func TestHostileWordsInTheLadder(t *testing.T) {
	f := newFake()
	f.checkup = &checkup{breaks: &trace.Finding{Code: "doctor.protocol", Level: trace.Fail, Args: map[string]string{"host": "a\x1b[2Jb\u202e", "said": "\x9b31m\x07", "speaks": "\x1b]0;x\a"}}}
	b := newBench(t, 80, 24, Options{Session: f})
	b.press("A", "enter")
	for _, r := range b.frame() {
		if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x202e {
			t.Fatalf("%U on screen", r)
		}
	}
}

// A number does what stands there: the tried setting is written once its lines were seen and agreed to, words are copied.
func TestRemediesOfABrokenRung(t *testing.T) {
	f := newFake()
	f.checkup = &checkup{breaks: otherCertificate()}
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("A", "J", "1")
	b.called(t, f, "edit fuji pop3 host=sv12.rental.test agreed=")
	b.mustHave(`- 12  host = "pop.fuji.test"`, `+ 12  host = "sv12.rental.test"`, "> leave the settings as they are")
	b.press("enter")
	if n := f.count("edit "); n != 1 {
		t.Errorf("%d edits after the settings were left", n)
	}
	b.press("1", "down", "enter")
	b.called(t, f, "edit fuji pop3 host=sv12.rental.test agreed=one line")
	b.mustHave("Nothing is broken.")
	if n := f.count("doctor fuji"); n != 2 {
		t.Errorf("%d climbs", n)
	}
	b.press("1")
	b.mustHave("Nothing here has the number 1.")
	f.checkup = &checkup{breaks: &trace.Finding{Code: "dns.notfound", Level: trace.Fail, Args: map[string]string{"host": "pop.fuji.test", "proto": "POP3"}}}
	b.press("ctrl+r", "2")
	if b.copied != "todoku config path" {
		t.Errorf("copied %q", b.copied)
	}
	b.press("9")
	b.mustHave("Nothing here has the number 9.")
}

func TestSettingsThatWereChangedAlready(t *testing.T) {
	f := newFake()
	f.checkup, f.editDone = &checkup{breaks: otherCertificate()}, true
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("A", "J", "1")
	b.called(t, f, "edit fuji pop3 host=sv12.rental.test agreed=nothing")
	b.mustHave("Nothing is broken.")
}

func TestSettingsThatCannotBeChangedFromHere(t *testing.T) {
	f := newFake()
	f.checkup, f.editErr = &checkup{breaks: otherCertificate()}, &session.Error{Code: "account.by-hand", Args: map[string]string{"account": "fuji", "path": "config.toml"}}
	b := newBench(t, 80, 24, Options{Session: f})
	b.press("A", "J", "1")
	if !strings.Contains(b.notice(), "You must act: change config.toml by hand.") {
		t.Errorf("notice %q", b.notice())
	}
}

func TestACheckupIsSaved(t *testing.T) {
	b, _ := open80(t)
	path := filepath.Join(t.TempDir(), "run.jsonl")
	b.press("A", "s", "enter", "ctrl+u")
	b.typed(path)
	b.press("enter")
	run, err := session.ReadRun(t.Context(), path)
	if err != nil || run.Header.Command != "doctor" || len(run.Events) < 10 || len(run.Damages) > 0 {
		t.Errorf("%+v, %d events, %v", run.Header, len(run.Events), err)
	}
}

func TestAnAccountIsAddedBesideOthers(t *testing.T) {
	b, f := open80(t)
	b.press("A", "+")
	b.typed("mika@sakura.test")
	b.press("enter")
	b.typed("geheim")
	b.press("enter", "1")
	b.called(t, f, "add mika@sakura.test imap keyring=geheim")
	b.mustHave("accounts", "Wrote the account into")
	b.press("+", "esc")
	b.mustHave("accounts")
}

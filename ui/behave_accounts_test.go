package ui

import (
	"strings"
	"testing"

	"todoku/internal/trace"
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

package ui

import (
	"strings"
	"testing"
	"time"

	"todoku/internal/trace"
	"todoku/ui/screen"
	wirepane "todoku/ui/wire"
)

// overQuota is a refusal with all that a sheet can say of it.
func overQuota() screen.ExplainFinding {
	return screen.ExplainFinding{After: 31 * time.Millisecond, Finding: trace.Finding{Code: "reason.nobody", Level: trace.Fail, Args: map[string]string{
		"said": "550 5.1.1 <bob2@fuji.test>: User unknown", "command": "RCPT", "step": "3", "host": "mx1.fuji.test", "addr": "192.0.2.20", "address": "bob2@fuji.test"}}}
}

// TestASheetSaysWhatAnswersWhat: the peer stands behind its step, the command and the time behind what was said.
func TestASheetSaysWhatAnswersWhat(t *testing.T) {
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.run(b.app.do(overQuota()))
	b.mustHave("3 transfer fail, mx1.fuji.test 192.0.2.20  >  4 pick-up not reached", "User unknown", "to RCPT, after 31 ms", "likely  ", "sure    ", "enter dialogue")
	if strings.Contains(b.frame(), " at      ") {
		t.Error("the peer stands in a row of its own, too")
	}
}

// TestALowScreenKeepsWhatHelps: the sheet takes it whole; causes and certainty go first.
func TestALowScreenKeepsWhatHelps(t *testing.T) {
	b := newBench(t, 60, 16, Options{Session: newFake()})
	b.run(b.app.do(overQuota()))
	b.mustHave("said    550 5.1.1", " 1 ", "p prove")
	for _, gone := range []string{"likely  ", "sure    "} {
		if strings.Contains(b.frame(), gone) {
			t.Errorf("%q is left:\n%s", gone, b.frame())
		}
	}
	b.exact()
}

// TestEnterShowsTheDialogue of what was said, in the wire.
func TestEnterShowsTheDialogue(t *testing.T) {
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.send(wirepane.Events(talk()))
	b.run(b.app.do(overQuota()))
	b.press("enter")
	if b.app.sheet != nil || !b.app.wireOpen || !b.app.wireFocus {
		t.Errorf("sheet %v, wire %v %v", b.app.sheet, b.app.wireOpen, b.app.wireFocus)
	}
}

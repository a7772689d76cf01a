package ui

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/session"
	"todoku/ui/text"
)

// inBox opens the sandbox of a fake session.
func inBox(t *testing.T, width, height int, keys ...string) (*bench, *fake) {
	f := newFake()
	f.box = smallBox()
	b := newBench(t, width, height, Options{Session: f})
	b.press(append([]string{"S"}, keys...)...)
	return b, f
}

func TestAFaultIsSwitchedAndAdded(t *testing.T) {
	b, f := inBox(t, 120, 40, "tab", "tab", "tab", "space")
	b.called(t, f, "switch smtp.greylist false")
	if want := "smtp.greylist is off. It fired 2 times."; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
	b.mustHave("> [ ] smtp.greylist", "0 of 2 on")
	b.press("tab", "+")
	b.typed("point to the root")
	b.press("enter")
	b.called(t, f, "add dns.lame")
	if want := `dns.lame is on: the next lookup of fuji.test meets it. Every event of it on the server's side carries "dns.lame".`; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
	b.mustHave("> [x] dns.lame", "ns1.tsuru.test         192.0.2.53    fault dns.lame", "the name servers know nothing of the zone")
	b.press("t")
	b.called(t, f, "trace bob@fuji.test by ")
	b.press("esc", "+", "esc")
	b.mustHave("> [x] dns.lame")
}

func TestEveryKindOfFaultSaysWhoMeetsIt(t *testing.T) {
	b, _ := inBox(t, 120, 40)
	for id, want := range map[string]string{
		"smtp.drip":        "the next message to bob@fuji.test meets it.",
		"submit.null-mx":   "the next message from alice to bob@fuji.test meets it.",
		"pop3.tarpit":      "the next program that reads the mail of bob@fuji.test meets it.",
		"imap.uidvalidity": "the next program that reads the mail of alice@sakura.test meets it.",
	} {
		b.press("+")
		b.typed(id)
		b.press("enter")
		if !strings.HasPrefix(b.notice(), id+" is on: "+want) {
			t.Errorf("notice %q, want %q", b.notice(), want)
		}
	}
}

func TestTheClockAndTheQueue(t *testing.T) {
	b, f := inBox(t, 120, 40, ">")
	b.called(t, f, "advance 5m0s")
	if want := "The sandbox is 5 min ahead of this machine: 09:47 there. What was due in between is tried now."; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
	b.mustHave("clock  09:47 + 5 min")
	b.press("tab", "tab", "ctrl+r")
	b.called(t, f, "retry 7F3A2")
	b.press("enter")
	b.mustHave("alice@sakura.test  >  mail.sakura.test  >  hanako@tsuru.test", "451 4.7.1 Greylisted, come back later")
	b.press("y")
	if !strings.Contains(b.copied, "451 4.7.1 Greylisted") {
		t.Errorf("copied %q", b.copied)
	}
	b.press("esc", "t")
	b.called(t, f, "trace hanako@tsuru.test by ")
	b.press("esc", "enter")
	f.mu.Lock()
	f.box.Queue = nil
	f.mu.Unlock()
	b.elapse(250 * time.Millisecond)
	b.mustHave("Nothing waits. m writes.", "The message left the queue")
}

// A user's mailbox is the one below, wherever the sandbox was opened from.
func TestAUsersMailboxIsOpened(t *testing.T) {
	b, f := inBox(t, 120, 40, "tab", "enter")
	b.mustHave("alice@sakura.test  IMAP")
	f.box.Users[1].Address = "alice@fuji.test"
	b.press("t", "S", "tab", "tab", "j", "enter") // from faults to hosts, users
	b.mustHave("alice@fuji.test")
	b.called(t, f, "sync fuji/INBOX")
	b.press("S", "tab", "G", "enter")
	if want := "No account here reads the mail of hanako@tsuru.test."; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
}

// What changes meanwhile is seen within a quarter of a second; the cursor stays on its thing.
func TestTheSandboxIsLookedAtWhileItIsOpen(t *testing.T) {
	b, f := inBox(t, 120, 40, "tab", "tab", "j")
	f.mu.Lock()
	f.box.Queue = append(f.box.Queue[1:2:2], f.box.Queue[0])
	f.box.Faults[0].Hits = 7
	f.mu.Unlock()
	b.elapse(250 * time.Millisecond)
	b.mustHave("hit 7")
	if !strings.Contains(b.cursorRow(), "carol@tsuru.test") {
		t.Errorf("the cursor is on %q", b.cursorRow())
	}
	b.press("esc")
	looks := len(b.timers)
	b.elapse(time.Second)
	if len(b.timers) > looks {
		t.Errorf("%d timers run after the sandbox was left, %d before", len(b.timers), looks)
	}
}

func TestTheSameFaultInTheSandbox(t *testing.T) {
	f := newFake()
	f.box = smallBox()
	f.journey = refusedJourney()
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("t")
	b.mustHave("S same in sandbox")
	b.press("e")
	b.mustHave("S same in sandbox")
	b.press("S")
	if !strings.Contains(b.cursorRow(), "> [ ] smtp.no-such-user") {
		t.Fatalf("the cursor is on %q", b.cursorRow())
	}
	b.press("space")
	b.called(t, f, "add smtp.no-such-user")
	b.mustHave("> [x] smtp.no-such-user")
	b.press("space")
	b.called(t, f, "switch smtp.no-such-user false")
	b.press("esc", "S")
	b.mustHave("smtp.no-such-user")
}

// On real accounts and in another program's sandbox nothing can be reproduced, and S says so, or copies the command that opens one.
func TestWithoutASandboxOfOnesOwn(t *testing.T) {
	for _, why := range []*box{nil, joinedBox()} {
		f := newFake()
		f.box = why
		b := newBench(t, 120, 40, Options{Session: f})
		f.journey = refusedJourney()
		b.press("t", "e")
		b.mustHave("S copy: same in sandbox", "sandbox todoku sandbox --fault smtp.no-such-user")
		b.press("S")
		if b.copied != "todoku sandbox --fault smtp.no-such-user" {
			t.Errorf("copied %q", b.copied)
		}
		b.press("esc", "esc")
		b.press("t", "S")
		b.mustHave("sandbox: the sandbox has no fault with this cause")
		b.press("esc", "S", "space", "+", ">")
		want := "clock: there is no sandbox here"
		if why != nil {
			want = "clock: another program started this sandbox and changes it"
		}
		if b.notice() != want {
			t.Errorf("notice %q, want %q", b.notice(), want)
		}
		b.press("e")
		b.mustHave("`todoku sandbox`")
	}
}

func TestClicksInTheSandbox(t *testing.T) {
	b, _ := inBox(t, 120, 40)
	for y, row := range b.rows() {
		if x := strings.Index(row, "[x] smtp.greylist"); x > 0 {
			for range 2 {
				b.send(tea.MouseClickMsg{X: 70, Y: y, Button: tea.MouseLeft})
			}
		}
	}
	b.mustHave("RFC")
}

func TestHostileWordsInTheSandbox(t *testing.T) {
	for _, lang := range []text.Lang{text.EN, text.JA} {
		for _, keys := range [][]string{{}, {"enter"}, {"tab"}, {"tab", "tab"}, {"tab", "tab", "enter"}, {"tab", "tab", "tab", "j", "enter"},
			{"tab", "tab", "tab", "j", "space"}, {"tab", "enter"}} {
			f := newFake()
			f.box = evilBox()
			b := newBench(t, 80, 24, Options{Session: f, Lang: lang})
			b.press(append([]string{"S"}, keys...)...)
			harmless(t, b.app.View().Content)
			b.exact()
		}
	}
}

// In a real sandbox: a fault that is added stops the trace, and one that is switched off does not.
func TestATraceMeetsTheFaultThatWasSwitched(t *testing.T) {
	s, err := session.Start(t.Context(), nil, session.StartOptions{Sandbox: &session.SandboxOptions{SeedMessages: -1}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := newBench(t, 120, 40, Options{Session: s})
	b.press("S", "+")
	b.typed("dns.lame")
	b.press("enter", "t")
	b.mustHave("trace  bob@fuji.test", " deferred   A mail server keeps it and tries again. The DNS operator of fuji.test must act")
	b.press("S")
	if row := b.cursorRow(); !strings.Contains(row, "> [x] dns.lame") || !strings.Contains(row, "hit ") {
		t.Errorf("the cursor is on %q", row)
	}
	b.press("space", "t")
	b.mustHave(" delivered  Nobody must act.")
}

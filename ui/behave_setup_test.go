package ui

import (
	"errors"
	"strings"
	"testing"
)

func openSetup(t *testing.T) (*bench, *fake) {
	t.Helper()
	f := newFake()
	f.accounts = nil
	return newBench(t, 80, 24, Options{Session: f, Welcome: firstRun()}), f
}

// The first run's way to an account: the address, what was found, the check, the settings, the mailbox.
func TestAnAccountIsAdded(t *testing.T) {
	b, f := openSetup(t)
	b.press("2")
	b.typed("mika@sakura.tes")
	b.cursorBehind(t, ">Mail address      mika@sakura.tes")
	b.typed("t")
	b.press("enter")
	b.mustHave("_imaps._tcp.sakura.test SRV", "mail.sakura.test:587", "> ")
	b.press("enter")
	if !strings.Contains(b.notice(), "Password is missing") {
		t.Errorf("notice %q", b.notice())
	}
	b.typed("ひみつ9")
	b.cursorBehind(t, ">  Password        ****")
	if strings.Contains(b.frame(), "ひみつ") {
		t.Error("the password is on the screen")
	}
	b.press("enter")
	b.mustHave("Nothing is broken.", "> 1  save, and open the mailbox")
	b.called(t, f, "try mika@sakura.test imap mail.sakura.test:993 mika@sakura.test")
	b.press("enter")
	b.called(t, f, "add mika@sakura.test imap keyring=ひみつ9")
	b.mustHave("alice@sakura.test  IMAP  Inbox  4 new of 1,284", "Wrote the account into ~/.config/todoku/config.toml.")
}

// Esc steps back from everywhere, and nothing that was found or typed is lost; another address is looked for anew.
func TestSteppingBackLosesNothing(t *testing.T) {
	b, f := openSetup(t)
	f.checkup = &checkup{breaks: otherCertificate()}
	b.press("2")
	b.typed("mika@sakura.test")
	b.press("enter")
	b.typed("geheim")
	b.press("up", "up")
	b.press("ctrl+u")
	b.typed("mika2")
	b.press("enter", "enter", "enter")
	b.mustHave("You must act: use sv12.rental.test", "> 1  change the settings", "2  save as it is")
	b.press("esc")
	b.mustHave("User name         mika2", "Password        ******")
	b.press("esc")
	b.mustHave(">Mail address      mika@sakura.test")
	b.press("esc")
	b.mustHave("What would you like?")
	b.press("2")
	b.mustHave(">Mail address      mika@sakura.test")
	b.press("enter")
	b.mustHave("User name         mika2", "Password        ******")
	if n := f.count("find "); n != 1 {
		t.Errorf("%d searches for one address", n)
	}
	b.press("esc", "backspace", "enter")
	if n := f.count("find "); n != 2 {
		t.Errorf("%d searches for two addresses", n)
	}
}

// What cannot be written stays in the form; a check that broke can be saved as it is.
func TestSettingsThatAreNotWritten(t *testing.T) {
	b, f := openSetup(t)
	f.checkup, f.addErr = &checkup{breaks: otherCertificate()}, errors.New("the disk is full")
	toForm("mika@sakura.test")(b)
	b.press("up", "right", "down") // a command
	b.typed("pass show 'my mail'")
	b.press("enter", "2")
	b.called(t, f, "add mika@sakura.test imap command=pass show 'my mail'")
	if !strings.Contains(b.notice(), "the disk is full") {
		t.Errorf("notice %q", b.notice())
	}
	f.addErr = nil
	b.press("2")
	b.mustHave("Inbox  4 new of 1,284")
}

// By hand: another protocol, another TLS mode whose port follows, a server that is no server.
func TestTheFormByHand(t *testing.T) {
	b, f := openSetup(t)
	toForm("mika@sakura.test")(b)
	b.typed("x")
	for range 7 {
		b.press("up")
	}
	b.press("space", "down")
	b.mustHave("( ) IMAP  (x) POP3")
	b.typed("pop.sakura.test")
	b.press("down", "right")
	b.mustHave(">  TLS             ( ) from the start  (x) STARTTLS")
	b.press("down", "down", "left")
	b.mustHave("Sending server    mail.sakura.test:465")
	b.press("up", "ctrl+u")
	b.typed("smtp sakura")
	b.press("down", "down", "down", "down", "enter")
	if !strings.Contains(b.notice(), "Sending server: write host or host:port") {
		t.Errorf("notice %q", b.notice())
	}
	b.press("ctrl+u")
	b.typed("[2001:db8::1]:465")
	b.press("down", "down", "down", "down", "enter")
	b.called(t, f, "try mika@sakura.test pop3 mail.sakura.test:993 mika@sakura.test")
}

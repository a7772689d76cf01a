package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"todoku/diag/bounce"
	"todoku/diag/reason"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
	"todoku/ui/wire"
)

func TestReaderGoesOnAndReturnsToItsMessage(t *testing.T) {
	b, f := open80(t)
	b.press("j", "enter")
	b.mustHave("Inbox  2 of 1,284  Re: printer in room 2")
	b.press("J")
	b.mustHave("3 of 1,284")
	b.called(t, f, "read 9998 false ")
	b.press("E")
	b.called(t, f, "read 9998 false iso-2022-jp")
	b.press("d")
	b.called(t, f, "delete [9998] false")
	b.mustHave("3 of 1,283", "bounced: carol")
	b.press("esc")
	if !strings.Contains(b.cursorRow(), "bounced: carol") {
		t.Errorf("back on %q", b.cursorRow())
	}
}

func TestReaderGoesToTheNextUnread(t *testing.T) {
	b, _ := open80(t)
	b.press("j", "j", "enter", "]")
	b.mustHave("10 of 1,284  Invite: 定例 25日")
	b.press("]")
	if b.notice() != "No other unread message in this folder." {
		t.Errorf("notice %q", b.notice())
	}
	b.press("[")
	b.mustHave("3 of 1,284")
}

func TestWhatIsOddAboutAMessageLeavesWithIt(t *testing.T) {
	b, f := open80(t)
	f.reading = func(r session.Row) session.Reading {
		l := letter(r)
		switch r.Key {
		case 10000:
			l.Labelled, l.Charset = "iso-2022-jp", "CP932"
		case 9998:
			l.Damages = []string{"charset.mismatch", "mime.end-missing"}
		}
		return l
	}
	b.press("enter")
	b.mustHave("but the bytes are CP932")
	b.press("J")
	if b.notice() != "" {
		t.Errorf("of the next message: %q", b.notice())
	}
	b.press("J")
	if want := "The end of the message is missing; it may have been cut off."; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
	b.press("J")
	if want := "This message says that somebody did not get yours. e tells why."; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
}

// TestEscTakesTheErrorAwayFirst: an error is read before the screen that it stands on is left.
func TestEscTakesTheErrorAwayFirst(t *testing.T) {
	b, f := open80(t)
	b.press("enter")
	f.mu.Lock()
	f.readErr = errors.New("the message is damaged")
	f.mu.Unlock()
	b.press("J", "esc")
	b.mustHave("2 of 1,284")
	if b.notice() != "" {
		t.Errorf("after esc: %q", b.notice())
	}
	b.press("esc")
	b.mustHave("4 new of 1,284")
}

func TestReaderSavesAndAsks(t *testing.T) {
	b, f := open80(t)
	b.press("enter", "1")
	b.mustHave("save to: agenda-議題.pdf")
	b.press("enter")
	b.called(t, f, "save 10000 2 agenda-議題.pdf")
	b.press("2", "2")
	if b.copied != "https://tsuru.test/map" {
		t.Errorf("copied %q", b.copied)
	}
	b.press("9")
	if b.notice() != "Nothing here has the number 9." {
		t.Errorf("notice %q", b.notice())
	}
}

func TestABounceIsExplained(t *testing.T) {
	b, f := open80(t)
	f.reading = func(r session.Row) session.Reading {
		return session.Reading{Row: r, Text: "x", Bounce: carolBounce(bounce.Reply{Code: 550, Enhanced: "5.1.1", Text: "<carol@tsuru.test>: User unknown"})}
	}
	b.press("j", "j", "j", "e")
	b.mustHave("─── explain", "550 5.1.1 <carol@tsuru.test>: User unknown", "1 submission ok  >  2 DNS ok  >  3 transfer fail")
	b.press("esc", "j", "e")
	if b.notice() != "Nothing went wrong here that could be explained." {
		t.Errorf("notice %q", b.notice())
	}
}

// TestABounceCanBeDealtWith: the numbers of the sheet do what they say, p asks again, t traces whom it did not reach.
func TestABounceCanBeDealtWith(t *testing.T) {
	bounced := func() (*bench, *fake) {
		f := newFake()
		f.returned("carol@tsuru.test", reason.Nobody)
		f.reading = func(r session.Row) session.Reading {
			said := carolBounce(bounce.Reply{Code: 550, Enhanced: "5.1.1", Text: "User unknown"})
			said.Suggest = "carl@tsuru.test"
			said.SuggestKnown = session.Known{Wrote: 12, Last: time.Date(2026, 11, 22, 18, 0, 0, 0, jst)}
			return session.Reading{Row: r, Text: "x", Bounce: said}
		}
		b := newBench(t, 80, 24, Options{Session: f})
		b.press("j", "j", "j")
		return b, f
	}
	b, f := bounced()
	b.mustHave("bounced: carol@tsuru.test, no such mailbox")
	b.press("e")
	b.mustHave("likely  one letter from carl@tsuru.test: you wrote there 12 times",
		"do      1 change to carl@tsuru.test and send again", "2 copy a question to ask carol@tsuru.test", "3 forget carol@tsuru.test in the address book", "1-3 do it  p prove")
	b.press("2")
	if !strings.HasPrefix(b.copied, "My mail to carol@tsuru.test,") {
		t.Errorf("copied %q", b.copied)
	}
	b.press("3")
	if got := b.notice(); !strings.HasPrefix(got, "carol@tsuru.test is forgotten") {
		t.Errorf("notice %q", got)
	}
	b.called(t, f, "forget carol@tsuru.test of sakura")
	b.press("1")
	b.mustHave("Nothing has been sent yet.", `Send it again, to carl@tsuru.test?  1 no  2 send  3 write first`)
	b.press("1")
	b.mustHave("bounced: carol@tsuru.test, no such mailbox")
	b.press("e", "1", "3")
	b.mustHave("write  once more", "To       carl@tsuru.test")
	b, f = bounced()
	b.press("e", "1", "2")
	b.called(t, f, "send 40 photos from the lake to carl@tsuru.test")
	b, _ = bounced()
	b.press("e", "p")
	b.mustHave("trace  carol@tsuru.test")
	b, _ = bounced()
	b.press("t")
	b.mustHave("trace  carol@tsuru.test")
}

// TestWhatCameBackShowsInSent beside the message, and is explained there.
func TestWhatCameBackShowsInSent(t *testing.T) {
	b, f := open80(t)
	row := f.rows[9999]
	row.Returned = []session.Returned{{Recipient: "carol@tsuru.test", Reason: reason.Full, Hard: true, Key: 9997}}
	f.rows[9999] = row
	f.reading = func(r session.Row) session.Reading {
		said := session.Reading{Row: r, Text: "x"}
		if r.Key == 9997 {
			said.Bounce = carolBounce(bounce.Reply{Code: 552, Enhanced: "5.2.2", Text: "Mailbox is full"})
		}
		return said
	}
	b.press("ctrl+r", "j")
	b.mustHave("! Bob Fuji", "bounced: mailbox is full  Re: printer")
	b.press("enter")
	if b.notice() != "This did not reach carol@tsuru.test: mailbox is full. e explains." {
		t.Errorf("notice %q", b.notice())
	}
	b.press("e")
	b.mustHave("The mailbox of carol@tsuru.test is full.", "said    552 5.2.2 Mailbox is full")
}

// TestEveryReasonHasAShortWord in both languages.
func TestEveryReasonHasAShortWord(t *testing.T) {
	for _, lang := range []text.Lang{text.EN, text.JA} {
		words := text.New(lang).Bounce.Reasons
		for _, r := range reason.All() {
			if words[string(r)] == "" {
				t.Errorf("%s: %s has none", lang, r)
			}
		}
		if len(words) != len(reason.All()) {
			t.Errorf("%s: %d words for %d reasons", lang, len(words), len(reason.All()))
		}
	}
}

// carolBounce is a report of a server that refused carol.
func carolBounce(r bounce.Reply) *session.Bounce {
	meant := reason.Read(reason.Reply{Code: r.Code, Enhanced: r.Enhanced, Text: r.Text, Step: 3})
	return &session.Bounce{Report: bounce.Report{Recipients: []bounce.Failure{
		{Recipient: "bob@fuji.test", Action: "delayed", Status: "4.2.0"},
		{Recipient: "carol@tsuru.test", Action: "failed", Status: r.Enhanced, Reply: r, Host: "mx1.tsuru.test", Step: 3, Reading: meant, Hard: true,
			Next: map[reason.Reason]bounce.Next{reason.Nobody: bounce.Correct, reason.Full: bounce.AskRecipient}[meant.Reason]}}}}
}

// TestABounceIsExplainedByWhatFailed: who waits needs nobody to act.
func TestABounceIsExplainedByWhatFailed(t *testing.T) {
	b, f := open80(t)
	f.reading = func(r session.Row) session.Reading {
		return session.Reading{Row: r, Text: "x", Bounce: carolBounce(bounce.Reply{Code: 552, Enhanced: "5.2.2", Text: "Mailbox is full"})}
	}
	b.press("j", "j", "j", "e")
	b.mustHave("The mailbox of carol@tsuru.test is full.", "transfer fail, mx1.tsuru.test", "said    552 5.2.2 Mailbox is full")
}

func TestARefusalOnTheWireIsExplained(t *testing.T) {
	b, _ := open80(t)
	events := talk()
	events = append(events, events[len(events)-1])
	last := &events[len(events)-1]
	last.Seq++
	last.Data = []byte("550 5.1.1 <bob2@fuji.test>: User unknown\r\n")
	b.send(wire.Events(events))
	b.press("w", "tab", "e")
	b.mustHave("─── explain", "550 5.1.1 <bob2@fuji.test>: User unknown", "transfer fail, mail.sakura.test:587")
}

func TestAConnectionThatFailedIsExplainedOnTheWire(t *testing.T) {
	f := newFake()
	f.syncErr = errors.New("an error that stands in the notice row")
	b := newBench(t, 80, 24, Options{Session: f})
	b.send(wire.Events{{Seq: 1, Time: fixedNow(), Side: trace.SideClient, Kind: trace.KindDial, Proto: "imap",
		Addr: "mail.sakura.test:993", Name: "192.0.2.10:993", Error: "connect: connection refused"}})
	b.press("w", "tab", "e")
	b.mustHave("mail.sakura.test does not answer on port 993.", "at      mail.sakura.test:993 192.0.2.10:993")
	if strings.Contains(b.frame(), " said ") {
		t.Errorf("nobody said anything:\n%s", b.frame())
	}
}

// TestPartsAreNamedForPeople: a part without a file name is called what it is, and no size is that of its encoding.
func TestPartsAreNamedForPeople(t *testing.T) {
	b, f := open80(t)
	f.reading = func(r session.Row) session.Reading {
		return session.Reading{Row: r, Text: "x", Files: []mail.Part{
			{Path: "2", Type: "message/delivery-status", FileName: "part-2.txt", Size: 308},
			{Path: "3", Type: "application/pdf", FileName: "a.pdf", Encoding: "base64", Size: 780_000}}}
	}
	b.press("enter")
	b.mustHave("[1] delivery report 308 B    [2] a.pdf 570 KB")
	b.press("1")
	b.mustHave("save to: part-2.txt")
}

package ui

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/text"
	wirepane "todoku/ui/wire"
)

// cursorCell checks that the real cursor stands behind a text in its row.
func (b *bench) cursorBehind(t *testing.T, want string) {
	t.Helper()
	c := b.app.View().Cursor
	if c == nil {
		t.Fatalf("no cursor:\n%s", b.frame())
	}
	head := ansi.Cut(b.rows()[c.Y], 0, c.X)
	if !strings.HasSuffix(head, want) {
		t.Errorf("the cursor stands behind %q, want %q", head, want)
	}
}

func (f *fake) count(prefix string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func TestComposeCursorAtTheRightCell(t *testing.T) {
	b, _ := open80(t)
	b.press("m")
	b.typed("田中")
	b.cursorBehind(t, "田中")
	b.press("tab", "tab", "tab")
	b.typed("件名 a")
	b.cursorBehind(t, "件名 a")
	b.press("left", "left")
	b.cursorBehind(t, "件名")
	b.press("tab", "tab")
	b.typed(strings.Repeat("長い行の本文", 8))
	b.cursorBehind(t, "本文")
	b.press("up")
	b.press("end")
	b.exact()
}

// TestTypingStaysTyping types letters that are verbs elsewhere, full-width keys and kana.
func TestTypingStaysTyping(t *testing.T) {
	b, _ := open80(t)
	b.press("m", "tab", "tab", "tab", "tab", "tab")
	b.typed("qjkewu:?/ｊ？かな")
	b.mustHave(" qjkewu:?/ｊ？かな ")
	b.press("enter")
	b.typed("2")
	b.mustHave("typing: enter makes a new line")
	if b.quit {
		t.Error("it quit")
	}
}

func TestCompletionPushesRowsDownAndIsTaken(t *testing.T) {
	b, f := open80(t)
	b.press("m")
	b.typed("car")
	rows := b.rows()
	if !strings.HasPrefix(rows[3], "        > carol@tsuru.test") || !strings.HasPrefix(rows[5], " Cc") {
		t.Fatalf("rows %q", rows[2:6])
	}
	b.mustHave("typing: enter takes carol@tsuru.test", "41 messages, last Sun")
	b.press("down", "enter")
	b.typed("caro")
	b.press("esc")
	if strings.Contains(b.frame(), "> carol") {
		t.Error("esc leaves the suggestions")
	}
	b.press("tab", "esc")
	if want := "save "; f.count(want) != 1 || !strings.HasPrefix(f.saved.To, "錦鯉クラブ <carp@fuji.test>, caro") {
		t.Errorf("saved %q", f.saved.To)
	}
}

// TestLateSuggestionsAreDropped leaves the field before the answer is there: enter must not take an address then.
func TestLateSuggestionsAreDropped(t *testing.T) {
	b, _ := open80(t)
	b.press("m")
	b.send(keyPress("c"))
	b.send(keyPress("tab"))
	b.settle()
	if strings.Contains(b.frame(), "carol@tsuru.test") {
		t.Error("suggestions for a field that was left")
	}
}

func TestDraftIsSavedAfterARestAndWithoutOne(t *testing.T) {
	b, f := open80(t)
	b.press("m", "tab", "tab", "tab")
	b.typed("a")
	b.elapse(500 * time.Millisecond)
	if f.count("save") != 0 {
		t.Error("saved while keys come")
	}
	b.elapse(time.Second)
	b.mustHave("draft saved 09:42")
	for range 12 {
		b.typed("b")
		b.elapse(600 * time.Millisecond)
	}
	if n := f.count("save"); n < 2 {
		t.Errorf("saved %d times while the keys never rest", n)
	}
}

func TestLeavingKeepsWhatWasWritten(t *testing.T) {
	b, f := open80(t)
	b.press("m", "esc")
	if f.count("save") != 0 || b.notice() != "Nothing was written; no draft was kept." {
		t.Errorf("notice %q after %v", b.notice(), f.calls)
	}
	b.press("r", "esc")
	if f.count("save") != 0 {
		t.Error("an answer in which nothing was written was kept")
	}
	b.press("m", "tab", "tab", "tab")
	b.typed("件名")
	b.press("esc")
	b.called(t, f, "save 件名")
	if b.notice() != "Draft kept; u reopens it." {
		t.Errorf("notice %q", b.notice())
	}
	b.press("j", "u")
	b.mustHave("Subject  件名")
	b.press("tab", "tab", "tab", "ctrl+u", "esc")
	b.called(t, f, "drop 900")
	b.press("u")
	if strings.Contains(b.frame(), "Subject  ") {
		t.Error("u reopens a draft that was dropped")
	}
}

func TestDraftThatCannotBeSavedStaysOnTheScreen(t *testing.T) {
	b, f := open80(t)
	f.saveErr = errors.New("the disk is full")
	b.press("m", "tab", "tab", "tab")
	b.typed("件名")
	b.press("esc")
	b.mustHave("Subject  件名", "You must act, the draft is only on the screen: the disk is full")
	f.saveErr = nil
	b.press("esc")
	b.called(t, f, "save 件名")
	b.mustHave("Inbox")
}

func TestWhatCannotBeSentIsHeld(t *testing.T) {
	b, f := open80(t)
	b.press("m", "tab", "tab", "tab", "tab", "tab")
	b.typed("text")
	b.press("ctrl+x", "ctrl+x")
	b.mustHave("You must act: write an address into To, Cc or Bcc.")
	if f.count("send") != 0 {
		t.Fatal("sent to nobody")
	}
	b.typed("bob@fuji.test")
	b.mustHave("To       bob@fuji.test") // the cursor went to the field in question
	b.press("ctrl+x")
	b.called(t, f, "send  to bob@fuji.test")
}

func TestAFailHoldsOnce(t *testing.T) {
	b, f := open80(t)
	f.checks = []session.Check{{Code: "smtp.too-big", Level: trace.Fail, Args: map[string]string{"limit": "10"}}}
	b.press("m")
	b.typed("bob@fuji.test")
	b.press("ctrl+x")
	b.mustHave("ctrl+x again sends it all the same.")
	b.typed("x")
	b.press("backspace", "ctrl+x")
	if f.count("send") != 0 {
		t.Error("typing does not take the consent back")
	}
	b.press("ctrl+x")
	b.called(t, f, "send  to bob@fuji.test")
}

// TestRecipientsAreAskedAboutOnce: whole addresses only, and again only when they are others.
func TestRecipientsAreAskedAboutOnce(t *testing.T) {
	b, f := open80(t)
	b.press("m")
	b.typed("bob@fuji.te")
	b.rested()
	if len(f.asked) != 0 {
		t.Fatalf("an address that is being typed was asked about: %q", f.asked)
	}
	b.typed("st")
	b.press("tab", "tab", "tab")
	b.typed("subject")
	b.rested()
	b.typed(" and more")
	b.rested()
	if want := []string{"bob@fuji.test"}; !slices.Equal(f.asked, want) {
		t.Errorf("asked about %q, want %q", f.asked, want)
	}
}

// TestWhatTheNetworkSaysHolds: a domain without mail holds ctrl+x once, one that could not be told does not.
func TestWhatTheNetworkSaysHolds(t *testing.T) {
	b, f := open80(t)
	unready(f)
	b.press("m")
	b.typed("bob@fuji.test")
	b.press("ctrl+x")
	b.mustHave("fuji.test says that it takes no mail", "ctrl+x again sends it all the same.")
	f.ahead = f.ahead[1:]
	b.typed("x")
	b.press("backspace", "ctrl+x")
	b.called(t, f, "send  to bob@fuji.test")
}

// TestTypingAfterSendStops types before the check has answered: the message must not leave without what is typed.
func TestTypingAfterSendStops(t *testing.T) {
	b, f := open80(t)
	b.press("m")
	b.typed("bob@fuji.test")
	b.send(keyPress("ctrl+x"))
	b.send(keyPress("x"))
	b.settle()
	b.rested()
	if f.count("send") != 0 {
		t.Errorf("sent: %v", f.calls)
	}
}

func TestSenderIsChosenAmongAccounts(t *testing.T) {
	b, f := open80(t)
	b.press("m")
	b.typed("bob@fuji.test")
	b.press("up", "enter", "down", "enter")
	b.mustHave("From     alice@fuji.test", "through smtp.fuji.test:587")
	b.rested()
	if f.saved.Account != "fuji" || f.saved.From != "alice@fuji.test" {
		t.Errorf("saved as %q of %q", f.saved.From, f.saved.Account)
	}
}

func TestAttachments(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("USERPROFILE", dir)
	for name, size := range map[string]int{"議題-1.pdf": 2400, "議題-2.pdf": 10, "other.txt": 1} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	big, err := os.Create(filepath.Join(dir, "zz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(big.Truncate(session.FileLimit+1), big.Close()); err != nil {
		t.Skip("no sparse file here")
	}
	b := newBench(t, 120, 40, Options{Session: newFake()})
	b.press("m", "tab", "tab", "tab", "tab", "enter")
	b.typed("~/議")
	b.press("tab")
	b.mustHave("attach file: " + dir + string(filepath.Separator) + "議題-")
	b.typed("1.pdf")
	b.press("enter")
	b.mustHave("Attach   議題-1.pdf 2 KB", "Attached 議題-1.pdf, 2 KB.")
	for typed, want := range map[string]string{"~": "is not one", "~/no": "There is no file", "~/zz": "too large"} {
		b.press("enter")
		b.typed(typed)
		b.press("enter")
		b.mustHave(want)
	}
	b.press("backspace")
	b.mustHave("Attach   none", "議題-1.pdf is not attached any more.")
}

func TestPasteIsHarmlessAndBounded(t *testing.T) {
	b, _ := open80(t)
	b.press("m", "tab", "tab", "tab", "tab", "tab")
	b.paste(evil + "\n" + strings.Repeat("行です。\n", 300))
	harmless(t, b.app.View().Content)
	b.exact()
	b.paste(strings.Repeat("あ", 400_000))
	b.mustHave("longer than 1 MB. Nothing was added.")
	b.paste(strings.Repeat("1 MB, nearly\n", 70_000))
	b.exact()
	b.press("up", "pgup", "ctrl+_")
	b.exact()
}

func TestCorrectAndResend(t *testing.T) {
	b, f := open80(t)
	dispatch(b)
	if !strings.Contains(b.cursorRow(), "carrol") {
		t.Errorf("the cursor is on %q", b.cursorRow())
	}
	b.press("e")
	b.mustHave("explain")
	b.press("esc", "1")
	b.called(t, f, "send Re: 来週の打ち合わせ to Carrol <carol@sakura.test>")
	b.mustHave("accepted it for 1 of 1")
}

// enter on a recipient leads to what was said of it on the wire, also where the wire is open already.
func TestTheDialogueOfARecipientIsShown(t *testing.T) {
	b, _ := open80(t)
	b.press("w")
	dispatch(b)
	b.send(wirepane.Events(talk()))
	for !strings.Contains(b.cursorRow(), "hanako") {
		b.press("up")
	}
	b.press("enter")
	if row := b.cursorRow(); !strings.Contains(row, "C  RCPT TO:<hanako@tsuru.test>") {
		t.Errorf("the cursor is on %q", row)
	}
	b.exact()
}

func TestRefusedWithoutASuggestionIsCorrectedByHand(t *testing.T) {
	b, f := open80(t)
	f.fate = func(s *session.Sent) {
		for i := range s.Recipients {
			s.Recipients[i].Suggest = ""
		}
	}
	dispatch(b)
	b.mustHave("1 corrects the address and sends again.")
	b.press("1")
	b.mustHave("once more", "carrol@sakura.test")
	b.press("esc") // it is nowhere else: it is kept, though nothing was typed
	b.called(t, f, "save Re: 来週の打ち合わせ")
}

func TestWhatNeverReachedTheOutboxGoesBackToWriting(t *testing.T) {
	b, f := open80(t)
	f.sendErr = errors.New("the disk is full")
	dispatch(b)
	b.mustHave("The message has not left.")
	b.press("esc")
	b.mustHave("水曜の10時で大丈夫です。", "To       hanako@tsuru.test, bob@fuji.test")
	f.calls = nil
	b.press("esc")
	b.mustHave("Draft kept")
}

// TestLeftBeforeTheAnswer leaves while the message is on its way: what came of it is said in the mailbox.
func TestLeftBeforeTheAnswer(t *testing.T) {
	b, f := open80(t)
	filled(b)
	f.sendGate, f.entered = make(chan struct{}), make(chan string, 1)
	b.send(keyPress("ctrl+x"))
	b.app.env.Jobs.Settle() // the check
	b.send(b.app.env.Jobs.Take())
	<-f.entered
	b.held = true
	b.mustHave("sending", "wait")
	b.press("q")
	b.held = false
	close(f.sendGate)
	b.settle()
	b.mustHave("Inbox", "You must act")
	b.press("e")
	b.mustHave("explain")
}

func TestOutboxAndDrafts(t *testing.T) {
	f := newFake()
	f.keep()
	b := newBench(t, 120, 40, Options{Session: f})
	b.mustHave("Outbox         3", "Drafts here    1", "outbox 3")
	b.press("c")
	b.typed("outbox")
	b.press("enter")
	b.mustHave("outbox 3  drafts 2", "next try 09:55")
	b.press("ctrl+r")
	b.called(t, f, "retry 8")
	b.press("esc", "d")
	b.called(t, f, "take back 8")
	b.mustHave("It is a draft again.")
	b.press("j", "enter")
	b.mustHave("You must decide: the connection broke before the server's answer")
	b.press("d")
	b.called(t, f, "take back 9")
	b.press("G", "d")
	b.mustHave("Remove the draft and its files (1) for good?")
	b.press("enter")
	if slices.Contains(f.calls, "drop 901") {
		t.Error("the safe answer removed it")
	}
	b.press("d", "2")
	b.called(t, f, "drop 901")
	b.press("k", "d")
	b.mustHave("Draft removed. u brings it back.")
	b.press("u")
	b.called(t, f, "save 木曜のお昼")
	b.press("enter", "esc", "esc")
	b.mustHave("Inbox")
}

func TestTheSentFolderIsFetched(t *testing.T) {
	b, f := open80(t)
	f.calls = nil
	dispatch(b)
	b.called(t, f, "sync sakura/Sent")
}

// TestEveryReplyVerbOpensTheScreen goes there from the list and from the message.
func TestEveryReplyVerbOpensTheScreen(t *testing.T) {
	for _, from := range []string{"", "enter"} {
		for _, key := range []string{"r", "R", "f", "m"} {
			b, _ := open80(t)
			if from != "" {
				b.press(from)
			}
			b.press(key)
			b.mustHave("before it leaves")
			b.press("esc")
			if strings.Contains(b.frame(), "before it leaves") {
				t.Errorf("%s %s: esc does not leave", from, key)
			}
		}
	}
}

// TestHostileCompose puts evil text into every field, in every scene of writing and sending.
func TestHostileCompose(t *testing.T) {
	for _, s := range composeScenes() {
		f := newFake()
		poison(f)
		f.fate = func(sent *session.Sent) { poisonSent(sent) }
		if s.prepare != nil {
			s.prepare(f)
		}
		for i := range f.drafts {
			d := &f.drafts[i]
			d.To, d.Cc, d.Subject, d.Text, d.From = evil, evil, evil, evil, evil
			d.Files = []session.DraftFile{{Name: evil}}
		}
		for i := range f.outbox {
			poisonSent(&f.outbox[i])
		}
		f.checks = []session.Check{{Code: evil, Level: trace.Fail, Args: map[string]string{"field": evil}},
			{Code: "compose.address.no-at", Level: trace.Fail, Args: map[string]string{"field": evil, "text": evil}}}
		for _, lang := range []text.Lang{text.EN, text.JA} {
			o := Options{Session: f, Lang: lang}
			b := newBench(t, 80, 24, o)
			s.act2(b)
			for _, k := range []string{"", "j", "enter", "e", "y", "esc", "esc"} {
				if k != "" {
					b.press(k)
				}
				b.paste(evil)
				harmless(t, b.app.View().Content)
				harmless(t, b.app.View().WindowTitle)
				harmless(t, b.copied)
				b.exact()
			}
		}
	}
}

func (s scene) act2(b *bench) {
	if s.act != nil {
		s.act(b)
	}
}

func poisonSent(sent *session.Sent) {
	sent.Subject, sent.Server, sent.QueueID, sent.CopyFolder = evil, evil, evil, evil
	for i := range sent.Recipients {
		r := &sent.Recipients[i]
		r.Addr, r.Reply, r.Verb, r.Suggest = evil, evil, evil, evil
		if r.Finding != nil {
			r.Finding = &trace.Finding{Code: r.Finding.Code, Level: trace.Fail, Args: map[string]string{"address": evil, "said": evil, "server": evil}}
		}
	}
}

// TestARecipientWhoRefusedMailBefore is named while one writes; the palette explains it, and has it forgotten.
func TestARecipientWhoRefusedMailBefore(t *testing.T) {
	f := newFake()
	refusedBefore(f)
	b := newBench(t, 120, 40, Options{Session: f})
	filled(b)
	b.mustHave("warn  mail to carrol@sakura.test came back 2026-11-20: no such mailbox")
	b.press("ctrl+k")
	b.typed("explain")
	b.press("enter")
	b.mustHave("before it leaves", "fuji.test says that it takes no mail", "mail to carrol@sakura.test came back")
	b.typed("carrol")
	b.press("enter")
	b.mustHave("mail to carrol@sakura.test came back 2026-11-20", "1 copy a question to ask carrol@sakura.test another way", "2 forget carrol@sakura.test in the address book")
	asked := len(f.asked)
	f.ahead = nil
	b.press("2")
	b.called(t, f, "forget carrol@sakura.test of sakura")
	if len(f.asked) == asked {
		t.Error("the recipients were not looked at again")
	}
	b.press("esc")
	if strings.Contains(b.frame(), "came back") {
		t.Errorf("it is still said:\n%s", b.frame())
	}
}

package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

func (b *bench) called(t *testing.T, f *fake, want string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(f.calls, want) {
		t.Errorf("the session was not asked %q, but:\n%s", want, strings.Join(f.calls, "\n"))
	}
}

func open80(t *testing.T) (*bench, *fake) {
	f := newFake()
	return newBench(t, 80, 24, Options{Session: f}), f
}

// cursorRow is the row that the real cursor stands on.
func (b *bench) cursorRow() string { return b.rows()[b.app.View().Cursor.Y] }

func TestCursorBelongsToTheMessage(t *testing.T) {
	b, f := open80(t)
	b.press("j", "j", "j", "j")
	before := b.cursorRow()
	place := b.app.View().Cursor.Y
	b.press("pgdown", "pgup", "j", "k") // somewhere with rows above
	for i := range 2 {
		key := int64(20000 + i)
		r := f.rows[10000]
		r.Key, r.Envelope.Subject = key, "brand new"
		f.rows[key] = r
		f.keys["sakura/INBOX"] = append([]int64{key}, f.keys["sakura/INBOX"]...)
	}
	b.send(screen.Changed{{Account: "sakura", Folder: "INBOX"}})
	b.settle()
	if b.cursorRow() != before || b.app.View().Cursor.Y != place {
		t.Errorf("the cursor was on %q in row %d, now on %q in row %d", before, place, b.cursorRow(), b.app.View().Cursor.Y)
	}
	if want := "2 new above. ] goes to the next unread."; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
	b.press("g")
	b.mustHave("brand new")
}

func TestVanishedMessageGivesTheCursorToTheNext(t *testing.T) {
	b, f := open80(t)
	b.press("j")
	f.keys["sakura/INBOX"] = slices.Delete(slices.Clone(f.keys["sakura/INBOX"]), 1, 2)
	b.send(screen.Changed{{Account: "sakura", Folder: "INBOX"}})
	b.settle()
	if !strings.Contains(b.cursorRow(), "経理部") {
		t.Errorf("the cursor is on %q", b.cursorRow())
	}
}

func TestUnreadIsFoundFarBeyondTheRowsInMemory(t *testing.T) {
	b, f := open80(t)
	far := f.rows[9200]
	far.Flags &^= mail.Seen
	far.Envelope.Subject = "far away and unread"
	f.rows[9200] = far
	b.press("]", "]", "]")
	if !strings.Contains(b.cursorRow(), "Invite") {
		t.Fatalf("the cursor is on %q", b.cursorRow())
	}
	b.press("]")
	if !strings.Contains(b.cursorRow(), "far away and unread") {
		t.Errorf("the cursor is on %q", b.cursorRow())
	}
	b.press("]")
	if b.notice() != "No other unread message in this folder." {
		t.Errorf("notice %q", b.notice())
	}
	b.press("[")
	if !strings.Contains(b.cursorRow(), "Invite") {
		t.Errorf("back: the cursor is on %q", b.cursorRow())
	}
}

func TestMarksAndVerbs(t *testing.T) {
	b, f := open80(t)
	b.press("space", "j", "j", "V", "j", "V", "a")
	b.called(t, f, "move [10000 9998 9997] archive copy=false")
	if want := "Archived 3 messages. The server has not confirmed yet (~). u undoes."; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
	b.press("u")
	b.called(t, f, "undo")
	b.press("T")
	b.typed("calendar")
	b.press("enter", "F")
	if !strings.HasPrefix(b.notice(), "Flagged 116 messages.") {
		t.Errorf("notice %q", b.notice())
	}
	b.press("g", "s", "down", "enter")
	b.called(t, f, "move [9999] Sent copy=false")
	b.press("C", "enter")
	b.called(t, f, "move [9996] Drafts copy=true")
}

func TestDeleteForGoodAsksAndEnterKeeps(t *testing.T) {
	f := newFake()
	f.keys["sakura/Trash"] = f.keys["sakura/INBOX"][:12]
	b := newBench(t, 80, 24, Options{Session: f})
	b.press("c")
	b.typed("trash")
	b.press("enter", "d")
	if want := "Delete this message for good?  1 keep  2 delete"; b.notice() != want {
		t.Fatalf("notice %q, want %q", b.notice(), want)
	}
	b.press("enter")
	for _, c := range f.calls {
		if strings.HasPrefix(c, "delete") {
			t.Fatalf("enter deleted: %s", c)
		}
	}
	b.press("d", "2")
	b.called(t, f, "delete [10000] true")
}

func TestFindAndLimit(t *testing.T) {
	b, _ := open80(t)
	b.press("/")
	b.typed("carol")
	b.press("enter")
	if !strings.Contains(b.cursorRow(), "bounced: carol") || !strings.HasPrefix(b.notice(), "1 of 234 with \"carol\".") {
		t.Fatalf("on %q, notice %q", b.cursorRow(), b.notice())
	}
	b.press("n")
	if !strings.Contains(b.cursorRow(), "Carol Tsuru") {
		t.Errorf("n goes to %q", b.cursorRow())
	}
	b.press("N", "l")
	b.typed("田中")
	b.press("enter")
	b.mustHave("233 of 1,284 with \"田中\"")
	b.press("esc")
	b.mustHave("4 new of 1,284")
}

func TestOrderTurnsAroundUnderTheSameMessage(t *testing.T) {
	b, _ := open80(t)
	b.press("j", "o", "down", "enter")
	if !strings.Contains(b.cursorRow(), "printer") || b.notice() != "Order: oldest first." {
		t.Errorf("on %q, notice %q", b.cursorRow(), b.notice())
	}
	b.press("G")
	if !strings.Contains(b.cursorRow(), "来週の打ち合わせ") {
		t.Errorf("the last is %q", b.cursorRow())
	}
}

func TestOrderBySenderSubjectAndSize(t *testing.T) {
	b, f := open80(t)
	order := func(down int) {
		t.Helper()
		b.press("o")
		for range down {
			b.press("down")
		}
		b.press("enter")
	}
	order(2)
	if b.notice() != "Order: by sender." || !strings.Contains(b.cursorRow(), "来週の打ち合わせ") {
		t.Errorf("the cursor left its message: %q, notice %q", b.cursorRow(), b.notice())
	}
	b.press("g")
	if !strings.Contains(b.cursorRow(), "Bob Fuji") {
		t.Errorf("by sender: %q", b.cursorRow())
	}
	r := f.rows[10000]
	r.Key, r.Envelope.From = 20000, []mail.Address{{Name: "Aaron", Addr: "aaron@fuji.test"}}
	f.rows[20000] = r
	f.keys["sakura/INBOX"] = append([]int64{20000}, f.keys["sakura/INBOX"]...)
	b.send(screen.Changed{{Account: "sakura", Folder: "INBOX"}})
	b.settle()
	b.press("G", "g")
	if !strings.Contains(b.cursorRow(), "Aaron") {
		t.Errorf("what came later is not sorted in: %q", b.cursorRow())
	}
	order(1) // from "by sender" to "by subject"
	b.press("G", "g")
	if !strings.Contains(b.cursorRow(), "11月分請求書") {
		t.Errorf("by subject: %q", b.cursorRow())
	}
	order(1)
	b.press("G", "g")
	if largest := f.keys["sakura/INBOX"][len(f.keys["sakura/INBOX"])-1]; !strings.Contains(b.cursorRow(), f.rows[largest].Envelope.Subject) {
		t.Errorf("by size: %q, the largest is %q", b.cursorRow(), f.rows[largest].Envelope.Subject)
	}
}

func TestOtherProtocolAndOtherAccount(t *testing.T) {
	b, f := open80(t)
	b.press("P")
	b.mustHave("alice@sakura.test  POP3  Inbox")
	b.called(t, f, "list sakura-pop/ \"\"")
	b.press("P", "A", "J", "c")
	b.mustHave("alice@fuji.test  POP3")
	b.press("P")
	if !strings.Contains(b.notice(), "fuji is set up for one protocol only.") {
		t.Errorf("notice %q", b.notice())
	}
}

func TestFullWidthKeysWorkAndKanaIsExplained(t *testing.T) {
	b, _ := open80(t)
	b.press("ｊ", "ｊ")
	if !strings.Contains(b.cursorRow(), "経理部") {
		t.Errorf("on %q", b.cursorRow())
	}
	b.press("？")
	b.mustHave("─── keys  mailbox")
	b.press("esc", "あ")
	if b.notice() != "日本語入力がオンです。オフにするとキーが効きます。" {
		t.Errorf("notice %q", b.notice())
	}
	b.press("／")
	b.typed("ｊ")
	b.mustHave("find: ｊ")
}

func TestCursorCellInAField(t *testing.T) {
	b, _ := open80(t)
	b.press("/")
	b.typed("日本語ﾃｽﾄa")
	if got, want := b.app.View().Cursor.X, len(" find: ")+6+3+1; got != want {
		t.Errorf("the cursor is in cell %d, want %d", got, want)
	}
	b.press("left", "left")
	if got, want := b.app.View().Cursor.X, len(" find: ")+6+2; got != want {
		t.Errorf("after left: cell %d, want %d", got, want)
	}
	if b.app.View().Cursor.Y != 22 {
		t.Errorf("the cursor is in row %d", b.app.View().Cursor.Y)
	}
}

func TestWaitIsSaidAfterAWhileAndEscStopsIt(t *testing.T) {
	f := newFake()
	f.gate, f.entered = make(chan struct{}), make(chan string, 9)
	b := newBench(t, 80, 24, Options{Session: f})
	if b.notice() != "" {
		t.Errorf("something is said at once: %q", b.notice())
	}
	b.elapse(time.Second)
	if want := "getting new mail 412 of 1,284, 1 s. esc stops"; b.notice() != want {
		t.Fatalf("notice %q, want %q", b.notice(), want)
	}
	b.held = false
	b.press("esc")
	if want := "Stopped: asking the server."; b.notice() != want {
		t.Errorf("notice %q, want %q", b.notice(), want)
	}
	if _, waiting := b.app.env.Jobs.Front(); waiting {
		t.Error("the job still runs")
	}
}

func TestResultsLeaveAndErrorsStay(t *testing.T) {
	b, _ := open80(t)
	b.press("F")
	if b.notice() == "" {
		t.Fatal("nothing was said")
	}
	b.elapse(8 * time.Second)
	if b.notice() != "" {
		t.Errorf("still there: %q", b.notice())
	}
	f := newFake()
	f.syncErr = refused()
	b = newBench(t, 120, 40, Options{Session: f})
	b.elapse(time.Minute)
	b.press("j", "j")
	if !strings.Contains(b.notice(), "check host and port") || !strings.Contains(b.notice(), "e explains") {
		t.Errorf("notice %q", b.notice())
	}
	b.press("esc")
	if b.notice() != "" {
		t.Errorf("esc leaves %q", b.notice())
	}
}

func TestStaleAnswersAreDropped(t *testing.T) {
	f := newFake()
	f.listGate, f.entered = make(chan struct{}, 9), make(chan string, 9)
	f.keys["sakura/Sent"] = f.keys["sakura/INBOX"][40:50]
	b := newBench(t, 80, 24, Options{Session: f})
	b.press("c")
	b.typed("sent")
	b.press("enter") // the inbox is still being read
	for range 9 {
		f.listGate <- struct{}{}
	}
	b.held = false
	b.settle()
	b.mustHave("Sent  0 new of 311")
	if n := strings.Count(b.frame(), "\n"); n != 24 {
		t.Errorf("%d rows", n)
	}
	if got := len(strings.Fields(b.rows()[12])); got != 0 {
		t.Errorf("rows of the inbox are in Sent: %q", b.rows()[12])
	}
}

func TestQuitStopAndLanguage(t *testing.T) {
	b, _ := open80(t)
	b.press("esc", "esc")
	if b.quit {
		t.Fatal("esc quits")
	}
	b.press("ctrl+k")
	b.typed("日本語で")
	b.press("enter")
	b.mustHave("受信箱", "日本語で表示します。")
	b.press("ctrl+c")
	if b.quit {
		t.Fatal("ctrl+c quits at once")
	}
	b.press("ctrl+c")
	if !b.quit {
		t.Error("ctrl+c twice does not quit")
	}
	b, _ = open80(t)
	b.press("enter", "q")
	if b.quit {
		t.Fatal("q quits from the reader")
	}
	b.press("q")
	if !b.quit {
		t.Error("q does not quit from the mailbox")
	}
}

func TestMouse(t *testing.T) {
	f := newFake()
	b := newBench(t, 120, 40, Options{Session: f})
	b.send(tea.MouseClickMsg{X: 30, Y: 4, Button: tea.MouseLeft})
	b.settle()
	if !strings.Contains(b.cursorRow(), "経理部") {
		t.Errorf("a click on the third row puts the cursor on %q", b.cursorRow())
	}
	b.send(tea.MouseWheelMsg{X: 30, Y: 10, Button: tea.MouseWheelDown})
	b.settle()
	if !strings.Contains(b.cursorRow(), "Mail Delivery") {
		t.Errorf("the wheel leaves the cursor on %q", b.cursorRow())
	}
	b.send(tea.MouseClickMsg{X: 5, Y: 4, Button: tea.MouseLeft})
	b.settle()
	b.mustHave("Drafts  1 new of 1")
	b.send(tea.MouseClickMsg{X: 3, Y: 39, Button: tea.MouseLeft})
	b.settle()
	if b.notice() == "" {
		t.Error("a click on the footer's enter does nothing")
	}
}

func TestFirstRunStartsTheSandbox(t *testing.T) {
	b := newBench(t, 80, 24, Options{Welcome: WelcomeOptions{ConfigPath: "c.toml", Sandbox: startNothing, Write: writeNothing}})
	b.press("2")
	b.mustHave("Wrote an example to config.toml.")
	b.press("4")
	b.mustHave("Nothing here has the number 4.")
	b.press("1")
	b.mustHave("alice@sakura.test  IMAP  Inbox  4 new of 1,284")
}

func TestTooSmallKeepsTheState(t *testing.T) {
	b, _ := open80(t)
	b.press("j")
	b.send(tea.WindowSizeMsg{Width: 36, Height: 10})
	b.mustHave("todoku needs 40x12; here 36x10.")
	b.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	if !strings.Contains(b.cursorRow(), "printer") {
		t.Errorf("on %q", b.cursorRow())
	}
}

// TestEveryVerbHasAKeyOrAName holds the key map together: no key has two meanings, every verb its words.
func TestEveryVerbHasAKeyOrAName(t *testing.T) {
	for _, set := range []string{"todoku", "mutt"} {
		seen := map[string]keys.Verb{}
		m, conflicts := keys.New(keys.Set(set), nil)
		if len(conflicts) > 0 {
			t.Errorf("%s: conflicts %v", set, conflicts)
		}
		for _, b := range m.Bindings() {
			for _, k := range b.Keys {
				if had, twice := seen[k]; twice {
					t.Errorf("%s: %q means %s and %s", set, k, had, b.Verb)
				}
				seen[k] = b.Verb
			}
			for _, lang := range []text.Lang{text.EN, text.JA} {
				if w := text.New(lang).Verbs[string(b.Verb)]; w.Foot == "" || w.Long == "" {
					t.Errorf("%s has no words in %s", b.Verb, lang)
				}
			}
		}
	}
}

// TestOnlyLiveVerbsAreOffered checks every scene: what its footer or help offers is a verb of the key map.
func TestOnlyLiveVerbsAreOffered(t *testing.T) {
	for _, s := range scenes() {
		b := s.open(t, 120, 40, Options{}, newFake())
		ranks := map[int]keys.Verb{}
		for _, l := range b.app.top().Help().Verbs {
			if b.app.env.Words.Verbs[string(l.Verb)].Foot == "" {
				t.Errorf("%s offers %q, which has no words", s.name, l.Verb)
			}
			if had, twice := ranks[l.Rank]; twice && l.Rank > 0 {
				t.Errorf("%s: %s and %s share rank %d", s.name, had, l.Verb, l.Rank)
			}
			ranks[l.Rank] = l.Verb
		}
	}
}

// TestOwnKeys lets the settings rebind and reports what they claim twice.
func TestOwnKeys(t *testing.T) {
	f := newFake()
	b := newBench(t, 80, 24, Options{Session: f, Keys: map[string]string{"archive": "y", "copy-text": "ctrl+y"}})
	b.press("y")
	b.called(t, f, "move [10000] archive copy=false")
	_, conflicts := keys.New(nil, map[string]string{"archive": "x", "delete": "x", "fly": "k"})
	if len(conflicts) != 2 {
		t.Errorf("conflicts %v", conflicts)
	}
}

func TestHundredThousandRowsAskOnlyForWhatIsSeen(t *testing.T) {
	f := manyRows(100_000)
	b := newBench(t, 80, 24, Options{Session: f})
	f.calls = nil
	b.press("G")
	for _, c := range f.calls {
		var n int
		if _, err := fmt.Sscanf(c, "rows %d", &n); err == nil && n > 100 {
			t.Errorf("asked for %d rows at once", n)
		}
	}
	b.mustHave("件名 1 ")
}

// manyRows is a folder of n messages with Japanese subjects, made when they are asked for.
func manyRows(n int) *fake {
	f := newFake()
	f.rows = map[int64]session.Row{}
	f.make = func(k int64) session.Row {
		r := session.Row{Key: k, Stored: true}
		r.ID, r.Flags = mail.ID(fmt.Sprint(k)), mail.Seen
		r.Envelope = mail.Envelope{Subject: fmt.Sprintf("件名 %d 来週の打ち合わせと資料の確認について", k),
			From: []mail.Address{{Name: "田中 花子", Addr: "hanako@tsuru.test"}}, Date: fixedNow().Add(-time.Duration(n-int(k)) * time.Minute)}
		return r
	}
	all := make([]int64, n)
	for i := range all {
		all[i] = int64(n - i)
	}
	f.keys["sakura/INBOX"] = all
	f.folders["sakura"][0].Total = n
	return f
}

func TestChangesAreToldToTheServer(t *testing.T) {
	b, f := open80(t)
	f.calls = nil
	b.press("F", "j", "F")
	if slices.Contains(f.calls, "sync sakura/INBOX") {
		t.Error("the server is told at once: there is no time to undo")
	}
	b.elapse(2 * time.Second)
	b.called(t, f, "sync sakura/INBOX")
	f.calls = nil
	b.press("F", "A", "J", "c")
	b.called(t, f, "sync sakura/")
	b.called(t, f, "sync fuji/INBOX")
}

func TestJAndKChangeTheFolderWithoutLeavingTheList(t *testing.T) {
	f := newFake()
	f.keys["sakura/Drafts"] = f.keys["sakura/INBOX"][20:22]
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("J")
	b.mustHave("IMAP  Drafts", "- Drafts")
	b.press("j")
	if !strings.HasPrefix(b.cursorRow()[strings.Index(b.cursorRow(), "│")+len("│"):], ">") {
		t.Errorf("the list lost the focus: %q", b.cursorRow())
	}
	b.press("J", "K", "K")
	b.mustHave("IMAP  Inbox")
	b.press("K")
	b.mustHave("IMAP  Inbox")
}

func TestTakingBackIsNoNewMail(t *testing.T) {
	b, f := open80(t)
	b.press("j", "j")
	all := f.keys["sakura/INBOX"]
	f.keys["sakura/INBOX"] = all[1:]
	b.send(screen.Changed{{Account: "sakura", Folder: "INBOX"}})
	b.settle()
	f.keys["sakura/INBOX"] = all
	b.press("u")
	if strings.Contains(b.notice(), "(+") || strings.Contains(b.notice(), "new above") {
		t.Errorf("notice %q", b.notice())
	}
}

// TestAnAnswerIsToldToTheServer: the message that was answered carries a mark that the server does not know yet.
func TestAnAnswerIsToldToTheServer(t *testing.T) {
	for _, open := range [][]string{{"m"}, {"enter", "r"}} {
		b, f := open80(t)
		b.press(open...)
		b.press("esc", "esc")
		f.mu.Lock()
		f.calls = nil
		f.mu.Unlock()
		b.elapse(2 * time.Second)
		b.called(t, f, "sync sakura/INBOX")
	}
}

func TestATwinKeepsTheNameOfItsAccount(t *testing.T) {
	f := newFake()
	b := newBench(t, 120, 40, Options{Session: f})
	b.press("P")
	b.mustHave(" sakura       POP3")
}

// TestAQuestionOfASyncIsSaidThenAsked: it never takes the keys by itself, and yes is one sync's yes.
func TestAQuestionOfASyncIsSaidThenAsked(t *testing.T) {
	f := newFake()
	f.question = trace.Finding{Code: "pop3.expire-zero", Level: trace.Warn, Args: map[string]string{"count": "12"}}
	b := newBench(t, 120, 40, Options{Session: f})
	if want := "You must decide: fetch, or leave it. The server may delete what you fetch. e explains."; b.notice() != want {
		t.Fatalf("notice %q, want %q", b.notice(), want)
	}
	b.press("ctrl+r")
	b.mustHave("The server may delete what you fetch.  1 not now  2 fetch")
	b.press("enter", "ctrl+r", "2")
	if want := "Nothing new."; b.notice() != want {
		t.Errorf("agreed: notice %q, want %q", b.notice(), want)
	}
}

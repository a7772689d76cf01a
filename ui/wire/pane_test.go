package wire

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"todoku/internal/trace"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

var morning = time.Date(2026, 11, 23, 9, 42, 7, 0, time.UTC)

func pane(t *testing.T) *Pane {
	m, _ := keys.New(nil, nil)
	runner := jobs.New(nil, nil)
	t.Cleanup(runner.Close)
	p := New(&screen.Env{Words: text.New(text.EN), Theme: theme.New(theme.Options{}), Keys: m, Jobs: runner,
		Now: func() time.Time { return morning }})
	p.SetSize(100, 7)
	p.SetFocus(true)
	return p
}

// dialogue makes events of lines that begin with C: or S:, one protocol and connection.
func dialogue(proto string, from int, lines ...string) Events {
	var out Events
	for i, l := range lines {
		who, said, _ := strings.Cut(l, " ")
		e := trace.Event{Seq: int64(from + i), Time: morning.Add(time.Duration(from+i) * time.Millisecond), Proto: proto, Conn: "a-b",
			Addr: "host:1", Side: trace.SideClient, Kind: trace.KindSend, Data: []byte(said + "\r\n")}
		if who == "S:" {
			e.Kind, e.Elapsed = trace.KindRecv, time.Millisecond
		}
		out = append(out, e)
	}
	return out
}

func (p *Pane) drawn() string { return ansi.Strip(strings.Join(p.View().Rows, "\n")) }

func TestRepliesOfSeveralLinesAreOneRow(t *testing.T) {
	tests := []struct {
		proto string
		lines []string
		rows  int
		says  string
	}{
		{"smtp", []string{"C: EHLO me", "S: 250-mail", "S: 250-SIZE 10", "S: 250 HELP", "C: QUIT", "S: 221 bye"}, 4, "(+ 2 lines: SIZE 10, HELP)"},
		{"imap", []string{"C: a1 LIST", `S: * LIST () "/" A`, "S: * STATUS A (UNSEEN 1)", "S: a1 OK done"}, 3, "(+ 1 lines: * STATUS A (UNSEEN 1))"},
		{"pop3", []string{"C: UIDL", "S: +OK", "S: 1 abc", "S: 2 def", "S: .", "C: QUIT", "S: +OK bye"}, 4, "(+ 3 lines: 1 abc, 2 def, .)"},
	}
	for _, tt := range tests {
		t.Run(tt.proto, func(t *testing.T) {
			p := pane(t)
			p.Add(dialogue(tt.proto, 1, tt.lines...))
			if len(p.rows) != tt.rows || !strings.Contains(p.drawn(), tt.says) {
				t.Errorf("%d rows, want %d with %q:\n%s", len(p.rows), tt.rows, tt.says, p.drawn())
			}
			p.Press(screen.Press{Verb: keys.First})
			p.Press(screen.Press{Verb: keys.Down})
			p.Press(screen.Press{Verb: keys.Open})
			if len(p.rows) != len(tt.lines) {
				t.Errorf("unfolded: %d rows, want %d:\n%s", len(p.rows), len(tt.lines), p.drawn())
			}
		})
	}
}

func TestOneSideIsShown(t *testing.T) {
	p := pane(t)
	events := dialogue("smtp", 1, "C: NOOP")
	twin := events[0]
	twin.Seq, twin.Side, twin.Kind = 2, trace.SideServer, trace.KindRecv
	p.Add(append(events, twin))
	if len(p.rows) != 1 || p.rows[0].mark != "C" {
		t.Fatalf("rows:\n%s", p.drawn())
	}
	p.Press(screen.Press{Verb: keys.Side})
	if len(p.rows) != 1 || p.rows[0].mark != "C" || !strings.Contains(p.drawn(), "server's side") {
		t.Errorf("the server's side:\n%s", p.drawn())
	}
	p.Press(screen.Press{Verb: keys.Side})
	if len(p.rows) != 2 {
		t.Errorf("both sides:\n%s", p.drawn())
	}
}

func TestFollowsUntilScrolledUp(t *testing.T) {
	p := pane(t)
	for i := range 30 {
		p.Add(dialogue("smtp", 1+i, fmt.Sprintf("C: NOOP %d", i)))
	}
	if !strings.Contains(p.drawn(), "NOOP 29") {
		t.Fatalf("does not follow:\n%s", p.drawn())
	}
	p.Press(screen.Press{Verb: keys.Up})
	p.Add(dialogue("smtp", 100, "C: NOOP new"))
	if strings.Contains(p.drawn(), "NOOP new") || !strings.Contains(p.drawn(), "G follows") {
		t.Errorf("the view moved under the reader:\n%s", p.drawn())
	}
	p.Press(screen.Press{Verb: keys.Last})
	p.Add(dialogue("smtp", 101, "C: NOOP newer"))
	if !strings.Contains(p.drawn(), "NOOP newer") {
		t.Errorf("G does not follow:\n%s", p.drawn())
	}
}

func TestFindAndCopy(t *testing.T) {
	p := pane(t)
	p.Add(dialogue("smtp", 1, "C: EHLO me", "S: 250 ok", "C: RCPT TO:<hanako@tsuru.test>", "S: 550 no", "C: QUIT"))
	if act, _, mine := p.Answer(screen.Prompted{To: find{}, Text: "HANAKO", OK: true}); act != nil || !mine {
		t.Errorf("find says %v", act)
	}
	if got := p.Press(screen.Press{Verb: keys.CopyText}); got != (screen.CopyText{Text: "RCPT TO:<hanako@tsuru.test>"}) {
		t.Errorf("copied %v", got)
	}
	act, _, _ := p.Answer(screen.Prompted{To: find{}, Text: "nothing", OK: true})
	if say, ok := act.(screen.Say); !ok || say.Text != `No line holds "nothing".` {
		t.Errorf("says %v", act)
	}
}

func TestSeekFindsTheNewestLine(t *testing.T) {
	p := pane(t)
	p.Add(dialogue("smtp", 1, "C: RCPT TO:<a@b>", "S: 250 first", "C: RCPT TO:<a@b>", "S: 250 second", "C: QUIT", "S: 221 bye"))
	p.Seek("RCPT TO:<nobody@b>")
	if !p.follow {
		t.Error("what is not there ends the following")
	}
	p.Seek("rcpt to:<a@b>")
	if p.follow || p.list.At() != 2 {
		t.Errorf("at row %d:\n%s", p.list.At(), p.drawn())
	}
}

func TestSaveWritesANewRunFileOnly(t *testing.T) {
	p := pane(t)
	p.Add(dialogue("smtp", 1, "C: EHLO me", "S: 250 ok"))
	path := filepath.Join(t.TempDir(), "run.jsonl")
	save := func() screen.Action {
		_, cmd, _ := p.Answer(screen.Prompted{To: saveAs{}, Text: path, OK: true})
		cmd()
		p.env.Jobs.Settle()
		for _, m := range p.env.Jobs.Take() {
			if act, mine := p.Update(m); mine {
				return act
			}
		}
		return nil
	}
	if say, ok := save().(screen.Say); !ok || say.Kind != screen.Result {
		t.Fatalf("says %+v", say)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(data), "\n"); lines != 3 || !strings.HasPrefix(string(data), `{"todoku_run":1`) {
		t.Errorf("%d lines:\n%s", lines, data)
	}
	if say, ok := save().(screen.Say); !ok || say.Kind != screen.Fault {
		t.Errorf("writes over a file: %+v", say)
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	p := pane(t)
	big := make([]byte, 4096)
	for i := range 40 {
		var batch Events
		for j := range 1000 {
			e := dialogue("smtp", 1+i*1000+j, "C: NOOP")[0]
			if j%10 == 0 {
				e.Data = big
			}
			batch = append(batch, e)
		}
		p.Add(batch)
	}
	if len(p.events) > keptEvents || p.octets > keptOctets {
		t.Errorf("%d events, %d octets", len(p.events), p.octets)
	}
	if !strings.Contains(p.drawn(), "40,000 lines") {
		t.Errorf("the rule does not count them all:\n%s", p.drawn())
	}
}

func TestFaultRuleIsSeenOnTheServersSideOnly(t *testing.T) {
	p := pane(t)
	e := dialogue("smtp", 1, "S: 451 later")[0]
	e.Side, e.Rule = trace.SideServer, "f1"
	p.Add(Events{e})
	if len(p.rows) != 0 {
		t.Errorf("the server's events are drawn:\n%s", p.drawn())
	}
}

// TestFindingsAreInWords: a code is for programs; a person reads its level and its title.
func TestFindingsAreInWords(t *testing.T) {
	for lang, want := range map[text.Lang]string{text.EN: "warn: The server wants you to read this: almost full", text.JA: "注意: サーバーからの知らせ: almost full"} {
		p := pane(t)
		p.env.Words = text.New(lang)
		p.Add(Events{{Seq: 1, Time: morning, Kind: trace.KindFinding, Finding: &trace.Finding{Code: "imap.alert", Level: trace.Warn,
			Args: map[string]string{"text": "almost full"}}}})
		if got := p.drawn(); !strings.Contains(got, want) || strings.Contains(got, "imap.alert") {
			t.Errorf("%s: no %q in\n%s", lang, want, got)
		}
	}
}

// TestTitleNamesThePeer: the rule says whom the line under the cursor is spoken to; a line that names nobody belongs to
// the last of its connection.
func TestTitleNamesThePeer(t *testing.T) {
	p := pane(t)
	first, second := dialogue("smtp", 1, "C: EHLO me", "S: 250 ok"), dialogue("imap", 3, "C: a1 NOOP", "S: a1 OK")
	for i := range second {
		second[i].Conn, second[i].Addr = "c-d", "host:993"
	}
	first[1].Addr = ""
	p.Add(Events{{Seq: 0, Kind: trace.KindOpen, Name: "an inner name"}})
	p.Add(first)
	p.Add(second)
	title := func() string { return strings.Split(p.drawn(), "\n")[0] }
	if !strings.Contains(title(), "wire  host:993 ") || strings.Contains(p.drawn(), "inner name") {
		t.Errorf("following: %s", p.drawn())
	}
	p.Press(screen.Press{Verb: keys.First})
	p.Press(screen.Press{Verb: keys.Down})
	if !strings.Contains(title(), "wire  host:1 ") {
		t.Errorf("scrolled: %s", title())
	}
}

// BenchmarkAdd takes in what a sync of 100,000 messages brings, as many lines at once as wait at most.
func BenchmarkAdd(b *testing.B) {
	const lines, batch = 100_000, 8192
	said := make([]string, lines)
	for i := range said {
		said[i] = fmt.Sprintf("S: * %d FETCH (UID %d FLAGS (\\Seen))", i, i)
	}
	events := dialogue("imap", 1, said...)
	b.ReportAllocs()
	for b.Loop() {
		p := New(&screen.Env{Words: text.New(text.EN)})
		for from := 0; from < lines; from += batch {
			p.Add(events[from:min(from+batch, lines)])
		}
	}
}

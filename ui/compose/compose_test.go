package compose

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// nothing is a session that knows nobody and keeps nothing.
type nothing struct{}

func (nothing) Accounts() []session.Account { return nil }
func (nothing) Compose(context.Context, *trace.Span, session.ComposeOptions) (session.Draft, error) {
	return session.Draft{}, nil
}
func (nothing) SaveDraft(_ context.Context, _ *trace.Span, d session.Draft) (session.Draft, error) {
	return d, nil
}
func (nothing) DropDraft(_ context.Context, _ *trace.Span, d session.Draft) (session.Draft, error) {
	return d, nil
}
func (nothing) Check(context.Context, *trace.Span, session.Draft) ([]session.Check, error) {
	return nil, nil
}
func (nothing) CheckAhead(context.Context, *trace.Span, session.Draft) ([]session.Check, error) {
	return nil, nil
}
func (nothing) Complete(context.Context, *trace.Span, session.CompleteOptions) ([]session.Contact, error) {
	return nil, nil
}

func (nothing) Forget(context.Context, *trace.Span, session.ForgetOptions) (session.Forgotten, error) {
	return session.Forgotten{}, nil
}

func writing(t *testing.T, content string) *Screen {
	t.Helper()
	runner := jobs.New(nil, time.Now)
	runner.SetTimer(func(time.Duration, func()) func() { return func() {} })
	t.Cleanup(runner.Close)
	env := &screen.Env{Words: text.New(text.EN), Theme: theme.New(theme.Options{}), Jobs: runner, Now: time.Now}
	s := New(env, nothing{}, "", screen.ComposeArgs{})
	s.begin(session.Draft{Text: content})
	s.focus = body
	return s
}

// TestBackFromTheEditor: what was written is taken; what an editor that failed wrote stays in its file and is named.
func TestBackFromTheEditor(t *testing.T) {
	for _, c := range []struct {
		name, wrote string
		err         error
		want, said  string
		keeps       bool
	}{
		{"edited", "typed\nこんにちは\x1b[2J\n", nil, "typed\nこんにちは[2J\n", "", false},
		{"untouched", "typed\n", nil, "typed\n", "", false},
		{"failed", "typed\n", errors.New("exit status 1"), "typed\n", "it ended with \"exit status 1\"", false},
		{"failed and wrote", "lost\n", errors.New("signal: killed"), "typed\n", "what it wrote is in", true},
		{"too long", strings.Repeat("x", outsideOctets), nil, "typed\n", "longer than 1 MB", true},
	} {
		s := writing(t, "typed\n")
		path := filepath.Join(t.TempDir(), "letter.txt")
		if err := os.WriteFile(path, []byte(c.wrote), 0o600); err != nil {
			t.Fatal(err)
		}
		act, _ := s.edited(edited{screen: s, path: path, had: "typed\n", err: c.err})
		said := text.Safe("")
		if say, ok := act.(screen.Say); ok {
			said = say.Text
		}
		if s.text.Value() != c.want || !strings.Contains(string(said), c.said) || (c.said == "") != (said == "") {
			t.Errorf("%s: text %q, said %q", c.name, s.text.Value(), said)
		}
		if _, err := os.Stat(path); (err == nil) != c.keeps {
			t.Errorf("%s: the file: %v", c.name, err)
		}
	}
}

// TestNoCheckIsDropped: every sentence stands in the rows of checks, or the last row tells how many do not.
func TestNoCheckIsDropped(t *testing.T) {
	for _, lang := range []text.Lang{text.EN, text.JA} {
		for _, size := range [][2]int{{120, 37}, {80, 21}, {80, 10}, {60, 17}, {40, 9}} {
			s := writing(t, "typed\n")
			s.env.Words = text.New(lang)
			for i := range 7 {
				s.ahead = append(s.ahead, session.Check{Code: "compose.mistyped", Level: trace.Warn, Args: map[string]string{
					"address": strings.Repeat("x", i) + "bobb@fuji.test", "near": "bob@fuji.test"}})
			}
			s.checks = []session.Check{{Code: "compose.size", Level: trace.Pass, Args: map[string]string{"octets": "2000"}}}
			s.SetSize(size[0], size[1])
			rows := s.checkRows()
			shown := 0
			all := ansi.Strip(strings.Join(rows, "\n"))
			for i, c := range s.ranked() {
				if said := string(s.sentence(c)); strings.Contains(all, said) || i == 0 && strings.Contains(all, said[:3]) { // the worst may be cut
					shown++
				} else if more := string(s.more(8 - i)); strings.Contains(all, more) {
					shown = 8
					break
				}
			}
			if shown != 8 || len(rows) > s.maxCheckRows() || size[0] == 120 && len(rows) < 3 {
				t.Errorf("%v %v: %d of 8 in\n%s", lang, size, shown, all)
			}
			if p := s.place(); p.checks+len(rows) != size[1] || p.textRows < 1 && size[1] > 12 {
				t.Errorf("%v: %+v with %d rows of checks", size, p, len(rows))
			}
		}
	}
}

func TestToken(t *testing.T) {
	for value, want := range map[string][2]string{
		"":                          {"", ""},
		"car":                       {"", "car"},
		"a@x.test, car":             {"a@x.test, ", "car"},
		"a@x.test;car":              {"a@x.test;", "car"},
		`"Sakurai, Alice" <a@x.te`:  {"", `"Sakurai, Alice" <a@x.te`},
		`"a \", b" <a@x.test>, bob`: {`"a \", b" <a@x.test>, `, "bob"},
	} {
		if before, now := token(value); before != want[0] || now != want[1] {
			t.Errorf("%q is %q and %q, want %q", value, before, now, want)
		}
	}
}

func TestCompleteFileNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"議題-1.pdf", "議題-2.pdf", "other.txt", ".hidden"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(dir, "x")[:len(dir)+1] + name }
	for typed, want := range map[string]string{
		in("議"): in("議題-"), in("o"): in("other.txt"), in("f"): in("folder" + string(filepath.Separator)), in("zz"): in("zz"), in(".h"): in(".hidden"),
		in(""): in(""),
	} {
		if got := complete(typed); got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
}

package tracer

import (
	"strings"
	"testing"

	"todoku/session"
	"todoku/ui/keys"
	"todoku/ui/screen"
)

// asking is a screen whose form holds what was typed into it.
func asking(typed string) *Screen {
	s := long(0)
	s.change()
	s.form.input.Set(typed)
	return s
}

// What is no address is told in the form, with the cursor at the mistake, until it is mended; no run begins.
func TestABadAddressStaysInTheForm(t *testing.T) {
	for _, c := range []struct {
		typed, from, said string
		before, row       int // runes before the cursor; row of the form
	}{
		{"bob＠fuji.test", "", "in full width", 3, 0},
		{"bob smith@fuji.test", "", "cannot stand", 3, 0},
		{"mailto:bob＠fuji.test", "", "in full width", 10, 0},
		{"bob@fuji.test", "alice＠sakura.test", "in full width", 5, 1},
	} {
		s := asking(c.typed)
		s.form.set.from.Set(c.from)
		s.press(screen.Press{Verb: keys.Open})
		if s.form == nil {
			t.Fatalf("%s: a run began", c.typed)
		}
		in, row := &s.form.input, 0
		if s.form.setting() == setFrom {
			in, row = &s.form.set.from, 1
		}
		if _, x := in.View(s.env.Theme, 60); x < c.before || x > c.before+1 || row != c.row {
			t.Errorf("%s: cursor at %d in row %d", c.typed, x, row)
		}
		if _, said := s.hint(); !strings.Contains(string(said), c.said) {
			t.Errorf("%s: the form says %q", c.typed, said)
		}
		s.Update(screen.Paste{Text: "x"})
		if _, said := s.hint(); said != s.env.Words.Tracer.AddressHint {
			t.Errorf("%s: after an edit the form says %q", c.typed, said)
		}
	}
}

// A bad address from elsewhere opens the form instead of a run.
func TestABadTargetOpensTheForm(t *testing.T) {
	env := long(0).env
	s := New(env, nobody{}, &Recent{}, screen.TracerArgs{Targets: []string{"bob＠fuji.test"}, Asked: &session.TraceOptions{Rcpt: true}})
	if s.form == nil || s.Init() != nil || s.form.input.Value() != "bob＠fuji.test" {
		t.Error("a run began")
	}
}

// Where nothing is behind the form, Esc ends the program.
func TestEscLeavesAFormThatIsAlone(t *testing.T) {
	s := New(long(0).env, nobody{}, &Recent{}, screen.TracerArgs{Asked: &session.TraceOptions{}, Alone: true})
	if act, _ := s.press(screen.Press{Verb: keys.Back}); act != (screen.Exit{}) {
		t.Errorf("esc gives %#v", act)
	}
}

package tracer

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// keptTargets is how many of the last traced addresses are offered.
const keptTargets = 5

// Recent holds what was traced last, the newest first, as long as the program runs.
type Recent struct{ list []string }

func (r *Recent) add(target string) {
	r.list = slices.DeleteFunc(r.list, func(s string) bool { return strings.EqualFold(s, target) })
	r.list = slices.Insert(r.list, 0, target)
	r.list = r.list[:min(len(r.list), keptTargets)]
}

// form asks whose way to trace.
type form struct {
	input  widget.Input
	offers []string
	given  bool // the offers are those of a message, not the last ones
	at     int  // offer under the cursor; -1 while the field is
}

func newForm(recent *Recent, offers []string) *form {
	f := &form{offers: offers, given: len(offers) > 0}
	if !f.given {
		f.offers, f.at = slices.Clone(recent.list), -1
	}
	return f
}

func (f *form) paste(s string) {
	f.input.Insert(s)
	f.at = -1
}

func (f *form) value() string {
	if f.at >= 0 && f.at < len(f.offers) {
		return f.offers[f.at]
	}
	return strings.TrimSpace(f.input.Value())
}

// Typing reports whether keys go to the field.
func (s *Screen) Typing() bool { return s.form != nil }

// fill takes keys while the form is shown.
func (s *Screen) fill(p screen.Press) (screen.Action, tea.Cmd) {
	f := s.form
	switch p.Verb {
	case keys.Back:
		return screen.Back{}, nil
	case keys.Down, keys.Next:
		f.at = min(f.at+1, len(f.offers)-1)
	case keys.Up, keys.Previous:
		f.at = max(f.at-1, -1)
	case keys.Open:
		target := f.value()
		if target == "" {
			return screen.Say{Text: s.env.Words.Tracer.AddressHint}, nil
		}
		s.form, s.consents = nil, nil
		s.args.Targets = []string{target}
		s.reset(target)
		return nil, s.start()
	default:
		if f.input.Key(p.Key) {
			f.at = -1
		}
	}
	return nil, nil
}

func (s *Screen) viewForm() screen.Frame {
	w, f := s.env.Words.Tracer, s.form
	label := w.Address + ": "
	room := max(s.width-text.Width(label)-2, 8)
	typed, x := f.input.View(s.env.Theme, room)
	rows := []string{widget.NewLine(s.env.Theme, s.width).Gap(1).Put(theme.Title, label).Raw(typed, room).String()}
	for _, l := range text.Wrap(w.AddressHint, s.width-2) {
		rows = append(rows, widget.NewLine(s.env.Theme, s.width).Gap(1).Put(theme.Muted, l).String())
	}
	head := w.LastTraced
	switch {
	case f.given:
		head = w.Which
	case len(f.offers) == 0:
		head = w.NoneTraced
	}
	rows = append(rows, widget.Blank(s.width), widget.NewLine(s.env.Theme, s.width).Gap(1).Put(theme.Muted, head).String())
	cursor := &screen.Cell{X: 1 + text.Width(label) + x, Insert: true}
	for i, o := range f.offers {
		mark := text.Safe("  ")
		if i == f.at {
			mark, cursor = "> ", &screen.Cell{X: 1, Y: len(rows)}
		}
		rows = append(rows, widget.NewLine(s.env.Theme, s.width).Selected(i == f.at).Gap(1).Put(theme.Text, mark+text.Clean(o)).String())
	}
	if cursor.Y >= s.height || s.blurred {
		cursor = nil
	}
	return screen.Frame{Rows: fill(rows, s.height, s.width), Cursor: cursor}
}

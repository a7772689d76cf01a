package tracer

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/explain"
	"todoku/session"
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

// form asks whose way to trace, and how. Under the field for an address stand the offers, under these the settings.
type form struct {
	input  widget.Input
	offers []string
	given  bool // the offers are those of a message, not the last ones
	at     int  // row under the cursor; -1 while the field is
	offer  int  // that the cursor was on last
	set    settings
	behind bool  // a run is behind it
	wrong  error // with what was typed; until it is mended
}

func newForm(recent *Recent, offers []string, set settings) *form {
	f := &form{offers: offers, given: len(offers) > 0, set: set}
	if !f.given {
		f.offers, f.at = slices.Clone(recent.list), -1
	}
	return f
}

// refuse stays in the form, the cursor at what is wrong with an address in it.
func (f *form) refuse(target string, err error) {
	f.wrong, f.at = err, -1
	in, typed := &f.input, target
	var bad *session.Error
	if !errors.As(err, &bad) {
		in.Set(typed)
		return
	}
	if bad.Args["field"] == "from" {
		f.at, in, typed = len(f.offers)+setFrom, &f.set.from, f.set.from.Value()
	}
	in.Set(typed)
	if at, err := strconv.Atoi(bad.Args["at"]); err == nil {
		in.Go(at - 1 + utf8.RuneCountInString(typed) - utf8.RuneCountInString(bad.Args["text"]))
	}
}

func (f *form) paste(s string) {
	f.wrong = nil
	if f.setting() == setFrom {
		f.set.from.Insert(s)
		return
	}
	f.input.Insert(s)
	f.at = -1
}

// setting is the setting under the cursor; negative if none is.
func (f *form) setting() int { return f.at - len(f.offers) }

func (f *form) move(by int) {
	if f.at = max(min(f.at+by, len(f.offers)+setRows-1), -1); f.at >= 0 && f.at < len(f.offers) {
		f.offer = f.at
	}
}

// value is the offer under the cursor, else what was typed, else the offer that the cursor was on last.
func (f *form) value() string {
	typed := strings.TrimSpace(f.input.Value())
	if f.at >= 0 && f.at < len(f.offers) || typed == "" && f.setting() >= 0 && len(f.offers) > 0 {
		return f.offers[f.offer]
	}
	return typed
}

// Typing reports whether keys go to the field.
func (s *Screen) Typing() bool { return s.form != nil }

// change opens the form for another run: of the same target, made the same way, until the person changes that.
func (s *Screen) change() {
	s.form = newForm(s.recent, nil, newSettings(s.asked, s.mail.Accounts()))
	s.form.input.Set(s.run.target)
	s.form.behind = true
}

// fill takes keys while the form is shown.
func (s *Screen) fill(p screen.Press) (screen.Action, tea.Cmd) {
	f := s.form
	switch p.Verb {
	case keys.Back:
		if f.behind {
			s.form = nil
			s.rebuild()
			return nil, nil
		}
		if s.args.Alone {
			return screen.Exit{}, nil
		}
		return screen.Back{}, nil
	case keys.Down, keys.Next:
		f.move(1)
	case keys.Up, keys.Previous:
		f.move(-1)
	case keys.Open:
		return s.traceForm()
	default:
		f.wrong = nil
		if n := f.setting(); n >= 0 {
			f.set.key(n, p.Key)
		} else if f.input.Key(p.Key) {
			f.at = -1
		}
	}
	return nil, nil
}

// traceForm traces what the form says.
func (s *Screen) traceForm() (screen.Action, tea.Cmd) {
	target := s.form.value()
	if target == "" {
		return screen.Say{Text: s.env.Words.Tracer.AddressHint}, nil
	}
	asked := s.form.set.taken()
	if err := checked(asked, target); err != nil {
		s.form.refuse(target, err)
		return nil, nil
	}
	s.env.Jobs.Cancel(s.job)
	s.asked = asked
	s.form, s.consents, s.stays = nil, nil, true
	s.args.Targets = []string{target}
	s.reset(target)
	return nil, s.start()
}

// checked gives what is wrong with what a run is asked for.
func checked(o session.TraceOptions, target string) error {
	o.Target = target
	return o.Check()
}

// hint says what the field takes, or what is wrong with what stands in it.
func (s *Screen) hint() (theme.Role, text.Safe) {
	if s.form.wrong == nil {
		return theme.Muted, s.env.Words.Tracer.AddressHint
	}
	d := explain.Error(s.form.wrong, explain.Lang(s.env.Words.Lang))
	return theme.Fail, text.Clean(d.Act) + s.env.Words.App.Between + text.Clean(d.Title)
}

func (s *Screen) viewForm() screen.Frame {
	w, f := s.env.Words.Tracer, s.form
	label := w.Address + ": "
	room := max(s.width-text.Width(label)-2, 8)
	typed, x := f.input.View(s.env.Theme, room)
	rows := []string{widget.NewLine(s.env.Theme, s.width).Gap(1).Put(theme.Title, label).Raw(typed, room).String()}
	role, hint := s.hint()
	for _, l := range text.Wrap(hint, s.width-2) {
		rows = append(rows, widget.NewLine(s.env.Theme, s.width).Gap(1).Put(role, l).String())
	}
	head := w.LastTraced
	switch {
	case f.given:
		head = w.Which
	case len(f.offers) == 0:
		head = w.NoneTraced
	}
	rows = append(rows, widget.Blank(s.width), s.muted(head))
	cursor := &screen.Cell{X: 1 + text.Width(label) + x, Insert: true}
	for i, o := range f.offers {
		mark := text.Safe("  ")
		if i == f.at {
			mark, cursor = "> ", &screen.Cell{X: 1, Y: len(rows)}
		}
		rows = append(rows, widget.NewLine(s.env.Theme, s.width).Selected(i == f.at).Gap(1).Put(theme.Text, mark+text.Clean(o)).String())
	}
	rows = append(rows, widget.Blank(s.width), s.muted(w.SetHow))
	for n := range setRows {
		row, x := f.set.row(s, n, n == f.setting())
		if n == f.setting() {
			cursor = &screen.Cell{X: max(x, 1), Y: len(rows), Insert: x >= 0}
		}
		rows = append(rows, row)
	}
	if cursor.Y >= s.height || s.blurred {
		cursor = nil
	}
	return screen.Frame{Rows: fill(rows, s.height, s.width), Cursor: cursor}
}

func (s *Screen) muted(l text.Safe) string {
	return widget.NewLine(s.env.Theme, s.width).Gap(1).Put(theme.Muted, l).String()
}

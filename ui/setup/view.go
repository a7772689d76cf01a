package setup

import (
	"strings"

	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/diag/provider"
	"todoku/session"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// labelCells is the width of a field's label.
const labelCells = 18

// View draws the step.
func (s *Screen) View() screen.Frame {
	switch s.step {
	case atAddress:
		return s.addressView()
	case atForm:
		return s.formView()
	}
	return s.checkView()
}

func (s *Screen) line() *widget.Line { return widget.NewLine(s.env.Theme, s.width).Gap(1) }

func (s *Screen) addressView() screen.Frame {
	w := s.env.Words.Setup
	row, cell := s.typed(w.Address, &s.address, true)
	rows := []string{widget.Blank(s.width), row, widget.Blank(s.width)}
	cell.Y = 1
	for _, l := range text.Wrap(w.Promise, s.width-2) {
		rows = append(rows, s.line().Put(theme.Muted, l).String())
	}
	rows = append(rows, widget.Blank(s.width))
	rows = append(rows, s.last(s.probeRows(), s.height-len(rows))...)
	return screen.Frame{Rows: widget.Fill(rows, s.height, s.width), Cursor: &cell}
}

// typed draws a label and what is typed behind it, and says where the real cursor stands in the row.
func (s *Screen) typed(label text.Safe, in *widget.Input, here bool) (string, screen.Cell) {
	l := widget.NewLine(s.env.Theme, s.width)
	mark := text.Safe(" ")
	if here {
		mark = ">"
	}
	l.Put(theme.Text, mark).Cell(theme.Muted, label, min(labelCells, s.width/2))
	at, width := l.Used(), max(l.Left()-1, 1)
	row, x := in.View(s.env.Theme, width)
	return l.Raw(row, width).Gap(1).String(), screen.Cell{X: at + x, Insert: true}
}

// probeRows shows every question with its answer.
func (s *Screen) probeRows() []string {
	var rows []string
	for _, p := range s.probes {
		state := string(ladder.StateOf(p.State))
		answer := text.Clean(p.Answer)
		if p.Finding != nil {
			answer = text.Clean(explain.Finding(*p.Finding, s.lang()).Title)
		}
		l := s.line().Cell(widget.StateRole(state), s.env.Words.Levels[state], widget.StateCells).Gap(2)
		what := text.Clean(p.What)
		l.Put(theme.Muted, text.Cut(what, max(s.width/2, l.Left()-text.Width(answer)-3))).Gap(2)
		rows = append(rows, l.Put(theme.Text, text.Cut(answer, l.Left()-1)).String())
	}
	return rows
}

// known is what the catalogue says of the provider, each fact with its month.
func (s *Screen) known() []text.Safe {
	w, p := s.env.Words.Setup, s.found.Provider
	if p == nil {
		return nil
	}
	said := []text.Safe{text.F(w.Source, text.Clean(p.Name), text.Clean(p.Dated))}
	for _, server := range []struct {
		name string
		*provider.Server
	}{{"IMAP", p.IMAP}, {"POP3", p.POP3}} {
		if server.Server != nil && server.SwitchOn {
			said = append(said, text.F(w.Switch, server.name, text.Clean(server.Dated)))
		}
	}
	for _, n := range p.Notes {
		note := n.En
		if s.lang() == explain.Japanese {
			note = n.Ja
		}
		said = append(said, text.F("%s (%s)", text.Clean(note), text.Clean(n.Dated)))
	}
	if p.Login != nil && p.Login.Where != "" {
		said = append(said, text.F("%s (%s)", text.Clean(p.Login.Where), text.Clean(p.Login.Dated)))
	}
	return said
}

func (s *Screen) formView() screen.Frame {
	above := s.probeRows()
	for _, fact := range s.known() {
		for _, l := range text.Wrap(fact, s.width-2) {
			above = append(above, s.line().Put(theme.Text, l).String())
		}
	}
	if len(above) > 0 {
		above = append(above, widget.Blank(s.width))
	}
	rows := s.last(above, s.height-int(fields))
	var cursor screen.Cell
	for at := range fields {
		row, cell := s.fieldRow(at)
		if at == s.form.at {
			cursor = screen.Cell{X: cell.X, Y: len(rows), Insert: cell.Insert}
		}
		rows = append(rows, row)
	}
	return screen.Frame{Rows: widget.Fill(rows, s.height, s.width), Cursor: &cursor}
}

// fieldRow draws a field: what is typed, or the choices with the chosen one marked.
func (s *Screen) fieldRow(at field) (string, screen.Cell) {
	w, f, here := s.env.Words.Setup, &s.form, at == s.form.at
	if in := f.input(at); in != nil {
		if at == secret && f.kind == session.SecretKeyring {
			in = in.Masked()
		}
		return s.typed(f.label(w, at), in, here)
	}
	l := widget.NewLine(s.env.Theme, s.width)
	mark := text.Safe(" ")
	if here {
		mark = ">"
	}
	l.Put(theme.Text, mark).Cell(theme.Muted, f.label(w, at), min(labelCells, s.width/2))
	cell := screen.Cell{X: l.Used()}
	all, now := f.choice(at)
	for _, c := range all {
		name := text.Clean(strings.ToUpper(c))
		for _, words := range []map[string]text.Safe{w.Modes, w.Kinds} {
			if called, ok := words[c]; ok {
				name = called
			}
		}
		if c == now {
			cell.X = l.Used() + 1
			l.Put(theme.Accent, "(x) ").Put(theme.Title, name).Gap(2)
			continue
		}
		l.Put(theme.Muted, "( ) "+name).Gap(2)
	}
	return l.String(), cell
}

// last gives the last n rows.
func (s *Screen) last(rows []string, n int) []string {
	return rows[len(rows)-min(max(n, 0), len(rows)):]
}

// checkView draws the answer, the rungs around the one that matters, what to do and what can be chosen.
func (s *Screen) checkView() screen.Frame {
	var rows []string
	for _, l := range text.Wrap(s.climb.Answer(s.env.Words), s.width-2) {
		rows = append(rows, s.line().Put(theme.Title, l).String())
	}
	below := s.todo()
	top := len(rows)
	rows = append(rows, s.rungRows(s.height-top-len(below))...)
	cursor := screen.Cell{Y: min(len(rows), s.height-1)}
	if len(s.choices()) > 0 {
		cursor.Y = min(len(rows)+len(below)-len(s.choices()), s.height-1)
	}
	return screen.Frame{Rows: widget.Fill(append(rows, below...), s.height, s.width), Cursor: &cursor}
}

// rungRows draws at most n rungs, those around the one that is climbed or broke.
func (s *Screen) rungRows(n int) []string {
	n = max(n, 0)
	all := s.climb.Rungs
	from := max(min(s.climb.At()-n/2, len(all)-n), 0)
	var rows []string
	for _, r := range all[from:min(from+n, len(all))] {
		rows = append(rows, s.line().Rung(s.env.Words, r.Ladder, r.Rung).String())
	}
	return rows
}

// todo is what to do about what broke, then the choices.
func (s *Screen) todo() []string {
	p := widget.Page{Width: s.width}
	if f, broken := s.climb.Broken(); broken && s.job == 0 {
		for i, do := range explain.Finding(f, s.lang()).Do {
			label := text.Safe("")
			if i == 0 {
				label = s.env.Words.Explain.Do
			}
			p.Say(label, theme.Text, text.Clean(do))
		}
	}
	rows := []string{widget.Blank(s.width)}
	for _, l := range p.Lines {
		rows = append(rows, l.Draw(s.env.Theme, s.width))
	}
	for i, c := range s.choices() {
		mark := text.Safe(" ")
		if i == 0 {
			mark = ">"
		}
		l := widget.NewLine(s.env.Theme, s.width).Selected(i == 0).Put(theme.Text, mark+" ").Put(theme.Accent, text.Num(i+1)).Gap(2)
		rows = append(rows, l.Put(theme.Text, text.Cut(c.name, l.Left())).String())
	}
	return rows
}

package accounts

import (
	"strings"

	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// Widths in cells.
const (
	wide       = 100 // from which the accounts stand beside the ladder
	listCells  = 30
	answerRows = 2 // who must act and what happened
)

// paned reports whether the accounts stand beside the ladder.
func (s *Screen) paned() bool { return s.width >= wide && !s.whole }

// ladderWidth is the width of the ladder.
func (s *Screen) ladderWidth() int {
	if s.paned() {
		return s.width - listCells - 1
	}
	return s.width
}

// rungsTop is the row on which the rungs begin.
func (s *Screen) rungsTop() int {
	if s.paned() {
		return 1 + answerRows
	}
	return answerRows
}

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.list.SetHeight(max(height-1, 1))
	s.rows.SetHeight(max(height-s.rungsTop()-len(s.todo()), 1))
	s.prove()
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Screen) SetFocus(on bool) { s.blurred = !on }

// Title says whose ladders are shown and how many accounts need the person.
func (s *Screen) Title(int) screen.Title {
	t := screen.Title{Left: s.env.Words.App.Accounts}
	if a, ok := s.account(); ok {
		t.Left += "  " + text.Clean(a.Name) + "  " + text.Clean(a.Address)
	}
	broken := 0
	for _, c := range s.climbs {
		if c.Checkup != nil {
			if _, fails := c.Checkup.Answer(); fails {
				broken++
			}
		}
	}
	if broken > 0 {
		t.Right = text.F(s.env.Words.Ladder.NeedYou, broken, len(s.accounts))
	}
	return t
}

// View draws the accounts, the answer, the ladder and what to do; or the proof of a rung.
func (s *Screen) View() screen.Frame {
	if s.whole {
		var rows []string
		for _, l := range s.proof[min(s.proofTop, len(s.proof)):] {
			rows = append(rows, l.Draw(s.env.Theme, s.width))
		}
		return screen.Frame{Rows: widget.Fill(rows, s.height, s.width), Cursor: s.cursor(0, 0)}
	}
	if !s.paned() {
		return screen.Frame{Rows: s.ladderRows(s.height), Cursor: s.cursor(0, s.rungsTop()+s.rows.At()-s.rows.Top())}
	}
	rows := []string{widget.HeadRule(s.env.Theme, listCells, s.ladderWidth())}
	rows = append(rows, widget.Columns(s.env.Theme, s.height-1, widget.Column{Rows: s.accountRows(), Width: listCells},
		widget.Column{Rows: s.ladderRows(s.height - 1), Width: s.ladderWidth()})...)
	cursor := s.cursor(listCells+1, s.rungsTop()+s.rows.At()-s.rows.Top())
	if s.onList {
		cursor = s.cursor(0, 1+s.list.At())
	}
	return screen.Frame{Rows: rows, Cursor: cursor}
}

func (s *Screen) cursor(x, y int) *screen.Cell {
	if s.blurred {
		return nil
	}
	return &screen.Cell{X: x, Y: y}
}

// mark is the sign of a row under the cursor, with the focus or without.
func (s *Screen) mark(here, focused bool) text.Safe {
	switch {
	case here && focused && !s.blurred:
		return ">"
	case here:
		return "-"
	}
	return " "
}

// accountRows lists the accounts, then what is set for the one under the cursor.
func (s *Screen) accountRows() []string {
	var rows []string
	for i, a := range s.accounts {
		here := i == s.list.At()
		l := widget.NewLine(s.env.Theme, listCells).Selected(here && s.onList && !s.blurred)
		state := s.stateOf(a)
		l.Gap(1).Put(theme.Text, s.mark(here, s.onList)).Gap(1).Cell(theme.Text, text.Clean(a.Name), 11).Gap(1)
		l.Cell(theme.Muted, text.Clean(strings.ToUpper(a.Protocol)), 6).Cell(widget.StateRole(string(state)), s.env.Words.Levels[string(state)], widget.StateCells)
		rows = append(rows, l.String())
	}
	a, ok := s.account()
	if !ok {
		return rows
	}
	rows = append(rows, widget.Blank(listCells))
	for _, fact := range []string{a.Address, a.Receiving, a.Submission} {
		if fact != "" {
			rows = append(rows, widget.NewLine(s.env.Theme, listCells).Gap(3).Put(theme.Muted, text.Clean(fact)).String())
		}
	}
	return rows
}

// stateOf is how an account stands; empty before its first climb is over.
func (s *Screen) stateOf(a session.Account) ladder.State {
	c := s.climbs[a.Name]
	switch {
	case c == nil:
		return ""
	case c.job != 0:
		return ladder.Live
	case c.Checkup == nil:
		return ladder.Unknown
	}
	if _, broken := c.Checkup.Answer(); broken {
		return ladder.Fail
	}
	if c.Checkup.Stopped() {
		return ladder.Unknown
	}
	for _, r := range c.Rungs {
		if r.State == ladder.Warn {
			return ladder.Warn
		}
	}
	return ladder.OK
}

// ladderRows draws the answer, the rungs and what to do.
func (s *Screen) ladderRows(n int) []string {
	width := s.ladderWidth()
	var rows []string
	for _, l := range text.Wrap(s.answer(), width-2) {
		rows = append(rows, widget.NewLine(s.env.Theme, width).Gap(1).Put(theme.Title, l).String())
	}
	rows = widget.Fill(rows, answerRows, width)
	if c := s.current(); c != nil {
		for i := s.rows.Top(); i < len(c.Rungs) && i < s.rows.Top()+s.rows.Height(); i++ {
			rows = append(rows, s.rungRow(c.Rungs[i], i == s.rows.At()))
		}
	}
	for _, l := range s.todo() {
		rows = append(rows, l.Draw(s.env.Theme, width))
	}
	return widget.Fill(rows, n, width)
}

// rungRow draws a rung.
func (s *Screen) rungRow(r widget.ClimbRung, here bool) string {
	l := widget.NewLine(s.env.Theme, s.ladderWidth()).Selected(here && !s.onList && !s.blurred)
	return l.Put(theme.Text, s.mark(here, !s.onList)).Rung(s.env.Words, r.Ladder, r.Rung).String()
}

func (s *Screen) lang() explain.Lang { return explain.Lang(s.env.Words.Lang) }

// broken is the finding of the first broken rung of the account; false while none is known.
func (s *Screen) broken() (trace.Finding, bool) {
	if c := s.current(); c != nil {
		return c.Broken()
	}
	return trace.Finding{}, false
}

// answer is who must act and what happened.
func (s *Screen) answer() text.Safe {
	if c := s.current(); c != nil {
		return c.Answer(s.env.Words)
	}
	return s.env.Words.Ladder.NoAccount
}

// outcome is the sentence at the end of a climb.
func (s *Screen) outcome(c *climb) text.Safe {
	w := s.env.Words.Ladder
	for _, l := range []ladder.Ladder{c.Checkup.Receive, c.Checkup.Send} {
		if l.Broken > 0 {
			return text.F(w.Broke, string(w.Ladders[l.Name]), l.Broken, string(w.Rungs[l.Rungs[l.Broken-1].Name]))
		}
	}
	if c.Checkup.Stopped() {
		return w.Stopped
	}
	return w.Sound
}

// todo is what to do about the first broken rung, at most three things.
func (s *Screen) todo() []widget.Labelled {
	f, broken := s.broken()
	if !broken {
		return nil
	}
	p := widget.Page{Width: s.ladderWidth()}
	p.Blank()
	for i, do := range explain.Finding(f, s.lang()).Do {
		label := text.Safe("")
		if i == 0 {
			label = s.env.Words.Explain.Do
		}
		p.Say(label, theme.Text, text.F("%d ", i+1)+text.Clean(do))
	}
	return p.Lines
}

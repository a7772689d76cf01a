package sent

import (
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	wide   = 100
	header = 2 // the sentence and the head of the matrix
	footer = 2 // the copy, and what only a trace can tell
)

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	rows := height - header - footer
	if width < wide {
		rows /= 2
	}
	s.list.SetHeight(max(rows, 1))
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Screen) SetFocus(on bool) { s.blurred = !on }

// Title says what was sent and under which id the server keeps it.
func (s *Screen) Title(int) screen.Title {
	w := s.env.Words.Compose
	t := screen.Title{Left: w.SentTitle + "  " + text.Clean(s.subject())}
	if s.sent.QueueID != "" {
		t.Right = text.F(w.QueuedAs, s.sent.QueueID, s.sent.Server)
	}
	return t
}

func (s *Screen) subject() string {
	if s.args.Draft != nil {
		return s.args.Draft.Subject
	}
	return s.sent.Subject
}

// View draws the sentence, then a row a recipient; narrow, two.
func (s *Screen) View() screen.Frame {
	w := s.env.Words.Compose
	rows := []string{s.line().Put(s.role(), s.sentence()).String(), s.head()}
	var cursor *screen.Cell
	for _, i := range s.list.Visible() {
		here := int(i) == s.list.At()
		if here && !s.blurred {
			cursor = &screen.Cell{Y: len(rows)}
		}
		rows = append(rows, s.recipient(s.sent.Recipients[i], here)...)
	}
	if !s.running && s.sent.State != "" {
		rows = append(rows, s.copyRow(), s.line().Put(theme.Muted, w.OnlyTrace).String())
	}
	for len(rows) < s.height {
		rows = append(rows, widget.Blank(s.width))
	}
	return screen.Frame{Rows: rows[:s.height], Cursor: cursor}
}

func (s *Screen) line() *widget.Line { return widget.NewLine(s.env.Theme, s.width).Gap(1) }

func (s *Screen) role() theme.Role {
	switch {
	case s.failure != nil, s.refused() > 0:
		return theme.Fail
	case s.sent.State == "unknown", s.sent.State == "queued":
		return theme.Warn
	}
	return theme.Title
}

// columns gives the cells of address, submission, DNS, transfer and pick-up.
func columns(width int) [5]int {
	if width < wide {
		return [5]int{width - 6, 0, 0, 0, 0}
	}
	return [5]int{28, 18, 11, 12, 11}
}

func (s *Screen) head() string {
	if s.width < wide {
		return widget.Blank(s.width)
	}
	l, c := s.line().Gap(2), columns(s.width)
	l.Cell(theme.Muted, s.env.Words.Compose.HeadTo, c[0])
	for i, step := range s.env.Words.Steps {
		l.Cell(theme.Muted, text.Num(i+1)+" "+step, c[i+1])
	}
	return l.Put(theme.Muted, s.env.Words.Compose.Said).String()
}

// recipient draws one row of the matrix. What happened after submission cannot be seen from here.
func (s *Screen) recipient(r session.SentRecipient, here bool) []string {
	l := widget.NewLine(s.env.Theme, s.width).Selected(here).Gap(1)
	mark := text.Safe("  ")
	if here {
		mark = "> "
	}
	c := columns(s.width)
	state := s.env.Words.Levels[r.State]
	l.Put(theme.Text, mark).Cell(theme.Text, text.Clean(r.Addr), c[0])
	if s.width < wide {
		second := s.line().Gap(4).Put(stateRole(r.State), "1 "+state).Put(theme.Muted, "  "+s.said(r))
		return []string{l.String(), second.String()}
	}
	took := text.Safe("")
	if r.Elapsed > 0 {
		took = text.Span(r.Elapsed)
	}
	if r.State == "fail" {
		took = text.Clean(r.Verb)
	}
	l.Cell(stateRole(r.State), state, 8).CellRight(theme.Muted, took, 7).Gap(c[1] - 15)
	later := s.env.Words.Levels["unknown"]
	if r.State == "fail" {
		later = s.env.Words.Levels["n/a"]
	}
	for _, n := range c[2:] {
		l.Cell(theme.Muted, later, n)
	}
	return []string{l.Put(theme.Text, s.said(r)).String()}
}

func (s *Screen) said(r session.SentRecipient) text.Safe {
	if r.Reply == "" || r.Code == 0 {
		return s.env.Words.Compose.NothingSaid
	}
	return text.Clean(r.Reply)
}

func (s *Screen) copyRow() string {
	w := s.env.Words.Compose
	l := s.line().Cell(theme.Muted, w.Copy, 7)
	switch s.sent.CopyState {
	case trace.Pass:
		return l.Put(theme.Text, text.F(w.CopyOK, s.sent.CopyFolder)).String()
	case trace.Fail:
		return l.Put(theme.Warn, w.CopyFail).String()
	}
	return l.Put(theme.Muted, w.CopyWait).String()
}

func stateRole(state string) theme.Role {
	switch state {
	case "ok":
		return theme.Ok
	case "warn":
		return theme.Warn
	case "fail":
		return theme.Fail
	case "live":
		return theme.Live
	}
	return theme.Muted
}

// Help says what works now.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Compose
	correct := screen.Live{Verb: keys.Number, Label: w.CorrectKey, Key: "1", Rank: 2}
	if s.refused() == 0 {
		correct.Rank = 0
	}
	again := screen.Live{Verb: keys.Again, Label: w.RetryKey}
	if s.sent.State == "queued" || s.sent.State == "unknown" {
		again.Rank = 2
	}
	return screen.Help{Name: w.SentTitle, Verbs: []screen.Live{
		{Verb: keys.Open, Label: w.DialogueKey, Rank: 3}, {Verb: keys.Explain, Rank: 1}, correct, again,
		{Verb: keys.Wire, Rank: 5}, {Verb: keys.CopyText, Rank: 6}, {Verb: keys.Back, Rank: 4},
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.First}, {Verb: keys.Last},
	}}
}

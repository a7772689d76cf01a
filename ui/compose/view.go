package compose

import (
	"path/filepath"

	"todoku/session"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	label   = 10 // cells before a field's value
	maxHits = 5
	tall    = 14 // rows from which all parts of the screen stand at once
)

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.layout()
}

// place is which row holds what.
type place struct {
	order    []field // the fields that are shown
	rows     []int   // where
	hits     int     // the first suggestion
	rule     int
	text     int
	textRows int
	checks   int // the first row of checks; the rule above it is left out where there is little room
}

// place lays out the rows: the fields, the suggestions below the one being typed, the text, the checks. Where there is
// little room, the text has it while it is written, and only two fields stay.
func (s *Screen) place() place {
	p := place{order: []field{from, to, cc, bcc, subject, attach}}
	if s.height < tall && s.focus == body {
		p.order = []field{to, subject}
	}
	y := 0
	for _, f := range p.order {
		p.rows = append(p.rows, y)
		y++
		if f == s.focus {
			p.hits = y
			y += s.hitRows()
		}
	}
	p.rule, p.text = y, y+1
	p.checks = s.height - len(s.checkRows())
	end := p.checks
	if s.height >= tall {
		end--
	}
	p.textRows = max(end-p.text, 0)
	return p
}

// layout gives the editor what the rest leaves.
func (s *Screen) layout() { s.text.SetSize(max(s.width-2, 2), max(s.place().textRows, 1)) }

func (s *Screen) hitRows() int { return min(len(s.hits), maxHits) }

// Title says what is being written and whether it is saved.
func (s *Screen) Title(width int) screen.Title {
	w := s.env.Words.Compose
	left := w.Title
	switch s.draft.Kind {
	case session.DraftReply, session.DraftReplyAll, session.DraftReplyList:
		left += "  " + text.F(w.Answering, s.inputs[to].Value())
	case session.DraftForward:
		left += "  " + w.Forwarding
	case session.DraftResend:
		left += "  " + w.Again
	}
	right := w.Unsaved
	if !s.draft.Saved.IsZero() {
		right = text.F(w.Saved, text.Clock(s.draft.Saved.In(s.env.Now().Location())))
	}
	return screen.Title{Left: text.Cut(left, max(width-text.Width(right)-12, 10)), Right: right}
}

// View draws the fields, the suggestions below the one being typed, the text, and the checks.
func (s *Screen) View() screen.Frame {
	p := s.place()
	rows := make([]string, 0, s.height+maxHits)
	var cursor *screen.Cell
	for _, f := range p.order {
		row, x := s.fieldRow(f)
		if f == s.focus {
			cursor = &screen.Cell{X: x, Y: len(rows), Insert: true}
		}
		rows = append(rows, row)
		if f == s.focus {
			rows = append(rows, s.suggestions()...)
		}
	}
	rows = append(rows, s.textRule())
	lines, x, y := s.text.View(s.env.Theme)
	if s.focus == body {
		cursor = &screen.Cell{X: x + 1, Y: p.text + y, Insert: true}
	}
	for _, l := range lines[:min(p.textRows, len(lines))] {
		rows = append(rows, widget.NewLine(s.env.Theme, s.width).Gap(1).Raw(l, s.width-2).String())
	}
	rows = rows[:min(len(rows), p.checks)]
	if s.height >= tall {
		rows = append(rows, widget.RuleRow(s.env.Theme, s.width, s.env.Words.Compose.Checks, ""))
	}
	rows = append(rows[:min(len(rows), p.checks)], s.checkRows()...)
	for len(rows) < s.height {
		rows = append(rows, widget.Blank(s.width))
	}
	if !s.ready || cursor.Y >= s.height {
		cursor = nil
	}
	return screen.Frame{Rows: rows[:s.height], Cursor: cursor}
}

func (s *Screen) textRule() string {
	w := s.env.Words.Compose
	return widget.RuleRow(s.env.Theme, s.width, w.Text, text.F(w.TextKind, text.Size(int64(s.text.Size()))))
}

// fieldRow draws one field and says in which cell the cursor would stand.
func (s *Screen) fieldRow(f field) (row string, x int) {
	w := s.env.Words.Compose
	name := [...]text.Safe{from: w.From, to: w.To, cc: w.Cc, bcc: w.Bcc, subject: w.Subject, attach: w.Attach}[f]
	role := theme.Muted
	if f == s.focus {
		role = theme.Accent
	}
	l := widget.NewLine(s.env.Theme, s.width).Gap(1).Cell(role, name, label-1)
	switch f {
	case from:
		l.Put(theme.Text, text.Clean(s.inputs[from].Value())).RightEnd(theme.Muted, s.through(), 1)
		return l.String(), label
	case attach:
		l.Put(theme.Text, s.fileNames())
		return l.String(), label
	}
	value, at := s.inputs[f].View(s.env.Theme, s.width-label-1)
	return l.Raw(value, s.width-label-1).String(), label + at
}

func (s *Screen) through() text.Safe {
	for _, a := range s.mail.Accounts() {
		if a.Name == s.draft.Account && a.Submission != "" {
			return text.F(s.env.Words.Compose.Through, a.Submission)
		}
	}
	return s.env.Words.Compose.NoServer
}

func (s *Screen) fileNames() text.Safe {
	w := s.env.Words.Compose
	if len(s.draft.Files) == 0 {
		return w.NoFile
	}
	var all text.Safe
	for i, f := range s.draft.Files {
		if i > 0 {
			all += ", "
		}
		all += text.Clean(filepath.Base(f.Name)) + " " + text.Size(f.Size)
	}
	if s.focus == attach {
		room := s.width - label - text.Width(w.AddFile) - 5
		all = text.Cut(all, max(room, 10)) + "  (" + w.AddFile + ")"
	}
	return all
}

func (s *Screen) suggestions() []string {
	var rows []string
	for i, c := range s.hits[:s.hitRows()] {
		l := widget.NewLine(s.env.Theme, s.width).Selected(i == s.hit)
		mark := text.Safe("  ")
		if i == s.hit {
			mark = "> "
		}
		l.To(label-2).Put(theme.Text, mark)
		addr := 28
		switch {
		case s.width < 70:
			addr = l.Left() - 1
		case s.width < 100:
			addr = 24
		}
		l.Cell(theme.Text, text.Clean(c.Addr), addr).Gap(2).Cell(theme.Text, text.Clean(c.Name), 18).Gap(2)
		rows = append(rows, l.Put(theme.Muted, s.metOften(c)).String())
	}
	return rows
}

// metOften says how often an address was met and when last.
func (s *Screen) metOften(c session.Contact) text.Safe {
	w := s.env.Words
	last := w.When(c.Last, s.env.Now())
	switch {
	case c.Count == 1:
		return text.F(w.Compose.OneMessage, last)
	case last == "":
		return ""
	}
	return text.F(w.Compose.Messages, text.Num(c.Count), last)
}

// Subject is the account that the message leaves by.
func (s *Screen) Subject() screen.About { return screen.About{Account: s.draft.Account} }

// Help says what works now; the footer begins with what enter does.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Compose
	enter, about := w.FooterField, w.Begun
	switch {
	case len(s.hits) > 0:
		enter, about = w.FooterPick, text.F(w.Takes, s.hits[s.hit].Addr)
	case s.focus == from, s.focus == attach:
		enter, about = w.FooterPick, w.Picks
	case s.focus == body:
		enter, about = w.FooterLine, w.NewLine
	}
	return screen.Help{Name: w.Title, About: about, Verbs: []screen.Live{
		{Verb: keys.Open, Label: enter, Rank: 2},
		{Verb: keys.Next, Label: w.FooterField, Rank: 5},
		{Verb: keys.Send, Rank: 1},
		{Verb: keys.Editor, Rank: 4},
		{Verb: keys.Back, Label: w.FooterLeave, Rank: 3},
		{Verb: keys.Previous}, {Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.Trace}, {Verb: keys.Explain},
	}}
}

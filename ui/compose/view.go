package compose

import (
	"path/filepath"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	label    = 10 // cells before a field's value
	maxHits  = 5
	checkRow = 2 // the rule and the row of checks
	wide     = 100
)

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.layout()
}

// layout gives the editor what the fields, the suggestions and the checks leave.
func (s *Screen) layout() {
	s.text.SetSize(max(s.width-2, 2), s.height-int(body)-s.hitRows()-1-checkRow)
}

func (s *Screen) hitRows() int { return min(len(s.hits), maxHits) }

// rowOf is the row of a field; suggestions push the rows below them down.
func (s *Screen) rowOf(f field) int {
	if f > s.focus {
		return int(f) + s.hitRows()
	}
	return int(f)
}

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
	return screen.Title{Left: text.Cut(left, max(width-text.Width(right)-4, 10)), Right: right}
}

// View draws the fields, the suggestions below the one being typed, the text, and the checks.
func (s *Screen) View() screen.Frame {
	var rows []string
	var cursor *screen.Cell
	for f := from; f < body; f++ {
		row, x := s.fieldRow(f)
		if f == s.focus {
			cursor = &screen.Cell{X: x, Y: len(rows), Insert: true}
		}
		rows = append(rows, row)
		if f == s.focus {
			rows = append(rows, s.suggestions()...)
		}
	}
	w := s.env.Words.Compose
	size := text.Size(int64(len(s.text.Value())))
	rows = append(rows, widget.RuleRow(s.env.Theme, s.width, w.Text, text.F(w.TextKind, size)))
	lines, x, y := s.text.View(s.env.Theme)
	if s.focus == body {
		cursor = &screen.Cell{X: x + 1, Y: len(rows) + y, Insert: true}
	}
	for _, l := range lines {
		rows = append(rows, widget.NewLine(s.env.Theme, s.width).Gap(1).Raw(l, s.width-2).String())
	}
	rows = append(rows, widget.RuleRow(s.env.Theme, s.width, w.Checks, ""), s.checksRow())
	if cursor != nil {
		cursor.Y = min(cursor.Y, s.height-1)
	}
	return screen.Frame{Rows: fit(rows, s.width, s.height), Cursor: cursor}
}

// fit gives exactly height rows.
func fit(rows []string, width, height int) []string {
	for len(rows) < height {
		rows = append(rows, widget.Blank(width))
	}
	return rows[:height]
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
		l.Put(theme.Text, s.files())
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

func (s *Screen) files() text.Safe {
	if len(s.draft.Files) == 0 {
		return s.env.Words.Compose.NoFile
	}
	var all text.Safe
	for i, f := range s.draft.Files {
		if i > 0 {
			all += ", "
		}
		all += text.Clean(filepath.Base(f.Name)) + " " + text.Size(f.Size)
	}
	if s.focus == attach {
		all += "  (" + s.env.Words.Compose.AddFile + ")"
	}
	return all
}

func (s *Screen) suggestions() []string {
	var rows []string
	now := s.env.Now()
	for i, c := range s.hits[:s.hitRows()] {
		l := widget.NewLine(s.env.Theme, s.width).Selected(i == s.hit)
		mark := text.Safe("  ")
		if i == s.hit {
			mark = "> "
		}
		l.To(label-2).Put(theme.Text, mark).Cell(theme.Text, text.Clean(c.Addr), 24).Gap(1)
		l.Cell(theme.Text, text.Clean(c.Name), 18).Gap(1)
		l.Put(theme.Muted, text.F(s.env.Words.Compose.Messages, c.Count)+"  "+s.env.Words.When(c.Last, now))
		rows = append(rows, l.String())
	}
	return rows
}

// checksRow draws what is known before the message leaves, the worst first.
func (s *Screen) checksRow() string {
	l := widget.NewLine(s.env.Theme, s.width).Gap(1)
	for _, level := range []trace.Level{trace.Fail, trace.Warn, trace.Pass} {
		for _, c := range s.checks {
			if c.Level != level {
				continue
			}
			sentence := s.sentence(c)
			if l.Used() > 1 && text.Width(sentence)+10 > l.Left() {
				continue
			}
			l.Put(levelRole(level), s.env.Words.Levels[string(level)]).Put(theme.Text, "  "+sentence).Gap(4)
		}
	}
	return l.String()
}

func levelRole(level trace.Level) theme.Role {
	switch level {
	case trace.Fail:
		return theme.Fail
	case trace.Warn:
		return theme.Warn
	}
	return theme.Ok
}

func (s *Screen) sentence(c session.Check) text.Safe {
	if c.Code == "compose.size" {
		c.Args = map[string]string{"octets": c.Args["octets"]}
	}
	return text.Clean(explain.Finding(c, explain.Lang(s.env.Words.Lang)).Title)
}

// Help says what works now; the footer begins with what enter does.
func (s *Screen) Help() screen.Help {
	w := s.env.Words
	enter := w.Compose.FooterPick
	about := text.Safe("")
	switch {
	case len(s.hits) > 0:
		about = text.F(w.Compose.Takes, s.hits[s.hit].Addr)
	case s.focus == body:
		about = w.Compose.Begun
	}
	return screen.Help{Name: w.Compose.Title, About: about, Verbs: []screen.Live{
		{Verb: keys.Next, Label: w.Compose.FooterField, Rank: 2},
		{Verb: keys.Open, Label: enter, Rank: 4},
		{Verb: keys.Send, Rank: 1},
		{Verb: keys.Editor, Rank: 5},
		{Verb: keys.Back, Label: w.Compose.FooterLeave, Rank: 3},
		{Verb: keys.Previous}, {Verb: keys.Down}, {Verb: keys.Up},
	}}
}

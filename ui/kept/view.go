package kept

import (
	"strings"

	"todoku/session"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) {
	s.width, s.height = width, height
	s.list.SetHeight(height)
}

// SetFocus says whether the screen has the focus or the wire below it.
func (s *Screen) SetFocus(on bool) { s.blurred = !on }

// Title counts both.
func (s *Screen) Title(int) screen.Title {
	w := s.env.Words.Compose
	return screen.Title{Left: w.OutboxTitle + " " + text.Num(len(s.things.outbox)) + "  " + w.DraftsTitle + " " + text.Num(len(s.things.drafts))}
}

// View draws a row a thing.
func (s *Screen) View() screen.Frame {
	var rows []string
	f := screen.Frame{}
	for i := range s.list.Visible() {
		at := s.list.Top() + i
		here := at == s.list.At()
		if here && !s.blurred {
			f.Cursor = &screen.Cell{Y: len(rows)}
		}
		rows = append(rows, s.row(at, here))
	}
	if len(rows) == 0 && s.ready {
		rows = append(rows, widget.NewLine(s.env.Theme, s.width).Gap(1).Put(theme.Muted, s.env.Words.Compose.NothingKept).String())
	}
	for len(rows) < s.height {
		rows = append(rows, widget.Blank(s.width))
	}
	f.Rows = rows[:s.height]
	return f
}

// row draws what it is, to whom, about what, and when it is tried or was saved.
func (s *Screen) row(i int, here bool) string {
	w := s.env.Words.Compose
	l := widget.NewLine(s.env.Theme, s.width).Selected(here && !s.blurred)
	mark := text.Safe("  ")
	switch {
	case here && s.blurred:
		mark = "- "
	case here:
		mark = "> "
	}
	l.Put(theme.Text, mark)
	if i < len(s.things.outbox) {
		e := s.things.outbox[i]
		when := text.Safe("")
		if e.State == "queued" && !e.Next.IsZero() {
			when = text.F(w.NextTry, text.Clock(e.Next.In(s.env.Now().Location())))
		}
		return s.cells(l, stateRole(e.State), w.States[e.State], recipients(e), e.Subject, when)
	}
	d := s.things.drafts[i-len(s.things.outbox)]
	return s.cells(l, theme.Muted, w.DraftMark, d.To, d.Subject, s.env.Words.When(d.Saved, s.env.Now()))
}

func (s *Screen) cells(l *widget.Line, role theme.Role, state text.Safe, who, subject string, when text.Safe) string {
	l.Cell(role, state, 8).Gap(1)
	if s.width >= 60 {
		l.Cell(theme.Text, text.Clean(who), s.width/4).Gap(2)
	} else {
		when = ""
	}
	room := l.Left() - text.Width(when) - 2
	return l.Cell(theme.Text, s.subject(subject), room).RightEnd(theme.Muted, when, 1).String()
}

func recipients(e session.Sent) string {
	var all []string
	for _, r := range e.Recipients {
		all = append(all, r.Addr)
	}
	return strings.Join(all, ", ")
}

func stateRole(state string) theme.Role {
	switch state {
	case "refused":
		return theme.Fail
	case "claimed", "sending":
		return theme.Live
	case "accepted", "filed":
		return theme.Ok
	}
	return theme.Warn
}

func (s *Screen) subject(subject string) text.Safe {
	if subject == "" {
		return s.env.Words.Compose.NoSubject
	}
	return text.Clean(subject)
}

// about says of the thing under the cursor who must act.
func (s *Screen) about() text.Safe {
	w := s.env.Words.Compose
	entry, draft := s.current()
	switch {
	case entry == nil && draft == nil:
		return w.NothingKept
	case draft != nil:
		return w.AboutDraft
	case entry.State == "unknown":
		return w.Unknown
	case entry.State == "refused":
		return w.GaveUp
	case entry.State == "queued":
		return text.F(w.Waits, text.Clock(entry.Next.In(s.env.Now().Location())))
	}
	return w.Elsewhere
}

// Subject is the account that what is under the cursor leaves by.
func (s *Screen) Subject() screen.About {
	switch entry, draft := s.current(); {
	case entry != nil:
		return screen.About{Account: entry.Account}
	case draft != nil:
		return screen.About{Account: draft.Account}
	}
	return screen.About{}
}

// Help says what works now.
func (s *Screen) Help() screen.Help {
	w := s.env.Words.Compose
	entry, _ := s.current()
	again := screen.Live{Verb: keys.Again, Label: w.RetryKey, Rank: 3}
	drop := screen.Live{Verb: keys.Delete, Rank: 2}
	undo := screen.Live{Verb: keys.Undo, Rank: 6}
	if s.gone == nil {
		undo.Off = w.NothingGone
	}
	if entry == nil {
		again.Off = w.NotWaiting
	} else {
		drop.Label = w.TakeBackKey
	}
	return screen.Help{Name: w.OutboxTitle, About: s.about(), Verbs: []screen.Live{
		{Verb: keys.Open, Label: w.OpenKey, Rank: 1}, again, drop, undo, {Verb: keys.Write, Rank: 7}, {Verb: keys.Wire, Rank: 5},
		{Verb: keys.Back, Rank: 4},
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.First}, {Verb: keys.Last}, {Verb: keys.PageDown}, {Verb: keys.PageUp},
	}}
}

// Package kept is the screen of what has not left yet: drafts, and messages that wait in the outbox or ask the person.
package kept

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// Mail is what the screen asks of the session.
type Mail interface {
	Accounts() []session.Account
	Account(name string) (session.Account, bool)
	Drafts(context.Context, *trace.Span, session.FoldersOptions) ([]session.Draft, error)
	Outbox(context.Context, *trace.Span, session.FoldersOptions) ([]session.Sent, error)
	DropDraft(context.Context, *trace.Span, session.Draft) (session.Draft, error)
	SaveDraft(context.Context, *trace.Span, session.Draft) (session.Draft, error)
	Retry(context.Context, *trace.Span, session.RetryOptions) (session.Sent, error)
}

// things is all that is kept.
type things struct {
	drafts []session.Draft
	outbox []session.Sent
}

// Screen lists the outbox first: it may ask for something.
type Screen struct {
	env    *screen.Env
	mail   Mail
	things things
	ready  bool
	list   widget.List
	gone   *session.Draft // dropped last, for undo

	loadJob, dropJob jobs.ID
	width, height    int
	blurred          bool
}

// New makes the screen.
func New(env *screen.Env, m Mail) *Screen { return &Screen{env: env, mail: m, width: 80, height: 21} }

// Init loads what is kept.
func (s *Screen) Init() tea.Cmd {
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (things, error) {
		var t things
		var err error
		if t.outbox, err = s.mail.Outbox(ctx, c.Span, session.FoldersOptions{}); err != nil {
			return t, err
		}
		t.drafts, err = s.mail.Drafts(ctx, c.Span, session.FoldersOptions{})
		return t, err
	})
	s.loadJob = id
	return cmd
}

// Update takes keys and what jobs bring.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Wheel:
		s.list.Scroll(m.Rows)
	case screen.Returned, screen.Changed:
		return nil, s.Init()
	case jobs.Done[things]:
		if m.Job == s.loadJob && m.Err == nil {
			s.take(m.Value)
		}
	case jobs.Done[session.Draft], jobs.Done[session.Sent]:
		return nil, s.Init()
	}
	return nil, nil
}

func (s *Screen) take(t things) {
	s.things, s.ready = t, true
	rows := make([]int64, len(t.outbox)+len(t.drafts))
	for i := range rows {
		rows[i] = int64(i)
	}
	s.list.SetKeys(rows)
}

// current gives the entry or the draft under the cursor.
func (s *Screen) current() (entry *session.Sent, draft *session.Draft) {
	i := s.list.At()
	switch {
	case i < len(s.things.outbox):
		return &s.things.outbox[i], nil
	case i-len(s.things.outbox) < len(s.things.drafts):
		return nil, &s.things.drafts[i-len(s.things.outbox)]
	}
	return nil, nil
}

func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	switch p.Verb {
	case keys.Down:
		s.list.Move(1)
	case keys.Up:
		s.list.Move(-1)
	case keys.First:
		s.list.Go(0)
	case keys.Last:
		s.list.Go(s.list.Len() - 1)
	case keys.PageDown:
		s.list.Page(1)
	case keys.PageUp:
		s.list.Page(-1)
	case keys.Open:
		return s.open(), nil
	case keys.Delete:
		return s.drop()
	case keys.Undo:
		return s.undo()
	case keys.Back, keys.Quit:
		return screen.Back{}, nil
	}
	return nil, nil
}

func (s *Screen) open() screen.Action {
	entry, draft := s.current()
	switch {
	case entry != nil:
		account, _ := s.mail.Account(entry.Account)
		return screen.Open{Name: screen.Sent, With: screen.SentArgs{Account: account, Entry: entry}}
	case draft != nil:
		account, _ := s.mail.Account(draft.Account)
		return screen.Open{Name: screen.Compose, With: screen.ComposeArgs{Account: account, Draft: draft}}
	}
	return nil
}

// drop forgets a draft, or takes an entry of the outbox back into the drafts: nothing written is lost by one key.
func (s *Screen) drop() (screen.Action, tea.Cmd) {
	w := s.env.Words.Compose
	entry, draft := s.current()
	switch {
	case entry != nil:
		key := entry.Key
		id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Sent, error) {
			return s.mail.Retry(ctx, c.Span, session.RetryOptions{Key: key, Drop: true})
		})
		s.dropJob = id
		return screen.Say{Kind: screen.Result, Text: w.BackToDraft}, cmd
	case draft != nil:
		d := *draft
		s.gone = &d
		id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Draft, error) {
			return s.mail.DropDraft(ctx, c.Span, d)
		})
		s.dropJob = id
		if len(d.Files) > 0 {
			s.gone = nil // its files went with it
			return screen.Say{Kind: screen.Result, Text: w.DraftGone}, cmd
		}
		return screen.Say{Kind: screen.Result, Text: w.DraftGoneUndo}, cmd
	}
	return nil, nil
}

// undo brings the draft back that was dropped last.
func (s *Screen) undo() (screen.Action, tea.Cmd) {
	if s.gone == nil {
		return nil, nil
	}
	d := *s.gone
	d.Key = 0
	s.gone = nil
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Draft, error) {
		return s.mail.SaveDraft(ctx, c.Span, d)
	})
	s.dropJob = id
	return screen.Say{Kind: screen.Result, Text: s.env.Words.Compose.Kept}, cmd
}

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
	for _, i := range s.list.Visible() {
		here := int(i) == s.list.At()
		if here && !s.blurred {
			f.Cursor = &screen.Cell{Y: len(rows)}
		}
		rows = append(rows, s.row(int(i), here))
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

func (s *Screen) row(i int, here bool) string {
	w := s.env.Words.Compose
	l := widget.NewLine(s.env.Theme, s.width).Selected(here)
	mark := text.Safe("  ")
	if here {
		mark = "> "
	}
	l.Put(theme.Text, mark)
	if i < len(s.things.outbox) {
		e := s.things.outbox[i]
		l.Cell(theme.Warn, w.States[e.State], 9).Cell(theme.Text, s.subject(e.Subject), s.width/2-11).Gap(1)
		to := ""
		if len(e.Recipients) > 0 {
			to = e.Recipients[0].Addr
		}
		l.Put(theme.Muted, text.Clean(to))
		if e.State == "queued" && !e.Next.IsZero() {
			l.RightEnd(theme.Muted, text.F(w.NextTry, text.Clock(e.Next.In(s.env.Now().Location()))), 1)
		}
		return l.String()
	}
	d := s.things.drafts[i-len(s.things.outbox)]
	l.Cell(theme.Muted, w.DraftMark, 9).Cell(theme.Text, s.subject(d.Subject), s.width/2-11).Gap(1).Put(theme.Muted, text.Clean(d.To))
	return l.RightEnd(theme.Muted, s.env.Words.When(d.Saved, s.env.Now()), 1).String()
}

func (s *Screen) subject(subject string) text.Safe {
	if subject == "" {
		return s.env.Words.Compose.NoSubject
	}
	return text.Clean(subject)
}

// Help says what works now.
func (s *Screen) Help() screen.Help {
	undo := screen.Live{Verb: keys.Undo}
	if s.gone == nil {
		undo.Off = s.env.Words.Compose.NothingGone
	}
	return screen.Help{Name: s.env.Words.Compose.DraftsTitle, Verbs: []screen.Live{
		{Verb: keys.Open, Rank: 1}, {Verb: keys.Delete, Rank: 2}, undo, {Verb: keys.Wire, Rank: 4}, {Verb: keys.Back, Rank: 3},
		{Verb: keys.Down}, {Verb: keys.Up}, {Verb: keys.First}, {Verb: keys.Last}, {Verb: keys.PageDown}, {Verb: keys.PageUp},
	}}
}

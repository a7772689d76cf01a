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
	args   screen.KeptArgs
	things things
	ready  bool
	list   widget.List
	gone   *session.Draft // dropped last, for undo

	loadJob, dropJob, backJob, undoJob jobs.ID
	width, height                      int
	blurred                            bool
}

// askDrop marks the question whether a draft goes with its files.
type askDrop struct{ draft session.Draft }

// New makes the screen.
func New(env *screen.Env, m Mail, args screen.KeptArgs) *Screen {
	return &Screen{env: env, mail: m, args: args, width: 80, height: 21}
}

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
	case screen.Click:
		return s.click(m), nil
	case screen.Answered:
		if ask, ok := m.To.(askDrop); ok && m.N == 2 {
			return nil, s.dropDraft(ask.draft)
		}
	case jobs.Done[things]:
		return s.loaded(m), nil
	case jobs.Done[session.Draft]:
		return s.draftDone(m)
	case jobs.Done[session.Sent]:
		if m.Job == s.backJob {
			return s.ended(m.Err, s.env.Words.Compose.BackToDraft)
		}
	}
	return nil, nil
}

func (s *Screen) loaded(d jobs.Done[things]) screen.Action {
	switch {
	case d.Job != s.loadJob:
		return nil
	case d.Err != nil:
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
	}
	first := !s.ready
	s.take(d.Value)
	if first && s.args.Drafts {
		s.list.Go(len(s.things.outbox))
	}
	return nil
}

func (s *Screen) draftDone(d jobs.Done[session.Draft]) (screen.Action, tea.Cmd) {
	w := s.env.Words.Compose
	switch d.Job {
	case s.dropJob:
		if s.gone == nil || d.Err != nil {
			s.gone = nil
			return s.ended(d.Err, w.DraftGone)
		}
		return s.ended(nil, w.DraftGoneUndo)
	case s.undoJob:
		return s.ended(d.Err, w.DraftBack)
	}
	return nil, nil
}

// ended says how a verb ended and lists anew what there is.
func (s *Screen) ended(err error, said text.Safe) (screen.Action, tea.Cmd) {
	if err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.Clean(err.Error()), Err: err}, s.Init()
	}
	return screen.Say{Kind: screen.Result, Text: said}, s.Init()
}

// take lists what is kept. The cursor stays on its entry or draft: an entry has the negative of its key.
func (s *Screen) take(t things) {
	s.things, s.ready = t, true
	rows := make([]int64, 0, len(t.outbox)+len(t.drafts))
	for _, e := range t.outbox {
		rows = append(rows, -e.Key)
	}
	for _, d := range t.drafts {
		rows = append(rows, d.Key)
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
	case keys.Down, keys.Up, keys.First, keys.Last, keys.PageDown, keys.PageUp:
		s.list.Press(p.Verb)
	case keys.Open:
		return s.open(), nil
	case keys.Write:
		return s.write(), nil
	case keys.Again:
		return s.sendNow(), nil
	case keys.Delete:
		return s.drop()
	case keys.Undo:
		return nil, s.undo()
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

// write begins a message as the first account.
func (s *Screen) write() screen.Action {
	if all := s.mail.Accounts(); len(all) > 0 {
		return screen.Open{Name: screen.Compose, With: screen.ComposeArgs{Account: all[0], Kind: session.DraftNew}}
	}
	return nil
}

// sendNow opens the entry and sends it.
func (s *Screen) sendNow() screen.Action {
	entry, _ := s.current()
	if entry == nil {
		return screen.Say{Text: s.env.Words.Compose.NotWaiting}
	}
	account, _ := s.mail.Account(entry.Account)
	return screen.Open{Name: screen.Sent, With: screen.SentArgs{Account: account, Entry: entry, Now: true}}
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
		s.backJob = id
		return nil, cmd
	case draft != nil && len(draft.Files) > 0: // its files go with it, and cannot be brought back
		return screen.Ask{To: askDrop{*draft}, Question: text.F(w.DropAsk, len(draft.Files)), Answers: []text.Safe{w.DropKeep, w.DropYes}}, nil
	case draft != nil:
		cmd := s.dropDraft(*draft)
		d := *draft
		s.gone = &d
		return nil, cmd
	}
	return nil, nil
}

func (s *Screen) dropDraft(d session.Draft) tea.Cmd {
	s.gone = nil
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Draft, error) {
		return s.mail.DropDraft(ctx, c.Span, d)
	})
	s.dropJob = id
	return cmd
}

// undo brings the draft back that was dropped last.
func (s *Screen) undo() tea.Cmd {
	if s.gone == nil {
		return nil
	}
	d := *s.gone
	d.Key = 0
	s.gone = nil
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{}, func(ctx context.Context, c jobs.Control) (session.Draft, error) {
		return s.mail.SaveDraft(ctx, c.Span, d)
	})
	s.undoJob = id
	return cmd
}

// click puts the cursor on a row; on the row under the cursor it opens it.
func (s *Screen) click(c screen.Click) screen.Action {
	i := s.list.Top() + c.Y
	if i >= s.list.Len() {
		return nil
	}
	again := i == s.list.At()
	s.list.Go(i)
	if again {
		return s.open()
	}
	return nil
}

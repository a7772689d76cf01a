package mailbox

import (
	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
)

// Update takes keys, answers, and what jobs bring.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Answered, screen.Chosen, screen.Prompted:
		return s.answer(m)
	case screen.Click:
		return s.click(m)
	case screen.Wheel:
		return nil, s.wheel(m)
	case screen.Returned:
		if r, ok := m.With.(screen.AccountsReturn); ok {
			return s.switchTo(r.Account)
		}
		return nil, s.returned(m)
	case screen.Repaint:
		s.preview.lay(s)
		return nil, nil
	case screen.Changed:
		return nil, s.changed(m)
	case screen.Filed:
		return nil, s.filed(m)
	case rested:
		return nil, s.read(m)
	case push:
		s.state.stopPush = nil
		if m.account == s.acct.Name {
			return nil, s.sync(false)
		}
		return nil, nil
	case retry:
		if m.account == s.acct.Name && !s.offline.IsZero() {
			return nil, s.sync(false)
		}
		return nil, nil
	}
	return s.job(msg)
}

// job takes what jobs bring.
func (s *Screen) job(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case jobs.Done[session.ListResult]:
		return s.listed(m)
	case jobs.Done[found]:
		return s.rowsLoaded(m)
	case jobs.Done[[]mail.Folder]:
		s.foldersLoaded(m)
	case jobs.Done[kept]:
		s.keptLoaded(m)
	case jobs.Done[session.SyncResult]:
		return s.syncDone(m)
	case jobs.Done[watched]:
		return s.watchDone(m)
	case jobs.Done[session.Reading]:
		return s.readDone(m)
	case jobs.Done[deed.Result]:
		return s.deedDone(m)
	case jobs.Done[walked]:
		return s.walkDone(m)
	case jobs.Done[sorted]:
		return s.orderDone(m)
	case jobs.Done[search]:
		return s.searchDone(m)
	case jobs.Done[deed.Came]:
		return s.bounceRead(m), nil
	}
	return nil, nil
}

// press does a verb.
func (s *Screen) press(p screen.Press) (screen.Action, tea.Cmd) {
	if act, cmd, done := s.move(p.Verb); done {
		return act, cmd
	}
	w := s.env.Words.Mailbox
	switch p.Verb {
	case keys.Open:
		return s.openRow()
	case keys.Back:
		return s.stepBack()
	case keys.Quit:
		return screen.Exit{}, nil
	case keys.Again:
		return nil, s.sync(true)
	case keys.Find:
		return screen.Prompt{To: askFind{}, Label: w.Find, Text: s.words}, nil
	case keys.Limit:
		return screen.Prompt{To: askLimit{}, Label: w.Limit, Text: s.limit}, nil
	case keys.Pattern:
		return screen.Prompt{To: askPattern{}, Label: w.Pattern}, nil
	case keys.Change:
		return s.chooseFolder(), nil
	case keys.Accounts:
		return screen.Open{Name: screen.Accounts, With: screen.AccountsArgs{Account: s.acct.Name}}, nil
	case keys.Sandbox:
		return screen.Open{Name: screen.Sandbox}, nil
	case keys.Beside:
		return screen.Open{Name: screen.Versus, With: screen.VersusArgs{Account: s.acct.Name}}, nil
	case keys.Twin:
		return s.twin()
	case keys.Explain:
		return s.explain()
	case keys.Trace:
		r, _ := s.current()
		return deed.Trace(s.place(), r), nil
	}
	return s.change(p.Verb)
}

// stepBack undoes one step of depth; at the plain list it does nothing.
func (s *Screen) stepBack() (screen.Action, tea.Cmd) {
	w := s.env.Words.Mailbox
	switch {
	case s.from != 0:
		s.from = 0
	case s.pane != listPane:
		s.pane = listPane
	case s.limit != "":
		s.limit = ""
		return screen.Say{Kind: screen.Result, Text: w.LimitOff}, s.loadList()
	case len(s.marks) > 0:
		s.marks = map[int64]bool{}
		return screen.Say{Kind: screen.Result, Text: w.MarksOff}, nil
	}
	return nil, nil
}

// move does the verbs that only move.
func (s *Screen) move(v keys.Verb) (screen.Action, tea.Cmd, bool) {
	switch v {
	case keys.Down:
		return nil, s.step(s.pane, 1), true
	case keys.Up:
		return nil, s.step(s.pane, -1), true
	case keys.LeftDown:
		return nil, s.stepLeft(1), true
	case keys.LeftUp:
		return nil, s.stepLeft(-1), true
	case keys.PageDown:
		return nil, s.page(1), true
	case keys.PageUp:
		return nil, s.page(-1), true
	case keys.First:
		return nil, s.step(s.pane, -s.list.Len()-1), true
	case keys.Last:
		return nil, s.step(s.pane, s.list.Len()+1), true
	case keys.Left, keys.Previous:
		s.turn(-1)
		return nil, nil, true
	case keys.Right, keys.Next:
		s.turn(1)
		return nil, nil, true
	case keys.UnreadNext:
		act, cmd := s.walk(1)
		return act, cmd, true
	case keys.UnreadPrev:
		act, cmd := s.walk(-1)
		return act, cmd, true
	case keys.HitNext:
		return s.hit(1), s.arrived(), true
	case keys.HitPrev:
		return s.hit(-1), s.arrived(), true
	case keys.Order:
		return s.chooseOrder(), nil, true
	}
	return nil, nil, false
}

// step moves the cursor of a pane by n.
func (s *Screen) step(p pane, n int) tea.Cmd {
	switch p {
	case folderPane:
		s.moveFolder(n)
		return nil
	case readerPane:
		s.preview.scroll(n, s.bodyRows()-6)
		return nil
	}
	s.list.Move(n)
	return s.arrived()
}

// stepLeft moves in the pane to the left and keeps the focus: from the list to the next folder, from the message to
// the next message.
func (s *Screen) stepLeft(n int) tea.Cmd {
	if s.pane == listPane {
		return s.stepFolder(n)
	}
	return s.step(max(s.pane-1, folderPane), n)
}

func (s *Screen) page(n int) tea.Cmd {
	switch s.pane {
	case folderPane:
		s.moveFolder(n * s.bodyRows())
		return nil
	case readerPane:
		s.preview.scroll(n*(s.bodyRows()-7), s.bodyRows()-6)
		return nil
	}
	s.list.Page(n)
	return s.arrived()
}

// arrived reads what the new place of the cursor needs.
func (s *Screen) arrived() tea.Cmd {
	if s.list.At() == 0 {
		s.above = 0
	}
	return tea.Batch(s.need(), s.show())
}

// turn gives the focus to the next pane that is shown.
func (s *Screen) turn(n int) {
	folders, _, reader := s.panes()
	first, last := listPane, listPane
	if folders > 0 {
		first = folderPane
	}
	if reader > 0 {
		last = readerPane
	}
	was := s.pane
	s.pane = max(min(s.pane+pane(n), last), first)
	if s.pane == was && n > 0 {
		s.pane = first
	}
	if s.pane == folderPane && was != folderPane {
		s.folderAt = s.folderIndex()
	}
}

// openRow opens what is under the cursor: a folder, or the message in full width.
func (s *Screen) openRow() (screen.Action, tea.Cmd) {
	if s.pane == folderPane {
		return s.openFolder()
	}
	if _, ok := s.list.Key(); !ok {
		return screen.Say{Text: s.env.Words.Mailbox.NoMessage}, nil
	}
	args := screen.ReaderArgs{Account: s.acct, Folder: s.folderName(s.folder), Place: s.folder, Keys: s.list.Keys(),
		At: s.list.At()}
	if r, ok := s.current(); ok {
		args.Row = &r
	}
	return screen.Open{Name: screen.Reader, With: args}, nil
}

// returned puts the cursor on the message that was read last.
func (s *Screen) returned(m screen.Returned) tea.Cmd {
	r, ok := m.With.(screen.ReaderReturn)
	if !ok { // from writing: an answer that was sent marks the message here
		s.pushSoon()
		return s.loadList()
	}
	if i := s.list.Index(r.Key); i >= 0 {
		s.list.Go(i)
	}
	s.leaving = r.Changed
	if r.Changed {
		s.pushSoon()
	}
	return tea.Batch(s.loadList(), s.arrived())
}

func (s *Screen) click(c screen.Click) (screen.Action, tea.Cmd) {
	folders, list, reader := s.panes()
	row := c.Y
	if reader > 0 {
		row--
	}
	if row < 0 {
		return nil, nil
	}
	switch {
	case folders > 0 && c.X < folders:
		s.pane = folderPane
		s.folderAt = min(s.folderTop()+row, max(len(s.folderLines())-1, 0))
		return s.openFolder()
	case reader > 0 && c.X > s.width-reader:
		s.pane = readerPane
	case c.X <= folders+list:
		again := s.pane == listPane && s.list.Top()+row == s.list.At()
		s.pane = listPane
		if s.list.Top()+row >= s.list.Len() {
			return nil, nil
		}
		if again {
			return s.openRow()
		}
		s.list.Go(s.list.Top() + row)
		return nil, s.arrived()
	}
	return nil, nil
}

func (s *Screen) wheel(w screen.Wheel) tea.Cmd {
	folders, _, reader := s.panes()
	switch {
	case folders > 0 && w.X < folders:
		s.moveFolder(w.Rows)
		return nil
	case reader > 0 && w.X > s.width-reader:
		s.preview.scroll(w.Rows, s.bodyRows()-6)
		return nil
	}
	s.list.Scroll(w.Rows)
	return s.arrived()
}

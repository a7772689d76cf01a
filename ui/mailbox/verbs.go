package mailbox

import (
	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/deed"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

func (s *Screen) marked(key int64) bool {
	if s.marks[key] {
		return true
	}
	if s.from == 0 {
		return false
	}
	i, a, b := s.list.Index(key), s.list.Index(s.from), s.list.At()
	return i >= min(a, b) && i <= max(a, b)
}

// settleRange turns an open range into marks.
func (s *Screen) settleRange() {
	if s.from == 0 {
		return
	}
	a, b := s.list.Index(s.from), s.list.At()
	if a >= 0 {
		for _, k := range s.list.Keys()[min(a, b) : max(a, b)+1] {
			s.marks[k] = true
		}
	}
	s.from = 0
}

// targets are the messages that a verb is about: those marked, in list order, else the one under the cursor.
func (s *Screen) targets() []int64 {
	s.settleRange()
	if len(s.marks) == 0 {
		if key, ok := s.list.Key(); ok {
			return []int64{key}
		}
		return nil
	}
	var out []int64
	for _, k := range s.list.Keys() {
		if s.marks[k] {
			out = append(out, k)
		}
	}
	return out
}

// change does the verbs that change messages or marks, and those that begin a message.
func (s *Screen) change(v keys.Verb) (screen.Action, tea.Cmd) {
	switch v {
	case keys.Toggle:
		return s.toggle()
	case keys.Range:
		return s.markRange(), nil
	case keys.Write:
		return s.compose(session.DraftNew), nil
	case keys.Reply:
		return s.compose(session.DraftReply), nil
	case keys.ReplyAll:
		return s.compose(session.DraftReplyAll), nil
	case keys.ReplyList:
		return s.compose(session.DraftReplyList), nil
	case keys.Forward:
		return s.compose(session.DraftForward), nil
	}
	targets := s.targets()
	return s.deeds.Do(v, s.place(), targets, func(f mail.Flags) bool { return s.all(targets, f) })
}

func (s *Screen) place() deed.Place {
	return deed.Place{Account: s.acct, Folder: s.folder, Folders: s.folders[s.acct.Name], Book: s.mail}
}

func (s *Screen) compose(kind session.DraftKind) screen.Action {
	args := screen.ComposeArgs{Account: s.acct, Kind: kind}
	if kind != session.DraftNew {
		key, ok := s.list.Key()
		if !ok {
			return screen.Say{Text: s.env.Words.Mailbox.NoMessage}
		}
		args.Key = key
	}
	return screen.Open{Name: screen.Compose, With: args}
}

// toggle marks the message under the cursor; in the reader pane, where nothing toggles, it pages.
func (s *Screen) toggle() (screen.Action, tea.Cmd) {
	if s.pane == readerPane {
		return nil, s.page(1)
	}
	key, ok := s.list.Key()
	if !ok {
		return nil, nil
	}
	if s.marks[key] {
		delete(s.marks, key)
	} else {
		s.marks[key] = true
	}
	return nil, nil
}

func (s *Screen) markRange() screen.Action {
	w := s.env.Words.Mailbox
	if s.from == 0 {
		s.from, _ = s.list.Key()
		return screen.Say{Text: w.RangeOn}
	}
	s.settleRange()
	return screen.Say{Kind: screen.Result, Text: text.F(w.RangeDone, text.Num(len(s.marks)))}
}

func (s *Screen) all(keys []int64, f mail.Flags) bool {
	for _, k := range keys {
		if r, ok := s.row(k); !ok || !r.Flags.Has(f) {
			return false
		}
	}
	return true
}

// deedDone takes the end of a deed: the list is read anew, and shows it.
func (s *Screen) deedDone(d jobs.Done[deed.Result]) (screen.Action, tea.Cmd) {
	act, mine := s.deeds.Done(d)
	if !mine {
		return nil, nil
	}
	if d.Err == nil {
		s.marks = map[int64]bool{}
		s.leaving, s.coming = d.Value.Gone(), d.Value.Kind == "undo"
		s.pushSoon()
	}
	return act, tea.Batch(s.loadList(), s.loadFolders(s.acct.Name))
}

// askFolder is the sheet of folders; askAccount that of accounts.
type (
	askFolder struct {
		folders []mail.Folder
		kept    []keptRow // the rows below them
	}
)

func (s *Screen) chooseFolder() screen.Action {
	c, folders := deed.Choices(s.env.Words, s.place(), true)
	ask := askFolder{folders: folders}
	for _, l := range s.keptLines(s.acct) {
		name, count := s.keptName(l)
		ask.kept = append(ask.kept, l.kept)
		c.Rows = append(c.Rows, screen.Choice{Name: name, Note: count})
	}
	c.Title, c.To = s.env.Words.Mailbox.Folders, ask
	return c
}

// switchTo shows the inbox of another account.
func (s *Screen) switchTo(name string) (screen.Action, tea.Cmd) {
	acct, ok := s.mail.Account(name)
	if !ok || acct.Name == s.acct.Name {
		return nil, nil
	}
	return screen.Say{Kind: screen.Result, Text: text.F(s.env.Words.Mailbox.SwitchedTo, acct.Address)}, s.goTo(acct, mail.Folder{})
}

// twin shows the same mailbox by the other protocol.
func (s *Screen) twin() (screen.Action, tea.Cmd) {
	w := s.env.Words.Mailbox
	other, ok := s.mail.Account(s.acct.Twin)
	if s.acct.Twin == "" || !ok {
		return screen.Say{Text: text.F(w.NoTwin, s.acct.Name)}, nil
	}
	said := screen.Say{Kind: screen.Result, Text: text.F(w.TwinNow, other.Address, protocol(other.Protocol))}
	return said, s.goTo(other, mail.Folder{})
}

// answer takes the answers to what the screen asked.
func (s *Screen) answer(msg tea.Msg) (screen.Action, tea.Cmd) {
	if cmd, mine := s.deeds.Answer(msg); mine {
		return nil, cmd
	}
	switch m := msg.(type) {
	case screen.Answered:
		return nil, s.agreed(m)
	case screen.Chosen:
		return s.chosen(m)
	case screen.Prompted:
		return s.prompted(m)
	}
	return nil, nil
}

func (s *Screen) chosen(m screen.Chosen) (screen.Action, tea.Cmd) {
	if m.Index < 0 {
		return nil, nil
	}
	switch ask := m.To.(type) {
	case askOrder:
		return s.setOrder(order(m.Index))
	case askFolder:
		if n := m.Index - len(ask.folders); n >= 0 {
			return openKept(ask.kept[n]), nil
		}
		return nil, s.goTo(s.acct, ask.folders[m.Index])
	}
	return nil, nil
}

func (s *Screen) prompted(m screen.Prompted) (screen.Action, tea.Cmd) {
	if !m.OK {
		return nil, nil
	}
	switch m.To.(type) {
	case askFind:
		if m.Text == "" {
			s.words, s.hits = "", nil
			return nil, nil
		}
		return nil, s.search(m.Text, false)
	case askPattern:
		if m.Text != "" {
			return nil, s.search(m.Text, true)
		}
	case askLimit:
		if m.Text != s.limit {
			s.limit, s.leaving = m.Text, true
			return nil, s.loadList()
		}
	}
	return nil, nil
}

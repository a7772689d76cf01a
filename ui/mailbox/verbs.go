package mailbox

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
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
	case keys.Undo:
		return nil, s.start("undo", func(ctx context.Context, c jobs.Control) (session.Change, error) {
			return s.mail.Undo(ctx, c.Span, session.UndoOptions{})
		})
	}
	targets := s.targets()
	if len(targets) == 0 {
		return screen.Say{Text: s.env.Words.Mailbox.NoMessage}, nil
	}
	switch v {
	case keys.Reply:
		return s.compose(session.DraftReply), nil
	case keys.ReplyAll:
		return s.compose(session.DraftReplyAll), nil
	case keys.ReplyList:
		return s.compose(session.DraftReplyAll), nil
	case keys.Forward:
		return s.compose(session.DraftForward), nil
	case keys.Flag:
		return nil, s.flag(targets, mail.Flagged, !s.all(targets, mail.Flagged))
	case keys.Unread:
		return nil, s.flag(targets, mail.Seen, !s.all(targets, mail.Seen))
	case keys.Archive:
		return nil, s.start("archive", func(ctx context.Context, c jobs.Control) (session.Change, error) {
			return s.mail.Move(ctx, c.Span, session.MoveOptions{Keys: targets, Role: mail.RoleArchive})
		})
	case keys.Delete:
		return s.delete(targets)
	}
	return nil, nil
}

func (s *Screen) compose(kind session.DraftKind) screen.Action {
	args := screen.ComposeArgs{Account: s.acct, Kind: kind}
	if kind != session.DraftNew {
		args.Key, _ = s.list.Key()
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

func (s *Screen) flag(targets []int64, f mail.Flags, on bool) tea.Cmd {
	verb := map[bool]string{true: "flag-on", false: "flag-off"}[on]
	if f == mail.Seen {
		verb = map[bool]string{true: "seen-on", false: "seen-off"}[on]
	}
	return s.start(verb, func(ctx context.Context, c jobs.Control) (session.Change, error) {
		return s.mail.Flag(ctx, c.Span, session.FlagOptions{Keys: targets, Flags: f, On: on})
	})
}

// askDelete is the question before messages are removed for good.
type askDelete struct{ keys []int64 }

func (s *Screen) delete(targets []int64) (screen.Action, tea.Cmd) {
	w := s.env.Words
	if s.folder.Role != mail.RoleTrash {
		return nil, s.remove(targets, false)
	}
	question := w.Mailbox.DeleteOne
	if len(targets) > 1 {
		question = text.F(w.Mailbox.DeleteAsk, text.Num(len(targets)))
	}
	return screen.Ask{To: askDelete{keys: targets}, Question: question,
		Answers: []text.Safe{w.App.Keep, w.Verbs[string(keys.Delete)].Foot}}, nil
}

func (s *Screen) remove(targets []int64, forever bool) tea.Cmd {
	return s.start("delete", func(ctx context.Context, c jobs.Control) (session.Change, error) {
		return s.mail.Delete(ctx, c.Span, session.DeleteOptions{Keys: targets, Forever: forever})
	})
}

// done is a change that was made.
type done struct {
	verb   string
	change session.Change
}

func (s *Screen) start(verb string, call func(context.Context, jobs.Control) (session.Change, error)) tea.Cmd {
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Asking},
		func(ctx context.Context, c jobs.Control) (done, error) {
			ch, err := call(ctx, c)
			return done{verb: verb, change: ch}, err
		})
	s.state.change = id
	return cmd
}

func (s *Screen) changeDone(d jobs.Done[done]) (screen.Action, tea.Cmd) {
	if d.Job != s.state.change {
		return nil, nil
	}
	w := s.env.Words.Mailbox
	if d.Err != nil {
		s.state.change = 0
		return screen.Say{Kind: screen.Fault, Text: text.F(w.ChangeFail, d.Err), Err: d.Err}, nil
	}
	s.marks = map[int64]bool{}
	return screen.Say{Kind: screen.Result, Text: s.said(d.Value)}, tea.Batch(s.loadList(), s.loadFolders(s.acct.Name))
}

// said is the sentence that a change ends in.
func (s *Screen) said(d done) text.Safe {
	w, c := s.env.Words, d.change
	if c.Count == 0 {
		return w.App.NothingToUndo
	}
	what := text.F(w.Mailbox.Many, text.Num(c.Count))
	if c.Count == 1 && c.Subject != "" {
		what = text.F(w.Mailbox.One, text.Cut(text.Clean(c.Subject), 40))
	}
	folder := s.folderName(mail.Folder{Name: c.Folder, Role: c.Role})
	sentence := text.F(w.Mailbox.Undone, what)
	switch d.verb {
	case "undo":
		return sentence
	case "flag-on":
		sentence = text.F(w.Mailbox.FlagOn, what)
	case "flag-off":
		sentence = text.F(w.Mailbox.FlagOff, what)
	case "seen-on":
		sentence = text.F(w.Mailbox.SeenOn, what)
	case "seen-off":
		sentence = text.F(w.Mailbox.SeenOff, what)
	case "archive":
		sentence = text.F(w.Mailbox.Archived, what)
	case "move":
		sentence = text.F(w.Mailbox.Moved, what, folder)
	case "copy":
		sentence = text.F(w.Mailbox.CopiedTo, what, folder)
	case "delete":
		if c.Verb == "remove" {
			return text.F(w.Mailbox.Removed, what)
		}
		sentence = text.F(w.Mailbox.Deleted, what, folder)
	}
	if s.acct.Protocol == "pop3" || s.folder.Local {
		return text.F(w.Mailbox.UndoHint, sentence)
	}
	return text.F(w.Mailbox.Unconfirmed, sentence)
}

// folderVerb is what happens with a chosen folder.
type folderVerb int

const (
	verbGo folderVerb = iota
	verbMove
	verbCopy
)

// askFolder is the sheet of folders; askAccount that of accounts.
type (
	askFolder struct {
		verb    folderVerb
		keys    []int64
		folders []mail.Folder
	}
	askAccount struct{ accounts []session.Account }
)

func (s *Screen) chooseFolder(v folderVerb, title text.Safe) screen.Action {
	ask := askFolder{verb: v}
	if v != verbGo {
		if ask.keys = s.targets(); len(ask.keys) == 0 {
			return screen.Say{Text: s.env.Words.Mailbox.NoMessage}
		}
	}
	c := screen.Choose{Title: title}
	for _, f := range s.folders[s.acct.Name] {
		if f.NoSelect || v != verbGo && f.Name == s.folder.Name {
			continue
		}
		if f.Name == s.folder.Name {
			c.At = len(c.Rows)
		}
		row := screen.Choice{Name: s.folderName(f)}
		switch {
		case f.Local:
			row.Note = s.env.Words.Mailbox.OnDisk
		case f.Total >= 0 && f.Unread >= 0:
			row.Note = text.F(s.env.Words.Mailbox.FolderRow, text.Num(f.Unread), text.Num(f.Total))
		}
		c.Rows = append(c.Rows, row)
		ask.folders = append(ask.folders, f)
	}
	c.To = ask
	return c
}

func (s *Screen) chooseAccount() screen.Action {
	c := screen.Choose{Title: s.env.Words.App.Accounts}
	ask := askAccount{}
	for _, a := range s.accounts {
		if a.Name == s.acct.Name {
			c.At = len(c.Rows)
		}
		ask.accounts = append(ask.accounts, a)
		c.Rows = append(c.Rows, screen.Choice{Name: text.Clean(a.Name), Key: protocol(a.Protocol), Note: text.Clean(a.Address)})
	}
	c.To = ask
	return c
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
	switch m := msg.(type) {
	case screen.Answered:
		if ask, ok := m.To.(askDelete); ok && m.N == 2 {
			return nil, s.remove(ask.keys, true)
		}
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
	case askAccount:
		acct := ask.accounts[m.Index]
		if acct.Name == s.acct.Name {
			return nil, nil
		}
		return screen.Say{Kind: screen.Result, Text: text.F(s.env.Words.Mailbox.SwitchedTo, acct.Address)},
			s.goTo(acct, mail.Folder{})
	case askFolder:
		f := ask.folders[m.Index]
		if ask.verb == verbGo {
			return nil, s.goTo(s.acct, f)
		}
		verb := map[folderVerb]string{verbMove: "move", verbCopy: "copy"}[ask.verb]
		return nil, s.start(verb, func(ctx context.Context, c jobs.Control) (session.Change, error) {
			return s.mail.Move(ctx, c.Span, session.MoveOptions{Keys: ask.keys, Folder: f.Name, Copy: ask.verb == verbCopy})
		})
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
			s.limit = m.Text
			return nil, s.loadList()
		}
	}
	return nil, nil
}

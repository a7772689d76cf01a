package session

import (
	"context"
	"sync"

	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
)

// Flag sets or clears flags, here at once and on the server with the next sync.
func (s *Session) Flag(ctx context.Context, _ *trace.Span, o FlagOptions) (Change, error) {
	return s.remember(s.flag(ctx, o))
}

// flag is Flag for what the program does by itself, which the person's Undo passes over.
func (s *Session) flag(ctx context.Context, o FlagOptions) (Change, error) {
	messages, err := s.messages(ctx, o.Keys)
	if err != nil {
		return Change{}, err
	}
	c := change("flag", messages)
	var all []store.Pending
	for _, m := range messages {
		if m.Flags.Has(o.Flags) != o.On || !o.On && m.Flags&o.Flags != 0 {
			all = append(all, s.pending(m, store.Pending{Verb: store.VerbFlag, Flags: o.Flags, On: o.On}))
		}
	}
	return s.apply(ctx, c, all)
}

// Move moves or copies messages to a folder of their account.
func (s *Session) Move(ctx context.Context, _ *trace.Span, o MoveOptions) (Change, error) {
	messages, err := s.messages(ctx, o.Keys)
	if err != nil {
		return Change{}, err
	}
	verb := store.VerbMove
	if o.Copy {
		verb = store.VerbCopy
	}
	c := change(verb, messages)
	var all []store.Pending
	for _, m := range messages {
		target, err := s.target(ctx, m.Account, o.Folder, o.Role)
		if err != nil {
			return c, err
		}
		c.Folder, c.Role = target.Name, target.Role
		if target.ID != m.FolderID {
			all = append(all, s.pending(m, store.Pending{Verb: verb, Target: target.Name, TargetID: target.ID}))
		}
	}
	return s.remember(s.apply(ctx, c, all))
}

// Delete moves messages to the trash; those that are in the trash, in a mailbox without one, or with Forever are
// removed for good.
func (s *Session) Delete(ctx context.Context, _ *trace.Span, o DeleteOptions) (Change, error) {
	messages, err := s.messages(ctx, o.Keys)
	if err != nil {
		return Change{}, err
	}
	c := change("delete", messages)
	var all []store.Pending
	for _, m := range messages {
		trash, err := s.target(ctx, m.Account, "", mail.RoleTrash)
		if err != nil && !o.Forever && (o.KeepTrash || s.foldersUnknown(ctx, m.Account)) {
			return c, err // nothing goes for good unasked; and there may be a trash that is not known yet
		}
		if o.KeepTrash && err == nil && trash.ID == m.FolderID {
			c.Count--
			continue
		}
		if o.Forever || err != nil || trash.ID == m.FolderID {
			c.Verb = "remove"
			all = append(all, s.pending(m, store.Pending{Verb: store.VerbDelete}))
			continue
		}
		c.Folder, c.Role = trash.Name, mail.RoleTrash
		all = append(all, s.pending(m, store.Pending{Verb: store.VerbMove, Target: trash.Name, TargetID: trash.ID}))
	}
	return s.remember(s.apply(ctx, c, all))
}

// recent are the changes of this session that Undo can take back, the newest last.
type recent struct {
	mu  sync.Mutex
	ids []int64
}

// remember notes a change that Undo may be asked for.
func (s *Session) remember(c Change, err error) (Change, error) {
	if err == nil && c.ID != 0 {
		s.recent.mu.Lock()
		s.recent.ids = append(s.recent.ids, c.ID)
		s.recent.mu.Unlock()
	}
	return c, err
}

// newest takes the newest change that this session made; 0 is none.
func (s *Session) newest() (id int64) {
	s.recent.mu.Lock()
	defer s.recent.mu.Unlock()
	if n := len(s.recent.ids); n > 0 {
		id, s.recent.ids = s.recent.ids[n-1], s.recent.ids[:n-1]
	}
	return id
}

// Undo takes back a change. One that the server has already done is undone by its opposite. Count is 0 when there is
// nothing to take back.
func (s *Session) Undo(ctx context.Context, _ *trace.Span, o UndoOptions) (Change, error) {
	id := o.Change
	if id == 0 {
		id = s.newest()
	}
	if id == 0 {
		return Change{Verb: "undo"}, nil
	}
	undone, _, err := s.Store.Undo(ctx, id)
	switch {
	case o.Change == 0 && store.IsCode(err, store.CodeNotFound): // taken back elsewhere
		return s.Undo(ctx, nil, o)
	case err != nil && o.Change == 0 && !store.IsCode(err, store.CodeFinal):
		_, _ = s.remember(Change{ID: id}, nil)
		return Change{}, err
	case err != nil:
		return Change{}, err
	}
	c := Change{ID: id, Verb: "undo", Count: len(undone)}
	if len(undone) == 1 {
		if m, err := s.Store.Message(ctx, undone[0].Key); err == nil {
			c.Subject = m.Envelope.Subject
		}
	}
	return c, nil
}

// messages loads the rows of a change; a missing one is an error, because the person saw it.
func (s *Session) messages(ctx context.Context, keys []int64) ([]store.Message, error) {
	if len(keys) == 0 {
		return nil, NoSuchMessage(0)
	}
	all, err := s.Store.Rows(ctx, keys)
	if err == nil && len(all) == 0 {
		err = NoSuchMessage(keys[0])
	}
	return all, err
}

func change(verb string, messages []store.Message) Change {
	c := Change{Verb: verb, Count: len(messages)}
	if len(messages) == 1 {
		c.Subject = messages[0].Envelope.Subject
	}
	return c
}

// pending completes one message's part of a change. Over POP3 no server hears of it.
func (s *Session) pending(m store.Message, p store.Pending) store.Pending {
	_, protocol, _ := s.find(m.Account)
	p.Account, p.Key, p.Made = m.Account, m.Key, s.Now()
	p.LocalOnly = protocol == protocolPOP3
	return p
}

func (s *Session) apply(ctx context.Context, c Change, all []store.Pending) (Change, error) {
	if len(all) == 0 {
		return c, nil
	}
	var err error
	c.ID, err = s.Store.Apply(ctx, all)
	return c, err
}

// target finds a folder of the account by name or by use: as configured, else as the server says.
func (s *Session) target(ctx context.Context, accountName, name string, role mail.Role) (store.Folder, error) {
	if name == "" {
		name = s.configuredFolder(accountName, role)
	}
	if name != "" {
		f, err := s.Store.Folder(ctx, accountName, name)
		if store.IsCode(err, store.CodeNotFound) {
			err = &Error{"folder.missing", map[string]string{"folder": name}, ErrNotFound}
		}
		return f, err
	}
	folders, err := s.Store.Folders(ctx, accountName)
	if err != nil {
		return store.Folder{}, err
	}
	for _, f := range folders {
		if f.Role == role && role != mail.RoleNone {
			return f, nil
		}
	}
	return store.Folder{}, &Error{"folder.missing", map[string]string{"folder": string(role)}, ErrNotFound}
}

func (s *Session) configuredFolder(accountName string, role mail.Role) string {
	a, _, _ := s.find(accountName)
	switch role {
	case mail.RoleSent:
		return a.Folders.Sent
	case mail.RoleTrash:
		return a.Folders.Trash
	case mail.RoleArchive:
		return a.Folders.Archive
	case mail.RoleJunk:
		return a.Folders.Junk
	case mail.RoleDrafts:
		return a.Folders.Drafts
	}
	return ""
}

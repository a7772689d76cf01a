// Package deed is what can be done to messages from any screen that shows them: flag, move, copy, archive, delete and
// undo, with the questions before and the sentence after.
package deed

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// Mail is what deeds ask of the session.
type Mail interface {
	Flag(context.Context, *trace.Span, session.FlagOptions) (session.Change, error)
	Move(context.Context, *trace.Span, session.MoveOptions) (session.Change, error)
	Delete(context.Context, *trace.Span, session.DeleteOptions) (session.Change, error)
	Undo(context.Context, *trace.Span, session.UndoOptions) (session.Change, error)
	AddressBook
}

// Place is where the messages are.
type Place struct {
	Account session.Account
	Folder  mail.Folder
	Folders []mail.Folder // of the account, to move to
	Book    AddressBook   // nil where nothing can be forgotten
}

// Doer does deeds for one screen, one at a time.
type Doer struct {
	env  *screen.Env
	mail Mail
	job  jobs.ID
	at   Place // of the deed under way
}

// New makes a doer.
func New(env *screen.Env, m Mail) *Doer { return &Doer{env: env, mail: m} }

// Result is a deed that was done.
type Result struct {
	Kind   string // "flag-on", "flag-off", "seen-on", "seen-off", "archive", "move", "copy", "delete", "undo"
	Change session.Change
}

// Gone reports whether the messages left the folder.
func (r Result) Gone() bool {
	return r.Kind == "archive" || r.Kind == "move" || r.Kind == "delete"
}

// Verbs are the verbs that Do takes.
func Verbs() []keys.Verb {
	return []keys.Verb{keys.Delete, keys.Archive, keys.Save, keys.Copy, keys.Flag, keys.Unread, keys.Undo}
}

// Do begins a deed on the targets. has says whether every target has a flag, so that flags can be turned around.
func (d *Doer) Do(v keys.Verb, at Place, targets []int64, has func(mail.Flags) bool) (screen.Action, tea.Cmd) {
	w := d.env.Words.Mailbox
	if d.job != 0 {
		return nil, nil // its end has not been shown yet: the key was meant for what is still drawn
	}
	d.at = at
	if v == keys.Undo {
		return nil, d.start("undo", func(ctx context.Context, s *trace.Span) (session.Change, error) {
			return d.mail.Undo(ctx, s, session.UndoOptions{})
		})
	}
	if len(targets) == 0 {
		return screen.Say{Text: w.NoMessage}, nil
	}
	switch v {
	case keys.Flag:
		return nil, d.flag(targets, mail.Flagged, !has(mail.Flagged), "flag-on", "flag-off")
	case keys.Unread:
		return nil, d.flag(targets, mail.Seen, !has(mail.Seen), "seen-on", "seen-off")
	case keys.Archive:
		return nil, d.move("archive", session.MoveOptions{Keys: targets, Role: mail.RoleArchive})
	case keys.Delete:
		return d.delete(targets)
	case keys.Save:
		return d.chooseFolder("move", w.MoveTo, targets), nil
	case keys.Copy:
		return d.chooseFolder("copy", w.CopyTo, targets), nil
	}
	return nil, nil
}

func (d *Doer) start(kind string, call func(context.Context, *trace.Span) (session.Change, error)) tea.Cmd {
	id, cmd := jobs.Start(d.env.Jobs, jobs.Spec{What: d.env.Words.Mailbox.Asking},
		func(ctx context.Context, c jobs.Control) (Result, error) {
			ch, err := call(ctx, c.Span)
			return Result{Kind: kind, Change: ch}, err
		})
	d.job = id
	return cmd
}

func (d *Doer) flag(targets []int64, f mail.Flags, on bool, kindOn, kindOff string) tea.Cmd {
	kind := kindOff
	if on {
		kind = kindOn
	}
	return d.start(kind, func(ctx context.Context, s *trace.Span) (session.Change, error) {
		return d.mail.Flag(ctx, s, session.FlagOptions{Keys: targets, Flags: f, On: on})
	})
}

func (d *Doer) move(kind string, o session.MoveOptions) tea.Cmd {
	return d.start(kind, func(ctx context.Context, s *trace.Span) (session.Change, error) {
		return d.mail.Move(ctx, s, o)
	})
}

func (d *Doer) remove(targets []int64, forever bool) tea.Cmd {
	return d.start("delete", func(ctx context.Context, s *trace.Span) (session.Change, error) {
		return d.mail.Delete(ctx, s, session.DeleteOptions{Keys: targets, Forever: forever, KeepTrash: !forever})
	})
}

// askDelete is the question before messages are removed for good; askFolder is the sheet of folders.
type (
	askDelete struct{ keys []int64 }
	askFolder struct {
		kind    string
		keys    []int64
		folders []mail.Folder
	}
)

// delete asks first only where there is no way back.
func (d *Doer) delete(targets []int64) (screen.Action, tea.Cmd) {
	w := d.env.Words
	if d.at.Folder.Role != mail.RoleTrash {
		return nil, d.remove(targets, false)
	}
	question := w.Mailbox.DeleteOne
	if len(targets) > 1 {
		question = text.F(w.Mailbox.DeleteAsk, text.Num(len(targets)))
	}
	return screen.Ask{To: askDelete{keys: targets}, Question: question,
		Answers: []text.Safe{w.App.Keep, w.Verbs[string(keys.Delete)].Foot}}, nil
}

func (d *Doer) chooseFolder(kind string, title text.Safe, targets []int64) screen.Action {
	c, folders := Choices(d.env.Words, d.at, false)
	c.Title, c.To = title, askFolder{kind: kind, keys: targets, folders: folders}
	return c
}

// Choices makes the rows of a sheet of folders; here says whether the folder shown is among them.
func Choices(w *text.Catalogue, at Place, here bool) (screen.Choose, []mail.Folder) {
	var c screen.Choose
	var folders []mail.Folder
	for _, f := range at.Folders {
		same := f.Name == at.Folder.Name
		if f.NoSelect || same && !here {
			continue
		}
		if same {
			c.At = len(c.Rows)
		}
		row := screen.Choice{Name: FolderName(w, f)}
		switch {
		case f.Local:
			row.Note = w.Mailbox.OnDisk
		case f.Total >= 0 && f.Unread >= 0:
			row.Note = text.F(w.Mailbox.FolderRow, text.Num(f.Unread), text.Num(f.Total))
		}
		c.Rows = append(c.Rows, row)
		folders = append(folders, f)
	}
	return c, folders
}

// FolderName is ours by special use, the server's own for all others.
func FolderName(w *text.Catalogue, f mail.Folder) text.Safe {
	if name, ok := w.Roles[string(f.Role)]; ok {
		return name
	}
	if f.Name == "" || f.Name == "INBOX" {
		return w.Roles[string(mail.RoleInbox)]
	}
	return text.Clean(f.Name)
}

// Answer takes the answer to a question of the doer; mine is false for other people's.
func (d *Doer) Answer(msg tea.Msg) (cmd tea.Cmd, mine bool) {
	switch m := msg.(type) {
	case screen.Answered:
		ask, ok := m.To.(askDelete)
		if ok && m.N == 2 {
			return d.remove(ask.keys, true), true
		}
		return nil, ok
	case screen.Chosen:
		ask, ok := m.To.(askFolder)
		if !ok || m.Index < 0 {
			return nil, ok
		}
		to := ask.folders[m.Index]
		return d.move(ask.kind, session.MoveOptions{Keys: ask.keys, Folder: to.Name, Copy: ask.kind == "copy"}), true
	}
	return nil, false
}

// Done takes the end of a deed; mine is false for a job of somebody else. The action says what was done.
func (d *Doer) Done(m jobs.Done[Result]) (act screen.Action, mine bool) {
	if m.Job != d.job {
		return nil, false
	}
	d.job = 0
	if m.Err != nil {
		w := d.env.Words.Mailbox
		return screen.Say{Kind: screen.Fault, Text: text.F(w.ChangeFail, m.Err), Err: m.Err}, true
	}
	return d.sentence(m.Value), true
}

const (
	longSubject  = 40
	shortSubject = 24
)

// sentence is what a deed ends in, and its short form for narrow screens.
func (d *Doer) sentence(r Result) screen.Say {
	w := d.env.Words.Mailbox
	say := screen.Say{Kind: screen.Result}
	switch {
	case r.Change.Count == 0 && r.Kind != "undo":
		return screen.Say{}
	case r.Change.Count == 0:
		say.Text = d.env.Words.App.NothingToUndo
	case r.Kind == "undo", r.Change.Verb == "remove":
		say.Text, say.Short = d.said(r, longSubject), d.said(r, shortSubject)
	case d.at.Account.Protocol == "pop3" || d.at.Folder.Local:
		say.Text, say.Short = text.F(w.UndoHint, d.said(r, longSubject)), text.F(w.UndoHint, d.said(r, shortSubject))
	default:
		say.Text, say.Short = text.F(w.Unconfirmed, d.said(r, longSubject)), text.F(w.Unsure, d.said(r, shortSubject))
	}
	return say
}

// said names what was done to what, with at most cells of a subject.
func (d *Doer) said(r Result, cells int) text.Safe {
	w, c := d.env.Words.Mailbox, r.Change
	what := text.F(w.Many, text.Num(c.Count))
	if c.Count == 1 && c.Subject != "" {
		what = text.F(w.One, text.Cut(text.Clean(c.Subject), cells))
	}
	folder := FolderName(d.env.Words, mail.Folder{Name: c.Folder, Role: c.Role})
	if c.Verb == "remove" {
		return text.F(w.Removed, what)
	}
	return map[string]text.Safe{
		"flag-on": text.F(w.FlagOn, what), "flag-off": text.F(w.FlagOff, what),
		"seen-on": text.F(w.SeenOn, what), "seen-off": text.F(w.SeenOff, what),
		"archive": text.F(w.Archived, what), "move": text.F(w.Moved, what, folder),
		"copy": text.F(w.CopiedTo, what, folder), "delete": text.F(w.Deleted, what, folder),
		"undo": text.F(w.Undone, what),
	}[r.Kind]
}

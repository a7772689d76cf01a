package mailbox

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// cachedRows is how many rows are kept beside those near the view.
const cachedRows = 4000

// loadList reads the folder from the store: the first time only its newest rows, which are there sooner than all keys.
func (s *Screen) loadList() tea.Cmd {
	if s.state.list != 0 {
		s.state.again = true
		return nil
	}
	opts := session.ListOptions{Account: s.acct.Name, Folder: s.folder.Name, Search: s.limit, Keys: s.loaded}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Mailbox.Loading},
		func(ctx context.Context, c jobs.Control) (session.ListResult, error) {
			return s.mail.List(ctx, c.Span, opts)
		})
	s.state.list = id
	return cmd
}

// listed takes the folder as the store has it. The cursor stays on its message.
func (s *Screen) listed(d jobs.Done[session.ListResult]) (screen.Action, tea.Cmd) {
	if d.Job != s.state.list {
		return nil, nil
	}
	s.state.list = 0
	if s.state.again {
		s.state.again = false
		return nil, s.loadList()
	}
	if d.Err != nil {
		return s.listFailed(d.Err), nil
	}
	var all tea.Cmd
	if !s.loaded {
		s.loaded = true
		all = s.loadList()
	}
	s.failure = nil
	s.folder = d.Value.Folder
	if !d.Value.Synced.IsZero() {
		s.synced = d.Value.Synced
	}
	s.stale, s.rows = s.rows, map[int64]session.Row{}
	for _, r := range d.Value.Rows {
		s.rows[r.Key] = r
	}
	keys := d.Value.Keys
	if keys == nil {
		for _, r := range d.Value.Rows {
			keys = append(keys, r.Key)
		}
	}
	act := s.setKeys(keys)
	s.preview.lay(s)
	return act, tea.Batch(all, s.sortNew(), s.need(), s.show())
}

func (s *Screen) setKeys(keys []int64) screen.Action {
	keys = s.ordered(keys)
	first := s.list.Len() == 0
	grown, vanished := s.list.SetKeys(keys)
	leaving, coming := s.leaving, s.coming
	s.leaving, s.coming = false, false
	s.dropMarks()
	w := s.env.Words.Mailbox
	switch {
	case first:
	case vanished && leaving:
	case vanished:
		return screen.Say{Text: w.Vanished}
	case coming:
	case grown > 0 && s.list.Top() > 0 || grown > 0 && s.list.At() > 0:
		s.above += grown
		return screen.Say{Text: text.F(w.NewAbove, text.Num(s.above))}
	}
	return nil
}

// dropMarks forgets marks of messages that are gone.
func (s *Screen) dropMarks() {
	if len(s.marks) == 0 {
		return
	}
	left := map[int64]bool{}
	for _, k := range s.list.Keys() {
		if s.marks[k] {
			left[k] = true
		}
	}
	s.marks = left
}

func (s *Screen) listFailed(err error) screen.Action {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	s.failure = err
	return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Mailbox.ListFail, err), Err: err}
}

// need reads the rows near the view that are not in memory.
func (s *Screen) need() tea.Cmd {
	if s.state.rows != 0 {
		return nil
	}
	var missing []int64
	for _, k := range s.list.Window(s.list.Height()) {
		if _, ok := s.rows[k]; !ok {
			missing = append(missing, k)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{},
		func(ctx context.Context, c jobs.Control) (found, error) {
			rows, err := s.mail.Rows(ctx, c.Span, session.RowsOptions{Keys: missing})
			return found{asked: missing, rows: rows}, err
		})
	s.state.rows = id
	return cmd
}

// found is the answer to need; those asked for and not among the rows are gone.
type found struct {
	asked []int64
	rows  []session.Row
}

func (s *Screen) rowsLoaded(d jobs.Done[found]) (screen.Action, tea.Cmd) {
	if d.Job != s.state.rows {
		return nil, nil
	}
	s.state.rows = 0
	if d.Err != nil {
		return s.listFailed(d.Err), nil
	}
	if len(s.rows) > cachedRows {
		s.forgetFar()
	}
	for _, k := range d.Value.asked {
		s.rows[k] = session.Row{Key: k}
	}
	for _, r := range d.Value.rows {
		s.rows[r.Key] = r
	}
	return nil, tea.Batch(s.need(), s.show())
}

func (s *Screen) forgetFar() {
	near := map[int64]session.Row{}
	for _, k := range s.list.Window(cachedRows / 4) {
		if r, ok := s.rows[k]; ok {
			near[k] = r
		}
	}
	s.rows = near
}

// row gives a row as far as it is known: fresh, or as it was before the list was read anew.
func (s *Screen) row(key int64) (session.Row, bool) {
	if r, ok := s.rows[key]; ok {
		return r, true
	}
	r, ok := s.stale[key]
	return r, ok
}

func (s *Screen) current() (session.Row, bool) {
	key, ok := s.list.Key()
	if !ok {
		return session.Row{}, false
	}
	return s.row(key)
}

func (s *Screen) loadFolders(account string) tea.Cmd {
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{},
		func(ctx context.Context, c jobs.Control) ([]mail.Folder, error) {
			return s.mail.Folders(ctx, c.Span, session.FoldersOptions{Account: account})
		})
	s.state.folders[id] = account
	return cmd
}

func (s *Screen) foldersLoaded(d jobs.Done[[]mail.Folder]) {
	account, mine := s.state.folders[d.Job]
	if !mine {
		return
	}
	delete(s.state.folders, d.Job)
	if d.Err != nil {
		return
	}
	s.folders[account] = arranged(d.Value)
	if account == s.acct.Name {
		s.nameFolder()
	}
}

// nameFolder finds the folder shown among those of the account: the inbox if none was named.
func (s *Screen) nameFolder() {
	for _, f := range s.folders[s.acct.Name] {
		if f.Name == s.folder.Name || s.folder.Name == "" && f.Role == mail.RoleInbox {
			if s.loaded {
				f.Total, f.Unread = s.folder.Total, s.folder.Unread
			}
			s.folder = f
			break
		}
	}
	s.folderAt = s.folderIndex()
}

// changed looks whether a change of the store is about what is shown.
func (s *Screen) changed(all screen.Changed) tea.Cmd {
	var cmds []tea.Cmd
	list, waits, folders := false, false, map[string]bool{}
	for _, c := range all {
		if c.Outbox || c.Drafts {
			waits = true
			continue
		}
		folders[c.Account] = true
		list = list || c.Account == s.acct.Name && (c.Folder == s.folder.Name || c.Folder == "")
	}
	if list {
		cmds = append(cmds, s.loadList())
	}
	if waits {
		cmds = append(cmds, s.loadKept())
	}
	for account := range folders {
		cmds = append(cmds, s.loadFolders(account))
	}
	return tea.Batch(cmds...)
}

// leave stops what belongs to the folder shown, before another is.
func (s *Screen) leave() {
	for _, id := range []jobs.ID{s.state.list, s.state.rows, s.state.sync, s.state.watch, s.state.walk, s.state.order, s.preview.job} {
		s.env.Jobs.Cancel(id)
	}
	if s.state.stopRetry != nil {
		s.state.stopRetry()
	}
	s.state = state{folders: s.state.folders, kept: s.state.kept}
}

// goTo shows another folder, of this or another account.
func (s *Screen) goTo(acct session.Account, f mail.Folder) tea.Cmd {
	if acct.Name != s.acct.Name {
		s.offline, s.synced, s.tries = time.Time{}, time.Time{}, 0
	}
	var left tea.Cmd
	if s.state.stopPush != nil && acct.Name != s.acct.Name {
		s.state.stopPush()
		left = s.pushFor(s.acct.Name)
	}
	s.leave()
	s.acct = acct
	s.clearFolder(f)
	s.nameFolder()
	return tea.Batch(left, s.loadList(), s.loadFolders(acct.Name), s.sync(false))
}

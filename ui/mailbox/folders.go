package mailbox

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// folderLine is a row of the folder pane: an account, or one of its folders.
type folderLine struct {
	acct   session.Account
	name   string // what the account is called; a twin is called as its account
	folder mail.Folder
	head   bool
	kept   keptRow
}

// folderLines lists the accounts with their folders; a twin that is shown takes its account's place.
func (s *Screen) folderLines() []folderLine {
	var out []folderLine
	for _, a := range s.accounts {
		name := a.Name
		if s.acct.Name != a.Name && s.acct.Twin == a.Name {
			a = s.acct
		}
		out = append(out, folderLine{acct: a, name: name, head: true})
		for _, f := range s.folders[a.Name] {
			if !f.NoSelect {
				out = append(out, folderLine{acct: a, folder: f})
			}
		}
		out = append(out, s.keptLines(a)...)
	}
	return out
}

// roleOrder is the order of the folders with a special use (RFC 6154); the others follow as the server lists them.
var roleOrder = []mail.Role{mail.RoleInbox, mail.RoleDrafts, mail.RoleSent, mail.RoleArchive, mail.RoleJunk, mail.RoleTrash}

// arranged puts the folders into the same order by either protocol.
func arranged(all []mail.Folder) []mail.Folder {
	rank := func(f mail.Folder) int {
		if i := slices.Index(roleOrder, f.Role); i >= 0 {
			return i
		}
		return len(roleOrder)
	}
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b mail.Folder) int { return rank(a) - rank(b) })
	return all
}

func (s *Screen) folderIndex() int {
	for i, l := range s.folderLines() {
		if !l.head && l.kept == noKeptRow && l.acct.Name == s.acct.Name && l.folder.Name == s.folder.Name {
			return i
		}
	}
	return 0
}

// folderTop is the first row of the folder pane on screen.
func (s *Screen) folderTop() int { return max(s.folderAt-s.bodyRows()+2, 0) }

func (s *Screen) folderRows(width int) []string {
	var rows []string
	lines := s.folderLines()
	focused := s.pane == folderPane && !s.blurred
	at := s.folderAt
	if s.pane != folderPane {
		at = s.folderIndex()
	}
	for i := s.folderTop(); i < len(lines) && len(rows) < s.bodyRows(); i++ {
		rows = append(rows, s.folderRow(lines[i], i == at, focused, width))
	}
	return rows
}

func (s *Screen) folderRow(f folderLine, here, focused bool, width int) string {
	l := widget.NewLine(s.env.Theme, width).Selected(here && focused)
	if f.head {
		right := protocol(f.acct.Protocol)
		room := width - text.Width(right) - 2
		return l.Put(theme.Text, cursorMark(here && focused, focused)).Cell(theme.Title, text.Clean(f.name), room).
			RightEnd(theme.Muted, right, 0).String()
	}
	if f.kept != noKeptRow {
		name, count := s.keptName(f)
		return l.Put(theme.Text, cursorMark(here, focused)).Gap(1).Cell(theme.Text, name, width-3-text.Width(count)).
			RightEnd(theme.Warn, count, 0).String()
	}
	shown := f.acct.Name == s.acct.Name && f.folder.Name == s.folder.Name
	if shown && f.acct.Name == s.acct.Name && s.loaded && s.limit == "" {
		f.folder = s.folder
	}
	right := text.Safe("")
	role := theme.Text
	switch {
	case f.folder.Local:
		right = s.env.Words.Mailbox.OnDisk
	case f.folder.Unread > 0:
		right = text.Num(f.folder.Unread)
		if f.folder.Role == mail.RoleInbox {
			role = theme.Unread
		}
	}
	depth := 0
	name := s.folderName(f.folder)
	if d := f.folder.Delimiter; d != "" && f.folder.Role == mail.RoleNone {
		depth = strings.Count(f.folder.Name, d)
		parts := strings.Split(f.folder.Name, d)
		name = text.Clean(parts[len(parts)-1])
	}
	room := width - 2 - min(depth, 4)
	if right != "" {
		room -= text.Width(right) + 1
	}
	return l.Put(theme.Text, cursorMark(here, focused)).Gap(1+min(depth, 4)).Cell(role, name, room).
		RightEnd(theme.Muted, right, 0).String()
}

func (s *Screen) moveFolder(n int) {
	lines := s.folderLines()
	s.folderAt = max(min(s.folderAt+n, len(lines)-1), 0)
}

// stepFolder shows the next folder without leaving the list: what J and K do there.
func (s *Screen) stepFolder(n int) tea.Cmd {
	lines := s.folderLines()
	for i := s.folderIndex() + n; i >= 0 && i < len(lines); i += n {
		if l := lines[i]; !l.head {
			return s.goTo(l.acct, l.folder)
		}
	}
	return nil
}

// openFolder shows the folder under the cursor of the folder pane; an account's row stands for its inbox.
func (s *Screen) openFolder() (screen.Action, tea.Cmd) {
	lines := s.folderLines()
	if s.folderAt >= len(lines) {
		return nil, nil
	}
	l := lines[s.folderAt]
	s.pane = listPane
	switch {
	case l.kept != noKeptRow:
		return openKept(l.kept), nil
	case l.acct.Name == s.acct.Name && l.folder.Name == s.folder.Name:
		return nil, nil
	}
	return nil, s.goTo(l.acct, l.folder)
}

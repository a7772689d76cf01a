package mailbox

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/mail"
	"todoku/session"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// folderLine is a row of the folder pane: an account, or one of its folders.
type folderLine struct {
	acct   session.Account
	folder mail.Folder
	head   bool
}

// folderLines lists the accounts with their folders; a twin that is shown takes its account's place.
func (s *Screen) folderLines() []folderLine {
	var out []folderLine
	for _, a := range s.accounts {
		if s.acct.Name != a.Name && s.acct.Twin == a.Name {
			a = s.acct
		}
		out = append(out, folderLine{acct: a, head: true})
		for _, f := range s.folders[a.Name] {
			if !f.NoSelect {
				out = append(out, folderLine{acct: a, folder: f})
			}
		}
	}
	return out
}

func (s *Screen) folderIndex() int {
	for i, l := range s.folderLines() {
		if !l.head && l.acct.Name == s.acct.Name && l.folder.Name == s.folder.Name {
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
		return l.Put(theme.Text, cursorMark(here && focused, focused)).Cell(theme.Title, text.Clean(f.acct.Name), room).
			RightEnd(theme.Muted, right, 0).String()
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

// openFolder shows the folder under the cursor of the folder pane; an account's row stands for its inbox.
func (s *Screen) openFolder() tea.Cmd {
	lines := s.folderLines()
	if s.folderAt >= len(lines) {
		return nil
	}
	l := lines[s.folderAt]
	s.pane = listPane
	if l.acct.Name == s.acct.Name && l.folder.Name == s.folder.Name {
		return nil
	}
	return s.goTo(l.acct, l.folder)
}

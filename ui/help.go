package ui

import (
	tea "charm.land/bubbletea/v2"

	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// textSheet is a sheet of lines that only scrolls: the keys, the notices, an explanation.
type textSheet struct {
	app         *App
	name, right func() text.Safe
	lines       func(width int) []styled
	footer      func() text.Safe
	onKey       func(screen.Press) (done bool, act screen.Action)
	whole       bool // may take the whole of a low screen
	filter      string
	typingIn    *widget.Input // the line that finds, while it is typed
	top         int
	height      int
	most        int // lines there are
}

// styled is a line made of pieces.
type styled []piece

type piece struct {
	role theme.Role
	text text.Safe
	at   int // column; 0 continues after the piece before
}

// lowRoom is how many rows a screen has that a sheet may take whole.
const lowRoom = 24

func (s *textSheet) rows(width, room int) int {
	want, most := len(s.lines(width))+2, max(room*3/4, 10)
	if s.whole {
		most = mostRows(room)
	}
	return min(want, most, room)
}

// mostRows is how many rows of the room a sheet takes that may take a low screen whole.
func mostRows(room int) int {
	if room <= lowRoom {
		return room
	}
	return room * 3 / 4
}

func (s *textSheet) typing() bool { return s.typingIn != nil }
func (s *textSheet) paste(p string) {
	if s.typingIn != nil {
		s.typingIn.Insert(p)
	}
}
func (s *textSheet) scroll(n int)    { s.top = max(min(s.top+n, s.most-s.height), 0) }
func (s *textSheet) click(int) bool  { return false }
func (s *textSheet) foot() text.Safe { return s.footer() }

func (s *textSheet) view(width, height int) screen.Frame {
	th := s.app.env.Theme
	rows := []string{widget.RuleRow(th, width, s.name(), s.right())}
	lines := s.found(s.lines(width))
	s.most, s.height = len(lines), height-1
	var cur *screen.Cell
	if s.typingIn != nil {
		s.height--
		typed, x := s.typingIn.View(th, width-4)
		rows = append(rows, widget.NewLine(th, width).Put(theme.Accent, " / ").Raw(typed, width-4).String())
		cur = &screen.Cell{X: 3 + x, Y: 1, Insert: true}
	}
	s.scroll(0)
	for i := s.top; i < len(lines) && i < s.top+s.height; i++ {
		rows = append(rows, lines[i].draw(th, width))
	}
	if cur == nil {
		cur = &screen.Cell{X: 0, Y: 1}
	}
	return screen.Frame{Rows: rows, Cursor: cur}
}

func (line styled) draw(th *theme.Theme, width int) string {
	l := widget.NewLine(th, width)
	for _, p := range line {
		if p.at > 0 {
			l.To(p.at)
		}
		l.Put(p.role, p.text)
	}
	return l.String()
}

func (s *textSheet) found(lines []styled) []styled {
	words := fields(s.filter)
	if s.typingIn != nil {
		words = fields(s.typingIn.Value())
	}
	if len(words) == 0 {
		return lines
	}
	var out []styled
	for _, line := range lines {
		var all text.Safe
		for _, p := range line {
			all += p.text + " "
		}
		if holdsAll(pickRow{name: all}, words) {
			out = append(out, line)
		}
	}
	return out
}

func (s *textSheet) press(p screen.Press) (bool, screen.Action, tea.Msg) {
	if s.typingIn != nil {
		s.typeFind(p)
		return false, nil, nil
	}
	switch p.Verb {
	case keys.Back, keys.Quit:
		return true, nil, nil
	case keys.Down:
		s.scroll(1)
	case keys.Up:
		s.scroll(-1)
	case keys.PageDown, keys.Toggle:
		s.scroll(max(s.height-1, 1))
	case keys.PageUp:
		s.scroll(-max(s.height-1, 1))
	case keys.First:
		s.scroll(-s.most)
	case keys.Last:
		s.scroll(s.most)
	case keys.Find:
		s.typingIn = &widget.Input{}
	default:
		if s.onKey != nil {
			done, act := s.onKey(p)
			return done, act, nil
		}
	}
	return false, nil, nil
}

func (s *textSheet) typeFind(p screen.Press) {
	switch p.Verb {
	case keys.Back:
		s.filter, s.typingIn = "", nil
	case keys.Open:
		s.filter, s.typingIn = s.typingIn.Value(), nil
	default:
		s.typingIn.Key(p.Key)
	}
}

// newHelp shows the keys that work on the screen in front, drawn from its live bindings.
func newHelp(a *App) sheet {
	w := a.env.Words
	help := a.top().Help()
	if a.wireFocus {
		help = a.wire.Help()
	}
	return &textSheet{app: a,
		name: func() text.Safe { return w.App.Keys + "  " + help.Name },
		right: func() text.Safe {
			set := w.App.MuttKeys
			if a.env.Keys.Own() {
				set = w.App.OwnKeys
			}
			return set + ", " + text.F(w.App.Conflicts, len(a.conflicts))
		},
		lines:  func(width int) []styled { return a.helpLines(help, width) },
		footer: func() text.Safe { return a.env.Words.App.HelpFoot },
	}
}

// A column of the help sheet has so many cells, the label's place among them.
const (
	helpColumn = 29
	helpLabel  = 8
)

// helpLines sets the live verbs in columns by group, as many side by side as fit.
func (a *App) helpLines(help screen.Help, width int) []styled {
	var out []styled
	if help.About != "" {
		for _, l := range text.Wrap(help.About, width-2) {
			out = append(out, styled{{role: theme.Text, text: l, at: 1}})
		}
		out = append(out, nil)
	}
	groups := a.helpGroups(help)
	across := max(min((width-2)/helpColumn, len(groups)), 1)
	for i := 0; i < len(groups); i += across {
		row := groups[i:min(i+across, len(groups))]
		tall := 0
		for _, g := range row {
			tall = max(tall, len(g))
		}
		for y := range tall {
			var line styled
			for x, g := range row {
				if y < len(g) {
					line = append(line, shift(g[y], 3+x*helpColumn)...)
				}
			}
			out = append(out, line)
		}
		out = append(out, nil)
	}
	return append(out, a.missing(help)...)
}

func shift(line styled, by int) styled {
	out := make(styled, len(line))
	for i, p := range line {
		p.at += by
		p.text = text.Cut(p.text, helpColumn-1-(p.at-by))
		out[i] = p
	}
	return out
}

// helpGroups gives each group's heading and rows.
func (a *App) helpGroups(help screen.Help) [][]styled {
	heads := a.env.Words.Groups
	cols := make([][]styled, len(heads))
	seen := map[keys.Verb]bool{}
	add := func(l screen.Live) {
		if l.Off != "" || seen[l.Verb] {
			return
		}
		seen[l.Verb] = true
		key := l.Key
		if key == "" {
			key = text.Clean(a.env.Keys.Shown(l.Verb))
		}
		label := a.named(l)
		at := max(helpLabel, text.Width(key)+1)
		if text.Width(label) > helpColumn-1-at { // rather a short word than a cut one
			label = a.env.Words.Verbs[string(l.Verb)].Foot
		}
		g := a.env.Keys.Group(l.Verb)
		cols[g] = append(cols[g], styled{{role: theme.Accent, text: key}, {role: theme.Text, text: label, at: at}})
	}
	for _, l := range help.Verbs {
		add(l)
	}
	for _, l := range a.liveVerbs() {
		add(l)
	}
	var out [][]styled
	for i, c := range cols {
		if len(c) > 0 {
			out = append(out, append([]styled{{{role: theme.Title, text: heads[i]}}}, c...))
		}
	}
	return out
}

// missing lists what cannot be done here, with the reason.
func (a *App) missing(help screen.Help) []styled {
	var out []styled
	for _, l := range help.Verbs {
		if l.Off != "" {
			key := text.Clean(a.env.Keys.Shown(l.Verb))
			out = append(out, styled{{role: theme.Muted, text: key, at: 3}, {role: theme.Muted, at: 3 + max(helpLabel, text.Width(key)+1),
				text: a.named(l) + ": " + a.env.Words.App.OffHere + ", " + l.Off}})
		}
	}
	return out
}

// newNoticeLog shows everything that was said, the newest first.
func newNoticeLog(a *App) sheet {
	w := a.env.Words
	return &textSheet{app: a,
		name:  func() text.Safe { return w.App.Notices },
		right: func() text.Safe { return text.Num(len(a.notices.log)) },
		lines: func(width int) []styled {
			if len(a.notices.log) == 0 {
				return []styled{{{role: theme.Muted, text: w.App.NoNotices, at: 1}}}
			}
			var out []styled
			for i := len(a.notices.log) - 1; i >= 0; i-- {
				n := a.notices.log[i]
				role := theme.Text
				if n.kind == screen.Fault {
					role = theme.Fail
				}
				for j, l := range text.Wrap(n.text, width-9) {
					line := styled{{role: role, text: l, at: 8}}
					if j == 0 {
						line = append(styled{{role: theme.Muted, text: text.Clock(n.at), at: 1}}, line...)
					}
					out = append(out, line)
				}
			}
			return out
		},
		footer: func() text.Safe { return a.env.Words.App.ListFoot },
	}
}

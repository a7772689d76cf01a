package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

const (
	minWidth  = 40
	minHeight = 12
	frameRows = 3 // title, notice row, footer
	wideTitle = 120
)

// split is how the rows between title and notice row are shared.
type split struct{ body, below int }

func (a *App) tooSmall() bool { return a.width < minWidth || a.height < minHeight }

// rows shares the rows among the screen and the sheet or the wire below it.
func (a *App) rows() split {
	room := max(a.height-frameRows, 0)
	below := 0
	switch {
	case a.sheet != nil:
		below = min(a.sheet.rows(a.width, room), room)
	case a.wireOpen:
		below = min(max(a.height/4-1, 6), room/2)
	}
	if a.sheet != nil && room-below < 3 {
		below = room
	}
	return split{body: room - below, below: below}
}

// layout tells the screens how much room they have now.
func (a *App) layout() {
	if a.tooSmall() {
		return
	}
	l := a.rows()
	for _, s := range a.stack {
		s.SetSize(a.width, max(l.body, 1))
	}
	a.wire.SetSize(a.width, l.below)
}

// View draws the whole terminal: every row exactly as wide as it.
func (a *App) View() tea.View {
	v := tea.View{AltScreen: true, MouseMode: tea.MouseModeCellMotion, WindowTitle: "todoku"}
	if a.opts.NoMouse {
		v.MouseMode = tea.MouseModeNone
	}
	if a.width <= 0 || a.height <= 0 || a.top() == nil {
		return v
	}
	if a.tooSmall() {
		v.Content = strings.Join(a.smallRows(), "\n")
		return v
	}
	l := a.rows()
	title := a.top().Title(a.width)
	v.WindowTitle = string("todoku: " + text.Cut(title.Left, 80))
	rows := make([]string, 0, a.height)
	rows = append(rows, a.titleRow(title))
	if l.body > 0 {
		f := a.top().View()
		rows = append(rows, exactly(f.Rows, l.body, a.width)...)
		v.Cursor = cursorAt(f.Cursor, 1)
	}
	if l.below > 0 {
		f := a.viewBelow(l.below)
		rows = append(rows, exactly(f.Rows, l.below, a.width)...)
		if f.Cursor != nil {
			v.Cursor = cursorAt(f.Cursor, 1+l.body)
		}
	}
	notice, cell := a.noticeRow()
	if cell != nil {
		v.Cursor = cursorAt(cell, a.height-2)
	}
	rows = append(rows, notice, a.footer())
	v.Content = strings.Join(rows, "\n")
	if a.opts.Ambiguous == "wide" {
		v.Content = text.SureWidth(v.Content)
	}
	return v
}

// viewBelow draws the sheet or the wire.
func (a *App) viewBelow(height int) screen.Frame {
	if a.sheet != nil {
		return a.sheet.view(a.width, height)
	}
	return a.wire.View()
}

func cursorAt(c *screen.Cell, y int) *tea.Cursor {
	if c == nil {
		return nil
	}
	cur := tea.NewCursor(c.X, c.Y+y)
	cur.Blink = c.Insert
	if c.Insert {
		cur.Shape = tea.CursorBar
	}
	return cur
}

// exactly makes a body n rows high.
func exactly(rows []string, n, width int) []string {
	if len(rows) > n {
		return rows[:n]
	}
	for len(rows) < n {
		rows = append(rows, widget.Blank(width))
	}
	return rows
}

func (a *App) smallRows() []string {
	rows := make([]string, a.height)
	said := text.Wrap(text.F(a.env.Words.App.Needs, a.width, a.height), max(a.width, 2))
	for i := range rows {
		l := widget.NewLine(a.env.Theme, a.width)
		if i < len(said) {
			l.Put(theme.Text, said[i])
		}
		rows[i] = l.String()
	}
	return rows
}

func (a *App) titleRow(t screen.Title) string {
	l := widget.NewLine(a.env.Theme, a.width)
	left := " " + t.Left
	if a.width >= wideTitle {
		left = " todoku  " + t.Left
	}
	right := t.Right
	if room := a.width - text.Width(left) - 2; text.Width(right) > room {
		keep := min(text.Width(right), a.width/3)
		left = text.Cut(left, a.width-keep-3)
		right = text.Cut(right, a.width-text.Width(left)-3)
	}
	return l.Put(theme.Title, left).RightEnd(theme.Muted, right, 1).String()
}

// noticeRow draws the question, the prompt, or what there is to say, and where the real cursor is if text is typed.
func (a *App) noticeRow() (string, *screen.Cell) {
	l := widget.NewLine(a.env.Theme, a.width)
	l.Gap(1)
	if a.line != nil {
		return a.line.draw(l, a.env.Theme)
	}
	role, said := a.noticeText(a.width - 2)
	return l.Put(role, said).String(), nil
}

// hint is one key and its word in the footer.
type hint struct {
	key, label text.Safe
	rank       int
	verb       keys.Verb
}

func (h hint) width() int {
	if h.label == "" {
		return text.Width(h.key)
	}
	return text.Width(h.key) + 1 + text.Width(h.label)
}

// footer draws the keys that work now. What does not fit is left out by rank, the least important first; the palette
// and the help stay.
func (a *App) footer() string {
	hints, fixed := a.hints()
	l := widget.NewLine(a.env.Theme, a.width)
	l.Gap(1)
	for i, h := range hints {
		if i > 0 {
			l.Gap(2)
		}
		l.Put(theme.Accent, h.key)
		if h.label != "" {
			l.Gap(1).Put(theme.Text, h.label)
		}
	}
	right := widthOf(fixed)
	if right > 0 && l.Left() >= right+1 {
		l.To(a.width - right - 1)
		for i, h := range fixed {
			if i > 0 {
				l.Gap(2)
			}
			l.Put(theme.Accent, h.key)
			if h.label != "" {
				l.Gap(1).Put(theme.Text, h.label)
			}
		}
	}
	return l.String()
}

func widthOf(hints []hint) int {
	n := 0
	for i, h := range hints {
		if i > 0 {
			n += 2
		}
		n += h.width()
	}
	return n
}

// hints gives the footer's keys as they fit, and those at its right end.
func (a *App) hints() (hints, fixed []hint) {
	if s := a.plainFoot(); s != "" {
		return parseFoot(s), nil
	}
	w := a.env.Words
	fixed = []hint{{key: "ctrl+k", label: w.App.CtrlK, verb: keys.Palette}, {key: "?", verb: keys.Help}}
	if a.typing() {
		fixed = []hint{{key: "ctrl+k", label: w.App.CtrlK, verb: keys.Palette}, {key: "F1", verb: keys.Help}}
	}
	live := a.top().Help().Verbs
	if a.wireFocus {
		live = a.wire.Help().Verbs
	}
	for _, v := range live {
		if v.Rank > 0 && v.Off == "" {
			hints = append(hints, a.hint(v))
		}
	}
	for widthOf(hints)+widthOf(fixed)+4 > a.width && len(hints) > 0 {
		hints = dropLowest(hints)
	}
	return hints, fixed
}

func (a *App) hint(v screen.Live) hint {
	h := hint{key: v.Key, label: v.Label, rank: v.Rank, verb: v.Verb}
	if h.key == "" {
		h.key = text.Clean(a.env.Keys.Shown(v.Verb))
	}
	if h.label == "" {
		h.label = a.env.Words.Verbs[string(v.Verb)].Foot
	}
	return h
}

func dropLowest(hints []hint) []hint {
	worst := 0
	for i, h := range hints {
		if h.rank >= hints[worst].rank {
			worst = i
		}
	}
	return append(hints[:worst:worst], hints[worst+1:]...)
}

// plainFoot is the footer of what stands before the screen.
func (a *App) plainFoot() text.Safe {
	switch {
	case a.line != nil:
		return a.line.foot(a.env.Words)
	case a.sheet != nil:
		return a.sheet.foot()
	}
	return ""
}

// parseFoot reads a footer of the catalogue: keys and words, two spaces between the pairs.
func parseFoot(s text.Safe) []hint {
	var out []hint
	for pair := range strings.SplitSeq(string(s), "  ") {
		key, label, _ := strings.Cut(pair, " ")
		out = append(out, hint{key: text.Clean(key), label: text.Clean(label)})
	}
	return out
}

// clickFooter presses the key that was clicked.
func (a *App) clickFooter(x int) tea.Cmd {
	hints, fixed := a.hints()
	at := 1
	for _, h := range hints {
		if x >= at && x < at+h.width() && h.verb != "" {
			return a.pressVerb(h.verb)
		}
		at += h.width() + 2
	}
	at = a.width - widthOf(fixed) - 1
	for _, h := range fixed {
		if x >= at && x < at+h.width() {
			return a.pressVerb(h.verb)
		}
		at += h.width() + 2
	}
	return nil
}

// pressVerb does a verb as its key would.
func (a *App) pressVerb(v keys.Verb) tea.Cmd {
	p := screen.Press{Verb: v}
	if cmd, done := a.always(p); done {
		return cmd
	}
	return a.verb(p)
}

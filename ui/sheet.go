package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/widget"
)

// sheet is a body of rows that rises from the bottom over whole rows of the screen.
type sheet interface {
	rows(width, room int) int // how many rows it wants of room, its rule included
	view(width, height int) screen.Frame
	press(screen.Press) (done bool, act screen.Action, msg tea.Msg) // msg goes to whoever asked
	foot() text.Safe
	typing() bool
	paste(string)
	scroll(rows int)
	click(row int) (chosen bool)
}

func (a *App) openSheet(s sheet) {
	a.sheet = s
	a.layout()
}

func (a *App) closeSheet() {
	a.sheet = nil
	a.layout()
}

func (a *App) sheetKey(p screen.Press) tea.Cmd {
	s := a.sheet
	done, act, msg := s.press(p)
	if done && a.sheet == s {
		a.closeSheet()
	}
	cmd := a.do(act)
	if msg == nil {
		return cmd
	}
	return tea.Batch(cmd, a.reply(msg))
}

func (a *App) sheetClick(row int) tea.Cmd {
	if a.sheet.click(row) {
		return a.sheetKey(screen.Press{Verb: keys.Open})
	}
	return nil
}

// pick is a sheet's list of which one row is taken: filtered by what is typed, moved through with the arrows.
type pick struct {
	list   widget.List
	filter widget.Input
	all    []pickRow
	shown  []pickRow
	keyed  bool // some have a key
	widest int  // name among them all, in cells
}

// pickRow is one row: what it is called, its key, a note, and whether it can be taken.
type pickRow struct {
	index           int
	name, key, note text.Safe
	off             bool
	also            string // further words that find it
}

func newPick(rows []pickRow, at int) *pick {
	p := &pick{all: rows, keyed: slices.ContainsFunc(rows, func(r pickRow) bool { return r.key != "" })}
	for _, r := range rows {
		p.widest = max(p.widest, text.Width(r.name))
	}
	p.narrow()
	p.list.SetHeight(8)
	p.list.Go(at)
	return p
}

// narrow keeps the rows that hold every typed word.
func (p *pick) narrow() {
	words := fields(p.filter.Value())
	p.shown = p.shown[:0:0]
	var ids []int64
	for _, r := range p.all {
		if holdsAll(r, words) {
			p.shown = append(p.shown, r)
			ids = append(ids, int64(r.index))
		}
	}
	p.list = widget.List{}
	p.list.SetKeys(ids)
	p.list.SetHeight(8)
}

func (p *pick) current() (pickRow, bool) {
	if len(p.shown) == 0 {
		return pickRow{}, false
	}
	return p.shown[p.list.At()], true
}

func (p *pick) press(v keys.Verb, k tea.Key) {
	switch v {
	case keys.Down, keys.Next:
		p.list.Move(1)
	case keys.Up, keys.Previous:
		p.list.Move(-1)
	case "":
		switch k.String() {
		case "pgdown":
			p.list.Page(1)
		case "pgup":
			p.list.Page(-1)
		default:
			if p.filter.Key(k) {
				p.narrow()
			}
		}
	}
}

func (p *pick) typed(s string) {
	p.filter.Insert(s)
	p.narrow()
}

// view draws the rule, the line that is typed, and the rows.
func (p *pick) view(th *theme.Theme, rule string, none text.Safe, width, height int) screen.Frame {
	l := widget.NewLine(th, width)
	l.Put(theme.Accent, " : ")
	typed, x := p.filter.View(th, width-4)
	rows := []string{rule, l.Raw(typed, width-4).String()}
	p.list.SetHeight(max(height-2, 1))
	if len(p.shown) == 0 {
		rows = append(rows, widget.NewLine(th, width).Gap(3).Put(theme.Muted, none).String())
	}
	for i := range p.list.Visible() {
		rows = append(rows, p.row(th, p.list.Top()+i, width))
	}
	return screen.Frame{Rows: rows, Cursor: &screen.Cell{X: 3 + x, Y: 1, Insert: true}}
}

func (p *pick) row(th *theme.Theme, i, width int) string {
	r := p.shown[i]
	here := i == p.list.At()
	l := widget.NewLine(th, width).Selected(here)
	mark := text.Safe("   ")
	if here {
		mark = " > "
	}
	name, note := 40, theme.Muted
	if width < 100 {
		name = width / 2
	}
	if !p.keyed {
		name = min(name, p.widest)
	}
	role := theme.Text
	if r.off {
		role = theme.Muted
	}
	l.Put(theme.Text, mark).Cell(role, r.name, name).Gap(2)
	if p.keyed {
		l.Cell(theme.Accent, r.key, 10).Gap(2)
	}
	return l.Put(note, r.note).String()
}

// choice is the sheet of a screen.Choose.
type choice struct {
	app  *App
	ask  screen.Choose
	list *pick
}

func newChoice(a *App, c screen.Choose) *choice {
	rows := make([]pickRow, len(c.Rows))
	for i, r := range c.Rows {
		rows[i] = pickRow{index: i, name: r.Name, key: r.Key, note: r.Note, off: r.Off}
	}
	return &choice{app: a, ask: c, list: newPick(rows, c.At)}
}

func (c *choice) rows(_, room int) int { return min(len(c.ask.Rows)+2, room*3/4) }
func (c *choice) typing() bool         { return true }
func (c *choice) paste(s string)       { c.list.typed(s) }
func (c *choice) scroll(n int)         { c.list.list.Move(n) }
func (c *choice) foot() text.Safe      { return c.app.env.Words.App.ChoiceFoot }
func (c *choice) click(row int) bool   { return c.list.click(row) }

// click moves to the clicked row; a click on the row under the cursor takes it.
func (p *pick) click(row int) bool {
	at := p.list.Top() + row - 2
	if row < 2 || at >= len(p.shown) {
		return false
	}
	again := at == p.list.At()
	p.list.Go(at)
	return again
}

func (c *choice) view(width, height int) screen.Frame {
	count := text.F(c.app.env.Words.App.CountOf, len(c.list.shown), len(c.list.all))
	return c.list.view(c.app.env.Theme, widget.RuleRow(c.app.env.Theme, width, c.ask.Title, count),
		c.app.env.Words.App.NoMatch, width, height)
}

func (c *choice) press(p screen.Press) (bool, screen.Action, tea.Msg) {
	switch p.Verb {
	case keys.Back:
		return true, nil, screen.Chosen{To: c.ask.To, Index: -1}
	case keys.Open:
		r, ok := c.list.current()
		if !ok || r.off {
			return false, nil, nil
		}
		return true, nil, screen.Chosen{To: c.ask.To, Index: r.index}
	}
	c.list.press(p.Verb, p.Key)
	return false, nil, nil
}

package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// key finds what a key asks for and gives it to whoever is in front: the notice row's question or prompt, the sheet,
// the wire, the screen.
func (a *App) key(k tea.Key) tea.Cmd {
	p := a.press(k)
	if p.Verb != keys.Stop {
		a.armed = false
	}
	if cmd, done := a.always(p); done {
		return cmd
	}
	switch {
	case a.line != nil:
		return a.lineKey(p)
	case a.sheet != nil:
		return a.sheetKey(p)
	}
	return a.verb(p)
}

// press names the key. While text is typed only keys that type nothing have a verb.
func (a *App) press(k tea.Key) screen.Press {
	if a.typing() {
		v, _ := a.env.Keys.LookupTyping(k)
		return screen.Press{Verb: v, Key: k}
	}
	v, n, _ := a.env.Keys.Lookup(k)
	return screen.Press{Verb: v, N: n, Key: k}
}

func (a *App) typing() bool {
	switch {
	case a.line != nil:
		return a.line.ask == nil
	case a.sheet != nil:
		return a.sheet.typing()
	case a.wireFocus:
		return false
	}
	t, ok := a.top().(screen.Typist)
	return ok && t.Typing()
}

// always does the verbs that work whatever is in front.
func (a *App) always(p screen.Press) (tea.Cmd, bool) {
	switch p.Verb {
	case keys.Stop:
		return a.stop(), true
	case keys.Suspend:
		return tea.Suspend, true
	case keys.Redraw:
		return tea.ClearScreen, true
	case keys.Palette:
		a.line = nil
		a.openSheet(newPalette(a))
		return nil, true
	case keys.Help:
		a.line = nil
		a.openSheet(newHelp(a))
		return nil, true
	}
	return nil, false
}

// verb does what the app does itself and gives the rest to the wire or the screen.
func (a *App) verb(p screen.Press) tea.Cmd {
	if back := a.undo; back != nil && !moving(p.Verb) {
		a.undo = nil
		if p.Verb == keys.Undo {
			a.notices.clear()
			return a.do(back)
		}
	}
	if p.Verb == keys.Back && !a.typing() && a.notices.fault() {
		a.notices.clear()
		return nil
	}
	if !moving(p.Verb) {
		a.notices.clear()
	}
	if cmd, done := a.own(p); done {
		return cmd
	}
	if a.wireFocus {
		return a.wireKey(p)
	}
	if p.Verb == keys.Back && a.ownWait() == "" && a.waiting.stopFront(a) {
		return nil
	}
	if p.Verb == "" && !a.typing() {
		return a.unbound(p.Key)
	}
	if p.Verb == "" || a.live(p.Verb) {
		return a.tell(p)
	}
	return nil
}

// own does the verbs that belong to no screen.
func (a *App) own(p screen.Press) (tea.Cmd, bool) {
	switch p.Verb {
	case keys.Wire:
		return a.showWire(), true
	case keys.Notices:
		a.openSheet(newNoticeLog(a))
		return nil, true
	case keys.Language:
		return a.switchLanguage(), true
	case keys.Drafts, keys.Outbox:
		if a.session() == nil { // a recording is drawn without one
			a.say(screen.Say{Text: a.verbName(p.Verb) + ": " + a.env.Words.App.OffHere})
			return nil, true
		}
		return a.open(screen.Open{Name: screen.Kept, With: screen.KeptArgs{Drafts: p.Verb == keys.Drafts}}), true
	case keys.Explain:
		if err := a.notices.cause(); err != nil && !a.wireFocus { // in the wire, e is about its row
			return a.do(screen.ExplainThis{Err: err}), true
		}
	case keys.Next, keys.Previous:
		if a.wireOpen && !a.typing() {
			a.focusWire(!a.wireFocus)
			return nil, true
		}
	}
	return nil, false
}

// live reports whether the screen in front does v now; if not, it says so.
func (a *App) live(v keys.Verb) bool {
	if v == keys.Back || v == keys.Quit || moving(v) {
		return true
	}
	for _, l := range a.top().Help().Verbs {
		if l.Verb != v {
			continue
		}
		if l.Off == "" {
			return true
		}
		a.say(screen.Say{Text: a.named(l) + ": " + l.Off})
		return false
	}
	name := strings.TrimSuffix(string(a.verbName(v)), " ..") // which says that a question follows
	a.say(screen.Say{Text: text.F(a.env.Words.App.NotHere, text.Clean(a.env.Keys.Shown(v)), name)})
	return false
}

func (a *App) verbName(v keys.Verb) text.Safe { return a.env.Words.Verbs[string(v)].Long }

// named is what the screen calls a verb, which may mean another thing there than elsewhere; else its name.
func (a *App) named(l screen.Live) text.Safe {
	if l.Label != "" {
		return l.Label
	}
	return a.verbName(l.Verb)
}

func (a *App) unbound(k tea.Key) tea.Cmd {
	switch {
	case keys.Japanese(k):
		a.say(screen.Say{Text: a.env.Words.App.ImeOn})
	case k.Text != "" || k.Mod != 0:
		a.say(screen.Say{Text: text.F(a.env.Words.App.Unbound, k.String())})
	}
	return nil
}

// moving reports whether a verb only moves: those clear no notice.
func moving(v keys.Verb) bool {
	switch v {
	case keys.Down, keys.Up, keys.LeftDown, keys.LeftUp, keys.First, keys.Last, keys.PageDown, keys.PageUp,
		keys.Left, keys.Right, keys.Next, keys.Previous, keys.Explain, keys.Wire:
		return true
	}
	return false
}

// stop cancels every job; the second time in a row it quits.
func (a *App) stop() tea.Cmd {
	if a.armed {
		return tea.Quit
	}
	a.armed = true
	said := a.env.Words.App.NothingToStop
	if a.env.Jobs.CancelAll() > 0 {
		said = a.env.Words.App.StoppedAll
	}
	a.say(screen.Say{Text: said})
	return nil
}

func (a *App) paste(content string) tea.Cmd {
	switch {
	case a.line != nil && a.line.ask == nil:
		a.line.input.Insert(content)
		return nil
	case a.sheet != nil:
		a.sheet.paste(content)
		return nil
	case a.typing():
		return a.tell(screen.Paste{Text: content})
	}
	return nil
}

// click puts the focus where the mouse points; on the footer it presses the key written there.
func (a *App) click(m tea.Mouse) tea.Cmd {
	if m.Button != tea.MouseLeft || a.tooSmall() || a.line != nil {
		return nil
	}
	l := a.rows()
	switch {
	case m.Y == a.height-1:
		return a.clickFooter(m.X)
	case m.Y >= 1 && m.Y < 1+l.body:
		if a.sheet == nil {
			a.focusWire(false)
			return a.tell(screen.Click{X: m.X, Y: m.Y - 1})
		}
	case m.Y > 1+l.body && m.Y < 1+l.body+l.below:
		return a.clickBelow(m.Y - 1 - l.body)
	}
	return nil
}

func (a *App) clickBelow(row int) tea.Cmd {
	if a.sheet != nil {
		return a.sheetClick(row)
	}
	if a.wireOpen {
		a.focusWire(true)
		a.wire.Click(row)
	}
	return nil
}

func (a *App) wheel(m tea.Mouse) tea.Cmd {
	n := 3
	if m.Button == tea.MouseWheelUp {
		n = -3
	}
	l := a.rows()
	switch {
	case m.Button != tea.MouseWheelUp && m.Button != tea.MouseWheelDown || a.tooSmall():
	case a.sheet != nil:
		a.sheet.scroll(n)
	case a.wireOpen && m.Y > l.body:
		a.wire.Scroll(n)
	default:
		return a.tell(screen.Wheel{X: m.X, Y: m.Y - 1, Rows: n})
	}
	return nil
}

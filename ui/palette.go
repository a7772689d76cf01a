package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// palette is the sheet of all commands. Those that cannot run here stay, with the reason.
type palette struct {
	app   *App
	verbs []keys.Verb
	list  *pick
}

func newPalette(a *App) *palette {
	english := text.New(text.EN)
	p := &palette{app: a}
	live := map[keys.Verb]screen.Live{}
	for _, l := range a.liveVerbs() {
		live[l.Verb] = l
	}
	var on, off []pickRow
	for _, b := range a.env.Keys.Bindings() {
		if moving(b.Verb) && b.Verb != keys.Wire && b.Verb != keys.Explain || b.Verb == keys.Palette || b.Verb == keys.Number {
			continue
		}
		row := pickRow{index: len(p.verbs), name: a.verbName(b.Verb), key: text.Clean(a.env.Keys.Shown(b.Verb)),
			also: string(b.Verb) + " " + string(english.Verbs[string(b.Verb)].Long)}
		p.verbs = append(p.verbs, b.Verb)
		l, ok := live[b.Verb]
		switch {
		case ok && l.Off == "":
			if l.Label != "" && l.Label != a.env.Words.Verbs[string(b.Verb)].Foot {
				row.note = l.Label
			}
			on = append(on, row)
			continue
		case ok:
			row.note = a.env.Words.App.OffHere + ": " + l.Off
		default:
			row.note = a.env.Words.App.OffHere
		}
		row.off = true
		off = append(off, row)
	}
	p.list = newPick(append(on, off...), 0)
	return p
}

// liveVerbs are the verbs of the screen in front and those of the app itself.
func (a *App) liveVerbs() []screen.Live {
	verbs := a.top().Help().Verbs
	if a.wireFocus {
		verbs = a.wire.Help().Verbs
	}
	own := []keys.Verb{keys.Wire, keys.Help, keys.Stop, keys.Suspend, keys.Redraw, keys.Notices, keys.Language,
		keys.Drafts, keys.Outbox, keys.Back, keys.Quit, keys.Palette}
	for _, v := range own {
		verbs = append(verbs, screen.Live{Verb: v})
	}
	return verbs
}

func (p *palette) rows(_, room int) int { return min(max(room/3, 8), room) }
func (p *palette) typing() bool         { return true }
func (p *palette) paste(s string)       { p.list.typed(s) }
func (p *palette) scroll(n int)         { p.list.list.Move(n) }
func (p *palette) foot() text.Safe      { return p.app.env.Words.App.PaletteFoot }
func (p *palette) click(row int) bool   { return p.list.click(row) }

func (p *palette) view(width, height int) screen.Frame {
	w := p.app.env.Words.App
	count := text.F(w.CountOf, len(p.list.shown), len(p.list.all))
	return p.list.view(p.app.env.Theme, widget.RuleRow(p.app.env.Theme, width, w.Commands, count), w.NoMatch, width, height)
}

func (p *palette) press(k screen.Press) (bool, screen.Action, tea.Msg) {
	switch k.Verb {
	case keys.Back:
		return true, nil, nil
	case keys.Next: // tab completes to the row under the cursor
		if r, ok := p.list.current(); ok {
			p.list.filter.Set(string(r.name))
			p.list.narrow()
		}
		return false, nil, nil
	case keys.Open:
		r, ok := p.list.current()
		if !ok || r.off {
			return false, nil, nil
		}
		return true, screen.Run{Verb: p.verbs[r.index]}, nil
	}
	p.list.press(k.Verb, k.Key)
	return false, nil, nil
}

func fields(s string) []string { return strings.Fields(strings.ToLower(s)) }

func holdsAll(r pickRow, words []string) bool {
	hay := strings.ToLower(string(r.name+" "+r.key+" "+r.note) + " " + r.also)
	for _, w := range words {
		if !strings.Contains(hay, w) {
			return false
		}
	}
	return true
}

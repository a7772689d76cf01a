package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"todoku/diag/explain"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// do carries out what a screen asks for.
func (a *App) do(act screen.Action) tea.Cmd {
	switch act := act.(type) {
	case nil:
		return nil
	case screen.All:
		var cmds []tea.Cmd
		for _, one := range act {
			cmds = append(cmds, a.do(one))
		}
		return tea.Batch(cmds...)
	case screen.Open:
		return a.open(act)
	case screen.Replace:
		a.stack = a.stack[:len(a.stack)-1]
		return a.open(screen.Open(act))
	case screen.Back:
		return a.back(act)
	case screen.Home:
		return a.leave(1, act.With)
	case screen.Exit:
		return tea.Quit
	case screen.Say:
		a.say(act)
	case screen.Hush:
		a.notices.drop(func(n notice) bool { return n.kind == screen.Hint })
	case screen.Ask:
		a.ask(act)
	case screen.Prompt:
		a.line = newPrompt(act)
	case screen.Fill:
		if a.line != nil && a.line.ask == nil && a.line.prompt.To == act.To {
			a.line.input.Set(act.Text)
		}
	case screen.Choose:
		a.openSheet(newChoice(a, act))
	case screen.CopyText:
		return a.copyText(act.Text)
	case screen.ShowWire:
		return a.showWire()
	case screen.ShowLine:
		a.wireOpen = true
		a.layout()
		a.wire.Seek(act.Text)
		a.focusWire(true)
	case screen.ExplainThis:
		a.openSheet(newExplain(a, a.diagnose(act.Err), screen.ExplainFinding{Finding: explain.Find(act.Err)}))
	case screen.ExplainFinding:
		d := explain.Finding(act.Finding, explain.Lang(a.env.Words.Lang))
		a.openSheet(newExplain(a, d, act))
	case screen.Run:
		return a.pressVerb(act.Verb)
	case screen.Perform:
		return a.perform(act)
	}
	return nil
}

// perform runs a verb of the session; what it says comes back as a message.
func (a *App) perform(p screen.Perform) tea.Cmd {
	runner := a.env.Jobs
	_, cmd := jobs.Start(runner, jobs.Spec{What: p.What}, func(ctx context.Context, c jobs.Control) (screen.Performed, error) {
		runner.Post(p.Call(ctx, c.Span))
		return screen.Performed{}, nil
	})
	return cmd
}

// ask puts a question into the notice row; while text is typed it waits, so that no letter becomes its answer.
func (a *App) ask(q screen.Ask) {
	if a.held = nil; a.typing() {
		a.held = &q
		return
	}
	a.line = &promptLine{ask: &q}
}

// open puts a screen of the table on the stack.
func (a *App) open(o screen.Open) tea.Cmd {
	for _, e := range a.table {
		if e.name != o.Name {
			continue
		}
		s := e.make(a, o.With)
		a.focusWire(false)
		a.stack = append(a.stack, s)
		a.layout()
		return s.Init()
	}
	a.say(screen.Say{Text: a.env.Words.App.NotYet})
	return nil
}

// back leaves the screen in front; the last one is left by quitting only.
func (a *App) back(b screen.Back) tea.Cmd {
	if len(a.stack) < 2 {
		return nil
	}
	return a.leave(len(a.stack)-1, b.With)
}

// leave keeps the first n screens and tells the last of them that those above were left, and with what.
func (a *App) leave(n int, with any) tea.Cmd {
	a.stack, a.held = a.stack[:n], nil
	a.layout()
	return a.tell(screen.Returned{With: with})
}

func (a *App) copyText(s string) tea.Cmd {
	clean := text.CleanText(s)
	a.say(screen.Say{Kind: screen.Result, Text: text.F(a.env.Words.App.Copied, len([]rune(string(clean))))})
	return tea.SetClipboard(string(clean))
}

func (a *App) showWire() tea.Cmd {
	a.wireOpen = !a.wireOpen
	if !a.wireOpen {
		a.focusWire(false)
	}
	a.layout()
	return nil
}

func (a *App) focusWire(on bool) {
	on = on && a.wireOpen
	a.wireFocus = on
	a.wire.SetFocus(on)
	if f, ok := a.top().(screen.Focuser); ok {
		f.SetFocus(!on)
	}
}

func (a *App) wireKey(p screen.Press) tea.Cmd {
	switch p.Verb {
	case keys.Back, keys.Quit:
		a.focusWire(false)
		return nil
	case "":
		return a.unbound(p.Key)
	}
	return a.do(a.wire.Press(p))
}

func (a *App) switchLanguage() tea.Cmd {
	next := text.JA
	if a.env.Words.Lang == text.JA {
		next = text.EN
	}
	a.env.Words = text.New(next)
	a.sheet = nil
	a.layout()
	a.say(screen.Say{Kind: screen.Result, Text: a.env.Words.App.Language})
	return a.broadcast(screen.Repaint{})
}

// recolour learns what the terminal can show and on which ground.
func (a *App) recolour(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case tea.BackgroundColorMsg:
		if m.Color == nil || a.opts.Theme != "" && a.opts.Theme != "auto" {
			return nil
		}
		a.look.Dark = m.IsDark()
	case tea.ColorProfileMsg:
		switch {
		case a.opts.Theme == "none" || m.Profile <= colorprofile.ASCII:
			a.look.Depth = theme.NoColour
		case m.Profile == colorprofile.ANSI:
			a.look.Depth = theme.Sixteen
		default:
			a.look.Depth = theme.Full
		}
	}
	a.env.Theme = theme.New(a.look)
	return a.broadcast(screen.Repaint{})
}

// Package ui draws the verbs of the session. App is its only tea.Model: it keeps the stack of screens, the rows around
// them, the sheets and the wire, and knows no screen by name.
package ui

import (
	"context"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/theme"
	"todoku/ui/wire"
)

// App is the whole interface.
type App struct {
	env       *screen.Env
	opts      Options
	ctx       context.Context // of the whole run
	started   atomic.Pointer[Session]
	table     []entry
	conflicts []keys.Conflict

	width, height int
	stack         []screen.Screen
	sheet         sheet
	line          *promptLine // a question or a prompt in the notice row
	held          *screen.Ask // a question that came while text was typed
	notices       notices
	undo          screen.Action // what u does until the next verb; nil for what the screen does
	wire          *wire.Pane
	wireOpen      bool
	wireFocus     bool
	waiting       waiting
	armed         bool // ctrl+c was pressed once
	look          theme.Options
	fault         *jobs.Fault
}

// Init begins the first screen and asks the terminal for its background.
func (a *App) Init() tea.Cmd {
	cmds := []tea.Cmd{a.open(a.first())}
	if a.opts.Theme == "" || a.opts.Theme == "auto" {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}

// Update takes one message. What it does not know itself goes to every screen of the stack: results of jobs carry
// the job's id and are dropped by whoever does not wait for them.
func (a *App) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := a.take(msg)
	if a.held != nil {
		a.ask(*a.held)
	}
	return a, tea.Batch(cmd, a.watchWaits())
}

func (a *App) take(msg tea.Msg) tea.Cmd {
	switch m := msg.(type) {
	case nil:
		return nil
	case jobs.Batch:
		return a.takeAll(m)
	case tea.WindowSizeMsg:
		a.width, a.height = m.Width, m.Height
		a.layout()
		return nil
	case tea.KeyPressMsg:
		return a.key(m.Key())
	case tea.PasteMsg:
		return a.paste(m.Content)
	case tea.MouseClickMsg:
		return a.click(m.Mouse())
	case tea.MouseWheelMsg:
		return a.wheel(m.Mouse())
	case tea.BackgroundColorMsg, tea.ColorProfileMsg:
		return a.recolour(m)
	case wire.Events:
		a.wire.Add(m)
		return nil
	case waitTick:
		a.waiting.tick()
		return nil
	case screen.Say:
		a.say(m)
		return nil
	case expire:
		a.notices.expire(m)
		return nil
	case jobs.Fault:
		a.fault = &m
		return tea.Quit
	}
	return a.broadcast(msg)
}

func (a *App) takeAll(b jobs.Batch) tea.Cmd {
	var cmds []tea.Cmd
	for _, m := range b {
		cmds = append(cmds, a.take(m))
	}
	return tea.Batch(cmds...)
}

func (a *App) broadcast(msg tea.Msg) tea.Cmd {
	if act, mine := a.wire.Update(msg); mine {
		return a.do(act)
	}
	var cmds []tea.Cmd
	for _, s := range append([]screen.Screen(nil), a.stack...) {
		act, cmd := s.Update(msg)
		cmds = append(cmds, cmd, a.do(act))
	}
	return tea.Batch(cmds...)
}

// top is the screen in front.
func (a *App) top() screen.Screen {
	if len(a.stack) == 0 {
		return nil
	}
	return a.stack[len(a.stack)-1]
}

// tell gives a message to the screen in front.
func (a *App) tell(msg tea.Msg) tea.Cmd {
	s := a.top()
	if s == nil {
		return nil
	}
	act, cmd := s.Update(msg)
	return tea.Batch(cmd, a.do(act))
}

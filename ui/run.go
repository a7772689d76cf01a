package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
	"todoku/ui/wire"
)

// Options build an interface. The zero value of every field but Session is useful.
type Options struct {
	Session Session
	Account string       // to begin with; empty for the first
	Start   screen.Open  // instead of that account's mailbox
	Span    *trace.Span  // what the session's calls are observed by
	Events  Subscription // what the wire draws; nil leaves it empty
	Explain Explainer    // nil leaves errors in their own words
	Lang    text.Lang
	Theme   string              // "auto", "dark", "light", "contrast", "none"
	ASCII   bool                // draw rules with - | +
	Keys    map[string][]string // own bindings: verb to keys
	Now     func() time.Time    // local time; nil means time.Now
	Timer   func(time.Duration, func()) (stop func())
	Welcome WelcomeOptions
	Input   io.Reader // nil means the terminal
	Output  io.Writer
	Environ []string
	Width   int // with Height, the size of an Output that is no terminal
	Height  int
}

// Subscription gives the events from now on; stop ends it and closes the channel.
type Subscription func() (events <-chan trace.Event, stop func())

// WelcomeOptions is what the first run may offer.
type WelcomeOptions struct {
	ConfigPath string
	Sandbox    func(context.Context) (Session, error) // starts the small Internet; nil leaves the choice out
	WriteFile  func(context.Context) (string, error)  // writes the example settings and gives their path
}

// New builds the interface without a terminal, for Run and for tests.
func New(o Options) *App {
	if o.Now == nil {
		o.Now = time.Now
	}
	m, conflicts := keys.New(o.Keys)
	runner := jobs.New(o.Span, o.Now)
	if o.Timer != nil {
		runner.SetTimer(o.Timer)
	}
	look := theme.Options{Dark: o.Theme != "light", Depth: theme.Full, High: o.Theme == "contrast", ASCII: o.ASCII}
	if o.Theme == "none" {
		look.Depth = theme.NoColour
	}
	a := &App{opts: o, table: screens(), conflicts: conflicts, look: look}
	a.env = &screen.Env{Words: text.New(o.Lang), Theme: theme.New(look), Keys: m, Jobs: runner, Now: o.Now}
	a.wire = wire.New(a.env)
	return a
}

// Run draws the interface until the person quits or ctx ends. The terminal is as before when it returns, also after
// a fault of the program itself, which is the error then.
func Run(ctx context.Context, o Options) error {
	a := New(o)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer a.env.Jobs.Close()
	p := tea.NewProgram(a, programOptions(ctx, o)...)
	a.env.Jobs.Go(func() { a.env.Jobs.Pump(ctx, p.Send) })
	a.listen(ctx)
	_, err := p.Run()
	switch {
	case a.fault != nil:
		return fmt.Errorf("%s\n%s\n%s", a.env.Words.App.Crashed, a.fault.What, a.fault.Stack)
	case errors.Is(err, tea.ErrInterrupted), errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil:
		return nil
	case err != nil:
		return fmt.Errorf("draw the interface: %w", err)
	}
	return nil
}

func programOptions(ctx context.Context, o Options) []tea.ProgramOption {
	opts := []tea.ProgramOption{tea.WithContext(ctx), tea.WithFPS(120)}
	if o.Input != nil {
		opts = append(opts, tea.WithInput(o.Input))
	}
	if o.Output != nil {
		opts = append(opts, tea.WithOutput(o.Output))
	}
	if o.Environ != nil {
		opts = append(opts, tea.WithEnvironment(o.Environ))
	}
	if o.Width > 0 && o.Height > 0 {
		opts = append(opts, tea.WithWindowSize(o.Width, o.Height))
	}
	return opts
}

// listen brings what happens outside to the screens: events of the wire, changes of the store.
func (a *App) listen(ctx context.Context) {
	j := a.env.Jobs
	if a.opts.Events != nil {
		j.Go(func() {
			events, stop := a.opts.Events()
			defer stop()
			gather(ctx, events, func(batch []trace.Event) { j.Post(wire.Events(batch)) })
		})
	}
	if a.opts.Session != nil {
		j.Go(func() {
			changes, stop := a.opts.Session.Changes()
			defer stop()
			gather(ctx, changes, func(batch []session.StoreChange) { j.Post(screen.Changed(batch)) })
		})
	}
}

// gatherFor is how long things are gathered before they are drawn together: 30 frames a second are enough for rows
// that only scroll by.
const gatherFor = time.Second / 30

// gather collects what comes in and gives it on together, at most once in gatherFor.
func gather[T any](ctx context.Context, in <-chan T, give func([]T)) {
	var batch []T
	var due <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case v, ok := <-in:
			if !ok {
				give(batch)
				return
			}
			batch = append(batch, v)
			if due == nil {
				due = time.After(gatherFor)
			}
		case <-due:
			give(batch)
			batch, due = nil, nil
		}
	}
}

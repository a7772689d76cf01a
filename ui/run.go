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
	"todoku/ui/tracer"
	"todoku/ui/wire"
)

// Options build an interface. The zero value of every field but Session is useful.
type Options struct {
	Session    Session
	Account    string                    // to begin with; empty for the first
	Start      screen.Open               // instead of that account's mailbox
	Replay     *session.Replay           // draw this instead, without a session
	Comparison *session.ComparisonReplay // the same
	Trace      *Trace                    // trace this instead
	Span       *trace.Span               // what the session's calls are observed by
	Fanout     *trace.Fanout             // what the wire draws; nil leaves it empty
	Lang       text.Lang
	Theme      string // "auto", "dark", "light", "high-contrast", "none"; empty is auto
	ASCII      bool   // draw rules with - | +
	NoMouse    bool
	Ambiguous  string            // "wide" for a terminal that draws characters of ambiguous width in two cells
	Keys       map[string]string // own bindings: verb to keys, separated by spaces
	KeySet     string            // "todoku" or "mutt"
	Now        func() time.Time  // local time; nil means time.Now
	Timer      func(time.Duration, func()) (stop func())
	Editor     string // the command that edits long texts; empty if there is none
	Welcome    WelcomeOptions
	Input      io.Reader // nil means the terminal
	Output     io.Writer
	Environ    []string
	Width      int // with Height, the size of an Output that is no terminal
	Height     int
}

// Trace is what a command line asked to be traced. It is drawn before there is a session.
type Trace struct {
	Targets []string
	Options session.TraceOptions
	Mail    tracer.Mail    // opens the session when it traces
	Session func() Session // that it opened; nil before
}

// WelcomeOptions is what the first run offers; a nil function leaves its choice out.
type WelcomeOptions struct {
	ConfigPath string
	Sandbox    func(context.Context) (Session, error) // starts the small Internet and gives its session
	Write      func(context.Context) (string, error)  // writes the example settings and gives their path
}

// New builds the interface without a terminal, for Run and for tests.
func New(o Options) *App {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Replay != nil || o.Comparison != nil {
		o.Session, o.Start = nil, played(o)
	}
	if o.Trace != nil {
		o.Session, o.Start = nil, asked(o.Trace)
	}
	m, conflicts := keys.New(keys.Set(o.KeySet), o.Keys)
	runner := jobs.New(o.Span, o.Now)
	if o.Timer != nil {
		runner.SetTimer(o.Timer)
	}
	look := theme.Options{Dark: o.Theme != "light", Depth: theme.Full, High: o.Theme == "high-contrast", ASCII: o.ASCII}
	if o.Theme == "none" {
		look.Depth = theme.NoColour
	}
	a := &App{opts: o, ctx: context.Background(), table: screens(), conflicts: conflicts, look: look}
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
	a.ctx = ctx
	p := tea.NewProgram(a, programOptions(ctx, o)...)
	a.env.Jobs.Go(func() { a.env.Jobs.Pump(ctx, p.Send) })
	a.listen(ctx)
	_, err := p.Run()
	switch {
	case a.fault != nil:
		return fmt.Errorf("%s\n%s\n%s", a.env.Words.App.Crashed, a.fault.What, a.fault.Stack)
	case errors.Is(err, tea.ErrProgramPanic):
		return fmt.Errorf("%s\n%w", a.env.Words.App.Crashed, err)
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
	if a.opts.Fanout != nil {
		j.Go(func() { a.follow(ctx, a.opts.Fanout.Subscribe(heldEvents)) })
	}
	a.watchStore(ctx)
	a.deliver(ctx)
}

// deliverEvery is how often the outbox is looked at; its entries know when they are due.
const deliverEvery = 20 * time.Second

// deliver submits what waits in the outbox when it is due, and makes new messages searchable, as long as the interface
// runs. Each entry keeps what came of it, and the store tells the screens.
func (a *App) deliver(ctx context.Context) {
	s, j := a.session(), a.env.Jobs
	if s == nil {
		return
	}
	j.Go(func() {
		tick := time.NewTicker(deliverEvery)
		defer tick.Stop()
		for {
			_, _ = s.Deliver(ctx, a.opts.Span, session.FoldersOptions{}) // what failed stays in the outbox with its reason
			_, _ = s.Index(ctx, nil, session.FoldersOptions{})           // what failed is tried again
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
}

// watchStore tells the screens what changes in the store of the session, if there is one yet.
func (a *App) watchStore(ctx context.Context) {
	s, j := a.session(), a.env.Jobs
	if s == nil {
		return
	}
	j.Go(func() {
		changes, stop := s.Changes()
		defer stop()
		gather(ctx, changes, func(batch []session.StoreChange) { j.Post(screen.Changed(batch)) })
	})
}

// heldEvents is how many events wait for the wire at most; what comes faster is counted, not drawn.
const heldEvents = 8192

// follow gives the wire what was observed, at most once in gatherFor.
func (a *App) follow(ctx context.Context, sub *trace.Subscription) {
	defer sub.Close()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sub.Ready():
		}
		if events := sub.Take(0); len(events) > 0 {
			a.env.Jobs.Post(wire.Events(events))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gatherFor):
		}
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

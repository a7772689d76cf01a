package ui

import (
	"cmp"
	"context"

	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/accounts"
	"todoku/ui/compose"
	"todoku/ui/kept"
	"todoku/ui/mailbox"
	"todoku/ui/reader"
	"todoku/ui/sandbox"
	"todoku/ui/screen"
	"todoku/ui/sent"
	"todoku/ui/setup"
	"todoku/ui/tracer"
	"todoku/ui/versus"
	"todoku/ui/welcome"
)

// Session is every verb that the screens use. *session.Session is one.
type Session interface {
	mailbox.Mail
	reader.Mail
	compose.Mail
	sent.Mail
	kept.Mail
	tracer.Mail
	accounts.Mail
	setup.Mail
	sandbox.Mail
	versus.Mail
	Deliver(context.Context, *trace.Span, session.FoldersOptions) ([]session.Sent, error)
	Index(context.Context, *trace.Span, session.FoldersOptions) (int, error)
	Changes() (changes <-chan session.StoreChange, stop func())
}

// entry is a screen of the table: what it is called and how it is made.
type entry struct {
	name string
	make func(a *App, with any) screen.Screen
}

// screens is the table of all screens. Adding one adds a line here and nothing to App.
func screens() []entry {
	traced, typed := &tracer.Recent{}, &setup.Typed{}
	return []entry{
		{screen.Mailbox, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.MailboxArgs)
			return mailbox.New(a.env, a.session(), args)
		}},
		{screen.Reader, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.ReaderArgs)
			return reader.New(a.env, a.session(), args)
		}},
		{screen.Compose, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.ComposeArgs)
			return compose.New(a.env, a.session(), a.opts.Editor, args)
		}},
		{screen.Sent, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.SentArgs)
			return sent.New(a.env, a.session(), args)
		}},
		{screen.Kept, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.KeptArgs)
			return kept.New(a.env, a.session(), args)
		}},
		{screen.Tracer, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.TracerArgs)
			if args.Asked != nil && len(args.Targets) > 1 {
				return tracer.NewSeveral(a.env, a.tracing(), traced, args)
			}
			return tracer.New(a.env, a.tracing(), traced, args)
		}},
		{screen.Accounts, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.AccountsArgs)
			return accounts.New(a.env, a.session(), args)
		}},
		{screen.Sandbox, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.SandboxArgs)
			return sandbox.New(a.env, a.session(), args)
		}},
		{screen.Versus, func(a *App, with any) screen.Screen {
			args, _ := with.(screen.VersusArgs)
			return versus.New(a.env, a.session(), args)
		}},
		{screen.Setup, func(a *App, _ any) screen.Screen {
			return setup.New(a.env, a.session(), a.opts.Welcome.ConfigPath, typed)
		}},
		{screen.Welcome, func(a *App, _ any) screen.Screen { return welcome.New(a.env, a.ways()) }},
	}
}

// session is the session of the options, or that of the small Internet once the first run started it.
func (a *App) session() Session {
	if s := a.started.Load(); s != nil {
		return *s
	}
	if a.opts.Trace != nil {
		return a.opts.Trace.Session()
	}
	return a.opts.Session
}

// tracing is what traces: the session, or what will have one.
func (a *App) tracing() tracer.Mail {
	if a.opts.Trace != nil {
		return a.opts.Trace.Mail
	}
	return a.session()
}

// ways are the ways to begin that the first run has.
func (a *App) ways() welcome.Ways {
	w := welcome.Ways{ConfigPath: a.opts.Welcome.ConfigPath, Write: a.opts.Welcome.Write, Add: a.session() != nil,
		Begin: screen.Open{Name: screen.Mailbox, With: screen.MailboxArgs{}}}
	if start := a.opts.Welcome.Sandbox; start != nil {
		w.Sandbox = func(context.Context) error {
			s, err := start(a.ctx) // it lives as long as the program, not as the job
			if err != nil {
				return err
			}
			a.started.Store(&s)
			a.watchStore(a.ctx)
			a.deliver(a.ctx)
			return nil
		}
	}
	return w
}

// first is the screen that the program begins with: the first run where there is no account.
func (a *App) first() screen.Open {
	s := a.session()
	switch {
	case a.opts.Replay != nil || a.opts.Comparison != nil || a.opts.Trace != nil:
		return a.opts.Start
	case s == nil || len(s.Accounts()) == 0:
		return screen.Open{Name: screen.Welcome}
	case a.opts.Start.Name != "":
		return a.opts.Start
	}
	return screen.Open{Name: screen.Mailbox, With: screen.MailboxArgs{Account: a.opts.Account}}
}

// asked draws a trace that the command line asked for.
func asked(t *Trace) screen.Open {
	return screen.Open{Name: screen.Tracer, With: screen.TracerArgs{Targets: t.Targets, Asked: &t.Options, Alone: true}}
}

// played draws a recorded trace as a trace is drawn, and a comparison as a comparison.
func played(o Options) screen.Open {
	r := o.Replay
	if r == nil {
		return screen.Open{Name: screen.Versus, With: screen.VersusArgs{Replay: o.Comparison}}
	}
	report := r.Recorded().Report
	args := screen.TracerArgs{Targets: []string{cmp.Or(report.Address, report.Domain)}, Source: r, Seen: r.Seen(), Alone: true}
	if !r.StepByStep() {
		args.Source = flowing{r}
	}
	return screen.Open{Name: screen.Tracer, With: args}
}

// flowing is a run that goes on by itself: it takes no steps.
type flowing struct{ playing }

type playing interface {
	screen.TraceSource
	screen.Clocked
}

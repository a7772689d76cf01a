// Package setup is the screen that adds an account: the address is typed, the rest is found, shown and can be changed, the
// doctor climbs with it, and only then is it written into the settings. Esc steps back, and nothing typed is lost.
package setup

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// Mail is what the screen asks of the session.
type Mail interface {
	FindSettings(context.Context, *trace.Span, session.FindOptions) (session.Found, error)
	TryAccount(context.Context, *trace.Span, session.TryOptions) (ladder.Checkup, error)
	AddAccount(context.Context, *trace.Span, session.AddOptions) error
}

// step is how far the person is.
type step int

const (
	atAddress step = iota
	atForm
	atCheck
)

// Typed is what was typed and found so far. It outlives the screen, so that leaving it loses nothing.
type Typed struct {
	address widget.Input
	asked   string // the address that was looked for last
	probes  []session.Probe
	found   session.Found
	form    form
}

// Screen adds an account.
type Screen struct {
	env  *screen.Env
	mail Mail
	path string // of the settings that the account is written into
	step step
	*Typed
	climb widget.Climb // the check
	job   jobs.ID      // that runs; 0 for none
	saves bool         // it writes the settings, which is not to be stopped

	width, height int
}

// New makes the screen for the settings of a path; it goes on with what was typed before.
func New(env *screen.Env, m Mail, path string, typed *Typed) *Screen {
	if typed.form.in == nil {
		typed.form = newForm()
	}
	return &Screen{env: env, mail: m, path: path, Typed: typed, width: 80, height: 21}
}

// Init has nothing to ask for.
func (s *Screen) Init() tea.Cmd { return nil }

// SetSize gives the screen its cells.
func (s *Screen) SetSize(width, height int) { s.width, s.height = width, height }

// Title says how far the person is.
func (s *Screen) Title(int) screen.Title {
	w := s.env.Words.Setup
	t := screen.Title{Left: w.Name, Right: w.Steps[s.step]}
	if s.step != atAddress {
		t.Left += "  " + text.Clean(s.asked)
	}
	return t
}

// Typing reports that keys type: everywhere but in the check.
func (s *Screen) Typing() bool { return s.step != atCheck }

// stop ends what runs, before something else is begun.
func (s *Screen) stop() {
	s.env.Jobs.Cancel(s.job)
	s.job = 0
}

// asked is an answer to one search; those to an earlier one are dropped.
type asked struct {
	job   *jobs.ID
	probe session.Probe
}

// look asks for the servers of the address.
func (s *Screen) look() (screen.Action, tea.Cmd) {
	address := s.address.Value()
	if s.found.Address != "" && address == s.asked { // nothing changed: what was typed since stays
		s.step = atForm
		return nil, nil
	}
	s.stop()
	s.asked, s.probes, s.found = address, nil, session.Found{}
	runner, mine := s.env.Jobs, new(jobs.ID)
	watch := func(p session.Probe) { runner.Post(asked{mine, p}) }
	id, cmd := jobs.Start(runner, jobs.Spec{What: text.F(s.env.Words.Setup.Looking, address)}, func(ctx context.Context, j jobs.Control) (session.Found, error) {
		return s.mail.FindSettings(ctx, j.Span.Child("find"), session.FindOptions{Address: address, Watch: watch})
	})
	s.job, *mine = id, id
	return nil, cmd
}

// answered takes what was found.
func (s *Screen) answered(d jobs.Done[session.Found]) screen.Action {
	if d.Job != s.job {
		return nil
	}
	s.job = 0
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
	}
	s.found, s.step = d.Value, atForm
	s.form.fill(d.Value)
	if !d.Value.Complete() {
		return screen.Say{Text: s.env.Words.Setup.Nothing}
	}
	return nil
}

// told says of one rung of a check how it stands.
type told struct {
	job  *jobs.ID
	rung widget.ClimbRung
}

// try climbs with what the form says.
func (s *Screen) try() (screen.Action, tea.Cmd) {
	n, lacking := s.form.account(s.env.Words.Setup)
	if lacking != "" {
		return screen.Say{Kind: screen.Fault, Text: lacking}, nil
	}
	n.Address = s.found.Address
	s.stop()
	s.step, s.climb = atCheck, widget.Climb{}
	runner, mine := s.env.Jobs, new(jobs.ID)
	watch := func(name string, r ladder.Rung) { runner.Post(told{mine, widget.ClimbRung{Ladder: name, Rung: r}}) }
	id, cmd := jobs.Start(runner, jobs.Spec{What: text.F(s.env.Words.Ladder.Climbing, n.Address)}, func(ctx context.Context, j jobs.Control) (ladder.Checkup, error) {
		return s.mail.TryAccount(ctx, j.Span.Child("try"), session.TryOptions{Account: n, Watch: watch})
	})
	s.job, *mine = id, id
	return nil, cmd
}

// tried takes the end of a check.
func (s *Screen) tried(d jobs.Done[ladder.Checkup]) screen.Action {
	if d.Job != s.job {
		return nil
	}
	s.job = 0
	if d.Err != nil && len(d.Value.Receive.Rungs) == 0 {
		s.climb.Failure = d.Err
		return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
	}
	s.climb.Checkup = &d.Value
	return nil
}

// saved is the end of writing.
type saved struct{ account string }

// save writes the account.
func (s *Screen) save() (screen.Action, tea.Cmd) {
	n, lacking := s.form.account(s.env.Words.Setup)
	if lacking != "" {
		return screen.Say{Kind: screen.Fault, Text: lacking}, nil
	}
	n.Address = s.found.Address
	id, cmd := jobs.Start(s.env.Jobs, jobs.Spec{What: s.env.Words.Setup.Saving}, func(ctx context.Context, j jobs.Control) (saved, error) {
		return saved{n.Address}, s.mail.AddAccount(ctx, j.Span.Child("add"), session.AddOptions{Account: n})
	})
	s.job, s.saves = id, true
	return nil, cmd
}

// written goes back to the screen below, which says or opens what comes next.
func (s *Screen) written(d jobs.Done[saved]) screen.Action {
	if d.Job != s.job {
		return nil
	}
	s.job, s.saves = 0, false
	if unread := (*session.UnreadError)(nil); errors.As(d.Err, &unread) {
		return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Setup.Unread, unread.Path, unread.Err), Err: d.Err}
	}
	if d.Err != nil {
		return screen.Say{Kind: screen.Fault, Text: text.F(s.env.Words.Setup.NotSaved, d.Err), Err: d.Err}
	}
	*s.Typed = Typed{form: newForm()}
	return screen.Back{With: screen.SetupReturn{Path: s.path, Account: d.Value.account}}
}

// Update takes keys and the ends of what was begun.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Paste:
		s.paste(m.Text)
	case asked:
		if *m.job == s.job {
			s.probes = append(s.probes, m.probe)
		}
	case told:
		if *m.job == s.job {
			s.climb.Take(m.rung)
		}
	case jobs.Done[session.Found]:
		return s.answered(m), nil
	case jobs.Done[ladder.Checkup]:
		return s.tried(m), nil
	case jobs.Done[saved]:
		return s.written(m), nil
	}
	return nil, nil
}

// Package accounts is the screen of the accounts and of what each of them stands on: the ladders of the one under the
// cursor, climbed live, and the proof of each rung.
package accounts

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/runs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// Mail is what the screen asks of the session.
type Mail interface {
	Accounts() []session.Account
	Doctor(context.Context, *trace.Span, session.DoctorOptions) (ladder.Checkup, error)
	EditServer(context.Context, *trace.Span, session.EditOptions) (session.SettingsChange, error)
}

// climb is one examination of an account, under way or over.
type climb struct {
	widget.Climb
	job    jobs.ID // 0 when it is over
	events *trace.Recorder
}

// Screen lists the accounts and shows the ladders of one.
type Screen struct {
	env      *screen.Env
	mail     Mail
	accounts []session.Account
	list     widget.List // of accounts
	rows     widget.List // of rungs
	climbs   map[string]*climb
	follow   bool // the cursor goes where the climb is
	onList   bool // keys go to the accounts
	proof    []widget.Labelled
	proofTop int
	whole    bool // the proof has the screen
	runs     *runs.Keeper
	edit     jobs.ID // of the settings, under way

	width, height int
	blurred       bool
}

// New makes the screen with the cursor on an account, or on its twin's.
func New(env *screen.Env, m Mail, args screen.AccountsArgs) *Screen {
	s := &Screen{env: env, mail: m, climbs: map[string]*climb{}, follow: true, width: 80, height: 21}
	s.runs = runs.New(env, runs.Checkup, s.run)
	s.read(args.Account)
	return s
}

// read lists the accounts, with the cursor on one.
func (s *Screen) read(name string) {
	s.accounts = s.mail.Accounts()
	var keys []int64
	at := 0
	for i, a := range s.accounts {
		keys = append(keys, int64(i+1))
		if a.Name == name || a.Twin == name {
			at = i
		}
	}
	s.list.SetKeys(keys)
	s.list.Go(at)
}

// Init climbs the ladders of the account.
func (s *Screen) Init() tea.Cmd { return s.climbOnce() }

// account is the one under the cursor; false if there is none.
func (s *Screen) account() (session.Account, bool) {
	if i := s.list.At(); i < len(s.accounts) {
		return s.accounts[i], true
	}
	return session.Account{}, false
}

// current is the examination of the account under the cursor; nil if none began.
func (s *Screen) current() *climb {
	a, ok := s.account()
	if !ok {
		return nil
	}
	return s.climbs[a.Name]
}

// climbOnce climbs unless that was done.
func (s *Screen) climbOnce() tea.Cmd {
	defer s.relist()
	if s.current() != nil {
		return nil
	}
	return s.climb()
}

// told says of one rung how it stands.
type told struct {
	climb *climb
	rung  widget.ClimbRung
}

// climb examines the account under the cursor.
func (s *Screen) climb() tea.Cmd {
	a, ok := s.account()
	if !ok {
		return nil
	}
	if c := s.climbs[a.Name]; c != nil {
		s.env.Jobs.Cancel(c.job)
	}
	c := &climb{events: &trace.Recorder{}}
	s.climbs[a.Name], s.follow, s.whole = c, true, false
	runner := s.env.Jobs
	o := session.DoctorOptions{Account: a.Name, Watch: func(name string, r ladder.Rung) { runner.Post(told{c, widget.ClimbRung{Ladder: name, Rung: r}}) }}
	id, cmd := jobs.Start(runner, jobs.Spec{What: text.F(s.env.Words.Ladder.Climbing, a.Name)}, func(ctx context.Context, j jobs.Control) (ladder.Checkup, error) {
		return s.mail.Doctor(ctx, j.Span.Also(c.events).Child("doctor "+a.Name), o)
	})
	c.job = id
	s.relist()
	return cmd
}

// Update takes keys, what climbs tell, and the answers to what was asked.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	if act, cmd, mine := s.runs.Update(msg); mine {
		return act, cmd
	}
	switch m := msg.(type) {
	case screen.Returned:
		if r, ok := m.With.(screen.SetupReturn); ok {
			return s.added(r)
		}
	case screen.Chosen:
		if ask, ok := m.To.(askEdit); ok {
			return nil, s.agreed(ask, m.Index)
		}
	case jobs.Done[planned]:
		return s.show(m)
	case jobs.Done[written]:
		return s.climbAnew(m)
	case screen.Press:
		return s.press(m)
	case screen.Click:
		return s.click(m)
	case screen.Wheel:
		s.wheel(m)
	case screen.Repaint:
		s.prove()
	case told:
		m.climb.Take(m.rung)
		s.relist()
	case jobs.Done[ladder.Checkup]:
		return s.done(m), nil
	}
	return nil, nil
}

// done takes the check-up and says in one sentence what it came to.
func (s *Screen) done(d jobs.Done[ladder.Checkup]) screen.Action {
	for _, c := range s.climbs {
		if c.job != d.Job {
			continue
		}
		c.job = 0
		if len(d.Value.Receive.Rungs) == 0 && d.Err != nil {
			c.Failure = d.Err
			s.relist()
			return screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
		}
		c.Checkup = &d.Value
		s.relist()
		return screen.Say{Kind: screen.Result, Text: s.outcome(c)}
	}
	return nil
}

// relist makes the rows anew: the cursor follows the climb, or stays on its rung.
func (s *Screen) relist() {
	c := s.current()
	var keys []int64
	at := -1
	if c != nil {
		for i := range c.Rungs {
			keys = append(keys, int64(i+1))
		}
		at = c.At()
	}
	s.rows.SetKeys(keys)
	if s.follow && at >= 0 {
		s.rows.Go(at)
	}
	s.SetSize(s.width, s.height)
}

// here is the rung under the cursor.
func (s *Screen) here() (widget.ClimbRung, bool) {
	c := s.current()
	if i := s.rows.At(); c != nil && i < len(c.Rungs) {
		return c.Rungs[i], true
	}
	return widget.ClimbRung{}, false
}

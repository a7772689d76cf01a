// Package tracer is the live trace screen: the tree of the four steps and their hops, the hop under the cursor, where
// the time goes, and what a mail server would do now.
package tracer

import (
	"cmp"
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/runs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

const (
	redrawEvery = 250 * time.Millisecond // numbers that count change 4 times a second at most
	waitQuiet   = 300 * time.Millisecond // nothing is said of a wait before
)

// Mail is what the screen asks of the session.
type Mail interface {
	Account(name string) (session.Account, bool)
	Accounts() []session.Account
	Trace(context.Context, *trace.Span, session.TraceOptions) (delivery.Report, error)
	SameFault(trace.Finding) (id string, ok bool)
}

// Screen is one run and the way around in it, or the field for an address.
type Screen struct {
	env    *screen.Env
	mail   Mail
	args   screen.TracerArgs
	recent *Recent
	form   *form // nil while a run is shown

	run      *run
	events   []trace.Event
	inside   widget.Spans
	seen     *trace.Recorder
	waits    *delivery.Waits
	asking   *asked       // is in the notice row
	keeper   *runs.Keeper // saves the run; what changed since an earlier one stands in the place of the hop
	feed     *feed
	failure  error
	now      time.Time
	rows     []row
	list     widget.List
	open     map[int]bool // folds that were opened, by the ID of their first hop
	critical map[int]bool // hops by ID that the length of the run comes from
	pathName text.Safe
	follow   bool // the cursor goes where the run is

	hop     []line // the row under the cursor
	hopTop  int
	onHop   bool // keys go to the hop beside the tree
	whole   bool // the hop has all of the screen
	hopRows int

	asked    session.TraceOptions // how each run is made
	consents *session.Consents    // to the runs until the next is asked for; nil: none was asked for yet
	stays    bool                 // others are traced beside it, or something was: a run that cannot begin ends no program

	job           jobs.ID
	width, height int
	blurred       bool
}

// New makes the screen; with one target it traces at once.
func New(env *screen.Env, m Mail, recent *Recent, args screen.TracerArgs) *Screen {
	s := &Screen{env: env, mail: m, args: args, recent: recent, width: 80, height: 21, now: env.Now(), asked: session.TraceOptions{Account: args.Account, Rcpt: true}}
	if args.Asked != nil {
		s.asked = *args.Asked
	}
	if args.Source == nil && len(args.Targets) != 1 {
		s.form = newForm(recent, args.Targets, newSettings(s.asked, m.Accounts()))
	} else if err := checked(s.asked, s.target()); args.Source == nil && err != nil {
		s.form = newForm(recent, nil, newSettings(s.asked, m.Accounts()))
		s.form.refuse(s.target(), err)
	}
	s.keeper = runs.New(env, runs.Trace, s.runNow)
	s.reset(s.target())
	return s
}

// runNow is the run as it is now.
func (s *Screen) runNow() session.RunFile {
	return session.RunFile{Events: slices.Clone(s.events), Header: trace.Header{Started: s.run.began()}}
}

func (s *Screen) target() string {
	if len(s.args.Targets) > 0 {
		return s.args.Targets[0]
	}
	return ""
}

// reset forgets the run before.
func (s *Screen) reset(target string) {
	s.now = s.moment()
	s.run = newRun(target, s.now)
	s.run.running = s.form == nil
	s.events, s.inside, s.seen, s.waits = nil, widget.Spans{}, s.args.Seen, nil
	s.open, s.failure, s.asking, s.follow = map[int]bool{}, nil, nil, true
	s.onHop, s.whole, s.hopTop = false, false, 0
	s.keeper.Forget()
	s.list = widget.List{}
	s.rebuild()
}

// moment is the time of day, in the run that is played again, its own.
func (s *Screen) moment() time.Time {
	if c, ok := s.args.Source.(screen.Clocked); ok {
		return c.Now()
	}
	return s.env.Now()
}

// Init begins the run.
func (s *Screen) Init() tea.Cmd {
	if s.form != nil {
		return nil
	}
	return s.start()
}

// tick asks for the next redraw of what counts.
type tick struct{ job jobs.ID }

func (s *Screen) tick() { s.env.Jobs.After(redrawEvery, tick{s.job}) }

// Update takes keys and what the run tells.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	if act, cmd, mine := s.keeper.Update(msg); mine {
		if _, asked := s.keeper.Changes(); asked && !s.whole {
			s.enlarge(true)
		}
		return act, cmd
	}
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Paste:
		if s.form != nil {
			s.form.paste(m.Text)
		}
	case screen.Answered:
		s.answer(m)
	case screen.Click:
		return s.click(m)
	case screen.Wheel:
		s.wheel(m)
	case screen.Repaint:
		s.rebuild()
	case asked:
		if m.feed == s.feed {
			return s.ask(m), nil
		}
	case arrived:
		if m.feed == s.feed {
			s.receive()
		}
	case tick:
		if m.job == s.job && s.run.running {
			s.now = s.moment()
			s.rebuild()
			s.tick()
		}
	case jobs.Done[delivery.Report]:
		if m.Job == s.job {
			return s.done(m), nil
		}
	}
	return nil, nil
}

// rebuild makes the rows anew and keeps the cursor on its hop.
func (s *Screen) rebuild() {
	s.learn()
	at := 0
	if r, ok := s.current(); ok && !r.isStep() {
		at = s.run.hops[r.hops[0]].ID
	}
	s.rows = s.run.tree(s.open)
	s.critical = map[int]bool{}
	for _, id := range delivery.CriticalPath(s.run.hops, s.run.clock(s.now)) {
		s.critical[id] = true
	}
	ids := make([]int64, len(s.rows))
	for i, r := range s.rows {
		ids[i] = s.run.key(r)
	}
	s.list.SetKeys(ids)
	s.SetSize(s.width, s.height)
	switch {
	case s.follow:
		s.chase()
	case at != 0:
		s.goTo(at)
	}
	s.pathName = s.slowest()
	s.tell()
}

// chase puts the cursor on the hop that the run waits for; when it is over, on the one that decided.
func (s *Screen) chase() {
	h, ok := s.run.front()
	if !ok {
		if h, ok = s.run.deciding(); !ok && len(s.run.hops) > 0 {
			h, ok = s.run.hops[len(s.run.hops)-1], true
		}
	}
	if ok {
		s.goTo(h.ID)
	}
}

// goTo puts the cursor on the row that holds a hop.
func (s *Screen) goTo(id int) {
	place := s.run.place[id]
	for i, r := range s.rows {
		if !r.isStep() && place >= r.hops[0] && slices.Contains(r.hops, place) {
			s.list.Go(i)
			return
		}
	}
}

// current is the row under the cursor.
func (s *Screen) current() (row, bool) {
	if i := s.list.At(); i < len(s.rows) {
		return s.rows[i], true
	}
	return row{}, false
}

// tell words the row under the cursor, beside the tree or on all of the screen.
func (s *Screen) tell() {
	s.hop = nil
	r, ok := s.current()
	if !ok || s.form != nil {
		return
	}
	if all, asked := s.keeper.Changes(); asked {
		s.hop = s.changeLines(all)
	} else {
		s.hop = s.hopLines(r, s.hopWidth(), s.whole)
	}
	s.hopTop = max(min(s.hopTop, len(s.hop)-s.hopRows), 0)
}

func (s *Screen) hopLines(r row, width int, full bool) []line {
	t := teller{names: s.names(), column: column{width: width}, events: s.events, size: s.args.Size, full: full, inside: s.inside,
		now: func(h delivery.Hop) text.Safe { return text.Span(s.run.end(h, s.now).Sub(h.Began)) }}
	t.tell(r)
	if full && len(r.hops) == 1 {
		t.around(s.run.hops[r.hops[0]])
	}
	return t.lines
}

func (s *Screen) names() names { return names{words: s.env.Words, run: s.run} }

// slowest names the hops that most of the time went to, at most three of the critical path in their order, behind the sum
// of the path and its share.
func (s *Screen) slowest() text.Safe {
	var sum time.Duration
	var longest []int
	for i, h := range s.run.hops {
		if s.critical[h.ID] {
			sum += h.Elapsed
			longest = append(longest, i)
		}
	}
	slices.SortStableFunc(longest, func(a, b int) int { return cmp.Compare(s.run.hops[b].Elapsed, s.run.hops[a].Elapsed) })
	longest = longest[:min(len(longest), 3)]
	slices.Sort(longest)
	var all []text.Safe
	for _, i := range longest {
		all = append(all, s.names().brief(row{step: stepOf(s.run.hops[i]), hops: []int{i}}, 40))
	}
	return s.env.Words.CriticalSum(list(all), sum, s.run.elapsed(s.now))
}

// Package versus is the screen that puts POP3 beside IMAP: the scripts, two lanes that run one of them step by step, what
// a second device sees after each step, and which of the two to use.
package versus

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/compare"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/runs"
	"todoku/ui/screen"
	"todoku/ui/widget"
)

// redrawEvery is how often numbers that count change.
const redrawEvery = 250 * time.Millisecond

// Mail is what the screen asks of the session.
type Mail interface {
	Account(name string) (session.Account, bool)
	Compare(context.Context, *trace.Span, session.CompareOptions) (compare.Report, error)
}

// part is what the screen shows now.
type part int

const (
	onMenu    part = iota // the scripts
	onLanes               // a run, step by step
	onAnswer              // which of the two to use
	onCard                // POP3 or IMAP, in general
	onTalk                // the whole dialogue of a step
	onChanges             // what changed since an earlier comparison
)

// Screen is the scripts, and the newest run of one of them.
type Screen struct {
	env     *screen.Env
	mail    Mail
	account session.Account
	scripts []compare.Script
	broken  error // why there are no scripts
	mode    compare.Mode
	answers compare.Answers
	line    compare.Line              // that totals are computed for
	replay  *session.ComparisonReplay // is played instead of measuring; nil for none
	keeper  *runs.Keeper

	part    part
	back    part // where esc leads from the lanes
	whence  part // where esc leads from what changed
	menu    widget.List
	run     *run // nil before the first
	earlier *run // whose answer led to this one; nil for none
	steps   widget.List
	follow  bool // the cursor goes where the run is
	goal    goal // where the cursor goes when the run is over
	blocks  []block
	top     int // row of the lanes on top
	talk    [2][]line
	talkTop int // row of the dialogue on top
	answer  claims
	card    claims

	asking        *asked // is in the notice row
	width, height int
	blurred       bool
}

// goal is what a claim rests on: a step of a script, or what the servers offer.
type goal struct {
	script string
	step   int // from 1; 0 is none
	offers bool
}

// there reports whether there is anything to be seen.
func (g goal) there() bool { return g.step > 0 || g.offers }

// New makes the screen with the list of scripts.
func New(env *screen.Env, m Mail, args screen.VersusArgs) *Screen {
	s := &Screen{env: env, mail: m, mode: compare.Good, line: compare.Line{RTT: compare.DefaultRTT, Bandwidth: compare.DefaultBandwidth}, width: 80, height: 21}
	s.keeper = runs.New(env, runs.Comparison, s.runNow)
	s.scripts, s.broken = compare.Scripts()
	if args.Replay != nil {
		s.load(args.Replay)
	} else {
		s.account, _ = m.Account(args.Account)
	}
	s.menu.SetKeys(places(len(s.scripts) + 1))
	s.lay()
	return s
}

// Init begins to play a recorded comparison; else it waits for a script to be chosen.
func (s *Screen) Init() tea.Cmd {
	if s.replay == nil {
		return nil
	}
	return s.playAgain()
}

// told is what a run tells of a step in a lane.
type told struct {
	run    *run
	result compare.Result
}

// tick is the time to draw anew what counts.
type tick struct{ run *run }

// Update takes keys and what runs tell.
func (s *Screen) Update(msg tea.Msg) (screen.Action, tea.Cmd) {
	if act, cmd, mine := s.keeper.Update(msg); mine {
		if _, asked := s.keeper.Changes(); asked {
			s.showChanges()
		}
		return act, cmd
	}
	switch m := msg.(type) {
	case screen.Press:
		return s.press(m)
	case screen.Answered, screen.Chosen, screen.Prompted:
		return s.answered(m)
	case screen.Click:
		return s.click(m)
	case screen.Wheel:
		s.wheel(m.Rows)
	case screen.Repaint:
		s.lay()
	case asked:
		if m.run == s.run {
			return s.ask(m), nil
		}
	case told:
		if m.run == s.run {
			s.run.take(m.result)
			s.lay()
		}
	case tick:
		if m.run == s.run && s.run.running() {
			s.env.Jobs.After(redrawEvery, m)
			s.lay()
		}
	case jobs.Done[compare.Report]:
		if s.run != nil && m.Job == s.run.job {
			return s.done(m), nil
		}
	}
	return nil, nil
}

// lay words anew what is shown, for the width that there is.
func (s *Screen) lay() {
	s.menu.SetHeight(s.height - len(s.menuHead()) - len(s.menuFoot()))
	if s.part == onCard {
		s.card = s.cardClaims().keep(s.card)
		s.card.show(s.height)
	}
	if s.run == nil {
		return
	}
	s.run.learn()
	s.blocks = s.layBlocks()
	if s.follow {
		s.steps.Go(s.run.newest())
	}
	s.answer = s.answerClaims().keep(s.answer)
	s.answer.show(s.height - len(s.answerFoot()))
	s.talk = s.talkLines()
	s.scrollTalk(0)
	s.show()
}

// step is the place of the step under the cursor.
func (s *Screen) step() int { return s.steps.At() }

// places are the keys of a list whose rows are known by their place.
func places(n int) []int64 {
	out := make([]int64, n)
	for i := range out {
		out[i] = int64(i)
	}
	return out
}

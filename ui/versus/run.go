package versus

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sort"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/compare"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/widget"
)

// lanes are the two protocols from left to right.
var lanes = [2]compare.Protocol{compare.POP3, compare.IMAP}

// run is one script, under way or over.
type run struct {
	job     jobs.ID // 0 when it is over
	script  compare.Script
	mode    compare.Mode
	line    compare.Line // that its report was made for
	rows    []compare.Row
	control *compare.Control
	began   time.Time
	elapsed time.Duration   // when it is over
	report  *compare.Report // of a run that came to its end
	failure error           // why it did not, unless the person stopped it

	offers []compare.Offer // what the servers offer, once they were asked
	seen   *trace.Recorder
	events []trace.Event
	inside widget.Spans
	left   atomic.Bool // the screen is gone
}

func newRun(script compare.Script, now time.Time) *run {
	r := &run{script: script, rows: make([]compare.Row, len(script.Steps)), control: &compare.Control{}, began: now,
		seen: &trace.Recorder{}, inside: widget.Spans{}}
	for i, st := range script.Steps {
		r.rows[i].Step = st
		for _, p := range lanes {
			*r.lane(i, p) = compare.Result{Step: i + 1, Lane: p, State: compare.Wait}
		}
	}
	return r
}

func (r *run) running() bool { return r.job != 0 }

// lane is the result of a step, counted from 0, in a lane.
func (r *run) lane(i int, p compare.Protocol) *compare.Result {
	if p == compare.POP3 {
		return &r.rows[i].POP3
	}
	return &r.rows[i].IMAP
}

// take keeps a result.
func (r *run) take(res compare.Result) {
	if res.Step >= 1 && res.Step <= len(r.rows) {
		*r.lane(res.Step-1, res.Lane) = res
	}
}

// finish keeps what a run came to; err may have cut it. A step that was under way then is not known.
func (r *run) finish(report compare.Report, err error) {
	r.job, r.elapsed = 0, report.Elapsed
	for i := range min(len(r.rows), len(report.Rows)) {
		r.rows[i] = report.Rows[i]
	}
	for i := range r.rows {
		for _, p := range lanes {
			if res := r.lane(i, p); res.State == compare.Live {
				res.State = compare.Unknown
			}
		}
	}
	switch {
	case report.Advice.Use != "":
		r.report, r.offers = &report, report.Offers
	case !errors.Is(err, context.Canceled):
		r.failure = err
	}
}

// learn takes the events that came since. The lanes emit side by side, so that an event may come behind one with a
// higher number.
func (r *run) learn() {
	fresh := r.seen.From(len(r.events))
	if len(fresh) == 0 {
		return
	}
	for i := range fresh {
		r.inside.Learn(&fresh[i])
		if report, _, ok := compare.ReportOf(fresh[i]); ok {
			r.offers = report.Offers
		}
	}
	r.events = append(r.events, fresh...)
	slices.SortFunc(r.events, func(a, b trace.Event) int { return cmp.Compare(a.Seq, b.Seq) })
}

// refused is what is known of the account's server of a lane that could not be asked; false if it was, or nobody knows yet.
func (r *run) refused(p compare.Protocol) (compare.Offer, bool) {
	for _, o := range r.offers {
		if o.Protocol == p {
			return o, o.Error != nil
		}
	}
	return compare.Offer{}, false
}

// after is the place of the first event behind one by its number.
func (r *run) after(seq int64) int {
	return sort.Search(len(r.events), func(i int) bool { return r.events[i].Seq > seq })
}

// newest is the place of the last step that began in a lane.
func (r *run) newest() int {
	for i := len(r.rows) - 1; i > 0; i-- {
		if r.rows[i].POP3.State != compare.Wait || r.rows[i].IMAP.State != compare.Wait {
			return i
		}
	}
	return 0
}

// until sums what a lane counted up to a step.
func (r *run) until(i int, p compare.Protocol) trace.Counters {
	var sum trace.Counters
	for n := range i + 1 {
		sum = sum.Plus(r.lane(n, p).Counters)
	}
	return sum
}

// costliest is the number of the step that took most of something.
func (r *run) costliest(of func(compare.Row) int64) int {
	best := 0
	for i := range r.rows {
		if of(r.rows[i]) > of(r.rows[best]) {
			best = i
		}
	}
	return best + 1
}

// took is how long the run has taken.
func (r *run) took(now time.Time) time.Duration {
	if !r.running() {
		return r.elapsed
	}
	return max(now.Sub(r.began), 0)
}

// start runs a script and shows its lanes; to is where the cursor goes in the end.
func (s *Screen) start(r *run, to goal) tea.Cmd {
	s.stop()
	s.keeper.Forget()
	r.mode, r.line = s.mode, s.line
	switch {
	case s.run == nil || s.run.script.Name != r.script.Name:
		s.keeper.Before(nil) // a run of another script is none before this one
	case s.run.report != nil:
		s.keeper.Before(s.run.events)
	}
	if to.step == 0 {
		s.earlier = nil
	}
	s.put(r)
	s.part, s.goal, s.follow = onLanes, to, true
	runner, words := s.env.Jobs, s.env.Words
	run := s.source(r, session.CompareOptions{Account: s.account.Name, Script: r.script.Name, Mode: r.mode, Line: r.line, Answers: s.answers,
		Control: r.control, Watch: func(res compare.Result) { runner.Post(told{r, res}) }})
	id, cmd := jobs.Start(runner, jobs.Spec{What: text.F(words.Versus.Comparing, s.account.Address)},
		func(ctx context.Context, c jobs.Control) (compare.Report, error) {
			report, err := run(ctx, c)
			if r.left.Load() && err == nil {
				runner.Post(screen.Say{Kind: screen.Result, Text: outcome(words, report)})
			}
			return report, err
		})
	r.job = id
	s.env.Jobs.After(redrawEvery, tick{r})
	s.lay()
	return cmd
}

// put shows another run in the place of the one before.
func (s *Screen) put(r *run) {
	s.run, s.top, s.steps = r, 0, widget.List{}
	s.steps.SetKeys(places(len(r.rows)))
}

// stop ends the run that is under way.
func (s *Screen) stop() {
	if s.run != nil && s.run.running() {
		s.env.Jobs.Cancel(s.run.job)
	}
}

// done takes the report and shows what it came to, or the step that was asked for.
func (s *Screen) done(d jobs.Done[compare.Report]) screen.Action {
	s.asking = nil
	s.run.finish(d.Value, d.Err)
	said := screen.Say{Kind: screen.Result}
	switch {
	case s.run.failure != nil:
		said = screen.Say{Kind: screen.Fault, Text: text.Clean(d.Err.Error()), Err: d.Err}
	case s.run.report == nil:
		said.Text = s.env.Words.Versus.Stopped
	case s.goal.step > 0:
		said.Text = outcome(s.env.Words, d.Value)
		s.goTo(s.goal)
	case s.part == onLanes && s.follow:
		s.part = onAnswer // which says what it came to
	default:
		said.Text = outcome(s.env.Words, d.Value)
	}
	s.lay()
	return said
}

// goTo shows a step of the run in its lanes.
func (s *Screen) goTo(to goal) {
	s.part, s.follow, s.goal = onLanes, false, goal{}
	s.steps.Go(to.step - 1)
}

// visit shows what a claim rests on, a step mostly; its script is run first where that was not done.
func (s *Screen) visit(to goal) (screen.Action, tea.Cmd) {
	if to.offers {
		s.answer.toOffers()
		s.lay()
		return nil, nil
	}
	if s.run != nil && !s.run.running() && s.run.script.Name == to.script {
		s.back = s.part
		s.goTo(to)
		s.lay()
		return nil, nil
	}
	if s.replay != nil {
		return screen.Say{Text: text.F(s.env.Words.Versus.NotRecorded, to.script)}, nil
	}
	s.back = s.part
	for _, script := range s.scripts {
		if script.Name == to.script {
			s.earlier = nil
			if s.part == onAnswer {
				s.earlier = s.run
			}
			return nil, s.start(s.newRun(script), to)
		}
	}
	return nil, nil
}

// comeBack shows the answer again whose claim led to another run.
func (s *Screen) comeBack() {
	s.put(s.earlier)
	s.part, s.earlier, s.follow = onAnswer, nil, false
}

package versus

import (
	"context"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/compare"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
)

// load makes the screen one of a recorded comparison.
func (s *Screen) load(replay *session.ComparisonReplay) {
	r := replay.Recorded().Report
	s.replay, s.back = replay, onLanes
	s.account = session.Account{Name: r.Account, Address: r.Address}
	s.mode, s.answers, s.line = r.Mode, r.Answers, r.Line
}

// playAgain plays the recorded comparison from its beginning; step by step it pauses after its first step.
func (s *Screen) playAgain() tea.Cmd {
	r := s.newRun(s.replay.Recorded().Report.Script)
	if s.replay.StepByStep() {
		r.control.Step()
	}
	return s.start(r, goal{})
}

// moment is the time of day; of a comparison that is played, its own.
func (s *Screen) moment() time.Time {
	if s.replay != nil {
		return s.replay.Now()
	}
	return s.env.Now()
}

// newRun is a run of a script that begins now, or began when it was recorded.
func (s *Screen) newRun(script compare.Script) *run {
	began := s.env.Now()
	if s.replay != nil {
		began = s.replay.Recorded().Report.Began
	}
	return newRun(script, began)
}

// source gives the results of a run: of the comparison that is played, or of one that is measured now.
func (s *Screen) source(r *run, o session.CompareOptions) func(context.Context, jobs.Control) (compare.Report, error) {
	if replay := s.replay; replay != nil {
		return func(ctx context.Context, _ jobs.Control) (compare.Report, error) {
			return replay.Run(ctx, r.seen, r.control, o.Watch)
		}
	}
	m, runner := s.mail, s.env.Jobs
	return func(ctx context.Context, c jobs.Control) (compare.Report, error) {
		o.Consent = func(q compare.Question) bool { return consent(ctx, runner, r, q) }
		return m.Compare(ctx, c.Span.Also(r.seen).Child("compare "+o.Script), o)
	}
}

// runNow is the run as it is now, with its totals for the line that is chosen.
func (s *Screen) runNow() session.RunFile {
	if s.run == nil {
		return session.RunFile{}
	}
	f := session.RunFile{Events: slices.Clone(s.run.events), Header: trace.Header{Started: s.run.began}}
	if s.run.report != nil && s.line != s.run.line {
		f = f.OnLine(s.line)
	}
	return f
}

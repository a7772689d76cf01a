package tracer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// feed gathers what a run tells until the screen takes it, so that many hops are one redraw.
type feed struct {
	mu   sync.Mutex
	hops []delivery.Hop
	left atomic.Bool // the screen is gone
	tell func()
}

// arrived says that a feed has something.
type arrived struct{ feed *feed }

func (f *feed) watch(h delivery.Hop) {
	f.mu.Lock()
	f.hops = append(f.hops, h)
	first := len(f.hops) == 1
	f.mu.Unlock()
	if first {
		f.tell()
	}
}

func (f *feed) take() []delivery.Hop {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.hops
	f.hops = nil
	return all
}

// start runs the trace in a job. What it came to is said wherever the person is, if the screen was left meanwhile.
func (s *Screen) start() tea.Cmd {
	f := &feed{}
	f.tell = func() { s.env.Jobs.Post(arrived{f}) }
	s.feed = f
	if s.args.Source == nil {
		s.recent.add(s.run.target)
	}
	run := s.source(f)
	words, runner := s.env.Words, s.env.Jobs
	id, cmd := jobs.Start(runner, jobs.Spec{What: text.F(words.Tracer.Tracing, s.run.target)},
		func(ctx context.Context, c jobs.Control) (delivery.Report, error) {
			report, err := run(ctx, c)
			if f.left.Load() && err == nil {
				runner.Post(outcome(words, report))
			}
			return report, err
		})
	s.job = id
	s.tick()
	return cmd
}

// source is what gives the hops: the one of the arguments, or a trace on the network.
func (s *Screen) source(f *feed) func(context.Context, jobs.Control) (delivery.Report, error) {
	if src := s.args.Source; src != nil {
		return func(ctx context.Context, _ jobs.Control) (delivery.Report, error) { return src.Run(ctx, f.watch) }
	}
	seen := &trace.Recorder{}
	s.seen, s.waits = seen, &delivery.Waits{}
	if s.consents == nil {
		s.consents = &session.Consents{}
	}
	m, runner, consents, o := s.mail, s.env.Jobs, s.consents, s.asked
	o.Target, o.Watch, o.Waits = s.run.target, f.watch, s.waits
	return func(ctx context.Context, c jobs.Control) (delivery.Report, error) {
		ask := func(ctx context.Context, q delivery.Question) bool { return consent(ctx, runner, f, q) }
		o.Consent = func(ctx context.Context, q delivery.Question) bool { return consents.Ask(ctx, q, ask) }
		return m.Trace(ctx, c.Span.Also(seen).Child("trace "+o.Target), o)
	}
}

// receive takes what the feed gathered.
func (s *Screen) receive() {
	s.now = s.moment()
	for _, h := range s.feed.take() {
		s.run.take(h, s.now)
	}
	s.rebuild()
}

// done takes the report.
func (s *Screen) done(d jobs.Done[delivery.Report]) screen.Action {
	s.receive()
	s.job, s.asking = 0, nil
	s.run.finish(d.Value, s.now)
	if len(s.run.hops) == 0 && d.Err != nil {
		s.failure = d.Err
	}
	s.rebuild()
	if s.failure != nil && s.endsAtOnce() && !errors.Is(d.Err, context.Canceled) {
		return screen.Exit{}
	}
	return s.ending(d.Err)
}

// endsAtOnce reports whether a run that cannot begin ends the program, which then says why: a command named nothing else.
func (s *Screen) endsAtOnce() bool { return s.args.Asked != nil && s.args.Alone && !s.stays }

// learn takes the events that came since.
func (s *Screen) learn() {
	if s.seen == nil {
		return
	}
	fresh := s.seen.From(len(s.events))
	s.events = append(s.events, fresh...)
	for _, e := range fresh {
		s.inside.Learn(&e)
	}
}

package session

import (
	"context"
	"sync"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/trace"
)

// Speed is how fast a run is played: 1 as it was, 10 ten times as fast.
type Speed int

const (
	AtOnce     Speed = 0
	StepByStep Speed = -1
)

// maxPause bounds the wait between two events of a run file, whatever times stand in it.
const maxPause = delivery.RunTime

// maxSteps is how many steps may be asked for before they are taken.
const maxSteps = 100

// ReplayOptions say how to play a run.
type ReplayOptions struct {
	Speed Speed
	// Sink gets every event of the run when its time has come. May be nil.
	Sink trace.Sink
	// Sleep waits and Now is the time of day; nil means those of the system.
	Sleep func(context.Context, time.Duration) error
	Now   func() time.Time
}

// Replay plays a recorded trace as it was, without any network.
type Replay struct {
	recorded delivery.Recorded
	o        ReplayOptions
	steps    chan struct{}

	seen trace.Recorder
	mu   sync.Mutex
	at   time.Time // of the newest event that was played
	from time.Time // when that was
}

// NewReplay makes a trace ready to be played.
func NewReplay(recorded delivery.Recorded, o ReplayOptions) *Replay {
	if o.Sink == nil {
		o.Sink = trace.Discard
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Replay{recorded: recorded, o: o, steps: make(chan struct{}, maxSteps), at: recorded.Report.Began, from: o.Now()}
}

// Recorded is what is played.
func (p *Replay) Recorded() delivery.Recorded { return p.recorded }

// StepByStep reports whether it waits for Step.
func (p *Replay) StepByStep() bool { return p.o.Speed == StepByStep }

// Seen holds the events that were played so far.
func (p *Replay) Seen() *trace.Recorder { return &p.seen }

// Now is the time of day in the run, which hops that are live are measured by.
func (p *Replay) Now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.Speed <= 0 {
		return p.at
	}
	return p.at.Add(p.o.Now().Sub(p.from) * time.Duration(p.o.Speed))
}

// Run plays: watch is told of each hop when it began and when it was over. The report is the recorded one; with ctx's
// error, what was played until then. A Replay runs once.
func (p *Replay) Run(ctx context.Context, watch func(delivery.Hop)) (delivery.Report, error) {
	over := true // a step leads to the next hop that is over
	live := map[int]bool{}
	for i, e := range p.recorded.Events {
		if err := p.wait(ctx, i, over); err != nil {
			return p.until(i), err
		}
		p.mu.Lock()
		p.at, p.from = e.Time, p.o.Now()
		p.mu.Unlock()
		over = false
		p.seen.Emit(e)
		p.o.Sink.Emit(e)
		if h, ok := delivery.HopOf(e); ok && e.Span == p.recorded.Span {
			over = h.State != delivery.Live
			live[h.ID] = !over
			watch(h)
		}
	}
	for _, h := range p.recorded.Report.Hops {
		if live[h.ID] { // the run was ended in it
			watch(h)
		}
	}
	return p.recorded.Report, nil
}

// until is the report of what was played before event i.
func (p *Replay) until(i int) delivery.Report {
	for _, t := range delivery.Traces(p.recorded.Events[:i]) {
		if t.Span == p.recorded.Span {
			return t.Report
		}
	}
	return delivery.Report{}
}

// wait passes the time between event i and the one before it.
func (p *Replay) wait(ctx context.Context, i int, over bool) error {
	if p.o.Speed == StepByStep && over {
		select {
		case <-p.steps:
		case <-ctx.Done():
		}
	}
	if p.o.Speed > 0 && i > 0 {
		events := p.recorded.Events
		pause := min(events[i].Time.Sub(events[i-1].Time), maxPause) / time.Duration(p.o.Speed)
		if pause > 0 {
			return p.o.Sleep(ctx, pause)
		}
	}
	return ctx.Err()
}

// Step plays on until the next hop is over. It never waits.
func (p *Replay) Step() {
	select {
	case p.steps <- struct{}{}:
	default:
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

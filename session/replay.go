package session

import (
	"context"
	"maps"
	"slices"

	"todoku/diag/delivery"
	"todoku/internal/trace"
)

// maxSteps is how many steps may be asked for before they are taken.
const maxSteps = 100

// Replay plays a recorded trace as it was, without any network.
type Replay struct {
	*tape
	recorded delivery.Recorded
	steps    chan struct{}
	seen     trace.Recorder
}

// NewReplay makes a trace ready to be played.
func NewReplay(recorded delivery.Recorded, o ReplayOptions) *Replay {
	return &Replay{tape: newTape(recorded.Events, recorded.Report.Began, o), recorded: recorded, steps: make(chan struct{}, maxSteps)}
}

// Recorded is what is played.
func (p *Replay) Recorded() delivery.Recorded { return p.recorded }

// Seen holds the events that were played so far.
func (p *Replay) Seen() *trace.Recorder { return &p.seen }

// Run plays: watch is told of each hop when it began and when it was over. The report is the recorded one; with ctx's
// error, what was played until then. A Replay runs once.
func (p *Replay) Run(ctx context.Context, watch func(delivery.Hop)) (delivery.Report, error) {
	over := true // a step leads to the next hop that is over
	live := map[int]bool{}
	played := map[int]delivery.Hop{}
	for i, e := range p.events {
		if err := p.wait(ctx, i, over); err != nil {
			return p.recorded.Until(slices.Collect(maps.Values(played))), err
		}
		over = false
		p.seen.Emit(e)
		p.play(e)
		if h, ok := delivery.HopOf(e); ok && e.Span == p.recorded.Span {
			over = h.State != delivery.Live
			live[h.ID], played[h.ID] = !over, h
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

// wait passes the time between event i and the one before it.
func (p *Replay) wait(ctx context.Context, i int, over bool) error {
	if p.o.Speed == StepByStep && over {
		select {
		case <-p.steps:
		case <-ctx.Done():
		}
	}
	return p.pause(ctx, i)
}

// Step plays on until the next hop is over. It never waits.
func (p *Replay) Step() {
	select {
	case p.steps <- struct{}{}:
	default:
	}
}

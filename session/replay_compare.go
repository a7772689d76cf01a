package session

import (
	"context"

	"todoku/diag/compare"
	"todoku/internal/trace"
)

// ComparisonReplay plays a recorded comparison as it was, without any network. It can be played again.
type ComparisonReplay struct {
	*tape
	recorded compare.Recorded
}

// NewComparisonReplay makes a comparison ready to be played.
func NewComparisonReplay(recorded compare.Recorded, o ReplayOptions) *ComparisonReplay {
	return &ComparisonReplay{newTape(recorded.Events, recorded.Report.Began, o), recorded}
}

// Recorded is what is played.
func (p *ComparisonReplay) Recorded() compare.Recorded { return p.recorded }

// Run plays from the beginning: seen gets every event, and watch is told of each step in each lane when it began and when
// it was over. control pauses and steps as it does a comparison that is measured; seen and control may be nil. The report
// is the recorded one; with ctx's error, what was played until then.
func (p *ComparisonReplay) Run(ctx context.Context, seen trace.Sink, control *compare.Control, watch func(compare.Result)) (compare.Report, error) {
	if seen == nil {
		seen = trace.Discard
	}
	p.reach(p.recorded.Report.Began)
	began := 0 // the last step that did
	for i, e := range p.events {
		res, tells := compare.ResultOf(e)
		tells = tells && e.Span == p.recorded.Span && res.Step <= len(p.recorded.Report.Rows)
		wait := func() error { return p.pause(ctx, i) }
		if tells && res.Step > began { // what passed between two steps was the person's time, then and now
			began = res.Step
			p.hold()
			wait = func() error { return control.Wait(ctx) }
		}
		if err := wait(); err != nil {
			return p.until(context.WithoutCancel(ctx), i), err
		}
		seen.Emit(e)
		p.play(e)
		if tells {
			watch(res)
		}
	}
	for _, row := range p.recorded.Report.Rows {
		for _, res := range []compare.Result{row.POP3, row.IMAP} {
			if res.State == compare.Unknown && !p.recorded.Whole {
				watch(res) // the run was ended in it
			}
		}
	}
	return p.recorded.Report, nil
}

// until is the report of what was played before event i.
func (p *ComparisonReplay) until(ctx context.Context, i int) compare.Report {
	for _, c := range compare.Comparisons(ctx, p.events[:i]) {
		if c.Span == p.recorded.Span {
			return c.Report
		}
	}
	return compare.Report{}
}

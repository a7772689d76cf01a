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

// ReplayOptions say how to play a run.
type ReplayOptions struct {
	Speed Speed
	// Sink gets every event of the run when its time has come. May be nil.
	Sink trace.Sink
	// Sleep waits and Now is the time of day; nil means those of the system.
	Sleep func(context.Context, time.Duration) error
	Now   func() time.Time
}

// tape gives the events of a run in their time.
type tape struct {
	events []trace.Event
	o      ReplayOptions

	mu   sync.Mutex
	at   time.Time // of the newest event that was played
	from time.Time // when that was
	held bool      // the time stands still
}

func newTape(events []trace.Event, began time.Time, o ReplayOptions) *tape {
	if o.Sink == nil {
		o.Sink = trace.Discard
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &tape{events: events, o: o, at: began, from: o.Now()}
}

// StepByStep reports whether it waits before each step.
func (t *tape) StepByStep() bool { return t.o.Speed == StepByStep }

// Now is the time of day in the run, which what is live is measured by.
func (t *tape) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.o.Speed <= 0 || t.held {
		return t.at
	}
	return t.at.Add(t.o.Now().Sub(t.from) * time.Duration(t.o.Speed))
}

// reach sets the time of the run, which goes on from there.
func (t *tape) reach(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at, t.from, t.held = at, t.o.Now(), false
}

// hold has the time of the run stand at the newest event.
func (t *tape) hold() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = true
}

// play gives an event, whose time has come.
func (t *tape) play(e trace.Event) {
	t.reach(e.Time)
	t.o.Sink.Emit(e)
}

// pause passes the time between event i and the one before it.
func (t *tape) pause(ctx context.Context, i int) error {
	if t.o.Speed > 0 && i > 0 {
		pause := min(t.events[i].Time.Sub(t.events[i-1].Time), maxPause) / time.Duration(t.o.Speed)
		if pause > 0 {
			return t.o.Sleep(ctx, pause)
		}
	}
	return ctx.Err()
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

package sandbox

import (
	"sync/atomic"
	"time"
)

// clock is the sandbox's time. It goes by another clock, ahead of it by as much as it was advanced.
type clock struct {
	base  func() time.Time
	ahead atomic.Int64 // time.Duration
}

func (c *clock) now() time.Time { return c.base().Add(time.Duration(c.ahead.Load())) }

// Now is the sandbox's time.
func (s *Sandbox) Now() time.Time { return s.clock.now() }

// Ahead is how far the sandbox's time is ahead of the clock that it was started with.
func (s *Sandbox) Ahead() time.Duration { return time.Duration(s.clock.ahead.Load()) }

// Advance moves the sandbox's time on: greylists, rates, caches and the retries of the queues go by it. Time never goes
// back, so a negative d does nothing. Delays of fault rules pass as they are.
func (s *Sandbox) Advance(d time.Duration) {
	if d <= 0 {
		return
	}
	s.clock.ahead.Add(int64(d))
	for _, o := range s.offices {
		o.Wake()
	}
}

package compare

import (
	"context"
	"sync"
)

// Control lets a person pause a comparison between two steps and take one step at a time. The zero value runs.
type Control struct {
	mu     sync.Mutex
	paused bool
	steps  int           // that may be taken while paused
	turn   chan struct{} // closed when something changed
}

// Pause stops before the next step.
func (c *Control) Pause() { c.change(func() { c.paused, c.steps = true, 0 }) }

// Resume goes on.
func (c *Control) Resume() { c.change(func() { c.paused = false }) }

// Step pauses, and lets one step be taken.
func (c *Control) Step() { c.change(func() { c.paused, c.steps = true, c.steps+1 }) }

// Paused reports whether it waits before the next step.
func (c *Control) Paused() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.paused
}

func (c *Control) change(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
	if c.turn != nil {
		close(c.turn)
		c.turn = nil
	}
}

// Wait returns when the next step may begin. A nil Control never waits.
func (c *Control) Wait(ctx context.Context) error {
	for c != nil {
		c.mu.Lock()
		if !c.paused || c.steps > 0 {
			c.steps = max(0, c.steps-1)
			c.mu.Unlock()
			break
		}
		if c.turn == nil {
			c.turn = make(chan struct{})
		}
		turn := c.turn
		c.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-turn:
		}
	}
	return ctx.Err()
}

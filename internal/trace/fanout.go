package trace

import (
	"context"
	"slices"
	"sync"
)

// Fanout is a sink that hands events to subscribers who come and go. Emit never waits: a subscriber that does not
// keep up misses events, and is told by a dropped event, at the place of the gap, how many.
type Fanout struct {
	mu   sync.Mutex
	subs []*Subscription
}

// Subscription holds events for one subscriber until it takes them.
type Subscription struct {
	fan     *Fanout
	ready   chan struct{} // holds one token while there is something to take
	mu      sync.Mutex
	limit   int
	events  []Event
	taken   int // how many the last Take gave
	dropped int64
	last    Event // the newest event that was dropped
	closed  bool
}

// Subscribe begins a subscription that holds up to limit events (at least 2) for its subscriber.
func (f *Fanout) Subscribe(limit int) *Subscription {
	s := &Subscription{fan: f, ready: make(chan struct{}, 1), limit: max(limit, 2)}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subs = append(slices.Clone(f.subs), s)
	return s
}

// Emit hands e to every subscriber.
func (f *Fanout) Emit(e Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.subs {
		s.offer(e)
	}
}

func (f *Fanout) heard() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.subs) > 0
}

func (s *Subscription) offer(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	room := s.limit - len(s.events)
	if s.dropped > 0 && room >= 2 {
		s.gap()
		room--
	}
	if s.dropped > 0 || room < 1 {
		s.dropped++
		s.last = e
		return
	}
	if s.events == nil { // growing step by step to where it was before costs three times the room
		s.events = make([]Event, 0, max(s.taken, 16))
	}
	s.events = append(s.events, e)
	s.wake()
}

// gap puts the event that reports missed ones where they would have been.
func (s *Subscription) gap() {
	s.events = append(s.events, Event{Seq: s.last.Seq, Time: s.last.Time, Kind: KindDropped, Size: s.dropped})
	s.dropped = 0
}

func (s *Subscription) wake() {
	select {
	case s.ready <- struct{}{}:
	default:
	}
}

// Ready has a value when Take has events to give, and after Close.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Take gives up to limit events that wait (all for 0), without waiting.
func (s *Subscription) Take(limit int) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.events)
	if limit > 0 {
		n = min(n, limit)
	}
	out := s.events[:n:n]
	s.taken = n
	if s.events = s.events[n:]; len(s.events) > 0 {
		s.events = slices.Clone(s.events)
	} else {
		s.events = nil
	}
	if len(s.events) == 0 && s.dropped > 0 {
		s.gap()
	}
	if len(s.events) > 0 {
		s.wake()
	}
	return out
}

// Next waits for one event. ok is false when ctx ended, or the subscription closed and everything was taken.
func (s *Subscription) Next(ctx context.Context) (e Event, ok bool) {
	for {
		if got := s.Take(1); len(got) == 1 {
			return got[0], true
		}
		s.mu.Lock()
		closed := s.closed
		s.mu.Unlock()
		if closed {
			return Event{}, false
		}
		select {
		case <-ctx.Done():
			return Event{}, false
		case <-s.ready:
		}
	}
}

// Close ends the subscription. What waits can still be taken.
func (s *Subscription) Close() {
	s.fan.mu.Lock()
	s.fan.subs = slices.DeleteFunc(slices.Clone(s.fan.subs), func(o *Subscription) bool { return o == s })
	s.fan.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.wake()
}

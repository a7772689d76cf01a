package trace

import (
	"slices"
	"sync"
)

// Recorder is a sink that keeps every event in memory.
type Recorder struct {
	mu     sync.Mutex
	events []Event
}

// Emit keeps e.
func (r *Recorder) Emit(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

// Events gives a copy of what was recorded, in the order of arrival.
func (r *Recorder) Events() []Event { return r.From(0) }

// From gives the events after the first n.
func (r *Recorder) From(n int) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events[min(max(n, 0), len(r.events)):])
}

// Tee gives each event to every sink.
func Tee(sinks ...Sink) Sink { return tee(slices.Clone(sinks)) }

type tee []Sink

func (t tee) heard() bool { return slices.ContainsFunc(t, heard) }

func (t tee) Emit(e Event) {
	for _, s := range t {
		s.Emit(e)
	}
}

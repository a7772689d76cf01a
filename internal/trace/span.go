package trace

import (
	"sync/atomic"
	"time"
)

// Span is a piece of work that events belong to. A nil Span is valid and observes nothing, so that no caller
// needs to ask whether it is being watched.
type Span struct {
	run    *run
	id     int64
	parent int64
	lane   string
	began  time.Time
	also   Sink   // of this span and those below it; nil for none
	meter  *Meter // of its connections and theirs; nil for none
}

// run is what all spans of one tree share.
type run struct {
	sink Sink
	now  func() time.Time
	seq  atomic.Int64
	ids  atomic.Int64
}

// New begins a run whose events go to sink. now gives the time of each event; nil means time.Now.
func New(sink Sink, now func() time.Time) *Span {
	if sink == nil {
		return nil
	}
	if now == nil {
		now = time.Now
	}
	r := &run{sink: sink, now: now}
	return &Span{run: r, id: r.ids.Add(1), began: now()}
}

// Child begins a span below s and says so with an open event.
func (s *Span) Child(name string) *Span {
	if s == nil {
		return nil
	}
	c := &Span{run: s.run, id: s.run.ids.Add(1), parent: s.id, lane: s.lane, began: s.run.now(), also: s.also, meter: s.meter}
	c.Emit(Event{Kind: KindOpen, Name: name})
	return c
}

// Lane returns a copy of s whose events carry the lane.
func (s *Span) Lane(lane string) *Span {
	if s == nil {
		return nil
	}
	c := *s
	c.lane = lane
	return &c
}

// Also returns a copy of s whose events, and those of the spans below it, go to sink as well. A nil Span begins a run
// for the sink alone.
func (s *Span) Also(sink Sink) *Span {
	if s == nil {
		return New(sink, nil)
	}
	c := *s
	if c.also = sink; s.also != nil {
		c.also = Tee(s.also, sink)
	}
	return &c
}

// Emit stamps the event with sequence, time (if zero), span, parent and lane, and gives it to the sink.
func (s *Span) Emit(e Event) {
	if s == nil {
		return
	}
	e.Seq = s.run.seq.Add(1)
	if e.Time.IsZero() {
		e.Time = s.run.now()
	}
	e.Span, e.Parent = s.id, s.parent
	if e.Lane == "" {
		e.Lane = s.lane
	}
	s.run.sink.Emit(e)
	if s.also != nil {
		s.also.Emit(e)
	}
}

// ID tells the span's events from others'; 0 for a nil span.
func (s *Span) ID() int64 {
	if s == nil {
		return 0
	}
	return s.id
}

// Seq is the sequence number of the run's newest event.
func (s *Span) Seq() int64 {
	if s == nil {
		return 0
	}
	return s.run.seq.Load()
}

// heard reports whether anybody takes events now.
func (s *Span) heard() bool { return s != nil && heard(s.run.sink) }

// Note records a plain fact.
func (s *Span) Note(text string) { s.Emit(Event{Kind: KindNote, Name: text}) }

// Recovered is deferred in a goroutine whose panic must end only what it works on: the panic becomes a note with its
// stack. Without a span nobody would learn of it, and it goes on.
func (s *Span) Recovered(what string) {
	if s == nil {
		return
	}
	if p := recover(); p != nil {
		s.Note("fault in " + what + ": " + PanicOf(p).Error())
	}
}

// Step records that a named point of a walk was reached.
func (s *Span) Step(name string) { s.Emit(Event{Kind: KindStep, Name: name}) }

// Find records a finding.
func (s *Span) Find(f Finding) { s.Emit(Event{Kind: KindFinding, Finding: &f}) }

// End closes the span; err nil means that it succeeded.
func (s *Span) End(err error) {
	if s == nil {
		return
	}
	e := Event{Kind: KindClose, Elapsed: s.run.now().Sub(s.began)}
	if err != nil {
		e.Error = err.Error()
	}
	s.Emit(e)
}

// Now is the run's clock; time.Now for a nil span.
func (s *Span) Now() time.Time {
	if s == nil {
		return time.Now()
	}
	return s.run.now()
}

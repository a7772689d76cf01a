package trace

import "sync/atomic"

// Meter adds up what passes through all connections of the spans that carry it: see Span.Metered. The zero value is
// ready.
type Meter struct {
	in, out, trips, handshakes atomic.Int64
}

// Counters gives the totals so far.
func (m *Meter) Counters() Counters {
	return Counters{In: m.in.Load(), Out: m.out.Load(), RoundTrips: int(m.trips.Load()), Handshakes: int(m.handshakes.Load())}
}

func (m *Meter) add(n Counters) {
	m.in.Add(n.In)
	m.out.Add(n.Out)
	m.trips.Add(int64(n.RoundTrips))
	m.handshakes.Add(int64(n.Handshakes))
}

// Minus gives what was counted since before.
func (c Counters) Minus(before Counters) Counters {
	return Counters{c.In - before.In, c.Out - before.Out, c.RoundTrips - before.RoundTrips, c.Handshakes - before.Handshakes}
}

// Plus adds other.
func (c Counters) Plus(other Counters) Counters {
	return Counters{c.In + other.In, c.Out + other.Out, c.RoundTrips + other.RoundTrips, c.Handshakes + other.Handshakes}
}

// Metered returns a copy of s whose connections, and those of the spans below it, count in m as well. A nil Span begins
// a run that nobody listens to.
func (s *Span) Metered(m *Meter) *Span {
	if s == nil {
		s = New(Discard, nil)
	}
	c := *s
	c.meter = m
	return &c
}

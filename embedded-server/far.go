package sandbox

import (
	"time"

	"todoku/embedded-server/distance"
)

// moveAway puts every server at the distance that was asked for.
func (s *Sandbox) moveAway() {
	if s.opts.RTT <= 0 {
		return
	}
	s.far = &distance.Distance{RTT: s.opts.RTT}
	for _, b := range s.bound {
		b.tcp = s.far.Listener(b.tcp, b.machine.name)
		if b.packets != nil {
			b.packets = s.far.PacketConn(b.packets, b.machine.name)
		}
	}
}

// Exchange is one round trip as its server saw it.
type Exchange = distance.Exchange

// DependentRoundTrips counts those that had to wait for one another: see distance.DependentRoundTrips.
func DependentRoundTrips(exchanges []Exchange) int { return distance.DependentRoundTrips(exchanges) }

// Exchanges gives the round trips that began at a time or later, if Options.RTT makes them cost anything.
func (s *Sandbox) Exchanges(since time.Time) []Exchange {
	if s.far == nil {
		return nil
	}
	return s.far.Exchanges(since)
}

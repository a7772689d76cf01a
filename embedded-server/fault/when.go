package fault

import (
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

// memory is what a rule remembers to decide whether it fires.
type memory struct {
	chance *rand.Rand
	first  map[string]time.Time   // Greylist: triplets
	times  map[string][]time.Time // Rate: by peer
}

// maxRemembered bounds the triplets and peers of a rule. One that has seen more forgets them all.
const maxRemembered = 10_000

// due decides by the rule's condition; seen counts from 1. Without a condition it always is.
func (m *memory) due(r *Rule, seen int, f Facts, now time.Time) bool {
	switch {
	case r.Nth > 0:
		return seen == r.Nth
	case r.Every > 0:
		return seen%r.Every == 0
	case r.Percent > 0:
		if m.chance == nil {
			m.chance = rand.New(rand.NewPCG(uint64(r.Seed), 0))
		}
		return m.chance.IntN(100) < r.Percent
	case r.Rate > 0:
		return m.beyond(r, hostOf(f.Peer), now)
	case r.Greylist > 0:
		return now.Before(m.known(hostOf(f.Peer)+" "+strings.ToLower(f.From+" "+f.To), now).Add(r.Greylist))
	}
	return true
}

// beyond notes one more time and reports whether it is more than the rate allows.
func (m *memory) beyond(r *Rule, peer string, now time.Time) bool {
	if m.times == nil || len(m.times) > maxRemembered {
		m.times = make(map[string][]time.Time)
	}
	recent := m.times[peer]
	for len(recent) > 0 && !recent[0].After(now.Add(-r.Per)) {
		recent = recent[1:]
	}
	if len(recent) >= r.Rate {
		m.times[peer] = recent
		return true
	}
	m.times[peer] = append(recent, now)
	return false
}

// known gives the time at which the triplet was first seen.
func (m *memory) known(triplet string, now time.Time) time.Time {
	if m.first == nil || len(m.first) > maxRemembered {
		m.first = make(map[string]time.Time)
	}
	if _, seen := m.first[triplet]; !seen {
		m.first[triplet] = now
	}
	return m.first[triplet]
}

// hostOf gives the address of a peer without its port.
func hostOf(peer string) string {
	if host, _, err := net.SplitHostPort(peer); err == nil {
		return host
	}
	return peer
}

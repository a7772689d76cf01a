package delivery

import (
	"slices"
	"time"
)

// criticalPath gives the hops, first to last, that the length of the run came from: the one that was over last, the one
// that it had waited for, and so on to the beginning. What ran beside them cost no time.
func criticalPath(hops []Hop) []int {
	var last *Hop
	for i := range hops {
		if h := &hops[i]; h.State != Live && h.Kind != KindFact && (last == nil || h.over().After(last.over())) {
			last = h
		}
	}
	var path []int
	for at := last; at != nil && len(path) < len(hops); at = waitedFor(hops, at) {
		path = append(path, at.ID)
	}
	slices.Reverse(path)
	return path
}

// over is when a hop ended.
func (h Hop) over() time.Time { return h.Began.Add(h.Elapsed) }

// waitedFor gives the hop whose end let h begin; nil if h began with the run.
func waitedFor(hops []Hop, h *Hop) *Hop {
	var best *Hop
	for i := range hops {
		c := &hops[i]
		if c.ID == h.ID || c.State == Live || c.over().After(h.Began) || !mayFollow(hops, c, h) {
			continue
		}
		if best == nil || c.over().After(best.over()) {
			best = c
		}
	}
	return best
}

// mayFollow reports whether h can have waited for c: commands for the command before them on their connection, the
// first of a transfer for the lookup of its host, lookups for lookups.
func mayFollow(hops []Hop, c, h *Hop) bool {
	switch {
	case h.Span != 0 && !first(hops, h):
		return c.Span == h.Span
	case h.Step == Transfer || h.Step == Lookup:
		return c.Step == Lookup && c.Kind != KindResolver
	case h.Step == Submission:
		return c.Step == Submission && c.Span == 0
	}
	return false
}

// first reports that no hop of the same dialogue began before.
func first(hops []Hop, h *Hop) bool {
	return !slices.ContainsFunc(hops, func(c Hop) bool { return c.Span == h.Span && c.ID < h.ID })
}

package delivery

import (
	"slices"
	"sort"
	"time"
)

// CriticalPath gives the ids of the hops, first to last, that the length of the run came from: the one that was over
// last, the one that it had waited for, and so on to the beginning. What ran beside them cost no time. Hops under way
// count as ending now; a zero now leaves them out.
func CriticalPath(hops []Hop, now time.Time) []int {
	c := critical{hops: hops, ends: make([]time.Time, len(hops)), first: map[int64]int{}}
	for i, h := range hops {
		if _, ok := c.first[h.Span]; !ok {
			c.first[h.Span] = i
		}
		if c.ends[i] = h.over(); h.State == Live {
			c.ends[i] = now
		}
		if h.State != Live || !now.IsZero() {
			c.order = append(c.order, i)
		}
	}
	slices.SortStableFunc(c.order, func(a, b int) int { return c.ends[a].Compare(c.ends[b]) })
	c.left = len(c.order)
	var path []int
	for at := c.last(); at >= 0 && len(path) < len(hops); at = c.waitedFor(at) {
		path = append(path, hops[at].ID)
	}
	slices.Reverse(path)
	return path
}

// Leg is a part of the critical path: hops one after another at one place.
type Leg struct {
	Where string // as the hops have it
	Took  time.Duration
}

// Legs are the parts of the report's critical path, first to last.
func (r Report) Legs() []Leg {
	var legs []Leg
	for _, id := range r.Critical {
		i := slices.IndexFunc(r.Hops, func(h Hop) bool { return h.ID == id })
		if i < 0 {
			continue
		}
		h := r.Hops[i]
		if n := len(legs); n > 0 && legs[n-1].Where == h.Where {
			legs[n-1].Took += h.Elapsed
			continue
		}
		legs = append(legs, Leg{h.Where, h.Elapsed})
	}
	return legs
}

// critical looks for the critical path of some hops.
type critical struct {
	hops  []Hop
	ends  []time.Time
	first map[int64]int // of the hops of a span
	order []int         // places of hops, by their end
	left  int           // of order: what comes later was looked at, and waited for nothing before it
}

// over is when a hop ended.
func (h Hop) over() time.Time { return h.Began.Add(h.Elapsed) }

// last is the hop that was over last; of equals the first on the way of the message, not beside it; -1 if there is none.
func (c *critical) last() int {
	best := -1
	for _, i := range c.order {
		if c.hops[i].Kind == KindFact {
			continue
		}
		if best < 0 || c.ends[i].After(c.ends[best]) || c.ends[i].Equal(c.ends[best]) && c.onTheWay(i) && !c.onTheWay(best) {
			best = i
		}
	}
	return best
}

func (c *critical) onTheWay(i int) bool {
	return c.hops[i].Step == Lookup || c.hops[i].Step == Transfer
}

// waitedFor gives the hop whose end let a hop begin; -1 if it began with the run.
func (c *critical) waitedFor(at int) int {
	began := c.hops[at].Began
	n := sort.Search(c.left, func(i int) bool { return c.ends[c.order[i]].After(began) })
	best := -1
	for n--; n >= 0; n-- {
		i := c.order[n]
		if best >= 0 && c.ends[i].Before(c.ends[best]) {
			break
		}
		if i != at && c.mayFollow(i, at) {
			best, c.left = i, n
		}
	}
	return best
}

// mayFollow reports whether a hop can have waited for another: commands for the command before them on their
// connection, the first of a transfer for the lookup of its host, lookups for lookups.
func (c *critical) mayFollow(before, at int) bool {
	a, h := c.hops[before], c.hops[at]
	switch {
	case h.Span != 0 && c.first[h.Span] != at:
		return a.Span == h.Span
	case h.Step == Transfer || h.Step == Lookup:
		return a.Step == Lookup && a.Kind != KindResolver
	case h.Step == Submission:
		return a.Step == Submission && a.Span == 0
	}
	return false
}

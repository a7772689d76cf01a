package tracer

import (
	"slices"
	"sort"
	"time"

	"todoku/diag/delivery"
)

// critical marks the hops that the length of the run comes from: the one that ended last, the one whose end it had to
// wait for, and so on back to the beginning.
func (r *run) critical(now time.Time) []bool {
	marks := make([]bool, len(r.hops))
	if len(r.hops) == 0 {
		return marks
	}
	ends := make([]time.Time, len(r.hops))
	order := make([]int, len(r.hops)) // by end
	for i, h := range r.hops {
		order[i], ends[i] = i, r.end(h, now)
	}
	slices.SortStableFunc(order, func(a, b int) int { return ends[a].Compare(ends[b]) })
	for at := order[len(order)-1]; ; {
		marks[at] = true
		h := r.hops[at]
		n := sort.Search(len(order), func(i int) bool { return ends[order[i]].After(h.Began) })
		for n--; n >= 0 && (marks[order[n]] || !leadsTo(r.hops[order[n]], h)); n-- {
		}
		if n < 0 {
			return marks
		}
		at = order[n]
	}
}

// leadsTo reports whether b can have waited for a: the lookup leads to the transfer; what is beside leads to nothing
// else.
func leadsTo(a, b delivery.Hop) bool {
	return a.Step == b.Step || a.Step == delivery.Lookup && b.Step == delivery.Transfer
}

package change

import (
	"cmp"
	"slices"
	"strings"

	"todoku/diag/delivery"
	"todoku/internal/trace"
)

// missingChanges names commands that only one run has, at hosts that are otherwise unchanged: elsewhere they follow from
// what changed.
func missingChanges(was, now delivery.Report, known []Change) []Change {
	explained := map[string]bool{}
	for _, c := range known {
		host, _, _ := strings.Cut(c.Where, " ")
		explained[host] = true
	}
	before, after := commands(was), commands(now)
	return slices.Concat(
		missing("change.run.hop.gone", before, after, explained),
		missing("change.run.hop.new", after, before, explained),
	)
}

// missing gives what stands in have and not in lack, a host at a time.
func missing(code string, have, lack map[place]delivery.Hop, explained map[string]bool) []Change {
	there := map[string]bool{}
	for p := range lack {
		there[p.host] = true
	}
	gone := map[place][]delivery.Hop{} // by host and address
	for p, h := range have {
		_, both := lack[p]
		if both || explained[p.host] || p.step == delivery.Transfer && !there[p.host] {
			continue // a host that is not tried follows from the records
		}
		at := place{step: p.step, host: p.host, addr: p.addr}
		gone[at] = append(gone[at], h)
	}
	var all []Change
	for at, hops := range gone {
		slices.SortFunc(hops, func(a, b delivery.Hop) int { return cmp.Compare(a.ID, b.ID) })
		names := make([]string, len(hops))
		for i, h := range hops {
			names[i] = h.What
		}
		all = append(all, Change{Code: code, Step: at.step, Where: strings.TrimSpace(at.host + " " + at.addr), What: strings.Join(names, ", "), Level: trace.Warn})
	}
	slices.SortFunc(all, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Where, b.Where)) })
	return all
}

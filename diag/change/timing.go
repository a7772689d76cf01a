package change

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// What time is beyond noise: more than noiseTimes as long and longer by more than a floor. A factor of three is more
// than another route makes. One measurement may have met a lost segment, which costs a second at first (RFC 6298
// section 2.1), or a busy machine; the median of several has not.
const (
	noiseTimes = 3
	floorOfOne = 1500 * time.Millisecond
	floorOfAll = 250 * time.Millisecond // with several or more measurements on both sides
	several    = 3
)

// wait is what is waited for: a command of a host; without a command, any answer of a host or name server.
type wait struct {
	step        int
	where, zone string
	command     string
}

// waits gives how long each thing was waited for in a run. Failures are left out: they are changes of their own.
func waits(r delivery.Report) map[wait][]time.Duration {
	all := map[wait][]time.Duration{}
	for _, h := range r.Hops {
		switch {
		case h.State != delivery.OK && h.State != delivery.Warn:
		case h.Query != nil:
			if h.Query.Outcome != dns.Truncates && h.Query.Level() == trace.Pass {
				w := wait{step: h.Step, where: lower(h.Query.Server), zone: lower(h.Query.Zone)}
				all[w] = append(all[w], h.Elapsed)
			}
		case h.Kind == delivery.KindCommand || h.Kind == delivery.KindPickup:
			w := wait{step: h.Step, where: h.Where}
			all[w] = append(all[w], h.Elapsed)
			w.command = h.What
			all[w] = append(all[w], h.Elapsed)
		}
	}
	return all
}

// timeChanges compares the medians. A host whose every answer is late is told as such, not command by command.
func timeChanges(was, now delivery.Report) []Change {
	before, after := waits(was), waits(now)
	var all []Change
	whole := map[string]bool{}
	for _, w := range slices.SortedFunc(maps.Keys(before), byCommand) {
		a, b := before[w], after[w]
		if whole[w.where] && w.command != "" || !beyondNoise(a, b) {
			continue
		}
		c := Change{Code: "change.run.slower", Step: w.step, Where: w.where, What: cmp.Or(w.command, w.zone), Was: rounded(median(a)), Now: rounded(median(b)), Level: trace.Warn}
		quicker := median(b) < median(a)
		switch {
		case w.command == "" && quicker:
			c.Code = "change.run.faster"
		case quicker:
			c.Code = "change.run.shorter"
		case w.command != "":
			c.Code = "change.run.longer"
		}
		if quicker {
			c.Level = trace.Pass
		}
		whole[w.where] = whole[w.where] || w.command == ""
		all = append(all, c)
	}
	return all
}

// byCommand puts a host as a whole before its commands.
func byCommand(a, b wait) int {
	return cmp.Or(cmp.Compare(a.step, b.step), cmp.Compare(a.where, b.where), cmp.Compare(a.zone, b.zone), cmp.Compare(a.command, b.command))
}

func beyondNoise(was, now []time.Duration) bool {
	if len(was) == 0 || len(now) == 0 {
		return false
	}
	floor := floorOfOne
	if len(was) >= several && len(now) >= several {
		floor = floorOfAll
	}
	short, long := median(was), median(now)
	if short > long {
		short, long = long, short
	}
	return long > noiseTimes*short && long-short > floor
}

// median is the middle of times, of which there is one at least.
func median(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	return sorted[(len(sorted)-1)/2]
}

func rounded(d time.Duration) string { return d.Round(time.Millisecond).String() }

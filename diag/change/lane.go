package change

import (
	"maps"
	"slices"
	"strconv"

	"todoku/diag/compare"
	"todoku/internal/trace"
)

// What round trips and octets are beyond noise. How replies fall into segments makes a round trip more or less where
// commands are pipelined; unique-ids, dates and host names make lines some octets longer or shorter.
const (
	noiseTrips  = 1
	noiseOctets = 256
	noisePart   = 20 // a twentieth of the whole
)

// resultChanges compares a step in one lane.
func resultChanges(was, now compare.Result, devices int) []Change {
	if was.State == compare.Wait || now.State == compare.Wait {
		return nil // one run was stopped before it
	}
	all := append(stepOutcome(was, now), useChange(was, now)...)
	all = append(all, seenChanges(was, now, devices)...)
	if was.Place != now.Place {
		return append(all, Change{Code: "change.compare.place", What: "place", Was: string(was.Place), Now: string(now.Place), Level: trace.NotApplicable})
	}
	return append(all, costChanges(was.Counters, now.Counters)...)
}

// works reports whether a protocol could do a step as it was meant.
func works(s compare.State) bool { return s == compare.OK }

// stepOutcome compares what a step came to: whether the protocol could do it, and how.
func stepOutcome(was, now compare.Result) []Change {
	c := Change{What: "outcome", Was: string(was.State), Now: string(now.State), WasFinding: telling(was), NowFinding: telling(now), Level: levelOf(now.State)}
	switch before, after := telling(was), telling(now); {
	case was.State == now.State && (before == nil) == (after == nil) && (before == nil || before.Code == after.Code):
		return nil
	case was.State == now.State:
		c.Code, c.Level = "change.compare.way", trace.NotApplicable
	case now.State == compare.Unknown || was.State == compare.Unknown:
		c.Code = "change.compare.known"
	case works(now.State), was.State == compare.Fail:
		c.Code, c.Level = "change.compare.can", trace.Pass
	case now.State == compare.Warn:
		c.Code = "change.compare.worse"
	default:
		c.Code = "change.compare.cannot"
	}
	return []Change{c}
}

// useChange compares which capabilities were used, or left alone.
func useChange(was, now compare.Result) []Change {
	use := func(r compare.Result) *trace.Finding {
		for _, n := range r.Notes {
			if compare.IsUse(n) {
				return &n
			}
		}
		return nil
	}
	a, b := use(was), use(now)
	if a == nil || b == nil || a.Code == b.Code && a.Args["what"] == b.Args["what"] {
		return nil
	}
	return []Change{{Code: "change.compare.use", What: "use", Was: a.Args["what"], Now: b.Args["what"], Level: trace.NotApplicable}}
}

// telling is what is said of a step first: why it failed, what the protocol cannot do, what it did.
func telling(r compare.Result) *trace.Finding {
	if r.Error != nil {
		return r.Error
	}
	for _, n := range r.Notes {
		if n.Level == trace.Warn {
			return &n
		}
	}
	for _, n := range r.Notes {
		if !compare.IsUse(n) {
			return &n
		}
	}
	return nil
}

// seenChanges compares what the server holds and what each device sees.
func seenChanges(was, now compare.Result, devices int) []Change {
	var all []Change
	for i, who := range []string{"server", "A", "B"} {
		before, after := was.About[i], now.About[i]
		if i == compare.AboutDeviceB && devices < 2 || sameSight(before, after) {
			continue
		}
		c := Change{Code: "change.compare.sees", What: who, WasFinding: &before, NowFinding: &after, Level: trace.Warn}
		if i == compare.AboutServer {
			c.Code = "change.compare.holds"
		}
		all = append(all, c)
	}
	return all
}

// sameSight reports whether two findings tell the same: octets differ by the lines that servers add.
func sameSight(a, b trace.Finding) bool {
	x, y := maps.Clone(a.Args), maps.Clone(b.Args)
	delete(x, "octets")
	delete(y, "octets")
	return a.Code == b.Code && maps.Equal(x, y)
}

// costChanges compares round trips, with those of connecting, and octets.
func costChanges(was, now trace.Counters) []Change {
	var all []Change
	add := func(more, fewer, what string, a, b, floor int64) {
		apart := max(a-b, b-a)
		if apart <= floor || apart*noisePart <= max(a, b) {
			return
		}
		c := Change{Code: more, What: what, Was: strconv.FormatInt(a, 10), Now: strconv.FormatInt(b, 10), Level: trace.Warn}
		if b < a {
			c.Code, c.Level = fewer, trace.Pass
		}
		all = append(all, c)
	}
	add("change.compare.trips.more", "change.compare.trips.fewer", "round trips", int64(was.RoundTrips+was.Handshakes), int64(now.RoundTrips+now.Handshakes), noiseTrips)
	add("change.compare.down.more", "change.compare.down.fewer", "octets down", was.In, now.In, noiseOctets)
	add("change.compare.up.more", "change.compare.up.fewer", "octets up", was.Out, now.Out, noiseOctets)
	return all
}

func offerOf(r compare.Report, lane compare.Protocol) compare.Offer {
	for _, o := range r.Offers {
		if o.Protocol == lane {
			return o
		}
	}
	return compare.Offer{Protocol: lane, State: compare.Unknown}
}

// usable and refused are whether a server can be used; where nobody could ask, neither.
func usable(s compare.State) bool  { return s == compare.OK || s == compare.Warn }
func refused(s compare.State) bool { return s == compare.Fail || s == compare.NA }

// offerChanges compares what a server offers. What only a server that answers can tell is left out where one did not.
func offerChanges(lane compare.Protocol, was, now compare.Offer) []Change {
	var all []Change
	where := laneName(lane)
	add := func(c Change) { c.Where = where; all = append(all, c) }
	if was.Server != now.Server {
		add(Change{Code: "change.compare.server", What: "server", Was: was.Server, Now: now.Server, Level: trace.NotApplicable})
	}
	c := Change{What: "offer", Was: string(was.State), Now: string(now.State), WasFinding: was.Error, NowFinding: now.Error}
	switch {
	case refused(was.State) && usable(now.State):
		c.Code, c.Level = "change.compare.offered", trace.Pass
		add(c)
	case usable(was.State) && refused(now.State):
		c.Code, c.Level = "change.compare.not-offered", trace.Fail
		add(c)
	}
	for _, c := range portChanges(was.Ports, now.Ports) {
		add(c)
	}
	if was.TLS != nil && now.TLS != nil && was.TLS.Version != now.TLS.Version {
		add(Change{Code: "change.compare.tls", What: "TLS", Was: was.TLS.Version, Now: now.TLS.Version, Level: trace.Warn})
	}
	if len(was.Capabilities) > 0 && len(now.Capabilities) > 0 {
		if gone := without(was.Capabilities, now.Capabilities); gone != "" {
			add(Change{Code: "change.compare.capability.gone", What: gone, Was: gone, Level: trace.Warn})
		}
		if fresh := without(now.Capabilities, was.Capabilities); fresh != "" {
			add(Change{Code: "change.compare.capability.new", What: fresh, Now: fresh, Level: trace.Pass})
		}
	}
	for _, n := range unsaid(was.Notes, now.Notes) {
		add(Change{Code: "change.compare.oddity.gone", What: "oddity", WasFinding: &n, Level: trace.Pass})
	}
	for _, n := range unsaid(now.Notes, was.Notes) {
		add(Change{Code: "change.compare.oddity.new", What: "oddity", NowFinding: &n, Level: n.Level})
	}
	return all
}

// portChanges compares which ports speak the protocol, as far as both runs could tell.
func portChanges(was, now []compare.Port) []Change {
	var all []Change
	for _, b := range now {
		i := slices.IndexFunc(was, func(a compare.Port) bool { return a.Port == b.Port && a.TLS == b.TLS })
		if i < 0 || was[i].State == b.State {
			continue
		}
		c := Change{What: strconv.Itoa(b.Port) + " " + b.TLS, Was: string(was[i].State), Now: string(b.State)}
		switch {
		case refused(was[i].State) && usable(b.State):
			c.Code, c.Level = "change.compare.port.open", trace.Pass
		case usable(was[i].State) && refused(b.State):
			c.Code, c.Level = "change.compare.port.closed", trace.Warn
		default:
			continue
		}
		all = append(all, c)
	}
	return all
}

// without writes what stands in have and not in lack, each once, in order.
func without(have, lack []string) string {
	return set(slices.DeleteFunc(slices.Clone(have), func(s string) bool { return slices.Contains(lack, s) }))
}

// unsaid gives the findings of have whose code no finding of lack has.
func unsaid(have, lack []trace.Finding) []trace.Finding {
	return slices.DeleteFunc(slices.Clone(have), func(f trace.Finding) bool {
		return slices.ContainsFunc(lack, func(o trace.Finding) bool { return o.Code == f.Code })
	})
}

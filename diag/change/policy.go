package change

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"todoku/diag/delivery"
	"todoku/internal/trace"
)

// deviceChanges compares where the runs were seen from, what this device's line lets through, and what its resolver says.
func deviceChanges(was, now delivery.Report) []Change {
	line := findingChanges(was, now, "change.run.device", func(h delivery.Hop) bool { return h.Kind == delivery.KindDevice })
	resolver := findingChanges(was, now, "change.run.resolver", func(h delivery.Hop) bool { return h.Kind == delivery.KindResolver })
	for i, c := range resolver {
		resolver[i].Where = strings.TrimPrefix(c.Where, "resolver ") // the words say what it is
	}
	return append(line, resolver...)
}

// policyChanges compares what the domain asks of senders, and what follows from it for each certificate. Records are
// compared as records; the policy of MTA-STS is a file.
func policyChanges(was, now delivery.Report) []Change {
	var all []Change
	if a, b := stsPolicy(was), stsPolicy(now); a != b && was.Policies != nil && now.Policies != nil {
		all = append(all, Change{Code: "change.run.policy", Step: delivery.Lookup, Where: was.Domain, What: "MTA-STS", Was: a, Now: b, Level: trace.Warn})
	}
	return append(all, findingChanges(was, now, "change.run.judgement", func(h delivery.Hop) bool {
		return h.Kind == delivery.KindPolicy || h.Kind == delivery.KindFact && h.What != "DNSSEC" && h.Ports == nil // as the connects say
	})...)
}

func stsPolicy(r delivery.Report) string {
	if r.Policies == nil || r.Policies.STS.Policy == nil {
		return ""
	}
	p := r.Policies.STS.Policy
	return fmt.Sprintf("mode %s; mx %s; max_age %d", p.Mode, set(p.MX), int64(p.MaxAge.Seconds()))
}

// subject is what a hop that asked nobody, or several, is about.
type subject struct {
	step              int
	where, addr, what string
}

// findingChanges compares the findings of hops of a kind.
func findingChanges(was, now delivery.Report, code string, of func(delivery.Hop) bool) []Change {
	before, after := findings(was, of), findings(now, of)
	var all []Change
	for s, a := range before {
		b, both := after[s]
		if !both || codes(a) == codes(b) {
			continue
		}
		x, y := worst(a), worst(b)
		all = append(all, Change{Code: code, Step: s.step, Where: strings.TrimSpace(s.where + " " + s.addr), What: s.what,
			Was: x.Finding.Args["said"], Now: y.Finding.Args["said"], WasFinding: x.Finding, NowFinding: y.Finding, Level: levelOf(y.State)})
	}
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Where, b.Where), cmp.Compare(a.What, b.What))
	})
	return all
}

// findings gives the hops of a kind by what they are about.
func findings(r delivery.Report, of func(delivery.Hop) bool) map[subject][]delivery.Hop {
	all := map[subject][]delivery.Hop{}
	for _, h := range r.Hops {
		if h.Finding != nil && of(h) {
			s := subject{h.Step, h.Where, host(h.Addr), h.What}
			all[s] = append(all[s], h)
		}
	}
	return all
}

// worst is the hop that says most of what is wrong.
func worst(hops []delivery.Hop) delivery.Hop {
	order := []delivery.State{delivery.OK, delivery.NA, delivery.Unknown, delivery.Warn, delivery.Fail}
	return slices.MaxFunc(hops, func(a, b delivery.Hop) int { return slices.Index(order, a.State) - slices.Index(order, b.State) })
}

// codes is what hops found, in one text.
func codes(hops []delivery.Hop) string {
	var all []string
	for _, h := range hops {
		all = append(all, h.Finding.Code+" "+seenFrom(h.Finding.Args))
	}
	return set(all)
}

// seenFrom is the address that servers saw, by which they answer one and not another: all of it in IPv4, the network in
// IPv6, where devices change the rest every day (RFC 8981).
func seenFrom(args map[string]string) string {
	network := ""
	if a, err := netip.ParseAddr(args["ipv6"]); err == nil {
		network = netip.PrefixFrom(a, 64).Masked().String()
	}
	return args["ipv4"] + " " + network
}

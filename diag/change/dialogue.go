package change

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"todoku/diag/delivery"
	"todoku/internal/trace"
)

// place is one command at one address of a host.
type place struct {
	step             int
	host, addr, what string
}

// commands gives the commands of a run. MAIL and RCPT are said at one address of a host, whichever comes first, so they
// count for the host.
func commands(r delivery.Report) map[place]delivery.Hop {
	all := map[place]delivery.Hop{}
	for _, h := range r.Hops {
		if h.Finding == nil || h.Kind != delivery.KindCommand && h.Kind != delivery.KindPickup {
			continue
		}
		p := place{h.Step, h.Where, host(h.Addr), h.What}
		if h.What == "MAIL" || h.What == "RCPT" {
			p.addr = ""
		}
		all[p] = h
	}
	return all
}

func host(addr string) string {
	name, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return name
}

// found is a change at one command.
type found struct {
	at place
	Change
}

// dialogueChanges compares what hosts say at the commands of both runs.
func dialogueChanges(was, now delivery.Report) []Change {
	before, after := commands(was), commands(now)
	var all []found
	for p, a := range before {
		b, both := after[p]
		if !both {
			continue
		}
		for _, c := range slices.Concat(replyChange(a, b), outcomeChange(a, b), bannerChange(a, b), capabilityChanges(a, b), tlsChanges(a, b)) {
			c.Step, c.Where = p.step, p.host
			all = append(all, found{p, c})
		}
	}
	return fold(all, before, after)
}

// replyChange compares codes, never texts: those hold queue ids and times.
func replyChange(a, b delivery.Hop) []Change {
	if a.Reply == nil || b.Reply == nil {
		return nil
	}
	was, now := code(a), code(b)
	if was == now {
		return nil
	}
	return []Change{{Code: "change.run.reply", What: a.What, Was: was, Now: now, WasFinding: a.Finding, NowFinding: b.Finding, Level: levelOf(b.State)}}
}

func code(h delivery.Hop) string {
	return strings.TrimSpace(fmt.Sprint(h.Reply.Code) + " " + h.Reply.Enhanced)
}

// outcomeChange compares what hops without a reply to compare came to: connect, handshake, login, a connection that broke.
// What a certificate proves is told by tlsChanges.
func outcomeChange(a, b delivery.Hop) []Change {
	same := a.Finding.Code == b.Finding.Code
	if same || a.Reply != nil && b.Reply != nil || a.TLS != nil && b.TLS != nil {
		return nil
	}
	return []Change{{Code: "change.run.outcome", What: a.What, Was: said(a), Now: said(b), WasFinding: a.Finding, NowFinding: b.Finding, Level: levelOf(b.State)}}
}

// said is what a server answered, "" if it did not.
func said(h delivery.Hop) string {
	if h.Reply != nil {
		return h.Reply.String()
	}
	return ""
}

func bannerChange(a, b delivery.Hop) []Change {
	if a.What != "banner" || a.Reply == nil || b.Reply == nil || a.Reply.Code != b.Reply.Code {
		return nil
	}
	if constant(a.Reply.Text()) == constant(b.Reply.Text()) {
		return nil
	}
	return []Change{{Code: "change.run.banner", What: a.What, Was: a.Reply.Text(), Now: b.Reply.Text(), Level: trace.Pass}}
}

// calendar is what dates in banners are made of.
var calendar = strings.Fields("Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec GMT UTC")

// constant is a banner without what differs in each: dates, times and ids. Host names and version numbers stay.
func constant(banner string) string {
	var words []string
	for _, w := range strings.Fields(banner) {
		plain := strings.Trim(w, "(),;")
		digits := strings.ContainsAny(plain, "0123456789")
		if slices.Contains(calendar, plain) || digits && (!strings.Contains(plain, ".") || strings.Contains(plain, ":")) {
			continue
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// capabilityChanges compares what EHLO announced, before TLS with before, in TLS with in TLS.
func capabilityChanges(a, b delivery.Hop) []Change {
	was, now := offers(a), offers(b)
	if a.Reply == nil || b.Reply == nil || len(was) == 0 || len(now) == 0 {
		return nil
	}
	var all []Change
	for name := range union(was, now) {
		before, had := was[name]
		after, has := now[name]
		c := Change{Code: "change.run.capability.changed", What: name, Was: before, Now: after, Level: trace.Warn}
		switch {
		case had && has && before == after:
			continue
		case !had:
			c.Code, c.Level = "change.run.capability.added", trace.Pass
		case !has:
			c.Code = "change.run.capability.removed"
		}
		all = append(all, c)
	}
	return all
}

// offers gives the capabilities and their arguments, whose order says nothing.
func offers(h delivery.Hop) map[string]string {
	all := map[string]string{}
	for _, line := range h.Offers {
		name, args, _ := strings.Cut(line, " ")
		all[strings.ToUpper(name)] = strings.Join(slices.Sorted(strings.FieldsSeq(args)), " ")
	}
	return all
}

func union[K comparable, V any](a, b map[K]V) map[K]V {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// fold says once for a host what is the same at all of its addresses.
func fold(all []found, before, after map[place]delivery.Hop) []Change {
	addrs := map[place]int{} // of each host, that both runs said a command to
	for p := range before {
		if _, both := after[p]; both {
			p.addr = ""
			addrs[p]++
		}
	}
	same := map[Change]int{}
	for _, f := range all {
		same[f.bare()]++
	}
	var folded []Change
	seen := map[Change]bool{}
	for _, f := range all {
		at, c := f.at, f.bare()
		at.addr = ""
		if same[c] < addrs[at] {
			f.Where += " " + f.at.addr
		} else if seen[c] {
			continue
		}
		seen[c] = true
		folded = append(folded, f.Change)
	}
	slices.SortStableFunc(folded, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(a.Where, b.Where), cmp.Compare(a.Code, b.Code), cmp.Compare(a.What, b.What))
	})
	return folded
}

// bare is the change without its findings, whose facts differ by the address.
func (f found) bare() Change {
	c := f.Change
	c.WasFinding, c.NowFinding = nil, nil
	return c
}

package tracer

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"todoku/diag/delivery"
)

// dullTime is how quick a hop must be to be folded: slow ones are worth a look even if they succeed.
const dullTime = 400 * time.Millisecond

// row is one of the tree: a step, a hop, or several hops folded into one row.
type row struct {
	step  int
	hops  []int // places in the run; none for a step's own row
	first bool  // of its group: it says with whom
}

// isStep reports whether the row is a step's own.
func (w row) isStep() bool { return w.hops == nil }

// key names a row for the list: a step by its number below zero, hops by the ID of the first.
func (r *run) key(w row) int64 {
	if w.isStep() {
		return -int64(w.step)
	}
	return int64(r.hops[w.hops[0]].ID)
}

// party is with whom a hop was, or about what: hops of one party stand together.
type party struct {
	step       int
	kind       delivery.Kind
	host, addr string
}

func partyOf(h delivery.Hop) party {
	p := party{step: stepOf(h), kind: h.Kind}
	switch {
	case h.Query != nil:
		p.host = subject(h.Query.For)
	case h.Kind == delivery.KindPolicy, h.Kind == delivery.KindDevice:
	case h.Ports != nil: // of this device, told by the dialogues of others
		p.kind = delivery.KindDevice
	case h.Kind == delivery.KindFact && h.Addr != "": // follows from the dialogue with that address
		p.kind, p.host, p.addr = delivery.KindCommand, h.Where, h.Addr
	default:
		p.host, p.addr = h.Where, h.Addr
	}
	return p
}

// subject is what questions to name servers are grouped by: the way to the exchangers, each host's addresses, the keys
// of zones, and the rest, which policies ask for.
func subject(asked string) string {
	name, kind := question(asked)
	switch kind {
	case "MX":
		return kind
	case "A", "AAAA":
		return strings.ToLower(name)
	case "DS", "DNSKEY":
		return "DNSSEC"
	}
	return ""
}

// question parts what a walk is for: "tsuru.test MX".
func question(asked string) (name, kind string) {
	name, kind, _ = strings.Cut(asked, " ")
	return name, kind
}

// stepOf is the step that a hop stands under.
func stepOf(h delivery.Hop) int { return min(max(h.Step, delivery.Submission), delivery.Pickup) }

// tree gives the rows of the run: the four steps, below each its hops by party, those that succeeded quickly folded
// unless open has their first.
func (r *run) tree(open map[int]bool) []row {
	var groups [5][][]int // by step
	known := map[party]int{}
	for i, h := range r.hops {
		p := partyOf(h)
		at, ok := known[p]
		if !ok {
			at = len(groups[p.step])
			known[p] = at
			groups[p.step] = append(groups[p.step], nil)
		}
		groups[p.step][at] = append(groups[p.step][at], i)
	}
	rows := make([]row, 0, len(r.hops)+4)
	for step := 1; step <= 4; step++ {
		rows = append(rows, row{step: step})
		slices.SortStableFunc(groups[step], func(a, b []int) int { return r.rank(a) - r.rank(b) })
		r.byPreference(groups[step])
		for _, g := range groups[step] {
			rows = r.fold(rows, step, g, open)
		}
	}
	return rows
}

// rank puts this device before all that is beyond it.
func (r *run) rank(group []int) int {
	if r.hops[group[0]].Kind == delivery.KindDevice {
		return 0
	}
	return 1
}

// byPreference puts what was asked of the exchangers in the order in which a mail server tries them (RFC 5321 section 5.1),
// whichever began first. What else there is stays in its place.
func (r *run) byPreference(groups [][]int) {
	var places []int
	var exchangers [][]int
	for i, g := range groups {
		if _, ok := r.preference[r.about(g)]; ok {
			places, exchangers = append(places, i), append(exchangers, g)
		}
	}
	slices.SortStableFunc(exchangers, func(a, b []int) int { return r.preference[r.about(a)] - r.preference[r.about(b)] })
	for i, at := range places {
		groups[at] = exchangers[i]
	}
}

// about is the host that a group's hops talk to, or whose addresses they look up.
func (r *run) about(group []int) string {
	h := r.hops[group[0]]
	if h.Query != nil {
		return subject(h.Query.For)
	}
	return strings.ToLower(h.Where)
}

// preferences reads the MX records of an answer.
func (r *run) preferences(h delivery.Hop) {
	if !routes(h) {
		return
	}
	for _, line := range h.Query.Answer {
		f := strings.Fields(line)
		if len(f) != 6 || f[3] != "MX" {
			continue
		}
		if n, err := strconv.Atoi(f[4]); err == nil {
			r.preference[strings.ToLower(strings.TrimSuffix(f[5], "."))] = n
		}
	}
}

// fold adds the rows of one group.
func (r *run) fold(rows []row, step int, group []int, open map[int]bool) []row {
	begin := len(rows)
	for i := 0; i < len(group); {
		n := 0
		for i+n < len(group) && r.dull(group, i+n) {
			n++
		}
		if n >= 2 && !open[r.hops[group[i]].ID] {
			rows = append(rows, row{step: step, hops: group[i : i+n]})
			i += n
			continue
		}
		for n = max(n, 1); n > 0; n-- {
			rows = append(rows, row{step: step, hops: group[i : i+1]})
			i++
		}
	}
	rows[begin].first = true
	return rows
}

// dull reports whether a hop of a group went well and tells nothing more, as the answer to what was asked for does.
func (r *run) dull(group []int, i int) bool {
	h := r.hops[group[i]]
	if h.State != delivery.OK && h.State != delivery.NA || h.Elapsed >= dullTime {
		return false
	}
	if routes(h) { // who asks the same again, for a policy or to compare, learns nothing new
		for _, p := range group[:i] {
			if routes(r.hops[p]) {
				return true
			}
		}
		return false
	}
	return !recipient(h)
}

// recipient is the command that a dialogue is for: of the recipient, or of an address that nobody has.
func recipient(h delivery.Hop) bool {
	return h.Kind == delivery.KindCommand && strings.HasPrefix(h.What, "RCPT")
}

// routes is the question that the lookup is for, answered.
func routes(h delivery.Hop) bool {
	if h.Query == nil || h.Query.Outcome == "referral" {
		return false
	}
	_, kind := question(h.Query.For)
	return kind == "MX"
}

// foldOf gives the ID of the first hop of the dull ones around a row's, by which they fold; 0 where there is nothing to
// fold.
func (r *run) foldOf(w row) int {
	switch {
	case w.isStep():
		return 0
	case len(w.hops) > 1:
		return r.hops[w.hops[0]].ID
	}
	folded := r.tree(nil)
	for _, f := range folded {
		for _, p := range f.hops {
			if p == w.hops[0] && len(f.hops) > 1 {
				return r.hops[f.hops[0]].ID
			}
		}
	}
	return 0
}

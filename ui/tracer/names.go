package tracer

import (
	"net"
	"slices"
	"strings"

	"todoku/diag/delivery"
	"todoku/ui/text"
)

// zoneCells is the column of zones on the walk through the DNS.
const zoneCells = 11

// names words the rows of a run.
type names struct {
	words *text.Catalogue
	run   *run
}

// of is what a row is called: head may be cut where there is little room, tail tells it from its neighbours.
func (n names) of(w row) (head, tail text.Safe) {
	if w.isStep() {
		return text.Num(w.step) + " " + n.words.Tracer.Steps[w.step-1], ""
	}
	h := n.run.hops[w.hops[0]]
	switch {
	case h.Query != nil:
		return n.query(w, h)
	case h.Kind == delivery.KindResolver:
		return text.F(n.words.Tracer.Resolver, host(h.Addr)), ""
	case h.Kind == delivery.KindCommand, h.Kind == delivery.KindFact && h.Addr != "":
		return n.command(w, h)
	case len(w.hops) > 1 && h.Kind == delivery.KindDevice:
		return n.whats(w), ""
	case len(w.hops) > 1 && h.Kind == delivery.KindPolicy:
		return n.subjects(w), ""
	}
	head, ok := n.words.Tracer.Places[h.Where]
	if !ok {
		head = text.Clean(h.Where)
	}
	if h.Addr != "" && h.Addr != h.Where {
		head += "  " + text.Clean(host(h.Addr))
	}
	return head, n.whats(w)
}

// whole is the name in one piece, cut to n cells.
func (n names) whole(w row, cells int) text.Safe {
	head, tail := n.of(w)
	if tail == "" || head == "" {
		return text.Cut(head+tail, cells)
	}
	room := cells - text.Width(tail) - 2
	if room < 4 {
		return text.Cut(tail, cells)
	}
	return text.Cut(head, room) + "  " + tail
}

// brief is the name for where there is little room: of a question on the walk, the server alone.
func (n names) brief(w row, cells int) text.Safe {
	if !w.isStep() && len(w.hops) == 1 {
		if h := n.run.hops[w.hops[0]]; h.Query != nil && subject(h.Query.For) == "MX" {
			return text.Cut(text.Clean(h.What), cells)
		}
	}
	return n.whole(w, cells)
}

// query names a question by the zone and server asked; one that is not on the way to the exchangers, by what it asks.
func (n names) query(w row, h delivery.Hop) (head, tail text.Safe) {
	q := h.Query
	name, kind := question(q.For)
	switch about := subject(q.For); {
	case len(w.hops) > 1 && about == "MX":
		return n.zones(w), ""
	case len(w.hops) > 1 && (kind == "A" || kind == "AAAA"):
		return text.Clean(name), n.types(w)
	case len(w.hops) > 1:
		return n.types(w), text.F(n.words.Tracer.Queries, len(w.hops))
	case about != "MX":
		return text.Clean(name), text.Clean(kind + "  " + short(h.What))
	}
	tail = text.Clean(h.What)
	if q.Network == "tcp" {
		tail += " TCP"
	}
	if q.Try > 1 || q.Outcome == "silent" && q.Try > 0 {
		tail += text.F(" %d/%d", q.Try, q.Tries)
	}
	zone := text.Clean(q.Zone)
	if text.Width(zone) <= zoneCells {
		return text.Fit(zone, zoneCells-1), tail
	}
	return zone, tail
}

func (n names) zones(w row) text.Safe {
	var all []text.Safe
	for _, p := range w.hops {
		zone := text.Clean(n.run.hops[p].Where)
		if zone == "." {
			zone = n.words.Tracer.Root
		}
		all = addNew(all, zone)
	}
	return list(all)
}

// types are the record types that the hops of a row asked for.
func (n names) types(w row) text.Safe {
	var all []text.Safe
	for _, p := range w.hops {
		_, kind := question(n.run.hops[p].Query.For)
		all = addNew(all, text.Clean(kind))
	}
	return list(all)
}

// command names a command by the host and what was said; the first of a dialogue has the address, too, and so has each
// where dialogues were held with several addresses of the host.
func (n names) command(w row, h delivery.Hop) (head, tail text.Safe) {
	head = text.Clean(short(h.Where))
	if !w.first {
		if len(n.run.spokeAt[h.Where]) > 1 {
			head += "  " + text.Clean(host(h.Addr))
		}
		return head, n.whats(w)
	}
	head, ok := n.words.Tracer.Places[h.Where]
	if !ok {
		head = text.Clean(h.Where)
	}
	if h.Addr != "" {
		head = text.Clean(short(h.Where) + "  " + host(h.Addr))
	}
	if len(w.hops) == 1 {
		return head, n.whats(w)
	}
	for _, p := range w.hops {
		if o := n.run.hops[p]; o.Kind == delivery.KindCommand {
			h = o
		}
	}
	return head, text.F(n.words.Tracer.UpTo, n.what(h))
}

// subjects are what the policies of a row are about: "MTA-STS, TLSA, PTR".
func (n names) subjects(w row) text.Safe {
	var all []text.Safe
	for _, p := range w.hops {
		about, _, _ := strings.Cut(n.run.hops[p].What, " ")
		all = addNew(all, text.Clean(about))
	}
	return list(all)
}

// whats is what the hops of a row did: each, or where they are many, the first and the last.
func (n names) whats(w row) text.Safe {
	var all []text.Safe
	for _, p := range w.hops {
		all = addNew(all, n.what(n.run.hops[p]))
	}
	if len(all) > 3 {
		return all[0] + " .. " + all[len(all)-1]
	}
	return list(all)
}

func (n names) what(h delivery.Hop) text.Safe {
	local, _, ok := strings.Cut(n.run.target, "@")
	switch {
	case h.What == "RCPT" && ok:
		return text.Clean(h.What + " " + local)
	case h.Kind == delivery.KindPickup && h.What == "login":
		return n.words.Tracer.Login
	case h.Step == delivery.Submission && h.Kind == delivery.KindDevice && h.What == "mail ports":
		return n.words.Tracer.MailPorts
	case h.Ports != nil:
		return text.F(n.words.Tracer.Port, text.Num(delivery.SMTPPort))
	}
	return text.Clean(h.What)
}

func addNew(all []text.Safe, s text.Safe) []text.Safe {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

func list(all []text.Safe) text.Safe {
	var s text.Safe
	for i, one := range all {
		if i > 0 {
			s += ", "
		}
		s += one
	}
	return s
}

// short is the first label of a host's name, which is enough beside its address.
func short(name string) string {
	if net.ParseIP(name) != nil {
		return name
	}
	first, _, _ := strings.Cut(name, ".")
	return first
}

// host is an address without its port.
func host(addr string) string {
	h, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return h
}

func port(addr string) string {
	_, p, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	return p
}

package dns

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"

	mdns "github.com/miekg/dns"

	"todoku/protocols/wire"
)

// learned is the reply that ends a descent.
type learned struct {
	reply
	d    *delegation // the zone of the server that gave it
	from string      // that server
	addr netip.Addr
}

// descend goes from the deepest known zone to the one that holds the name, sending one label more at each step
// (RFC 9156). A server that does not know names in between is asked the whole name.
func (k *walk) descend(q question) (learned, error) {
	labels := mdns.CountLabel(q.name)
	holder := q.name
	if q.qtype == mdns.TypeDS {
		holder = lastLabels(q.name, labels-1) // the parent's side of the cut has it (RFC 4035 section 3.1.4.1)
	}
	d := k.closest(holder)
	minimise, sent := true, mdns.CountLabel(d.zone)+1
	for steps := 0; steps < maxReferrals+maxMinimised; steps++ {
		part := q
		if minimise && sent < labels && steps < maxMinimised {
			part = question{name: lastLabels(q.name, sent), qtype: mdns.TypeA}
		}
		got, child, err := k.askZone(d, part, q)
		switch {
		case err != nil && part != q && (answeredBadly(err) || mdns.CountLabel(d.zone) > 1 && isTimeout(err)):
			minimise = false // errors and silence are what some servers have for names in between (RFC 9156 section 3)
		case err != nil:
			return got, err
		case child != nil:
			child.parent = d
			if d = k.remember(child); k.beside != nil {
				k.vouch(d)
			}
			minimise, sent = true, mdns.CountLabel(d.zone)+1
		case part == q:
			return got, nil
		case got.rcode == mdns.RcodeNameError && d.zone == ".":
			got.answer = nil // nothing is below a top-level domain that does not exist (RFC 8020)
			return got, nil
		case got.rcode == mdns.RcodeNameError:
			minimise = false // some servers say so of names that only have names below them (RFC 9156 section 3)
		default:
			sent += stride(q.name)
		}
	}
	k.mark(d, place{}, OutOfBudget)
	return learned{}, q.fail("", Budget, "", nil)
}

// stride is how many labels more the next question has: one, but a whole group of the nibbles of an IPv6 address, whose
// zones are cut at such places (RFC 9156 section 2.3 leaves the number open).
func stride(name string) int {
	if mdns.IsSubDomain("ip6.arpa.", name) {
		return 8
	}
	return 1
}

// answeredBadly reports an error that a server gave, not the network.
func answeredBadly(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Rcode != ""
}

func isTimeout(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == Timeout && e.Rcode == ""
}

// lastLabels gives the last n labels of a name.
func lastLabels(name string, n int) string {
	at := mdns.Split(name)
	switch {
	case n >= len(at):
		return name
	case n <= 0:
		return "."
	}
	return name[at[len(at)-n]:]
}

// askZone puts the question to the servers of the zone, one after the other, each again only if it was silent or the
// caller gave up the try, until one gives the answer or a referral. whole is what the question is a part of.
func (k *walk) askZone(d *delegation, q, whole question) (got learned, child *delegation, err error) {
	var last error
	var silent []place
	tries, queue, nameless, asked := 0, k.places(d), k.unknown(d), map[netip.Addr]int{}
	for {
		switch {
		case len(queue) > 0:
		case len(nameless) > 0:
			queue, err = k.seek(d, nameless[0])
			if nameless = nameless[1:]; err != nil {
				last = worse(last, err)
			}
			continue
		case len(silent) > 0:
			queue, silent = later(silent, asked), nil
			continue
		default:
			return got, nil, k.nobody(d, whole, last)
		}
		p := queue[0]
		queue = queue[1:]
		if k.isCut(p.addr) {
			continue
		}
		if tries++; tries > maxZoneTries || k.queries.Load() >= k.limit || k.spent.Load() >= maxWalk {
			k.mark(d, place{}, OutOfBudget)
			return got, nil, whole.fail(p.server.name, Budget, "", nil)
		}
		p.try = asked[p.addr] + 1
		o, reply, child, err := k.try(d, p, q, whole)
		if k.ctx.Err() != nil && err != nil {
			return got, nil, whole.ended(p.addr.String(), k.ctx.Err())
		}
		if err == nil && p.plain {
			k.answeredPlain(d, p)
		}
		if err == nil {
			return learned{reply, d, shown(p.server.name) + " " + reply.server, p.addr}, child, nil
		}
		last = worse(last, err)
		k.blame(d, p.addr)
		if o == Silent || o == GivenUp {
			asked[p.addr]++
			p.given = p.given || o == GivenUp
			silent = append(silent, p)
		}
	}
}

// maxSilent is how often a silent server is asked with EDNS: a datagram may be lost. After that maxPlain servers of a zone
// are asked without, which is all that some old filters let pass.
const (
	maxSilent = 2
	maxPlain  = 2
)

// later gives the places that were silent once more; the last time without EDNS.
func later(silent []place, asked map[netip.Addr]int) []place {
	var again []place
	plain := 0
	for _, p := range silent {
		switch n := asked[p.addr]; {
		case n < maxSilent:
			again = append(again, p)
		case n == maxSilent && plain < maxPlain && !p.given:
			plain++
			p.plain = true
			again = append(again, p)
		}
	}
	return again
}

// answeredPlain remembers a server that was silent until it was asked without EDNS.
func (k *walk) answeredPlain(d *delegation, p place) {
	k.mu.Lock()
	k.simple[d.zone+" "+p.addr.String()] = true
	k.mu.Unlock()
	k.mark(d, p, DropsEDNS)
}

func (w *Walker) isSimple(d *delegation, p place) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return p.plain || w.simple[d.zone+" "+p.addr.String()]
}

// nobody is the failure of a zone none of whose servers helped.
func (k *walk) nobody(d *delegation, q question, last error) error {
	if last == nil {
		return q.fail("", Unreachable, "", errors.New("no address of a server of "+shown(d.zone)+" can be asked"))
	}
	return asked(last, q)
}

// try asks one address once: without EDNS if the server does not know it, over TCP if the reply was truncated or only
// its letters differ from those sent.
func (k *walk) try(d *delegation, p place, q, whole question) (Outcome, reply, *delegation, error) {
	x := exchange{resolver: k.stub, question: q, server: netip.AddrPortFrom(p.addr, 53).String(), network: "udp", edns: !k.isSimple(d, p),
		dnssec: !k.plain, nsid: k.nsid, keep: k.observed(), mixed: mixCase(q.name)}
	x.try, x.tries = p.count()
	for range 4 {
		o, got, child, err := k.hop(&x, d, p, q, whole)
		switch {
		case o == NoEDNS:
			x.edns = false
		case o == Truncates, o == Silent && x.network == "udp" && contains(x.wrong, "case"):
			x.network, x.mixed = "tcp", ""
		default:
			return o, got, child, err
		}
		x.wrong = nil
	}
	return Rejects, reply{}, nil, q.fail(x.server, Garbled, "", errors.New("the server neither answers nor refuses"))
}

func contains(list []string, s string) bool {
	return strings.Contains(" "+strings.Join(list, " ")+" ", " "+s+" ")
}

// hop is one query and its report.
func (k *walk) hop(x *exchange, d *delegation, p place, q, whole question) (Outcome, reply, *delegation, error) {
	h := Hop{For: shown(whole.name) + " " + whole.typeName(), Zone: shown(d.zone), Server: shown(p.server.name), Addr: x.server, Origin: p.origin,
		Family: familyOf(p.addr), Network: x.network, Name: q.name, Type: q.typeName(), Minimised: q != whole, EDNS: x.edns,
		Try: x.try, Tries: x.tries, Limit: x.timeout()}
	if x.mixed != "" {
		h.Name = x.mixed
	}
	k.begin(&h)
	k.queries.Add(1)
	k.spent.Add(1)
	waiting, over := k.ctx, func() {}
	if k.wait != nil {
		waiting, over = k.wait(k.ctx, h.ID)
	}
	within, cancel := context.WithTimeout(waiting, h.Limit)
	got, err := x.roundTrip(within)
	late, given := within.Err() != nil, wire.TimeUp(waiting)
	cancel()
	over()
	got.server = x.server
	if h.Sent, h.Wrong = x.sentSize, x.wrong; x.keep {
		h.Query = x.sent
		h.heard(got)
	}
	if err != nil {
		o, kind := k.noReply(err, late, given, h.Family)
		k.over(&h, o)
		return o, got, nil, q.fail(x.server, kind, "", err)
	}
	o, child := judge(got, d.zone, q, x.edns)
	if got.truncated && x.network == "udp" {
		o = Truncates
	}
	if child != nil {
		h.Child = shown(child.zone)
	}
	k.over(&h, o)
	return o, got, child, outcomeError(o, got, q, x.server)
}

// over ends a hop for everybody.
func (k *walk) over(h *Hop, o Outcome) {
	k.end(h, o)
	if k.heard != nil {
		k.heard(*h)
	}
}

// noReply names why no reply came.
func (k *walk) noReply(err error, late, given bool, family Family) (Outcome, Kind) {
	var e *Error
	switch {
	case given:
		return GivenUp, Cancelled
	case late:
		return Silent, Timeout
	case k.lacksRoute(err, family):
		return NoRoute, Unreachable
	case errors.As(err, &e) && e.Kind == Garbled:
		return Unreadable, Garbled
	case errors.As(err, &e) && e.Kind == Timeout:
		return Silent, Timeout
	}
	return Unreached, Unreachable
}

// judge says what a reply of a zone's server is. A server that was named for the zone and does not answer with
// authority is lame, whatever it says; but where the root servers seem to be so and offer recursion, which none of them
// does (the flags AA and RA: RFC 1035 section 4.1.1), a resolver on the way took the question.
func judge(got reply, zone string, q question, edns bool) (Outcome, *delegation) {
	o, child := read(got, zone, q, edns)
	if (o == IsLame || o == FailsInside) && zone == "." && got.ra && !got.aa {
		return Intercepted, nil
	}
	return o, child
}

// read says what a reply is if it came from the server that was asked.
func read(got reply, zone string, q question, edns bool) (Outcome, *delegation) {
	switch {
	case edns && got.refusesEDNS():
		return NoEDNS, nil
	case got.rcode == mdns.RcodeRefused:
		return IsLame, nil
	case got.rcode == mdns.RcodeServerFailure:
		return FailsInside, nil
	case got.rcode != mdns.RcodeSuccess && got.rcode != mdns.RcodeNameError:
		return Rejects, nil
	case got.aa && len(pick(got.answer, q)) > 0:
		return Answers, nil
	case got.aa && alias(got.answer, q.name) != "":
		return Aliases, nil
	case got.aa && got.rcode == mdns.RcodeNameError:
		return Nonexistent, nil
	}
	if got.rcode == mdns.RcodeSuccess && len(got.answer) == 0 {
		if child := referralFrom(got, zone, q); child != nil {
			return Refers, child
		}
	}
	if got.aa && len(got.answer) == 0 && !(upward(got, zone) && !hasSOA(got.authority)) {
		return Empty, nil
	}
	return IsLame, nil
}

// outcomeError is nil for outcomes that end the question to this zone or will be asked again.
func outcomeError(o Outcome, got reply, q question, server string) error {
	switch o {
	case Answers, Aliases, Empty, Nonexistent, Refers, NoEDNS, Truncates:
		return nil
	case IsLame:
		return q.fail(server, Lame, got.rcodeText(), nil)
	case Intercepted:
		return q.fail(server, Diverted, got.rcodeText(), nil)
	case FailsInside:
		return q.fail(server, ServFail, got.rcodeText(), nil)
	}
	return q.fail(server, Rejected, got.rcodeText(), nil)
}

// mixCase gives the letters of a name random case: a forger must guess them too (draft-vixie-dnsext-dns0x20).
func mixCase(name string) string {
	b := []byte(strings.ToLower(name))
	coins := make([]byte, len(b))
	rand.Read(coins)
	for i, c := range b {
		if c >= 'a' && c <= 'z' && coins[i]&1 == 1 {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

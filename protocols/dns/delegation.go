package dns

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
	"time"

	mdns "github.com/miekg/dns"
)

// delegation is a zone and the servers that its parent names for it.
type delegation struct {
	zone    string // with the final dot
	servers []*nameServer
	parent  *delegation // nil for the root
	proof   []mdns.RR   // what the referral said of DS records
	ttl     time.Duration
	until   time.Time // when it must be asked for again; the zero time means never
	trust   *trust    // guarded by Walker.mu
}

func (d *delegation) fresh(now time.Time) bool { return d.until.IsZero() || now.Before(d.until) }

// nameServer is one server of a zone. Its addresses may be added later; Walker.mu guards them.
type nameServer struct {
	name   string
	addrs  []netip.Addr
	origin Origin
}

// place is one address of one server.
type place struct {
	server *nameServer
	addr   netip.Addr
	origin Origin
	plain  bool // asked without EDNS, for it was silent with it
	given  bool // the caller gave up a try
	try    int  // which one it is of this question, from 1; 0 where there is but one
}

// count gives which try of how many this is.
func (p place) count() (try, tries int) {
	switch {
	case p.try == 0:
		return 1, 1
	case p.plain:
		return p.try, maxSilent + 1
	}
	return p.try, maxSilent
}

// closest gives the deepest known delegation above the name.
func (w *Walker) closest(name string) *delegation {
	w.mu.Lock()
	defer w.mu.Unlock()
	for at := mdns.CanonicalName(name); ; {
		if d := w.zones[at]; d != nil && d.fresh(w.now()) {
			return d
		}
		i, end := mdns.NextLabel(at, 0)
		if end {
			return w.root
		}
		at = at[i:]
	}
}

// remember keeps a delegation; the first one stays, so that all walks of a run share what was learned of its servers.
func (w *Walker) remember(d *delegation) *delegation {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if have := w.zones[d.zone]; have != nil && have.fresh(now) {
		return have
	}
	d.until = now.Add(min(d.ttl, maxZoneTTL))
	if len(w.zones) < maxZones {
		w.zones[d.zone] = d
	}
	return d
}

// referralFrom reads a referral: NS records of a zone below the asked server's and not below the name. Glue counts
// only inside the zone that was asked, and only as a server's address, never as an answer.
func referralFrom(got reply, zone string, q question) *delegation {
	d := &delegation{}
	for _, rr := range got.authority {
		ns, ok := rr.(*mdns.NS)
		owner := mdns.CanonicalName(rr.Header().Name)
		if !ok || owner == zone || !mdns.IsSubDomain(zone, owner) || !mdns.IsSubDomain(owner, q.name) || d.zone != "" && d.zone != owner {
			continue
		}
		d.zone, d.ttl = owner, time.Duration(ns.Hdr.Ttl)*time.Second
		name := mdns.CanonicalName(ns.Ns)
		known := slices.ContainsFunc(d.servers, func(s *nameServer) bool { return s.name == name })
		if !known && len(d.servers) < maxServersOf {
			d.servers = append(d.servers, &nameServer{name: name, origin: FromGlue})
		}
	}
	if d.zone == "" {
		return nil
	}
	d.proof = inside(got.authority, zone)
	for _, rr := range inside(got.extra, zone) {
		name := mdns.CanonicalName(rr.Header().Name)
		i := slices.IndexFunc(d.servers, func(s *nameServer) bool { return s.name == name })
		if i < 0 || len(d.servers[i].addrs) >= maxGlueOf {
			continue
		}
		for _, a := range addresses([]mdns.RR{rr}) {
			if !slices.Contains(d.servers[i].addrs, a) {
				d.servers[i].addrs = append(d.servers[i].addrs, a)
			}
		}
	}
	return d
}

// upward reports a referral to the zone itself or above it: the mark of a server that does not hold the zone.
func upward(got reply, zone string) bool {
	return slices.ContainsFunc(got.authority, func(rr mdns.RR) bool {
		return rr.Header().Rrtype == mdns.TypeNS && mdns.IsSubDomain(mdns.CanonicalName(rr.Header().Name), zone)
	})
}

// places orders the known addresses of a zone's servers: those that never failed first, IPv4 before IPv6, else by
// chance, so that no server is always asked first.
func (w *Walker) places(d *delegation) []place {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []place
	for _, s := range d.servers {
		for _, a := range s.addrs {
			f := familyOf(a)
			if !w.cut[f] && (w.family == AnyFamily || w.family == f) {
				all = append(all, place{server: s, addr: a, origin: s.origin})
			}
		}
	}
	w.chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	rank := func(p place) int {
		n := 0
		if w.failed[d.zone+" "+p.addr.String()] {
			n = 2
		}
		if familyOf(p.addr) == IPv6 {
			n++
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b place) int { return rank(a) - rank(b) })
	return all[:min(len(all), maxZoneAddrs)]
}

func (w *Walker) blame(d *delegation, a netip.Addr) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed[d.zone+" "+a.String()] = true
}

// unknown lists the servers of the zone that have no address yet, those that can be found first.
func (w *Walker) unknown(d *delegation) []*nameServer {
	w.mu.Lock()
	defer w.mu.Unlock()
	var outside, within []*nameServer
	for _, s := range d.servers {
		switch {
		case len(s.addrs) > 0:
		case mdns.IsSubDomain(d.zone, s.name):
			within = append(within, s)
		default:
			outside = append(outside, s)
		}
	}
	all := append(outside, within...)
	return all[:min(len(all), maxLookedUp)]
}

// seek looks up the addresses of one server that has none.
func (k *walk) seek(d *delegation, s *nameServer) ([]place, error) {
	switch {
	case mdns.IsSubDomain(d.zone, s.name):
		k.mark(d, place{server: s}, NoGlue)
		return nil, k.asked.fail(shown(s.name), Cycle, "", nil)
	case slices.Contains(k.above, s.name), len(k.above) >= maxNested:
		k.mark(d, place{server: s}, ServersCycle)
		return nil, k.asked.fail(shown(s.name), Cycle, "", nil)
	}
	types := []uint16{mdns.TypeA, mdns.TypeAAAA}
	switch k.family {
	case IPv4:
		types = types[:1]
	case IPv6:
		types = types[1:]
	}
	var last error
	for _, qtype := range types {
		inner := &walk{Walker: k.Walker, ctx: k.ctx, asked: question{name: s.name, qtype: qtype}, spent: k.spent, above: append(slices.Clone(k.above), s.name)}
		got, err := inner.follow()
		if found := addresses(got.found); len(found) > 0 {
			return k.found(s, found[:min(len(found), maxGlueOf)]), nil
		}
		var e *Error
		if last = err; errors.As(err, &e) && e.Kind == NotFound {
			break // RFC 8020: no other type either
		}
	}
	k.mark(d, place{server: s}, NoAddress)
	return nil, k.ofServer(s, last)
}

// ofServer is the failure to find a server, which says nothing of the name that was asked for: that its server does
// not exist does not mean that the name does not.
func (k *walk) ofServer(s *nameServer, err error) error {
	var e *Error
	if errors.As(err, &e) && (e.Kind == Cycle || e.Kind == Budget || e.Kind == Cancelled) {
		return k.asked.fail(shown(s.name), e.Kind, "", err)
	}
	return k.asked.fail(shown(s.name), Unreachable, "", err)
}

// found keeps the addresses of a server for all walks of the run.
func (w *Walker) found(s *nameServer, addrs []netip.Addr) []place {
	w.mu.Lock()
	defer w.mu.Unlock()
	s.addrs, s.origin = addrs, FromLookup
	var all []place
	for _, a := range addrs {
		all = append(all, place{server: s, addr: a, origin: FromLookup})
	}
	return all
}

// Windows reports these numbers where syscall's names stand for others.
const (
	wsaNETUNREACH   = syscall.Errno(10051)
	wsaADDRNOTAVAIL = syscall.Errno(10049)
	wsaAFNOSUPPORT  = syscall.Errno(10047)
)

// isNoRoute reports that this device has no way to any address of the family.
func isNoRoute(err error) bool {
	for _, e := range []error{syscall.ENETUNREACH, syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT, wsaNETUNREACH, wsaADDRNOTAVAIL, wsaAFNOSUPPORT} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

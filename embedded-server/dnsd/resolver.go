package dnsd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"todoku/internal/trace"
)

// Limits of one question to the resolver, whatever the zones say.
const (
	maxAsked     = 60 // questions to servers
	maxReferrals = 16 // delegations followed for one name
	maxDepth     = 5  // names of servers that must be resolved to resolve names of servers
)

// Hint is one root server.
type Hint struct {
	Name  string
	Addrs []string // without port
}

// Resolver walks from the root (RFC 1034 section 5.3.3) and validates what it finds (RFC 4035 section 4 and 5).
type Resolver struct {
	roots  []Hint
	anchor []*dns.DS
	asker  *Asker
	span   *trace.Span
	cache  *cache
}

// NewResolver makes a resolver that knows only the root servers and the root's keys; without anchor it validates
// nothing. Its questions go through asker and are events of span.
func NewResolver(roots []Hint, anchor []*dns.DS, asker *Asker, span *trace.Span, now func() time.Time) *Resolver {
	if now == nil {
		now = time.Now
	}
	return &Resolver{roots: roots, anchor: anchor, asker: asker, span: span, cache: newCache(now)}
}

// walk is one client's question on its way through the tree.
type walk struct {
	r     *Resolver
	asked int
}

var errLimit = errors.New("too many questions for one answer: a loop in the delegations")

// recurse answers a client's message.
func (r *Resolver) recurse(ctx context.Context, m, req *dns.Msg) {
	m.RecursionAvailable = true
	if !req.RecursionDesired {
		m.Rcode = dns.RcodeRefused
		return
	}
	q := req.Question[0]
	w := &walk{r: r}
	name := dns.CanonicalName(q.Name)
	all := verdict{trust: secure}
	for range maxAliases {
		res, err := w.lookup(ctx, name, q.Qtype, 0)
		if err != nil {
			fail(m, dns.ExtendedErrorCodeNoReachableAuthority)
			return
		}
		if res.verdict.trust == bogus && !req.CheckingDisabled {
			fail(m, res.verdict.why)
			return
		}
		all = all.and(res.verdict)
		m.Rcode = res.rcode
		m.Answer = append(m.Answer, res.answer...)
		alias := aliasOf(res, q.Qtype)
		if alias == "" {
			m.Ns = append(m.Ns, res.denial...)
			finish(m, req, all)
			return
		}
		name = alias
	}
	fail(m, dns.ExtendedErrorCodeOther) // the aliases go round in circles
}

// fail answers SERVFAIL and says why (RFC 8914).
func fail(m *dns.Msg, why uint16) {
	m.Rcode, m.Answer, m.Ns = dns.RcodeServerFailure, nil, nil
	m.SetEdns0(maxUDP, false)
	opt := m.IsEdns0()
	opt.Option = append(opt.Option, &dns.EDNS0_EDE{InfoCode: why})
}

// finish sets AD for one who wants to know (RFC 6840 section 5.7 and 5.8) and leaves out DNSSEC records for one who does
// not.
func finish(m, req *dns.Msg, v verdict) {
	do := understands(req)
	m.AuthenticatedData = v.trust == secure && (do || req.AuthenticatedData)
	if do {
		return
	}
	foreign := func(rr dns.RR) bool {
		t := rr.Header().Rrtype
		return t != req.Question[0].Qtype && (t == dns.TypeRRSIG || t == dns.TypeNSEC || t == dns.TypeNSEC3)
	}
	m.Answer, m.Ns = slices.DeleteFunc(m.Answer, foreign), slices.DeleteFunc(m.Ns, foreign)
}

// aliasOf gives the name to go on with, "" if the result is final.
func aliasOf(res result, qtype uint16) string {
	if len(res.answer) == 0 || qtype == dns.TypeCNAME {
		return ""
	}
	if c, ok := res.answer[0].(*dns.CNAME); ok {
		return dns.CanonicalName(c.Target)
	}
	return ""
}

// lookup gives the set of one name and type, or its CNAME, or the proof that there is none. depth counts lookups
// that serve other lookups.
func (w *walk) lookup(ctx context.Context, name string, qtype uint16, depth int) (result, error) {
	if depth > maxDepth {
		return result{}, errLimit
	}
	for _, t := range []uint16{qtype, dns.TypeCNAME} {
		if res, ok := w.r.cache.get(name, t); ok && (t == qtype || len(res.answer) > 0) {
			return res, nil
		}
	}
	above := name
	if qtype == dns.TypeDS && name != "." { // the parent holds it
		above = parentOf(name)
	}
	at, ok := w.r.cache.nearest(above)
	if !ok {
		at = w.r.root()
	}
	for range maxReferrals {
		res, next, err := w.askZone(ctx, at, name, qtype, depth)
		if err != nil || next == nil {
			return res, err
		}
		if next.verdict.trust != bogus {
			w.r.cache.delegate(*next)
		}
		at = *next
	}
	return result{}, errLimit
}

func (r *Resolver) root() cut {
	d := cut{zone: ".", glue: make(map[string][]string), ds: r.anchor}
	if len(r.anchor) > 0 {
		d.verdict.trust = secure
	}
	for _, h := range r.roots {
		name := dns.CanonicalName(h.Name)
		d.servers = append(d.servers, name)
		d.glue[name] = h.Addrs
	}
	return d
}

// askZone asks the zone's servers until one gives a result or a delegation further down. What fails validation is the
// result only if every server says so.
func (w *walk) askZone(ctx context.Context, at cut, name string, qtype uint16, depth int) (result, *cut, error) {
	if at.verdict.trust == secure && len(at.keys) == 0 {
		at = w.withKeys(ctx, at, depth)
		if res, ok := w.r.cache.get(name, qtype); ok {
			return res, nil, nil // the question was for the keys
		}
	}
	var res result
	var next *cut
	found := false
	err := w.each(ctx, at, name, qtype, depth, func(m *dns.Msg) error {
		r, below, err := w.r.read(m, at, name, qtype)
		if err != nil {
			return err
		}
		res, next, found = r, below, true
		if r.verdict.trust == bogus || below != nil && below.verdict.trust == bogus {
			return errBogus
		}
		return nil
	})
	if found {
		return res, next, nil
	}
	return result{}, nil, err
}

// each asks the zone's servers in turn until one's answer is enough, and gives the last error if none is.
func (w *walk) each(ctx context.Context, at cut, name string, qtype uint16, depth int, enough func(*dns.Msg) error) error {
	var last error
	for _, server := range at.servers {
		addrs := at.glue[server]
		if len(addrs) == 0 {
			addrs = w.addresses(ctx, at.zone, server, depth)
		}
		for _, addr := range addrs {
			if w.asked++; w.asked > maxAsked {
				return errLimit
			}
			p := Peer{Name: strings.TrimSuffix(server, "."), Addr: net.JoinHostPort(addr, "53")}
			m, err := w.r.asker.Ask(ctx, w.r.span, p, name, qtype, false)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err == nil {
				if err = enough(m); err == nil {
					return nil
				}
				err = fmt.Errorf("%s: %w", p.Name, err)
			}
			last = err
		}
	}
	if last == nil {
		last = fmt.Errorf("no server of %s has an address", at.zone)
	}
	return last
}

// withKeys fetches the keys of a secure zone and gives the delegation that knows them, or one that is bogus.
func (w *walk) withKeys(ctx context.Context, at cut, depth int) cut {
	at.verdict = verdict{bogus, dns.ExtendedErrorCodeDNSKEYMissing}
	w.each(ctx, at, at.zone, dns.TypeDNSKEY, depth, func(m *dns.Msg) error {
		res := result{answer: pick(m.Answer, at.zone, dns.TypeDNSKEY)}
		sigs := signaturesOf(m.Answer, at.zone, dns.TypeDNSKEY)
		at.keys, at.verdict = vouched(res.answer, sigs, at, w.r.cache.now())
		if res.verdict = at.verdict; at.verdict.trust != secure {
			return errBogus
		}
		res.answer = append(res.answer, sigs...)
		w.r.cache.put(at.zone, dns.TypeDNSKEY, res)
		at.expires = w.r.cache.now().Add(ttl(res.answer))
		w.r.cache.delegate(at)
		return nil
	})
	return at
}

// addresses resolves a server's name that came without glue. A name inside the zone that it serves cannot be had so.
func (w *walk) addresses(ctx context.Context, zone, server string, depth int) []string {
	if dns.IsSubDomain(zone, server) && zone != "." {
		return nil
	}
	res, err := w.lookup(ctx, server, dns.TypeA, depth+1)
	if err != nil {
		return nil
	}
	var addrs []string
	for _, rr := range res.answer {
		if a, ok := rr.(*dns.A); ok {
			addrs = append(addrs, a.A.String())
		}
	}
	return addrs
}

var errLame = errors.New("lame: the server does not know the zone that is delegated to it")

// read decides what a server's answer is: a result, a delegation, or nothing that helps. Records that the zone has
// no say in are passed over.
func (r *Resolver) read(m *dns.Msg, at cut, name string, qtype uint16) (result, *cut, error) {
	if m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError {
		return result{}, nil, errors.New(dns.RcodeToString[m.Rcode])
	}
	now := r.cache.now()
	for _, t := range []uint16{qtype, dns.TypeCNAME} {
		if set := pick(m.Answer, name, t); len(set) > 0 {
			sigs := signaturesOf(m.Answer, name, t)
			res := result{answer: append(set, sigs...), verdict: at.judge(set, sigs, now)}
			r.cache.put(name, t, res)
			return res, nil, nil
		}
	}
	if m.Rcode == dns.RcodeSuccess {
		if next := referral(m, at.zone, name); next != nil {
			next.expires = now.Add(max(ttl(m.Ns), time.Second))
			next.verdict, next.ds = at.below(m.Ns, next.zone, now)
			return result{}, next, nil
		}
	}
	if !m.Authoritative {
		return result{}, nil, errLame
	}
	res := result{rcode: m.Rcode, denial: denialIn(m.Ns, at.zone), verdict: at.judgeDenial(m, name, qtype, now)}
	r.cache.put(name, qtype, res)
	return res, nil, nil
}

// denialIn gives the records of a negative answer that the zone has a say in, the SOA first.
func denialIn(rrs []dns.RR, zone string) []dns.RR {
	var soa, others []dns.RR
	for _, rr := range rrs {
		if !dns.IsSubDomain(zone, dns.CanonicalName(rr.Header().Name)) {
			continue
		}
		switch rr.(type) {
		case *dns.SOA:
			soa = append(soa, rr)
		case *dns.RRSIG, *dns.NSEC, *dns.NSEC3:
			others = append(others, rr)
		}
	}
	if len(soa) == 0 {
		return nil
	}
	return append(soa, others...)
}

// pick gives the records of one owner and type.
func pick(rrs []dns.RR, name string, qtype uint16) []dns.RR {
	var set []dns.RR
	for _, rr := range rrs {
		if rr.Header().Rrtype == qtype && dns.CanonicalName(rr.Header().Name) == name {
			set = append(set, rr)
		}
	}
	return set
}

// referral reads a delegation to a zone that lies below the one asked and above the name. Glue is believed only for
// names inside the zone that was asked (bailiwick).
func referral(m *dns.Msg, zone, name string) *cut {
	var d *cut
	for _, rr := range m.Ns {
		ns, ok := rr.(*dns.NS)
		if !ok {
			continue
		}
		owner := dns.CanonicalName(ns.Hdr.Name)
		if owner == zone || !dns.IsSubDomain(zone, owner) || !dns.IsSubDomain(owner, name) {
			continue
		}
		if d == nil {
			d = &cut{zone: owner, glue: make(map[string][]string)}
		}
		if owner == d.zone && len(d.servers) < 13 {
			d.servers = append(d.servers, dns.CanonicalName(ns.Ns))
		}
	}
	if d == nil {
		return nil
	}
	for _, server := range d.servers {
		if !dns.IsSubDomain(zone, server) {
			continue
		}
		for _, rr := range pick(m.Extra, server, dns.TypeA) {
			d.glue[server] = append(d.glue[server], rr.(*dns.A).A.String())
		}
	}
	return d
}

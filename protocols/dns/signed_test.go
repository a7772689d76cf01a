package dns

import (
	"crypto"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
)

// signedZone is a zone with keys, served as RFC 4035 section 3.1 says. It is written apart from the validator: names are
// ordered and hashed here in another way.
type signedZone struct {
	t          testing.TB
	origin     string
	nodes      map[string]map[uint16][]mdns.RR
	key        *mdns.DNSKEY
	signer     crypto.Signer
	nsec3      bool
	optOut     bool
	iterations uint16
	from, to   time.Duration        // of the signatures, from now
	unsigned   bool                 // serves no signatures, keys or proofs
	spoil      func(q, m *mdns.Msg) // changes an answer on its way out
	mu         sync.Mutex
	links      []mdns.RR
	sigs       map[string]*mdns.RRSIG // by owner and type
}

type zoneOption func(*signedZone)

func withNSEC3(iterations uint16) zoneOption {
	return func(z *signedZone) { z.nsec3, z.iterations = true, iterations }
}
func withOptOut(z *signedZone)  { z.nsec3, z.optOut = true, true }
func withoutKeys(z *signedZone) { z.unsigned = true }
func withEd25519(z *signedZone) { z.makeKey(mdns.ED25519, 256) }
func withP384(z *signedZone)    { z.makeKey(mdns.ECDSAP384SHA384, 384) }
func withRSA(z *signedZone)     { z.makeKey(mdns.RSASHA256, 1024) }
func validFor(from, to time.Duration) zoneOption {
	return func(z *signedZone) { z.from, z.to = from, to }
}
func spoiled(f func(q, m *mdns.Msg)) zoneOption { return func(z *signedZone) { z.spoil = f } }

func newSignedZone(t testing.TB, origin string, lines []string, options ...zoneOption) *signedZone {
	t.Helper()
	z := &signedZone{t: t, origin: origin, nodes: map[string]map[uint16][]mdns.RR{}, from: -time.Hour, to: time.Hour, sigs: map[string]*mdns.RRSIG{}}
	z.makeKey(mdns.ECDSAP256SHA256, 256)
	for _, o := range options {
		o(z)
	}
	z.add(origin + " 300 IN SOA ns1." + strings.TrimPrefix(origin, ".") + " host.test. 1 1 1 1 60")
	for _, l := range lines {
		z.add(l)
	}
	if !z.unsigned {
		z.put(z.key)
	}
	return z
}

func (z *signedZone) makeKey(algorithm uint8, size int) {
	z.key = &mdns.DNSKEY{Hdr: mdns.RR_Header{Name: z.origin, Rrtype: mdns.TypeDNSKEY, Class: mdns.ClassINET, Ttl: 300}, Flags: 257, Protocol: 3, Algorithm: algorithm}
	private, err := z.key.Generate(size)
	if err != nil {
		z.t.Fatal(err)
	}
	z.signer = private.(crypto.Signer)
}

// ds is the line for the parent.
func (z *signedZone) ds() string { return z.key.ToDS(mdns.SHA256).String() }

func (z *signedZone) add(line string) {
	rr, err := mdns.NewRR(line)
	if err != nil {
		z.t.Fatal(line, err)
	}
	z.put(rr)
}

func (z *signedZone) put(rr mdns.RR) {
	h := rr.Header()
	if z.nodes[h.Name] == nil {
		z.nodes[h.Name] = map[uint16][]mdns.RR{}
	}
	z.nodes[h.Name][h.Rrtype] = append(z.nodes[h.Name][h.Rrtype], rr)
}

// cutAbove is the delegation that a name is at or below, or "".
func (z *signedZone) cutAbove(name string) string {
	for at := name; at != z.origin && mdns.IsSubDomain(z.origin, at); at = parentOf(at) {
		if len(z.nodes[at][mdns.TypeNS]) > 0 {
			return at
		}
	}
	return ""
}

func parentOf(name string) string {
	i, end := mdns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[i:]
}

func (z *signedZone) exists(name string) bool {
	for owner := range z.nodes {
		if mdns.IsSubDomain(name, owner) {
			return true
		}
	}
	return false
}

// signed is a set with its signature; owner is the name to give it, for a wildcard.
func (z *signedZone) signed(set []mdns.RR, owner string) []mdns.RR {
	if len(set) == 0 {
		return nil
	}
	out := []mdns.RR{}
	for _, rr := range set {
		c := mdns.Copy(rr)
		c.Header().Name = owner
		out = append(out, c)
	}
	if z.unsigned {
		return out
	}
	h := set[0].Header()
	id := h.Name + mdns.TypeToString[h.Rrtype]
	sig := z.sigs[id]
	if sig == nil {
		now := time.Now()
		sig = &mdns.RRSIG{Hdr: mdns.RR_Header{Ttl: h.Ttl}, Algorithm: z.key.Algorithm, KeyTag: z.key.KeyTag(), SignerName: z.origin,
			Inception: uint32(now.Add(z.from).Unix()), Expiration: uint32(now.Add(z.to).Unix())}
		if err := sig.Sign(z.signer, set); err != nil {
			z.t.Error(err)
		}
		z.sigs[id] = sig
	}
	c := mdns.Copy(sig)
	c.Header().Name = owner
	return append(out, c)
}

func (z *signedZone) soa() []mdns.RR { return z.signed(z.nodes[z.origin][mdns.TypeSOA], z.origin) }

// owners are the names that the zone speaks for, in canonical order; with empty ones between for NSEC3.
func (z *signedZone) owners() []string {
	all := map[string]bool{}
	for name := range z.nodes {
		if cut := z.cutAbove(name); cut != "" && cut != name {
			continue
		}
		if z.optOut && z.cutAbove(name) == name && len(z.nodes[name][mdns.TypeDS]) == 0 {
			continue
		}
		all[name] = true
		for up := name; z.nsec3 && up != z.origin; up = parentOf(up) {
			all[up] = true
		}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int { return strings.Compare(turned(a), turned(b)) })
}

// turned writes a name so that plain comparing gives the canonical order, for names of letters, digits and * alone.
func turned(name string) string {
	labels := mdns.SplitDomainName(name)
	slices.Reverse(labels)
	return strings.Join(labels, "\x01")
}

func (z *signedZone) types(name string) []uint16 {
	types := slices.Collect(maps.Keys(z.nodes[name]))
	if cut := z.cutAbove(name); cut == name && cut != "" {
		types = slices.DeleteFunc(types, func(t uint16) bool { return t != mdns.TypeNS && t != mdns.TypeDS })
	}
	if len(types) > 0 && !(z.nsec3 && len(types) == 1 && types[0] == mdns.TypeNS) {
		types = append(types, mdns.TypeRRSIG)
	}
	if !z.nsec3 {
		types = append(types, mdns.TypeNSEC)
	}
	slices.Sort(types)
	return types
}

func (z *signedZone) hash(name string) string {
	return mdns.HashName(name, mdns.SHA1, z.iterations, "ab")
}

// chain is all NSEC or NSEC3 records of the zone.
func (z *signedZone) chain() []mdns.RR {
	if z.links == nil {
		z.links = z.chainOf()
	}
	return z.links
}

func (z *signedZone) chainOf() []mdns.RR {
	owners := z.owners()
	var out []mdns.RR
	if !z.nsec3 {
		for i, name := range owners {
			out = append(out, &mdns.NSEC{Hdr: mdns.RR_Header{Name: name, Rrtype: mdns.TypeNSEC, Class: mdns.ClassINET, Ttl: 60},
				NextDomain: owners[(i+1)%len(owners)], TypeBitMap: z.types(name)})
		}
		return out
	}
	byHash := map[string]string{}
	for _, name := range owners {
		byHash[z.hash(name)] = name
	}
	hashes := slices.Sorted(maps.Keys(byHash))
	for i, h := range hashes {
		n := &mdns.NSEC3{Hdr: mdns.RR_Header{Name: mdns.CanonicalName(h + "." + strings.TrimPrefix(z.origin, ".")), Rrtype: mdns.TypeNSEC3, Class: mdns.ClassINET, Ttl: 60},
			Hash: mdns.SHA1, Iterations: z.iterations, SaltLength: 1, Salt: "ab", HashLength: 20, NextDomain: hashes[(i+1)%len(hashes)], TypeBitMap: z.types(byHash[h])}
		if z.optOut {
			n.Flags = 1
		}
		out = append(out, n)
	}
	return out
}

// gap gives the record that matches or covers the name.
func (z *signedZone) gap(name string) mdns.RR {
	chain := z.chain()
	last := chain[len(chain)-1]
	if z.nsec3 {
		h := strings.ToLower(z.hash(name))
		for _, rr := range chain {
			if strings.SplitN(rr.Header().Name, ".", 2)[0] > h {
				break
			}
			last = rr
		}
		return last
	}
	for _, rr := range chain {
		if turned(rr.Header().Name) > turned(name) {
			break
		}
		last = rr
	}
	return last
}

// deny adds the records that cover or match names, each once.
func (z *signedZone) deny(m *mdns.Msg, names ...string) {
	if z.unsigned {
		return
	}
	seen := map[string]bool{}
	for _, name := range names {
		rr := z.gap(name)
		if !seen[rr.Header().Name] {
			seen[rr.Header().Name] = true
			m.Ns = append(m.Ns, z.signed([]mdns.RR{rr}, rr.Header().Name)...)
		}
	}
}

// enclosing gives the closest name above that exists and the name one label longer.
func (z *signedZone) enclosing(name string) (encloser, next string) {
	for next = name; !z.exists(parentOf(next)); next = parentOf(next) {
	}
	return parentOf(next), next
}

func (z *signedZone) answer(_ string, q *mdns.Msg) *mdns.Msg {
	z.mu.Lock()
	defer z.mu.Unlock()
	m := new(mdns.Msg).SetReply(q)
	z.fill(m, mdns.CanonicalName(q.Question[0].Name), q.Question[0].Qtype)
	if opt := q.IsEdns0(); opt == nil || !opt.Do() {
		bare := func(rr mdns.RR) bool {
			switch rr.Header().Rrtype {
			case mdns.TypeRRSIG, mdns.TypeNSEC, mdns.TypeNSEC3, mdns.TypeDS:
				return rr.Header().Rrtype != q.Question[0].Qtype
			}
			return false
		}
		m.Answer, m.Ns = slices.DeleteFunc(m.Answer, bare), slices.DeleteFunc(m.Ns, bare)
	}
	if z.spoil != nil {
		z.spoil(q, m)
	}
	return m
}

func (z *signedZone) fill(m *mdns.Msg, name string, rrtype uint16) {
	if cut := z.cutAbove(name); cut != "" && !(cut == name && rrtype == mdns.TypeDS) {
		m.Ns = slices.Clone(z.nodes[cut][mdns.TypeNS])
		for _, rr := range m.Ns {
			host := rr.(*mdns.NS).Ns
			m.Extra = append(m.Extra, slices.Concat(z.nodes[host][mdns.TypeA], z.nodes[host][mdns.TypeAAAA])...)
		}
		if ds := z.signed(z.nodes[cut][mdns.TypeDS], cut); ds != nil {
			m.Ns = append(m.Ns, ds...)
			return
		}
		z.denyDS(m, cut)
		return
	}
	m.Authoritative = true
	if node := z.nodes[name]; node != nil {
		switch {
		case len(node[rrtype]) > 0:
			m.Answer = append(m.Answer, z.signed(node[rrtype], name)...)
		case len(node[mdns.TypeCNAME]) > 0:
			m.Answer = append(m.Answer, z.signed(node[mdns.TypeCNAME], name)...)
			z.fill(m, node[mdns.TypeCNAME][0].(*mdns.CNAME).Target, rrtype)
		default:
			m.Ns = append(m.Ns, z.soa()...)
			z.denyDS(m, name)
		}
		return
	}
	if !mdns.IsSubDomain(z.origin, name) {
		return
	}
	for up := name; up != z.origin; up = parentOf(up) {
		if set := z.nodes[up][mdns.TypeDNAME]; len(set) > 0 {
			target := strings.TrimSuffix(name, up) + set[0].(*mdns.DNAME).Target
			m.Answer = append(z.signed(set, up), &mdns.CNAME{Hdr: mdns.RR_Header{Name: name, Rrtype: mdns.TypeCNAME, Class: mdns.ClassINET, Ttl: 60}, Target: target})
			z.fill(m, target, rrtype)
			return
		}
	}
	m.Ns = append(m.Ns, z.soa()...)
	if z.exists(name) {
		z.deny(m, name)
		return
	}
	encloser, next := z.enclosing(name)
	wild := "*." + strings.TrimPrefix(encloser, ".")
	switch node := z.nodes[wild]; {
	case node != nil && len(node[rrtype]) > 0:
		m.Answer, m.Ns = z.signed(node[rrtype], name), nil
		z.deny(m, next)
	case node != nil:
		z.deny(m, next, encloser, wild)
	case z.nsec3:
		m.Rcode = mdns.RcodeNameError
		z.deny(m, encloser, next, wild)
	default:
		m.Rcode = mdns.RcodeNameError
		z.deny(m, next, wild)
	}
}

// denyDS proves what a name lacks; with opt-out a delegation may have no record of its own.
func (z *signedZone) denyDS(m *mdns.Msg, name string) {
	if z.optOut && z.cutAbove(name) == name {
		z.deny(m, parentOf(name), name)
		return
	}
	z.deny(m, name)
}

// answered is what a zone says to one question.
func answered(z *signedZone, name string, rrtype uint16) *mdns.Msg {
	m := new(mdns.Msg)
	z.fill(m, name, rrtype)
	return m
}

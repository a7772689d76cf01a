package dnsd

import (
	"fmt"
	"strings"

	"github.com/miekg/dns"
)

// Zone is one zone's data (RFC 1035 section 6): a tree of names, each with its record sets.
type Zone struct {
	Origin string // lower case, with the last dot
	soa    *dns.SOA
	gone   *dns.SOA                       // the same as negative answers show it
	names  map[string]map[uint16][]dns.RR // an empty non-terminal has an empty map
	signer *signer                        // nil: the zone is not signed
	denial *chain
	how    Denial
}

// query is one name and type, and whether the asker understands DNSSEC (the DO bit, RFC 3225).
type query struct {
	name  string // canonical
	qtype uint16
	do    bool
}

// maxZone bounds what ParseZone reads, in records.
const maxZone = 100_000

// ParseZone reads a zone in master file form (RFC 1035 section 5). It must hold one SOA and at least one NS at its
// origin, and no name outside it.
func ParseZone(origin, text string) (*Zone, error) {
	z := &Zone{Origin: dns.CanonicalName(origin), names: make(map[string]map[uint16][]dns.RR)}
	p := dns.NewZoneParser(strings.NewReader(text), z.Origin, z.Origin+"zone")
	n := 0
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		if n++; n > maxZone {
			return nil, fmt.Errorf("zone %s: more than %d records", origin, maxZone)
		}
		if err := z.add(rr); err != nil {
			return nil, err
		}
	}
	if err := p.Err(); err != nil {
		return nil, fmt.Errorf("zone %s: %w", origin, err)
	}
	if z.soa == nil || len(z.names[z.Origin][dns.TypeNS]) == 0 {
		return nil, fmt.Errorf("zone %s: needs a SOA and an NS record at %s", origin, z.Origin)
	}
	return z, nil
}

func (z *Zone) add(rr dns.RR) error {
	name := dns.CanonicalName(rr.Header().Name)
	if !dns.IsSubDomain(z.Origin, name) {
		return fmt.Errorf("zone %s: %s is outside it", z.Origin, name)
	}
	if soa, ok := rr.(*dns.SOA); ok {
		if z.soa != nil || name != z.Origin {
			return fmt.Errorf("zone %s: one SOA, at %s, not at %s", z.Origin, z.Origin, name)
		}
		z.soa, z.gone = soa, dns.Copy(soa).(*dns.SOA)
		z.gone.Hdr.Ttl = min(soa.Hdr.Ttl, soa.Minttl) // RFC 2308 section 3
	}
	for parent := name; ; {
		if z.names[parent] == nil {
			z.names[parent] = make(map[uint16][]dns.RR)
		}
		if parent == z.Origin {
			break
		}
		parent = parentOf(parent)
	}
	sets := z.names[name]
	for _, have := range sets[rr.Header().Rrtype] {
		if dns.IsDuplicate(have, rr) {
			return nil // a set has each record once (RFC 2181 section 5)
		}
	}
	sets[rr.Header().Rrtype] = append(sets[rr.Header().Rrtype], rr)
	return nil
}

// parentOf removes the leftmost label.
func parentOf(name string) string {
	i, end := dns.NextLabel(name, 0)
	if end {
		return "."
	}
	return name[i:]
}

// answer fills m with what the zone says of the question (RFC 1034 section 4.3.2), with the proof of what is not there
// if that was wanted. It gives the target of a CNAME that has not been followed, or "".
func (z *Zone) answer(m *dns.Msg, q query) string {
	if cut := z.cut(q.name); cut != "" && (cut != q.name || q.qtype != dns.TypeDS) { // DS belongs to the parent
		z.refer(m, cut, q.do)
		return ""
	}
	m.Authoritative = true
	sets, exists := z.names[q.name]
	if !exists {
		m.Rcode = dns.RcodeNameError // after aliases too: the code is that of the last name (RFC 6604)
		z.deny(m, q, omission{})
		return ""
	}
	if alias := sets[dns.TypeCNAME]; len(alias) > 0 && q.qtype != dns.TypeCNAME && q.qtype != dns.TypeANY {
		m.Answer = append(m.Answer, alias[0])
		return dns.CanonicalName(alias[0].(*dns.CNAME).Target)
	}
	found := z.find(q)
	if len(found) == 0 {
		z.deny(m, q, omission{})
		return ""
	}
	m.Answer = append(m.Answer, found...)
	z.addresses(m, found)
	return ""
}

// find gives the set of a name that exists.
func (z *Zone) find(q query) []dns.RR {
	sets := z.names[q.name]
	switch q.qtype {
	case dns.TypeANY: // RFC 8482: one set is enough
		return firstSet(sets)
	case dns.TypeRRSIG:
		if one := firstSet(sets); len(one) > 0 && z.signs(q.name, one[0].Header().Rrtype) {
			return []dns.RR{z.signature(one)}
		}
	case dns.TypeNSEC:
		if z.denial != nil && !z.denial.hashed {
			return distinct(z.denial.match(q.name))
		}
	}
	return sets[q.qtype]
}

// deny says that the name, or with rcode 0 the type, is not there, and proves it. What is omitted is denied although
// the zone holds it.
func (z *Zone) deny(m *dns.Msg, q query, without omission) {
	m.Ns = append(m.Ns, z.gone)
	if !q.do || z.denial == nil {
		return
	}
	c := z.denial
	if without.name != "" && (without.qtype != 0 || without.name != z.Origin) { // the apex is there as long as its zone
		c = newChain(z, z.how, without)
	}
	if m.Rcode == dns.RcodeNameError {
		m.Ns = append(m.Ns, c.absence(q.name)...)
		return
	}
	m.Ns = append(m.Ns, c.lack(q.name)...)
}

// cut gives the highest zone cut between the origin and the name, "" if there is none.
func (z *Zone) cut(name string) string {
	found := ""
	for ; name != z.Origin; name = parentOf(name) {
		if len(z.names[name][dns.TypeNS]) > 0 {
			found = name
		}
	}
	return found
}

// refer sends the asker to the servers of the zone below, with its DS records or the proof that it has none (RFC 4035
// section 3.1.4).
func (z *Zone) refer(m *dns.Msg, cut string, do bool) {
	ns := z.names[cut][dns.TypeNS]
	m.Ns = append(m.Ns, ns...)
	if do && z.signer != nil {
		m.Ns = append(m.Ns, z.link(cut)...)
	}
	z.addresses(m, ns)
}

// link is the DS set of a delegation, or the proof that there is none.
func (z *Zone) link(cut string) []dns.RR {
	if ds := z.names[cut][dns.TypeDS]; len(ds) > 0 {
		return ds
	}
	return z.denial.lack(cut)
}

// addresses puts into the additional section what the zone knows of the hosts that the records name: glue included.
func (z *Zone) addresses(m *dns.Msg, rrs []dns.RR) {
	for _, rr := range rrs {
		sets := z.names[target(rr)]
		m.Extra = append(m.Extra, sets[dns.TypeA]...)
		m.Extra = append(m.Extra, sets[dns.TypeAAAA]...)
	}
}

// target is the host that a record names, "" if it names none.
func target(rr dns.RR) string {
	switch rr := rr.(type) {
	case *dns.NS:
		return dns.CanonicalName(rr.Ns)
	case *dns.MX:
		return dns.CanonicalName(rr.Mx)
	case *dns.SRV:
		return dns.CanonicalName(rr.Target)
	}
	return ""
}

func firstSet(sets map[uint16][]dns.RR) []dns.RR {
	for _, t := range []uint16{dns.TypeSOA, dns.TypeMX, dns.TypeA, dns.TypeAAAA, dns.TypeTXT, dns.TypePTR, dns.TypeSRV, dns.TypeCNAME} {
		if len(sets[t]) > 0 {
			return sets[t]
		}
	}
	return nil
}

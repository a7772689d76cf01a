package dnsd

import (
	"slices"
	"sort"
	"strings"

	"github.com/miekg/dns"
)

// chain is the zone's names in the order in which their absence is proved: by name (NSEC) or by hash (NSEC3).
type chain struct {
	hashed bool
	links  []link
	rrs    []dns.RR // one for each link
}

type link struct {
	key   string // canonical order of the name, or its hash in base32hex, whose order is that of the hashes
	owner string
	types []uint16
}

// omission is what a fault rule wants to be denied although the zone holds it: a type of a name, or, with type 0, the
// name and all below it. The zero value is nothing.
type omission struct {
	name  string
	qtype uint16
}

func (o omission) hides(name string) bool {
	return o.name != "" && o.qtype == 0 && dns.IsSubDomain(o.name, name)
}

// newChain reads the names of a zone.
func newChain(z *Zone, how Denial, without omission) *chain {
	c := &chain{hashed: how != NSEC}
	for name := range z.names {
		if without.hides(name) {
			continue
		}
		if types, ok := z.provenTypes(name, how); ok {
			if name == without.name {
				types = slices.DeleteFunc(types, func(t uint16) bool { return t == without.qtype || t == dns.TypeCNAME })
			}
			c.links = append(c.links, link{c.key(name), name, types})
		}
	}
	slices.SortFunc(c.links, func(a, b link) int { return strings.Compare(a.key, b.key) })
	ttl := min(z.soa.Hdr.Ttl, z.soa.Minttl) // RFC 9077 section 3
	for i, l := range c.links {
		next := c.links[(i+1)%len(c.links)]
		if !c.hashed {
			c.rrs = append(c.rrs, &dns.NSEC{Hdr: z.header(l.owner, dns.TypeNSEC, ttl), NextDomain: next.owner, TypeBitMap: l.types})
			continue
		}
		owner := strings.ToLower(l.key) + "." + strings.TrimPrefix(z.Origin, ".")
		rr := &dns.NSEC3{Hdr: z.header(owner, dns.TypeNSEC3, ttl), Hash: dns.SHA1, HashLength: 20, NextDomain: next.key, TypeBitMap: l.types}
		if how == NSEC3OptOut {
			rr.Flags = 1
		}
		c.rrs = append(c.rrs, rr)
	}
	return c
}

// provenTypes lists what the chain says of a name, and whether it says anything: glue has no place in it, and an
// empty non-terminal has one among hashes only (RFC 5155 section 7.1).
func (z *Zone) provenTypes(name string, how Denial) ([]uint16, bool) {
	cut, sets := z.cut(name), z.names[name]
	if cut != "" && cut != name {
		return nil, false
	}
	var types []uint16
	for t := range sets {
		if cut == "" || t == dns.TypeNS || t == dns.TypeDS {
			types = append(types, t)
		}
	}
	insecure := cut != "" && len(sets[dns.TypeDS]) == 0
	switch {
	case how == NSEC && len(types) == 0:
		return nil, false
	case how == NSEC:
		types = append(types, dns.TypeRRSIG, dns.TypeNSEC)
	case how == NSEC3OptOut && (insecure || len(types) == 0 && !z.secureBelow(name)):
		return nil, false
	case len(types) > 0 && !insecure:
		types = append(types, dns.TypeRRSIG)
	}
	slices.Sort(types)
	return types, true
}

// secureBelow reports whether an empty non-terminal is there for more than delegations that are opted out.
func (z *Zone) secureBelow(name string) bool {
	for below, sets := range z.names {
		if below == name || !dns.IsSubDomain(name, below) || len(sets) == 0 {
			continue
		}
		if cut := z.cut(below); cut == "" || cut == below && len(sets[dns.TypeDS]) > 0 {
			return true
		}
	}
	return false
}

func (c *chain) key(name string) string {
	if c.hashed {
		return dns.HashName(name, dns.SHA1, 0, "")
	}
	return sortKey(name)
}

// match gives the record of a name itself, nil if the chain does not know it.
func (c *chain) match(name string) dns.RR {
	k := c.key(name)
	i := sort.Search(len(c.links), func(i int) bool { return c.links[i].key >= k })
	if i == len(c.links) || c.links[i].key != k {
		return nil
	}
	return c.rrs[i]
}

// cover gives the record whose gap a name falls into.
func (c *chain) cover(name string) dns.RR {
	k := c.key(name)
	i := sort.Search(len(c.links), func(i int) bool { return c.links[i].key > k })
	return c.rrs[(i+len(c.links)-1)%len(c.links)] // before the first comes the last
}

// absence proves that the name is not there, nor a wildcard that could stand for it (RFC 4035 section 3.1.3.2, RFC
// 5155 section 7.2.2).
func (c *chain) absence(name string) []dns.RR {
	encloser, next := c.encloser(name)
	wildcard := c.cover("*." + strings.TrimPrefix(encloser, "."))
	if !c.hashed {
		return distinct(c.cover(name), wildcard)
	}
	return distinct(c.match(encloser), c.cover(next), wildcard)
}

// lack proves that the name has not the type that was asked for, which for a delegation is DS (RFC 4035 section
// 3.1.3.1, RFC 5155 section 7.2.3 to 7.2.5).
func (c *chain) lack(name string) []dns.RR {
	if rr := c.match(name); rr != nil {
		return []dns.RR{rr}
	}
	if !c.hashed {
		return []dns.RR{c.cover(name)} // an empty non-terminal
	}
	encloser, next := c.encloser(name) // an opted-out delegation
	return distinct(c.match(encloser), c.cover(next))
}

// encloser gives the nearest name above that the chain knows, and the name one label below it.
func (c *chain) encloser(name string) (encloser, next string) {
	known := func(n string) bool {
		return c.match(n) != nil || !c.hashed && dns.IsSubDomain(n, c.cover(n).(*dns.NSEC).NextDomain)
	}
	for next = name; next != "."; next = encloser {
		if encloser = parentOf(next); known(encloser) {
			return encloser, next
		}
	}
	return ".", name
}

func distinct(rrs ...dns.RR) []dns.RR {
	var out []dns.RR
	for _, rr := range rrs {
		if rr != nil && !slices.Contains(out, rr) {
			out = append(out, rr)
		}
	}
	return out
}

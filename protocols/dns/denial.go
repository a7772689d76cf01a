package dns

import (
	"strconv"

	mdns "github.com/miekg/dns"
)

// denial is what NSEC or NSEC3 records of one reply prove. Both answer the same questions; zone cuts and names below
// them need care, because the records of the parent say nothing about the inside of a child (RFC 6840 section 4.1).
type denial interface {
	// noName proves that the name does not exist, nor a wildcard that would stand for it.
	noName(name string) proof
	// noData proves that the name, or the wildcard that stands for it, has no record of the type.
	noData(name string, rrtype uint16) proof
	// noCloser proves that no name stands between the name and the wildcard of which the last labels are given.
	noCloser(name string, labels int) proof
	// delegates tells whether the name is proved to be a zone cut without DS, or proved to be no cut.
	delegates(name string) (cut, known bool)
}

// proof is the strength of a denial.
type proof int

const (
	unprovedDenial proof = iota
	proved
	provedButOptOut // delegations that are not signed may be there all the same
)

func (p proof) code() string {
	switch p {
	case proved:
		return ""
	case provedButOptOut:
		return codeOptOut
	}
	return codeDenial
}

// denials proves the NSEC and NSEC3 records of a reply's authority section, and gives what they say.
func (c *checker) denials(authority []mdns.RR, zone string, keys []zoneKey) (denial, unproved) {
	var plain nsecs
	ring := &nsec3s{checker: c, zone: zone}
	seen, last := 0, unproved{code: codeDenial}
	for _, rr := range authority {
		h := rr.Header()
		if h.Class != mdns.ClassINET || h.Rrtype != mdns.TypeNSEC && h.Rrtype != mdns.TypeNSEC3 || !mdns.IsSubDomain(zone, h.Name) {
			continue
		}
		if seen++; seen > maxDenials {
			break
		}
		sig, why := c.verify(setOf(authority, h.Name, h.Rrtype), zone, keys)
		if !why.ok() {
			if why.code != codeNoSignature {
				last = why
			}
			if statusOf(why.code) == Indeterminate {
				return nil, why
			}
			continue
		}
		if expanded(sig, h.Name) {
			continue // made from a wildcard, it says nothing about its owner's neighbours
		}
		switch rr := rr.(type) {
		case *mdns.NSEC:
			plain = append(plain, rr)
		case *mdns.NSEC3:
			if rr.Iterations > maxIterations { // the signature over the number was checked first (RFC 9276 section 3.2)
				return nil, unproved{codeIterations, map[string]string{"count": strconv.Itoa(int(rr.Iterations)), "limit": strconv.Itoa(maxIterations)}}
			}
			ring.add(rr)
		}
	}
	switch {
	case len(ring.records) > 0:
		return ring, unproved{}
	case len(plain) > 0:
		return plain, unproved{}
	}
	return nil, last
}

// expanded tells a signature over a wildcard from one over the owner itself.
func expanded(sig *mdns.RRSIG, owner string) bool {
	n := mdns.CountLabel(owner)
	if isWildcard(owner) {
		n--
	}
	return int(sig.Labels) < n
}

func isWildcard(name string) bool { return len(name) > 1 && name[0] == '*' && name[1] == '.' }

// absent proves that a name does not exist, or has no records of the type.
func (c *checker) absent(authority []mdns.RR, q question, nxdomain bool, zone string, keys []zoneKey) unproved {
	d, why := c.denials(authority, zone, keys)
	if !why.ok() {
		return why
	}
	if nxdomain {
		return c.outcome(d.noName(q.name))
	}
	return c.outcome(d.noData(q.name, q.qtype))
}

// noCloser proves that a wildcard was right to answer for the name.
func (c *checker) noCloser(authority []mdns.RR, name string, sig *mdns.RRSIG, zone string, keys []zoneKey) unproved {
	d, why := c.denials(authority, zone, keys)
	if !why.ok() {
		return why
	}
	return c.outcome(d.noCloser(name, int(sig.Labels)))
}

func (c *checker) outcome(p proof) unproved {
	if c.capped {
		return unproved{codeHashes, map[string]string{"limit": strconv.Itoa(maxHashes)}}
	}
	return unproved{code: p.code()}
}

// bits are the types that an NSEC or NSEC3 record lists.
type bits []uint16

func (b bits) has(rrtype uint16) bool {
	for _, t := range b {
		if t == rrtype {
			return true
		}
	}
	return false
}

// cuts says that the owner is a delegation, seen from the parent.
func (b bits) cuts() bool { return b.has(mdns.TypeNS) && !b.has(mdns.TypeSOA) }

// lacks says that the owner has no record of the type. What the parent says of a cut holds for DS alone, and DS is for
// the parent alone to tell.
func (b bits) lacks(rrtype uint16, apex bool) bool {
	if b.has(rrtype) || b.has(mdns.TypeCNAME) {
		return false
	}
	if rrtype == mdns.TypeDS {
		return apex || !b.has(mdns.TypeSOA)
	}
	return !b.cuts()
}

// delegates reads the bits of a name that may be a zone cut. Those of the child's side, or with DS, settle nothing.
func (b bits) delegates() (cut, known bool) {
	return b.has(mdns.TypeNS), !b.has(mdns.TypeSOA) && !b.has(mdns.TypeDS)
}

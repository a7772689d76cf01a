package dnsd

import (
	"slices"
	"time"

	"github.com/miekg/dns"
)

// maxIterations of NSEC3 that are hashed; records with more prove nothing (RFC 9276 section 3.2).
const maxIterations = 100

// proofs are the NSEC and NSEC3 records of an answer whose signatures are right.
type proofs struct {
	zone  string
	nsec  []*dns.NSEC
	nsec3 []*dns.NSEC3
}

func (c cut) proofs(authority []dns.RR, now time.Time) proofs {
	p := proofs{zone: c.zone}
	for _, set := range sets(authority) {
		h := set[0].Header()
		if h.Rrtype != dns.TypeNSEC && h.Rrtype != dns.TypeNSEC3 {
			continue
		}
		name := dns.CanonicalName(h.Name)
		if c.judge(set, signaturesOf(authority, name, h.Rrtype), now).trust != secure {
			continue
		}
		switch rr := set[0].(type) {
		case *dns.NSEC:
			p.nsec = append(p.nsec, rr)
		case *dns.NSEC3:
			if rr.Iterations <= maxIterations {
				p.nsec3 = append(p.nsec3, rr)
			}
		}
	}
	return p
}

// noName reports whether it is proved that the name is not there, nor a wildcard above it.
func (p proofs) noName(name string) bool {
	if len(p.nsec) > 0 {
		rr := p.gap(name)
		return rr != nil && p.gap("*."+undot(p.common(name, rr))) != nil
	}
	encloser, next := p.encloser(name)
	return encloser != "" && p.hashGap(next) != nil && p.hashGap("*."+undot(encloser)) != nil
}

// noType reports whether it is proved that the name has neither the type nor an alias.
func (p proofs) noType(name string, qtype uint16) bool {
	for _, rr := range p.nsec {
		if dns.CanonicalName(rr.Hdr.Name) == name {
			return lacks(rr.TypeBitMap, qtype)
		}
	}
	if rr := p.gap(name); rr != nil && dns.IsSubDomain(name, dns.CanonicalName(rr.NextDomain)) {
		return true // an empty non-terminal
	}
	for _, rr := range p.nsec3 {
		if rr.Match(name) {
			return lacks(rr.TypeBitMap, qtype)
		}
	}
	return qtype == dns.TypeDS && p.optOut(name)
}

// lacks reads a type bitmap. One from above a zone cut speaks of DS only, one from below of all else (RFC 6840
// section 4.1 and 4.4).
func lacks(types []uint16, qtype uint16) bool {
	has := func(t uint16) bool { return slices.Contains(types, t) }
	if has(qtype) || has(dns.TypeCNAME) {
		return false
	}
	if qtype == dns.TypeDS {
		return !has(dns.TypeSOA)
	}
	return !has(dns.TypeNS) || has(dns.TypeSOA)
}

// optOut reports whether all that is proved is that the name may be a delegation that was left out.
func (p proofs) optOut(name string) bool {
	_, next := p.encloser(name)
	rr := p.hashGap(next)
	return rr != nil && rr.Flags&1 != 0
}

// gap gives the NSEC record whose gap the name falls into. One of a delegation says nothing of what is below it.
func (p proofs) gap(name string) *dns.NSEC {
	k := sortKey(name)
	for _, rr := range p.nsec {
		owner := dns.CanonicalName(rr.Hdr.Name)
		from, to := sortKey(owner), sortKey(rr.NextDomain)
		last := to <= from // the next name is the first again
		if k <= from || !last && k >= to {
			continue
		}
		cut := slices.Contains(rr.TypeBitMap, dns.TypeNS) && !slices.Contains(rr.TypeBitMap, dns.TypeSOA)
		if cut && dns.IsSubDomain(owner, name) {
			continue
		}
		return rr
	}
	return nil
}

// common is the nearest name above that an NSEC record shows to be there.
func (p proofs) common(name string, rr *dns.NSEC) string {
	for name != p.zone && name != "." {
		name = parentOf(name)
		if dns.IsSubDomain(name, dns.CanonicalName(rr.Hdr.Name)) || dns.IsSubDomain(name, dns.CanonicalName(rr.NextDomain)) {
			break
		}
	}
	return name
}

// encloser gives the nearest name above, or the name itself, that an NSEC3 record shows to be there, "" if none does,
// and the name one label below it.
func (p proofs) encloser(name string) (encloser, next string) {
	for next = name; name != p.zone && name != "."; next = name {
		name = parentOf(name)
		for _, rr := range p.nsec3 {
			if rr.Match(name) {
				return name, next
			}
		}
	}
	return "", next
}

func (p proofs) hashGap(name string) *dns.NSEC3 {
	for _, rr := range p.nsec3 {
		if rr.Cover(name) {
			return rr
		}
	}
	return nil
}

func undot(name string) string {
	if name == "." {
		return ""
	}
	return name
}

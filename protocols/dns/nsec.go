package dns

import (
	"bytes"
	"slices"

	mdns "github.com/miekg/dns"
)

// nsecs are the proved NSEC records of a reply (RFC 4034 section 4, RFC 4035 section 5.4).
type nsecs []*mdns.NSEC

func (all nsecs) match(name string) *mdns.NSEC {
	for _, n := range all {
		if n.Hdr.Name == name {
			return n
		}
	}
	return nil
}

// covering gives a record whose gap holds the name. Records of a cut or a DNAME above the name say nothing of it.
func (all nsecs) covering(name string) *mdns.NSEC {
	for _, n := range all {
		owner, next := n.Hdr.Name, mdns.CanonicalName(n.NextDomain)
		after, before := canonicalOrder(owner, name) < 0, canonicalOrder(name, next) < 0
		last := canonicalOrder(owner, next) >= 0
		if !(after && (before || last)) {
			continue
		}
		if above := bits(n.TypeBitMap); owner != name && mdns.IsSubDomain(owner, name) && (above.cuts() || above.has(mdns.TypeDNAME)) {
			continue
		}
		return n
	}
	return nil
}

// encloser is the closest name above that exists, as the covering record shows.
func encloser(name string, n *mdns.NSEC) string {
	shared := max(mdns.CompareDomainName(name, n.Hdr.Name), mdns.CompareDomainName(name, mdns.CanonicalName(n.NextDomain)))
	return lastLabels(name, shared)
}

func wildcardOf(name string) string {
	if name == "." {
		return "*."
	}
	return "*." + name
}

func (all nsecs) noName(name string) proof {
	n := all.covering(name)
	if n == nil || below(n, name) || all.covering(wildcardOf(encloser(name, n))) == nil {
		return unprovedDenial
	}
	return proved
}

// below says that the next name is under the name, which so exists without records of its own.
func below(n *mdns.NSEC, name string) bool {
	return mdns.IsSubDomain(name, mdns.CanonicalName(n.NextDomain))
}

func (all nsecs) noData(name string, rrtype uint16) proof {
	if n := all.match(name); n != nil {
		return yes(bits(n.TypeBitMap).lacks(rrtype, name == "."))
	}
	n := all.covering(name)
	if n == nil {
		return unprovedDenial
	}
	if below(n, name) {
		return proved
	}
	wild := all.match(wildcardOf(encloser(name, n)))
	return yes(wild != nil && bits(wild.TypeBitMap).lacks(rrtype, false))
}

func (all nsecs) noCloser(name string, labels int) proof {
	n := all.covering(name)
	return yes(n != nil && !below(n, name) && mdns.CountLabel(encloser(name, n)) <= labels)
}

func (all nsecs) delegates(name string) (cut, known bool) {
	if n := all.match(name); n != nil {
		return bits(n.TypeBitMap).delegates()
	}
	return false, all.covering(name) != nil
}

func yes(is bool) proof {
	if is {
		return proved
	}
	return unprovedDenial
}

// canonicalOrder compares names as RFC 4034 section 6.1 orders them: label by label from the root, by octets.
func canonicalOrder(a, b string) int {
	x, y := labelsOf(a), labelsOf(b)
	for i := range min(len(x), len(y)) {
		if c := bytes.Compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	return len(x) - len(y)
}

// labelsOf gives the octets of a canonical name's labels, the last first; nil if it is no name.
func labelsOf(name string) [][]byte {
	wire := make([]byte, 256)
	n, err := mdns.PackDomainName(name, wire, 0, nil, false)
	if err != nil {
		return nil
	}
	var all [][]byte
	for at := 0; at < n && wire[at] > 0; at += int(wire[at]) + 1 {
		all = append(all, wire[at+1:at+1+int(wire[at])])
	}
	slices.Reverse(all)
	return all
}

package dns

import (
	"strings"

	mdns "github.com/miekg/dns"
)

// step is what one reply says of a name: the aliases that lead on inside it, and the records at their end.
type step struct {
	aliases []string // names that have a CNAME record, in order
	at      question // where they lead
	found   []mdns.RR
}

// stepFrom reads a reply. Only records inside the zone of the server that gave them count.
func stepFrom(got learned, at question) step {
	answer := inside(got.answer, got.d.zone)
	s := step{at: at}
	for len(s.aliases) <= maxAliasSteps {
		if s.found = pick(answer, s.at); len(s.found) > 0 {
			break
		}
		target := alias(answer, s.at.name)
		if target == "" {
			break
		}
		s.aliases = append(s.aliases, s.at.name)
		s.at.name = mdns.CanonicalName(target)
	}
	return s
}

// learn descends to a name. An answer that is bogus is asked of other servers of the zone too: one that holds an old copy
// does not make the name bogus for a resolver.
func (k *walk) learn(at question) (learned, step, Security, error) {
	got, err := k.descend(at)
	if err != nil {
		return got, step{}, unchecked(at), err
	}
	s := stepFrom(got, at)
	proof := k.prove(got, s)
	for tries := 1; proof.Status == Bogus && k.another(got, tries); tries++ {
		again, child, err := k.askZone(got.d, at, at)
		if err != nil || child != nil {
			break
		}
		got, s = again, stepFrom(again, at)
		proof = k.prove(got, s)
	}
	return got, s, proof, nil
}

// prove validates what a reply says from one name on.
func (k *walk) prove(got learned, s step) Security {
	if k.beside == nil {
		return unchecked(s.at)
	}
	var out Security
	for _, name := range s.aliases {
		out = worst(out, k.proveSet(got, question{name, mdns.TypeCNAME}))
	}
	switch {
	case len(s.found) > 0:
		return worst(out, k.proveSet(got, s.at))
	case len(s.aliases) == 0:
		return k.proveAbsence(got, s.at)
	}
	return out
}

// proveSet validates one set of the answer (RFC 4035 section 5.3).
func (k *walk) proveSet(got learned, q question) Security {
	set := signedSet(got.answer, q.name, q.qtype)
	d, keys, s := k.holder(got.d, signerOf(set.sigs), q.name)
	if s.Status != Secure {
		return s
	}
	c := k.checker()
	sig, why := c.verify(set, d.zone, keys)
	if why.ok() && expanded(sig, set.owner()) {
		why = c.noCloser(got.authority, set.owner(), sig, d.zone, keys)
	}
	return why.at(d.zone, q)
}

// signedSet is a set of the answer; for a CNAME without signature the DNAME that it was made from, which is what a zone
// signs (RFC 6672 section 5.3.1).
func signedSet(answer []mdns.RR, name string, rrtype uint16) rrset {
	set := setOf(answer, name, rrtype)
	if rrtype != mdns.TypeCNAME || len(set.sigs) > 0 {
		return set
	}
	target := mdns.CanonicalName(alias(answer, name))
	for _, rr := range answer {
		if d, ok := rr.(*mdns.DNAME); ok && substituted(d, name) == target {
			return setOf(answer, d.Hdr.Name, mdns.TypeDNAME)
		}
	}
	return set
}

// substituted is where a DNAME leads a name below its owner (RFC 6672 section 2.2); "" if the name is not below.
func substituted(d *mdns.DNAME, name string) string {
	prefix, ok := strings.CutSuffix(name, d.Hdr.Name)
	if !ok || prefix == "" || d.Hdr.Name != "." && !strings.HasSuffix(prefix, ".") {
		return ""
	}
	return mdns.CanonicalName(prefix + strings.TrimPrefix(d.Target, "."))
}

// proveAbsence validates that the name or its records do not exist (RFC 4035 section 5.4).
func (k *walk) proveAbsence(got learned, q question) Security {
	d, keys, s := k.holder(got.d, signerIn(got.authority, q.name), q.name)
	if s.Status != Secure {
		return s
	}
	return k.checker().absent(got.authority, q, got.rcode == mdns.RcodeNameError, d.zone, keys).at(d.zone, q)
}

// signerIn is the zone that speaks of a name in an authority section, as the signatures or the SOA record there say; ""
// without either.
func signerIn(authority []mdns.RR, name string) string {
	var apex string
	for _, rr := range authority {
		switch rr := rr.(type) {
		case *mdns.RRSIG:
			switch rr.TypeCovered {
			case mdns.TypeNSEC, mdns.TypeNSEC3, mdns.TypeSOA, mdns.TypeDS:
				return mdns.CanonicalName(rr.SignerName)
			}
		case *mdns.SOA:
			if mdns.IsSubDomain(rr.Hdr.Name, name) {
				apex = rr.Hdr.Name
			}
		}
	}
	return apex
}

// holder finds the zone that a name is in: d, whose servers answered, or one below it that they hold too. A signer tells;
// without one every name down to the one in question may be a zone that is not signed.
func (k *walk) holder(d *delegation, signer, name string) (*delegation, []zoneKey, Security) {
	to := name
	if signer != "" {
		to = signer
	}
	if !mdns.IsSubDomain(d.zone, to) || !mdns.IsSubDomain(to, name) {
		to = d.zone
	}
	return k.within(d, to)
}

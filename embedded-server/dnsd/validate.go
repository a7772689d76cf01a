package dnsd

import (
	"errors"
	"time"

	"github.com/miekg/dns"
)

// Limits of validation: more is not tried, lest a zone costs more than it is worth (CVE-2023-50387).
const (
	maxKeys       = 8
	maxSignatures = 4 // over one set
)

// trust is what validation found (RFC 4035 section 4.3).
type trust int

const (
	insecure trust = iota // nobody claims that it is signed
	secure
	bogus
)

// verdict is a trust and, for bogus, the extended error that tells of it (RFC 8914).
type verdict struct {
	trust trust
	why   uint16
}

var errBogus = errors.New("the signatures are missing or wrong")

// and gives the verdict of two things that are both needed.
func (v verdict) and(other verdict) verdict {
	switch {
	case v.trust == bogus || other.trust == secure:
		return v
	}
	return other
}

// signaturesOf gives the RRSIGs over a set.
func signaturesOf(rrs []dns.RR, name string, covered uint16) []dns.RR {
	var sigs []dns.RR
	for _, rr := range pick(rrs, name, dns.TypeRRSIG) {
		if rr.(*dns.RRSIG).TypeCovered == covered {
			sigs = append(sigs, rr)
		}
	}
	return sigs
}

// judge says what a set in a zone is worth.
func (c cut) judge(set, sigs []dns.RR, now time.Time) verdict {
	if c.verdict.trust != secure {
		return c.verdict
	}
	return signedBy(c.zone, c.keys, set, sigs, now)
}

// signedBy reports whether one of the keys signed the set. A set that a wildcard was expanded to is not understood,
// for no zone of the small Internet holds one.
func signedBy(zone string, keys []*dns.DNSKEY, set, sigs []dns.RR, now time.Time) verdict {
	v := verdict{bogus, dns.ExtendedErrorCodeRRSIGsMissing}
	for i, rr := range sigs {
		sig := rr.(*dns.RRSIG)
		if i == maxSignatures {
			break
		}
		if dns.CanonicalName(sig.SignerName) != zone || int(sig.Labels) != dns.CountLabel(set[0].Header().Name) {
			v.why = dns.ExtendedErrorCodeDNSBogus
			continue
		}
		switch {
		case now.After(moment(sig.Expiration)):
			v.why = dns.ExtendedErrorCodeSignatureExpired
			continue
		case now.Before(moment(sig.Inception)):
			v.why = dns.ExtendedErrorCodeSignatureNotYetValid
			continue
		}
		v.why = dns.ExtendedErrorCodeDNSBogus
		for _, k := range keys {
			if k.KeyTag() == sig.KeyTag && sig.Verify(k, set) == nil {
				return verdict{trust: secure}
			}
		}
	}
	return v
}

// vouched gives a zone's keys if one that a DS record names has signed them all (RFC 4035 section 5.2).
func vouched(set, sigs []dns.RR, at cut, now time.Time) ([]*dns.DNSKEY, verdict) {
	var all, named []*dns.DNSKEY
	for _, rr := range set {
		k := rr.(*dns.DNSKEY)
		if len(all) == maxKeys || k.Flags&dns.ZONE == 0 || k.Protocol != 3 {
			continue
		}
		all = append(all, k)
		for _, ds := range at.ds {
			if made := k.ToDS(ds.DigestType); made != nil && made.KeyTag == ds.KeyTag && made.Algorithm == ds.Algorithm && made.Digest == ds.Digest {
				named = append(named, k)
				break
			}
		}
	}
	if len(named) == 0 {
		return nil, verdict{bogus, dns.ExtendedErrorCodeDNSKEYMissing}
	}
	v := signedBy(at.zone, named, set, sigs, now)
	if v.trust != secure {
		return nil, v
	}
	return all, v
}

// below says what a delegation from this zone is worth, and gives its DS records.
func (c cut) below(authority []dns.RR, zone string, now time.Time) (verdict, []*dns.DS) {
	if c.verdict.trust != secure {
		return c.verdict, nil
	}
	if set := pick(authority, zone, dns.TypeDS); len(set) > 0 {
		v := c.judge(set, signaturesOf(authority, zone, dns.TypeDS), now)
		var all []*dns.DS
		for _, rr := range set {
			if ds := rr.(*dns.DS); supported(ds) {
				all = append(all, ds)
			}
		}
		if v.trust == secure && len(all) == 0 {
			v.trust = insecure // RFC 4035 section 5.2: an algorithm that we do not know
		}
		return v, all
	}
	if c.proofs(authority, now).noType(zone, dns.TypeDS) {
		return verdict{trust: insecure}, nil
	}
	return verdict{bogus, dns.ExtendedErrorCodeNSECMissing}, nil
}

func supported(ds *dns.DS) bool {
	switch ds.Algorithm {
	case dns.RSASHA256, dns.RSASHA512, dns.ECDSAP256SHA256, dns.ECDSAP384SHA384, dns.ED25519:
		return ds.DigestType == dns.SHA256 || ds.DigestType == dns.SHA384
	}
	return false
}

// judgeDenial says what a negative answer is worth.
func (c cut) judgeDenial(m *dns.Msg, name string, qtype uint16, now time.Time) verdict {
	if c.verdict.trust != secure {
		return c.verdict
	}
	p := c.proofs(m.Ns, now)
	proved := m.Rcode == dns.RcodeNameError && p.noName(name) || m.Rcode == dns.RcodeSuccess && p.noType(name, qtype)
	switch {
	case !proved:
		return verdict{bogus, dns.ExtendedErrorCodeNSECMissing}
	case p.optOut(name):
		return verdict{trust: insecure} // RFC 5155 section 9.2
	}
	return verdict{trust: secure}
}

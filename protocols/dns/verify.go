package dns

import (
	"slices"
	"strconv"
	"strings"
	"time"

	mdns "github.com/miekg/dns"
)

// Limits of validation. Honest zones stay far below; records made to keep a validator busy do not (CVE-2023-50387,
// CVE-2023-50868).
const (
	maxZoneKeys      = 32  // keys of one zone that are looked at
	maxSigners       = 16  // DS records of one delegation that are looked at
	maxCollidingKeys = 4   // keys of one tag and algorithm that are tried for one signature
	maxSignatures    = 8   // signatures that are tried for one set of records
	checksPerQuery   = 8   // signatures that a Walker checks in all, for each query that it may send
	maxDenials       = 8   // NSEC and NSEC3 records that are looked at in one reply; an honest proof has 3
	maxHashes        = 32  // names that are hashed for one reply
	maxIterations    = 150 // of an NSEC3 hash: resolvers agreed on it before RFC 9276 asked zones for 0 (its section 3.2 and appendix A)
)

// rrset is the records of one owner and type, and the signatures over them.
type rrset struct {
	records []mdns.RR
	sigs    []*mdns.RRSIG
}

func (s rrset) owner() string { return s.records[0].Header().Name }

// setOf takes one set out of a section. Owners are in canonical form since they were read.
func setOf(section []mdns.RR, name string, rrtype uint16) rrset {
	var set rrset
	for _, rr := range section {
		h := rr.Header()
		if h.Class != mdns.ClassINET || h.Name != name {
			continue
		}
		if sig, ok := rr.(*mdns.RRSIG); ok && sig.TypeCovered == rrtype {
			set.sigs = append(set.sigs, sig)
		} else if h.Rrtype == rrtype {
			set.records = append(set.records, rr)
		}
	}
	return set
}

// zoneKey is a key that may sign a zone's records.
type zoneKey struct {
	*mdns.DNSKEY
	tag uint16
}

// zoneKeys keeps the keys that may sign: with the zone flag, of DNSSEC's protocol number, and not revoked (RFC 4034
// section 2.1, RFC 5011 section 2.1).
func zoneKeys(set rrset) []zoneKey {
	var all []zoneKey
	for _, rr := range set.records {
		key, ok := rr.(*mdns.DNSKEY)
		if ok && key.Flags&mdns.ZONE != 0 && key.Flags&mdns.REVOKE == 0 && key.Protocol == 3 {
			all = append(all, zoneKey{key, key.KeyTag()})
		}
	}
	return all
}

// supported tells the algorithms that can be checked here (RFC 9904).
func supported(algorithm uint8) bool {
	switch algorithm {
	case mdns.RSASHA1, mdns.RSASHA1NSEC3SHA1, mdns.RSASHA256, mdns.RSASHA512, mdns.ECDSAP256SHA256, mdns.ECDSAP384SHA384, mdns.ED25519:
		return true
	}
	return false
}

func supportedDigest(digest uint8) bool {
	return digest == mdns.SHA1 || digest == mdns.SHA256 || digest == mdns.SHA384
}

// checker judges one reply within the limits.
type checker struct {
	now    time.Time
	proofs *proofs
	spend  func() bool // takes one signature check out of the run's; false when they are used up
	hashed map[string]string
	capped bool // too many names were to be hashed
}

// verify proves a set by a signature of the zone; the signature tells what labels of the owner were signed (RFC 4035
// section 5.3).
func (c *checker) verify(set rrset, zone string, keys []zoneKey) (*mdns.RRSIG, unproved) {
	why := unproved{code: codeNoSignature}
	if len(set.records) == 0 {
		return nil, why
	}
	tried := 0
	for _, sig := range set.sigs {
		if mdns.CanonicalName(sig.SignerName) != zone || !mdns.IsSubDomain(zone, set.owner()) || !supported(sig.Algorithm) ||
			int(sig.Labels) > mdns.CountLabel(set.owner()) {
			continue
		}
		if tried++; tried > maxSignatures {
			return nil, unproved{codeKeys, map[string]string{"limit": strconv.Itoa(maxSignatures)}}
		}
		got := c.bySignature(set, sig, keys)
		if got.ok() {
			return sig, got
		}
		if statusOf(got.code) == Indeterminate {
			return nil, got
		}
		why = telling(why, got)
	}
	return nil, why
}

// telling chooses the reason that came further.
func telling(a, b unproved) unproved {
	order := []string{codeNoSignature, codeNoKey, codeEarly, codeExpired, codeSignature}
	if slices.Index(order, b.code) >= slices.Index(order, a.code) {
		return b
	}
	return a
}

// clockTime writes a time of a signature as people do.
func clockTime(seconds uint32) string {
	t, err := time.Parse("20060102150405", mdns.TimeToString(seconds))
	if err != nil {
		return ""
	}
	return t.Format("2006-01-02 15:04 UTC")
}

func (c *checker) bySignature(set rrset, sig *mdns.RRSIG, keys []zoneKey) unproved {
	args := map[string]string{"tag": strconv.Itoa(int(sig.KeyTag)), "algorithm": mdns.AlgorithmToString[sig.Algorithm],
		"from": clockTime(sig.Inception), "until": clockTime(sig.Expiration)}
	if !sig.ValidityPeriod(c.now) {
		if int32(sig.Inception-uint32(c.now.Unix())) > 0 { // serial arithmetic (RFC 4034 section 3.1.5)
			return unproved{codeEarly, args}
		}
		return unproved{codeExpired, args}
	}
	why, tried := unproved{codeNoKey, args}, 0
	for _, key := range keys {
		if key.tag != sig.KeyTag || key.Algorithm != sig.Algorithm {
			continue
		}
		if tried++; tried > maxCollidingKeys {
			return unproved{codeKeys, map[string]string{"limit": strconv.Itoa(maxCollidingKeys)}}
		}
		switch held, checked := c.proofs.verify(set, sig, key.DNSKEY, c.spend); {
		case !checked:
			return unproved{code: codeChecks}
		case held:
			return unproved{}
		}
		why = unproved{codeSignature, args}
	}
	return why
}

// keys proves a zone's keys by DS records that are proved themselves (RFC 4035 section 5.2).
func (c *checker) keys(set rrset, zone string, signers []*mdns.DS) ([]zoneKey, unproved) {
	signers = usable(signers)
	if len(signers) == 0 {
		return nil, unproved{code: codeAlgorithm}
	}
	if len(set.records) > maxZoneKeys {
		return nil, unproved{codeKeys, map[string]string{"limit": strconv.Itoa(maxZoneKeys)}}
	}
	all := zoneKeys(set)
	var entry []zoneKey
	for _, ds := range signers {
		for _, key := range all {
			if key.tag == ds.KeyTag && key.Algorithm == ds.Algorithm && sameDigest(ds, key.DNSKEY) {
				entry = append(entry, key)
			}
		}
	}
	if len(entry) == 0 {
		return nil, unproved{codeDS, map[string]string{"tag": tags(signers), "keys": keyTags(all)}}
	}
	if _, why := c.verify(set, zone, entry); !why.ok() {
		return nil, why
	}
	return all, unproved{}
}

// usable keeps the DS records that can be checked; digests by SHA-1 count only where there is no better (RFC 4509
// section 3).
func usable(signers []*mdns.DS) []*mdns.DS {
	var good, weak []*mdns.DS
	for _, ds := range signers[:min(len(signers), maxSigners)] {
		switch {
		case !supported(ds.Algorithm) || !supportedDigest(ds.DigestType):
		case ds.DigestType == mdns.SHA1:
			weak = append(weak, ds)
		default:
			good = append(good, ds)
		}
	}
	if len(good) == 0 {
		return weak
	}
	return good
}

func sameDigest(ds *mdns.DS, key *mdns.DNSKEY) bool {
	made := key.ToDS(ds.DigestType)
	return made != nil && strings.EqualFold(made.Digest, ds.Digest)
}

func tags(signers []*mdns.DS) string {
	var all []string
	for _, ds := range signers {
		all = append(all, strconv.Itoa(int(ds.KeyTag)))
	}
	return strings.Join(all, " ")
}

func keyTags(keys []zoneKey) string {
	var all []string
	for _, k := range keys {
		all = append(all, strconv.Itoa(int(k.tag)))
	}
	if len(all) == 0 {
		return "-"
	}
	return strings.Join(all, " ")
}

package dnsd

import (
	"crypto"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"todoku/embedded-server/fault"
)

// Lifetimes of signatures (RFC 6781 section 4.4.2 advises days to weeks, and an inception in the past for clocks that
// are behind, as those of others are when the sandbox's time was moved on).
const (
	signedBefore = 30 * 24 * time.Hour
	signedAfter  = 14 * 24 * time.Hour
	resignWithin = 7 * 24 * time.Hour // of the end
)

// Denial is how a signed zone proves that something is not there.
type Denial int

// Ways of denial.
const (
	NSEC        Denial = iota // RFC 4034 section 4
	NSEC3                     // RFC 5155, without iterations and salt as RFC 9276 section 3.1 advises
	NSEC3OptOut               // the same, leaving out delegations to zones that are not signed
)

// signer holds a zone's one key and the signatures made so far. Signatures are made when they are first asked for.
type signer struct {
	key  *dns.DNSKEY
	priv crypto.Signer
	now  func() time.Time

	mu   sync.Mutex
	made map[key]made
}

// made is a set's signature. The set is known again by its first record, for a fault rule's records share the name
// and type of the zone's.
type made struct {
	first dns.RR
	sig   *dns.RRSIG
}

// Sign gives the zone a key (ECDSA P-256, RFC 6605) that signs its keys and its data alike, and a chain of denial.
// Every record must have been added before. now is the clock that signatures are valid around.
func (z *Zone) Sign(how Denial, now func() time.Time) error {
	k := &dns.DNSKEY{Hdr: z.header(z.Origin, dns.TypeDNSKEY, z.soa.Hdr.Ttl), Flags: dns.ZONE | dns.SEP, Protocol: 3, Algorithm: dns.ECDSAP256SHA256}
	priv, err := k.Generate(256)
	if err != nil {
		return fmt.Errorf("zone %s: key: %w", z.Origin, err)
	}
	z.signer = &signer{key: k, priv: priv.(crypto.Signer), now: now, made: make(map[key]made)}
	apex := z.names[z.Origin]
	apex[dns.TypeDNSKEY] = []dns.RR{k}
	if how != NSEC {
		apex[dns.TypeNSEC3PARAM] = []dns.RR{&dns.NSEC3PARAM{Hdr: z.header(z.Origin, dns.TypeNSEC3PARAM, 0), Hash: dns.SHA1}}
	}
	z.denial = newChain(z, how, omission{})
	z.how = how
	return nil
}

// DS is the delegation signer record that the parent publishes (RFC 4034 section 5, SHA-256); nil if the zone is not
// signed.
func (z *Zone) DS() *dns.DS {
	if z.signer == nil {
		return nil
	}
	return z.signer.key.ToDS(dns.SHA256)
}

func (z *Zone) header(owner string, rrtype uint16, ttl uint32) dns.RR_Header {
	return dns.RR_Header{Name: owner, Rrtype: rrtype, Class: dns.ClassINET, Ttl: ttl}
}

// signs reports whether the zone signs the set: it has authority over its owner, and the set is no delegation and no
// glue (RFC 4035 section 2.2).
func (z *Zone) signs(owner string, rrtype uint16) bool {
	if z.signer == nil || !dns.IsSubDomain(z.Origin, owner) {
		return false
	}
	switch z.cut(owner) {
	case "":
		return true
	case owner:
		return rrtype == dns.TypeDS || rrtype == dns.TypeNSEC
	}
	return false
}

// signature gives the RRSIG of a set, made now or kept from before.
func (z *Zone) signature(set []dns.RR) *dns.RRSIG {
	s, h := z.signer, set[0].Header()
	k := key{dns.CanonicalName(h.Name), h.Rrtype}
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.made[k]
	if ok && old.first == set[0] && now.After(moment(old.sig.Inception)) && now.Before(moment(old.sig.Expiration).Add(-resignWithin)) {
		return old.sig
	}
	sig := z.makeSignature(set, now.Add(-signedBefore), now.Add(signedAfter))
	if sig != nil && z.holds(k, set[0]) {
		s.made[k] = made{set[0], sig}
	}
	return sig
}

// holds reports whether the record is one of the zone's own, and not one that a fault rule made up.
func (z *Zone) holds(k key, rr dns.RR) bool {
	if set := z.names[k.name][k.qtype]; len(set) > 0 {
		return set[0] == rr || rr == z.gone
	}
	return k.qtype == dns.TypeNSEC || k.qtype == dns.TypeNSEC3
}

func (z *Zone) makeSignature(set []dns.RR, from, to time.Time) *dns.RRSIG {
	sig := &dns.RRSIG{Hdr: dns.RR_Header{Ttl: set[0].Header().Ttl}, Algorithm: z.signer.key.Algorithm, KeyTag: z.signer.key.KeyTag(),
		SignerName: z.Origin, Inception: uint32(from.Unix()), Expiration: uint32(to.Unix())}
	if set[0].Header().Rrtype == dns.TypeSOA {
		sig.OrigTtl = z.soa.Hdr.Ttl // a negative answer shows it with less (RFC 2308 section 3)
	}
	if sig.Sign(z.signer.priv, set) != nil {
		return nil // a record that a fault rule made up and that has no wire form
	}
	return sig
}

// moment reads a time of an RRSIG; serial number arithmetic (RFC 4034 section 3.1.5) begins to matter in 2106.
func moment(t uint32) time.Time { return time.Unix(int64(t), 0) }

// sets parts records into sets, in the order in which they begin.
func sets(rrs []dns.RR) [][]dns.RR {
	var all [][]dns.RR
	index := make(map[key]int)
	for _, rr := range rrs {
		k := key{dns.CanonicalName(rr.Header().Name), rr.Header().Rrtype}
		i, ok := index[k]
		if !ok {
			i = len(all)
			index[k] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], rr)
	}
	return all
}

// sign adds signatures, right or with a fault, to each section of a message for an asker that understands them (RFC 4035
// section 3.1).
func (s *Server) sign(m *dns.Msg, flaw fault.Signatures) {
	for _, section := range []*[]dns.RR{&m.Answer, &m.Ns, &m.Extra} {
		for _, set := range sets(*section) {
			h := set[0].Header()
			z := s.zoneFor(dns.CanonicalName(h.Name), h.Rrtype)
			if z == nil || h.Rrtype == dns.TypeRRSIG || !z.signs(dns.CanonicalName(h.Name), h.Rrtype) {
				continue
			}
			signature := z.signature
			if flaw != "" {
				signature = func(set []dns.RR) *dns.RRSIG { return z.flawed(set, flaw) }
			}
			if sig := signature(set); sig != nil {
				*section = append(*section, sig)
			}
		}
	}
}

// sortKey orders names canonically (RFC 4034 section 6.1): by their labels from the right, octet by octet.
func sortKey(name string) string {
	labels := dns.SplitDomainName(dns.CanonicalName(name))
	var b strings.Builder
	for i := len(labels) - 1; i >= 0; i-- {
		for _, c := range octets(labels[i]) {
			if c <= 1 { // 0 stands between labels
				b.WriteByte(1)
				c++
			}
			b.WriteByte(c)
		}
		b.WriteByte(0)
	}
	return b.String()
}

// octets reads a label's escapes (RFC 1035 section 5.1).
func octets(label string) []byte {
	var wire [256]byte
	n, err := dns.PackDomainName(label+".", wire[:], 0, nil, false)
	if err != nil || n < 2 {
		return []byte(label)
	}
	return wire[1 : n-1]
}

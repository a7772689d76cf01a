package dns

import (
	"slices"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
)

// FuzzValidate reads any reply as one about tsuru.test. and validates it. It must not fail, stay within its caps, and take
// nothing for proved that the zone did not sign.
func FuzzValidate(f *testing.F) {
	zones := []*signedZone{newSignedZone(f, "tsuru.test.", tsuruLines), newSignedZone(f, "tsuru.test.", tsuruLines, withNSEC3(1)), newSignedZone(f, "tsuru.test.", tsuruLines, withOptOut)}
	asked := []question{{"tsuru.test.", mdns.TypeMX}, {"tsuru.test.", mdns.TypeDNSKEY}, {"nobody.tsuru.test.", mdns.TypeMX}, {"www.tsuru.test.", mdns.TypeA},
		{"x.wild.tsuru.test.", mdns.TypeTXT}, {"x.wild.tsuru.test.", mdns.TypeA}, {"mx1.old.tsuru.test.", mdns.TypeA}, {"b.empty.tsuru.test.", mdns.TypeDS}}
	for i, z := range zones {
		for j, q := range asked {
			m := answered(z, q.name, q.qtype)
			m.SetQuestion(q.name, q.qtype)
			raw, err := m.Pack()
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw, byte(i), byte(j))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, zone, about byte) {
		m := new(mdns.Msg)
		if m.Unpack(raw) != nil {
			return
		}
		z, q := zones[int(zone)%len(zones)], asked[int(about)%len(asked)]
		got := reply{rcode: m.Rcode, aa: m.Authoritative, answer: canonical(m.Answer), authority: canonical(m.Ns), extra: canonical(m.Extra)}
		judge(got, "test.", q, true)
		keys := []zoneKey{{z.key, z.key.KeyTag()}}
		spent := 0
		c := &checker{now: time.Now(), proofs: new(proofs), spend: func() bool { spent++; return true }}
		set := setOf(got.answer, q.name, q.qtype)
		if len(set.records) > 0 {
			sig, why := c.verify(set, z.origin, keys)
			if why.ok() && !z.holds(set.records, sig) {
				t.Errorf("taken for proved: %v by %v", set.records, sig)
			}
		}
		stepFrom(learned{reply: got, d: &delegation{zone: z.origin}}, q)
		c.keys(set, z.origin, []*mdns.DS{z.key.ToDS(mdns.SHA256)})
		c.absent(got.authority, q, got.rcode == mdns.RcodeNameError, z.origin, keys)
		c.signersIn(got.said(), q.name, z.origin, keys)
		signedSet(got.answer, q.name, mdns.TypeCNAME)
		if limit := 100 + maxCollidingKeys*maxSignatures*(3*maxDenials+4); spent > limit || len(c.hashed) > maxHashes {
			t.Errorf("%d checks, %d hashes", spent, len(c.hashed))
		}
	})
}

// holds tells whether the zone signed these records.
func (z *signedZone) holds(records []mdns.RR, sig *mdns.RRSIG) bool {
	owner := records[0].Header().Name
	if expanded(sig, owner) {
		owner = wildcardOf(lastLabels(owner, int(sig.Labels)))
	}
	have := z.nodes[owner][records[0].Header().Rrtype]
	for _, rr := range records {
		if !slices.ContainsFunc(have, func(h mdns.RR) bool {
			c := mdns.Copy(rr)
			c.Header().Name = owner
			return mdns.IsDuplicate(c, h)
		}) {
			return false
		}
	}
	return true
}

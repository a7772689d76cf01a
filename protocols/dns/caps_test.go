package dns

import (
	"slices"
	"strings"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
)

func TestIndeterminateAnswers(t *testing.T) {
	silentFor := func(rrtype uint16) func(q, m *mdns.Msg) {
		return func(q, m *mdns.Msg) {
			if q.Question[0].Qtype == rrtype {
				*m = mdns.Msg{} // no answer to the question
			}
		}
	}
	manyKeys := spoiled(func(q, m *mdns.Msg) {
		for _, rr := range slices.Clone(m.Answer) {
			if sig, ok := rr.(*mdns.RRSIG); ok && sig.TypeCovered == mdns.TypeMX {
				for range 3 * maxSignatures {
					c := mdns.Copy(sig).(*mdns.RRSIG)
					c.Signature = "AAAA" + c.Signature[4:]
					m.Answer = append([]mdns.RR{c}, m.Answer...)
				}
			}
		}
	})
	for name, c := range map[string]struct {
		tree signedTree
		code string
		link string
	}{
		"keys silent":         {signedTree{tsuru: []zoneOption{spoiled(silentFor(mdns.TypeDNSKEY))}}, codeSilent, "tsuru.test DNSKEY"},
		"many signatures":     {signedTree{tsuru: []zoneOption{manyKeys}}, codeKeys, "tsuru.test MX"},
		"too many iterations": {signedTree{ds: noDS, test: []zoneOption{withNSEC3(maxIterations + 1)}}, codeIterations, "tsuru.test DS"},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := c.tree.grow(t, WalkOptions{})
			got, err := w.Walk(t.Context(), "tsuru.test", "MX")
			if err != nil {
				t.Fatal(err)
			}
			wantProof(t, got.DNSSEC, c.code, c.link)
		})
	}
}

// Keys that share a tag and signatures that name it make a validator try them all (CVE-2023-50387).
func TestCollidingKeysAreCapped(t *testing.T) {
	z := newSignedZone(t, "tsuru.test.", tsuruLines)
	var keys []zoneKey
	for range 50 {
		c := mdns.Copy(z.key).(*mdns.DNSKEY)
		c.PublicKey = "AAAA" + c.PublicKey[4:]
		keys = append(keys, zoneKey{c, z.key.KeyTag()})
	}
	n := 0
	c := &checker{now: time.Now(), proofs: new(proofs), spend: func() bool { n++; return true }}
	set := setOf(z.signed(z.nodes["tsuru.test."][mdns.TypeMX], "tsuru.test."), "tsuru.test.", mdns.TypeMX)
	for range 50 {
		set.sigs = append(set.sigs, set.sigs[0])
	}
	if _, why := c.verify(set, "tsuru.test.", keys); why.code != codeKeys || n > maxCollidingKeys*maxSignatures {
		t.Errorf("%+v after %d checks", why, n)
	}
	c.spend = func() bool { return false }
	if _, why := c.verify(set, "tsuru.test.", keys); why.code != codeChecks {
		t.Errorf("%+v", why)
	}
}

// A name of many labels must not make us hash them all (CVE-2023-50868).
func TestHashesAreCapped(t *testing.T) {
	z := newSignedZone(t, "tsuru.test.", tsuruLines, withNSEC3(10))
	long := strings.Repeat("a.", 60) + "tsuru.test."
	var said []mdns.RR
	for _, name := range []string{"mx1.tsuru.test."} {
		rr := z.gap(name)
		said = append(said, z.signed([]mdns.RR{rr}, rr.Header().Name)...)
	}
	c := &checker{now: time.Now(), proofs: new(proofs), spend: func() bool { return true }}
	if why := c.absent(said, question{long, mdns.TypeMX}, true, "tsuru.test.", []zoneKey{{z.key, z.key.KeyTag()}}); why.code != codeHashes || len(c.hashed) > maxHashes {
		t.Errorf("%+v after %d hashes", why, len(c.hashed))
	}
}

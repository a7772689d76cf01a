package dns

import (
	"testing"

	mdns "github.com/miekg/dns"

	"todoku/protocols/wire"
)

// A root of one's own without a trust anchor leaves everything below it unproved, signed or not.
func TestARootWithoutATrustAnchor(t *testing.T) {
	w, _ := signedTree{}.grow(t, WalkOptions{Net: &wire.Net{TrustAnchor: []string{}}})
	got, err := w.Walk(t.Context(), "tsuru.test", "MX")
	if err != nil {
		t.Fatal(err)
	}
	wantProof(t, got.DNSSEC, codeNoAnchor, ". DS")
}

// A signature by a key that the zone does not publish proves nothing.
func TestASignatureByAnotherKey(t *testing.T) {
	otherKey := onlyFor("tsuru.test.", mdns.TypeMX, func(_, m *mdns.Msg) {
		for i, rr := range m.Answer {
			if sig, ok := rr.(*mdns.RRSIG); ok {
				c := mdns.Copy(sig).(*mdns.RRSIG)
				c.KeyTag++
				m.Answer[i] = c
			}
		}
	})
	w, _ := signedTree{tsuru: []zoneOption{spoiled(otherKey)}}.grow(t, WalkOptions{})
	got, _ := w.Walk(t.Context(), "tsuru.test", "MX")
	wantProof(t, got.DNSSEC, codeNoKey, "tsuru.test MX")
}

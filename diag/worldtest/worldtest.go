// Package worldtest is for tests only: a running small Internet, and the net that leads into it.
package worldtest

import (
	"crypto/x509"
	"testing"
	"time"

	"todoku/embedded-server"
	"todoku/embedded-server/fault"
	"todoku/protocols/wire"
)

// Start runs a small Internet without mail, with the faults, until the test ends. A round trip to its servers costs rtt.
func Start(t testing.TB, rtt time.Duration, rules ...fault.Rule) (*sandbox.Sandbox, *wire.Net) {
	t.Helper()
	s, err := sandbox.Start(t.Context(), nil, sandbox.Options{SeedMessages: -1, Durability: "none", RTT: rtt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for i, r := range rules {
		r.ID = string(rune('a' + i))
		if err := s.Faults().Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return s, netOf(t, s.World())
}

func netOf(t testing.TB, world sandbox.World) *wire.Net {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(world.CAPEM)) {
		t.Fatal("no CA")
	}
	n := &wire.Net{Dial: world.Dial, Resolver: world.Resolver, TLSRoots: roots, TrustAnchor: world.TrustAnchor, Owns: world.Owns, Now: time.Now}
	for _, h := range world.RootHints {
		n.RootHints = append(n.RootHints, wire.RootHint{Name: h.Name, Addrs: h.Addrs})
	}
	return n
}

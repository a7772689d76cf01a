package dns

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	sandbox "todoku/embedded-server"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// The small Internet's recursive resolver walks from its root servers; what it finds is what its zones hold.
func TestInTheSandbox(t *testing.T) {
	s, err := sandbox.Start(t.Context(), nil, sandbox.Options{SeedMessages: -1, Durability: "none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	world, rec := s.World(), new(trace.Recorder)
	r := New(Options{Net: &wire.Net{Dial: world.Dial, Resolver: world.Resolver}, Span: trace.New(rec, nil)})

	mx, err := r.LookupMX(t.Context(), "tsuru.test")
	if want := []MX{{"mx1.tsuru.test", 10}, {"mx2.tsuru.test", 20}}; err != nil || !cmp.Equal(mx.Hosts, want) || mx.Implicit {
		t.Errorf("MX %+v, %v", mx, err)
	}
	addrs, err := r.LookupAddrs(t.Context(), "imap.fuji.test")
	if err != nil || addrs.Host != "mail.fuji.test" || len(addrs.Aliases) != 1 || addrs.Partial != nil ||
		!slices.Contains(addrs.Addrs, netip.MustParseAddr("192.0.2.21")) {
		t.Errorf("addresses %+v, %v", addrs, err)
	}
	if names, err := r.LookupPTR(t.Context(), netip.MustParseAddr("192.0.2.10")); err != nil || !slices.Equal(names, []string{"mail.sakura.test"}) {
		t.Errorf("PTR %v, %v", names, err)
	}
	if srv, err := r.LookupSRV(t.Context(), "pop3s", "tcp", "sakura.test"); err != nil || len(srv.Hosts) != 1 || srv.Hosts[0].Port != 995 ||
		srv.Hosts[0].Host != "mail.sakura.test" {
		t.Errorf("SRV %+v, %v", srv, err)
	}
	if txt, err := r.LookupTXT(t.Context(), "fuji.test"); err != nil || !slices.Equal(txt, []string{"v=spf1 mx a:mail.fuji.test -all"}) {
		t.Errorf("TXT %q, %v", txt, err)
	}
	_, err = r.LookupMX(t.Context(), "nobody.test")
	wantKind(t, err, NotFound)
	_, err = r.LookupTXT(t.Context(), "mx1.sakura.test")
	wantKind(t, err, NoData)
	for _, e := range rec.Events() {
		if e.Addr != world.Resolver || e.Size == 0 {
			t.Errorf("event %+v", e)
		}
	}
}

// The sandbox's own faults of DNSSEC are each called by name, whether it holds the MX records or denies them.
func TestFaultsOfSignatures(t *testing.T) {
	want := map[string]string{"dns.bogus": codeSignature, "dns.expired": codeExpired, "dns.unsigned": codeNoSignature, "dns.no-denial": codeDenial,
		"dns.ds-mismatch": codeDS}
	for _, c := range fault.Cases() {
		code, ok := want[c.ID]
		if !ok {
			continue
		}
		delete(want, c.ID)
		t.Run(c.ID, func(t *testing.T) {
			s, err := sandbox.Start(t.Context(), nil, sandbox.Options{SeedMessages: -1, Durability: "none"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			if err := s.Faults().AddCase(c); err != nil {
				t.Fatal(err)
			}
			world := s.World()
			n := &wire.Net{Dial: world.Dial, TrustAnchor: world.TrustAnchor}
			for _, h := range world.RootHints {
				n.RootHints = append(n.RootHints, wire.RootHint{Name: h.Name, Addrs: h.Addrs})
			}
			got, err := NewWalker(WalkOptions{Net: n}).Walk(t.Context(), "tsuru.test", "MX")
			if err != nil && !Absent(err) {
				t.Fatal(err)
			}
			wantProof(t, got.DNSSEC, code, "")
		})
	}
	if len(want) > 0 {
		t.Errorf("the sandbox has no such faults: %v", want)
	}
}

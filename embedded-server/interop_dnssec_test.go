package sandbox

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
)

// delv validates a name against the sandbox's root, by the printed port of its resolver.
func delv(t *testing.T, s *Sandbox, args ...string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(s.World().DNS)
	if err != nil {
		t.Fatal(err)
	}
	ds := strings.Fields(s.World().TrustAnchor[0]) // . TTL IN DS tag algorithm digest-type digest
	anchor := filepath.Join(t.TempDir(), "anchor")
	text := fmt.Sprintf("trust-anchors { . static-ds %s %s %s %q; };\n", ds[4], ds[5], ds[6], ds[7])
	if err := os.WriteFile(anchor, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return run(t, "delv", append([]string{"@127.0.0.1", "-p", port, "-a", anchor, "+root=.", "+cdflag"}, args...)...)
}

// TestDelvValidates has another implementation judge every kind of answer: NSEC, NSEC3, opt-out, and no signature.
func TestDelvValidates(t *testing.T) {
	s := start(t, Options{}, nil)
	for _, c := range []struct{ name, qtype, want string }{
		{"sakura.test", "MX", "; fully validated"},
		{"tsuru.test", "MX", "; fully validated"},
		{".", "NS", "; fully validated"},
		{"test", "DNSKEY", "; fully validated"},
		{"tsuru.test", "DS", "; fully validated"},
		{"a.root.test", "A", "; fully validated"},
		{"_25._tcp.mx1.tsuru.test", "TLSA", "; fully validated"},
		{"_25._tcp.mx1.sakura.test", "TLSA", "; fully validated"},
		{"mx1.sakura.test", "TXT", "; negative response, fully validated"},
		{"_tcp.sakura.test", "A", "; negative response, fully validated"},
		{"nobody.sakura.test", "A", "; negative response, fully validated"},
		{"mx1.tsuru.test", "TXT", "; negative response, fully validated"},
		{"_tcp.tsuru.test", "A", "; negative response, fully validated"},
		{"a.b.nobody.tsuru.test", "A", "; negative response, fully validated"},
		{"nobody", "A", "; negative response, fully validated"},
		{"fuji.test", "DS", "; negative response, fully validated"},
		{"nobody.test", "A", "; negative response, fully validated"},
		{"fuji.test", "MX", "; unsigned answer"},
		{"_25._tcp.mx1.fuji.test", "TLSA", "; negative response, unsigned answer"},
		{"10.2.0.192.in-addr.arpa", "PTR", "; unsigned answer"},
	} {
		if out := delv(t, s, c.name, c.qtype); !slices.Contains(strings.Split(out, "\n"), c.want) {
			t.Errorf("%s %s: want %q, got\n%s", c.name, c.qtype, c.want, out)
		}
	}
}

// dig asks the resolver, or a name server by its own port, and gives the whole answer.
func dig(t *testing.T, s *Sandbox, server string, args ...string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(host(t, s.World(), server).DNS)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, "dig", append([]string{"@127.0.0.1", "-p", port, "+tries=1", "+time=2"}, args...)...)
}

// TestDigAndDelvMeetTheCatalogue has other people's programs meet faults: they are real, not made up for ours.
func TestDigAndDelvMeetTheCatalogue(t *testing.T) {
	for _, c := range []struct {
		id, server string
		args       []string
		want       string
	}{
		{"dns.nxdomain", resolverName, []string{"fuji.test", "MX"}, "status: NXDOMAIN"},
		{"dns.servfail", resolverName, []string{"fuji.test", "MX"}, "status: SERVFAIL"},
		{"dns.refused", "ns1.fuji.test", []string{"fuji.test", "MX"}, "status: REFUSED"},
		{"dns.null-mx", resolverName, []string{"fuji.test", "MX"}, "MX\t0 ."},
		{"dns.lame", "ns1.fuji.test", []string{"+norecurse", "fuji.test", "MX"}, "NS\ta.root.test."},
		{"dns.truncated", "ns1.fuji.test", []string{"+ignore", "fuji.test", "MX"}, "flags: qr aa tc"},
		{"dns.truncated", "ns1.fuji.test", []string{"fuji.test", "MX"}, "MX\t10 mx1.fuji.test."},
		{"dns.wrong-id", "ns1.fuji.test", []string{"fuji.test", "MX"}, "ID mismatch"},
		{"dns.edns-formerr", "ns1.fuji.test", []string{"fuji.test", "MX"}, "status: FORMERR"},
		{"dns.edns-formerr", "ns1.fuji.test", []string{"+noedns", "fuji.test", "MX"}, "status: NOERROR"},
		{"dns.bogus", resolverName, []string{"tsuru.test", "MX"}, "EDE: 6 (DNSSEC Bogus)"},
		{"dns.bogus", resolverName, []string{"+cd", "tsuru.test", "MX"}, "MX\t10 mx1.tsuru.test."},
		{"dns.expired", resolverName, []string{"tsuru.test", "MX"}, "EDE: 7 (Signature Expired)"},
		{"dns.stale-secondary", "ns2.fuji.test", []string{"fuji.test", "SOA"}, "2026110101"},
	} {
		if out := dig(t, in(t, c.id), c.server, c.args...); !strings.Contains(out, c.want) {
			t.Errorf("%s: dig %v: %q is not in\n%s", c.id, c.args, c.want, out)
		}
	}
	for id, want := range map[string]string{
		"dns.bogus":       "no valid RRSIG resolving",
		"dns.expired":     "RRSIG has expired",
		"dns.unsigned":    "insecurity proof failed",
		"dns.no-denial":   "insecurity proof failed",
		"dns.ds-mismatch": "no valid signature found (DS)",
		"dns.null-mx":     "; fully validated", // of another domain
	} {
		if out := delv(t, in(t, id), "tsuru.test", "MX"); !strings.Contains(out, want) {
			t.Errorf("%s: %q is not in\n%s", id, want, out)
		}
	}
	made := start(t, Options{}, nil)
	if err := made.Faults().Add(fault.Rule{ID: "f", Host: "ns?.tsuru.test", Stage: fault.Query, Match: fault.Match{Type: "MX"},
		Do: fault.Action{Records: []string{"tsuru.test. 300 MX 0 ."}}}); err != nil {
		t.Fatal(err)
	}
	if out := delv(t, made, "tsuru.test", "MX"); !strings.Contains(out, "; fully validated") || !strings.Contains(out, "0 .") {
		t.Errorf("a record that a rule made up is not signed:\n%s", out)
	}
}

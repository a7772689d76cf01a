package sandbox

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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
	return run(t, "delv", append([]string{"@127.0.0.1", "-p", port, "-a", anchor, "+root=."}, args...)...)
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

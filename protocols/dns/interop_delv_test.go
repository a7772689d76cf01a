package dns

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
)

// TestDelvAgrees asks BIND's validator about the trees of these tests: what it calls validated is secure here, and what
// it refuses is bogus. So neither the signing nor the checking of these tests is judged by its own author alone.
func TestDelvAgrees(t *testing.T) {
	delv, err := exec.LookPath("delv")
	if err != nil || testing.Short() {
		t.Skip("delv is not installed, or the run is short")
	}
	for name, c := range map[string]struct {
		tree          signedTree
		asked, rrtype string
		want          Status
	}{
		"answer":            {signedTree{}, "tsuru.test", "MX", Secure},
		"nodata":            {signedTree{}, "mx1.tsuru.test", "TXT", Secure},
		"nxdomain":          {signedTree{}, "nobody.tsuru.test", "MX", Secure},
		"wildcard":          {signedTree{}, "x.wild.tsuru.test", "TXT", Secure},
		"empty name":        {signedTree{}, "b.empty.tsuru.test", "TXT", Secure},
		"alias":             {signedTree{}, "www.tsuru.test", "A", Secure},
		"NSEC3 answer":      {signedTree{test: []zoneOption{withNSEC3(1)}, tsuru: []zoneOption{withNSEC3(1)}}, "tsuru.test", "MX", Secure},
		"NSEC3 nodata":      {signedTree{tsuru: []zoneOption{withNSEC3(1)}}, "mx1.tsuru.test", "TXT", Secure},
		"NSEC3 nxdomain":    {signedTree{tsuru: []zoneOption{withNSEC3(1)}}, "x.nobody.tsuru.test", "MX", Secure},
		"NSEC3 wildcard":    {signedTree{tsuru: []zoneOption{withNSEC3(1)}}, "x.wild.tsuru.test", "TXT", Secure},
		"RSA":               {signedTree{tsuru: []zoneOption{withRSA}}, "tsuru.test", "MX", Secure},
		"unsigned":          {signedTree{ds: noDS, tsuru: []zoneOption{withoutKeys}}, "tsuru.test", "MX", Insecure},
		"unsigned, NSEC3":   {signedTree{ds: noDS, test: []zoneOption{withNSEC3(1)}, tsuru: []zoneOption{withoutKeys}}, "tsuru.test", "MX", Insecure},
		"unsigned, opt-out": {signedTree{ds: noDS, test: []zoneOption{withOptOut}, tsuru: []zoneOption{withoutKeys}}, "tsuru.test", "MX", Insecure},
		"expired":           {signedTree{tsuru: []zoneOption{validFor(-48*time.Hour, -time.Hour)}}, "tsuru.test", "MX", Bogus},
		"forged":            {signedTree{tsuru: []zoneOption{spoiled(forge)}}, "tsuru.test", "MX", Bogus},
		"not signed":        {signedTree{tsuru: []zoneOption{spoiled(drop(mdns.TypeRRSIG))}}, "tsuru.test", "MX", Bogus},
		"no denial":         {signedTree{tsuru: []zoneOption{spoiled(drop(mdns.TypeNSEC))}}, "nobody.tsuru.test", "MX", Bogus},
	} {
		t.Run(name, func(t *testing.T) {
			w, _ := c.tree.grow(t, WalkOptions{})
			got, err := w.Walk(t.Context(), c.asked, c.rrtype)
			if err != nil && !Absent(err) {
				t.Fatal(err)
			}
			said := askDelv(t, delv, w, c.asked, c.rrtype)
			theirs := Bogus
			switch {
			case strings.Contains(said, "fully validated"):
				theirs = Secure
			case strings.Contains(said, "unsigned answer"):
				theirs = Insecure
			}
			if got.DNSSEC.Status != c.want || theirs != c.want {
				t.Errorf("here %+v, delv %s, want %s\n%s", got.DNSSEC, theirs, c.want, said)
			}
		})
	}
}

// askDelv runs delv against one server that stands for the whole tree, as a resolver that does not validate would.
func askDelv(t *testing.T, delv string, w *Walker, name, rrtype string) string {
	t.Helper()
	at := startServer(t, func(network string, q *mdns.Msg) *mdns.Msg { return relay(t, w, network, q) })
	_, port, _ := net.SplitHostPort(at)
	var keys bytes.Buffer
	for _, ds := range w.anchors {
		keys.WriteString("trust-anchors { . static-ds " + strings.Join(strings.Fields(ds.String())[4:7], " ") + " \"" + ds.Digest + "\"; };\n")
	}
	file := filepath.Join(t.TempDir(), "anchor")
	if err := os.WriteFile(file, keys.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.CommandContext(t.Context(), delv, "@127.0.0.1", "-p", port, "-a", file, "+root=.", "-4", name, rrtype).CombinedOutput()
	return string(out)
}

// relay asks the server of the deepest zone that may answer, following no alias.
func relay(t *testing.T, w *Walker, network string, q *mdns.Msg) *mdns.Msg {
	name := mdns.CanonicalName(q.Question[0].Name)
	addr := "198.51.100.1"
	for _, z := range []struct{ zone, addr string }{{"test.", "198.51.100.2"}, {"tsuru.test.", "192.0.2.53"}} {
		if mdns.IsSubDomain(z.zone, name) && !(z.zone == name && q.Question[0].Qtype == mdns.TypeDS) {
			addr = z.addr
		}
	}
	conn, err := w.stub.net.Dial(t.Context(), network, addr+":53")
	if err != nil {
		return nil
	}
	defer conn.Close()
	forward := q.Copy()
	forward.SetEdns0(4096, true)
	m, _, err := new(mdns.Client).ExchangeWithConn(forward, &mdns.Conn{Conn: conn, UDPSize: 4096})
	if err != nil {
		return nil
	}
	m.Id, m.RecursionAvailable = q.Id, true
	return m
}

package sandbox

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/miekg/dns"
	"net/netip"
)

func TestWorldFileIsReadBack(t *testing.T) {
	s := start(t, Options{}, nil)
	got, err := ReadWorld(s.WorldFile())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s.World(), got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Fatal(d)
	}
	info, err := os.Stat(s.WorldFile())
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v", info.Mode())
	}
	if ca, err := os.ReadFile(got.CAFile); err != nil || string(ca) != got.CAPEM {
		t.Fatalf("CA file: %v", err)
	}
	files, _ := filepath.Glob(filepath.Join(s.Dir(), "*"))
	for _, f := range files {
		if data, _ := os.ReadFile(f); strings.Contains(string(data), "PRIVATE KEY") {
			t.Errorf("%s holds a private key", f)
		}
	}
}

func TestReadWorldRefuses(t *testing.T) {
	const hosts = `"hosts":[{"name":"x","address":"192.0.2.1"}]`
	for text, want := range map[string]string{
		``: "not a world file", `{"version":2}`: "version 2", `{"version":1,"hots":[]}`: "hots", `{"version":1}`: "no hosts",
		`{"version":1,` + hosts + `,"addresses":{"tcp 192.0.2.1:25":"198.51.100.7:25"}}`: "not on loopback",
		`{"version":1,` + hosts + `,"addresses":{"tcp 192.0.2.1:25":"127.0.0.1:25"}} {}`: "follows",
	} {
		file := filepath.Join(t.TempDir(), "world.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadWorld(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ReadWorld(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestDialReachesOnlyTheSandbox(t *testing.T) {
	w := start(t, Options{}, nil).World()
	ctx := context.Background()
	for address, want := range map[string]error{
		"192.0.2.10:993": nil, "[2001:db8::10]:993": nil,
		"192.0.2.10:80": syscall.ECONNREFUSED, "192.0.2.99:25": syscall.EHOSTUNREACH, "127.0.0.1:22": syscall.EHOSTUNREACH,
	} {
		c, err := w.Dial(ctx, "tcp", address)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", address, err)
		}
		if c != nil {
			c.Close()
		}
	}
	if _, err := w.Dial(ctx, "tcp", "mail.sakura.test:993"); err == nil || !strings.Contains(err.Error(), "literal") {
		t.Errorf("a name: %v", err)
	}
	c, err := w.Dial(ctx, "udp", w.Resolver)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, ok := c.(net.PacketConn); !ok {
		t.Errorf("a UDP connection is a %T, not a net.PacketConn", c)
	}
	for host, want := range map[string]bool{"mail.sakura.test": true, "Fuji.TEST.": true, "192.0.2.10": true, "example.com": false,
		"192.0.2.99": false, "nottest": false} {
		if w.Owns(host) != want {
			t.Errorf("Owns(%q) is %v", host, !want)
		}
	}
}

func TestEveryServiceVerifiesWithTheCA(t *testing.T) {
	s := start(t, Options{}, nil)
	n := 0
	for _, b := range s.bound {
		if !b.service.tls {
			continue
		}
		n++
		for _, name := range []string{b.machine.name, "localhost", "127.0.0.1", "::1"} {
			c, err := tls.Dial("tcp", b.tcp.Addr().String(), &tls.Config{RootCAs: s.pool(t), ServerName: name})
			if err != nil {
				t.Errorf("%s of %s as %s: %v", b.service.name, b.machine.name, name, err)
				continue
			}
			c.Close()
		}
	}
	if n != 10 {
		t.Fatalf("only %d TLS services", n)
	}
}

func TestTheCACannotVouchForOthers(t *testing.T) {
	ca, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for name, good := range map[string]bool{"mail.sakura.test": true, "localhost": true, "127.0.0.1": true, "::1": true,
		"example.com": false, "mail.example.com": false, "192.0.2.10": false, "test.example": false} {
		key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		leaf := &x509.Certificate{SerialNumber: serial(), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = []net.IP{ip}
		} else {
			leaf.DNSNames = []string{name}
		}
		der, err := x509.CreateCertificate(rand.Reader, leaf, ca.cert, key.Public(), ca.key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = cert.Verify(x509.VerifyOptions{Roots: ca.roots(), DNSName: name}); (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
	}
	block, _ := pem.Decode([]byte(ca.pem))
	if cert, err := x509.ParseCertificate(block.Bytes); err != nil || !cert.PermittedDNSDomainsCritical || !cert.MaxPathLenZero {
		t.Fatalf("%v", err)
	}
}

// TestNames walks every record set that a mail program looks for, through the resolver.
func TestNames(t *testing.T) {
	s := start(t, Options{}, nil)
	for _, c := range []struct {
		name  string
		qtype uint16
		want  string
	}{
		{"tsuru.test", dns.TypeMX, "10 mx1.tsuru.test. 20 mx2.tsuru.test."},
		{"tsuru.test", dns.TypeNS, "ns1.tsuru.test. ns2.tsuru.test."},
		{"mail.sakura.test", dns.TypeA, "192.0.2.10"},
		{"mail.sakura.test", dns.TypeAAAA, "2001:db8::10"},
		{"pop.fuji.test", dns.TypeA, "mail.fuji.test. 192.0.2.21"},
		{"sakura.test", dns.TypeTXT, `"v=spf1 mx a:mail.sakura.test -all"`},
		{"_mta-sts.sakura.test", dns.TypeTXT, `"v=STSv1; id=20261123T000000"`},
		{"_smtp._tls.sakura.test", dns.TypeTXT, `"v=TLSRPTv1; rua=mailto:postmaster@sakura.test"`},
		{"_dmarc.sakura.test", dns.TypeTXT, `"v=DMARC1; p=none; rua=mailto:postmaster@sakura.test"`},
		{"_imaps._tcp.sakura.test", dns.TypeSRV, "0 1 993 mail.sakura.test."},
		{"_submission._tcp.fuji.test", dns.TypeSRV, "0 1 587 mail.fuji.test."},
		{"10.2.0.192.in-addr.arpa", dns.TypePTR, "mail.sakura.test."},
		{"80.113.0.203.in-addr.arpa", dns.TypePTR, "web.nic.test."},
		{"0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", dns.TypePTR, "mail.sakura.test."},
		{"autoconfig.fuji.test", dns.TypeA, "203.0.113.80"},
		{"ns1.nic.test", dns.TypeA, "198.51.100.2"},
		{"a.root.test", dns.TypeA, "198.51.100.1"},
		{"test", dns.TypeNS, "ns1.nic.test. ns2.nic.test."},
		{".", dns.TypeNS, "a.root.test."},
		{"nobody.sakura.test", dns.TypeA, "NXDOMAIN"},
		{"mx2.tsuru.test", dns.TypeAAAA, ""},
		{"1.0.0.127.in-addr.arpa", dns.TypePTR, "NXDOMAIN"},
	} {
		m, err := s.lookup(context.Background(), nil, c.name, c.qtype)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		if m.Rcode != dns.RcodeSuccess {
			got = append(got, dns.RcodeToString[m.Rcode])
		}
		for _, rr := range m.Answer {
			got = append(got, strings.Join(strings.Split(rr.String(), "\t")[4:], " "))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s %s: %q, want %q", c.name, dns.TypeToString[c.qtype], got, c.want)
		}
	}
}

// TestPointersConfirm goes from every address of a mail host to its name and back (RFC 1912 section 2.1).
func TestPointersConfirm(t *testing.T) {
	s := start(t, Options{}, nil)
	n := 0
	for _, m := range s.plan.machines {
		for _, a := range m.addrs() {
			reverse, err := dns.ReverseAddr(a.String())
			if err != nil {
				t.Fatal(err)
			}
			ptr, err := s.lookup(context.Background(), nil, reverse, dns.TypePTR)
			if err != nil || len(ptr.Answer) != 1 {
				t.Errorf("%s: %v %v", a, ptr, err)
				continue
			}
			qtype := dns.TypeA
			if a.Is6() {
				qtype = dns.TypeAAAA
			}
			back, err := s.lookup(context.Background(), nil, ptr.Answer[0].(*dns.PTR).Ptr, qtype)
			if err != nil || len(back.Answer) != 1 || !strings.HasSuffix(back.Answer[0].String(), "\t"+a.String()) {
				t.Errorf("%s: %v %v", a, back, err)
			}
			n++
		}
	}
	if n < 20 {
		t.Fatalf("only %d addresses", n)
	}
}

// TestExchangersShowTheirTLSAKeys turns to TLS with each exchanger of a signed domain and compares the key with the
// record (RFC 7672 section 3.1.1). The other domain has none, for nobody could trust it.
func TestExchangersShowTheirTLSAKeys(t *testing.T) {
	s := start(t, Options{}, nil)
	for _, mx := range []string{"mx1.sakura.test", "mx1.tsuru.test", "mx2.tsuru.test"} {
		m, err := s.lookup(context.Background(), nil, "_25._tcp."+mx, dns.TypeTLSA)
		if err != nil || len(m.Answer) != 1 {
			t.Fatalf("%s: %v %v", mx, m, err)
		}
		c, err := smtp.Dial(host(t, s.World(), mx).SMTP)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.StartTLS(&tls.Config{RootCAs: s.pool(t), ServerName: mx}); err != nil {
			t.Fatal(err)
		}
		state, _ := c.TLSConnectionState()
		if err := m.Answer[0].(*dns.TLSA).Verify(state.PeerCertificates[0]); err != nil {
			t.Errorf("%s: %v", mx, err)
		}
		c.Close()
	}
	if m, err := s.lookup(context.Background(), nil, "_25._tcp.mx1.fuji.test", dns.TypeTLSA); err != nil || len(m.Answer) != 0 {
		t.Errorf("fuji.test is not signed: %v %v", m, err)
	}
}

func TestPolicyAndAutoconfig(t *testing.T) {
	s := start(t, Options{}, nil)
	web := host(t, s.World(), webName).HTTPS
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: s.pool(t)},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", web)
		}}}
	for url, want := range map[string][2]string{
		"https://mta-sts.tsuru.test/.well-known/mta-sts.txt": {"text/plain; charset=utf-8",
			"version: STSv1\r\nmode: enforce\r\nmx: mx1.tsuru.test\r\nmx: mx2.tsuru.test\r\nmax_age: 86400\r\n"},
		"https://mta-sts.fuji.test/.well-known/mta-sts.txt": {"text/plain; charset=utf-8",
			"version: STSv1\r\nmode: enforce\r\nmx: mx1.fuji.test\r\nmax_age: 86400\r\n"},
		"https://mta-sts.sakura.test/.well-known/mta-sts.txt": {"text/plain; charset=utf-8",
			"version: STSv1\r\nmode: testing\r\nmx: mx1.sakura.test\r\nmax_age: 86400\r\n"},
		"https://autoconfig.fuji.test/mail/config-v1.1.xml":             {"text/xml; charset=utf-8", "<hostname>mail.fuji.test</hostname>"},
		"https://fuji.test/.well-known/autoconfig/mail/config-v1.1.xml": {"text/xml; charset=utf-8", "<port>995</port>"},
		"https://mta-sts.tsuru.test/mail/config-v1.1.xml":               {"text/plain; charset=utf-8", "404"},
	} {
		resp, err := client.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.Header.Get("Content-Type") != want[0] || !strings.Contains(string(body), want[1]) {
			t.Errorf("%s: %s %v\n%s", url, resp.Header.Get("Content-Type"), err, body)
		}
	}
}

func TestFixedPortsFollowTheDocumentedOrder(t *testing.T) {
	first := freeRange(t)
	s := start(t, Options{Port: first}, nil)
	w := s.World()
	for i, b := range s.bound {
		if port := b.tcp.Addr().(*net.TCPAddr).Port; port != first+i {
			t.Fatalf("%s of %s is at %d, not %d", b.service.name, b.machine.name, port, first+i)
		}
	}
	if w.Hosts[0].Name != "mail.sakura.test" || !strings.HasPrefix(w.Hosts[0].SMTP, "127.0.0.1:") {
		t.Fatalf("%+v", w.Hosts[0])
	}
	if _, err := Start(context.Background(), nil, Options{Port: first, SeedMessages: -1}); err == nil ||
		!strings.Contains(err.Error(), "choose another first port") {
		t.Fatalf("a second sandbox at the same ports: %v", err)
	}
}

// freeRange finds FixedPorts free ports in a row.
func freeRange(t *testing.T) int {
	t.Helper()
	for first := 20000; first < 60000; first += 500 {
		all, err := newPlan(nil).listenAll(first)
		if err == nil {
			closeAll(all)
			return first
		}
	}
	t.Skip("no free range of ports")
	return 0
}

package dnsd

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"
)

// signedWorld is a root, test. with opt-out, a signed tsuru.test and an unsigned fuji.test, and a resolver that
// validates. The clock is the caller's.
func signedWorld(t *testing.T, now func() time.Time) *tiny {
	n := newTiny(t)
	signed := func(z *Zone, how Denial) *Zone {
		if err := z.Sign(how, now); err != nil {
			t.Fatal(err)
		}
		return z
	}
	tsuru := signed(zone(t, "tsuru.test.", `
@ NS ns1
@ MX 10 mx1
ns1 A 192.0.2.53
mx1 A 192.0.2.31
www CNAME mx1
out CNAME mx1.fuji.test.
deep.under TXT "x"
big TXT `+strings.Repeat(`"`+strings.Repeat("x", 250)+`" `, 8)+`
`), NSEC3)
	fuji := zone(t, "fuji.test.", "@ NS ns1\n@ MX 10 mx1\nns1 A 192.0.2.22\nmx1 A 192.0.2.20\n")
	test := signed(zone(t, "test.", `
@ NS ns1.nic.test.
ns1.nic A 198.51.100.2
tsuru NS ns1.tsuru
ns1.tsuru A 192.0.2.53
fuji NS ns1.fuji
ns1.fuji A 192.0.2.22
`+tsuru.DS().String()+"\n"), NSEC3OptOut)
	root := signed(zone(t, ".", "@ NS a.root.test.\ntest. NS ns1.nic.test.\nns1.nic.test. A 198.51.100.2\n"+test.DS().String()+"\n"), NSEC)
	n.start("a.root.test", "198.51.100.1", []*Zone{root}, nil)
	n.start("ns1.nic.test", "198.51.100.2", []*Zone{test}, nil)
	n.start("ns1.tsuru.test", "192.0.2.53", []*Zone{tsuru}, nil)
	n.start("ns1.fuji.test", "192.0.2.22", []*Zone{fuji}, nil)
	asker := &Asker{Dial: n.dial, Timeout: time.Second, DNSSEC: true}
	hints := []Hint{{Name: "a.root.test", Addrs: []string{"198.51.100.1"}}}
	n.start("resolver.test", "192.0.2.1", nil, NewResolver(hints, []*dns.DS{root.DS()}, asker, n.span, now))
	return n
}

// query asks as the library's own client does; set changes the question.
func (n *tiny) query(network, server, name string, qtype uint16, set func(*dns.Msg)) (*dns.Msg, error) {
	n.t.Helper()
	c, err := n.dial(context.Background(), network, server+":53")
	if err != nil {
		n.t.Fatal(err)
	}
	defer c.Close()
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	if set != nil {
		set(m)
	}
	resp, _, err := (&dns.Client{Net: network, Timeout: time.Second}).ExchangeWithConn(m, &dns.Conn{Conn: c})
	return resp, err
}

func wantDNSSEC(m *dns.Msg) { m.SetEdns0(1232, true) }

// shapeOf lists the types of each section, RRSIG with what it covers.
func shapeOf(m *dns.Msg) string {
	part := func(rrs []dns.RR) string {
		var all []string
		for _, rr := range rrs {
			switch rr := rr.(type) {
			case *dns.OPT:
			case *dns.RRSIG:
				all = append(all, "sig:"+dns.TypeToString[rr.TypeCovered])
			default:
				all = append(all, dns.TypeToString[rr.Header().Rrtype])
			}
		}
		slices.Sort(all)
		return strings.Join(all, " ")
	}
	return part(m.Answer) + " / " + part(m.Ns) + " / " + part(m.Extra)
}

func TestServersSignForWhoAsks(t *testing.T) {
	n := signedWorld(t, time.Now)
	for _, c := range []struct {
		server, name string
		qtype        uint16
		plain, do    string
	}{
		{"192.0.2.53", "tsuru.test", dns.TypeMX, "MX /  / A", "MX sig:MX /  / A sig:A"},
		{"192.0.2.53", "tsuru.test", dns.TypeDNSKEY, "DNSKEY /  / ", "DNSKEY sig:DNSKEY /  / "},
		{"192.0.2.53", "www.tsuru.test", dns.TypeA, "A CNAME /  / ", "A CNAME sig:A sig:CNAME /  / "},
		{"192.0.2.53", "tsuru.test", dns.TypeTXT, " / SOA / ", " / NSEC3 SOA sig:NSEC3 sig:SOA / "},
		{"192.0.2.53", "under.tsuru.test", dns.TypeA, " / SOA / ", " / NSEC3 SOA sig:NSEC3 sig:SOA / "},
		{"192.0.2.53", "a.b.tsuru.test", dns.TypeA, " / SOA / ", " / NSEC3 NSEC3 SOA sig:NSEC3 sig:NSEC3 sig:SOA / "},
		{"192.0.2.53", "tsuru.test", dns.TypeDS, " / SOA / ", " / NSEC3 SOA sig:NSEC3 sig:SOA / "},
		{"198.51.100.2", "tsuru.test", dns.TypeMX, " / NS / A", " / DS NS sig:DS / A"},
		{"198.51.100.2", "tsuru.test", dns.TypeDS, "DS /  / ", "DS sig:DS /  / "},
		{"198.51.100.2", "fuji.test", dns.TypeMX, " / NS / A", " / NS NSEC3 NSEC3 sig:NSEC3 sig:NSEC3 / A"},
		{"198.51.100.1", "nobody", dns.TypeA, " / SOA / ", " / NSEC SOA sig:NSEC sig:SOA / "},
		{"198.51.100.1", ".", dns.TypeNSEC, "NSEC /  / ", "NSEC sig:NSEC /  / "},
		{"198.51.100.1", ".", dns.TypeRRSIG, "sig:SOA /  / ", "sig:SOA /  / "},
		{"192.0.2.22", "fuji.test", dns.TypeMX, "MX /  / A", "MX /  / A"},
	} {
		plain, err := n.query("udp", c.server, c.name, c.qtype, nil)
		if err != nil {
			t.Fatal(err)
		}
		do, err := n.query("udp", c.server, c.name, c.qtype, wantDNSSEC)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{shapeOf(plain), shapeOf(do)}; got != [2]string{c.plain, c.do} {
			t.Errorf("%s %s: %q", c.name, dns.TypeToString[c.qtype], got)
		}
		if plain.IsEdns0() != nil || do.IsEdns0() == nil || !do.IsEdns0().Do() || do.AuthenticatedData {
			t.Errorf("%s: EDNS %v, then %v, AD %v", c.name, plain.IsEdns0(), do.IsEdns0(), do.AuthenticatedData)
		}
	}
}

func TestResolverValidates(t *testing.T) {
	n := signedWorld(t, time.Now)
	for _, c := range []struct {
		name  string
		qtype uint16
		ad    bool
		do    string
	}{
		{"tsuru.test", dns.TypeMX, true, "MX sig:MX /  / "},
		{"tsuru.test", dns.TypeDNSKEY, true, "DNSKEY sig:DNSKEY /  / "},
		{"tsuru.test", dns.TypeDS, true, "DS sig:DS /  / "},
		{"www.tsuru.test", dns.TypeA, true, "A CNAME sig:A sig:CNAME /  / "},
		{"tsuru.test", dns.TypeTXT, true, " / NSEC3 SOA sig:NSEC3 sig:SOA / "},
		{"nobody.tsuru.test", dns.TypeA, true, " / NSEC3 NSEC3 SOA sig:NSEC3 sig:NSEC3 sig:SOA / "},
		{"under.tsuru.test", dns.TypeA, true, " / NSEC3 SOA sig:NSEC3 sig:SOA / "},
		{"nobody", dns.TypeA, true, " / NSEC SOA sig:NSEC sig:SOA / "},
		{"out.tsuru.test", dns.TypeA, false, "A CNAME sig:CNAME /  / "},
		{"fuji.test", dns.TypeMX, false, "MX /  / "},
		{"fuji.test", dns.TypeDS, false, " / NSEC3 NSEC3 SOA sig:NSEC3 sig:NSEC3 sig:SOA / "},
		{"nobody.test", dns.TypeA, false, " / NSEC3 NSEC3 SOA sig:NSEC3 sig:NSEC3 sig:SOA / "},
	} {
		m, err := n.query("udp", "192.0.2.1", c.name, c.qtype, wantDNSSEC)
		if err != nil {
			t.Fatal(err)
		}
		if m.AuthenticatedData != c.ad || shapeOf(m) != c.do || m.Rcode == dns.RcodeServerFailure {
			t.Errorf("%s %s: %s, AD %v, %q", c.name, dns.TypeToString[c.qtype], dns.RcodeToString[m.Rcode], m.AuthenticatedData, shapeOf(m))
		}
	}
	m, _ := n.query("udp", "192.0.2.1", "tsuru.test", dns.TypeMX, nil)
	if m == nil || m.AuthenticatedData || strings.Contains(shapeOf(m), "sig") {
		t.Errorf("without DO and AD: %v", m)
	}
	m, _ = n.query("udp", "192.0.2.1", "tsuru.test", dns.TypeMX, func(m *dns.Msg) { m.AuthenticatedData = true })
	if m == nil || !m.AuthenticatedData || strings.Contains(shapeOf(m), "sig") {
		t.Errorf("with AD alone: %v", m)
	}
}

func TestSignaturesFollowTheClock(t *testing.T) {
	start := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	var passed atomic.Int64
	n := signedWorld(t, func() time.Time { return start.Add(time.Duration(passed.Load())) })
	expiry := func() uint32 {
		m, err := n.query("udp", "192.0.2.53", "tsuru.test", dns.TypeMX, wantDNSSEC)
		if err != nil {
			t.Fatal(err)
		}
		return m.Answer[1].(*dns.RRSIG).Expiration
	}
	first := expiry()
	if want := uint32(start.Add(signedAfter).Unix()); first != want || expiry() != first {
		t.Fatalf("until %d, want %d", first, want)
	}
	passed.Add(int64(signedAfter - resignWithin + time.Second))
	if expiry() <= first {
		t.Fatal("not signed again in time")
	}
	passed.Add(int64(365 * 24 * time.Hour))
	if m, err := n.query("udp", "192.0.2.1", "tsuru.test", dns.TypeMX, wantDNSSEC); err != nil || !m.AuthenticatedData {
		t.Fatalf("a year later: %v %v", m, err)
	}
}

func TestWhatDoesNotFitGoesByTCP(t *testing.T) {
	n := signedWorld(t, time.Now)
	m, err := n.query("udp", "192.0.2.53", "big.tsuru.test", dns.TypeTXT, wantDNSSEC)
	if err != nil || !m.Truncated || m.Len() > maxUDP {
		t.Fatalf("by UDP: %v %v", err, m)
	}
	m, err = n.query("tcp", "192.0.2.53", "big.tsuru.test", dns.TypeTXT, wantDNSSEC)
	if err != nil || m.Truncated || shapeOf(m) != "TXT sig:TXT /  / " {
		t.Fatalf("by TCP: %v %v", err, m)
	}
	m, err = n.query("udp", "192.0.2.53", "tsuru.test", dns.TypeDNSKEY, func(m *dns.Msg) { m.SetEdns0(512, true) })
	if err != nil || m.Truncated || m.Len() > 512 {
		t.Fatalf("a key and its signature fit into 512 octets: %v %v", err, m)
	}
	if m, err = n.query("udp", "192.0.2.1", "big.tsuru.test", dns.TypeTXT, wantDNSSEC); err != nil || !m.Truncated || m.Rcode != 0 {
		t.Fatalf("the resolver by UDP: %v %v", err, m)
	}
	if m, err = n.query("tcp", "192.0.2.1", "big.tsuru.test", dns.TypeTXT, wantDNSSEC); err != nil || !m.AuthenticatedData || len(m.Answer) != 2 {
		t.Fatalf("the resolver by TCP: %v %v", err, m)
	}
}

// TestCanonicalOrder is the example of RFC 4034 section 6.1.
func TestCanonicalOrder(t *testing.T) {
	want := []string{"example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.", "z.example.",
		`\001.z.example.`, "*.z.example.", `\200.z.example.`}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(sortKey(a), sortKey(b)) })
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

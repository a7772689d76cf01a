package dnsd

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tiny is a small Internet of name servers: a map from documentation addresses to real listeners.
type tiny struct {
	t      *testing.T
	faults *fault.Set
	span   *trace.Span
	events *trace.Recorder
	real   map[string]string
}

// asked lists the questions that a side saw, "server name type".
func (n *tiny) asked(side trace.Side) []string {
	var out []string
	for _, ev := range n.events.Events() {
		if ev.Kind == trace.KindDNS && ev.Side == side {
			out = append(out, ev.Addr+" "+ev.Name)
		}
	}
	return out
}

func newTiny(t *testing.T) *tiny {
	ev := new(trace.Recorder)
	return &tiny{t: t, faults: new(fault.Set), events: ev, span: trace.New(ev, nil), real: make(map[string]string)}
}

func (n *tiny) dial(ctx context.Context, network, address string) (net.Conn, error) {
	real, ok := n.real[address]
	if !ok {
		return nil, fmt.Errorf("%s is not here", address)
	}
	return new(net.Dialer).DialContext(ctx, network, real)
}

func (n *tiny) start(name, addr string, zones []*Zone, r *Resolver) {
	n.t.Helper()
	l, pc := listen(n.t)
	s := New(Config{Name: name, Addr: addr + ":53", Zones: zones, Resolver: r, Span: n.span, Faults: n.faults})
	n.real[addr+":53"] = l.Addr().String()
	s.Start(pc, l)
	n.t.Cleanup(func() { s.Close() })
}

// listen opens one free port for TCP and UDP.
func listen(t *testing.T) (net.Listener, net.PacketConn) {
	t.Helper()
	for range 20 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if pc, err := net.ListenPacket("udp", l.Addr().String()); err == nil {
			return l, pc
		}
		l.Close() // the number is in use for UDP
	}
	t.Fatal("no port is free for both")
	return nil, nil
}

func zone(t *testing.T, origin, text string) *Zone {
	t.Helper()
	soa := "$TTL 300\n@ SOA ns.%[1]s postmaster.%[1]s 1 3600 600 86400 60\n"
	z, err := ParseZone(origin, strings.ReplaceAll(soa, "%[1]s", "nic.test.")+text)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// world starts root, test., fuji.test. and a resolver.
func world(t *testing.T) *tiny {
	n := newTiny(t)
	n.start("a.root.test", "198.51.100.1", []*Zone{zone(t, ".", `
@ NS a.root.test.
test. NS ns1.nic.test.
ns1.nic.test. A 198.51.100.2
`)}, nil)
	n.start("ns1.nic.test", "198.51.100.2", []*Zone{zone(t, "test.", `
@ NS ns1.nic.test.
ns1.nic A 198.51.100.2
fuji NS ns1.fuji
fuji NS ns2.fuji
ns1.fuji A 192.0.2.53
ns2.fuji A 192.0.2.54
far NS ns1.fuji
lame NS ns1.fuji
loop NS ns.pool
pool NS ns.loop
`)}, nil)
	fuji := []*Zone{zone(t, "fuji.test.", `
@ NS ns1
@ NS ns2
@ MX 10 mx1
ns1 A 192.0.2.53
ns2 A 192.0.2.54
mx1 A 192.0.2.20
mx1 AAAA 2001:db8::20
www CNAME mx1
deep.under TXT "x"
a CNAME b
b CNAME a
out CNAME mail.far.test.
big TXT `+strings.Repeat(`"`+strings.Repeat("x", 250)+`" `, 8)+`
`), zone(t, "far.test.", `
@ NS ns1.fuji.test.
mail A 192.0.2.99
`)}
	n.start("ns1.fuji.test", "192.0.2.53", fuji, nil)
	n.start("ns2.fuji.test", "192.0.2.54", fuji, nil)
	asker := &Asker{Dial: n.dial, Timeout: time.Second}
	n.start("resolver.test", "192.0.2.1", nil, NewResolver([]Hint{{Name: "a.root.test", Addrs: []string{"198.51.100.1"}}}, nil, asker, n.span, nil))
	return n
}

func (n *tiny) ask(server, name string, qtype uint16) *dns.Msg {
	n.t.Helper()
	a := &Asker{Dial: n.dial}
	m, err := a.Ask(context.Background(), nil, Peer{Addr: server + ":53"}, name, qtype, true)
	if err != nil {
		n.t.Fatalf("%s: %v", name, err)
	}
	return m
}

func TestResolverWalksFromTheRoot(t *testing.T) {
	n := world(t)
	m := n.ask("192.0.2.1", "fuji.test", dns.TypeMX)
	if len(m.Answer) != 1 || !strings.HasSuffix(m.Answer[0].String(), "MX\t10 mx1.fuji.test.") || !m.RecursionAvailable {
		t.Fatalf("got %v", m)
	}
	want := []string{
		"a.root.test 198.51.100.1:53 fuji.test MX",
		"ns1.nic.test 198.51.100.2:53 fuji.test MX",
		"ns1.fuji.test 192.0.2.53:53 fuji.test MX",
	}
	if got := n.asked(trace.SideClient); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("asked\n%s", strings.Join(got, "\n"))
	}
	seen := n.asked(trace.SideServer)
	if len(seen) != 4 || seen[3] != "resolver.test 192.0.2.1:53 fuji.test MX" {
		t.Fatalf("servers saw %q", seen)
	}
	n.ask("192.0.2.1", "fuji.test", dns.TypeMX)
	if got := n.asked(trace.SideClient); len(got) != 3 {
		t.Fatalf("the second question was not answered from the cache: %q", got[3:])
	}
	n.ask("192.0.2.1", "mx1.fuji.test", dns.TypeA)
	if got := n.asked(trace.SideClient); len(got) != 4 || !strings.HasPrefix(got[3], "ns1.fuji.test") {
		t.Fatalf("the delegation was not remembered: %q", got[3:])
	}
}

func TestAnswers(t *testing.T) {
	n := world(t)
	cases := []struct {
		name  string
		qtype uint16
		rcode int
		want  []string // types of the answer
	}{
		{"mx1.fuji.test", dns.TypeA, dns.RcodeSuccess, []string{"A"}},
		{"MX1.Fuji.TEST", dns.TypeAAAA, dns.RcodeSuccess, []string{"AAAA"}},
		{"www.fuji.test", dns.TypeA, dns.RcodeSuccess, []string{"CNAME", "A"}},
		{"out.fuji.test", dns.TypeA, dns.RcodeSuccess, []string{"CNAME", "A"}},
		{"mx1.fuji.test", dns.TypeMX, dns.RcodeSuccess, nil},
		{"under.fuji.test", dns.TypeA, dns.RcodeSuccess, nil}, // empty non-terminal
		{"nobody.fuji.test", dns.TypeA, dns.RcodeNameError, nil},
		{"nobody.test", dns.TypeMX, dns.RcodeNameError, nil},
		{"a.fuji.test", dns.TypeA, dns.RcodeServerFailure, nil},
		{"mail.lame.test", dns.TypeA, dns.RcodeServerFailure, nil},
		{"x.loop.test", dns.TypeA, dns.RcodeServerFailure, nil},
		{"big.fuji.test", dns.TypeTXT, dns.RcodeSuccess, []string{"TXT"}}, // only TCP carries it
	}
	for _, c := range cases {
		m := n.ask("192.0.2.1", c.name, c.qtype)
		var got []string
		for _, rr := range m.Answer {
			got = append(got, dns.TypeToString[rr.Header().Rrtype])
		}
		if m.Rcode != c.rcode || fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s %s: %s %v", c.name, dns.TypeToString[c.qtype], dns.RcodeToString[m.Rcode], got)
		}
	}
}

func TestTruncationAtTheSizeAsked(t *testing.T) {
	n := world(t)
	c, err := n.dial(context.Background(), "udp", "192.0.2.53:53")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := new(dns.Msg)
	m.SetQuestion("big.fuji.test.", dns.TypeTXT)
	conn := &dns.Conn{Conn: c, UDPSize: 65535}
	if err := conn.WriteMsg(m); err != nil {
		t.Fatal(err)
	}
	resp, err := conn.ReadMsg()
	if err != nil {
		t.Fatal(err)
	}
	if !resp.Truncated || resp.Len() > dns.MinMsgSize || resp.IsEdns0() != nil {
		t.Fatalf("truncated %v, %d octets", resp.Truncated, resp.Len())
	}
}

func TestRefusals(t *testing.T) {
	n := world(t)
	if m := n.ask("192.0.2.53", "sakura.test", dns.TypeA); m.Rcode != dns.RcodeRefused {
		t.Errorf("foreign zone: %s", dns.RcodeToString[m.Rcode])
	}
	if m := n.ask("192.0.2.53", "fuji.test", dns.TypeAXFR); m.Rcode != dns.RcodeRefused {
		t.Errorf("AXFR: %s", dns.RcodeToString[m.Rcode])
	}
	m := new(dns.Msg)
	m.SetNotify("fuji.test.")
	c, _ := n.dial(context.Background(), "tcp", "192.0.2.53:53")
	defer c.Close()
	conn := &dns.Conn{Conn: c}
	conn.WriteMsg(m)
	if resp, err := conn.ReadMsg(); err != nil || resp.Rcode != dns.RcodeNotImplemented {
		t.Errorf("NOTIFY: %v %v", resp, err)
	}
}

func TestFaultSendsTheWalkToTheNextServer(t *testing.T) {
	n := world(t)
	rules := []fault.Rule{
		{ID: "silent", Host: "ns1.fuji.test", Stage: fault.Query, Do: fault.Action{Silent: true}},
		{ID: "servfail", Host: "ns2.fuji.test", Stage: fault.Query, Nth: 2, Do: fault.Action{Reply: "SERVFAIL"}},
	}
	for _, r := range rules {
		if err := n.faults.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	if m := n.ask("192.0.2.1", "mx1.fuji.test", dns.TypeA); m.Rcode != dns.RcodeSuccess || len(m.Answer) != 1 {
		t.Fatalf("ns2 was not asked: %v", m)
	}
	if m := n.ask("192.0.2.1", "mx1.fuji.test", dns.TypeAAAA); m.Rcode != dns.RcodeServerFailure {
		t.Fatalf("both servers fail, yet: %v", m)
	}
	marks := map[string]bool{}
	for _, e := range n.events.Events() {
		if e.Rule != "" && e.Side != trace.SideServer {
			t.Fatalf("the client's side carries a rule: %+v", e)
		}
		marks[e.Rule] = true
	}
	if !marks["silent"] || !marks["servfail"] {
		t.Fatalf("rules on events: %v", marks)
	}
}

func TestCacheIsBoundedAndExpires(t *testing.T) {
	now := time.Unix(0, 0)
	c := newCache(func() time.Time { return now })
	rr, _ := dns.NewRR("x.test. 60 A 192.0.2.1")
	for i := range maxCached + 100 {
		c.put(fmt.Sprintf("%d.test.", i), dns.TypeA, result{answer: []dns.RR{rr}})
	}
	if len(c.results) > maxCached {
		t.Fatalf("%d entries", len(c.results))
	}
	c.put("x.test.", dns.TypeA, result{answer: []dns.RR{rr}})
	now = now.Add(20 * time.Second)
	if got, ok := c.get("x.test.", dns.TypeA); !ok || got.answer[0].Header().Ttl != 40 {
		t.Fatalf("after 20 s: %v %v", got, ok)
	}
	now = now.Add(40 * time.Second)
	if _, ok := c.get("x.test.", dns.TypeA); ok {
		t.Fatal("outlived its TTL")
	}
}

func TestParseZoneRefuses(t *testing.T) {
	soa := "@ 60 SOA ns x 1 2 3 4 5\n"
	for _, text := range []string{"", soa, "@ 60 NS ns\n", soa + "@ 60 NS ns\nother.example. 60 A 192.0.2.1\n", soa + soa + "@ 60 NS ns\n", soa + "@ 60 NS"} {
		if _, err := ParseZone("fuji.test", text); err == nil {
			t.Errorf("accepted %q", text)
		}
	}
}

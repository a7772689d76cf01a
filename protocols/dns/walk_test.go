package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	sandbox "todoku/embedded-server"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// internet is a hierarchy of name servers in this process: address -> what answers there.
type internet map[string]answerFunc

// walkerOn starts the servers and gives a walker that begins at 198.51.100.1, and the hops it makes.
func walkerOn(t *testing.T, in internet, o WalkOptions) (*Walker, func() []Hop) {
	t.Helper()
	real := map[string]string{}
	for addr, answer := range in {
		real[addr] = startServer(t, answer)
	}
	var mu sync.Mutex
	var hops []Hop
	o.Watch = func(h Hop) {
		mu.Lock()
		defer mu.Unlock()
		if h.Outcome != Asking {
			hops = append(hops, h)
		}
	}
	world := wire.Net{}
	if o.Net != nil {
		world = *o.Net
	}
	o.Net = &wire.Net{TrustAnchor: world.TrustAnchor, Now: world.Now,
		RootHints: []wire.RootHint{{Name: "a.root.test", Addrs: []netip.Addr{netip.MustParseAddr("198.51.100.1")}}},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, _, _ := net.SplitHostPort(address)
			at, ok := real[host]
			if !ok {
				return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
			}
			return new(net.Dialer).DialContext(ctx, network, at)
		},
	}
	if o.Timeout == 0 {
		o.Timeout = 150 * time.Millisecond
	}
	o.Seed = 1
	return NewWalker(o), func() []Hop { mu.Lock(); defer mu.Unlock(); return slices.Clone(hops) }
}

// holds answers with authority for one zone from records in zone-file form; NS records below the origin delegate.
func holds(t *testing.T, origin string, text ...string) answerFunc {
	t.Helper()
	var all []mdns.RR
	for _, l := range text {
		rr, err := mdns.NewRR(l)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rr)
	}
	soa, _ := mdns.NewRR(origin + " 60 IN SOA ns. host. 1 1 1 1 60")
	return func(_ string, q *mdns.Msg) *mdns.Msg {
		m, name := new(mdns.Msg).SetReply(q), mdns.CanonicalName(q.Question[0].Name)
		exists := name == origin
		for _, rr := range all {
			owner := mdns.CanonicalName(rr.Header().Name)
			if ns, ok := rr.(*mdns.NS); ok && owner != origin && mdns.IsSubDomain(owner, name) {
				m.Ns = append(m.Ns, rr)
				for _, g := range all {
					if mdns.CanonicalName(g.Header().Name) == mdns.CanonicalName(ns.Ns) {
						m.Extra = append(m.Extra, g)
					}
				}
			}
			exists = exists || mdns.IsSubDomain(name, owner)
		}
		if len(m.Ns) > 0 {
			return m
		}
		m.Authoritative = true
		for _, rr := range all {
			if h := rr.Header(); mdns.CanonicalName(h.Name) == name && (h.Rrtype == q.Question[0].Qtype || h.Rrtype == mdns.TypeCNAME) {
				m.Answer = append(m.Answer, rr)
			}
		}
		if !exists {
			m.Rcode = mdns.RcodeNameError
		}
		if len(m.Answer) == 0 {
			m.Ns = []mdns.RR{soa}
		}
		return m
	}
}

// rootAnd gives a root that delegates test. to 198.51.100.2, which holds the lines.
func rootAnd(t *testing.T, test ...string) internet {
	return internet{
		"198.51.100.1": holds(t, ".", "test. 60 NS ns.nic.test.", "ns.nic.test. 60 A 198.51.100.2"),
		"198.51.100.2": holds(t, "test.", test...),
	}
}

var twoServers = []string{"tsuru.test. 60 NS ns1.tsuru.test.", "tsuru.test. 60 NS ns2.tsuru.test.",
	"ns1.tsuru.test. 60 A 192.0.2.53", "ns2.tsuru.test. 60 A 192.0.2.54"}

const goodMX = "tsuru.test. 60 MX 10 mx1.tsuru.test."

// rcode answers everything with a response code.
func rcode(code int) answerFunc {
	return func(_ string, q *mdns.Msg) *mdns.Msg { return new(mdns.Msg).SetRcode(q, code) }
}

func silence(string, *mdns.Msg) *mdns.Msg { return nil }

// outcomes lists "server outcome" of hops.
func outcomes(hops []Hop) []string {
	var all []string
	for _, h := range hops {
		all = append(all, h.Server+" "+string(h.Outcome))
	}
	return all
}

// A server that does not do its part is named, and the next one is asked.
func TestWalkAsksTheNextServer(t *testing.T) {
	upwards := func(_ string, q *mdns.Msg) *mdns.Msg {
		m := new(mdns.Msg).SetReply(q)
		rr, _ := mdns.NewRR(". 60 NS a.root.test.")
		m.Ns = append(m.Ns, rr)
		return m
	}
	good := holds(t, "tsuru.test.", goodMX)
	cached := func(n string, q *mdns.Msg) *mdns.Msg { m := good(n, q); m.Authoritative = false; return m }
	for name, c := range map[string]struct {
		bad  answerFunc
		want Outcome
	}{
		"refused": {rcode(mdns.RcodeRefused), IsLame}, "upward": {upwards, IsLame}, "without authority": {cached, IsLame},
		"servfail": {rcode(mdns.RcodeServerFailure), FailsInside}, "notauth": {rcode(mdns.RcodeNotAuth), Rejects}, "silent": {silence, Silent},
	} {
		t.Run(name, func(t *testing.T) {
			in := rootAnd(t, twoServers...)
			in["192.0.2.53"], in["192.0.2.54"] = c.bad, good
			w, hops := walkerOn(t, in, WalkOptions{})
			w.failed["tsuru.test. 192.0.2.54"] = true // so that the bad one is asked first
			got, err := w.Walk(t.Context(), "tsuru.test", "MX")
			if err != nil || len(got.Records) != 1 || !strings.Contains(got.Server, "ns2.tsuru.test") {
				t.Fatalf("%+v, %v", got, err)
			}
			if all := outcomes(hops()); !slices.Contains(all, "ns1.tsuru.test "+string(c.want)) {
				t.Errorf("hops %v", all)
			}
			if again, err := w.Walk(t.Context(), "tsuru.test", "MX"); err != nil || !strings.Contains(again.Server, "ns2") {
				t.Errorf("the one that failed was asked first again: %+v %v", again, err)
			}
		})
	}
}

func TestWalkSaysWhyNothingIsFound(t *testing.T) {
	both := func(f answerFunc) internet {
		in := rootAnd(t, twoServers...)
		in["192.0.2.53"], in["192.0.2.54"] = f, f
		return in
	}
	cycle := rootAnd(t, "a.test. 60 NS ns.b.test.", "b.test. 60 NS ns.a.test.")
	loop := both(holds(t, "tsuru.test.", "tsuru.test. 60 CNAME a.tsuru.test.", "a.tsuru.test. 60 CNAME b.tsuru.test.", "b.tsuru.test. 60 CNAME a.tsuru.test."))
	for name, c := range map[string]struct {
		in    internet
		asked string
		kind  Kind
		hop   Outcome
	}{
		"no such name":     {rootAnd(t), "nobody.test", NotFound, Nonexistent},
		"no such tld":      {rootAnd(t), "fuji.tset", NotFound, Nonexistent},
		"no such record":   {both(holds(t, "tsuru.test.")), "tsuru.test", NoData, Empty},
		"all lame":         {both(rcode(mdns.RcodeRefused)), "tsuru.test", Lame, IsLame},
		"all silent":       {both(silence), "tsuru.test", Timeout, Silent},
		"all gone":         {rootAnd(t, twoServers...), "tsuru.test", Unreachable, Unreached},
		"glue missing":     {rootAnd(t, "tsuru.test. 60 NS ns1.tsuru.test."), "tsuru.test", Cycle, NoGlue},
		"servers in cycle": {cycle, "x.a.test", Cycle, ServersCycle},
		"aliases in cycle": {loop, "tsuru.test", Loop, Aliases},
		"server nameless":  {rootAnd(t, "tsuru.test. 60 NS ns.nowhere.test."), "tsuru.test", Unreachable, NoAddress},
	} {
		t.Run(name, func(t *testing.T) {
			w, hops := walkerOn(t, c.in, WalkOptions{})
			_, err := w.Walk(t.Context(), c.asked, "MX")
			wantKind(t, err, c.kind)
			if !slices.ContainsFunc(hops(), func(h Hop) bool { return h.Outcome == c.hop }) {
				t.Errorf("no hop is %s: %v", c.hop, outcomes(hops()))
			}
		})
	}
}

// WalkAll asks also the servers that a walk passes by.
func TestWalkAllAsksEveryServer(t *testing.T) {
	in := rootAnd(t, append(slices.Clone(twoServers), "tsuru.test. 60 NS ns3.tsuru.test.", "ns3.tsuru.test. 60 A 192.0.2.55")...)
	in["192.0.2.53"], in["192.0.2.54"] = rcode(mdns.RcodeRefused), holds(t, "tsuru.test.", goodMX)
	in["192.0.2.55"] = holds(t, "tsuru.test.", "tsuru.test. 60 MX 10 old.tsuru.test.")
	w, _ := walkerOn(t, in, WalkOptions{})
	if _, err := w.Walk(t.Context(), "tsuru.test", "MX"); err != nil {
		t.Fatal(err)
	}
	hops, err := w.WalkAll(t.Context(), "tsuru.test", "MX")
	if want := []string{"ns1.tsuru.test lame", "ns2.tsuru.test answer", "ns3.tsuru.test answer"}; err != nil || !slices.Equal(outcomes(hops), want) {
		t.Errorf("%v, %v, want %v", outcomes(hops), err, want)
	}
	if slices.Equal(hops[1].Answer, hops[2].Answer) {
		t.Error("the answers are the same")
	}
}

// A datagram with the wrong id, question or letters is noted, and the wait goes on for the real one.
func TestWalkWaitsThroughWrongAnswers(t *testing.T) {
	lc := net.ListenConfig{}
	pc, err := lc.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	good := holds(t, "tsuru.test.", goodMX)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			q := new(mdns.Msg)
			if q.Unpack(buf[:n]) != nil {
				continue
			}
			m := good("udp", q)
			forged := m.Copy()
			forged.Id++
			other := m.Copy()
			other.Question[0].Name = "fuji.test."
			lower := m.Copy()
			lower.Question[0].Name = strings.Map(func(r rune) rune { return r ^ 0x20 }, q.Question[0].Name[:1]) + q.Question[0].Name[1:]
			bare := &mdns.Msg{MsgHdr: mdns.MsgHdr{Id: m.Id, Response: true, Rcode: mdns.RcodeServerFailure}}
			for _, x := range []*mdns.Msg{forged, other, lower, bare, m} {
				b, _ := x.Pack()
				pc.WriteTo(b, from)
			}
		}
	}()
	in := rootAnd(t, "tsuru.test. 60 NS ns1.tsuru.test.", "ns1.tsuru.test. 60 A 192.0.2.99")
	w, hops := walkerOn(t, in, WalkOptions{})
	dial := w.stub.net.Dial
	w.stub.net.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "192.0.2.99:53" {
			return new(net.Dialer).DialContext(ctx, network, pc.LocalAddr().String())
		}
		return dial(ctx, network, address)
	}
	if _, err := w.Walk(t.Context(), "tsuru.test", "MX"); err != nil {
		t.Fatal(err)
	}
	all := hops()
	if last := all[len(all)-1]; !slices.Equal(last.Wrong, []string{"id", "question", "case", "question"}) || last.Level() != trace.Warn {
		t.Errorf("wrong answers %v, level %s", last.Wrong, last.Level())
	}
	pc.Close()
	<-done
}

// A server that changes the letters of the name is asked over TCP, where nobody can forge.
func TestWalkGoesToTCP(t *testing.T) {
	good := holds(t, "tsuru.test.", goodMX)
	truncated := func(network string, q *mdns.Msg) *mdns.Msg {
		m := good(network, q)
		m.Truncated = network == "udp"
		return m
	}
	lower := func(network string, q *mdns.Msg) *mdns.Msg {
		m := good(network, q)
		if network == "udp" {
			m.Question[0].Name = strings.ToLower(m.Question[0].Name) + ""
			if m.Question[0].Name == q.Question[0].Name {
				return nil // by chance all letters were small
			}
		}
		return m
	}
	for name, c := range map[string]struct {
		answer answerFunc
		first  Outcome
	}{"truncated": {truncated, Truncates}, "small letters": {lower, Silent}} {
		in := rootAnd(t, twoServers...)
		in["192.0.2.53"], in["192.0.2.54"] = c.answer, c.answer
		w, hops := walkerOn(t, in, WalkOptions{})
		if _, err := w.Walk(t.Context(), "tsuru.test", "MX"); err != nil {
			t.Fatal(name, err)
		}
		all := hops()
		last := all[len(all)-1]
		if last.Network != "tcp" || all[len(all)-2].Outcome != c.first || last.Name != "tsuru.test." {
			t.Errorf("%s: %v, last %+v", name, outcomes(all), last)
		}
	}
}

// Each server hears only the next label (RFC 9156), with random case and EDNS; a server that denies names in between
// is asked the whole name.
func TestWalkSendsNoMoreThanItMust(t *testing.T) {
	var mu sync.Mutex
	heard := map[string][]string{}
	listening := func(at string, f answerFunc) answerFunc {
		return func(n string, q *mdns.Msg) *mdns.Msg {
			mu.Lock()
			defer mu.Unlock()
			heard[at] = append(heard[at], mdns.CanonicalName(q.Question[0].Name)+mdns.TypeToString[q.Question[0].Qtype])
			return f(n, q)
		}
	}
	in := rootAnd(t, "tsuru.test. 60 NS ns1.tsuru.test.", "ns1.tsuru.test. 60 A 192.0.2.53")
	zone := holds(t, "tsuru.test.", "a.b.tsuru.test. 60 TXT here")
	denies := func(n string, q *mdns.Msg) *mdns.Msg {
		m := zone(n, q)
		if mdns.CanonicalName(q.Question[0].Name) == "b.tsuru.test." {
			m.Rcode = mdns.RcodeNameError
		}
		return m
	}
	in["198.51.100.1"], in["198.51.100.2"] = listening("root", in["198.51.100.1"]), listening("test", in["198.51.100.2"])
	in["192.0.2.53"] = listening("tsuru", denies)
	w, _ := walkerOn(t, in, WalkOptions{})
	if _, err := w.Walk(t.Context(), "a.b.tsuru.test", "TXT"); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"root": {"test.A"}, "test": {"tsuru.test.A"}, "tsuru": {"b.tsuru.test.A", "a.b.tsuru.test.TXT"}}
	mu.Lock()
	defer mu.Unlock()
	for at, names := range want {
		if !slices.Equal(heard[at], names) {
			t.Errorf("%s heard %v, want %v", at, heard[at], names)
		}
	}
}

// Servers without glue are looked up; addresses from outside the parent's zone are not believed.
func TestWalkTakesNoGlueFromOutside(t *testing.T) {
	in := internet{
		"198.51.100.1": holds(t, ".", "test. 60 NS ns.nic.test.", "ns.nic.test. 60 A 198.51.100.2", "example. 60 NS ns.nic.example.", "ns.nic.example. 60 A 198.51.100.4"),
		"198.51.100.2": holds(t, "test.", "tsuru.test. 60 NS ns.dns.example.", "ns.dns.example. 60 A 203.0.113.66"),
		"198.51.100.4": holds(t, "example.", "ns.dns.example. 60 A 192.0.2.53"),
		"203.0.113.66": holds(t, "tsuru.test.", "tsuru.test. 60 MX 10 mx.evil.test."),
		"192.0.2.53":   holds(t, "tsuru.test.", goodMX, "evil.example. 60 A 203.0.113.66"),
	}
	w, hops := walkerOn(t, in, WalkOptions{})
	got, err := w.Walk(t.Context(), "tsuru.test", "MX")
	if err != nil || !strings.Contains(strings.Join(got.Records, ""), "mx1.tsuru.test") {
		t.Fatalf("%+v %v", got, err)
	}
	all := hops()
	if last := all[len(all)-1]; last.Origin != FromLookup || last.Addr != "192.0.2.53:53" {
		t.Errorf("last hop %+v", last)
	}
}

// A zone with many servers that lead nowhere ends within its budget (NXNSAttack).
func TestWalkEndsWithinItsBudget(t *testing.T) {
	var lines []string
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("tsuru.test. 60 NS ns.v%d.test.", i))
		for j := range 20 {
			lines = append(lines, fmt.Sprintf("v%d.test. 60 NS ns.w%d-%d.test.", i, i, j))
		}
	}
	w, hops := walkerOn(t, rootAnd(t, lines...), WalkOptions{})
	_, err := w.Walk(t.Context(), "tsuru.test", "MX")
	if err == nil || Absent(err) {
		t.Errorf("error %v", err)
	}
	if n := w.queries.Load(); n > 60 {
		t.Errorf("%d queries, %d hops", n, len(hops()))
	}
}

func TestWalkSkipsAFamilyWithoutRoute(t *testing.T) {
	in := rootAnd(t, append(twoServers, "ns1.tsuru.test. 60 AAAA 2001:db8::53", "ns2.tsuru.test. 60 AAAA 2001:db8::54")...)
	good := holds(t, "tsuru.test.", goodMX)
	in["192.0.2.53"], in["192.0.2.54"] = silence, silence
	in["2001:db8::54"] = good
	w, _ := walkerOn(t, in, WalkOptions{})
	if got, err := w.Walk(t.Context(), "tsuru.test", "MX"); err != nil || !strings.Contains(got.Server, "2001:db8::54") {
		t.Errorf("by IPv6 alone: %+v %v", got, err)
	}
	w, hops := walkerOn(t, in, WalkOptions{})
	dial := w.stub.net.Dial
	w.stub.net.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "[") {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ENETUNREACH}
		}
		return dial(ctx, network, address)
	}
	_, err := w.Walk(t.Context(), "tsuru.test", "MX")
	wantKind(t, err, Timeout)
	n := 0
	for _, h := range hops() {
		if h.Outcome == NoRoute {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d hops say that there is no route", n)
	}
}

// Every hop is one event with its finding.
func TestWalkIsObserved(t *testing.T) {
	s, err := sandbox.Start(t.Context(), nil, sandbox.Options{SeedMessages: -1, Durability: "none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	world, rec := s.World(), &trace.Recorder{}
	n := &wire.Net{Dial: world.Dial, Resolver: world.Resolver, TrustAnchor: world.TrustAnchor}
	for _, h := range world.RootHints {
		n.RootHints = append(n.RootHints, wire.RootHint{Name: h.Name, Addrs: h.Addrs})
	}
	w := NewWalker(WalkOptions{Net: n, Span: trace.New(rec, nil)})
	got, err := w.Walk(t.Context(), "tsuru.test", "MX")
	if err != nil || len(got.Records) != 2 || got.Zone != "tsuru.test" || got.DNSSEC.Status != Secure || got.TTL != 5*time.Minute {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := w.Walk(t.Context(), "mx1.tsuru.test", "AAAA"); err != nil {
		t.Fatal(err)
	}
	events := rec.Events()
	var zones []string
	for _, e := range events {
		if e.Kind != trace.KindDNS || e.Finding == nil || e.Finding.Args["sent"] == "0" || e.Size == 0 || e.Elapsed <= 0 {
			t.Errorf("event %+v", e)
			continue
		}
		q, r := new(mdns.Msg), new(mdns.Msg)
		if q.Unpack(e.Query) != nil || r.Unpack(e.Reply) != nil || q.Id != r.Id || len(e.Reply) != int(e.Size) {
			t.Errorf("the octets of query and reply are not there: %x, %x", e.Query, e.Reply)
		}
		if strings.Contains(string(e.Data), "RRSIG") {
			t.Errorf("the line for people holds signatures: %s", e.Data)
		}
		zones = append(zones, e.Finding.Args["zone"]+" "+e.Finding.Code+" "+e.Finding.Args["type"])
	}
	slices.Sort(zones) // keys are asked for beside the walk
	want := []string{". dns.walk.answer DNSKEY", ". dns.walk.referral A", "test dns.walk.answer DNSKEY", "test dns.walk.referral MX",
		"tsuru.test dns.walk.answer AAAA", "tsuru.test dns.walk.answer DNSKEY", "tsuru.test dns.walk.answer MX"}
	if !slices.Equal(zones, want) {
		t.Errorf("%v, want %v", zones, want)
	}
}

func TestWalkEndsWithItsContext(t *testing.T) {
	in := rootAnd(t)
	in["198.51.100.1"] = silence
	w, _ := walkerOn(t, in, WalkOptions{Timeout: time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := w.Walk(ctx, "tsuru.test", "MX")
	var e *Error
	if !errors.As(err, &e) || e.Kind != Timeout && e.Kind != Cancelled { // whichever is noticed first
		t.Errorf("%v", err)
	}
}

package dns

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	mdns "github.com/miekg/dns"
)

func TestLookupMX(t *testing.T) {
	addr := startServer(t, zone(t,
		"fuji.test. 300 IN MX 20 mx2.fuji.test.",
		"fuji.test. 60 IN MX 10 MX1.fuji.test.",
		"null.test. 300 IN MX 0 .",
		"mixed.test. 300 IN MX 0 .", "mixed.test. 300 IN MX 5 mx.mixed.test.",
		"bare.test. 300 IN A 192.0.2.7",
		"empty.test. 300 IN TXT x",
		"alias.test. 300 IN CNAME fuji.test.",
		"xn--wgv71a.test. 300 IN MX 1 mail.xn--wgv71a.test.",
	))
	r, _ := resolverOn(t, addr)
	tests := []struct {
		domain string
		want   Exchangers
	}{
		{"fuji.test", Exchangers{Hosts: []MX{{"mx1.fuji.test", 10}, {"mx2.fuji.test", 20}}, TTL: time.Minute, Server: addr}},
		{"FUJI.test.", Exchangers{Hosts: []MX{{"mx1.fuji.test", 10}, {"mx2.fuji.test", 20}}, TTL: time.Minute, Server: addr}},
		{"null.test", Exchangers{Null: true, TTL: 5 * time.Minute, Server: addr}},
		{"mixed.test", Exchangers{Hosts: []MX{{"mx.mixed.test", 5}}, TTL: 5 * time.Minute, Server: addr}},
		{"bare.test", Exchangers{Hosts: []MX{{"bare.test", 0}}, Implicit: true, Server: addr}},
		{"alias.test", Exchangers{Hosts: []MX{{"mx1.fuji.test", 10}, {"mx2.fuji.test", 20}}, Aliases: []string{"alias.test"},
			TTL: time.Minute, Server: addr}},
		{"日本.test", Exchangers{Hosts: []MX{{"mail.xn--wgv71a.test", 1}}, TTL: 5 * time.Minute, Server: addr}},
		{"日本。test", Exchangers{Hosts: []MX{{"mail.xn--wgv71a.test", 1}}, TTL: 5 * time.Minute, Server: addr}},
	}
	for _, test := range tests {
		got, err := r.LookupMX(t.Context(), test.domain)
		if err != nil {
			t.Errorf("%s: %v", test.domain, err)
			continue
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.domain, diff)
		}
	}
	_, err := r.LookupMX(t.Context(), "empty.test")
	if e := wantKind(t, err, NoData); e.Type != "MX" || e.Rcode != "NOERROR" || e.Server != addr {
		t.Errorf("error is %+v", e)
	}
	_, err = r.LookupMX(t.Context(), "gone.test")
	if e := wantKind(t, err, NotFound); e.Name != "gone.test" || e.Rcode != "NXDOMAIN" || !Absent(err) {
		t.Errorf("error is %+v", e)
	}
	var de *net.DNSError
	if !errors.As(err, &de) || !de.IsNotFound || de.Name != "gone.test" {
		t.Errorf("as a net.DNSError it is %+v", de)
	}
}

// An MX answer that could not be had must not become "no MX, so use the address": mail would go to a web server.
func TestImplicitMXNeedsProof(t *testing.T) {
	z := zone(t, "fuji.test. 1 IN A 192.0.2.1")
	addr := startServer(t, func(network string, q *mdns.Msg) *mdns.Msg {
		if q.Question[0].Qtype == mdns.TypeMX {
			return new(mdns.Msg).SetRcode(q, mdns.RcodeServerFailure)
		}
		return z(network, q)
	})
	r, _ := resolverOn(t, addr)
	_, err := r.LookupMX(t.Context(), "fuji.test")
	wantKind(t, err, ServFail)
	if Absent(err) {
		t.Error("SERVFAIL counts as absent")
	}
}

func TestEqualMXAreShuffledBySeed(t *testing.T) {
	var lines []string
	for _, h := range []string{"a", "b", "c", "d", "e", "f"} {
		lines = append(lines, "fuji.test. 1 IN MX 10 "+h+".fuji.test.")
	}
	forward := startServer(t, zone(t, lines...))
	slices.Reverse(lines)
	backward := startServer(t, zone(t, lines...))
	order := func(server string, seed uint64) string {
		got, err := New(Options{Servers: []string{server}, Seed: seed}).LookupMX(t.Context(), "fuji.test")
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, mx := range got.Hosts {
			b.WriteByte(mx.Host[0])
		}
		return b.String()
	}
	if a, b := order(forward, 7), order(backward, 7); a != b {
		t.Errorf("one seed, two orders: %s and %s", a, b)
	}
	seen := map[string]bool{}
	for seed := range uint64(8) {
		seen[order(forward, seed+1)] = true
	}
	if len(seen) < 3 {
		t.Errorf("8 seeds gave only the orders %v", seen)
	}
}

func TestLookupAddrs(t *testing.T) {
	z := zone(t,
		"mail.test. 1 IN A 192.0.2.1", "mail.test. 1 IN A 192.0.2.2", "mail.test. 1 IN AAAA 2001:db8::1",
		"one.test. 1 IN CNAME two.test.", "two.test. 1 IN CNAME mail.test.",
		"round.test. 1 IN CNAME about.test.", "about.test. 1 IN CNAME round.test.",
		"half.test. 1 IN A 192.0.2.9",
		"text.test. 1 IN TXT x",
	)
	addr := startServer(t, func(network string, q *mdns.Msg) *mdns.Msg {
		if q.Question[0].Qtype == mdns.TypeAAAA && strings.HasPrefix(q.Question[0].Name, "half") {
			return new(mdns.Msg).SetRcode(q, mdns.RcodeServerFailure)
		}
		return z(network, q)
	})
	r, _ := resolverOn(t, addr)

	got, err := r.LookupAddrs(t.Context(), "one.test")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got.Addrs, netip.Addr.Compare)
	want := Addrs{Host: "mail.test", Aliases: []string{"one.test", "two.test"}, Server: addr,
		Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), netip.MustParseAddr("2001:db8::1")}}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	got, err = r.LookupAddrs(t.Context(), "half.test")
	if err != nil || len(got.Addrs) != 1 {
		t.Fatalf("half.test: %v, %v", got, err)
	}
	wantKind(t, got.Partial, ServFail)

	_, err = r.LookupAddrs(t.Context(), "round.test")
	wantKind(t, err, Loop)
	_, err = r.LookupAddrs(t.Context(), "text.test")
	wantKind(t, err, NoData)
	_, err = r.LookupAddrs(t.Context(), "none.test")
	wantKind(t, err, NotFound)

	for host, want := range map[string]string{"[192.0.2.5]": "192.0.2.5", "2001:db8::7": "2001:db8::7", "localhost": "127.0.0.1"} {
		addrs, err := r.Resolve(t.Context(), host)
		if err != nil || len(addrs) == 0 || addrs[0].String() != want {
			t.Errorf("%s: %v, %v", host, addrs, err)
		}
	}
}

// A server that is not recursive answers a CNAME alone: the target is asked for.
func TestOpenAliasChainIsFollowed(t *testing.T) {
	addr := startServer(t, func(_ string, q *mdns.Msg) *mdns.Msg {
		m := new(mdns.Msg).SetReply(q)
		line := map[string]string{"www.test.": "www.test. 1 IN CNAME host.test.", "host.test.": "host.test. 1 IN TXT found"}[q.Question[0].Name]
		rr, _ := mdns.NewRR(line)
		m.Answer = []mdns.RR{rr}
		return m
	})
	r, rec := resolverOn(t, addr)
	got, err := r.LookupTXT(t.Context(), "www.test")
	if err != nil || !slices.Equal(got, []string{"found"}) {
		t.Fatalf("%q, %v", got, err)
	}
	if n := len(rec.Events()); n != 2 {
		t.Errorf("%d queries, want 2", n)
	}
}

func TestEndlessAliasesEnd(t *testing.T) {
	addr := startServer(t, func(_ string, q *mdns.Msg) *mdns.Msg {
		m := new(mdns.Msg).SetReply(q)
		name := q.Question[0].Name
		rr, _ := mdns.NewRR(name + " 1 IN CNAME x" + name)
		m.Answer = []mdns.RR{rr}
		return m
	})
	r, rec := resolverOn(t, addr)
	_, err := r.LookupTXT(t.Context(), "a.test")
	if e := wantKind(t, err, Loop); e.Name != "a.test" {
		t.Errorf("the error names %s", e.Name)
	}
	if n := len(rec.Events()); n > maxAliases+1 {
		t.Errorf("%d queries", n)
	}
}

func TestLookupTXT(t *testing.T) {
	addr := startServer(t, zone(t,
		`spf.test. 1 IN TXT "v=spf1 include:" "a.test -all"`, `spf.test. 1 IN TXT "say \"hi\" \\ \007\255"`))
	r, _ := resolverOn(t, addr)
	got, err := r.LookupTXT(t.Context(), "spf.test")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"v=spf1 include:a.test -all", "say \"hi\" \\ \x07\xff"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLookupPTR(t *testing.T) {
	addr := startServer(t, zone(t,
		"10.2.0.192.in-addr.arpa. 1 IN PTR mail.Sakura.test.", "10.2.0.192.in-addr.arpa. 1 IN PTR imap.sakura.test.",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. 1 IN PTR six.test."))
	r, _ := resolverOn(t, addr)
	for ip, want := range map[string][]string{
		"192.0.2.10": {"imap.sakura.test", "mail.sakura.test"}, "::ffff:192.0.2.10": {"imap.sakura.test", "mail.sakura.test"},
		"2001:db8::1": {"six.test"},
	} {
		got, err := r.LookupPTR(t.Context(), netip.MustParseAddr(ip))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v", ip, got, err)
		}
	}
	_, err := r.LookupPTR(t.Context(), netip.Addr{})
	wantKind(t, err, BadName)
}

func TestLookupSRV(t *testing.T) {
	addr := startServer(t, zone(t,
		"_imaps._tcp.fuji.test. 1 IN SRV 20 0 993 spare.fuji.test.",
		"_imaps._tcp.fuji.test. 1 IN SRV 10 90 993 big.fuji.test.", "_imaps._tcp.fuji.test. 1 IN SRV 10 10 993 small.fuji.test.",
		"_pop3._tcp.fuji.test. 1 IN SRV 0 0 0 ."))
	first := map[string]int{}
	for seed := range uint64(200) {
		r := New(Options{Servers: []string{addr}, Seed: seed + 1})
		got, err := r.LookupSRV(t.Context(), "imaps", "tcp", "fuji.test")
		if err != nil || len(got.Hosts) != 3 || got.Hosts[2].Host != "spare.fuji.test" {
			t.Fatalf("%+v, %v", got, err)
		}
		first[got.Hosts[0].Host]++
	}
	if b := first["big.fuji.test"]; b < 150 || b == 200 {
		t.Errorf("weight 90 of 100 came first %d times of 200", b)
	}
	r, _ := resolverOn(t, addr)
	got, err := r.LookupSRV(t.Context(), "pop3", "tcp", "fuji.test")
	if err != nil || !got.Null || len(got.Hosts) != 0 {
		t.Errorf("pop3: %+v, %v", got, err)
	}
	_, err = r.LookupSRV(t.Context(), "imap", "tcp", "fuji.test")
	wantKind(t, err, NotFound)
}

func TestBadNamesAreNotAsked(t *testing.T) {
	addr := startServer(t, zone(t))
	r, rec := resolverOn(t, addr)
	for _, name := range []string{"", ".", "a..test", "a b.test", "a\r\n.test", "x\x00.test", strings.Repeat("a", 64) + ".test",
		strings.Repeat("a.", 127) + "test", "日\u200b本\u2028.test", `a\.test`} {
		_, err := r.LookupMX(t.Context(), name)
		if err == nil {
			t.Errorf("%q: no error", name)
			continue
		}
		wantKind(t, err, BadName)
	}
	if n := len(rec.Events()); n != 0 {
		t.Errorf("%d queries were sent", n)
	}
}

func TestForwardAddrUndoesReverseName(t *testing.T) {
	for _, ip := range []string{"192.0.2.10", "2001:db8::1", "fe80::abcd:1"} {
		addr := netip.MustParseAddr(ip)
		name, err := reverseName(addr)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := netip.ParseAddr(forwardAddr(name)); err != nil || back != addr {
			t.Errorf("%s -> %s -> %v, %v", ip, name, back, err)
		}
	}
}

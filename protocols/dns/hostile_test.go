package dns

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mdns "github.com/miekg/dns"
)

// The servers of a.test. answer with records, referrals and glue for b.test.: none of it may be used.
func TestWalkIsNotPoisoned(t *testing.T) {
	poison := func(m *mdns.Msg, section *[]mdns.RR, lines ...string) {
		for _, l := range lines {
			rr, err := mdns.NewRR(l)
			if err != nil {
				t.Fatal(err)
			}
			*section = append(*section, rr)
		}
	}
	good := holds(t, "a.test.", "a.test. 60 MX 10 mx.b.test.", "www.a.test. 60 CNAME www.b.test.", "sub.a.test. 60 NS ns.b.test.")
	evil := func(n string, q *mdns.Msg) *mdns.Msg {
		m := good(n, q)
		poison(m, &m.Answer, "mx.b.test. 60 A 203.0.113.66", "www.b.test. 60 A 203.0.113.66", "b.test. 60 MX 1 mx.evil.test.")
		poison(m, &m.Ns, "b.test. 60 NS ns.evil.test.", "test. 60 NS ns.evil.test.", ". 60 NS ns.evil.test.")
		poison(m, &m.Extra, "ns.b.test. 60 A 203.0.113.66", "mx.b.test. 60 A 203.0.113.66", "ns.evil.test. 60 A 203.0.113.66", "a.root.test. 60 A 203.0.113.66")
		return m
	}
	touched := func(string, *mdns.Msg) *mdns.Msg { t.Error("the forged server was asked"); return nil }
	for name, plain := range map[string]bool{"validating": false, "plain": true} {
		t.Run(name, func(t *testing.T) {
			w, hops := walkerOn(t, internet{
				"198.51.100.1": holds(t, ".", "test. 60 NS ns.nic.test.", "ns.nic.test. 60 A 198.51.100.2"),
				"198.51.100.2": holds(t, "test.", "a.test. 60 NS ns.a.test.", "ns.a.test. 60 A 192.0.2.1", "b.test. 60 NS ns.b.test.", "ns.b.test. 60 A 192.0.2.2"),
				"192.0.2.1":    evil,
				"192.0.2.2": holds(t, "b.test.", "mx.b.test. 60 A 192.0.2.25", "www.b.test. 60 A 192.0.2.80", "ns.b.test. 60 A 192.0.2.2",
					"b.test. 60 MX 10 mx.b.test."),
				"203.0.113.66": touched,
			}, WalkOptions{Plain: plain})
			for _, c := range [][3]string{{"a.test", "MX", "mx.b.test."}, {"www.a.test", "A", "192.0.2.80"}, {"mx.b.test", "A", "192.0.2.25"},
				{"b.test", "MX", "mx.b.test."}, {"a.test", "MX", "mx.b.test."}} {
				got, err := w.Walk(t.Context(), c[0], c[1])
				if err != nil || len(got.Records) != 1 || !strings.HasSuffix(got.Records[0], c[2]) {
					t.Errorf("%v: %v %v", c, got.Records, err)
				}
			}
			w.Walk(t.Context(), "x.sub.a.test", "A") // a delegation to a name outside, with glue that a.test. may not give
			for _, h := range hops() {
				if strings.HasPrefix(h.Addr, "203.0.113.66") {
					t.Errorf("%+v", h)
				}
			}
		})
	}
}

// A server behind a filter that drops EDNS is asked without it, and named once.
func TestWalkAsksWithoutEDNS(t *testing.T) {
	good := holds(t, "tsuru.test.", goodMX)
	drops := func(n string, q *mdns.Msg) *mdns.Msg {
		if q.IsEdns0() != nil {
			return nil
		}
		return good(n, q)
	}
	in := rootAnd(t, "tsuru.test. 60 NS ns1.tsuru.test.", "ns1.tsuru.test. 60 A 192.0.2.53")
	in["192.0.2.53"] = drops
	w, hops := walkerOn(t, in, WalkOptions{Timeout: 50 * time.Millisecond})
	for range 2 {
		if got, err := w.Walk(t.Context(), "tsuru.test", "MX"); err != nil || len(got.Records) != 1 {
			t.Fatalf("%+v %v", got, err)
		}
	}
	var said []string
	for _, h := range hops() {
		if h.Zone == "tsuru.test" {
			said = append(said, string(h.Outcome))
		}
	}
	if want := []string{"silent", "silent", "answer", string(DropsEDNS), "answer"}; !slices.Equal(said, want) {
		t.Errorf("%v, want %v", said, want)
	}
}

// Servers that fail, lie or are silent at names in between are asked the whole name (RFC 9156 section 3).
func TestMinimisedNamesFallBack(t *testing.T) {
	zone := holds(t, "tsuru.test.", "_25._tcp.mx1.tsuru.test. 60 TXT here")
	for name, bad := range map[string]answerFunc{
		"NXDOMAIN": func(_ string, q *mdns.Msg) *mdns.Msg {
			m := new(mdns.Msg).SetRcode(q, mdns.RcodeNameError)
			m.Authoritative = true
			return m
		},
		"SERVFAIL": rcode(mdns.RcodeServerFailure), "REFUSED": rcode(mdns.RcodeRefused), "FORMERR": rcode(mdns.RcodeFormatError), "silence": silence,
	} {
		t.Run(name, func(t *testing.T) {
			in := rootAnd(t, "tsuru.test. 60 NS ns1.tsuru.test.", "ns1.tsuru.test. 60 A 192.0.2.53")
			in["192.0.2.53"] = func(n string, q *mdns.Msg) *mdns.Msg {
				if q.Question[0].Qtype == mdns.TypeA {
					return bad(n, q)
				}
				return zone(n, q)
			}
			w, _ := walkerOn(t, in, WalkOptions{Timeout: 50 * time.Millisecond})
			got, err := w.Walk(t.Context(), "_25._tcp.mx1.tsuru.test", "TXT")
			if err != nil || len(got.Records) != 1 {
				t.Errorf("%+v %v", got, err)
			}
		})
	}
}

// Zones that have servers of one family alone are reached by it; a walk that may use one family uses no other.
func TestWalkByFamily(t *testing.T) {
	for name, c := range map[string]struct {
		addrs  []string
		family Family
		reach  bool
	}{
		"v4 only": {[]string{"192.0.2.53"}, AnyFamily, true}, "v6 only": {[]string{"2001:db8::53"}, AnyFamily, true},
		"dual": {[]string{"192.0.2.53", "2001:db8::53"}, AnyFamily, true}, "dual by v6": {[]string{"192.0.2.53", "2001:db8::53"}, IPv6, true},
		"v4 only by v6": {[]string{"192.0.2.53"}, IPv6, false},
	} {
		t.Run(name, func(t *testing.T) {
			lines := []string{"tsuru.test. 60 NS ns1.tsuru.test."}
			in := internet{}
			for _, a := range c.addrs {
				rrtype := "A"
				if strings.Contains(a, ":") {
					rrtype = "AAAA"
				}
				lines = append(lines, "ns1.tsuru.test. 60 "+rrtype+" "+a)
				in[a] = holds(t, "tsuru.test.", goodMX)
			}
			root := holds(t, ".", "test. 60 NS ns.nic.test.", "ns.nic.test. 60 A 198.51.100.2", "ns.nic.test. 60 AAAA 2001:db8::2")
			in["198.51.100.1"], in["2001:db8::1"] = root, root
			in["198.51.100.2"], in["2001:db8::2"] = holds(t, "test.", lines...), holds(t, "test.", lines...)
			w, hops := walkerOn(t, in, WalkOptions{Family: c.family})
			w.root.servers[0].addrs = append(w.root.servers[0].addrs, netip.MustParseAddr("2001:db8::1"))
			if _, err := w.Walk(t.Context(), "tsuru.test", "MX"); (err == nil) != c.reach {
				t.Errorf("%v", err)
			}
			for _, h := range hops() {
				if c.family != AnyFamily && h.Family != c.family && h.Addr != "" {
					t.Errorf("asked by the other family: %+v", h)
				}
			}
		})
	}
}

// All servers tell the serial of their copy and, where they have one, their name.
func TestWalkAllComparesCopies(t *testing.T) {
	copyOf := func(serial uint32, nsid string) answerFunc {
		zone := holds(t, "tsuru.test.", goodMX)
		return func(n string, q *mdns.Msg) *mdns.Msg {
			m := zone(n, q)
			if q.Question[0].Qtype == mdns.TypeSOA {
				rr, _ := mdns.NewRR(fmt.Sprintf("tsuru.test. 60 SOA ns. host. %d 1 1 1 60", serial))
				m.Answer, m.Ns = []mdns.RR{rr}, nil
			}
			if opt := q.IsEdns0(); opt != nil && len(opt.Option) > 0 && nsid != "" {
				m.SetEdns0(1232, false)
				m.IsEdns0().Option = []mdns.EDNS0{&mdns.EDNS0_NSID{Code: mdns.EDNS0NSID, Nsid: nsid}}
			}
			return m
		}
	}
	in := rootAnd(t, twoServers...)
	in["192.0.2.53"], in["192.0.2.54"] = copyOf(7, fmt.Sprintf("%x", "tokyo-1")), copyOf(8, "00ff")
	w, _ := walkerOn(t, in, WalkOptions{})
	if _, err := w.Walk(t.Context(), "tsuru.test", "MX"); err != nil {
		t.Fatal(err)
	}
	hops, err := w.WalkAll(t.Context(), "tsuru.test", "MX")
	if err != nil || len(hops) != 2 || hops[0].Serial != 7 || hops[1].Serial != 8 || hops[0].NSID != "tokyo-1" || hops[1].NSID != "00ff" {
		t.Errorf("%+v %v", hops, err)
	}
}

// A delegation is asked for again when its time is over.
func TestDelegationsExpire(t *testing.T) {
	var mu sync.Mutex
	asked := 0
	tld := holds(t, "test.", twoServers...)
	in := rootAnd(t)
	in["198.51.100.2"] = func(n string, q *mdns.Msg) *mdns.Msg {
		mu.Lock()
		asked++
		mu.Unlock()
		return tld(n, q)
	}
	in["192.0.2.53"], in["192.0.2.54"] = holds(t, "tsuru.test.", goodMX), holds(t, "tsuru.test.", goodMX)
	now := time.Now()
	w, _ := walkerOn(t, in, WalkOptions{})
	w.stub.net.Now = func() time.Time { return now }
	for i, want := range []int{1, 1, 2} {
		if i == 2 {
			now = now.Add(61 * time.Second)
		}
		if _, err := w.Walk(t.Context(), "tsuru.test", "MX"); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		if asked != want {
			t.Errorf("walk %d: the parent was asked %d times, want %d", i, asked, want)
		}
		mu.Unlock()
	}
}

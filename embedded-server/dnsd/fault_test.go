package dnsd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"todoku/embedded-server/fault"
)

const tsuruNS, nicNS, resolverAddr = "192.0.2.53", "198.51.100.2", "192.0.2.1"

// faulty starts the signed world with rules.
func faulty(t *testing.T, rules ...fault.Rule) *tiny {
	t.Helper()
	n := signedWorld(t, time.Now)
	for i, r := range rules {
		r.ID, r.Stage = fmt.Sprint("f", i), fault.Query
		if err := n.faults.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func TestMadeUpAnswersAreSignedAndProved(t *testing.T) {
	const ns, nic = "ns1.tsuru.test", "ns1.nic.test"
	mx := fault.Match{Name: "tsuru.test", Type: "MX"}
	for _, c := range []struct {
		name       string
		host       string
		match      fault.Match
		do         fault.Action
		server     string
		rcode      int
		aa         bool
		shape      string // of the server's answer to DO
		resolved   int    // the code that the resolver gives
		ad         bool
		extended   uint16
		resolvedIs string
	}{
		{"null MX", ns, mx, fault.Action{Records: []string{"tsuru.test. 300 MX 0 ."}}, tsuruNS,
			0, true, "MX sig:MX /  / ", 0, true, 0, "MX sig:MX /  / "},
		{"NODATA", ns, mx, fault.Action{Reply: "NOERROR"}, tsuruNS,
			0, true, " / NSEC3 SOA sig:NSEC3 sig:SOA / ", 0, true, 0, " / NSEC3 SOA sig:NSEC3 sig:SOA / "},
		{"NXDOMAIN from above", nic, fault.Match{Name: "tsuru.test"}, fault.Action{Reply: "NXDOMAIN"}, nicNS,
			3, true, " / NSEC3 NSEC3 SOA sig:NSEC3 sig:NSEC3 sig:SOA / ", 3, false, 0, " / NSEC3 NSEC3 SOA sig:NSEC3 sig:NSEC3 sig:SOA / "},
		{"SERVFAIL", ns, mx, fault.Action{Reply: "SERVFAIL"}, tsuruNS,
			2, false, " /  / ", 2, false, dns.ExtendedErrorCodeNoReachableAuthority, " /  / "},
		{"REFUSED", ns, mx, fault.Action{Reply: "REFUSED"}, tsuruNS,
			5, false, " /  / ", 2, false, dns.ExtendedErrorCodeNoReachableAuthority, " /  / "},
		{"lame: points up", ns, mx, fault.Action{Answer: fault.Answer{Authority: []string{". 3600 NS a.root.test."}}}, tsuruNS,
			0, false, " / NS / ", 2, false, dns.ExtendedErrorCodeNoReachableAuthority, " /  / "},
		{"missing glue", nic, mx, fault.Action{Answer: fault.Answer{Authority: []string{"tsuru.test. 300 NS ns1.tsuru.test."}}}, nicNS,
			0, false, " / DS NS sig:DS / ", 2, false, dns.ExtendedErrorCodeNoReachableAuthority, " /  / "},
		{"wrong signature", ns, mx, fault.Action{Answer: fault.Answer{Signatures: fault.WrongSigs}}, tsuruNS,
			0, true, "MX sig:MX /  / A sig:A", 2, false, dns.ExtendedErrorCodeDNSBogus, " /  / "},
		{"expired signature", ns, mx, fault.Action{Answer: fault.Answer{Signatures: fault.ExpiredSigs}}, tsuruNS,
			0, true, "MX sig:MX /  / A sig:A", 2, false, dns.ExtendedErrorCodeSignatureExpired, " /  / "},
		{"no signature", ns, mx, fault.Action{Answer: fault.Answer{Signatures: fault.Unsigned}}, tsuruNS,
			0, true, "MX /  / A", 2, false, dns.ExtendedErrorCodeRRSIGsMissing, " /  / "},
		{"no denial", ns, mx, fault.Action{Reply: "NOERROR", Answer: fault.Answer{NoProof: true}}, tsuruNS,
			0, true, " / SOA sig:SOA / ", 2, false, dns.ExtendedErrorCodeNSECMissing, " /  / "},
		{"DNSKEY set unsigned", ns, fault.Match{Type: "DNSKEY"}, fault.Action{Answer: fault.Answer{Signatures: fault.Unsigned}}, tsuruNS,
			0, true, "MX sig:MX /  / A sig:A", 2, false, dns.ExtendedErrorCodeRRSIGsMissing, " /  / "},
		{"poison", ns, mx, fault.Action{Answer: fault.Answer{Additional: []string{"mx1.fuji.test. 300 A 203.0.113.66"}}}, tsuruNS,
			0, true, "MX sig:MX /  / A A sig:A", 0, true, 0, "MX sig:MX /  / "},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := faulty(t, fault.Rule{Host: c.host, Match: c.match, Do: c.do})
			m, err := n.query("udp", c.server, "tsuru.test", dns.TypeMX, wantDNSSEC)
			if err != nil || m.Rcode != c.rcode || m.Authoritative != c.aa || shapeOf(m) != c.shape {
				t.Errorf("the server: %v %q\n%v", err, shapeOf(m), m)
			}
			m, err = n.query("udp", resolverAddr, "tsuru.test", dns.TypeMX, wantDNSSEC)
			if err != nil || m.Rcode != c.resolved || m.AuthenticatedData != c.ad || extended(m) != c.extended || shapeOf(m) != c.resolvedIs {
				t.Errorf("the resolver: %v %q\n%v", err, shapeOf(m), m)
			}
			if c.extended >= dns.ExtendedErrorCodeDNSBogus && c.extended <= dns.ExtendedErrorCodeNSECMissing {
				m, err = n.query("udp", resolverAddr, "tsuru.test", dns.TypeMX, func(m *dns.Msg) { m.CheckingDisabled = true })
				if err != nil || m.Rcode != 0 || m.AuthenticatedData || !m.CheckingDisabled {
					t.Errorf("with CD: %v\n%v", err, m)
				}
			}
		})
	}
}

// extended is the code of an extended error (RFC 8914), 0 without one.
func extended(m *dns.Msg) uint16 {
	if opt := m.IsEdns0(); opt != nil {
		for _, o := range opt.Option {
			if e, ok := o.(*dns.EDNS0_EDE); ok {
				return e.InfoCode
			}
		}
	}
	return 0
}

// TestAKeyThatTheParentDoesNotKnow has the parent vouch for another key.
func TestAKeyThatTheParentDoesNotKnow(t *testing.T) {
	n := faulty(t, fault.Rule{Host: "ns1.nic.test", Match: fault.Match{Name: "tsuru.test"}, Do: fault.Action{Answer: fault.Answer{
		Authority:  []string{"tsuru.test. 300 NS ns1.tsuru.test.", "tsuru.test. 300 DS 12345 13 2 " + strings.Repeat("ab", 32)},
		Additional: []string{"ns1.tsuru.test. 300 A 192.0.2.53"}}}})
	m, err := n.query("udp", resolverAddr, "tsuru.test", dns.TypeMX, wantDNSSEC)
	if err != nil || m.Rcode != dns.RcodeServerFailure || extended(m) != dns.ExtendedErrorCodeDNSKEYMissing {
		t.Fatalf("%v %v", err, m)
	}
}

func TestZonesWhoseServersAreOnlyInEachOther(t *testing.T) {
	n := faulty(t,
		fault.Rule{Host: "ns1.nic.test", Match: fault.Match{Name: "*tsuru.test"}, Do: fault.Action{Answer: fault.Answer{
			Authority: []string{"tsuru.test. 300 NS ns1.fuji.test."}}}},
		fault.Rule{Host: "ns1.nic.test", Match: fault.Match{Name: "*fuji.test"}, Do: fault.Action{Answer: fault.Answer{
			Authority: []string{"fuji.test. 300 NS ns1.tsuru.test."}}}})
	m, err := n.query("udp", resolverAddr, "fuji.test", dns.TypeMX, nil)
	if err != nil || m.Rcode != dns.RcodeServerFailure {
		t.Fatalf("%v %v", err, m)
	}
	if asked := len(n.asked("client")); asked > maxAsked {
		t.Errorf("%d questions", asked)
	}
}

func TestTruncatedAndTCPRefused(t *testing.T) {
	n := faulty(t, fault.Rule{Host: "ns1.tsuru.test", Match: fault.Match{Proto: "udp"}, Do: fault.Action{Reply: "TC"}})
	m, err := n.query("udp", tsuruNS, "tsuru.test", dns.TypeMX, nil)
	if err != nil || !m.Truncated || len(m.Answer) != 0 {
		t.Fatalf("%v %v", err, m)
	}
	if m, err = n.query("tcp", tsuruNS, "tsuru.test", dns.TypeMX, nil); err != nil || m.Truncated || len(m.Answer) != 1 {
		t.Fatalf("by TCP: %v %v", err, m)
	}
	if err := n.faults.Add(fault.Rule{ID: "tcp", Host: "ns1.tsuru.test", Stage: fault.Query, Match: fault.Match{Proto: "tcp"},
		Do: fault.Action{Close: true}}); err != nil {
		t.Fatal(err)
	}
	if _, err = n.query("tcp", tsuruNS, "tsuru.test", dns.TypeMX, nil); !errors.Is(err, io.EOF) {
		t.Fatalf("by TCP: %v", err)
	}
}

func TestServersThatDoNotKnowEDNS(t *testing.T) {
	for reply, do := range map[string]fault.Action{"FORMERR": {Reply: "FORMERR"}, "silence": {Silent: true}} {
		n := faulty(t, fault.Rule{Host: "ns1.tsuru.test", Match: fault.Match{EDNS: true}, Do: do})
		m, err := n.query("udp", tsuruNS, "tsuru.test", dns.TypeMX, wantDNSSEC)
		var timeout net.Error
		silent := errors.As(err, &timeout) && timeout.Timeout()
		if reply == "silence" && !silent || reply != "silence" && (err != nil || m.Rcode != dns.RcodeFormatError || m.IsEdns0() != nil) {
			t.Errorf("%s: %v %v", reply, err, m)
		}
		if m, err = n.query("udp", tsuruNS, "tsuru.test", dns.TypeMX, nil); err != nil || len(m.Answer) != 1 {
			t.Errorf("without EDNS: %v %v", err, m)
		}
	}
}

// datagrams gives what a server sends for one question, read octet for octet, until the right answer.
func (n *tiny) datagrams(server string, q *dns.Msg) []*dns.Msg {
	n.t.Helper()
	c, err := n.dial(context.Background(), "udp", server+":53")
	if err != nil {
		n.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	wire, err := q.Pack()
	if err != nil {
		n.t.Fatal(err)
	}
	if _, err := c.Write(wire); err != nil {
		n.t.Fatal(err)
	}
	var all []*dns.Msg
	for {
		p := make([]byte, 4096)
		size, err := c.Read(p)
		if err != nil {
			n.t.Fatalf("after %d datagrams: %v", len(all), err)
		}
		m := new(dns.Msg)
		if m.Unpack(p[:size]) != nil {
			m = nil
		}
		if all = append(all, m); m == nil || len(m.Answer) > 0 {
			return all
		}
	}
}

func TestForgeriesComeBeforeTheRightAnswer(t *testing.T) {
	for _, c := range []struct {
		first fault.Forgery
		is    func(q, forged *dns.Msg) bool
	}{
		{fault.WrongID, func(q, m *dns.Msg) bool { return m.Id != q.Id && m.Question[0] == q.Question[0] }},
		{fault.WrongQuestion, func(q, m *dns.Msg) bool { return m.Id == q.Id && m.Question[0].Name == "other.tsuru.TEST." }},
		{fault.WrongCase, func(q, m *dns.Msg) bool { return m.Id == q.Id && m.Question[0].Name == "TSURU.test." }},
	} {
		const pause = 20 * time.Millisecond
		n := faulty(t, fault.Rule{Host: "ns1.tsuru.test", Do: fault.Action{Delay: pause, Answer: fault.Answer{First: c.first}}})
		q := new(dns.Msg)
		q.SetQuestion("tsuru.TEST.", dns.TypeMX)
		began := time.Now()
		all := n.datagrams(tsuruNS, q)
		if len(all) != 2 || !c.is(q, all[0]) || all[1].Id != q.Id || all[1].Question[0] != q.Question[0] || time.Since(began) < pause {
			t.Errorf("%s: %v", c.first, all)
		}
	}
}

func TestGarbledOctets(t *testing.T) {
	n := faulty(t, fault.Rule{Host: "ns1.tsuru.test", Do: fault.Action{Garbage: 100}})
	q := new(dns.Msg)
	q.SetQuestion("tsuru.test.", dns.TypeMX)
	if all := n.datagrams(tsuruNS, q); len(all) != 1 || all[0] != nil {
		t.Errorf("%v", all)
	}
}

func TestAliasesInCircles(t *testing.T) {
	n := faulty(t,
		fault.Rule{Host: "ns1.tsuru.test", Match: fault.Match{Name: "mx1.tsuru.test"}, Do: fault.Action{Records: []string{"mx1.tsuru.test. 300 CNAME mx9.tsuru.test."}}},
		fault.Rule{Host: "ns1.tsuru.test", Match: fault.Match{Name: "mx9.tsuru.test"}, Do: fault.Action{Records: []string{"mx9.tsuru.test. 300 CNAME mx1.tsuru.test."}}})
	m, err := n.query("udp", resolverAddr, "mx1.tsuru.test", dns.TypeA, nil)
	if err != nil || m.Rcode != dns.RcodeServerFailure {
		t.Fatalf("%v %v", err, m)
	}
}

// TestPoisonIsNotBelieved asks for a name of another zone after an answer that named an address for it.
func TestPoisonIsNotBelieved(t *testing.T) {
	n := faulty(t, fault.Rule{Host: "ns1.tsuru.test", Do: fault.Action{Answer: fault.Answer{
		Additional: []string{"mx1.fuji.test. 300 A 203.0.113.66"}}}})
	if m, err := n.query("udp", tsuruNS, "tsuru.test", dns.TypeMX, nil); err != nil || !slices.ContainsFunc(m.Extra, func(rr dns.RR) bool {
		return strings.HasSuffix(rr.String(), "203.0.113.66")
	}) {
		t.Fatalf("%v %v", err, m)
	}
	if _, err := n.query("udp", resolverAddr, "tsuru.test", dns.TypeMX, nil); err != nil {
		t.Fatal(err)
	}
	m, err := n.query("udp", resolverAddr, "mx1.fuji.test", dns.TypeA, nil)
	if err != nil || len(m.Answer) != 1 || !strings.HasSuffix(m.Answer[0].String(), "192.0.2.20") {
		t.Fatalf("%v %v", err, m)
	}
}

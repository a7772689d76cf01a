package dns

import (
	"slices"
	"testing"

	mdns "github.com/miekg/dns"
)

// unreadable answers with an A record whose data is two octets short (RFC 1035 section 3.4.1).
func unreadable(_ string, q *mdns.Msg) *mdns.Msg {
	m := new(mdns.Msg).SetReply(q)
	m.Answer = []mdns.RR{&mdns.RFC3597{Hdr: mdns.RR_Header{Name: q.Question[0].Name, Rrtype: mdns.TypeA, Class: mdns.ClassINET, Ttl: 60}, Rdata: "c000"}}
	return m
}

// An answer that is no DNS message is a failure of its own, to a resolver's client and on a walk.
func TestAnswersThatCannotBeRead(t *testing.T) {
	r, _ := resolverOn(t, startServer(t, unreadable))
	_, err := r.LookupMX(t.Context(), "tsuru.test")
	if e := wantKind(t, err, Garbled); e.Code() != "dns.garbled" {
		t.Errorf("the code is %s", e.Code())
	}
	in := rootAnd(t, twoServers...)
	in["192.0.2.53"], in["192.0.2.54"] = unreadable, unreadable
	w, hops := walkerOn(t, in, WalkOptions{})
	_, err = w.Walk(t.Context(), "tsuru.test", "MX")
	wantKind(t, err, Garbled)
	if !slices.ContainsFunc(hops(), func(h Hop) bool { return h.Finding().Code == "dns.walk.garbled" }) {
		t.Errorf("no hop says so: %v", outcomes(hops()))
	}
}

// A resolver that answers in place of the root servers is told by its flags, and nothing that it says is believed.
func TestAResolverInPlaceOfTheRoot(t *testing.T) {
	w, hops := walkerOn(t, internet{"198.51.100.1": zone(t, goodMX)}, WalkOptions{})
	_, err := w.Walk(t.Context(), "tsuru.test", "MX")
	if e := wantKind(t, err, Diverted); e.Code() != "dns.intercepted" {
		t.Errorf("the code is %s", e.Code())
	}
	if !slices.ContainsFunc(hops(), func(h Hop) bool { return h.Finding().Code == "dns.walk.intercepted" }) {
		t.Errorf("no hop says so: %v", outcomes(hops()))
	}
}

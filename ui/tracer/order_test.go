package tracer

import (
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/protocols/dns"
)

func query(id int, asked string, state delivery.State, answer ...string) delivery.Hop {
	return delivery.Hop{ID: id, Step: delivery.Lookup, Kind: delivery.KindQuery, Where: "tsuru.test", What: "ns1.tsuru.test", State: state, Elapsed: time.Second,
		Query: &dns.Hop{For: asked, Zone: "tsuru.test", Server: "ns1.tsuru.test", Outcome: dns.Answers, Answer: answer}}
}

// Hosts stand in the order of preference whichever began first, at each moment of the run, and what is no exchanger stays
// where it is.
func TestHostsStandByPreference(t *testing.T) {
	s := long(0)
	command := func(id int, host string) delivery.Hop {
		return delivery.Hop{ID: id, Step: delivery.Transfer, Kind: delivery.KindCommand, Where: host, Addr: "192.0.2.1:25", What: "RCPT", State: delivery.OK}
	}
	for _, h := range []delivery.Hop{
		query(1, "tsuru.test MX", delivery.OK, "tsuru.test.\t300\tIN\tMX\t20 MX2.tsuru.test.", "tsuru.test.\t300\tIN\tMX\t10 mx1.tsuru.test."),
		query(2, "mx2.tsuru.test A", delivery.OK), query(3, "ns9.nic.test A", delivery.OK), query(4, "mx1.tsuru.test A", delivery.OK),
		command(5, "mx2.tsuru.test"), command(6, "mx1.tsuru.test"),
	} {
		s.run.take(h, s.now)
		s.rebuild()
	}
	var order []int
	for _, r := range s.rows {
		if !r.isStep() {
			order = append(order, s.run.hops[r.hops[0]].ID)
		}
	}
	want := []int{1, 4, 3, 2, 6, 5}
	if len(order) != len(want) {
		t.Fatalf("rows of hops %v, want %v", order, want)
	}
	for i := range want {
		if order[i] != want[i] {
			t.Fatalf("rows of hops %v, want %v", order, want)
		}
	}
}

// The cursor ends on the hop that decided; where that follows from several servers, on the last of them that failed.
func TestTheVerdictsHopIsFound(t *testing.T) {
	s := long(0)
	for i := range 3 {
		h := query(i+1, "tsuru.test MX", delivery.Fail)
		h.Query.Outcome = dns.IsLame
		h.Finding = &trace.Finding{Code: "dns.walk.lame", Level: trace.Fail}
		s.run.take(h, s.now)
	}
	beyond := delivery.Hop{ID: 4, Step: delivery.Pickup, Kind: delivery.KindPickup, State: delivery.Fail, Finding: &trace.Finding{Code: "x", Level: trace.Fail}}
	s.run.take(beyond, s.now)
	verdict := delivery.Verdict{Word: delivery.Deferred, Step: delivery.Lookup, Finding: trace.Finding{Code: "trace.dns.lame", Level: trace.Fail}}
	s.run.finish(delivery.Report{Verdict: verdict}, s.now)
	if h, ok := s.run.deciding(); !ok || h.ID != 3 {
		t.Errorf("%t, hop %d", ok, h.ID)
	}
}

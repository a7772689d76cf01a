package session

import (
	"slices"
	"testing"

	"todoku/diag/compare"
	"todoku/internal/trace"
)

// visited is what a device costs that visits an account and then looks again, and what is said to be spared if the server
// had what is ignored.
func visited(t *testing.T, s *Session, p compare.Protocol) (cost trace.Counters, saves map[string]compare.Saving) {
	t.Helper()
	a, _, _ := s.find("alice")
	o := newOwn(s, p, nil, line{a, serverOf(a, string(p))}, nil)
	saves = map[string]compare.Saving{}
	for _, verb := range []compare.Verb{compare.Visit, compare.Look} {
		m, _, err := o.Measure(t.Context(), compare.Step{Do: verb, Device: "A"})
		if err != nil {
			t.Fatal(err)
		}
		cost = cost.Plus(m.Counters)
		for _, one := range m.Saves {
			sum := saves[one.Capability]
			saves[one.Capability] = compare.Saving{Capability: one.Capability, RoundTrips: sum.RoundTrips + one.RoundTrips, Octets: sum.Octets + one.Octets}
		}
	}
	if err := o.close(); err != nil {
		t.Fatal(err)
	}
	return cost, saves
}

// capaAgain is the round trip of a POP3 session in which something is missing: the server is asked again behind the login.
const capaAgain = 1

// TestSavingsAreTheDifference: what a missing capability is said to cost is what it costs, measured with and without it.
func TestSavingsAreTheDifference(t *testing.T) {
	s, _ := foreign(t)
	for _, c := range []struct {
		lane    compare.Protocol
		lacking string
	}{{compare.POP3, "PIPELINING"}, {compare.POP3, "UIDL"}, {compare.IMAP, "LIST-STATUS"}} {
		s.ignore = nil
		with, none := visited(t, s, c.lane)
		s.ignore = []string{c.lacking}
		without, saves := visited(t, s, c.lane)
		told, more := saves[c.lacking], without.Minus(with)
		if len(none) > 0 || len(saves) != 1 || told.RoundTrips < 1 {
			t.Errorf("%s: spared %+v with it, %+v without", c.lacking, none, saves)
		}
		octets := more.In + more.Out
		if c.lane == compare.POP3 {
			more.RoundTrips -= 2 * capaAgain
		}
		switch c.lacking {
		case "PIPELINING":
			if more.RoundTrips != told.RoundTrips || told.Octets != 0 {
				t.Errorf("PIPELINING: %+v more without it, and %+v is told", more, told)
			}
		case "UIDL": // its own commands and lines are not told
			if more.RoundTrips != told.RoundTrips || octets >= told.Octets || told.Octets-octets > told.Octets/10 {
				t.Errorf("UIDL: %+v more without it, and %+v is told", more, told)
			}
		case "LIST-STATUS": // what goes out together may be answered one by one; tags grow by a digit
			if more.RoundTrips < told.RoundTrips || octets < told.Octets || octets-told.Octets > told.Octets/20 {
				t.Errorf("LIST-STATUS: %+v more without it, and %+v is told", more, told)
			}
		}
	}
}

// TestWithoutMOVE: a device at a server without MOVE waits as often more as is said.
func TestWithoutMOVE(t *testing.T) {
	s := comparing(t)
	trips := func(ignore ...string) int {
		c := stageFor(t, s, "move", nil, nil)
		c.run.IMAP.A.(*device).ignore = ignore
		r, err := compare.Run(t.Context(), nil, c.run)
		if err != nil {
			t.Fatal(err)
		}
		return r.Rows[1].IMAP.Counters.RoundTrips
	}
	with, without := trips(), trips("MOVE")
	own, _ := foreign(t)
	own.ignore = []string{"MOVE", "IMAP4REV2"}
	r, err := own.Compare(t.Context(), nil, CompareOptions{Account: "alice", Script: "move"})
	if err != nil {
		t.Fatal(err)
	}
	offer := r.Offers[1]
	i := slices.IndexFunc(offer.Savings, func(s compare.Saving) bool { return s.Capability == "MOVE" })
	if i < 0 || offer.Savings[i].RoundTrips != without-with {
		t.Errorf("%d round trips with MOVE, %d without; told are %+v", with, without, offer.Savings)
	}
	if !slices.ContainsFunc(offer.Notes, func(f trace.Finding) bool { return f.Code == "compare.saves.trips" && f.Args["what"] == "MOVE" }) {
		t.Errorf("nothing says so: %+v", offer.Notes)
	}
}

package fault

import (
	"testing"
	"time"
)

// set makes a set of one rule at RCPT with a clock that the test moves.
func set(t *testing.T, r Rule) (*Set, *time.Time) {
	t.Helper()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	s := &Set{Now: func() time.Time { return now }}
	r.ID, r.Stage = "f1", Rcpt
	if r.Do.GoesOn() {
		r.Do = Action{Reply: "451 4.7.1 later"}
	}
	if err := s.Add(r); err != nil {
		t.Fatal(err)
	}
	return s, &now
}

func TestGreylistingKnowsTriplets(t *testing.T) {
	s, now := set(t, Rule{Greylist: 5 * time.Minute})
	one := Facts{Peer: "192.0.2.10", From: "alice@sakura.test", To: "bob@fuji.test"}
	again, otherPort := one, one
	again.From, otherPort.Peer = "ALICE@sakura.test", "192.0.2.10:4711"
	fires := func(f Facts) bool { return s.At("mx1.fuji.test", Rcpt, f) != nil }
	if !fires(one) || !fires(again) {
		t.Fatal("a triplet passed before its time")
	}
	*now = now.Add(5*time.Minute - time.Nanosecond)
	if !fires(one) {
		t.Fatal("passed a moment early")
	}
	*now = now.Add(time.Nanosecond)
	if fires(one) || fires(again) || fires(otherPort) {
		t.Fatal("did not pass after five minutes")
	}
	for _, other := range []Facts{
		{Peer: "192.0.2.11", From: one.From, To: one.To},
		{Peer: one.Peer, From: "yuki@sakura.test", To: one.To},
		{Peer: one.Peer, From: one.From, To: "taro@fuji.test"},
	} {
		if !fires(other) {
			t.Errorf("%+v passed with the time of another triplet", other)
		}
	}
}

func TestARateIsPerPeerAndWindow(t *testing.T) {
	s, now := set(t, Rule{Rate: 2, Per: time.Minute})
	fires := func(peer string) bool { return s.At("mx1.fuji.test", Rcpt, Facts{Peer: peer}) != nil }
	if fires("192.0.2.10:1") || fires("192.0.2.10:2") || !fires("192.0.2.10:3") {
		t.Fatal("two a minute are allowed, the third is not")
	}
	if fires("192.0.2.11:1") {
		t.Fatal("another peer has a rate of its own")
	}
	*now = now.Add(time.Minute)
	if fires("192.0.2.10:4") || fires("192.0.2.10:5") || !fires("192.0.2.10:6") {
		t.Fatal("the next minute allows two again")
	}
}

func TestChanceRepeats(t *testing.T) {
	run := func(seed int64) (out string, hits int) {
		s, _ := set(t, Rule{Percent: 50, Seed: seed})
		for range 100 {
			mark := "."
			if s.At("mx1.fuji.test", Rcpt, Facts{}) != nil {
				mark, hits = "x", hits+1
			}
			out += mark
		}
		return out, hits
	}
	first, hits := run(7)
	if again, _ := run(7); again != first {
		t.Errorf("seed 7 gave\n%s and then\n%s", first, again)
	}
	if other, _ := run(8); other == first {
		t.Errorf("seeds 7 and 8 gave the same %s", first)
	}
	if hits < 30 || hits > 70 {
		t.Errorf("50 percent fired %d times in 100", hits)
	}
}

func TestSwapKeepsWhatDidNotChange(t *testing.T) {
	s, _ := set(t, Rule{})
	s.At("mx1.fuji.test", Rcpt, Facts{})
	same := s.Rules()[0].Rule
	other := Rule{ID: "f2", Stage: Mail, Do: Action{Close: true}}
	if err := s.Swap([]string{"f1"}, []Rule{same, other}); err != nil {
		t.Fatal(err)
	}
	if got := s.Rules(); len(got) != 2 || got[0].Hits != 1 || got[1].Hits != 0 {
		t.Fatalf("rules %+v", got)
	}
	bad := Rule{ID: "f3", Stage: Mail}
	if err := s.Swap([]string{"f1", "f2"}, []Rule{other, bad}); err == nil || len(s.Rules()) != 2 {
		t.Fatalf("%v, rules %+v", err, s.Rules())
	}
	changed := same
	changed.Do.Reply = "450 4.2.0 no"
	if err := s.Swap([]string{"f1", "f2"}, []Rule{changed}); err != nil || len(s.Rules()) != 1 || s.Rules()[0].Hits != 0 {
		t.Fatalf("%v, rules %+v", err, s.Rules())
	}
}

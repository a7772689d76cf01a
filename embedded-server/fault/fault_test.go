package fault

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestNilAndEmptySetsHaveNoFaults(t *testing.T) {
	var none *Set
	if a := none.At("mx1.fuji.test", Rcpt, Facts{}); a != nil {
		t.Fatalf("nil set gave %+v", a)
	}
	if a := new(Set).At("mx1.fuji.test", Rcpt, Facts{}); a != nil || !a.GoesOn() {
		t.Fatalf("empty set gave %+v", a)
	}
}

func TestCounting(t *testing.T) {
	cases := []struct {
		name string
		rule Rule
		want string // one letter for each of six occasions: x fires
	}{
		{"always", Rule{}, "xxxxxx"},
		{"nth", Rule{Nth: 3}, "..x..."},
		{"every", Rule{Every: 2}, ".x.x.x"},
		{"once", Rule{Once: true}, "x....."},
		{"every once", Rule{Every: 2, Once: true}, ".x...."},
		{"off", Rule{Off: true}, "......"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.rule.ID, c.rule.Stage, c.rule.Do = "f1", Rcpt, Action{Reply: "451 4.7.1 later"}
			s := new(Set)
			if err := s.Add(c.rule); err != nil {
				t.Fatal(err)
			}
			got := ""
			for range 6 {
				mark := "."
				if a := s.At("mx1.fuji.test", Rcpt, Facts{}); a != nil {
					mark = "x"
					if a.Rule != "f1" {
						t.Fatalf("action carries rule %q", a.Rule)
					}
				}
				got += mark
			}
			if got != c.want {
				t.Fatalf("fired %s, want %s", got, c.want)
			}
		})
	}
}

func TestMatching(t *testing.T) {
	s := new(Set)
	r := Rule{ID: "f1", Host: "mx?.tsuru.test", Stage: Rcpt, Match: Match{To: "*@TSURU.test"}, Do: Action{Close: true}}
	if err := s.Add(r); err != nil {
		t.Fatal(err)
	}
	hit := Facts{To: "hanako@tsuru.test"}
	if s.At("mx2.tsuru.test", Rcpt, hit) == nil {
		t.Fatal("did not fire where it should")
	}
	if s.At("mx1.fuji.test", Rcpt, hit) != nil || s.At("mx1.tsuru.test", Mail, hit) != nil ||
		s.At("mx1.tsuru.test", Rcpt, Facts{To: "bob@fuji.test"}) != nil {
		t.Fatal("fired where it should not")
	}
	if got := s.Rules()[0]; got.Seen != 1 || got.Hits != 1 {
		t.Fatalf("counts %+v", got)
	}
	if !s.Switch("f1", false) || s.At("mx1.tsuru.test", Rcpt, hit) != nil {
		t.Fatal("fired when switched off")
	}
	if !s.Switch("f1", true) || s.At("mx1.tsuru.test", Rcpt, hit) == nil {
		t.Fatal("did not fire when switched on again")
	}
	if !s.Remove("f1") || s.Remove("f1") || s.At("mx1.tsuru.test", Rcpt, hit) != nil {
		t.Fatal("remove")
	}
}

func TestAddRefusesRulesWithoutEffect(t *testing.T) {
	bad := []Rule{
		{},
		{ID: "a", Do: Action{Close: true}},
		{ID: "a", Stage: Rcpt},
		{ID: "a", Stage: Rcpt, Do: Action{Reply: "450 x", Silent: true}},
		{ID: "a", Stage: Rcpt, Do: Action{Reply: "450 x\r\n250 y"}},
		{ID: "a", Stage: "rctp", Do: Action{Close: true}},
		{ID: "a", Stage: Rcpt, Percent: 50, Do: Action{Close: true}},
		{ID: "a", Stage: Rcpt, Percent: 50, Seed: 1, Every: 2, Do: Action{Close: true}},
		{ID: "a", Stage: Rcpt, Rate: 5, Do: Action{Close: true}},
		{ID: "a", Stage: Mail, Greylist: 300e9, Do: Action{Close: true}},
		{ID: "a", Stage: Rcpt, Do: Action{Garbage: 9, Silent: true}},
		{ID: "a", Stage: Data, Do: Action{Octets: 9}},
		{ID: "a", Stage: Rcpt, Do: Action{Withhold: []string{"STARTTLS"}}},
		{ID: "a", Stage: Rcpt, Do: Action{Renumber: true}},
		{ID: "a", Stage: Rcpt, Nth: -1, Do: Action{Close: true}},
		{ID: "a", Stage: Rcpt, Host: "[", Do: Action{Close: true}},
		{ID: "a", Stage: Rcpt, Do: Action{Certificate: Expired}},
		{ID: "a", Stage: TLS, Do: Action{Certificate: "odd"}},
		{ID: "a", Stage: Rcpt, Do: Action{Records: []string{"x. MX 0 ."}}},
	}
	for _, r := range bad {
		if err := new(Set).Add(r); err == nil {
			t.Errorf("accepted %+v", r)
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (&Action{Delay: time.Hour}).Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if err := (*Action)(nil).Wait(ctx); err != nil {
		t.Fatal(err)
	}
}

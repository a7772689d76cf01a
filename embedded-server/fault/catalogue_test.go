package fault

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCatalogueIsWhole(t *testing.T) {
	id := regexp.MustCompile(`^[a-z0-9]+\.[a-z0-9]+(-[a-z0-9]+)*$`)
	last := ""
	for _, c := range Cases() {
		if c.ID <= last {
			t.Errorf("%s stands after %s: ids are sorted and used once", c.ID, last)
		}
		last = c.ID
		if !id.MatchString(c.ID) || c.Title == "" || c.To == "" || len(c.Rules) == 0 {
			t.Errorf("%s is not whole: %+v", c.ID, c)
		}
		if strings.ContainsAny(c.Title+c.Truth.Cause, "!\n") {
			t.Errorf("%s: one plain line each: %q, %q", c.ID, c.Title, c.Truth.Cause)
		}
		checkTruth(t, c)
		checkRules(t, c)
	}
	if last == "" {
		t.Fatal("the catalogue is empty")
	}
}

func checkTruth(t *testing.T, c Case) {
	t.Helper()
	if !slices.Contains([]string{Delivered, Deferred, Refused, Unknown}, c.Truth.Word) ||
		!slices.Contains([]string{You, Provider, DNS, Recipient, Nobody}, c.Truth.Who) ||
		c.Truth.Step < 0 || c.Truth.Step > 4 || c.Truth.Step == 0 && c.Truth.Word != Delivered || c.Truth.Cause == "" || !strings.Contains(c.Truth.Why, "RFC ") {
		t.Errorf("%s: truth %+v", c.ID, c.Truth)
	}
}

// checkRules wants every rule to be one that a set takes, named after its case.
func checkRules(t *testing.T, c Case) {
	t.Helper()
	if err := new(Set).AddCase(c); err != nil {
		t.Errorf("%s: %v", c.ID, err)
	}
}

func TestFindKnowsEveryCase(t *testing.T) {
	for _, c := range Cases() {
		if got, ok := Find(c.ID); !ok || got.ID != c.ID {
			t.Errorf("%s is not found", c.ID)
		}
	}
	if _, ok := Find("smtp.nothing"); ok {
		t.Error("found what does not exist")
	}
}

func TestACaseComesAndGoesAsOne(t *testing.T) {
	c := Case{ID: "x.two", Rules: []Rule{
		{Stage: Rcpt, Do: Action{Close: true}},
		{Stage: Mail, Do: Action{Close: true}},
	}}
	s := new(Set)
	if err := s.AddCase(c); err != nil {
		t.Fatal(err)
	}
	if err := s.AddCase(c); err == nil {
		t.Error("added twice")
	}
	var ids []string
	for _, r := range s.Rules() {
		ids = append(ids, r.ID)
	}
	if want := []string{"x.two", "x.two#2"}; !slices.Equal(ids, want) {
		t.Errorf("rules %v, want %v", ids, want)
	}
	if !s.Remove("x.two") || len(s.Rules()) != 0 || s.Remove("x.two") {
		t.Errorf("rules %+v are left", s.Rules())
	}
}

func TestFasterLeavesTheClockAlone(t *testing.T) {
	c := Case{Rules: []Rule{{Greylist: time.Minute, Do: Action{Delay: 8 * time.Second, Drip: 200 * time.Millisecond}}}}
	fast := c.Faster(100)
	if got := fast.Rules[0]; got.Greylist != time.Minute || got.Do.Delay != 80*time.Millisecond || got.Do.Drip != 2*time.Millisecond {
		t.Errorf("%+v", got)
	}
	if c.Rules[0].Do.Delay != 8*time.Second {
		t.Error("the case itself changed")
	}
}

package reason

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestEveryProviderRuleIsMet reads one reply for each rule, in the order of the rules: it must be met by that rule and no earlier one.
func TestEveryProviderRuleIsMet(t *testing.T) {
	lines := providerReplies(t)
	for _, p := range loaded().providers {
		for i := range p.Rules {
			if len(lines) == 0 {
				t.Fatalf("rule %d of %s has no reply", i+1, p.Name)
			}
			f := strings.SplitN(lines[0], " | ", 5)
			if len(f) != 5 || f[0] != p.Name || Reason(f[1]) != p.Rules[i].Reason {
				t.Fatalf("rule %d of %s (%s): the next reply is %q", i+1, p.Name, p.Rules[i].Reason, lines[0])
			}
			lines = lines[1:]
			met(t, &p.Rules[i], Reply{Command: f[2], Host: f[3], Text: f[4]})
		}
	}
	if len(lines) > 0 {
		t.Errorf("replies without a rule: %q", lines)
	}
}

func providerReplies(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/providers.txt")
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(string(data)), "\n"), func(l string) bool { return strings.HasPrefix(l, "#") })
}

func met(t *testing.T, rule *providerRule, said Reply) {
	t.Helper()
	whole := said.whole()
	if _, by := loaded().provider(whole, Fold(whole.Text)); by != rule {
		t.Errorf("%q is met by %+v, want %+v", said.Text, by, *rule)
	}
	if got := Read(said); got.Reason != rule.Reason || got.Provider == "" || got.Dated != rule.Dated {
		t.Errorf("%q is read as %+v, want %s of %s", said.Text, got, rule.Reason, rule.Dated)
	}
}

// TestEveryProviderRuleHasItsSource: the month of a rule is that of a page, or of collected bounces.
func TestEveryProviderRuleHasItsSource(t *testing.T) {
	for _, p := range loaded().providers {
		for _, r := range p.Rules {
			if p.Source == "" && r.Source == "" {
				t.Errorf("%s: nothing says where the rule for %s comes from", p.Name, r.Reason)
			}
			if when, err := time.Parse("2006-01", r.Dated); err != nil || when.Year() < 2025 {
				t.Errorf("%s: a rule for %s is dated %q", p.Name, r.Reason, r.Dated)
			}
		}
	}
}

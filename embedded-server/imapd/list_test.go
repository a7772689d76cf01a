package imapd

import (
	"strings"
	"testing"
)

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		name, ref, pattern string
		want               bool
	}{
		{"INBOX", "", "*", true},
		{"INBOX", "", "inbox", true},
		{"Sent", "", "sent", false},
		{"Work/2026", "", "%", false},
		{"Work/2026", "", "%/%", true},
		{"Work/2026", "", "*2026", true},
		{"Work/2026", "Work", "%", true},
		{"Work/2026", "Work/", "2*", true},
		{"Work/2026", "Other", "/Work/%", true},
		{"Work", "", "Work*", true},
		{"Work", "", "W%k%", true},
		{"仕事", "", "仕%", true},
		{"x", "", "", false},
		{strings.Repeat("a", 250), "", strings.Repeat("*a", 400) + "b", false}, // hours, if each length is tried
	} {
		if got := matches(c.name, c.ref, c.pattern); got != c.want {
			t.Errorf("matches(%q, %q, %.20q) is %v", c.name, c.ref, c.pattern, got)
		}
	}
}

package delivery

import (
	"testing"

	"todoku/internal/trace"
)

// A host saw this device's address of its own family.
func TestSeenFromTheFamilyOfThePeer(t *testing.T) {
	for _, c := range []struct{ ipv4, ipv6, peer, want string }{
		{"203.0.113.7", "2001:db8::7", "192.0.2.31", "203.0.113.7"},
		{"203.0.113.7", "2001:db8::7", "2001:db8::31", "2001:db8::7"},
		{"203.0.113.7", "", "2001:db8::31", ""},
		{"", "2001:db8::7", "192.0.2.31", ""},
		{"192.168.1.7", "2001:db8::7", "192.0.2.31", ""},
		{"100.64.3.4", "2001:db8::7", "192.0.2.31", ""},
		{"203.0.113.7", "fd00::7", "2001:db8::31", ""},
		{"203.0.113.7", "fe80::7", "2001:db8::31", ""},
		{"203.0.113.7", "2001:db8::7", "", "203.0.113.7"}, // no host decided
	} {
		device := Hop{Kind: KindDevice, Finding: &trace.Finding{Args: map[string]string{"ipv4": c.ipv4, "ipv6": c.ipv6}}}
		if got := SeenFrom([]Hop{{Kind: KindFact}, device}, c.peer); got != c.want {
			t.Errorf("%+v: seen from %q", c, got)
		}
	}
}

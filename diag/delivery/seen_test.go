package delivery

import (
	"testing"

	"todoku/internal/trace"
	"todoku/protocols/smtp"
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

// Behind a translator only the host that was asked knows, and many say it.
func TestSeenFromAsTheHostSays(t *testing.T) {
	device := Hop{Kind: KindDevice, Finding: &trace.Finding{Args: map[string]string{"ipv4": "192.168.1.7"}}}
	for line, want := range map[string]string{
		"mx1.fuji.test greets [203.0.113.9]":       "203.0.113.9",
		"mx at your service, [IPv6:2001:db8::9]":   "2001:db8::9",
		"mx1.fuji.test Hello client [192.168.1.7]": "",
		"mx1.fuji.test": "",
		"mx1.fuji.test [999.1.1.1] [\x1b[2J] [::::]": "",
	} {
		ehlo := Hop{Step: Transfer, Kind: KindCommand, What: "EHLO", Addr: "192.0.2.31:25", Reply: &smtp.Reply{Code: 250, Lines: []string{line}}}
		if got := SeenFrom([]Hop{device, ehlo}, "192.0.2.31"); got != want {
			t.Errorf("%q: seen from %q", line, got)
		}
		if got := SeenFrom([]Hop{device, ehlo}, "192.0.2.32"); got != "" {
			t.Errorf("%q: another host saw %q", line, got)
		}
	}
}

package policy

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

func TestReverse(t *testing.T) {
	addr, other := netip.MustParseAddr("192.0.2.31"), netip.MustParseAddr("192.0.2.99")
	const at = "31.2.0.192.in-addr.arpa PTR"
	names := func(names ...string) Answer { return Answer{Pointers: names} }
	delegated := names("mx1.tsuru.test")
	delegated.Owner, delegated.Aliases = "31.0/25.2.0.192.in-addr.arpa", []string{"31.2.0.192.in-addr.arpa"}
	for name, c := range map[string]struct {
		zone      zone
		code      string
		level     trace.Level
		confirmed string
		delegated string
	}{
		"confirmed":            {zone{at: names("mx1.tsuru.test"), "mx1.tsuru.test A": addr}, "policy.ptr.confirmed", trace.Pass, "mx1.tsuru.test", ""},
		"classless delegation": {zone{at: delegated, "mx1.tsuru.test A": addr}, "policy.ptr.confirmed", trace.Pass, "mx1.tsuru.test", "31.0/25.2.0.192.in-addr.arpa"},
		"none":                 {zone{}, "policy.ptr.absent", trace.Warn, "", ""},
		"not told":             {zone{at: broken}, "policy.ptr.unknown", trace.Unknown, "", ""},
		"leads elsewhere":      {zone{at: names("mx1.tsuru.test"), "mx1.tsuru.test A": other}, "policy.ptr.unconfirmed", trace.Warn, "", ""},
		"leads nowhere":        {zone{at: names("gone.tsuru.test")}, "policy.ptr.unconfirmed", trace.Warn, "", ""},
		"name not told":        {zone{at: names("mx1.tsuru.test"), "mx1.tsuru.test A": broken}, "policy.ptr.unknown", trace.Unknown, "", ""},
		"one of two":           {zone{at: names("a.test", "b.test"), "a.test A": broken, "b.test A": addr}, "policy.ptr.some", trace.Pass, "b.test", ""},
	} {
		got := LookupReverse(t.Context(), Inputs{Lookup: c.zone, Domain: "tsuru.test"}, "mx1.tsuru.test", addr)
		if got.Finding.Code != c.code || got.Finding.Level != c.level || strings.Join(got.Confirmed, " ") != c.confirmed || got.Delegated != c.delegated {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A lookup that breaks off does so where it was asked for: somebody is there to recover it.
func TestAReverseLookupThatBreaksOff(t *testing.T) {
	defer func() {
		if p, ok := recover().(*trace.Panic); !ok || p.Said != "odd" {
			t.Errorf("recovered %v", p)
		}
	}()
	at := zone{"31.2.0.192.in-addr.arpa PTR": Answer{Pointers: []string{"mx1.tsuru.test"}}}
	LookupReverse(t.Context(), Inputs{Lookup: brittle{at}, Domain: "tsuru.test"}, "mx1.tsuru.test", netip.MustParseAddr("192.0.2.31"))
	t.Error("nothing broke off")
}

type brittle struct{ zone }

func (brittle) Addrs(context.Context, string) (Answer, error) { panic("odd") }

// In the small Internet names are asked for from the root of the reverse tree, for both families.
func TestReverseOfTheSandbox(t *testing.T) {
	in := small(t, fault.Rule{Stage: fault.Query, Match: fault.Match{Name: "32.2.0.192.in-addr.arpa", Type: "PTR"}, Do: fault.Action{Reply: "NXDOMAIN"}})
	for addr, code := range map[string]string{"192.0.2.31": "policy.ptr.confirmed", "2001:db8::31": "policy.ptr.confirmed", "192.0.2.32": "policy.ptr.absent"} {
		got := LookupReverse(t.Context(), in, "mx1.tsuru.test", netip.MustParseAddr(addr))
		if got.Finding.Code != code {
			t.Errorf("%s: %+v", addr, got)
		}
	}
}

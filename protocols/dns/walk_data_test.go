package dns

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a walk found is told as values of its type, and as none of the others.
func TestWalkedData(t *testing.T) {
	data := strings.Repeat("AB", 32)
	in := rootAnd(t, "mail.test. 60 TXT \"v=STSv1; \" \"id=1\"", "_25._tcp.mail.test. 60 TLSA 3 1 1 "+data,
		"1.test. 60 PTR Mail.test.", "1.test. 60 PTR a.test.")
	w, _ := walkerOn(t, in, WalkOptions{})
	txt, err := w.Walk(t.Context(), "mail.test", "TXT")
	if err != nil || !slices.Equal(txt.Texts(), []string{"v=STSv1; id=1"}) || txt.TLSA() != nil || txt.Pointers() != nil {
		t.Errorf("TXT %+v, %v", txt, err)
	}
	tlsa, err := w.Walk(t.Context(), "_25._tcp.mail.test", "TLSA")
	if diff := cmp.Diff([]TLSA{{3, 1, 1, strings.ToLower(data)}}, tlsa.TLSA()); err != nil || diff != "" || tlsa.Texts() != nil {
		t.Errorf("TLSA %v: %s", err, diff)
	}
	ptr, err := w.Walk(t.Context(), "1.test", "PTR")
	if err != nil || !slices.Equal(ptr.Pointers(), []string{"a.test", "mail.test"}) {
		t.Errorf("PTR %+v, %v", ptr, err)
	}
}

func TestReverseNames(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.31": "31.2.0.192.in-addr.arpa", "::ffff:192.0.2.31": "31.2.0.192.in-addr.arpa",
		"2001:db8::31": "1.3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
	} {
		if got := ReverseName(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %s", addr, got)
		}
	}
	if got := ReverseName(netip.Addr{}); got != "" {
		t.Errorf("no address: %q", got)
	}
}

func TestAddressesOfEveryMachine(t *testing.T) {
	for addr, want := range map[string]bool{"127.0.0.1": true, "::1": true, "0.0.0.0": true, "169.254.1.1": true, "fe80::1": true, "224.0.0.1": true,
		"::ffff:127.0.0.1": true, "192.0.2.31": false, "10.0.0.1": false} {
		if got := EverybodysOwn(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
}

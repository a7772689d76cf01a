package delivery

import (
	"context"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"todoku/diag/ladder"
	"todoku/embedded-server/fault"
)

// within lets connections out by one address family alone.
func within(dial dialer, six bool) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if at, err := netip.ParseAddrPort(address); err == nil && network == "tcp" && at.Addr().Is6() != six {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}
		}
		return dial(ctx, network, address)
	}
}

// A device without one of the families says so of the addresses that it cannot try, and blames nobody.
func TestADeviceWithOneFamily(t *testing.T) {
	without := func(kind string) fault.Rule {
		return fault.Rule{Host: "ns?.fuji.test", Stage: fault.Query, Match: fault.Match{Name: "mx1.fuji.test", Type: kind}, Do: fault.Action{Reply: "NOERROR"}}
	}
	for name, c := range map[string]struct {
		rules []fault.Rule
		six   bool
		word  Word
		code  string
	}{
		"IPv4, both":      {nil, false, Delivered, "trace.accepted"},
		"IPv6, both":      {nil, true, Delivered, "trace.accepted"},
		"IPv4, IPv6 only": {[]fault.Rule{without("A")}, false, NotKnown, "trace.dial.family"},
		"IPv6, IPv4 only": {[]fault.Rule{without("AAAA")}, true, NotKnown, "trace.dial.family"},
		"IPv4, IPv4 only": {[]fault.Rule{without("AAAA")}, false, Delivered, "trace.accepted"},
		"IPv6, IPv6 only": {[]fault.Rule{without("A")}, true, Delivered, "trace.accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, c.rules...)
			n.Dial = within(n.Dial, c.six)
			r := traced(t, options(n, "bob@fuji.test"))
			if v := r.Verdict; v.Word != c.word || v.Finding.Code != c.code || v.Who != "nobody" || len(v.Also) > 0 {
				t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
			}
			lacks := strings.HasSuffix(name, "both") || c.code == "trace.dial.family"
			if met := has(r, "trace.dial.noroute"); met != lacks {
				t.Errorf("trace.dial.noroute was met: %v\n%s", met, strings.Join(codes(r), "\n"))
			}
			for _, h := range r.Hops {
				if h.State == Fail || h.Finding.Code == "trace.dial.noroute" && (h.State != NA || h.Finding.Args["family"] == "") {
					t.Errorf("hop %+v: %+v", h, h.Finding)
				}
			}
		})
	}
	_, n := small(t)
	n.Dial = failing(n.Dial, syscall.ENETUNREACH, []string{"]:25"}) // without IPv6, on a line that blocks port 25
	n.Dial = silent(n.Dial, ":25")
	o := options(n, "hanako@tsuru.test")
	o.Compare, o.Own = []string{"mx1.fuji.test"}, []ladder.Server{{Proto: ladder.SMTP, Host: "mail.sakura.test", Port: 587}}
	if v := traced(t, o).Verdict; v.Finding.Code != "local.port25.blocked" {
		t.Errorf("verdict %+v", v)
	}
}

// Two unrelated exchangers that are silent on port 25 while a submission port connects are behind a line that blocks it
// (OP25B); one that is silent, or two of one domain, are not.
func TestTheLineBlocksPort25(t *testing.T) {
	route := func(hosts ...string) fault.Rule {
		r := fault.Rule{Host: "ns?.fuji.test", Stage: fault.Query, Match: fault.Match{Name: "fuji.test", Type: "MX"}}
		for _, h := range hosts {
			r.Do.Records = append(r.Do.Records, "fuji.test. 60 MX 10 "+h+".")
		}
		return r
	}
	tsuru := []string{"192.0.2.31:25", "192.0.2.32:25", "[2001:db8::31]:25"}
	for name, c := range map[string]struct {
		hosts  []string
		silent []string // endings of addresses
		word   Word
		code   string
	}{
		"two unrelated exchangers": {[]string{"mx1.fuji.test", "mx1.tsuru.test"}, []string{":25"}, NotKnown, "local.port25.blocked"},
		"and no submission port":   {[]string{"mx1.fuji.test", "mx1.tsuru.test"}, []string{":25", ":587", ":465"}, NotKnown, "trace.dial.silent"},
		"two of one domain":        {[]string{"mx1.tsuru.test", "mx2.tsuru.test"}, tsuru, NotKnown, "trace.dial.silent"},
		"one of two":               {[]string{"mx1.fuji.test", "mx1.tsuru.test"}, tsuru, Delivered, "trace.accepted"},
		"the only one":             {[]string{"mx1.tsuru.test"}, tsuru, NotKnown, "trace.dial.silent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, route(c.hosts...), fault.Rule{Stage: fault.HTTP, Do: fault.Action{Reply: "404"}}) // without a policy
			n.Dial = silent(n.Dial, c.silent...)
			o := options(n, "bob@fuji.test")
			o.Own = []ladder.Server{{Proto: ladder.SMTP, Host: "mail.sakura.test", Port: 587}}
			r := traced(t, o)
			blocked := slices.ContainsFunc(codes(r), func(s string) bool { return strings.HasSuffix(s, "local.port25.blocked") })
			if r.Verdict.Word != c.word || r.Verdict.Finding.Code != c.code || blocked != (c.code == "local.port25.blocked") {
				t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
			}
		})
	}
}

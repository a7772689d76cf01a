package delivery

import (
	"context"
	"net"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/interop"
	"todoku/protocols/wire"
)

// theirs is a DNS and a mail exchanger of other people's software: NSD from the root down, and Postfix behind every
// documentation address.
func theirs(t *testing.T) (*interop.Hierarchy, *interop.Relay, *wire.Net) {
	t.Helper()
	if testing.Short() {
		t.Skip("starting name servers and Postfix takes seconds; run without -short")
	}
	h, relay := interop.DNS(t), interop.Postfix(t, nil)
	n := &wire.Net{Resolver: net.JoinHostPort(interop.Recursor, "53"), TrustAnchor: h.Anchor, TLSRoots: relay.Roots,
		RootHints: []wire.RootHint{{Name: "a.root.test", Addrs: []netip.Addr{netip.MustParseAddr(interop.RootServer)}}},
		Owns:      func(string) bool { return true },
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasPrefix(address, "192.0.2.") {
				address = relay.SMTP
			}
			return new(net.Dialer).DialContext(ctx, network, address)
		}}
	return h, relay, n
}

func TestTheSameAsDigDelvAndSwaks(t *testing.T) {
	h, relay, n := theirs(t)
	t.Run("dig +trace", func(t *testing.T) {
		for _, domain := range []string{"fuji.test", "tsuru.test", "lame.test"} {
			likeDig(t, n, domain, h.Dig(t, "+trace", "@"+interop.RootServer, domain, "MX"))
		}
	})
	t.Run("delv", func(t *testing.T) {
		for domain, status := range map[string]dns.Status{"fuji.test": dns.Secure, "tsuru.test": dns.Insecure, "late.test": dns.Bogus, "lame.test": dns.Insecure, "gone.fuji.test": dns.Secure} {
			likeDelv(t, n, domain, status, h.Delv(t, domain, "MX"))
		}
		if v := traced(t, options(n, "bob@late.test")).Verdict; v.Word != Deferred || v.Step != 2 || v.Who != "dns" || v.Finding.Code != "dnssec.expired" {
			t.Errorf("verdict over expired signatures: %+v", v)
		}
	})
	t.Run("swaks", func(t *testing.T) {
		for _, to := range []string{"bob@fuji.test", "nobody@fuji.test"} {
			likeSwaks(t, n, relay, to)
		}
	})
	t.Run("lame", func(t *testing.T) {
		o := options(n, "bob@lame.test")
		o.All = true
		r := traced(t, o)
		if !slices.ContainsFunc(r.Verdict.Also, func(f trace.Finding) bool { return f.Code == "dns.walk.lame" && f.Args["server"] == "ns.lame.test" }) {
			t.Errorf("the lame server is not named: %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
		}
	})
}

var received = regexp.MustCompile(`(?m)^;; Received \d+ bytes from ([0-9.]+)#53`)

// likeDig holds the walk to what dig +trace met: the same zones in the same order, and the same records.
func likeDig(t *testing.T, n *wire.Net, domain, dig string) {
	t.Helper()
	zoneOf := map[string]string{interop.RootServer: ".", interop.TLDServer: "test", interop.ZoneServer: domain, interop.Secondary: domain, interop.LameServer: domain}
	var theirs, ours []string
	for _, m := range received.FindAllStringSubmatch(dig, -1) {
		if z := zoneOf[m[1]]; !slices.Contains(theirs, z) {
			theirs = append(theirs, z)
		}
	}
	w := dns.NewWalker(dns.WalkOptions{Net: n, Seed: 1, Watch: func(h dns.Hop) {
		if h.Outcome != dns.Asking && h.For == domain+" MX" && !slices.Contains(ours, h.Zone) && h.Type != "DS" && h.Type != "DNSKEY" {
			ours = append(ours, h.Zone)
		}
	}})
	got, err := w.Walk(t.Context(), domain, "MX")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(theirs, ours); diff != "" {
		t.Errorf("%s: zones, theirs - ours +: %s\n%s", domain, diff, dig)
	}
	var records []string
	for _, line := range strings.Split(dig, "\n") {
		if f := strings.Fields(line); len(f) == 6 && strings.EqualFold(f[0], domain+".") && f[3] == "MX" {
			records = append(records, strings.ToLower(strings.Join(f, "\t")))
		}
	}
	mine := make([]string, 0, len(got.Records))
	for _, r := range got.Records {
		mine = append(mine, strings.ToLower(strings.Join(strings.Fields(r), "\t")))
	}
	if records == nil && domain == "lame.test" {
		return // dig met the lame server, and ends there
	}
	slices.Sort(records)
	slices.Sort(mine)
	if diff := cmp.Diff(records, mine); diff != "" {
		t.Errorf("%s: records, theirs - ours +: %s", domain, diff)
	}
}

// likeDelv holds our validation to delv's.
func likeDelv(t *testing.T, n *wire.Net, domain string, want dns.Status, delv string) {
	t.Helper()
	theirs := map[bool]dns.Status{strings.Contains(delv, "fully validated"): dns.Secure, strings.Contains(delv, "unsigned answer"): dns.Insecure,
		strings.Contains(delv, "resolution failed: failure"): dns.Bogus}[true]
	got, _ := dns.NewWalker(dns.WalkOptions{Net: n, Seed: 1}).Walk(t.Context(), domain, "MX")
	if got.DNSSEC.Status != want || theirs != want {
		t.Errorf("%s: %s (%+v), delv says %s: want %s\n%s", domain, got.DNSSEC.Status, got.DNSSEC, theirs, want, delv)
	}
}

var swaksReply = regexp.MustCompile(`(?m)^<(?:~|-|\*\*|~\*)\s+(.*)$`)

// likeSwaks holds the dialogue to the one that swaks has with the same server: the same replies to EHLO in TLS, MAIL and
// RCPT.
func likeSwaks(t *testing.T, n *wire.Net, relay *interop.Relay, to string) {
	t.Helper()
	out, _ := exec.Command(interop.Need(t, "swaks"), "--server", relay.SMTP, "--to", to, "--from", "alice@sakura.test", "--ehlo", "[127.0.0.1]", "--tls", "--quit-after", "RCPT").CombinedOutput()
	var theirs []string
	for _, m := range swaksReply.FindAllStringSubmatch(string(out), -1) {
		theirs = append(theirs, strings.TrimSpace(m[1]))
	}
	r := traced(t, options(n, to))
	for _, h := range r.Hops {
		if h.Kind != KindCommand || h.Where != "mx1.fuji.test" || h.Reply == nil || h.What == "banner" {
			continue
		}
		for _, line := range h.Reply.Lines {
			want := func(theirs string) bool {
				return len(theirs) > 4 && strings.Contains(h.Reply.String(), theirs[4:]) || strings.HasSuffix(theirs, line)
			}
			if !slices.ContainsFunc(theirs, want) {
				t.Errorf("%s: %s: the reply %q is none of those that swaks met:\n%s", to, h.What, line, out)
			}
		}
	}
	accepted := strings.Contains(string(out), "250 2.1.5 Ok")
	if (r.Verdict.Word == Delivered) != accepted || !accepted && r.Verdict.Finding.Code != "trace.refused.nobody" {
		t.Errorf("%s: swaks was accepted: %t, verdict %+v\n%s", to, accepted, r.Verdict, out)
	}
}

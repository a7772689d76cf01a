package delivery

import (
	"context"
	"net"
	"strings"
	"syscall"
	"testing"

	"todoku/embedded-server/fault"
)

// What a line does to DNS is told as the line's, and nothing of it as the domain's: nobody heard the domain's servers.
func TestALineThatStopsDNSIsNotTheDomainsFault(t *testing.T) {
	_, n := small(t)
	dial := n.Dial
	for _, c := range []struct {
		name, code string
		step       int
		dial       dialer
	}{
		{"a resolver on the way takes every question", "trace.dns.intercepted", Lookup, func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasSuffix(address, ":53") {
				address = n.Resolver
			}
			return dial(ctx, network, address)
		}},
		{"only the resolver can be asked", "trace.dns.noroot", Lookup, func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasSuffix(address, ":53") && address != n.Resolver {
				return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:9") // where nobody is
			}
			return dial(ctx, network, address)
		}},
		{"no network", "local.line.noroute", Submission, func(_ context.Context, network, _ string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ENETUNREACH}
		}},
	} {
		n.Dial = c.dial
		r := traced(t, options(n, "hanako@tsuru.test"))
		if v := r.Verdict; v.Word != NotKnown || v.Finding.Code != c.code || v.Who != "you" || v.Step != c.step {
			t.Errorf("%s: verdict %+v\n%s", c.name, v, strings.Join(codes(r), "\n"))
		}
		for _, f := range r.Verdict.Also {
			if strings.HasPrefix(f.Code, "dns.walk.") || f.Code == "trace.resolver.cached" {
				t.Errorf("%s: also %s", c.name, f.Code)
			}
		}
	}
}

// The domain's servers cannot be reached, and the resolver still gives what it knows of before.
func TestTheResolverRemembers(t *testing.T) {
	_, n := small(t)
	dial := n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "192.0.2.53:") || strings.HasPrefix(address, "192.0.2.54:") {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return dial(ctx, network, address)
	}
	r := traced(t, options(n, "hanako@tsuru.test"))
	if !has(r, "trace.resolver.cached") {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
}

// The resolver names another exchanger than the domain's servers do.
func TestTheResolverSaysOtherwise(t *testing.T) {
	_, n := small(t, fault.Rule{Host: "resolver.nic.test", Stage: fault.Query, Match: fault.Match{Name: "tsuru.test", Type: "MX"},
		Do: fault.Action{Records: []string{"tsuru.test. 300 MX 10 mx1.fuji.test."}}})
	if r := traced(t, options(n, "hanako@tsuru.test")); !has(r, "trace.resolver.differs") {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
}

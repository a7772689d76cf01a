package policy

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"todoku/diag/worldtest"
	"todoku/embedded-server/fault"
	"todoku/protocols/dns"
	"todoku/protocols/interop"
	"todoku/protocols/wire"
)

// Every test leaves no goroutine behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("modernc.org/sqlite.(*conn).interrupt"))
}

// zone answers lookups: "name TYPE" to what is there. A name that it does not hold does not exist.
type zone map[string]any

func (z zone) Records(_ context.Context, name, rrtype string) (Answer, error) {
	return z.at(name + " " + rrtype)
}

func (z zone) Addrs(_ context.Context, host string) (Answer, error) { return z.at(host + " A") }

func (z zone) at(key string) (Answer, error) {
	name, rrtype, _ := strings.Cut(key, " ")
	switch a := z[key].(type) {
	case Answer:
		if a.Owner == "" {
			a.Owner = name
		}
		return a, nil
	case string:
		return Answer{Owner: name, Texts: []string{a}, Security: dns.Insecure}, nil
	case []string:
		return Answer{Owner: name, Texts: a, Security: dns.Insecure}, nil
	case netip.Addr:
		return Answer{Owner: name, Addrs: []netip.Addr{a}, Security: dns.Insecure}, nil
	case error:
		return Answer{Security: dns.Indeterminate}, a
	case dns.Status:
		return Answer{Owner: name, Security: a}, &dns.Error{Name: name, Type: rrtype, Kind: dns.NoData, Rcode: "NOERROR"}
	}
	return Answer{Security: dns.Insecure}, &dns.Error{Name: name, Type: rrtype, Kind: dns.NotFound, Rcode: "NXDOMAIN"}
}

// broken is a lookup that could not be done.
var broken = &dns.Error{Name: "tsuru.test", Type: "TXT", Kind: dns.ServFail, Rcode: "SERVFAIL"}

// web is an HTTPS host for the names, and the net that leads to it whatever is dialled.
func web(t *testing.T, serve http.HandlerFunc, names ...string) *wire.Net {
	t.Helper()
	id := interop.Certificate(t, names...)
	s := httptest.NewUnstartedServer(serve)
	s.Config.ErrorLog = nil
	s.TLS = id.TLS
	s.StartTLS()
	t.Cleanup(s.Close)
	return &wire.Net{TLSRoots: id.Roots, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}}
}

// small is a running small Internet and a walker of it.
func small(t *testing.T, rules ...fault.Rule) Inputs {
	t.Helper()
	_, n := worldtest.Start(t, 0, rules...)
	return Inputs{Net: n, Lookup: Walks(dns.NewWalker(dns.WalkOptions{Net: n, Seed: 1})), Domain: "tsuru.test"}
}

package ladder

import (
	"context"
	"net"
	"strings"
	"syscall"
	"testing"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// Settings that want no TLS leave its rung out, and say so.
func TestSettingsWithoutTLS(t *testing.T) {
	o := alice(small(t))
	o.Receive.Port, o.Receive.TLS, o.Send.Host = 143, wire.TLSNone, ""
	c := examined(t, o)
	for _, r := range c.Receive.Rungs {
		if r.Name == "tls" {
			if r.State != NA || r.Finding.Code != "doctor.tls.none" || r.Finding.Args["host"] != "mail.sakura.test" {
				t.Errorf("%s %+v", r.State, r.Finding)
			}
			return
		}
	}
	t.Errorf("no rung of TLS:\n%s", states(c.Receive))
}

// Where no name can be looked up, nothing is known of the ports, and none of them is called closed.
func TestPortsThatNothingIsKnownOf(t *testing.T) {
	n := &wire.Net{Resolver: "192.0.2.1:53", Dial: func(_ context.Context, network, _ string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ENETUNREACH}
	}}
	own := []Server{{Proto: SMTP, Host: "mail.sakura.test", Port: 587}}
	_, f := OwnPorts(own, Knocks(t.Context(), nil, n, OwnTargets(own)), nil)
	if f.Code != "local.ports.unknown" || f.Level != trace.Unknown || !strings.Contains(f.Args["unknown"], "mail.sakura.test:587") {
		t.Errorf("%+v", f)
	}
}

// One of two resolvers does not answer: the other is used, and the dead one is named.
func TestOneOfTwoResolversIsDead(t *testing.T) {
	const dead = "127.0.0.1:9"
	works := dnsServer(t, func(m *mdns.Msg, q mdns.Question) {
		if q.Qtype != mdns.TypeNS {
			m.Rcode = mdns.RcodeNameError
		}
	})
	f := Resolver(t.Context(), nil, ResolverOptions{Net: &wire.Net{}, Servers: []string{dead, works}}).Finding
	if f.Code != "local.resolver.partly" || f.Level != trace.Warn || f.Args["server"] != dead || f.Args["others"] != works {
		t.Errorf("%+v", f)
	}
}

package dns

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// answerFunc answers one query; nil means silence.
type answerFunc func(network string, q *mdns.Msg) *mdns.Msg

// startServer runs a name server on loopback, one port for UDP and TCP, and gives its address.
func startServer(t testing.TB, answer answerFunc) string {
	t.Helper()
	var lc net.ListenConfig
	for range 20 {
		l, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		pc, err := lc.ListenPacket(context.Background(), "udp", l.Addr().String())
		if err != nil {
			l.Close()
			continue
		}
		serve(t, &mdns.Server{PacketConn: pc}, "udp", answer)
		serve(t, &mdns.Server{Listener: l}, "tcp", answer)
		return l.Addr().String()
	}
	t.Fatal("no port is free for both UDP and TCP")
	return ""
}

func serve(t testing.TB, s *mdns.Server, network string, answer answerFunc) {
	up, down := make(chan struct{}), make(chan struct{})
	s.NotifyStartedFunc = func() { close(up) }
	s.Handler = mdns.HandlerFunc(func(w mdns.ResponseWriter, q *mdns.Msg) {
		if m := answer(network, q); m != nil {
			w.WriteMsg(m)
		}
	})
	go func() { defer close(down); s.ActivateAndServe() }()
	<-up
	t.Cleanup(func() { s.Shutdown(); <-down })
}

// zone answers from records in zone-file form: NXDOMAIN for unknown names, NODATA with SOA for unknown types.
func zone(t testing.TB, lines ...string) answerFunc {
	t.Helper()
	var all []mdns.RR
	for _, l := range lines {
		rr, err := mdns.NewRR(l)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rr)
	}
	soa, _ := mdns.NewRR("test. 60 IN SOA ns.test. host.test. 1 1 1 1 60")
	return func(_ string, q *mdns.Msg) *mdns.Msg {
		m := new(mdns.Msg).SetReply(q)
		m.RecursionAvailable = true
		name, exists := q.Question[0].Name, false
		for hop := true; hop; {
			hop = false
			for _, rr := range all {
				h := rr.Header()
				if !mdns.IsSubDomain(name, h.Name) || mdns.CountLabel(name) != mdns.CountLabel(h.Name) {
					continue
				}
				exists = true
				if h.Rrtype == q.Question[0].Qtype {
					m.Answer = append(m.Answer, rr)
				} else if c, ok := rr.(*mdns.CNAME); ok && len(m.Answer) < 40 {
					m.Answer = append(m.Answer, rr)
					name, exists, hop = c.Target, false, true
					break
				}
			}
		}
		if !exists {
			m.Rcode = mdns.RcodeNameError
		}
		if n := len(m.Answer); n == 0 || m.Answer[n-1].Header().Rrtype == mdns.TypeCNAME {
			m.Ns = append(m.Ns, soa)
		}
		return m
	}
}

// resolverOn gives a resolver that asks the servers with short tries, and the record of what it asked.
func resolverOn(t *testing.T, servers ...string) (*Resolver, *trace.Recorder) {
	t.Helper()
	rec := new(trace.Recorder)
	r := New(Options{Net: &wire.Net{}, Servers: servers, Span: trace.New(rec, nil), Timeout: 250 * time.Millisecond, Seed: 1})
	return r, rec
}

// wantKind fails unless err is an *Error of the kind.
func wantKind(t *testing.T, err error, kind Kind) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v, want a *dns.Error of kind %s", err, kind)
	}
	if e.Kind != kind {
		t.Fatalf("kind is %s (%v), want %s", e.Kind, err, kind)
	}
	return e
}

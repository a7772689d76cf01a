package delivery

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
)

// A line that answers in place of others is named: a resolver that has one address for every name, and a login page in place
// of the page that the person agreed to. Nobody is asked for a page without that.
func TestALineThatAnswersForOthers(t *testing.T) {
	for name, page := range map[string]string{"no page is agreed on": "", "a page is agreed on": "http://probe.fuji.test/generate_204"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t)
			captive := everyName(t, "198.51.100.1")
			taken(t, n, ":80", func(c net.Conn) {
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: http://login.hotel.test/\r\nContent-Length: 0\r\n\r\n")
				}
			})
			var fetched atomic.Bool
			dial, resolver := n.Dial, n.Resolver
			n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
				if address == resolver {
					return new(net.Dialer).DialContext(ctx, network, captive)
				}
				fetched.CompareAndSwap(false, strings.HasSuffix(address, ":80"))
				return dial(ctx, network, address)
			}
			o := options(n, "bob@fuji.test")
			o.Portal.Page = page
			r := traced(t, o)
			if !has(r, "local.resolver.rewrites") || has(r, "local.portal") != (page != "") || fetched.Load() != (page != "") {
				t.Errorf("fetched %v, verdict %+v\n%s", fetched.Load(), r.Verdict, strings.Join(codes(r), "\n"))
			}
			for _, f := range append(r.Verdict.Also, r.Verdict.Finding) {
				if f.Level == trace.Fail && !strings.HasPrefix(f.Code, "local.") {
					t.Errorf("somebody else is blamed: %+v", f)
				}
			}
		})
	}
}

// everyName is a resolver that has one address for every name.
func everyName(t *testing.T, addr string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	s := &mdns.Server{PacketConn: conn, Handler: mdns.HandlerFunc(func(w mdns.ResponseWriter, q *mdns.Msg) {
		m := new(mdns.Msg).SetReply(q)
		m.RecursionAvailable = true
		if q.Question[0].Qtype == mdns.TypeA {
			m.Answer = []mdns.RR{&mdns.A{Hdr: mdns.RR_Header{Name: q.Question[0].Name, Rrtype: mdns.TypeA, Class: mdns.ClassINET, Ttl: 1}, A: net.ParseIP(addr)}}
		}
		w.WriteMsg(m)
	})}
	up := make(chan struct{})
	s.NotifyStartedFunc = func() { close(up) }
	go func() { defer close(over); s.ActivateAndServe() }()
	<-up
	t.Cleanup(func() { s.Shutdown(); <-over })
	return conn.LocalAddr().String()
}

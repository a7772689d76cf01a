package delivery

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"todoku/embedded-server/fault"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// Servers that take a connection and then say nothing, or one octet at a time, end in a hop that says so, within the time
// of that wait or of the run. Nothing else of the run waits for them.
func TestServersThatAreSilentOrDrip(t *testing.T) {
	cut := fault.Rule{Host: "ns?.fuji.test", Stage: fault.Query, Match: fault.Match{Name: "fuji.test", Type: "MX"}, Do: fault.Action{Reply: fault.Truncated}}
	promises := func(c net.Conn) {
		if _, err := io.WriteString(c, "220 mx1\r\n250-mx1\r\n250 STARTTLS\r\n220 go\r\n"); err == nil { // the replies to come
			mute(c)
		}
	}
	inTLS := func(serve func(net.Conn)) func(net.Conn) {
		return func(c net.Conn) { // without a certificate no handshake comes about: its records alone are sent
			serve(tls.Server(c, &tls.Config{}))
		}
	}
	silent := func(h Hop) bool { return h.Finding != nil && h.Finding.Code == "dns.walk.silent" }
	accepted := func(h Hop) bool { return h.What == "RCPT" && h.State == OK }
	waits := func(h Hop) bool { return h.What == "STARTTLS" && h.State == Live }
	for name, c := range map[string]struct {
		rules []fault.Rule
		port  string // whose connections are taken over
		serve func(net.Conn)
		where string // of the hop
		what  string
		code  string
		word  Word
		until func(Hop) bool // with the connection, what the run's time lasts for; nil if it lasts
	}{
		"DNS over TCP says nothing": {[]fault.Rule{cut}, ":53", mute, "fuji.test", "", "dns.walk.silent", NotKnown, silent},
		"DNS over TCP drips":        {[]fault.Rule{cut}, ":53", drips("\x40\x00" + strings.Repeat("\x00", 1000)), "fuji.test", "", "dns.walk.silent", NotKnown, silent},
		"DNS over TCP is cut off":   {[]fault.Rule{cut}, ":53", says("\x40\x00\x00"), "fuji.test", "", "dns.walk.unreachable", Deferred, nil},
		"HTTPS says nothing":        {nil, ":443", mute, "fuji.test", "MTA-STS", "policy.sts.silent", Delivered, accepted},
		"HTTPS drips":               {nil, ":443", drips("\x16\x03\x03\x40\x00" + strings.Repeat("\x00", 1000)), "fuji.test", "MTA-STS", "policy.sts.silent", Delivered, accepted},
		"HTTPS ends in TLS":         {nil, ":443", inTLS(says("x")), "fuji.test", "MTA-STS", "policy.sts.fetch", Delivered, nil},
		"STARTTLS says nothing":     {nil, ":25", promises, "mx1.fuji.test", "STARTTLS", "trace.outoftime", NotKnown, waits},
		"a banner drips":            {nil, ":25", drips(strings.Repeat("220-slow\r\n", 1000)), "mx1.fuji.test", "banner", "trace.slow", NotKnown, nil},
		"a banner never comes":      {nil, ":25", mute, "mx1.fuji.test", "banner", "trace.stalled", Deferred, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, c.rules...)
			reached, seen := newGate(), newGate()
			taken(t, n, c.port, func(conn net.Conn) { reached.open(); c.serve(conn) })
			within := &manual{Context: t.Context(), over: make(chan struct{})}
			o := options(n, "bob@fuji.test")
			o.Time, o.Limits = 10*time.Minute, smtp.Limits{Greeting: time.Second}
			o.Watch = func(h Hop) {
				if c.until != nil && c.until(h) {
					seen.open()
				}
			}
			go func() {
				for _, event := range []*gate{reached, seen} {
					select {
					case <-event.done:
					case <-t.Context().Done():
						return
					}
				}
				within.pass()
			}()
			r, err := Run(within, nil, o)
			if (err != nil) != (c.until != nil) {
				t.Error(err)
			}
			found := false
			for _, h := range r.Hops {
				found = found || h.Where == c.where && (c.what == "" || h.What == c.what) && h.Finding != nil && h.Finding.Code == c.code
			}
			if !found || r.Verdict.Word != c.word {
				t.Errorf("%s after %s: %+v\n%s", r.Verdict.Word, r.Elapsed, r.Verdict.Finding, strings.Join(codes(r), "\n"))
			}
		})
	}
}

func mute(c net.Conn) { io.Copy(io.Discard, c) }

func says(text string) func(net.Conn) {
	return func(c net.Conn) { io.WriteString(c, text) }
}

// drips says text one octet at a time.
func drips(text string) func(net.Conn) {
	return func(c net.Conn) {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for i := range len(text) {
			if _, err := io.WriteString(c, text[i:i+1]); err != nil {
				return
			}
			<-tick.C
		}
	}
}

// taken leads connections to a port to a server of its own.
func taken(t *testing.T, n *wire.Net, port string, serve func(net.Conn)) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(t.Context(), func() { c.Close() })
			go func() {
				defer stop()
				defer c.Close()
				serve(c)
			}()
		}
	}()
	t.Cleanup(func() { l.Close(); <-over })
	dial := n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && strings.HasSuffix(address, port) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		}
		return dial(ctx, network, address)
	}
}

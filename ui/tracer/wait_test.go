package tracer

import (
	"context"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/protocols/wire"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

// deaf traces where every name server is silent; moved says that something was told.
type deaf struct {
	nobody
	net   *wire.Net
	moved chan struct{}
}

func (d deaf) Trace(ctx context.Context, span *trace.Span, o session.TraceOptions) (delivery.Report, error) {
	return delivery.Run(ctx, span, delivery.Options{Net: d.net, Domain: o.Target, Seed: 1, Waits: o.Waits, Watch: func(h delivery.Hop) {
		o.Watch(h)
		select {
		case d.moved <- struct{}{}:
		default:
		}
	}})
}

// silentNet is a world whose name servers take questions and never answer; nothing else is there.
func silentNet(t *testing.T) *wire.Net {
	t.Helper()
	silent, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	root := netip.MustParseAddr("198.51.100.1")
	return &wire.Net{Resolver: "192.0.2.1:53", RootHints: []wire.RootHint{{Name: "a.root.test", Addrs: []netip.Addr{root}}},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if network != "udp" {
				return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
			}
			return new(net.Dialer).DialContext(ctx, network, silent.LocalAddr().String())
		}}
}

// Esc gives up the one try that is waited for, which the notice counts, and the walk goes on to the next.
func TestEscGivesUpOneTry(t *testing.T) {
	m := deaf{net: silentNet(t), moved: make(chan struct{}, 1)}
	runner := jobs.New(nil, nil)
	env := &screen.Env{Words: text.New(text.EN), Theme: theme.New(theme.Options{}), Jobs: runner, Now: time.Now}
	s := New(env, m, &Recent{}, screen.TracerArgs{Targets: []string{"tsuru.test"}})
	run, over := s.Init(), make(chan struct{})
	go func() { defer close(over); run() }()
	defer func() { runner.Cancel(s.job); <-over }()
	var h delivery.Hop
	await(t, s, m.moved, func() bool {
		front, live := s.run.front()
		if h = front; live && h.Query == nil && s.givesUp(h) {
			s.press(screen.Press{Verb: keys.Back}) // the wait for the resolver
		}
		return live && h.Query != nil && s.givesUp(h)
	})
	s.now = s.run.heard.Add(400 * time.Millisecond)
	if said := string(s.Waiting()); !strings.Contains(said, "try 1 of 2, ") || !strings.Contains(said, " of 0.8 s") || !strings.Contains(said, "esc gives up this wait") {
		t.Errorf("the notice says %q", said)
	}
	s.press(screen.Press{Verb: keys.Back})
	again := func(n delivery.Hop) bool { return n.Query != nil && n.Query.For == h.Query.For && n.Query.Try == 2 }
	await(t, s, m.moved, func() bool { return slices.ContainsFunc(s.run.hops, again) })
	if was := s.run.hops[s.run.place[h.ID]]; was.State != delivery.Unknown || was.Query.Outcome != "cancelled" || !s.run.running {
		t.Errorf("the try is %s, %s, running is %t", was.State, was.Query.Outcome, s.run.running)
	}
}

// await takes what the run tells until done.
func await(t *testing.T, s *Screen, moved <-chan struct{}, done func() bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for s.receive(); !done(); s.receive() {
		select {
		case <-moved:
		case <-limit:
			t.Fatalf("nothing more came: %+v", s.run.hops)
		}
	}
}

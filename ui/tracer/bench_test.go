package tracer

import (
	"context"
	"fmt"
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/session"
	"todoku/ui/jobs"
	"todoku/ui/keys"
	"todoku/ui/screen"
	"todoku/ui/text"
	"todoku/ui/theme"
)

type nobody struct{}

func (nobody) Account(string) (session.Account, bool) { return session.Account{}, false }
func (nobody) Accounts() []session.Account            { return nil }
func (nobody) Trace(context.Context, *trace.Span, session.TraceOptions) (delivery.Report, error) {
	return delivery.Report{}, nil
}
func (nobody) SameFault(trace.Finding) (string, bool) { return "", false }

var start = time.Date(2026, 11, 23, 9, 42, 0, 0, time.UTC)

// long is a screen with a run of n hops, half of them with a dialogue, none of them dull.
func long(n int) *Screen {
	env := &screen.Env{Words: text.New(text.EN), Theme: theme.New(theme.Options{Depth: theme.Full}), Jobs: jobs.New(nil, nil),
		Now: func() time.Time { return start.Add(time.Second) }}
	s := New(env, nobody{}, &Recent{}, screen.TracerArgs{Targets: []string{"hanako@tsuru.test"}})
	s.seen = &trace.Recorder{}
	for i := range n {
		s.run.take(hop(i), s.now)
		s.seen.Emit(trace.Event{Seq: int64(i), Span: int64(i / 8), Kind: trace.KindRecv, Data: []byte("250 2.1.0 Ok\r\n")})
	}
	s.SetSize(120, 37)
	s.rebuild()
	return s
}

func hop(i int) delivery.Hop {
	h := delivery.Hop{ID: i + 1, Step: 3, Kind: delivery.KindCommand, Where: fmt.Sprintf("mx%d.tsuru.test", i/8), Addr: fmt.Sprintf("192.0.2.%d:25", i/8%256),
		What: "RCPT", State: delivery.Fail, Began: start.Add(time.Duration(i) * time.Millisecond), Elapsed: time.Millisecond, Span: int64(i / 8), First: int64(i - 1),
		Last: int64(i), Finding: &trace.Finding{Code: "trace.refused.nobody", Level: trace.Fail, Args: map[string]string{"address": "hanako@tsuru.test"}}}
	if i%2 == 0 {
		h.Step, h.Kind, h.What = 2, delivery.KindQuery, "ns1.tsuru.test"
		h.Query = &dns.Hop{For: fmt.Sprintf("mx%d.tsuru.test A", i), Zone: "tsuru.test", Server: "ns1.tsuru.test", Outcome: dns.Silent}
	}
	return h
}

// TestOnlyRowsOnScreenAreWorded: drawing costs the same whatever the length of the run.
func TestOnlyRowsOnScreenAreWorded(t *testing.T) {
	draws := func(n int) float64 {
		s := long(n)
		s.follow = false
		s.list.Go(n / 2)
		return testing.AllocsPerRun(5, func() { s.View() })
	}
	few, many := draws(200), draws(20_000)
	if many > few*1.5 {
		t.Errorf("%.0f allocations for 200 hops, %.0f for 20,000", few, many)
	}
}

// BenchmarkScroll moves the cursor by one row in a run of 10,000 hops and draws.
func BenchmarkScroll(b *testing.B) {
	s := long(10_000)
	s.list.Go(5000)
	for i := 0; b.Loop(); i++ {
		s.press(screen.Press{Verb: []keys.Verb{keys.Down, keys.PageUp, keys.PageDown, keys.Up}[i%4]})
		s.View()
	}
}

// BenchmarkGrow takes 100 further hops in a run of 10,000 and draws.
func BenchmarkGrow(b *testing.B) {
	s := long(10_000)
	s.feed = &feed{tell: func() {}}
	for n := 10_000; b.Loop(); n++ {
		for i := range 100 {
			s.feed.watch(hop(n%10_000 + i))
		}
		s.receive()
		s.View()
	}
}

// BenchmarkOpen makes the screen and draws it for the first time.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		long(0).View()
	}
}

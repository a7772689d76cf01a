package trace

import (
	"io"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMeterCountsEveryConnection: two connections of spans below the metered one, whose totals are the meter's.
func TestMeterCountsEveryConnection(t *testing.T) {
	for name, root := range map[string]*Span{"observed": New(&Recorder{}, nil), "by nobody": nil} {
		t.Run(name, func(t *testing.T) {
			var meter Meter
			span := root.Metered(&meter)
			var sum Counters
			for range 2 {
				sum = sum.Plus(exchange(t, span.Child("device")))
			}
			if sum.In != 2*5 || sum.Out != 2*6 || sum.RoundTrips != 2 || sum.Handshakes != 2*2 {
				t.Errorf("the connections counted %+v", sum)
			}
			if diff := cmp.Diff(sum, meter.Counters()); diff != "" {
				t.Error(diff)
			}
			if exchange(t, root); !cmp.Equal(sum, meter.Counters()) {
				t.Errorf("a connection of another span counted: %+v", meter.Counters())
			}
		})
	}
}

func exchange(t *testing.T, span *Span) Counters {
	t.Helper()
	ours, theirs := net.Pipe()
	c := NewConn(ours, ConnOptions{Span: span, Side: SideClient, Proto: "pop3"})
	defer c.Close()
	c.Handshake(2)
	go func() {
		io.ReadFull(theirs, make([]byte, 6))
		io.WriteString(theirs, "+OK\r\n")
	}()
	if _, err := io.WriteString(c, "STAT\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	return c.Counters()
}

// hasty is a connection whose answer is read before Write returns.
type hasty struct {
	net.Conn
	read func()
}

func (h hasty) Write(p []byte) (int, error) {
	h.read()
	return len(p), nil
}

func (h hasty) Read(p []byte) (int, error) { return copy(p, "+OK\r\n"), nil }

// TestHastyAnswersAreWaitedFor: an answer that is read while its question is still being written took a round trip.
func TestHastyAnswersAreWaitedFor(t *testing.T) {
	var m Meter
	var c *Conn
	peer, _ := net.Pipe()
	inner := hasty{Conn: peer}
	inner.read = func() {
		if _, err := c.Read(make([]byte, 100)); err != nil {
			t.Error(err)
		}
	}
	c = NewConn(inner, ConnOptions{Span: New(Discard, nil).Metered(&m), Proto: "pop3"})
	for range 3 {
		if _, err := c.Write([]byte("NOOP\r\n")); err != nil {
			t.Fatal(err)
		}
	}
	if got := m.Counters().RoundTrips; got != 3 {
		t.Errorf("%d round trips", got)
	}
}

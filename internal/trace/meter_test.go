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

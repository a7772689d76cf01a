package ladder

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// A fault in one knock ends that knock, says nothing of its port, and is in the record.
func TestAFaultOfAKnockEndsIt(t *testing.T) {
	var seen trace.Recorder
	n := &wire.Net{Dial: func(context.Context, string, string) (net.Conn, error) { panic("fault") }}
	got := Knocks(t.Context(), trace.New(&seen, time.Now), n, []Target{{Host: "a.test", Port: 25, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1")}}})
	if len(got) != 1 || got[0].Open() || got[0].Silent() || PortOf(got[0]).State != PortUnknown {
		t.Errorf("%+v", got)
	}
	if !slices.ContainsFunc(seen.Events(), func(e trace.Event) bool {
		return e.Kind == trace.KindNote && strings.HasPrefix(e.Name, "fault in a knock at a.test:25: fault")
	}) {
		t.Error("nobody learns of the fault")
	}
}

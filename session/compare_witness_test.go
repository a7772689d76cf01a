package session

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/compare"
	"todoku/embedded-server"
	"todoku/internal/trace"
	"todoku/protocols/interop"
)

// staged is a comparison whose stage the test can look at.
type staged struct {
	t     *testing.T
	stage *stage
	run   compare.Options
}

// stageFor makes stage and lanes as Compare does. The servers tell servers what they hear, the devices lanes.
func stageFor(t *testing.T, s *Session, script string, servers, lanes *trace.Span) *staged {
	t.Helper()
	ctx := context.Background()
	named, _, err := compare.ScriptNamed(script)
	if err != nil {
		t.Fatal(err)
	}
	c := &staged{t: t, run: compare.Options{Script: named, Mode: compare.Good, Line: lineOr(compare.Line{})}}
	if c.stage, err = s.newStage(ctx, servers); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.stage.box.Close() })
	if c.run.POP3, err = s.newLane(ctx, lanes, c.stage, compare.POP3, c.run); err != nil {
		t.Fatal(err)
	}
	if c.run.IMAP, err = s.newLane(ctx, lanes, c.stage, compare.IMAP, c.run); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTotalsAreThoseOfTheServers: what the lanes count at their end is what the servers count at theirs.
func TestTotalsAreThoseOfTheServers(t *testing.T) {
	s := comparing(t)
	scripts := []string{"two-devices", "attachment", "mark", "move", "search", "lost"}
	if testing.Short() {
		scripts = scripts[:1]
	}
	for _, script := range scripts {
		t.Run(script, func(t *testing.T) {
			var servers trace.Meter
			var rec, lanes trace.Recorder
			c := stageFor(t, s, script, trace.New(&rec, nil).Metered(&servers), trace.New(&lanes, nil))
			until(t, "the lanes have asked what is offered", func() bool { return allClosed(rec.Events()) })
			before := servers.Counters()
			r, err := compare.Run(t.Context(), nil, c.run)
			if err != nil {
				t.Fatal(err)
			}
			until(t, "the servers have closed", func() bool { return allClosed(rec.Events()) })
			there := servers.Counters().Minus(before)
			here := r.POP3.Counters.Plus(r.IMAP.Counters)
			if here.In != there.Out || here.Out != there.In || here.In == 0 {
				t.Errorf("the lanes count %+v, the servers %+v", here, there)
			}
			sent, received := linesOf(lanes.Events(), trace.SideClient, trace.KindSend), linesOf(rec.Events(), trace.SideServer, trace.KindRecv)
			if diff := cmp.Diff(sent, received); diff != "" || len(sent) == 0 {
				t.Errorf("sent by the lanes and received by the servers:\n%s", diff)
			}
		})
	}
}

// linesOf gives the lines of each mailbox connection, sorted.
func linesOf(events []trace.Event, side trace.Side, kind trace.Kind) []string {
	lines := map[string]string{}
	for _, e := range events {
		if e.Side == side && e.Kind == kind && (e.Proto == "imap" || e.Proto == "pop3") {
			lines[e.Conn] += string(e.Data) + "\n"
		}
	}
	return slices.Sorted(maps.Values(lines))
}

// allClosed reports whether every mailbox connection that servers had is over, and so is counted to its end.
func allClosed(events []trace.Event) bool {
	open, closed := map[string]bool{}, map[string]bool{}
	for _, e := range events {
		if e.Side != trace.SideServer || e.Proto != "imap" && e.Proto != "pop3" {
			continue
		}
		open[e.Conn] = true
		closed[e.Conn] = closed[e.Conn] || e.Kind == trace.KindClose
	}
	for conn := range open {
		if !closed[conn] {
			return false
		}
	}
	return len(open) > 0
}

// TestWhatIsSeenHasWitnesses: after each step of every script, what the report says of the server is what curl sees there
// by IMAP and POP3, and what it says of the devices is what stands in their store files.
func TestWhatIsSeenHasWitnesses(t *testing.T) {
	t.Parallel()
	interop.Need(t, "curl")
	s := comparing(t)
	scripts, err := compare.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	for _, script := range scripts {
		t.Run(script.Name, func(t *testing.T) {
			t.Parallel()
			c := stageFor(t, s, script.Name, nil, nil)
			host := c.host()
			witnesses := map[compare.Protocol]*witness{}
			for _, lane := range []compare.Lane{c.run.POP3, c.run.IMAP} {
				witnesses[lane.Protocol] = &witness{t: t, imaps: host.IMAPS, pop3s: host.POP3S, ca: c.stage.box.World().CAFile,
					user: lane.Mailbox.(*stageMailbox).address, password: stagePassword}
			}
			witnessedRun(t, c.run, witnesses)
		})
	}
}

func (c *staged) host() sandbox.Host {
	hosts := c.stage.box.World().Hosts
	return hosts[slices.IndexFunc(hosts, func(h sandbox.Host) bool { return h.Name == stageHost })]
}

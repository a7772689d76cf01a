package tracer

import (
	"strings"
	"testing"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/ui/text"
)

func said(id int, addr, what string, state delivery.State) delivery.Hop {
	return delivery.Hop{ID: id, Step: delivery.Transfer, Kind: delivery.KindCommand, Where: "mx1.tsuru.test", Addr: addr + ":25", What: what, State: state}
}

// Dialogues with two addresses of a host are told apart in each of their rows; with one, the first row has it.
func TestDialoguesWithOneHostAreToldApart(t *testing.T) {
	s := long(0)
	rows := func() string {
		var all []text.Safe
		s.rebuild()
		for _, r := range s.rows {
			if !r.isStep() {
				all = append(all, s.names().whole(r, 40))
			}
		}
		return string(list(all))
	}
	s.run.take(said(1, "192.0.2.31", "connect", delivery.OK), s.now)
	s.run.take(said(2, "192.0.2.31", "banner", delivery.Live), s.now)
	if got, want := rows(), "mx1  192.0.2.31  connect, mx1  banner"; got != want {
		t.Errorf("rows %q, want %q", got, want)
	}
	s.run.take(delivery.Hop{ID: 3, Step: delivery.Transfer, Kind: delivery.KindCommand, Where: "mx1.tsuru.test", Addr: "[2001:db8::31]:25", What: "connect", State: delivery.OK}, s.now)
	s.run.take(delivery.Hop{ID: 4, Step: delivery.Transfer, Kind: delivery.KindCommand, Where: "mx1.tsuru.test", Addr: "[2001:db8::31]:25", What: "banner", State: delivery.Live}, s.now)
	want := "mx1  192.0.2.31  connect, mx1  192.0.2.31  banner, mx1  2001:db8::31  connect, mx1  2001:db8::31  banner"
	if got := rows(); got != want {
		t.Errorf("rows %q, want %q", got, want)
	}
}

// A step lists what was found at its hops, each once, the worst first.
func TestAStepListsWhatWasFound(t *testing.T) {
	s := long(0)
	found := func(id int, code string, state delivery.State, host string) {
		h := said(id, "192.0.2.31", "RCPT", state)
		h.Finding = &trace.Finding{Code: code, Level: trace.Level(state), Args: map[string]string{"server": host, "zone": "tsuru.test", "host": host, "address": "bob@fuji.test"}}
		s.run.take(h, s.now)
	}
	step := func() string {
		var all []text.Safe
		for _, l := range s.hopLines(row{step: delivery.Transfer}, 200, false) {
			for _, p := range l.pieces {
				all = append(all, p.text)
			}
		}
		return string(list(all))
	}
	found(1, "trace.resolver.same", delivery.OK, "192.0.2.1")
	if got := step(); !strings.Contains(got, "1 hop,") || !strings.Contains(got, "ok, ") {
		t.Errorf("the step says %q", got)
	}
	found(2, "trace.resolver.same", delivery.OK, "192.0.2.1")
	found(3, "trace.refused.nobody", delivery.Fail, "mx1.tsuru.test")
	got := step()
	if !strings.Contains(got, "3 hops, fail, ") || strings.Count(got, "ok, ") != 1 || strings.Index(got, "fail, ") > strings.Index(got, "ok, ") {
		t.Errorf("the step says %q", got)
	}
}

// What the server says of an address that nobody has is never folded.
func TestTheMadeUpRecipientStandsAlone(t *testing.T) {
	s := long(0)
	for i, what := range []string{"connect", "banner", "MAIL", "RCPT", "RCPT made up", "MTA-STS", "DANE"} {
		h := said(i+1, "192.0.2.31", what, delivery.OK)
		if i > 4 {
			h.Kind = delivery.KindFact
		}
		s.run.take(h, s.now)
	}
	s.rebuild()
	var alone []string
	for _, r := range s.rows {
		if len(r.hops) == 1 {
			alone = append(alone, s.run.hops[r.hops[0]].What)
		}
	}
	if got := strings.Join(alone, ", "); got != "RCPT, RCPT made up" {
		t.Errorf("alone stand %s", got)
	}
}

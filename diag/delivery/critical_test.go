package delivery

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheCriticalPath(t *testing.T) {
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	hop := func(id, step int, kind Kind, span int64, from, to int) Hop {
		return Hop{ID: id, Step: step, Kind: kind, Span: span, State: OK, Began: began.Add(time.Duration(from) * time.Millisecond), Elapsed: time.Duration(to-from) * time.Millisecond}
	}
	for name, c := range map[string]struct {
		hops []Hop
		want []int
	}{
		"nothing": {nil, nil},
		"the slower of two exchangers": {[]Hop{
			hop(1, Lookup, KindQuery, 0, 0, 20), hop(2, Lookup, KindQuery, 0, 20, 40),
			hop(3, Transfer, KindCommand, 7, 41, 50), hop(4, Transfer, KindCommand, 8, 41, 60),
			hop(5, Transfer, KindCommand, 7, 50, 90), hop(6, Transfer, KindCommand, 8, 60, 200),
		}, []int{1, 2, 4, 6}},
		"a silent server, asked beside a quick one": {[]Hop{
			hop(1, Lookup, KindQuery, 0, 0, 20), hop(2, Lookup, KindQuery, 0, 20, 820), hop(3, Lookup, KindQuery, 0, 20, 40), hop(4, Lookup, KindQuery, 0, 821, 850),
		}, []int{1, 2, 4}},
		"the submission server beside the rest": {[]Hop{
			hop(1, Submission, KindDevice, 0, 0, 1), hop(2, Lookup, KindQuery, 0, 0, 20), hop(3, Submission, KindCommand, 5, 1, 30),
			hop(4, Submission, KindCommand, 5, 30, 500), hop(5, Transfer, KindCommand, 6, 20, 400),
		}, []int{1, 3, 4}},
		"a hop that is still open decides nothing": {[]Hop{
			hop(1, Lookup, KindQuery, 0, 0, 20), {ID: 2, Step: Lookup, Kind: KindQuery, State: Live, Began: began},
		}, []int{1}},
	} {
		if diff := cmp.Diff(c.want, CriticalPath(c.hops, time.Time{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// While a run goes on its open hops end now, and what is on the way of the message counts before what is beside it.
func TestTheCriticalPathSoFar(t *testing.T) {
	began := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return began.Add(time.Duration(ms) * time.Millisecond) }
	hops := []Hop{
		{ID: 1, Step: Pickup, Kind: KindPickup, State: Live, Began: at(0)},
		{ID: 2, Step: Lookup, Kind: KindQuery, State: OK, Began: at(0), Elapsed: 20 * time.Millisecond},
		{ID: 3, Step: Lookup, Kind: KindQuery, State: Live, Began: at(20)},
		{ID: 4, Step: Lookup, Kind: KindQuery, State: OK, Began: at(20), Elapsed: 5 * time.Millisecond},
	}
	if diff := cmp.Diff([]int{2, 3}, CriticalPath(hops, at(500))); diff != "" {
		t.Error(diff)
	}
}

// The parts are hops one after another at one place; a place that comes again is a part of its own.
func TestTheLegsOfTheCriticalPath(t *testing.T) {
	r := Report{Critical: []int{1, 2, 4, 5, 6}}
	for i, where := range []string{".", "test", "test", "test", "mx1.test", "test"} {
		r.Hops = append(r.Hops, Hop{ID: i + 1, Where: where, Elapsed: time.Duration(i+1) * time.Millisecond})
	}
	want := []Leg{{".", 1e6}, {"test", 6e6}, {"mx1.test", 5e6}, {"test", 6e6}}
	if diff := cmp.Diff(want, r.Legs()); diff != "" {
		t.Error(diff)
	}
}

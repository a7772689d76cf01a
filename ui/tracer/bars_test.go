package tracer

import (
	"testing"
	"time"

	"todoku/diag/delivery"
)

// What lies between the hops of a row is neither counted nor drawn, and what ran at once counts once.
func TestIdleTimeIsNotARowsOwn(t *testing.T) {
	s := long(0)
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	for i, h := range []struct{ from, took int }{{0, 10}, {5, 15}, {80, 20}} {
		s.run.take(delivery.Hop{ID: i + 1, Step: delivery.Submission, Kind: delivery.KindDevice, Where: "this device", What: "line", State: delivery.OK,
			Began: start.Add(ms(h.from)), Elapsed: ms(h.took)}, s.now)
	}
	s.run.finish(delivery.Report{Elapsed: ms(100)}, s.now)
	one := row{step: delivery.Submission, hops: []int{0, 1, 2}}
	if got := s.took(one); got != "40 ms" {
		t.Errorf("the row took %q", got)
	}
	sc := s.run.scale(s.now, 10)
	if _, got := sc.bar(s.run, one, nil, s.now); got != "==      ==" {
		t.Errorf("bar %q", got)
	}
}

package session

import (
	"slices"
	"testing"

	"todoku/embedded-server/fault"
)

// met are the cases that can show in a trace that sends nothing and reads nothing. A short run takes every eighth of those
// that answer.
func met() []fault.Case {
	cases := slices.DeleteFunc(fault.Cases(), func(c fault.Case) bool {
		return c.NeedsMessage() || c.NeedsReading() || c.Warm > 0 || testing.Short() && (c.Rules[0].Do.Silent || c.Rules[0].Do.Drip > 0)
	})
	if !testing.Short() {
		return cases
	}
	var some []fault.Case
	for i := 0; i < len(cases); i += 8 {
		some = append(some, cases[i])
	}
	return some
}

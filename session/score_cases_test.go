package session

import (
	"slices"
	"testing"

	"todoku/embedded-server/fault"
)

// met are the cases that can show in a trace that sends nothing and reads nothing. Those that say nothing at all take
// most of a minute, and are left out of short runs.
func met() []fault.Case {
	return slices.DeleteFunc(fault.Cases(), func(c fault.Case) bool {
		return c.NeedsMessage() || c.NeedsReading() || c.Warm > 0 || testing.Short() && (c.Rules[0].Do.Silent || c.Rules[0].Do.Drip > 0)
	})
}

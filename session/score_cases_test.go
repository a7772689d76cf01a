package session

import (
	"fmt"
	"os"
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

// scored tells a part of the score, and writes it to the file that TODOKU_SCORE names, whose lines .ci/run adds up.
func scored(t *testing.T, right, all int, what string) {
	t.Helper()
	t.Logf("score: %d of %d %s", right, all, what)
	name := os.Getenv("TODOKU_SCORE")
	if name == "" || testing.Short() {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintf(f, "%d of %d %s\n", right, all, what); err != nil {
		t.Fatal(err)
	}
}

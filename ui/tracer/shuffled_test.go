package tracer

import (
	"strings"
	"testing"

	"todoku/diag/delivery"
	"todoku/ui/text"
)

// Step 2 names the exchangers whose order was chance and the seed that repeats it; where preferences differ, nothing was
// left to chance.
func TestTheSeedStandsWhereTheOrderWasChance(t *testing.T) {
	routes := func(preferences ...uint16) []delivery.Route {
		var all []delivery.Route
		for i, p := range preferences {
			all = append(all, delivery.Route{Host: "mx" + string(rune('1'+i)) + ".tsuru.test", Preference: p})
		}
		return all
	}
	for name, c := range map[string]struct {
		lang   text.Lang
		routes []delivery.Route
		want   []string
	}{
		"alike":       {text.EN, routes(10, 10, 20), []string{"Of preference 10 alike, shuffled: mx1.tsuru.test, mx2.tsuru.test.", "Seed 4711 repeats the order of servers."}},
		"the last":    {text.EN, routes(10, 20, 20), []string{"Of preference 20 alike, shuffled: mx2.tsuru.test, mx3.tsuru.test.", "Seed 4711"}},
		"in Japanese": {text.JA, routes(10, 10), []string{"優先度 10 が同じため、順序は無作為です: mx1.tsuru.test, mx2.tsuru.test。", "シード 4711 で"}},
		"none alike":  {text.EN, routes(10, 20), nil},
		"one alone":   {text.EN, routes(10), nil},
	} {
		s := long(0)
		s.env.Words = text.New(c.lang)
		s.run.take(query(1, "tsuru.test MX", delivery.OK), s.now)
		s.run.finish(delivery.Report{Seed: 4711, Routes: c.routes}, s.now)
		s.rebuild()
		shown := told(s.hopLines(row{step: delivery.Lookup}, 120, false))
		for _, w := range c.want {
			if !strings.Contains(shown, w) {
				t.Errorf("%s: %q is not in\n%s", name, w, shown)
			}
		}
		if len(c.want) == 0 && strings.Contains(shown, "4711") {
			t.Errorf("%s: the seed is in\n%s", name, shown)
		}
	}
}

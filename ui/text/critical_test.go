package text

import (
	"testing"
	"time"
)

func TestTheCriticalPathInOneLine(t *testing.T) {
	parts := []Part{{"jp", time.Millisecond}, {".", 20 * time.Millisecond}, {"tsuru.test", 90 * time.Millisecond}, {"mx1.tsuru.test", 80 * time.Millisecond}}
	for lang, want := range map[Lang]Safe{
		EN: "critical path 191 ms of 200 ms (96 %): root 20 ms, tsuru.test 90 ms, mx1.tsuru.test 80 ms",
		JA: "所要時間を決めた経路 191 ms / 200 ms (96 %): ルート 20 ms, tsuru.test 90 ms, mx1.tsuru.test 80 ms",
	} {
		c := New(lang)
		if got := c.Critical(parts, 200*time.Millisecond); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
		if got := c.Critical(nil, time.Second) + c.Critical(parts, 0); got != "" {
			t.Errorf("%s: %q of nothing", lang, got)
		}
	}
}

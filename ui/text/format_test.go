package text

import (
	"math"
	"testing"
	"time"
)

// A run file from a stranger may hold any duration.
func TestSpanOfAnyDuration(t *testing.T) {
	for d, want := range map[time.Duration]Safe{-time.Second: "-1.0 s", math.MinInt64: "-106751 d", math.MaxInt64: "106751 d"} {
		if got := Span(d); got != want {
			t.Errorf("%d is %s, want %s", int64(d), got, want)
		}
	}
}

// A size has the sign of its unit at every magnitude, the same in both languages.
func TestSizesHaveTheirUnit(t *testing.T) {
	for n, want := range map[int64]Safe{0: "0 B", 999: "999 B", 1000: "1 KB", 84_500: "85 KB", 1_250_000: "1.2 MB", 25_000_000: "25 MB", 1_500_000_000: "1.5 GB"} {
		if got := Size(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

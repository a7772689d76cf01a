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

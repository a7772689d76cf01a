package wire

import (
	"context"
	"testing"
	"time"
)

// late is a context whose deadline has come and that has not noticed yet.
type late struct{ context.Context }

func (late) Deadline() (time.Time, bool) { return time.Now().Add(-time.Millisecond), true }

func TestTimeUp(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	ahead, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	for name, c := range map[string]struct {
		context.Context
		want bool
	}{"no deadline": {t.Context(), false}, "an hour ahead": {ahead, false}, "cancelled": {over, true}, "late to notice": {late{t.Context()}, true}} {
		if got := TimeUp(c.Context); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

package delivery

import (
	"testing"
	"time"
)

// One late reply, or a few among many, are no tarpit.
func TestTarpit(t *testing.T) {
	const late, soon = 2 * time.Second, 20 * time.Millisecond
	for _, c := range []struct {
		waited []time.Duration
		want   bool
	}{
		{nil, false}, {[]time.Duration{late}, false}, {[]time.Duration{soon, soon, late}, false},
		{[]time.Duration{late, late, soon, soon}, false}, {[]time.Duration{late, late}, true}, {[]time.Duration{late, late, soon}, true},
	} {
		if _, is := tarpit(c.waited); is != c.want {
			t.Errorf("%v: a tarpit %t", c.waited, is)
		}
	}
}

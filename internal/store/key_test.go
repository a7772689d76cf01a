package store

import (
	"testing"
	"time"
)

// 0 is "no message" to drafts, to the command line and to the interface.
func TestNoKeyIsZero(t *testing.T) {
	for _, received := range []time.Time{{}, time.Unix(0, 0), time.Unix(-5, 0), time.Unix(1<<40, 0)} {
		for _, sequence := range []int64{0, 1, 1 << sequenceBits} {
			if key := newKey(received, sequence); key <= 0 || key >= 1<<53 {
				t.Errorf("received %v as number %d: key %d", received, sequence, key)
			}
		}
	}
}

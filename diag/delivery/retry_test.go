package delivery

import (
	"testing"
	"time"
)

// A server may ask for a longer wait than senders take anyway, never for a shorter one, and not for ever.
func TestRetryAfter(t *testing.T) {
	for said, want := range map[string]time.Duration{
		"": 30 * time.Minute,
		"451 4.7.1 Greylisted, try again in 300 seconds":      30 * time.Minute,
		"451 4.7.1 Please try again in 45 minutes":            45 * time.Minute,
		"451 4.7.1 retry after 2 hours":                       2 * time.Hour,
		"451 4.7.1 blocked for 99999 hours":                   24 * time.Hour,
		"451 4.7.1 in 2s":                                     30 * time.Minute,
		"450 4.2.0 Greylisted (99999999999999999 in minutes)": 30 * time.Minute,
	} {
		if got := RetryAfter(said); got.After != want || got.For != 5*24*time.Hour {
			t.Errorf("%q: %v, want %v", said, got, want)
		}
	}
	for said, want := range map[string]time.Duration{"": 0, "451 4.7.1 Greylisted, try again in 300 seconds": 5 * time.Minute, "451 4.7.1 Please try again in 45 minutes": 0} {
		if got := RetryAfter(said).Passes; got != want {
			t.Errorf("%q: a retry passes after %v, want %v", said, got, want)
		}
	}
}

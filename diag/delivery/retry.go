package delivery

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Retry is when a mail server tries again to hand over what it keeps: After at the earliest, and For so long in all. Passes
// is how soon the server that put it off would take it, by its own words; 0 where it names no time, or a longer one.
type Retry struct {
	After  time.Duration `json:"after_ns"`
	For    time.Duration `json:"for_ns"`
	Passes time.Duration `json:"passes_ns,omitempty"`
}

// What RFC 5321 section 4.5.4.1 wants of those who retry.
const (
	retryAfter = 30 * time.Minute
	retryFor   = 5 * 24 * time.Hour
)

// saidWait finds how long a server asks to wait: "try again in 300 seconds".
var saidWait = regexp.MustCompile(`(?i)\b(?:in|after|for) (\d{1,5}) ?(s|sec|second|min|minute|h|hour)s?\b`)

// RetryAfter is the retry that follows a reply, or silence (""). A wait that the server names counts where it is longer
// than a server waits anyway, up to a day.
func RetryAfter(said string) Retry {
	r := Retry{After: retryAfter, For: retryFor}
	m := saidWait.FindStringSubmatch(said)
	if m == nil {
		return r
	}
	n, _ := strconv.Atoi(m[1])
	unit := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour}[strings.ToLower(m[2])[0]]
	named := time.Duration(n) * unit
	if named < r.After {
		r.Passes = named
	}
	r.After = max(r.After, min(named, 24*time.Hour))
	return r
}

// retry is what a verdict says of the message: a server beyond this device keeps what is deferred there.
func (v Verdict) retry() *Retry {
	if v.Word != Deferred || v.Step == int(Submission) {
		return nil
	}
	r := RetryAfter(v.Finding.Args["said"])
	return &r
}

package explain

import (
	"fmt"
	"time"
)

// timed are the facts that are lengths of time, as Go writes them: "1.5s".
var timed = map[string]bool{"elapsed": true, "after": true, "age": true}

// told writes a fact for people: a length of time with a unit that stands apart, anything else as it is.
func told(name, value string) string {
	d, err := time.ParseDuration(value)
	if !timed[name] || err != nil {
		return value
	}
	switch {
	case d < 400*time.Millisecond:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 9950*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}

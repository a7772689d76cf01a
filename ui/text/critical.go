package text

import "time"

// Part is a part of a run's time, and where it went.
type Part struct {
	Where string // "." is the root
	Took  time.Duration
}

// Critical says in one line what the length of a run came from: the parts of its critical path, their sum, and its share
// of the whole. It is empty without parts.
func (c *Catalogue) Critical(parts []Part, whole time.Duration) Safe {
	var sum time.Duration
	var names Safe
	for _, p := range parts {
		sum += p.Took
		if p.Took*100 < whole {
			continue // what took no time to speak of
		}
		if names != "" {
			names += ", "
		}
		name, known := c.Tracer.Places[p.Where]
		switch {
		case known:
		case p.Where == ".":
			name = c.Tracer.Root
		default:
			name = Clean(p.Where)
		}
		names += name + " " + Span(p.Took)
	}
	return c.CriticalSum(names, sum, whole)
}

// CriticalSum is the line of Critical around names that are already worded.
func (c *Catalogue) CriticalSum(names Safe, sum, whole time.Duration) Safe {
	if names == "" || whole <= 0 {
		return ""
	}
	return F(c.Tracer.CriticalPath, Span(sum), Span(whole), int(min((sum*100+whole/2)/whole, 100)), names)
}

// Retry is when a message that a mail server keeps is tried again: when the one that put it off would take it (0: it did not
// say), how soon a mail server tries, and for how long.
func (c *Catalogue) Retry(passes, after, whole time.Duration) Safe {
	said := F(c.Tracer.Keeps, Span(after), Span(whole))
	if passes > 0 {
		said = F(c.Tracer.Passes, Span(passes)) + said
	}
	return said
}

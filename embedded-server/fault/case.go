package fault

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Named gives the case's rules with their ids: the first has the case's, the others' have "#2" and so on behind it.
func (c Case) Named() []Rule {
	rules := slices.Clone(c.Rules)
	for i := range rules {
		rules[i].ID = c.ID
		if i > 0 {
			rules[i].ID = fmt.Sprintf("%s#%d", c.ID, i+1)
		}
	}
	return rules
}

// Faster is the case with every Delay and Drip so many times shorter, for those who have no time: the limits of RFC 5321
// section 4.5.3.2 have to shrink with them. What goes by the sandbox's clock stays.
func (c Case) Faster(times int) Case {
	c.Rules = slices.Clone(c.Rules)
	for i := range c.Rules {
		c.Rules[i].Do.Delay /= time.Duration(times)
		c.Rules[i].Do.Drip /= time.Duration(times)
	}
	return c
}

// NeedsMessage reports whether the fault shows only to those who send a message, not to those who ask and go.
func (c Case) NeedsMessage() bool {
	return slices.ContainsFunc(c.Rules, func(r Rule) bool {
		return r.Stage == Data || r.Stage == EndOfData || r.Stage == Accepted || r.Do.Size > 0
	})
}

// NeedsReading reports whether the fault shows only to those who read a mailbox, not to those who log in and go.
func (c Case) NeedsReading() bool {
	return slices.ContainsFunc(c.Rules, func(r Rule) bool {
		return slices.Contains([]Stage{Select, Fetch, Message, Append, Idle, Retr, Quit}, r.Stage) || r.Do.Renumber ||
			slices.Contains(r.Do.Withhold, "UIDL") || slices.Contains(r.Do.Withhold, "IDLE")
	})
}

// AddCase adds the rules of a case, or none of them.
func (s *Set) AddCase(c Case) error { return s.Swap(nil, c.Named()) }

// CaseOf gives the id of the case that a rule belongs to, by the rule's own.
func CaseOf(rule string) string {
	id, _, _ := strings.Cut(rule, "#")
	return id
}

package fault

import (
	"fmt"
	"slices"
	"strings"
)

// named gives the case's rules with their ids: the first has the case's, the others' have "#2" and so on behind it.
func (c Case) named() []Rule {
	rules := slices.Clone(c.Rules)
	for i := range rules {
		rules[i].ID = c.ID
		if i > 0 {
			rules[i].ID = fmt.Sprintf("%s#%d", c.ID, i+1)
		}
	}
	return rules
}

// AddCase adds the rules of a case, or none of them.
func (s *Set) AddCase(c Case) error { return s.Swap(nil, c.named()) }

// CaseOf gives the id of the case that a rule belongs to, by the rule's own.
func CaseOf(rule string) string {
	id, _, _ := strings.Cut(rule, "#")
	return id
}

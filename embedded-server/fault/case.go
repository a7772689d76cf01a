package fault

import (
	"fmt"
	"strings"
)

// AddCase adds the rules of a case, or none of them. The first rule's id is the case's, the others' have "#2" and so
// on behind it.
func (s *Set) AddCase(c Case) error {
	for i, r := range c.Rules {
		r.ID = c.ID
		if i > 0 {
			r.ID = fmt.Sprintf("%s#%d", c.ID, i+1)
		}
		if err := s.Add(r); err != nil {
			if i > 0 {
				s.RemoveCase(c.ID)
			}
			return err
		}
	}
	return nil
}

// RemoveCase forgets the rules of a case; false means that there were none.
func (s *Set) RemoveCase(id string) bool {
	found := false
	for _, r := range s.Rules() {
		if CaseOf(r.ID) == id {
			found = s.Remove(r.ID) || found
		}
	}
	return found
}

// CaseOf gives the id of the case that a rule belongs to, by the rule's own.
func CaseOf(rule string) string {
	id, _, _ := strings.Cut(rule, "#")
	return id
}

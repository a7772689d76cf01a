package fault

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Status is a rule and how often it fired.
type Status struct {
	Rule
	Seen int `json:"seen"` // times that host, stage and facts matched
	Hits int `json:"hits"` // times that it fired
}

// Set holds the rules of one sandbox. A nil Set has none. Its methods are safe for concurrent use.
type Set struct {
	Now   func() time.Time // for rules that go by the clock; nil means time.Now
	Magic bool             // whether addresses of the form of MagicCase make faults

	busy  atomic.Bool // whether any rule is on: the path without faults takes no lock
	mu    sync.Mutex
	rules []*entry
	magic map[string][]*entry // by address, what its name says
}

// entry is a rule in a set.
type entry struct {
	Status
	memory
}

// At gives the action of the first rule that fires at this stage of the host, nil if none does. A fault that the
// recipient's address names comes before all rules.
func (s *Set) At(host string, stage Stage, f Facts) *Action {
	if !s.Watches(f.To) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if s.Magic && IsMagic(f.To) && serves(host, f.To) { // somebody asked for it by name
		if a := s.byName(stage, f, now); a != nil {
			return a
		}
	}
	for _, r := range s.rules {
		if r.matches(host, stage, f) && r.fires(f, now) {
			return r.action()
		}
	}
	return nil
}

// Watches reports whether At could give anything: a rule is on, or the recipient's address names a fault.
func (s *Set) Watches(to string) bool {
	return s != nil && (s.busy.Load() || s.Magic && IsMagic(to))
}

func (s *Set) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (r *entry) matches(host string, stage Stage, f Facts) bool {
	return !r.Off && r.Stage == stage && r.Concerns(host) && r.Match.fits(f)
}

// fires counts a match and decides.
func (r *entry) fires(f Facts, now time.Time) bool {
	r.Seen++
	if r.Once && r.Hits > 0 || !r.due(&r.Rule, r.Seen, f, now) {
		return false
	}
	r.Hits++
	return true
}

func (r *entry) action() *Action {
	do := r.Do
	do.Rule = r.ID
	return &do
}

// Add appends a rule. It refuses one that could never fire or would do nothing.
func (s *Set) Add(r Rule) error { return s.Swap(nil, []Rule{r}) }

// Swap removes the rules with the old ids and adds others, or changes nothing. A rule that stays as it was keeps its
// counts.
func (s *Set) Swap(old []string, rules []Rule) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	going := make(map[string]*entry)
	for _, id := range old {
		going[id] = nil
	}
	var kept []*entry
	taken := make(map[string]bool)
	for _, have := range s.rules {
		if _, goes := going[have.ID]; goes {
			going[have.ID] = have
			continue
		}
		kept = append(kept, have)
		taken[have.ID] = true
	}
	for _, r := range rules {
		if err := r.Check(); err != nil {
			return err
		}
		if taken[r.ID] {
			return fmt.Errorf("fault rule %q exists: remove it first or choose another id", r.ID)
		}
		taken[r.ID] = true
		kept = append(kept, renewed(going[r.ID], r))
	}
	s.rules = kept
	s.count()
	return nil
}

// renewed is the entry of a rule, with the counts of the one that it takes the place of if that was the same.
func renewed(old *entry, r Rule) *entry {
	if old == nil {
		return &entry{Status: Status{Rule: r}}
	}
	was := old.Rule
	was.Off = r.Off
	if !reflect.DeepEqual(was, r) {
		return &entry{Status: Status{Rule: r}}
	}
	old.Off = r.Off
	return old
}

// Remove forgets the rule, or all rules of a case; false means that there was none.
func (s *Set) Remove(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.rules)
	s.rules = slices.DeleteFunc(s.rules, func(r *entry) bool { return r.named(id) })
	s.count()
	return len(s.rules) < before
}

// Switch turns a rule, or all rules of a case, on or off and keeps the counts; false means that there is none.
func (s *Set) Switch(id string, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := false
	for _, r := range s.rules {
		if r.named(id) {
			r.Off, found = !on, true
		}
	}
	s.count()
	return found
}

// named reports whether the id is the rule's own or that of its case.
func (r *entry) named(id string) bool { return r.ID == id || CaseOf(r.ID) == id }

// count notes whether any rule is on; the caller holds the lock.
func (s *Set) count() {
	on := false
	for _, r := range s.rules {
		on = on || !r.Off
	}
	s.busy.Store(on)
}

// Rules gives a copy of all rules in their order, with counts.
func (s *Set) Rules() []Status {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Status, 0, len(s.rules))
	for _, r := range s.rules {
		out = append(out, r.Status)
	}
	return out
}

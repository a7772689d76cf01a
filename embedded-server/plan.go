package sandbox

import (
	"maps"
	"slices"
	"strings"

	"todoku/embedded-server/dnsd"
)

// plan is who is in the small Internet and what they are called.
type plan struct {
	domains  []domain
	machines []machine
	users    []User
	signed   map[string]dnsd.Denial // zones that are signed, and how they deny
}

// newPlan makes the plan, with other names for those domains that names has: the rest of their hosts' names and of
// their users' addresses stays.
func newPlan(names map[string]string) *plan {
	p := &plan{domains: domains(), machines: machines(), users: users(), signed: map[string]dnsd.Denial{}}
	called := func(name string) string {
		for _, was := range slices.Sorted(maps.Keys(names)) {
			if rest, ok := strings.CutSuffix(name, was); ok && (rest == "" || strings.HasSuffix(rest, ".") || strings.HasSuffix(rest, "@")) {
				return rest + names[was]
			}
		}
		return name
	}
	all := func(list []string) {
		for i := range list {
			list[i] = called(list[i])
		}
	}
	for i := range p.domains {
		p.domains[i].name = called(p.domains[i].name)
		all(p.domains[i].mx)
	}
	for i := range p.machines {
		m := &p.machines[i]
		m.name, m.domain, m.zones = called(m.name), called(m.domain), slices.Clone(m.zones)
		all(m.zones)
	}
	for i := range p.users {
		p.users[i].Address, p.users[i].Host = called(p.users[i].Address), called(p.users[i].Host)
	}
	for zone, how := range signedZones() {
		p.signed[called(zone)] = how
	}
	return p
}

package dns

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	mdns "github.com/miekg/dns"
)

// MX is one mail exchanger of a domain.
type MX struct {
	Host       string // lower case, without the final dot
	Preference uint16 // lower is tried first
}

// Exchangers is where a domain's mail goes.
type Exchangers struct {
	Hosts    []MX // in the order to try them: by preference, equal ones shuffled (RFC 5321 section 5.1)
	Null     bool // the domain says that it takes no mail (RFC 7505); Hosts is empty
	Implicit bool // there is no MX record but an address, so the domain itself is the only host (RFC 5321 section 5.1)
	Aliases  []string
	TTL      time.Duration // the lowest of the records; 0 if Implicit
	Server   string        // the resolver that answered
	DNSSEC   Security      // of a walk, also beside an error; a resolver's answers are not validated
}

// LookupMX finds where mail for the domain goes. A domain without MX records but with an address is its own
// exchanger; this is concluded only when a server said that there is no MX record, never when it could not tell.
// The error is an *Error: NotFound if the domain does not exist, NoData if it has neither MX nor address.
func (r *Resolver) LookupMX(ctx context.Context, domain string) (Exchangers, error) {
	q, err := newQuestion(domain, mdns.TypeMX)
	if err != nil {
		return Exchangers{}, err
	}
	got, err := r.lookup(ctx, q)
	if e, ok := err.(*Error); ok && e.Kind == NoData {
		return r.implicitMX(ctx, q, e)
	}
	if err != nil {
		return Exchangers{}, err
	}
	out := r.exchangers(q.name, got.found)
	out.Aliases, out.Server = got.aliases, got.server
	return out, nil
}

// exchangers reads a set of MX records.
func (r *Resolver) exchangers(name string, found []mdns.RR) Exchangers {
	out := Exchangers{TTL: lowestTTL(found)}
	for _, rr := range found {
		mx := rr.(*mdns.MX)
		if mx.Mx == "." {
			out.Null = len(found) == 1 // beside others it is a mistake and counts for nothing (RFC 7505 section 3)
			continue
		}
		out.Hosts = append(out.Hosts, MX{Host: shown(mx.Mx), Preference: mx.Preference})
	}
	if len(out.Hosts) == 0 {
		out.Null = true
	}
	r.orderMX(name, out.Hosts)
	return out
}

// orderMX sorts by preference and shuffles equal ones by the seed, whatever the order in the reply was.
func (r *Resolver) orderMX(name string, hosts []MX) {
	slices.SortFunc(hosts, func(a, b MX) int { return cmp.Compare(a.Host, b.Host) })
	r.chance(name).Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
	slices.SortStableFunc(hosts, func(a, b MX) int { return cmp.Compare(a.Preference, b.Preference) })
}

// implicitMX treats the domain as a host of preference 0, if it has an address.
func (r *Resolver) implicitMX(ctx context.Context, q question, none *Error) (Exchangers, error) {
	addrs, err := r.LookupAddrs(ctx, q.name)
	if Absent(err) {
		return Exchangers{}, none
	}
	if err != nil {
		return Exchangers{}, err
	}
	return Exchangers{Hosts: []MX{{Host: shown(q.name)}}, Implicit: true, Aliases: addrs.Aliases, Server: addrs.Server}, nil
}

// chance is the source of random numbers for one name.
func (r *Resolver) chance(name string) *rand.Rand {
	h := uint64(14695981039346656037) // FNV-1a
	for _, c := range []byte(shown(name)) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(r.seed, h))
}

func lowestTTL(found []mdns.RR) time.Duration {
	lowest := found[0].Header().Ttl
	for _, rr := range found {
		lowest = min(lowest, rr.Header().Ttl)
	}
	return time.Duration(lowest) * time.Second
}

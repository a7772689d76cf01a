package dnsd

import (
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Limits of the resolver's cache.
const (
	maxCached = 10_000         // answers, and as many delegations
	maxTTL    = 24 * time.Hour // whatever a record says (RFC 8767 section 4 advises days, this is a sandbox)
)

// result is what is known of one name and type.
type result struct {
	rcode   int
	answer  []dns.RR // the set asked for, or the CNAME, then its signatures
	denial  []dns.RR // for a negative answer: the SOA first, then proofs and signatures
	verdict verdict
	expires time.Time
	stored  time.Time
}

// cut is a delegation: the zone and its servers, with the addresses that came as glue, and how far it can be trusted.
type cut struct {
	zone    string
	servers []string
	glue    map[string][]string // server name to addresses
	verdict verdict             // of the delegation; secure: the zone's keys must match ds
	ds      []*dns.DS
	keys    []*dns.DNSKEY // of a secure zone, once they are known
	expires time.Time
}

type key struct {
	name  string
	qtype uint16
}

// cache is bounded: when it is full, what has expired goes first, then anything.
type cache struct {
	now     func() time.Time
	mu      sync.Mutex
	results map[key]result
	cuts    map[string]cut
}

func newCache(now func() time.Time) *cache {
	return &cache{now: now, results: make(map[key]result), cuts: make(map[string]cut)}
}

// get gives a result whose TTLs count down (RFC 1035 section 3.2.1).
func (c *cache) get(name string, qtype uint16) (result, bool) {
	c.mu.Lock()
	r, ok := c.results[key{name, qtype}]
	c.mu.Unlock()
	now := c.now()
	if !ok || !now.Before(r.expires) {
		return result{}, false
	}
	age := uint32(now.Sub(r.stored) / time.Second)
	r.answer, r.denial = aged(r.answer, age), aged(r.denial, age)
	return r, true
}

func aged(rrs []dns.RR, seconds uint32) []dns.RR {
	out := make([]dns.RR, 0, len(rrs))
	for _, rr := range rrs {
		rr = dns.Copy(rr)
		rr.Header().Ttl -= min(rr.Header().Ttl, seconds)
		out = append(out, rr)
	}
	return out
}

func (c *cache) put(name string, qtype uint16, r result) {
	rrs := r.answer
	if len(rrs) == 0 {
		rrs = r.denial
	}
	if len(rrs) == 0 || r.verdict.trust == bogus {
		return // RFC 2308 section 5: a negative answer without SOA is not kept
	}
	r.stored = c.now()
	r.expires = r.stored.Add(ttl(rrs))
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.results) >= maxCached {
		for k, old := range c.results {
			if len(c.results) < maxCached && r.stored.Before(old.expires) {
				break
			}
			delete(c.results, k)
		}
	}
	c.results[key{name, qtype}] = r
}

// ttl is the least of a set.
func ttl(rrs []dns.RR) time.Duration {
	least := maxTTL
	for _, rr := range rrs {
		least = min(least, time.Duration(rr.Header().Ttl)*time.Second)
	}
	return least
}

// nearest gives the deepest delegation known above the name.
func (c *cache) nearest(name string) (cut, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	for ; ; name = parentOf(name) {
		if d, ok := c.cuts[name]; ok && now.Before(d.expires) {
			return d, true
		}
		if name == "." {
			return cut{}, false
		}
	}
}

func (c *cache) delegate(d cut) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.cuts) >= maxCached {
		clear(c.cuts)
	}
	c.cuts[d.zone] = d
}

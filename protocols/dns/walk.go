package dns

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

// Limits of walks. What passes them is a fault or an attack (NXNSAttack, CVE-2020-12662), not a name in use.
const (
	tryTimeout    = 800 * time.Millisecond // of one try over UDP; the next server is asked then
	maxQueries    = 200                    // of one Walker in all
	maxZoneTries  = 24                     // queries of one question to the servers of one zone
	maxZoneAddrs  = 8                      // addresses of a zone's servers that are asked
	maxReferrals  = 20                     // zones on the way down from the root
	maxNested     = 4                      // walks for the addresses of name servers inside one another
	maxLookedUp   = 3                      // servers of one zone whose address is looked up
	maxMinimised  = 10                     // labels sent one at a time (RFC 9156 section 2.3, MAX_MINIMISE_COUNT)
	maxServersOf  = 32                     // name servers of one zone that are kept
	maxGlueOf     = 8                      // addresses of one name server that are kept
	maxAliasSteps = maxAliases
)

// WalkOptions says how a Walker asks. The zero value walks the Internet.
type WalkOptions struct {
	Net     *wire.Net     // nil means the system's own network
	Span    *trace.Span   // takes one dns event for each hop; nil for none
	Timeout time.Duration // of one try over UDP; 0 means 800 ms. TCP gets three times as much
	Family  Family        // asks servers by these addresses alone
	Seed    uint64        // orders servers and equal MX records; 0 means at random
	// Watch is told of each hop when it begins (Outcome "") and when it is over, from several goroutines. May be nil.
	Watch func(Hop)
}

// Walker finds records by asking name servers itself, from the root down (RFC 1034 section 5.3.3), as a resolver does,
// and keeps each step. It remembers delegations and servers that failed, not answers. It is made for one run and safe
// for concurrent use.
type Walker struct {
	stub    *Resolver // sockets, buffers and the order of MX records
	span    *trace.Span
	family  Family
	watch   func(Hop)
	ids     atomic.Int64
	queries atomic.Int64

	mu     sync.Mutex
	zones  map[string]*delegation
	failed map[string]bool // "zone address": asked without use before, so others are asked first
	cut    map[Family]bool // families that this device has no way to
	chance *rand.Rand
}

// NewWalker makes a walker that knows only the root.
func NewWalker(o WalkOptions) *Walker {
	if o.Timeout <= 0 {
		o.Timeout = tryTimeout
	}
	stub := New(Options{Net: o.Net, Servers: []string{"unused"}, Timeout: o.Timeout, Seed: o.Seed})
	w := &Walker{
		stub: stub, span: o.Span, family: o.Family, watch: o.Watch, zones: map[string]*delegation{}, failed: map[string]bool{},
		cut: map[Family]bool{}, chance: rand.New(rand.NewPCG(stub.seed, 9)),
	}
	root := &delegation{zone: "."}
	for _, h := range RootHints(o.Net) {
		root.servers = append(root.servers, &nameServer{name: mdns.CanonicalName(h.Name), addrs: h.Addrs, origin: FromHints})
	}
	w.zones["."] = root
	return w
}

// Seed is what orders servers and equal MX records: the same seed gives the same order.
func (w *Walker) Seed() uint64 { return w.stub.seed }

// Walked is what a walk found.
type Walked struct {
	Name    string        `json:"name"`
	Type    string        `json:"type"`
	Owner   string        `json:"owner"`             // the name that holds the records, after any CNAME
	Aliases []string      `json:"aliases,omitempty"` // the names passed on the way; empty without CNAME
	Zone    string        `json:"zone"`              // whose server answered
	Server  string        `json:"server"`            // "ns1.tsuru.test 192.0.2.53:53"
	Records []string      `json:"records,omitempty"` // in zone-file form
	TTL     time.Duration `json:"ttl_ns"`            // the lowest of the records
	// DNSSEC says whether the answer is proved from the root's key. Nothing is validated yet, so it is "unknown".
	DNSSEC string `json:"dnssec"`

	found []mdns.RR
}

// dnssecUnknown is what can be said of an answer that was not validated.
const dnssecUnknown = "unknown"

// Walk looks for the records of a type ("MX", "A", "TXT") at a name. The error is an *Error; NotFound and NoData are
// knowledge of an authoritative server, all others mean that it could not be told.
func (w *Walker) Walk(ctx context.Context, name, rrtype string) (Walked, error) {
	q, err := newQuestion(name, mdns.StringToType[rrtype])
	if err != nil {
		return Walked{Name: name, Type: rrtype}, err
	}
	out, err := (&walk{Walker: w, ctx: ctx, asked: q}).follow()
	out.DNSSEC = dnssecUnknown
	return out, err
}

// walk is one question on its way.
type walk struct {
	*Walker
	ctx    context.Context
	asked  question
	above  []string  // names of servers whose addresses are being looked up around this walk
	passed []string  // aliases
	heard  func(Hop) // is told of each hop that is over; nil for nobody
}

// follow descends to the name and, by CNAME, to those it leads to. Only records inside the zone of the server that
// gave them count; an alias that leads on begins a new descent (RFC 1034 section 5.3.3).
func (k *walk) follow() (Walked, error) {
	out := Walked{Name: shown(k.asked.name), Type: k.asked.typeName(), Owner: shown(k.asked.name)}
	at := k.asked
	for {
		got, err := k.descend(at)
		if err != nil {
			out.Aliases = k.passed
			return out, asked(err, k.asked)
		}
		out.Zone, out.Server = shown(got.zone), got.from
		answer := inside(got.answer, got.zone)
		for {
			if out.found = pick(answer, at); len(out.found) > 0 {
				out.Aliases, out.Records, out.TTL = k.passed, lines(out.found), lowestTTL(out.found)
				return out, nil
			}
			target := alias(answer, at.name)
			if target == "" {
				break
			}
			k.passed = append(k.passed, out.Owner)
			if len(k.passed) > maxAliasSteps || slices.Contains(k.passed, shown(target)) {
				out.Aliases = k.passed
				return out, k.asked.fail(got.from, Loop, got.rcodeText(), nil)
			}
			at.name, out.Owner, got.moved = mdns.CanonicalName(target), shown(target), true
		}
		switch {
		case got.moved:
			continue
		case got.rcode == mdns.RcodeNameError:
			err = k.asked.fail(got.from, NotFound, got.rcodeText(), nil)
		default:
			err = k.asked.fail(got.from, NoData, got.rcodeText(), nil)
		}
		out.Aliases = k.passed
		return out, err
	}
}

// inside keeps the records that the servers of a zone may speak for.
func inside(records []mdns.RR, zone string) []mdns.RR {
	var out []mdns.RR
	for _, rr := range records {
		if mdns.IsSubDomain(zone, rr.Header().Name) {
			out = append(out, rr)
		}
	}
	return out
}

// begin numbers a hop and tells who watches.
func (w *Walker) begin(h *Hop) {
	h.ID, h.Began = int(w.ids.Add(1)), time.Now()
	if w.watch != nil {
		w.watch(*h)
	}
}

// end tells everybody what a hop came to.
func (w *Walker) end(h *Hop, outcome Outcome) {
	h.Outcome, h.Elapsed = outcome, time.Since(h.Began)
	w.span.Emit(h.event())
	if w.watch != nil {
		w.watch(*h)
	}
}

// mark reports a hop that asks nobody.
func (k *walk) mark(d *delegation, server string, outcome Outcome) {
	h := Hop{For: shown(k.asked.name) + " " + k.asked.typeName(), Zone: shown(d.zone), Server: shown(server)}
	k.begin(&h)
	k.end(&h, outcome)
}

// lacksRoute tells a family that this device has no way to from a host that cannot be reached.
func (w *Walker) lacksRoute(err error, family Family) bool {
	if !isNoRoute(err) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[family] = true
	return true
}

func (w *Walker) isCut(a netip.Addr) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.cut[familyOf(a)]
}

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
	maxQueries    = 400                    // of one Walker in all, unless its options say otherwise
	maxWalk       = 150                    // of one question in all, keys and addresses of servers included
	maxZoneTries  = 24                     // queries of one question to the servers of one zone
	maxZoneAddrs  = 8                      // addresses of a zone's servers that are asked
	maxReferrals  = 20                     // zones on the way down from the root
	maxNested     = 4                      // walks for the addresses of name servers inside one another
	maxLookedUp   = 3                      // servers of one zone whose address is looked up
	maxMinimised  = 10                     // questions for less than the whole name (RFC 9156 section 2.3, MAX_MINIMISE_COUNT)
	maxServersOf  = 32                     // name servers of one zone that are kept
	maxGlueOf     = 8                      // addresses of one name server that are kept
	maxAliasSteps = maxAliases
	maxZones      = 100_000        // delegations that are remembered
	maxZoneTTL    = 24 * time.Hour // of a delegation
)

// WalkOptions says how a Walker asks. The zero value walks the Internet.
type WalkOptions struct {
	Net     *wire.Net     // nil means the system's own network
	Span    *trace.Span   // takes one dns event for each hop; nil for none
	Timeout time.Duration // of one try over UDP; 0 means 800 ms. TCP gets three times as much
	Family  Family        // asks servers by these addresses alone
	Seed    uint64        // orders servers and equal MX records; 0 means at random
	Queries int64         // in all; 0 means 400, enough for one domain
	Plain   bool          // leaves DNSSEC out: nothing is asked for it and nothing validated
	Once    bool          // asks each question once: what was found, or is proved absent, is told again
	// Wait gives the context that a query waits in, by the ID of its hop: its end gives up that try alone, and the next
	// server is asked. The function returned is called when the wait is over. nil waits as long as the walk.
	Wait func(ctx context.Context, hop int) (context.Context, func())
	// Watch is told of each hop when it begins (Outcome "") and when it is over, from several goroutines. May be nil.
	Watch func(Hop)
}

// Walker finds records by asking name servers itself, from the root down (RFC 1034 section 5.3.3), as a resolver does,
// and proves what it finds from the root's key down (RFC 4035 section 5). Each step is reported. It remembers
// delegations, keys and servers that failed, answers only if its options say so, and is safe for concurrent use.
type Walker struct {
	stub    *Resolver // sockets, buffers and the order of MX records
	span    *trace.Span
	family  Family
	watch   func(Hop)
	wait    func(context.Context, int) (context.Context, func())
	plain   bool
	anchors []*mdns.DS
	limit   int64 // of queries
	ids     atomic.Int64
	queries atomic.Int64
	checks  atomic.Int64 // of signatures
	proofs  proofs

	root   *delegation
	told   *memory // nil unless each question is asked once
	mu     sync.Mutex
	zones  map[string]*delegation
	inner  map[string]*delegation // zones held by the servers of their parent: no referral shows them
	failed map[string]bool        // "zone address": asked without use before, so others are asked first
	simple map[string]bool        // "zone address": answers only without EDNS
	cut    map[Family]bool        // families that this device has no way to
	chance *rand.Rand
}

// NewWalker makes a walker that knows only the root.
func NewWalker(o WalkOptions) *Walker {
	if o.Timeout <= 0 {
		o.Timeout = tryTimeout
	}
	if o.Queries <= 0 {
		o.Queries = maxQueries
	}
	stub := New(Options{Net: o.Net, Servers: []string{"unused"}, Timeout: o.Timeout, Seed: o.Seed})
	w := &Walker{
		stub: stub, span: o.Span, family: o.Family, watch: o.Watch, wait: o.Wait, plain: o.Plain, anchors: anchors(TrustAnchor(o.Net)), limit: o.Queries,
		zones: map[string]*delegation{}, inner: map[string]*delegation{}, failed: map[string]bool{}, simple: map[string]bool{},
		cut: map[Family]bool{}, chance: rand.New(rand.NewPCG(stub.seed, 9)),
	}
	w.root = &delegation{zone: "."}
	for _, h := range RootHints(o.Net) {
		w.root.servers = append(w.root.servers, &nameServer{name: mdns.CanonicalName(h.Name), addrs: h.Addrs, origin: FromHints})
	}
	w.zones["."] = w.root
	if o.Once {
		w.told = &memory{known: map[question]*outcome{}}
	}
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
	// DNSSEC says whether the answer, or its absence, is proved from the root's key. It is set beside an error too.
	DNSSEC Security `json:"dnssec"`

	found []mdns.RR
}

// Walk looks for the records of a type ("MX", "A", "TXT") at a name. The error is an *Error; NotFound and NoData are
// knowledge of an authoritative server, all others mean that it could not be told.
func (w *Walker) Walk(ctx context.Context, name, rrtype string) (Walked, error) {
	q, err := newQuestion(name, mdns.StringToType[rrtype])
	if err != nil {
		return Walked{Name: name, Type: rrtype, DNSSEC: unchecked(q)}, err
	}
	q.name = mdns.CanonicalName(q.name)
	if w.told != nil {
		return w.told.once(ctx, q, func() (Walked, error) { return w.walk(ctx, q) })
	}
	return w.walk(ctx, q)
}

func (w *Walker) walk(ctx context.Context, q question) (Walked, error) {
	k := &walk{Walker: w, ctx: ctx, asked: q, spent: new(atomic.Int64)}
	if !w.plain {
		k.beside = new(trace.Group)
		defer k.beside.Wait()
		k.vouch(w.root)
	}
	return k.follow()
}

// walk is one question on its way.
type walk struct {
	*Walker
	ctx    context.Context
	asked  question
	spent  *atomic.Int64 // queries, of the walks inside this one too
	beside *trace.Group  // what proves keys meanwhile; nil if nothing is to be proved
	nsid   bool          // asks servers which of several they are (RFC 5001)
	above  []string      // names of servers whose addresses are being looked up around this walk
	passed []string      // aliases
	heard  func(Hop)     // is told of each hop that is over; nil for nobody
}

// follow descends to the name and, by CNAME, to those it leads to. An alias that leads out of what the server may speak
// for begins a new descent (RFC 1034 section 5.3.3).
func (k *walk) follow() (Walked, error) {
	out := Walked{Name: shown(k.asked.name), Type: k.asked.typeName(), Owner: shown(k.asked.name)}
	at := k.asked
	for {
		got, s, proof, err := k.learn(at)
		if err != nil {
			out.Aliases, out.DNSSEC = k.passed, worst(out.DNSSEC, proof)
			return out, asked(err, k.asked)
		}
		out.Zone, out.Server, out.DNSSEC = shown(got.d.zone), got.from, worst(out.DNSSEC, proof)
		for i, name := range s.aliases {
			k.passed = append(k.passed, shown(name))
			next := s.at.name
			if i+1 < len(s.aliases) {
				next = s.aliases[i+1]
			}
			if len(k.passed) > maxAliasSteps || slices.Contains(k.passed, shown(next)) {
				out.Aliases = k.passed
				return out, k.asked.fail(got.from, Loop, got.rcodeText(), nil)
			}
		}
		at, out.Owner, out.Aliases = s.at, shown(s.at.name), k.passed
		switch {
		case len(s.found) > 0:
			out.found, out.Records, out.TTL = s.found, lines(s.found), lowestTTL(s.found)
			return out, nil
		case len(s.aliases) > 0:
			continue
		case got.rcode == mdns.RcodeNameError:
			return out, k.asked.fail(got.from, NotFound, got.rcodeText(), nil)
		}
		return out, k.asked.fail(got.from, NoData, got.rcodeText(), nil)
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
	if w.span != nil {
		w.span.Emit(h.event())
	}
	if w.watch != nil {
		w.watch(*h)
	}
}

// observed says that somebody is told of hops. Nothing is made for nobody: ten thousand domains have fifty thousand.
func (k *walk) observed() bool { return k.watch != nil || k.span != nil || k.heard != nil }

// mark reports a hop that asks nobody.
func (k *walk) mark(d *delegation, p place, outcome Outcome) {
	h := Hop{For: shown(k.asked.name) + " " + k.asked.typeName(), Zone: shown(d.zone)}
	if p.server != nil {
		h.Server = shown(p.server.name)
	}
	if p.addr.IsValid() {
		h.Addr, h.Origin, h.Family = netip.AddrPortFrom(p.addr, 53).String(), p.origin, familyOf(p.addr)
	}
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

// Package dns asks the Domain Name System what mail needs to know: where a domain's mail goes, what addresses a
// host has, what a name or an address is called. It is a stub resolver (RFC 1035 section 5.3.1) that runs in a
// wire.Net, says of every failure whether the data is absent or could not be had, and reports each query as one
// trace event.
package dns

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

const (
	// udpTimeout is how long one try over UDP waits. Recursive resolvers go on working after we gave up on the
	// try, so a later one finds the answer ready.
	udpTimeout = 900 * time.Millisecond
	// tcpTimeout covers the handshake, the query and the reply of a try over TCP (RFC 7766).
	tcpTimeout = 2700 * time.Millisecond
	// minTries is how often a question is asked in all, whatever the number of resolvers; each is asked at least
	// twice.
	minTries = 6
	// maxUnsettled is how often a server may answer without settling the question (SERVFAIL, REFUSED) before it is
	// left alone.
	maxUnsettled = 2
	// maxServers bounds the list of resolvers that is used, as the C library's MAXNS does.
	maxServers = 3
	// maxAliases bounds a chain of CNAME records (RFC 1034 section 3.6.2 asks only that loops be an error).
	maxAliases = 10
)

// Options says how a Resolver asks. The zero value asks the operating system's resolvers over the Internet.
type Options struct {
	Net     *wire.Net     // nil means the system's own network
	Span    *trace.Span   // takes one dns event for each query; nil for none
	Servers []string      // "192.0.2.53:53", used when Net.Resolver is empty; none means the system's
	Timeout time.Duration // of one try over UDP; 0 means 900 ms. TCP gets three times as much
	Tries   int           // in all, over all servers; 0 means 6, or twice the number of servers if that is more
	Seed    uint64        // orders equal MX and weighted SRV records; 0 means at random
}

// Resolver is a stub resolver. It is safe for concurrent use.
type Resolver struct {
	net     *wire.Net
	span    *trace.Span
	servers []string      // empty: the system is asked
	system  *net.Resolver // how the system is asked
	timeout time.Duration
	tries   int
	seed    uint64
	buffers *sync.Pool
}

// New makes a resolver. It asks Net.Resolver if that is set, else o.Servers, else what the operating system is
// configured with: /etc/resolv.conf on unix, the adapters' settings on Windows. When the system tells no list,
// questions go through package net; then an absent name and an absent record cannot be told apart (both are
// NotFound) and the events hold no reply sizes. The hosts file and search lists are never used: the names of mail
// are complete, and the answer must be the same on every machine.
func New(o Options) *Resolver {
	r := &Resolver{
		net: o.Net, system: net.DefaultResolver, span: o.Span, servers: o.Servers, timeout: o.Timeout, tries: o.Tries, seed: o.Seed,
		buffers: &sync.Pool{New: func() any { b := make([]byte, maxMessage); return &b }},
	}
	if r.net == nil {
		r.net = &wire.Net{}
	}
	if r.net.Resolver != "" {
		r.servers = []string{r.net.Resolver}
	}
	if len(r.servers) == 0 {
		r.servers = systemServers()
	}
	if len(r.servers) > maxServers {
		r.servers = r.servers[:maxServers]
	}
	if r.timeout <= 0 {
		r.timeout = udpTimeout
	}
	if r.tries <= 0 {
		r.tries = max(minTries, 2*len(r.servers))
	}
	if r.seed == 0 {
		r.seed = rand.Uint64()
	}
	return r
}

// Watched returns a resolver like r whose events go to span.
func (r *Resolver) Watched(span *trace.Span) *Resolver {
	c := *r
	c.span = span
	return &c
}

// Servers lists the resolvers that are asked, in order; none means that the system is asked through package net.
func (r *Resolver) Servers() []string { return append([]string(nil), r.servers...) }

// ask puts the question to the servers in turn until one settles it: with records, or by saying that there are
// none. What a server could not tell (SERVFAIL, REFUSED, silence, a reply that is no use) the next one may.
func (r *Resolver) ask(ctx context.Context, q question) (reply, error) {
	if len(r.servers) == 0 {
		return r.askSystem(ctx, q)
	}
	var last error
	answered := map[string]int{}
	for try := range r.tries {
		server := r.servers[try%len(r.servers)]
		if answered[server] >= maxUnsettled {
			continue
		}
		got, err := r.askServer(ctx, q, server, try+1)
		if err == nil {
			return got, nil
		}
		if err := ctx.Err(); err != nil {
			return reply{}, q.ended(server, err)
		}
		if e, ok := err.(*Error); ok && e.Kind == BadName {
			return reply{}, err
		} else if ok && e.Rcode != "" {
			answered[server]++
		}
		last = worse(last, err)
	}
	return reply{}, last
}

// askServer asks one server once. A nil error means that the question is settled.
func (r *Resolver) askServer(ctx context.Context, q question, server string, try int) (reply, error) {
	x := exchange{resolver: r, question: q, server: server, network: "udp", edns: true, recurse: true, keep: r.span != nil, try: try, tries: r.tries}
	got, err := x.whole(ctx)
	if err != nil {
		return reply{}, err
	}
	return got, got.settles(q, server)
}

// whole asks over UDP with EDNS, without it if the server does not know it (RFC 6891 section 6.2.2), over TCP if the
// reply was truncated (RFC 7766 section 5).
func (x *exchange) whole(ctx context.Context) (reply, error) {
	got, err := x.do(ctx)
	if err == nil && got.refusesEDNS() {
		x.edns = false
		got, err = x.do(ctx)
	}
	if err == nil && got.truncated {
		x.network = "tcp"
		got, err = x.do(ctx)
	}
	return got, err
}

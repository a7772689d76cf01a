package distance

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Kind is what cost a round trip.
type Kind string

// Kinds of exchanges.
const (
	Connect  Kind = "connect"  // a TCP handshake
	Datagram Kind = "datagram" // a DNS question by UDP and its answer
	// Stream is what a client sent on a connection and all that the server wrote before it read more: a command and its
	// reply, commands in a pipeline and their replies, or one flight of a TLS handshake. A greeting is one too: it answers
	// that the connection was established.
	Stream Kind = "stream"
)

// Exchange is one round trip as its server saw it.
type Exchange struct {
	Server   string    // host name
	What     Kind      //
	Began    time.Time // the last octet of the request arrived
	Answered time.Time // the last octet of the answer was handed out by the server
	Ended    time.Time // and delivered: one RTT later
}

// maxRecorded bounds the record; the older half is forgotten then.
const maxRecorded = 20_000

// record holds exchanges in the order in which they were answered first.
type record struct {
	mu  sync.Mutex
	all []*Exchange
}

func (r *record) add(e *Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) >= maxRecorded {
		r.all = slices.Delete(r.all, 0, maxRecorded/2)
	}
	r.all = append(r.all, e)
}

// extend moves the end of an exchange whose answer comes in several writes.
func (r *record) extend(e *Exchange, answered, ended time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Answered, e.Ended = answered, ended
}

// Exchanges gives those that began at a time or later.
func (d *Distance) Exchanges(since time.Time) []Exchange {
	d.record.mu.Lock()
	defer d.record.mu.Unlock()
	var all []Exchange
	for _, e := range d.record.all {
		if !e.Began.Before(since) {
			all = append(all, *e)
		}
	}
	return all
}

// DependentRoundTrips is the length of the longest chain of exchanges in which each request arrived after the answer
// before it had been delivered. Multiplied by the RTT it is how long the chain had to take. It counts connects, UDP
// answers, replies of a dialogue and flights of TLS alike, one each.
//
// It knows only times. Requests that overlap never count twice; one that came later without need counts as if it had
// depended on what came before. What the sandbox's own resolver asks for a client are exchanges of the servers that it
// asks, and its own answer, during which they happened, is not in one chain with them.
func DependentRoundTrips(exchanges []Exchange) int {
	byEnd := slices.SortedFunc(slices.Values(exchanges), func(a, b Exchange) int { return cmp.Compare(a.Ended.UnixNano(), b.Ended.UnixNano()) })
	n := 0
	var last time.Time
	for _, e := range byEnd { // the one that ends first leaves most room for others
		if n == 0 || !e.Began.Before(last) {
			n, last = n+1, e.Ended
		}
	}
	return n
}

package dns

import (
	"context"
	"net/netip"
	"time"

	mdns "github.com/miekg/dns"
)

// askTries is how often Ask sends a question: a lost datagram is no silent server.
const askTries = 2

// Answer is what one resolver said to one question, whatever that is.
type Answer struct {
	Server   string          // "192.0.2.53:53"; "system" when package net was asked
	Rcode    string          // "NOERROR", "NXDOMAIN", ...
	AD       bool            // it vouches for DNSSEC (RFC 6840 section 5.7), which is worth as much as the way to it
	Extended []ExtendedError // RFC 8914
	Addrs    []netip.Addr    // of the A and AAAA records
	Lines    []string        // the answer's records in zone-file form, bounded
	Elapsed  time.Duration
}

// Ask puts one question to one of Servers, with recursion wanted. Any rcode is an answer; the error is an *Error that
// says why none came. Server "" asks the system where it tells no list.
func (r *Resolver) Ask(ctx context.Context, server, name, rrtype string) (Answer, error) {
	q := question{name: name, qtype: mdns.StringToType[rrtype]}
	if name != "." {
		var err error
		if q, err = newQuestion(name, q.qtype); err != nil {
			return Answer{Server: server}, err
		}
	}
	began := time.Now()
	got, err := r.put(ctx, server, q)
	out := Answer{Server: server, AD: got.ad, Addrs: addresses(atEnd(got.answer, q)), Lines: lines(got.answer), Elapsed: time.Since(began)}
	if server == "" {
		out.Server = systemName
	}
	if err != nil {
		return out, err
	}
	h := Hop{}
	h.heard(got)
	out.Rcode, out.Extended = got.rcodeText(), h.Extended
	return out, nil
}

// put sends the question until a reply comes.
func (r *Resolver) put(ctx context.Context, server string, q question) (got reply, err error) {
	if server == "" {
		return r.askSystem(ctx, q)
	}
	for try := range askTries {
		x := exchange{resolver: r, question: q, server: server, network: "udp", edns: true, recurse: true, authentic: true, try: try + 1, tries: askTries}
		if got, err = x.whole(ctx); err == nil || ctx.Err() != nil {
			break
		}
	}
	return got, err
}

// atEnd gives the records of the type asked for at the end of the CNAME chain in one reply.
func atEnd(answer []mdns.RR, q question) []mdns.RR {
	for range maxAliases {
		if found := pick(answer, q); len(found) > 0 {
			return found
		}
		if q.name = alias(answer, q.name); q.name == "" {
			break
		}
	}
	return nil
}

package dns

import (
	"context"
	"net/netip"
	"strings"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
)

// Addrs is what a host name leads to.
type Addrs struct {
	Host    string       // the name that holds the addresses, after any CNAME
	Aliases []string     // the names passed on the way there, the one asked for first; empty without CNAME
	Addrs   []netip.Addr // in the order to try them
	Partial error        // why one of the two families could not be told; nil if both are known
	Server  string       // the resolver that answered; empty for an address literal
	DNSSEC  Security     // of a walk, the worse of the two families; a resolver's answers are not validated
}

// LookupAddrs finds the IPv4 and IPv6 addresses of a host, asking for both at once. An address literal, with or
// without brackets, is its own answer, and localhost is loopback without asking (RFC 6761 section 6.3). The error is an
// *Error; when one family is absent and the other could not be told, it is that of the latter.
func (r *Resolver) LookupAddrs(ctx context.Context, host string) (Addrs, error) {
	if known, ok := localAddrs(host); ok {
		return Addrs{Host: host, Addrs: known}, nil
	}
	q, err := newQuestion(host, mdns.TypeA)
	if err != nil {
		return Addrs{}, err
	}
	var (
		v4, v6       records
		err4, err6   error
		parallel     trace.Group
		q4, q6       = q, question{name: q.name, qtype: mdns.TypeAAAA}
		first, other []netip.Addr
	)
	parallel.Go(func() { v6, err6 = r.lookup(ctx, q6) })
	v4, err4 = r.lookup(ctx, q4)
	parallel.Wait()
	if err4 != nil && err6 != nil {
		return Addrs{}, unsure(err4, err6)
	}
	out := Addrs{Host: v4.owner, Aliases: v4.aliases, Server: v4.server}
	if err4 != nil {
		out = Addrs{Host: v6.owner, Aliases: v6.aliases, Server: v6.server}
	}
	for _, err := range []error{err4, err6} {
		if err != nil && !Absent(err) {
			out.Partial = err
		}
	}
	first, other = addresses(v6.found), addresses(v4.found)
	if len(first) > 0 && !r.routed(ctx, first[0]) {
		first, other = other, first
	}
	out.Addrs = interleave(first, other)
	return out, nil
}

// Resolve gives the addresses of a host in the order to try them; it fits wire.Net.Resolve.
func (r *Resolver) Resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	a, err := r.LookupAddrs(ctx, host)
	return a.Addrs, err
}

// unsure chooses between two failures: NXDOMAIN holds for all types (RFC 2308 section 2.1); otherwise absence of
// one family does not make up for not knowing the other.
func unsure(a, b error) error {
	for _, err := range []error{a, b} {
		if e, ok := err.(*Error); ok && e.Kind == NotFound {
			return err
		}
	}
	if Absent(a) {
		return b
	}
	return a
}

func localAddrs(host string) ([]netip.Addr, bool) {
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if addr, err := netip.ParseAddr(bare); err == nil {
		return []netip.Addr{addr.Unmap()}, true
	}
	name := shown(host)
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, true
	}
	return nil, false
}

func addresses(found []mdns.RR) []netip.Addr {
	var out []netip.Addr
	for _, rr := range found {
		var addr netip.Addr
		var ok bool
		switch rr := rr.(type) {
		case *mdns.A:
			addr, ok = netip.AddrFromSlice(rr.A.To4())
		case *mdns.AAAA:
			addr, ok = netip.AddrFromSlice(rr.AAAA)
		}
		if ok {
			out = append(out, addr)
		}
	}
	return out
}

// routed asks the system whether it has a way to the address: connecting a UDP socket sends nothing.
func (r *Resolver) routed(ctx context.Context, addr netip.Addr) bool {
	conn, err := r.dial(ctx, "udp", netip.AddrPortFrom(addr, 53).String())
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// interleave takes from both lists in turn (RFC 8305 section 4), so that one broken family costs one attempt.
func interleave(first, other []netip.Addr) []netip.Addr {
	out := make([]netip.Addr, 0, len(first)+len(other))
	for i := range max(len(first), len(other)) {
		if i < len(first) {
			out = append(out, first[i])
		}
		if i < len(other) {
			out = append(out, other[i])
		}
	}
	return out
}

// EverybodysOwn is an address that means another machine everywhere: nothing may be asked there in a domain's name.
func EverybodysOwn(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a.IsLinkLocalUnicast()
}

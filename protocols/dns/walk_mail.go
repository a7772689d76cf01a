package dns

import (
	"context"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
)

// WalkMX walks to the domain's MX records. A domain without any gives NoData: whether it is its own exchanger is told
// by its addresses (RFC 5321 section 5.1).
func (w *Walker) WalkMX(ctx context.Context, domain string) (Exchangers, error) {
	got, err := w.Walk(ctx, domain, "MX")
	if err != nil {
		return Exchangers{Aliases: got.Aliases, Server: got.Server, DNSSEC: got.DNSSEC}, err
	}
	out := w.stub.exchangers(mdns.CanonicalName(got.Name), got.found)
	out.Aliases, out.Server, out.DNSSEC = got.Aliases, got.Server, got.DNSSEC
	return out, nil
}

// WalkAddrs walks to a host's IPv4 and IPv6 addresses side by side, IPv4 first in the result. Aliases of a host that
// has no addresses are told too.
func (w *Walker) WalkAddrs(ctx context.Context, host string) (Addrs, error) {
	if known, ok := localAddrs(host); ok {
		return Addrs{Host: host, Addrs: known, DNSSEC: unchecked(question{name: host, qtype: mdns.TypeA})}, nil
	}
	var (
		v4, v6     Walked
		err4, err6 error
		parallel   trace.Group
	)
	parallel.Go(func() { v6, err6 = w.Walk(ctx, host, "AAAA") })
	v4, err4 = w.Walk(ctx, host, "A")
	parallel.Wait()
	out := Addrs{Host: v4.Owner, Aliases: v4.Aliases, Server: v4.Server, Addrs: append(addresses(v4.found), addresses(v6.found)...),
		DNSSEC: worst(v4.DNSSEC, v6.DNSSEC)}
	if err4 != nil && err6 != nil {
		return out, unsure(err4, err6)
	}
	if err4 != nil {
		out.Host, out.Aliases, out.Server = v6.Owner, v6.Aliases, v6.Server
	}
	for _, err := range []error{err4, err6} {
		if err != nil && !Absent(err) {
			out.Partial = err
		}
	}
	return out, nil
}

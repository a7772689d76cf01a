package wire

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// System is the real world: the operating system's resolver, sockets, roots and clock.
func System() *Net { return (&Net{}).complete() }

// complete fills zero fields with the system's own, in a copy.
func (n *Net) complete() *Net {
	c := *n
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	if c.Resolve == nil {
		c.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return systemResolve(ctx, c.Resolver, host)
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Owns == nil {
		c.Owns = func(string) bool { return false }
	}
	return &c
}

// systemResolve asks the operating system, or the resolver at server when it is given.
func systemResolve(ctx context.Context, server, host string) ([]netip.Addr, error) {
	r := net.DefaultResolver
	if server != "" {
		r = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server)
		}}
	}
	addrs, err := r.LookupNetIP(ctx, "ip", host)
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	return addrs, err
}

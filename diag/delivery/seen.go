package delivery

import "net/netip"

// shared are the addresses between a line and its provider's translator (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// SeenFrom is the address that the hosts of a run saw; empty where a router between may have given this device another.
func SeenFrom(hops []Hop) string {
	for _, h := range hops {
		if h.Kind != KindDevice || h.Finding == nil {
			continue
		}
		a, err := netip.ParseAddr(h.Finding.Args["ipv4"])
		if err == nil && !a.IsPrivate() && !a.IsLoopback() && !shared.Contains(a) {
			return a.String()
		}
	}
	return ""
}

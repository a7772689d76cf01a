package delivery

import "net/netip"

// shared are the addresses between a line and its provider's translator (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// SeenFrom is the address that peer, a host's address, saw: this device's own of the same family, IPv4 where peer is none.
// Empty where a router between may have given this device another.
func SeenFrom(hops []Hop, peer string) string {
	family := "ipv4"
	if a, err := netip.ParseAddr(peer); err == nil && a.Unmap().Is6() {
		family = "ipv6"
	}
	for _, h := range hops {
		if h.Kind != KindDevice || h.Finding == nil {
			continue
		}
		a, err := netip.ParseAddr(h.Finding.Args[family])
		if err == nil && a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a) {
			return a.String()
		}
	}
	return ""
}

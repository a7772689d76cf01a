package delivery

import (
	"net"
	"net/netip"
	"regexp"
	"strings"
)

// shared are the addresses between a line and its provider's translator (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// literal is how a mail server writes the address that it sees (RFC 5321 section 4.1.3).
var literal = regexp.MustCompile(`\[(?:IPv6:)?([0-9A-Fa-f:.]+)\]`)

// greeted is the address that peer's reply to EHLO names the client by, as many servers do; empty where it names none that
// others can reach.
func greeted(hops []Hop, peer string) string {
	for _, h := range hops {
		at, _, _ := net.SplitHostPort(h.Addr)
		if h.Step != Transfer || !strings.HasPrefix(h.What, "EHLO") || h.Reply == nil || len(h.Reply.Lines) == 0 || peer != "" && at != peer {
			continue
		}
		named := literal.FindStringSubmatch(h.Reply.Lines[0])
		if named == nil {
			continue
		}
		if a, err := netip.ParseAddr(named[1]); err == nil && outside(a) {
			return a.String()
		}
	}
	return ""
}

// outside reports an address that no translator stands before.
func outside(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// SeenFrom is the address that peer, a host's address, saw: the one that it said, else this device's own of the same family,
// IPv4 where peer is none. Empty where a router between may have given this device another.
func SeenFrom(hops []Hop, peer string) string {
	if said := greeted(hops, peer); said != "" {
		return said
	}
	family := "ipv4"
	if a, err := netip.ParseAddr(peer); err == nil && a.Unmap().Is6() {
		family = "ipv6"
	}
	for _, h := range hops {
		if h.Kind != KindDevice || h.Finding == nil {
			continue
		}
		a, err := netip.ParseAddr(h.Finding.Args[family])
		if err == nil && outside(a) {
			return a.String()
		}
	}
	return ""
}

package dns

import (
	"net/netip"

	"todoku/protocols/wire"
)

// internetRoots are the root servers of the Internet as IANA's root hints list them: letter, IPv4, IPv6.
var internetRoots = [...][3]string{
	{"a", "198.41.0.4", "2001:503:ba3e::2:30"},
	{"b", "170.247.170.2", "2801:1b8:10::b"},
	{"c", "192.33.4.12", "2001:500:2::c"},
	{"d", "199.7.91.13", "2001:500:2d::d"},
	{"e", "192.203.230.10", "2001:500:a8::e"},
	{"f", "192.5.5.241", "2001:500:2f::f"},
	{"g", "192.112.36.4", "2001:500:12::d0d"},
	{"h", "198.97.190.53", "2001:500:1::53"},
	{"i", "192.36.148.17", "2001:7fe::53"},
	{"j", "192.58.128.30", "2001:503:c27::2:30"},
	{"k", "193.0.14.129", "2001:7fd::1"},
	{"l", "199.7.83.42", "2001:500:9f::42"},
	{"m", "202.12.27.33", "2001:dc3::35"},
}

// RootHints are the root servers that a walk begins at in the world n: its own, or the Internet's.
func RootHints(n *wire.Net) []wire.RootHint {
	if n != nil && len(n.RootHints) > 0 {
		return n.RootHints
	}
	hints := make([]wire.RootHint, 0, len(internetRoots))
	for _, r := range internetRoots {
		hints = append(hints, wire.RootHint{Name: r[0] + ".root-servers.net",
			Addrs: []netip.Addr{netip.MustParseAddr(r[1]), netip.MustParseAddr(r[2])}})
	}
	return hints
}

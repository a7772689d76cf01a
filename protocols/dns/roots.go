package dns

import (
	"net/netip"

	mdns "github.com/miekg/dns"

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

// internetAnchor are the digests of the Internet root's keys, as IANA publishes them: KSK-2017 and KSK-2024.
var internetAnchor = [...]string{
	". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
	". IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16",
}

// TrustAnchor are the DS records that validation begins at in the world n: its own, or the Internet's. A world with
// another root and no anchor of its own has none: the Internet's keys say nothing about it.
func TrustAnchor(n *wire.Net) []string {
	switch {
	case n != nil && len(n.TrustAnchor) > 0:
		return n.TrustAnchor
	case n != nil && len(n.RootHints) > 0:
		return nil
	}
	return internetAnchor[:]
}

// anchors reads DS records; lines that hold none count for nothing.
func anchors(lines []string) []*mdns.DS {
	var all []*mdns.DS
	for _, line := range lines {
		rr, err := mdns.NewRR(line)
		if ds, ok := rr.(*mdns.DS); err == nil && ok && ds.Hdr.Name == "." {
			all = append(all, ds)
		}
	}
	return all
}

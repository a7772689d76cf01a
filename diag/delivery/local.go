package delivery

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// families tells which address families lead anywhere from this device: connecting a UDP socket to a root server sends
// nothing.
func (r *run) families(ctx context.Context) {
	h := r.begin(nil, Hop{Step: Submission, Kind: KindDevice, Where: "this device", What: "IPv4, IPv6"})
	got := map[dns.Family]string{}
	for _, hint := range dns.RootHints(r.o.Net)[:1] {
		for _, a := range hint.Addrs {
			if from := r.from(ctx, a); from != "" {
				got[family(a)] = from
			}
		}
	}
	f := trace.Finding{Code: "trace.local.ready", Level: trace.Pass, Args: map[string]string{"ipv4": got[dns.IPv4], "ipv6": got[dns.IPv6]}}
	var have []string
	for _, k := range []dns.Family{dns.IPv4, dns.IPv6} {
		if got[k] != "" {
			have = append(have, map[dns.Family]string{dns.IPv4: "IPv4", dns.IPv6: "IPv6"}[k])
		}
	}
	f.Args["families"] = strings.Join(have, ", ")
	if len(have) == 0 {
		f.Code, f.Level = "trace.local.offline", trace.Fail
	}
	r.end(h, f)
}

// from is the address of this device that packets to a would carry; "" if there is no way.
func (r *run) from(ctx context.Context, a netip.Addr) string {
	dial := new(net.Dialer).DialContext
	if r.o.Net != nil && r.o.Net.Dial != nil {
		dial = r.o.Net.Dial
	}
	c, err := dial(ctx, "udp", netip.AddrPortFrom(a, 53).String())
	if err != nil {
		return ""
	}
	defer c.Close()
	host, _, _ := net.SplitHostPort(c.LocalAddr().String())
	return host
}

func family(a netip.Addr) dns.Family {
	if a.Unmap().Is4() {
		return dns.IPv4
	}
	return dns.IPv6
}

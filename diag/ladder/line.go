package ladder

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// Interface is one of the device's ways to a network.
type Interface struct {
	Name  string
	Addrs []netip.Addr
}

// SystemInterfaces lists the interfaces that are up, without the loopback ones.
func SystemInterfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var up []Interface
	for _, i := range all {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addrs, err := i.Addrs()
		if err != nil {
			return nil, err
		}
		one := Interface{Name: i.Name}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				one.Addrs = append(one.Addrs, p.Addr().Unmap())
			}
		}
		up = append(up, one)
	}
	return up, nil
}

// LineOptions says in which world to look.
type LineOptions struct {
	Net *wire.Net // nil means the system's own
	// Interfaces lists the device's; nil means SystemInterfaces, and nothing in a world with a resolver of its own.
	Interfaces func() ([]Interface, error)
}

// Line tells whether this device has a way out: by which interfaces, and by which address families the root of the DNS
// has a route. Connecting a UDP socket asks the system for its route and sends nothing.
func Line(ctx context.Context, span *trace.Span, o LineOptions) Outcome {
	from := sources(ctx, o.Net)
	args := map[string]string{"ipv4": text(from[dns.IPv4]), "ipv6": text(from[dns.IPv6])}
	var have []string
	for _, f := range []struct {
		family dns.Family
		name   string
	}{{dns.IPv4, "IPv4"}, {dns.IPv6, "IPv6"}} {
		if a := from[f.family]; a.IsValid() {
			have = append(have, f.name)
			span.Note("route by " + f.name + " from " + a.String())
		}
	}
	args["families"] = strings.Join(have, ", ")
	list, known := interfaces(o)
	args["interfaces"] = list.String()
	if args["interfaces"] != "" {
		span.Note("up: " + args["interfaces"])
	}
	code, level := "local.line", trace.Pass
	switch {
	case len(have) > 0:
	case known && len(list.addrs()) == 0:
		code, level = "local.line.down", trace.Fail
	case known && list.onlyLinkLocal():
		code, level = "local.line.linklocal", trace.Fail
	default:
		code, level = "local.line.noroute", trace.Fail
	}
	return Outcome{Finding: finding(code, level, args)}
}

func text(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

type interfaceList []Interface

// interfaces gives the device's; known is false where they cannot be told.
func interfaces(o LineOptions) (list interfaceList, known bool) {
	look := o.Interfaces
	if look == nil {
		if o.Net != nil && o.Net.Resolver != "" {
			return nil, false
		}
		look = SystemInterfaces
	}
	list, err := look()
	return list, err == nil
}

func (l interfaceList) addrs() []netip.Addr {
	var all []netip.Addr
	for _, i := range l {
		all = append(all, i.Addrs...)
	}
	return all
}

// onlyLinkLocal reports addresses that the device gave itself, for want of a DHCP server (RFC 3927) or a router
// (RFC 4862).
func (l interfaceList) onlyLinkLocal() bool {
	for _, a := range l.addrs() {
		if !a.IsLinkLocalUnicast() {
			return false
		}
	}
	return true
}

// String is "eth0 192.0.2.7 2001:db8::7; wlan0".
func (l interfaceList) String() string {
	var all []string
	for _, i := range l {
		words := []string{i.Name}
		for _, a := range i.Addrs {
			words = append(words, a.WithZone("").String())
		}
		all = append(all, strings.Join(words, " "))
	}
	return strings.Join(all, "; ")
}

// sources are the addresses that packets to the root of the DNS would leave from. One that the device gave itself leads
// nowhere, whatever the system thinks.
func sources(ctx context.Context, n *wire.Net) map[dns.Family]netip.Addr {
	from := map[dns.Family]netip.Addr{}
	for _, hint := range dns.RootHints(n) {
		for _, a := range hint.Addrs {
			family := dns.IPv6
			if a.Unmap().Is4() {
				family = dns.IPv4
			}
			if from[family].IsValid() {
				continue
			}
			if source := sourceTo(ctx, n, a); source.IsValid() && !source.IsLinkLocalUnicast() {
				from[family] = source
			}
		}
		if len(from) == 2 {
			break
		}
	}
	return from
}

func sourceTo(ctx context.Context, n *wire.Net, to netip.Addr) netip.Addr {
	dial := new(net.Dialer).DialContext
	if n != nil && n.Dial != nil {
		dial = n.Dial
	}
	c, err := dial(ctx, "udp", netip.AddrPortFrom(to, 53).String())
	if err != nil {
		return netip.Addr{}
	}
	defer c.Close()
	at, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

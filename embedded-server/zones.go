package sandbox

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"todoku/embedded-server/dnsd"
)

// zoneText writes a zone in master file form.
func zoneText(origin string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("$TTL 300")
	line("@ SOA %s postmaster.nic.test. 2026112301 3600 600 604800 60", servers(origin)[0])
	for _, ns := range servers(origin) {
		line("@ NS %s", ns)
	}
	switch i := slices.IndexFunc(domains(), func(d domain) bool { return d.name == origin }); {
	case origin == ".":
		for _, below := range []string{"test", "in-addr.arpa", "ip6.arpa"} {
			delegate(line, below)
		}
		glue(line, "root.test")
	case origin == "test":
		for _, d := range domains() {
			delegate(line, d.name)
		}
		glue(line, "nic.test")
		glue(line, "root.test")
	case i >= 0:
		mailZone(line, domains()[i])
	case strings.HasSuffix(origin, ".arpa"):
		pointers(line, origin)
	}
	return b.String()
}

// servers are the name servers of a zone, with the last dot.
func servers(origin string) []string {
	var list []string
	for _, m := range machines() {
		if slices.Contains(m.zones, origin) {
			list = append(list, m.name+".")
		}
	}
	return list
}

// delegate gives a zone to its name servers, with glue.
func delegate(line func(string, ...any), below string) {
	for _, ns := range servers(below) {
		line("%s. NS %s", below, ns)
		for _, m := range machines() {
			if m.name+"." == ns {
				line("%s. A %s", m.name, m.v4)
			}
		}
	}
}

// glue writes the addresses of all hosts below a name.
func glue(line func(string, ...any), origin string) {
	for _, m := range machines() {
		if _, ok := m.inZone(origin); ok {
			hostRecords(line, m)
		}
	}
}

func hostRecords(line func(string, ...any), m machine) {
	line("%s. A %s", m.name, m.v4)
	if m.v6 != "" {
		line("%s. AAAA %s", m.name, m.v6)
	}
}

// mailZone writes what a mail domain publishes: RFC 5321 (MX), 7208 (SPF), 7489 (DMARC), 8461 (MTA-STS), 8460 (TLS
// reports) and 6186 (SRV).
func mailZone(line func(string, ...any), d domain) {
	for i, mx := range d.mx {
		line("@ MX %d %s.", 10*(i+1), mx)
	}
	for _, m := range machines() {
		if _, ok := m.inZone(d.name); ok {
			hostRecords(line, m)
		}
		if m.name == webName {
			for _, host := range []string{"@", "mta-sts", "autoconfig"} {
				line("%s A %s", host, m.v4)
			}
		}
	}
	for alt, of := range d.alts {
		line("%s CNAME %s", alt, of)
	}
	line(`@ TXT "v=spf1 mx a:mail.%s -all"`, d.name)
	line(`_dmarc TXT "v=DMARC1; p=none; rua=mailto:postmaster@%s"`, d.name)
	line(`_mta-sts TXT "v=STSv1; id=20261123T000000"`)
	line(`_smtp._tls TXT "v=TLSRPTv1; rua=mailto:postmaster@%s"`, d.name)
	for _, s := range mailServices()[1:] {
		line("_%s._tcp SRV 0 1 %d mail", s.name, s.port)
	}
}

// pointers writes the PTR records of the addresses in a reverse zone.
func pointers(line func(string, ...any), origin string) {
	for _, m := range machines() {
		for _, a := range m.addrs() {
			name, err := dns.ReverseAddr(a.String())
			if err == nil && strings.HasSuffix(name, "."+origin+".") {
				line("%s PTR %s.", name, m.name)
			}
		}
	}
}

// zones parses every zone once; servers share them.
func zones() (map[string]*dnsd.Zone, error) {
	all := make(map[string]*dnsd.Zone)
	for _, m := range machines() {
		for _, origin := range m.zones {
			if all[origin] != nil {
				continue
			}
			z, err := dnsd.ParseZone(origin, zoneText(origin))
			if err != nil {
				return nil, err
			}
			all[origin] = z
		}
	}
	return all, nil
}

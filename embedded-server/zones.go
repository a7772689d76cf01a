package sandbox

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"

	"todoku/embedded-server/dnsd"
)

// signedZones says which zones are signed and how they deny. fuji.test and the reverse zones are not, as most are not.
func signedZones() map[string]dnsd.Denial {
	return map[string]dnsd.Denial{".": dnsd.NSEC, "test": dnsd.NSEC3OptOut, "sakura.test": dnsd.NSEC, "tsuru.test": dnsd.NSEC3}
}

// published is what zones hold that is made anew for each run.
type published struct {
	ds   map[string]*dns.DS   // by origin of a signed zone
	tlsa map[string]*dns.TLSA // by name of a mail exchanger
}

// zoneText writes a zone in master file form.
func (p *plan) zoneText(origin string, made published) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("$TTL 300")
	line("@ SOA %s postmaster.nic.test. 2026112301 3600 600 604800 60", p.servers(origin)[0])
	for _, ns := range p.servers(origin) {
		line("@ NS %s", ns)
	}
	switch i := slices.IndexFunc(p.domains, func(d domain) bool { return d.name == origin }); {
	case origin == ".":
		for _, below := range []string{"test", "in-addr.arpa", "ip6.arpa"} {
			p.delegate(line, below, made)
		}
		p.glue(line, "root.test")
	case origin == "test":
		for _, d := range p.domains {
			p.delegate(line, d.name, made)
		}
		p.glue(line, "nic.test")
		p.glue(line, "root.test")
	case i >= 0:
		p.mailZone(line, p.domains[i], made)
	case strings.HasSuffix(origin, ".arpa"):
		p.pointers(line, origin)
	}
	return b.String()
}

// servers are the name servers of a zone, with the last dot.
func (p *plan) servers(origin string) []string {
	var list []string
	for _, m := range p.machines {
		if slices.Contains(m.zones, origin) {
			list = append(list, m.name+".")
		}
	}
	return list
}

// delegate gives a zone to its name servers, with glue, and vouches for its key.
func (p *plan) delegate(line func(string, ...any), below string, made published) {
	if ds := made.ds[below]; ds != nil {
		line("%s", ds)
	}
	for _, ns := range p.servers(below) {
		line("%s. NS %s", below, ns)
		for _, m := range p.machines {
			if m.name+"." == ns {
				line("%s. A %s", m.name, m.v4)
			}
		}
	}
}

// glue writes the addresses of all hosts below a name.
func (p *plan) glue(line func(string, ...any), origin string) {
	for _, m := range p.machines {
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

// mailZone writes what a mail domain publishes: RFC 5321 (MX), 7672 (TLSA, of use in a signed zone only), 7208 (SPF),
// 7489 (DMARC), 8461 (MTA-STS), 8460 (TLS reports) and 6186 (SRV).
func (p *plan) mailZone(line func(string, ...any), d domain, made published) {
	_, signed := p.signed[d.name]
	for i, mx := range d.mx {
		line("@ MX %d %s.", 10*(i+1), mx)
		if tlsa := made.tlsa[mx]; signed && tlsa != nil {
			line("%s", tlsa)
		}
	}
	for _, m := range p.machines {
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
func (p *plan) pointers(line func(string, ...any), origin string) {
	for _, m := range p.machines {
		for _, a := range m.addrs() {
			name, err := dns.ReverseAddr(a.String())
			if err == nil && strings.HasSuffix(name, "."+origin+".") {
				line("%s PTR %s.", name, m.name)
			}
		}
	}
}

// zones parses and signs every zone once; servers share them. What is below comes first, for its key is named above.
func (p *plan) zones(made published, now func() time.Time) (map[string]*dnsd.Zone, error) {
	all := make(map[string]*dnsd.Zone)
	made.ds = make(map[string]*dns.DS)
	for _, origin := range p.zoneNames() {
		z, err := dnsd.ParseZone(origin, p.zoneText(origin, made))
		if err != nil {
			return nil, err
		}
		if how, ok := p.signed[origin]; ok {
			if err := z.Sign(how, now); err != nil {
				return nil, err
			}
			made.ds[origin] = z.DS()
		}
		all[origin] = z
	}
	return all, nil
}

// zoneNames lists every zone once, those below first.
func (p *plan) zoneNames() []string {
	var list []string
	for _, m := range p.machines {
		for _, origin := range m.zones {
			if !slices.Contains(list, origin) {
				list = append(list, origin)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return dns.CountLabel(b) - dns.CountLabel(a) })
	return list
}

// exchangers makes the TLSA record of each mail exchanger: its own key, "3 1 1" as RFC 7672 section 3.1 advises.
func (p *plan) exchangers(certs map[string]*tls.Config) (map[string]*dns.TLSA, error) {
	all := make(map[string]*dns.TLSA)
	for _, d := range p.domains {
		for _, mx := range d.mx {
			leaf, err := x509.ParseCertificate(certs[mx].Certificates[0].Certificate[0])
			if err != nil {
				return nil, err
			}
			r := &dns.TLSA{Hdr: dns.RR_Header{Name: "_25._tcp." + mx + ".", Rrtype: dns.TypeTLSA, Class: dns.ClassINET, Ttl: 300}}
			if err := r.Sign(3, 1, 1, leaf); err != nil {
				return nil, err
			}
			all[mx] = r
		}
	}
	return all, nil
}

package sandbox

import (
	"net/netip"
	"slices"
	"strings"
)

// service is one thing that a host listens for.
type service struct {
	name string // the field of Host: "smtp", "imaps"
	port int    // the number in the small Internet
	tls  bool   // TLS from the first octet
}

// The ports of RFC 5321, 6409, 8314, 9051, 1939, 1035 and 9110.
var (
	smtpService        = service{"smtp", 25, false}
	submissionService  = service{"submission", 587, false}
	submissionsService = service{"submissions", 465, true}
	imapService        = service{"imap", 143, false}
	imapsService       = service{"imaps", 993, true}
	pop3Service        = service{"pop3", 110, false}
	pop3sService       = service{"pop3s", 995, true}
	dnsService         = service{"dns", 53, false}
	httpsService       = service{"https", 443, true}
)

// machine is one host of the small Internet.
type machine struct {
	name     string
	v4       string   // RFC 5737
	v6       string   // RFC 3849; "" for none
	domain   string   // the mail domain it serves; "" for none
	zones    []string // origins it is authoritative for
	services []service
}

// domain is one mail domain.
type domain struct {
	name    string
	mx      []string          // mail exchangers, best first
	alts    map[string]string // other names of hosts in it: CNAME records
	stsMode string            // of its MTA-STS policy (RFC 8461 section 5)
}

func mailServices() []service {
	return []service{smtpService, submissionService, submissionsService, imapService, imapsService, pop3Service, pop3sService}
}

// domains are the three mail domains. tsuru.test has a second mail exchanger; fuji.test calls its mail host by the
// names that providers like to use; sakura.test only tries MTA-STS out.
func domains() []domain {
	return []domain{
		{name: "sakura.test", mx: []string{"mx1.sakura.test"}, stsMode: "testing"},
		{name: "fuji.test", mx: []string{"mx1.fuji.test"}, stsMode: "enforce", alts: map[string]string{
			"smtp": "mail", "imap": "mail", "pop": "mail"}},
		{name: "tsuru.test", mx: []string{"mx1.tsuru.test", "mx2.tsuru.test"}, stsMode: "enforce"},
	}
}

// reverseZones hold the PTR records of all addresses.
func reverseZones() []string {
	return []string{"2.0.192.in-addr.arpa", "100.51.198.in-addr.arpa", "113.0.203.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"}
}

// machines are all hosts, in the order in which listeners take ports of a fixed range.
func machines() []machine {
	tld := append([]string{"test", "in-addr.arpa", "ip6.arpa"}, reverseZones()...)
	dns, mx := []service{dnsService}, []service{smtpService}
	return []machine{
		{name: "mail.sakura.test", v4: "192.0.2.10", v6: "2001:db8::10", domain: "sakura.test", services: mailServices()},
		{name: "mail.fuji.test", v4: "192.0.2.21", v6: "2001:db8::21", domain: "fuji.test", services: mailServices()},
		{name: "mail.tsuru.test", v4: "192.0.2.30", v6: "2001:db8::30", domain: "tsuru.test", services: mailServices()},
		{name: "mx1.sakura.test", v4: "192.0.2.11", v6: "2001:db8::11", domain: "sakura.test", services: mx},
		{name: "mx1.fuji.test", v4: "192.0.2.20", v6: "2001:db8::20", domain: "fuji.test", services: mx},
		{name: "mx1.tsuru.test", v4: "192.0.2.31", v6: "2001:db8::31", domain: "tsuru.test", services: mx},
		{name: "mx2.tsuru.test", v4: "192.0.2.32", domain: "tsuru.test", services: mx},
		{name: resolverName, v4: "192.0.2.1", services: dns},
		{name: "a.root.test", v4: "198.51.100.1", zones: []string{"."}, services: dns},
		{name: "ns1.nic.test", v4: "198.51.100.2", zones: tld, services: dns},
		{name: "ns2.nic.test", v4: "198.51.100.3", zones: tld, services: dns},
		{name: "ns1.sakura.test", v4: "192.0.2.12", zones: []string{"sakura.test"}, services: dns},
		{name: "ns2.sakura.test", v4: "192.0.2.13", zones: []string{"sakura.test"}, services: dns},
		{name: "ns1.fuji.test", v4: "192.0.2.22", zones: []string{"fuji.test"}, services: dns},
		{name: "ns2.fuji.test", v4: "192.0.2.23", zones: []string{"fuji.test"}, services: dns},
		{name: "ns1.tsuru.test", v4: "192.0.2.53", zones: []string{"tsuru.test"}, services: dns},
		{name: "ns2.tsuru.test", v4: "192.0.2.54", zones: []string{"tsuru.test"}, services: dns},
		{name: webName, v4: "203.0.113.80", services: []service{httpsService}},
	}
}

const (
	resolverName = "resolver.nic.test"
	webName      = "web.nic.test"
)

// users are those who have a mailbox. Passwords are printed wherever the sandbox shows itself.
func users() []User {
	return []User{
		{Address: "alice@sakura.test", Password: "apple", Name: "Alice Sakura", Host: "mail.sakura.test"},
		{Address: "yuki@sakura.test", Password: "yuzu", Name: "櫻井 雪", Host: "mail.sakura.test"},
		{Address: "postmaster@sakura.test", Password: "persimmon", Name: "Postmaster", Host: "mail.sakura.test"},
		{Address: "bob@fuji.test", Password: "banana", Name: "Bob Fujita", Host: "mail.fuji.test"},
		{Address: "taro@fuji.test", Password: "tomato", Name: "藤田 太郎", Host: "mail.fuji.test"},
		{Address: "postmaster@fuji.test", Password: "peach", Name: "Postmaster", Host: "mail.fuji.test"},
		{Address: "hanako@tsuru.test", Password: "citron", Name: "鶴田 花子", Host: "mail.tsuru.test"},
		{Address: "carol@tsuru.test", Password: "cherry", Name: "Carol Tsuruta", Host: "mail.tsuru.test"},
		{Address: "postmaster@tsuru.test", Password: "plum", Name: "Postmaster", Host: "mail.tsuru.test"},
	}
}

// certNames are the names that a host's certificate is for, besides localhost.
func (p *plan) certNames(m machine) []string {
	names := []string{m.name}
	for _, d := range p.domains {
		if m.name == webName {
			names = append(names, d.name, "mta-sts."+d.name, "autoconfig."+d.name)
		}
		for alt, of := range d.alts {
			if of+"."+d.name == m.name {
				names = append(names, alt+"."+d.name)
			}
		}
	}
	slices.Sort(names[1:])
	return names
}

func (m machine) has(s service) bool { return slices.Contains(m.services, s) }

// addrs are the host's addresses, IPv4 first.
func (m machine) addrs() []netip.Addr {
	list := []netip.Addr{netip.MustParseAddr(m.v4)}
	if m.v6 != "" {
		list = append(list, netip.MustParseAddr(m.v6))
	}
	return list
}

// inZone gives a host's name relative to a domain, and whether it is in it.
func (m machine) inZone(origin string) (string, bool) { return strings.CutSuffix(m.name, "."+origin) }

package post

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"todoku/internal/trace"
)

// exchanger is one host that takes mail for a domain.
type exchanger struct {
	name string
	pref uint16
}

// outcome is what became of one recipient: an action of RFC 3464 section 2.3.3, or "passed on" to a host that knows
// DSN, which is nothing to report.
type outcome struct {
	rcpt   Recipient
	action string // "failed", "delayed", "relayed", "delivered", "passed on"
	status string // enhanced code of RFC 3463
	reply  string // the other host's words, or ours
	mta    string // who said so; "" for ourselves
}

func failed(status, reply string) *outcome {
	return &outcome{action: "failed", status: status, reply: reply}
}
func delayed(status, reply string) *outcome {
	return &outcome{action: "delayed", status: status, reply: reply}
}

// routes gives the mail exchangers of a domain by preference (RFC 5321 section 5.1). Without MX records the domain is
// its own. An outcome says why there are none.
func (o *Office) routes(ctx context.Context, span *trace.Span, domain string) ([]exchanger, *outcome) {
	if strings.HasPrefix(domain, "[") {
		return []exchanger{{name: domain}}, nil
	}
	m, err := o.cfg.Lookup(ctx, span, domain, dns.TypeMX)
	if bad := verdict(m, err, domain); bad != nil {
		return nil, bad
	}
	var list []exchanger
	for _, rr := range m.Answer {
		if mx, ok := rr.(*dns.MX); ok {
			list = append(list, exchanger{name: strings.ToLower(strings.TrimSuffix(mx.Mx, ".")), pref: mx.Preference})
		}
	}
	if len(list) == 0 {
		return []exchanger{{name: domain}}, nil
	}
	if len(list) == 1 && list[0].name == "" {
		return nil, failed("5.1.10", "550 5.1.10 "+domain+" takes no mail (null MX, RFC 7505)")
	}
	slices.SortStableFunc(list, func(a, b exchanger) int { return cmp.Compare(a.pref, b.pref) })
	for i, x := range list {
		if x.name != o.cfg.Host {
			continue
		}
		for i > 0 && list[i-1].pref == x.pref { // only hosts nearer than ourselves, lest mail goes in circles
			i--
		}
		if list = list[:i]; len(list) == 0 {
			return nil, failed("5.4.6", "554 5.4.6 mail for "+domain+" comes back to "+o.cfg.Host)
		}
		break
	}
	return list[:min(len(list), maxHosts)], nil
}

// verdict turns a lookup that gave nothing into an outcome.
func verdict(m *dns.Msg, err error, name string) *outcome {
	switch {
	case err != nil:
		return delayed("4.4.3", "451 4.4.3 "+name+": name server: "+err.Error())
	case m.Rcode == dns.RcodeNameError:
		return failed("5.1.2", "550 5.1.2 "+name+": Host unknown (NXDOMAIN)")
	case m.Rcode != dns.RcodeSuccess:
		return delayed("4.4.3", "451 4.4.3 "+name+": name server says "+dns.RcodeToString[m.Rcode])
	}
	return nil
}

// addresses gives a host's addresses, "192.0.2.20:25", IPv4 first as the sandbox's other programs only speak that.
func (o *Office) addresses(ctx context.Context, span *trace.Span, host string) ([]string, *outcome) {
	if lit, ok := strings.CutPrefix(host, "["); ok {
		a, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimSuffix(lit, "]"), "IPv6:"))
		if err != nil {
			return nil, failed("5.1.2", "550 5.1.2 "+host+" is not an address")
		}
		return []string{net.JoinHostPort(a.String(), "25")}, nil
	}
	var list []string
	for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
		m, err := o.cfg.Lookup(ctx, span, host, qtype)
		if bad := verdict(m, err, host); bad != nil {
			if len(list) > 0 {
				break
			}
			return nil, bad
		}
		for _, rr := range m.Answer {
			switch rr := rr.(type) {
			case *dns.A:
				list = append(list, net.JoinHostPort(rr.A.String(), "25"))
			case *dns.AAAA:
				list = append(list, net.JoinHostPort(rr.AAAA.String(), "25"))
			}
		}
	}
	if len(list) == 0 {
		return nil, failed("5.1.2", "550 5.1.2 "+host+" has no address")
	}
	return list[:min(len(list), maxAddrs)], nil
}

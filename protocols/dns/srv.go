package dns

import (
	"cmp"
	"context"
	"slices"
	"time"

	mdns "github.com/miekg/dns"
)

// SRV is one host that offers a service.
type SRV struct {
	Host     string // lower case, without the final dot
	Port     uint16
	Priority uint16 // lower is tried first
	Weight   uint16 // share among equal priorities
}

// Services is what a domain says of a service.
type Services struct {
	Hosts   []SRV // in the order to try them (RFC 2782)
	Null    bool  // the domain says that it does not offer the service: the only target is "."
	Aliases []string
	TTL     time.Duration
	Server  string
}

// LookupSRV finds the hosts of a service: LookupSRV(ctx, "imaps", "tcp", "fuji.test") asks for
// _imaps._tcp.fuji.test (RFC 2782; the mail services are those of RFC 6186 and RFC 8314 section 5.1).
func (r *Resolver) LookupSRV(ctx context.Context, service, proto, domain string) (Services, error) {
	q, err := newQuestion("_"+service+"._"+proto+"."+domain, mdns.TypeSRV)
	if err != nil {
		return Services{}, err
	}
	got, err := r.lookup(ctx, q)
	if err != nil {
		return Services{}, err
	}
	out := Services{Aliases: got.aliases, TTL: lowestTTL(got.found), Server: got.server}
	for _, rr := range got.found {
		if s := rr.(*mdns.SRV); s.Target != "." {
			out.Hosts = append(out.Hosts, SRV{Host: shown(s.Target), Port: s.Port, Priority: s.Priority, Weight: s.Weight})
		}
	}
	out.Null = len(out.Hosts) == 0
	r.orderSRV(q.name, out.Hosts)
	return out, nil
}

// orderSRV sorts by priority and draws by weight inside each (RFC 2782, "Weight").
func (r *Resolver) orderSRV(name string, hosts []SRV) {
	chance := r.chance(name)
	slices.SortFunc(hosts, func(a, b SRV) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Weight, b.Weight), cmp.Compare(a.Host, b.Host),
			cmp.Compare(a.Port, b.Port))
	})
	for from := range hosts {
		same := hosts[from:]
		if i := slices.IndexFunc(same, func(s SRV) bool { return s.Priority != hosts[from].Priority }); i > 0 {
			same = same[:i]
		}
		total := 0
		for _, s := range same {
			total += int(s.Weight)
		}
		drawn, sum := chance.IntN(total+1), 0
		at := slices.IndexFunc(same, func(s SRV) bool { sum += int(s.Weight); return sum >= drawn })
		chosen := same[at]
		copy(same[1:at+1], same[:at])
		same[0] = chosen
	}
}

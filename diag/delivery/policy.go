package delivery

import (
	"context"
	"maps"
	"net/netip"
	"strings"

	"todoku/diag/policy"
	"todoku/internal/trace"
)

// maxReverse bounds the addresses whose names are looked up.
const maxReverse = 12

// Policies is what the domain publishes about its mail.
type Policies struct {
	STS     policy.STS       `json:"mta_sts"`
	TLSRPT  policy.TLSRPT    `json:"tls_rpt"`
	DANE    []policy.DANE    `json:"dane,omitempty"`    // one for each exchanger
	Reverse []policy.Reverse `json:"reverse,omitempty"` // one for each address
}

// policies are those of a run, while they are looked up beside the dialogues.
type policies struct {
	*run
	in    policy.Inputs
	asked trace.Group
	found *Policies // nil if nothing is looked up: an address literal has no domain
}

// askPolicies begins all lookups at once.
func (r *run) askPolicies(ctx context.Context, hosts []*exchanger) *policies {
	p := &policies{run: r, in: policy.Inputs{Net: r.o.Net, Lookup: policy.Walks(r.walker), Domain: r.o.Domain, MX: policy.Standing(r.report.DNSSEC)}}
	if r.o.toLiteral() {
		return p
	}
	got := &Policies{DANE: make([]policy.DANE, len(hosts))}
	p.found = got
	span := r.span.Child("MTA-STS " + r.o.Domain)
	p.ask(ctx, span, Hop{Where: r.o.Domain, What: "MTA-STS", Limit: policy.STSTime}, &got.STS.Finding, func(ctx context.Context) {
		defer span.End(nil)
		got.STS = policy.LookupSTS(ctx, span, p.in)
	})
	p.ask(ctx, nil, Hop{Where: r.o.Domain, What: "TLS-RPT"}, &got.TLSRPT.Finding, func(ctx context.Context) {
		got.TLSRPT = policy.LookupTLSRPT(ctx, p.in)
	})
	for i, x := range hosts {
		p.ask(ctx, nil, Hop{Where: x.Host, What: "TLSA"}, &got.DANE[i].Finding, func(ctx context.Context) {
			got.DANE[i] = policy.LookupDANE(ctx, p.in, policy.Host{Name: x.Host, Owner: x.owner, Security: policy.Standing(x.proof)})
		})
	}
	p.askReverse(ctx, hosts)
	return p
}

// askReverse begins to look up the names of the hosts' addresses.
func (p *policies) askReverse(ctx context.Context, hosts []*exchanger) {
	type place struct {
		host string
		addr netip.Addr
	}
	var all []place
	for _, x := range hosts {
		for _, a := range x.addrs {
			all = append(all, place{x.Host, a})
		}
	}
	all = all[:min(len(all), maxReverse)]
	got := make([]policy.Reverse, len(all))
	p.found.Reverse = got
	for i, at := range all {
		p.ask(ctx, nil, Hop{Where: at.host, What: "PTR " + at.addr.String()}, &got[i].Finding, func(ctx context.Context) {
			got[i] = policy.LookupReverse(ctx, p.in, at.host, at.addr)
		})
	}
}

// ask makes a hop of a lookup that runs beside the others and leaves its finding at found.
func (p *policies) ask(ctx context.Context, span *trace.Span, h Hop, found *trace.Finding, lookup func(context.Context)) {
	h.Step, h.Kind = Lookup, KindPolicy
	h = p.begin(span, h)
	p.asked.Go(func() {
		defer p.recovered(h, func(f trace.Finding) { *found = f })
		within, over := p.o.Waits.begin(ctx, h.ID)
		defer over()
		lookup(within)
		*found = cut(ctx, within, h, *found) // what the domain asks of senders is judged by it
		p.end(h, *found)
	})
}

// judge says of each address that was talked to which policy its certificate satisfies, and whether senders that honour a
// policy would find no host to hand the message to.
func (p *policies) judge(hosts []*exchanger) {
	p.asked.Wait()
	if p.found == nil {
		return
	}
	p.mu.Lock()
	p.report.Policies = p.found
	p.mu.Unlock()
	for _, f := range p.found.STS.Also {
		p.say(Hop{Step: Lookup, Where: p.o.Domain, What: "MTA-STS"}, f)
	}
	var sts, dane tally
	for i, x := range hosts {
		d := p.found.DANE[i]
		if d.PassedOver() {
			dane.unmet++
		}
		for _, e := range x.ends {
			judged := p.underSTS(e, &sts)
			judged = p.underDANE(e, d, &dane) || judged
			if !judged && e.secured != nil {
				p.sayOf(e, "policy", trace.Finding{Code: "policy.opportunistic", Level: trace.Pass, Args: map[string]string{"host": x.Host, "domain": p.o.Domain}})
			}
		}
	}
	if dane.holds() { // it decides for who checks both (RFC 8461 section 2)
		p.hold("DANE", "policy.dane.holds", hosts, p.found.untold())
	}
	if p.found.STS.InForce() && sts.holds() {
		p.hold("MTA-STS", "policy.sts.holds", hosts, nil)
	}
}

// untold is why no exchanger's TLSA records could be told, if none could: that is the DNS operator's to mend, not the
// mail hosts'.
func (p *Policies) untold() *trace.Finding {
	for _, d := range p.DANE {
		if d.Finding.Level != trace.Fail {
			return nil
		}
	}
	return &p.DANE[0].Finding
}

// underSTS holds an address to the MTA-STS policy; false if there is none.
func (p *policies) underSTS(e *endpoint, sum *tally) bool {
	s := p.found.STS
	if s.Policy == nil || s.Policy.Mode == policy.ModeNone {
		return false
	}
	if !e.heard() && s.Policy.Lists(e.host.Host) {
		return true
	}
	f := s.Judge(e.host.Host, e.secured)
	p.sayOf(e, "MTA-STS", f)
	sum.add(f)
	return true
}

// underDANE holds an address to the host's TLSA records; false if there are none that count. Senders that honour DANE
// treat a host without them like any other.
func (p *policies) underDANE(e *endpoint, d policy.DANE, sum *tally) bool {
	switch {
	case !e.heard():
	case len(d.Records) > 0 && d.Finding.Level != trace.NotApplicable:
		f := d.Judge(e.secured, p.in)
		p.sayOf(e, "DANE", f)
		sum.add(f)
		return true
	case d.Finding.Level == trace.NotApplicable:
		sum.met++
	}
	return false
}

func (p *policies) sayOf(e *endpoint, what string, f trace.Finding) {
	f.Args = maps.Clone(f.Args)
	f.Args["addr"] = e.addr.String()
	p.say(Hop{Step: Transfer, Where: e.host.Host, Addr: netip.AddrPortFrom(e.addr, SMTPPort).String(), What: what}, f)
}

// hold says that those who honour the policy keep the message, while others hand it over (docs/decisions/0014). cause is
// what decides, if it lies before the hosts; nil if it lies with them.
func (p *policies) hold(what, code string, hosts []*exchanger, cause *trace.Finding) {
	args := map[string]string{"domain": p.o.Domain}
	for _, x := range hosts {
		args["hosts"] = strings.TrimSpace(args["hosts"] + " " + x.Host)
	}
	f := trace.Finding{Code: code, Level: trace.Warn, Args: args}
	p.say(Hop{Step: Transfer, Where: p.o.Domain, What: what}, f)
	if cause == nil {
		cause = &f
	}
	if p.held == nil {
		p.held = cause
	}
}

// tally counts addresses that senders under a policy take, and those that they pass over. One that was not heard puts off
// everybody, policy or not.
type tally struct{ met, unmet int }

func (t *tally) add(f trace.Finding) {
	switch f.Level {
	case trace.Fail:
		t.unmet++
	case trace.Pass, trace.Warn:
		t.met++
	}
}

// holds reports that no address is left to go to now.
func (t tally) holds() bool { return t.unmet > 0 && t.met == 0 }

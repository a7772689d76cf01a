package ladder

import (
	"context"
	"crypto/rand"
	"net/netip"
	"slices"
	"strings"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// reservedTLD holds no name, now or ever (RFC 2606 section 2, RFC 6761 section 6.4).
const reservedTLD = "invalid"

// ResolverOptions says what to ask the resolvers for.
type ResolverOptions struct {
	Net     *wire.Net
	Servers []string // the resolvers, "192.0.2.53:53", where Net names none; none means the system's
	Domain  string   // in question: a name below it that does not exist is asked for; "" leaves that out
	Host    string   // in question: its addresses are compared with a walk from the root; "" leaves that out
	Seed    uint64   // of the walk
}

// Resolver tells whether the resolvers that programs on this device use answer, and whether they say what the name
// servers say.
func Resolver(ctx context.Context, span *trace.Span, o ResolverOptions) Outcome {
	stub := dns.New(dns.Options{Net: o.Net, Span: span, Servers: o.Servers})
	p := &resolverProbe{ResolverOptions: o, stub: stub, span: span}
	p.reach(ctx)
	if p.first == nil {
		return Outcome{Finding: p.none()}
	}
	var beside trace.Group
	var made, differs *trace.Finding
	beside.Go(func() { made = p.rewrites(ctx) })
	beside.Go(func() { differs = p.differs(ctx) })
	beside.Wait()
	out := Outcome{Finding: p.answers()}
	for _, f := range []*trace.Finding{made, differs, p.partly()} {
		switch {
		case f == nil:
		case out.Finding.Level == trace.Pass:
			out.Finding = *f
		default:
			out.Also = append(out.Also, *f)
		}
	}
	return out
}

// resolverProbe is what the questions to the resolvers share.
type resolverProbe struct {
	ResolverOptions
	stub    *dns.Resolver
	span    *trace.Span
	servers []reached
	first   *reached // the first that answers
}

// reached is one resolver and how it took the first question.
type reached struct {
	server string
	answer dns.Answer
	err    error
}

func (r reached) works() bool {
	return r.err == nil && (r.answer.Rcode == "NOERROR" || r.answer.Rcode == "NXDOMAIN")
}

// reach asks every resolver for the servers of the root. Where the system tells no list, it is asked for the host or the
// domain in question, for package net knows no such question.
func (p *resolverProbe) reach(ctx context.Context) {
	list, name, kind := p.stub.Servers(), ".", "NS"
	if len(list) == 0 {
		list, kind = []string{""}, "A"
		if name = p.Host; name == "" {
			name = p.Domain
		}
	}
	p.servers = make([]reached, len(list))
	var all trace.Group
	for i, server := range list {
		all.Go(func() {
			got, err := p.stub.Ask(ctx, server, name, kind)
			p.servers[i] = reached{server, got, err}
		})
	}
	all.Wait()
	for i := range p.servers {
		if p.servers[i].works() {
			p.first = &p.servers[i]
			return
		}
	}
}

// none says why no resolver is of use.
func (p *resolverProbe) none() trace.Finding {
	args := map[string]string{"server": p.names(nil)}
	for _, s := range p.servers {
		if s.err == nil {
			args["rcode"], args["server"] = s.answer.Rcode, s.answer.Server
			return finding("local.resolver.refuses", trace.Fail, args)
		}
		args["said"] = s.err.Error()
	}
	return finding("local.resolver.silent", trace.Fail, args)
}

// names lists the resolvers that pass the filter, all for nil.
func (p *resolverProbe) names(pass func(reached) bool) string {
	var all []string
	for _, s := range p.servers {
		if pass == nil || pass(s) {
			all = append(all, s.answer.Server)
		}
	}
	return strings.Join(all, ", ")
}

// answers is the finding when nothing is wrong.
func (p *resolverProbe) answers() trace.Finding {
	return finding("local.resolver", trace.Pass, map[string]string{
		"server": p.names(reached.works), "elapsed": p.first.answer.Elapsed.Round(100 * time.Microsecond).String(), "extended": extended(p.first.answer),
		"ad": map[bool]string{true: "AD"}[p.first.answer.AD],
	})
}

// partly tells of resolvers that are configured and do not answer: every lookup may wait for them first.
func (p *resolverProbe) partly() *trace.Finding {
	dead := p.names(func(s reached) bool { return !s.works() })
	if dead == "" {
		return nil
	}
	f := finding("local.resolver.partly", trace.Warn, map[string]string{"server": dead, "others": p.names(reached.works)})
	return &f
}

// rewrites asks for names that cannot exist. Addresses for them are made up on the way: by a captive portal, or by a
// provider that sells searches. A wildcard of the domain itself is none: its own servers are asked, too.
func (p *resolverProbe) rewrites(ctx context.Context) *trace.Finding {
	names := []string{randomLabel() + "." + reservedTLD}
	if p.Domain != "" && !isLiteral(p.Domain) {
		names = append(names, randomLabel()+"."+p.Domain)
	}
	made := make([]dns.Answer, len(names))
	var all trace.Group
	for i, name := range names {
		all.Go(func() {
			if got, err := p.stub.Ask(ctx, p.first.server, name, "A"); err == nil {
				made[i] = got
			}
		})
	}
	all.Wait()
	for i, got := range made {
		if len(got.Addrs) == 0 || i > 0 && !p.denied(ctx, names[i]) {
			continue
		}
		f := finding("local.resolver.rewrites", trace.Warn, map[string]string{"server": got.Server, "name": names[i], "resolved": addrList(sorted(got.Addrs))})
		return &f
	}
	return nil
}

// denied reports that the name servers themselves say that a name does not exist.
func (p *resolverProbe) denied(ctx context.Context, name string) bool {
	_, err := p.walker().Walk(ctx, name, "A")
	return dns.Absent(err)
}

func (p *resolverProbe) walker() *dns.Walker {
	return dns.NewWalker(dns.WalkOptions{Net: p.Net, Span: p.span, Seed: p.Seed})
}

// differs compares the addresses of the host with those that its own name servers give, and names what stands between:
// a filter, a split view or a cache. Name servers that cannot be asked from here prove nothing.
func (p *resolverProbe) differs(ctx context.Context) *trace.Finding {
	if p.Host == "" || isLiteral(p.Host) || p.Host == "localhost" { // RFC 6761 section 6.3
		return nil
	}
	var got dns.Answer
	var err error
	var own dns.Addrs
	var ownErr error
	var both trace.Group
	both.Go(func() { got, err = p.stub.Ask(ctx, p.first.server, p.Host, "A") })
	both.Go(func() { own, ownErr = p.walker().WalkAddrs(ctx, p.Host) })
	both.Wait()
	walked := slices.DeleteFunc(own.Addrs, func(a netip.Addr) bool { return !a.Is4() })
	if err != nil || ownErr != nil && !dns.Absent(ownErr) {
		return nil
	}
	f := finding("", trace.Warn, map[string]string{"server": got.Server, "host": p.Host, "resolved": addrList(sorted(got.Addrs)), "walked": addrList(sorted(walked)), "extended": extended(got)})
	switch {
	case slices.ContainsFunc(got.Addrs, func(a netip.Addr) bool { return slices.Contains(walked, a) }), len(got.Addrs) == 0 && len(walked) == 0:
		return nil
	case got.Rcode == "SERVFAIL":
		f.Code = "local.resolver.fails"
	case filtered(got, walked):
		f.Code = "local.resolver.filtered"
	case slices.ContainsFunc(got.Addrs, netip.Addr.IsPrivate) && !slices.ContainsFunc(walked, netip.Addr.IsPrivate):
		f.Code = "local.resolver.splitview"
	default:
		f.Code = "local.resolver.differs"
	}
	return &f
}

// filtered reports an answer that withholds a host: it says so (RFC 8914 section 4.16 to 4.19), denies it, or gives an
// address that is nowhere.
func filtered(got dns.Answer, walked []netip.Addr) bool {
	if slices.ContainsFunc(got.Extended, func(x dns.ExtendedError) bool { return x.Code >= 15 && x.Code <= 18 }) {
		return true
	}
	nowhere := func(a netip.Addr) bool { return a.IsUnspecified() || a.IsLoopback() }
	return len(walked) > 0 && !slices.ContainsFunc(walked, nowhere) && (len(got.Addrs) == 0 || slices.ContainsFunc(got.Addrs, nowhere))
}

// extended writes what a resolver added to its rcode.
func extended(a dns.Answer) string {
	var all []string
	for _, x := range a.Extended {
		all = append(all, strings.TrimSpace(x.Name+" "+x.Text))
	}
	return strings.Join(all, "; ")
}

// addrList lists addresses in their order: "192.0.2.10, 2001:db8::10".
func addrList(addrs []netip.Addr) string {
	var all []string
	for _, a := range addrs {
		all = append(all, a.String())
	}
	return strings.Join(all, ", ")
}

// sorted is for answers whose order says nothing: resolvers turn it about.
func sorted(addrs []netip.Addr) []netip.Addr {
	return slices.SortedFunc(slices.Values(addrs), netip.Addr.Compare)
}

// randomLabel is a name that nobody has and no cache holds.
func randomLabel() string { return "todoku-" + strings.ToLower(rand.Text()[:12]) }

func isLiteral(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil
}

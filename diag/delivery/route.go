package delivery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// exchanger is one host that takes the domain's mail.
type exchanger struct {
	Route
	addrs   []netip.Addr
	owner   string         // of its addresses: another name behind a CNAME
	fault   *trace.Finding // why it cannot be asked
	certain bool           // the fault will not pass by waiting
	proof   dns.Security   // of its addresses
	ends    []*endpoint    // one for each address asked
}

// routes is what the lookup came to.
type routes struct {
	hosts   []*exchanger
	verdict *Verdict // already decided: no host will be asked
}

func decided(word Word, f trace.Finding) *routes {
	return &routes{verdict: &Verdict{Word: word, Finding: f}}
}

// route finds where mail for the domain goes (RFC 5321 section 5.1), and beside it asks the resolver that programs on
// this device use.
func (r *run) route(ctx context.Context) *routes {
	if a, err := netip.ParseAddr(bare(r.o.Domain)); err == nil && r.o.toLiteral() {
		return r.literal(a)
	}
	var beside trace.Group
	defer beside.Wait()
	var mx dns.Exchangers
	var err error
	known := newGate()
	defer known.open()
	beside.Go(func() { r.compare(ctx, known, &mx, &err) })
	mx, err = r.exchangers(ctx)
	known.open()
	r.validated(mx.DNSSEC)
	if r.o.All {
		beside.Go(func() { r.agree(ctx) })
	}
	return r.routesOf(ctx, mx, err)
}

// exchangers walks to the domain's MX records.
func (r *run) exchangers(ctx context.Context) (mx dns.Exchangers, err error) {
	defer r.recovered(Hop{Step: Lookup, Where: r.o.Domain, What: "MX"}, func(f trace.Finding) { err = faulted{f} })
	return r.walker.WalkMX(ctx, r.o.Domain)
}

// validated keeps how far the MX records, or their absence, are proved.
func (r *run) validated(s dns.Security) {
	r.say(Hop{Step: Lookup, Where: s.Zone, What: "DNSSEC"}, s.Finding())
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.DNSSEC = s
}

// toLiteral reports a target that is an address and no name.
func (o Options) toLiteral() bool { return strings.HasPrefix(o.Domain, "[") }

// literal is the way to an address literal: no name is looked up (RFC 5321 section 4.1.3).
func (r *run) literal(a netip.Addr) *routes {
	x := &exchanger{Route: Route{Host: bare(r.o.Domain), Implicit: true, Addrs: []string{a.String()}}, addrs: []netip.Addr{a}}
	if dns.EverybodysOwn(a) {
		args := map[string]string{"host": r.o.Domain, "domain": r.o.Domain}
		x.fault, x.certain = &trace.Finding{Code: "trace.literal.local", Level: trace.Fail, Args: args}, true
	}
	return &routes{hosts: []*exchanger{x}}
}

func (r *run) routesOf(ctx context.Context, mx dns.Exchangers, err error) *routes {
	args := map[string]string{"domain": r.o.Domain, "host": r.o.Domain, "step": "2", "said": said(err)}
	var e *dns.Error
	errors.As(err, &e)
	switch {
	case isFaulted(err):
		return decided(NotKnown, trace.Finding{Code: faultCode, Level: trace.Unknown, Args: args})
	case e != nil && e.Kind == dns.NoData:
		return r.implicit(ctx, args)
	case err != nil:
		found := r.noRoute(ctx, e, args)
		r.say(Hop{Step: Lookup, Where: r.o.Domain, What: "MX"}, found.verdict.Finding)
		return found
	case mx.Null:
		f := trace.Finding{Code: "trace.mx.null", Level: trace.Fail, Args: args}
		r.say(Hop{Step: Lookup, Where: r.o.Domain, What: "MX ."}, f)
		return decided(Refused, f)
	}
	found := &routes{}
	for _, m := range mx.Hosts[:min(len(mx.Hosts), maxHosts)] {
		found.hosts = append(found.hosts, &exchanger{Route: Route{Host: m.Host, Preference: m.Preference}})
	}
	if n := len(mx.Hosts); n > maxHosts {
		r.say(Hop{Step: Lookup, Where: r.o.Domain, What: "MX"},
			trace.Finding{Code: "trace.mx.many", Level: trace.Warn, Args: map[string]string{"domain": r.o.Domain, "count": strconv.Itoa(n), "asked": strconv.Itoa(maxHosts)}})
	}
	var all trace.Group
	for _, x := range found.hosts {
		all.Go(func() { r.address(ctx, x) })
	}
	all.Wait()
	return r.withoutSelf(found, args)
}

// withoutSelf leaves out this device and every exchanger that is not better, as a mail server does so that mail does not
// go round in circles (RFC 5321 section 5.1).
func (r *run) withoutSelf(found *routes, args map[string]string) *routes {
	for _, x := range found.hosts {
		if !slices.ContainsFunc(x.addrs, func(a netip.Addr) bool { return slices.Contains(r.o.Self, a) }) {
			continue
		}
		f := trace.Finding{Code: "trace.mx.self", Level: trace.Warn, Args: map[string]string{"host": x.Host, "domain": r.o.Domain}}
		r.say(Hop{Step: Lookup, Where: x.Host, What: "addresses"}, f)
		found.hosts = slices.DeleteFunc(found.hosts, func(o *exchanger) bool { return o.Preference >= x.Preference })
		if len(found.hosts) == 0 {
			return decided(Refused, trace.Finding{Code: "trace.mx.loop", Level: trace.Fail, Args: args})
		}
		return found
	}
	return found
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// heardRoot reports that a root server answered: without that nothing is known of the servers below.
func (r *run) heardRoot() bool {
	return slices.ContainsFunc(r.hopsOf(Lookup), func(h Hop) bool {
		return h.Query != nil && h.Query.Zone == "." && h.Query.Rcode != "" && h.Query.Outcome != dns.Intercepted
	})
}

// noRoute is the verdict of a failed MX lookup: what an authoritative server denies is final; what could not be told
// makes the sender wait, never give up (RFC 5321 section 5.1). Where no root server was heard, it is this line that
// fails, and nothing is known of the domain.
func (r *run) noRoute(ctx context.Context, e *dns.Error, args map[string]string) *routes {
	f := trace.Finding{Level: trace.Fail, Args: args}
	if cutShort(ctx, e) || givenUp(ctx, e) {
		f.Code, f.Level = cutCode(ctx), trace.Unknown
		return decided(NotKnown, f)
	}
	switch e.Kind {
	case dns.NotFound:
		f.Code = "trace.domain.missing"
		return decided(Refused, f)
	case dns.BadName:
		f.Code = "dns.badname"
		return decided(Refused, f)
	case dns.Diverted:
		f.Code, f.Level = "trace.dns.intercepted", trace.Unknown
		return decided(NotKnown, f)
	case dns.Unreachable, dns.Timeout:
		if !r.heardRoot() {
			f.Code, f.Level = "trace.dns.noroot", trace.Unknown
			return decided(NotKnown, f)
		}
		f.Code = "trace.dns.silent"
	case dns.Lame:
		f.Code = "trace.dns.lame"
	case dns.Cycle, dns.Loop, dns.Budget:
		f.Code = "trace.dns.circle"
	default:
		f.Code = "trace.dns.broken"
	}
	return decided(Deferred, f)
}

// implicit makes a domain without MX records its own exchanger, if it has an address.
func (r *run) implicit(ctx context.Context, args map[string]string) *routes {
	x := &exchanger{Route: Route{Host: r.o.Domain, Implicit: true}}
	r.address(ctx, x)
	if x.fault != nil && x.certain {
		f := trace.Finding{Code: "trace.mx.none", Level: trace.Fail, Args: args}
		r.say(Hop{Step: Lookup, Where: r.o.Domain, What: "MX"}, f)
		return decided(Refused, f)
	}
	if x.fault == nil {
		r.say(Hop{Step: Lookup, Where: r.o.Domain, What: "no MX"}, trace.Finding{Code: "trace.mx.implicit", Level: trace.Warn, Args: args})
	}
	return &routes{hosts: []*exchanger{x}}
}

// address finds an exchanger's addresses.
func (r *run) address(ctx context.Context, x *exchanger) {
	h := Hop{Step: Lookup, Where: x.Host, What: "addresses"}
	defer r.recovered(h, func(f trace.Finding) { x.fault, x.addrs = &f, nil })
	args := map[string]string{"host": x.Host, "domain": r.o.Domain, "step": "2"}
	if _, err := netip.ParseAddr(x.Host); err == nil {
		x.fault, x.certain = &trace.Finding{Code: "trace.mx.literal", Level: trace.Fail, Args: args}, true
		r.say(h, *x.fault)
		return
	}
	got, err := r.walker.WalkAddrs(ctx, x.Host)
	if x.proof = got.DNSSEC; x.proof.Status == dns.Bogus {
		r.say(Hop{Step: Lookup, Where: x.Host, What: "DNSSEC"}, x.proof.Finding())
	}
	x.owner = got.Host
	args["aliases"], args["said"] = strings.Join(got.Aliases, " "), said(err)
	switch {
	case dns.Absent(err):
		x.fault, x.certain = &trace.Finding{Code: "trace.mx.noaddress", Level: trace.Fail, Args: args}, true
	case cutShort(ctx, err), givenUp(ctx, err):
		x.fault = &trace.Finding{Code: cutCode(ctx), Level: trace.Unknown, Args: args}
	case err != nil:
		x.fault = &trace.Finding{Code: "trace.mx.unknown", Level: trace.Fail, Args: args}
	case len(got.Aliases) > 0 && !x.Implicit:
		r.say(h, trace.Finding{Code: "trace.mx.alias", Level: trace.Warn, Args: args})
	}
	if x.fault != nil {
		r.say(h, *x.fault)
		return
	}
	x.addrs = slices.DeleteFunc(got.Addrs, dns.EverybodysOwn)
	if len(x.addrs) == 0 {
		x.fault, x.certain = &trace.Finding{Code: "trace.mx.local", Level: trace.Fail, Args: args}, true
		r.say(h, *x.fault)
		return
	}
	x.addrs = x.addrs[:min(len(x.addrs), maxPerHost)]
	for _, a := range x.addrs {
		x.Addrs = append(x.Addrs, a.String())
	}
}

// compare asks the system's resolver the same and says whether it answers alike: caches, filters and split views show
// here. known is opened when the walk's own answer is there.
func (r *run) compare(ctx context.Context, known *gate, mx *dns.Exchangers, walked *error) {
	stub := dns.New(dns.Options{Net: r.o.Net, Span: r.span, Tries: 2, Seed: r.o.Seed})
	name := "of this device"
	if list := stub.Servers(); len(list) > 0 {
		name = list[0]
	}
	h := r.begin(nil, Hop{Step: Lookup, Kind: KindResolver, Where: "resolver", Addr: name, What: r.o.Domain + " MX"})
	defer r.recovered(h, nil)
	within, over := r.o.Waits.begin(ctx, h.ID)
	defer over()
	got, err := stub.LookupMX(within, r.o.Domain)
	over()
	if within.Err() != nil && !wire.TimeUp(ctx) {
		r.end(h, trace.Finding{Code: "trace.resolver.givenup", Level: trace.Unknown, Args: map[string]string{"server": name, "host": r.o.Domain}})
		return
	}
	<-known.done
	f := trace.Finding{Code: "trace.resolver.same", Level: trace.Pass, Args: map[string]string{"server": name, "host": r.o.Domain, "said": said(err)}}
	own, theirs := answerOf(*mx, *walked), answerOf(got, err)
	f.Args["walked"], f.Args["resolved"] = own, theirs
	switch {
	case err != nil && !dns.Absent(err):
		f.Code, f.Level = "trace.resolver.silent", trace.Unknown
	case *walked != nil && !dns.Absent(*walked) && (err != nil || !r.heardRoot() || cutShort(ctx, *walked) || givenUp(ctx, *walked) || isFaulted(*walked)):
		f.Code, f.Level = "trace.resolver.alone", trace.Unknown
	case *walked != nil && !dns.Absent(*walked):
		f.Code, f.Level = "trace.resolver.cached", trace.Warn
	case own != theirs:
		f.Code, f.Level = "trace.resolver.differs", trace.Warn
	}
	r.end(h, f)
}

// agree asks every name server of the domain and says whether those that answer say the same, of the records and of the
// zone's version.
func (r *run) agree(ctx context.Context) {
	defer r.recovered(Hop{Step: Lookup, Where: r.o.Domain, What: "all name servers"}, nil)
	hops, err := r.walker.WalkAll(ctx, r.o.Domain, "MX")
	if err != nil || len(hops) == 0 {
		return
	}
	answers, serials := map[string][]string{}, map[string][]string{}
	for _, q := range hops {
		switch q.Outcome {
		case dns.Answers, dns.Empty, dns.Nonexistent, dns.Aliases:
			answers[meaning(q)] = append(answers[meaning(q)], q.Server)
		}
		if q.Serial != 0 {
			version := strconv.FormatUint(uint64(q.Serial), 10)
			serials[version] = append(serials[version], q.Server)
		}
	}
	if len(answers) == 0 {
		return // nobody said what could be compared
	}
	h := Hop{Step: Lookup, Where: hops[0].Zone, What: "all " + strconv.Itoa(len(hops)) + " addresses"}
	f := trace.Finding{Code: "trace.dns.agree", Level: trace.Pass, Args: map[string]string{"domain": r.o.Domain, "zone": hops[0].Zone, "count": strconv.Itoa(len(hops))}}
	if len(answers) > 1 {
		f.Code, f.Level, f.Args["said"] = "trace.dns.disagree", trace.Warn, differences(answers)
	}
	r.say(h, f)
	if len(serials) > 1 {
		args := map[string]string{"zone": hops[0].Zone, "said": differences(serials)}
		r.say(h, trace.Finding{Code: "trace.dns.serials", Level: trace.Warn, Args: args})
	}
}

// differences writes who says what.
func differences(by map[string][]string) string {
	var all []string
	for _, said := range slices.Sorted(maps.Keys(by)) {
		all = append(all, strings.Join(by[said], " ")+": "+said)
	}
	return strings.Join(all, "; ")
}

// meaning is what a server answered, without times to live and the order of records.
func meaning(q dns.Hop) string {
	if q.Outcome != dns.Answers && q.Outcome != dns.Aliases {
		return string(q.Outcome)
	}
	var all []string
	for _, line := range q.Answer {
		if f := strings.Fields(line); len(f) > 3 && f[3] != "RRSIG" { // each server may sign for itself
			all = append(all, strings.ToLower(strings.Join(f[3:], " ")))
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// answerOf writes an MX answer so that two can be compared. A resolver's implicit MX is the absence of records.
func answerOf(mx dns.Exchangers, err error) string {
	var e *dns.Error
	switch {
	case errors.As(err, &e) && e.Kind == dns.NotFound:
		return "no such name"
	case err != nil, mx.Implicit:
		return "no MX"
	case mx.Null:
		return "0 ."
	}
	var all []string
	for _, m := range mx.Hosts {
		all = append(all, fmt.Sprintf("%d %s", m.Preference, m.Host))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// lookupState sums the second step up: it failed when there is nobody to go to, and has warnings when a server on the
// way did not do its part.
func lookupState(found *routes, hops []Hop) State {
	usable := slices.ContainsFunc(found.hosts, func(x *exchanger) bool { return x.fault == nil })
	if !usable {
		untold := func(x *exchanger) bool { return x.fault.Level == trace.Unknown }
		if found.verdict != nil && found.verdict.Word == NotKnown || slices.ContainsFunc(found.hosts, untold) {
			return Unknown
		}
		return Fail
	}
	for _, h := range hops {
		if (h.State == Fail || h.State == Warn) && h.Finding != nil && !passing(*h.Finding) {
			return Warn
		}
	}
	return OK
}

package delivery

import (
	"context"
	"errors"
	"slices"
	"strings"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// brokenCode names how a dialogue broke off.
func brokenCode(err error) string {
	var e *wire.Error
	if !errors.As(err, &e) {
		return "trace.broken"
	}
	switch e.Code {
	case wire.CodeSlow:
		return "trace.slow"
	case wire.CodeSilent, wire.CodeTLSPort:
		return "trace.stalled"
	case wire.CodeClosed:
		return "trace.dropped"
	case wire.CodeGarbled, wire.CodeFlood, wire.CodeTLSPeer:
		return "trace.nosmtp"
	}
	return "trace.broken"
}

// first lets the first step that failed decide: what our own server refuses goes no further, and what was delivered can
// still be out of the recipient's reach.
func (r *run) first(v Verdict) Verdict {
	switch {
	case r.offline != nil: // nothing was heard of anybody
		v.Word, v.Finding = NotKnown, *r.offline
	case r.misdated(r.broken): // the message waits on this device until its clock is set
		v.Word, v.Finding = Deferred, *r.clock
	case r.broken != nil:
		v.Word, v.Finding = Deferred, *r.broken // it waits on this device, unless the server will never take it
		d := explain.Finding(v.Finding, explain.English)
		if d.Refused && d.Retry == explain.RetryNever || givenBack(v.Finding) {
			v.Word = Refused
		}
	case r.forged != nil:
		v.Word, v.Finding = Deferred, *r.forged
	case r.clock == nil && r.held != nil && !r.turnedAway(v):
		v.Word, v.Finding = Deferred, *r.held
	case r.misdated(r.unread) && v.Word == Delivered:
		v.Finding = *r.clock
	case r.unread != nil && v.Word == Delivered:
		v.Finding = *r.unread
	case r.post.arrived != nil && r.post.arrived.Level == trace.Pass:
		v.Word, v.Finding = Delivered, *r.post.arrived
	case r.post.taken != nil && r.post.taken.Code == lostCode: // a mail server keeps what was not confirmed
		v.Word, v.Finding = Deferred, *r.post.taken
		v.Finding.Level = trace.Fail
	case r.post.arrived != nil:
		v.Word, v.Finding = Delivered, *r.post.arrived
	case r.post.taken != nil && v.Word == Delivered:
		v.Finding = *r.post.taken
	}
	if r.ended != nil && v.Finding.Level != trace.Pass {
		v.Word, v.Finding = NotKnown, *r.ended
	}
	d := explain.Finding(v.Finding, explain.English)
	v.Who = d.Who
	if v.Finding.Level != trace.Pass {
		v.Step = d.Step
	}
	v.Retry = v.retry()
	return v
}

// explains reports what follows from the verdict: where the DNS of a name failed, nothing that was found of the names
// under it is a fault of its own, such as a login to a host there. What name servers said is the fault itself, a server a line.
func (v Verdict) explains(f trace.Finding) bool {
	if v.Step != Lookup || v.Word != Deferred && v.Word != Refused {
		return false
	}
	under := func(name, zone string) bool {
		return name != "" && zone != "" && (strings.EqualFold(name, zone) || strings.HasSuffix(strings.ToLower(name), "."+strings.ToLower(zone)))
	}
	for _, failed := range []string{v.Finding.Args["domain"], v.Finding.Args["host"], v.Finding.Args["zone"]} {
		for _, name := range []string{f.Args["domain"], f.Args["host"], f.Args["zone"]} {
			if under(strings.TrimSuffix(name, "."), failed) {
				return true
			}
		}
	}
	return false
}

// givenBack reports a 5yz to a command of the message itself, whatever it may mean (RFC 5321 section 4.2.1).
func givenBack(f trace.Finding) bool {
	return slices.Contains([]string{"MAIL", "RCPT", "DATA"}, f.Args["command"]) && strings.HasPrefix(f.Args["said"], "5")
}

// turnedAway reports a refusal that those who honour a policy meet too: before TLS, or of the recipient. One of MAIL is
// often only the demand for TLS.
func (r *run) turnedAway(v Verdict) bool {
	return v.Finding.Level != trace.Pass && v.Finding.Args["command"] != "MAIL"
}

// distrust notes that a validating resolver gives no answer where the MX records, or the addresses of every exchanger,
// are bogus: mail servers behind one keep the message (RFC 4035 section 5.5). A clock or a root key that is wrong here says
// nothing of them.
func (r *run) distrust(hosts []*exchanger) {
	bogus := func(s dns.Security) bool {
		return s.Status == dns.Bogus && explain.Finding(s.Finding(), explain.English).Who == explain.DNS
	}
	if bogus(r.report.DNSSEC) {
		f := r.report.DNSSEC.Finding()
		r.forged = &f
		return
	}
	if len(hosts) == 0 || slices.ContainsFunc(hosts, func(x *exchanger) bool { return !bogus(x.proof) }) {
		return
	}
	f := hosts[0].proof.Finding()
	r.forged = &f
}

// decide says what a mail server would do now: it tries the hosts in order, takes the first that accepts, gives up at
// the first that refuses the recipient for good, and keeps the message as long as any other might take it later
// (RFC 5321 sections 4.5.4 and 5.1).
func (r *run) decide(ctx context.Context, hosts []*exchanger) Verdict {
	var later, final, unseen, elsewhere *trace.Finding
	first := func(at **trace.Finding, f trace.Finding) {
		if *at == nil {
			*at = &f
		}
	}
	for _, x := range hosts {
		if x.fault != nil {
			switch {
			case x.certain:
				first(&final, *x.fault)
			case x.fault.Level == trace.Unknown:
				first(&unseen, *x.fault)
			default:
				first(&later, *x.fault)
			}
			continue
		}
		for _, e := range best(x.ends) {
			switch e.class {
			case accepts:
				return Verdict{Word: Delivered, Finding: e.why}
			case ready:
				return Verdict{Word: NotKnown, Finding: e.why}
			case never:
				return Verdict{Word: Refused, Finding: e.why}
			case notHere:
				first(&final, e.why)
			case notNow:
				first(&later, e.why)
			case notReached:
				if e.noRoute { // an address that could be tried says more
					first(&elsewhere, e.why)
					continue
				}
				first(&unseen, e.why)
			}
		}
	}
	if unseen == nil {
		unseen = elsewhere
	}
	switch {
	case wire.TimeUp(ctx) && later == nil && final == nil:
		return Verdict{Word: NotKnown, Finding: trace.Finding{Code: "trace.stopped", Level: trace.Unknown, Args: map[string]string{"domain": r.o.Domain}}}
	case later != nil:
		return Verdict{Word: Deferred, Finding: *later}
	case unseen != nil:
		return Verdict{Word: NotKnown, Finding: *unseen}
	}
	return Verdict{Word: Refused, Finding: *final}
}

// best leaves out addresses that only stopped before the recipient because another address of the host was asked.
func best(ends []*endpoint) []*endpoint {
	if !slices.ContainsFunc(ends, func(e *endpoint) bool { return e.named }) {
		return ends
	}
	var out []*endpoint
	for _, e := range ends {
		if e.named || e.class != ready {
			out = append(out, e)
		}
	}
	return out
}

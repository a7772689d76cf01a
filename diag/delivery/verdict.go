package delivery

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// The words by which servers say what their codes leave open, in lower case.
var (
	greyWords = regexp.MustCompile(`gr[ae]y-?list|postgrey|try (again )?(later|in )|come back|retry (later|in )`)
	fullWords = regexp.MustCompile(`quota|mailbox (is )?full|over ?quota|too much mail data`)
	whoWords  = regexp.MustCompile(`user unknown|unknown user|no such (user|recipient|mailbox)|(recipient|mailbox|address|user) (is |was )?(unknown|unavailable|not found|does not exist|rejected)|invalid recipient|does not exist`)
	listWords = regexp.MustCompile(`blacklist|blocklist|block list|spamhaus|dnsbl|rbl|reputation|blocked using|listed (at|in|by)`)
)

// refusal names what a server refused with. The enhanced code decides (RFC 3463); text is asked where codes say no
// more than yes or no.
func (t *talk) refusal(e *smtp.Error) trace.Finding {
	r := e.Reply
	f := t.found("trace.refused", trace.Fail, nil)
	f.Args["said"], f.Args["command"] = r.String(), e.Verb
	text, recipient := strings.ToLower(r.Text()), e.Verb == "RCPT"
	_, subject, _ := strings.Cut(r.Enhanced, ".")
	switch {
	case r.Code == 421:
		f.Code, f.Level = "trace.busy", trace.Warn
	case r.Temporary() && recipient && (subject == "7.1" || subject == "7.0" || subject == "" || subject == "2.0") && greyWords.MatchString(text):
		f.Code, f.Level = "trace.greylisted", trace.Warn
	case r.Temporary() && (subject == "2.2" || r.Code == 452 && fullWords.MatchString(text)):
		f.Code, f.Level = "trace.full.now", trace.Warn
	case r.Temporary():
		f.Code, f.Level = "trace.notnow", trace.Warn
	case listWords.MatchString(text):
		f.Code = "trace.refused.listed"
	case recipient && (subject == "1.1" || subject == "1.10" || subject == "1.6" || subject == "1.3" || whoWords.MatchString(text)):
		f.Code = "trace.refused.nobody"
	case recipient && (subject == "2.2" || r.Code == 552 || fullWords.MatchString(text)):
		f.Code = "trace.refused.full"
	case strings.HasPrefix(subject, "7."):
		f.Code = "trace.refused.policy"
	case e.Verb == "greeting" || e.Verb == "EHLO" || e.Verb == "HELO":
		f.Code = "trace.refused.host"
	}
	return f
}

// brokenCode names how a dialogue broke off.
func brokenCode(err error) string {
	var e *wire.Error
	if !errors.As(err, &e) {
		return "trace.broken"
	}
	switch e.Code {
	case wire.CodeSilent, wire.CodeSlow, wire.CodeTLSPort, wire.CodeCancelled:
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
	case r.broken != nil:
		v.Word, v.Finding = Deferred, *r.broken // it waits on this device, unless the server will never take it
		if d := explain.Finding(v.Finding, explain.English); d.Refused && d.Retry == explain.RetryNever {
			v.Word = Refused
		}
	case r.forged != nil:
		v.Word, v.Finding = Deferred, *r.forged
	case r.held != nil && !r.turnedAway(v):
		v.Word, v.Finding = Deferred, *r.held
	case r.unread != nil && v.Word == Delivered:
		v.Finding = *r.unread
	}
	d := explain.Finding(v.Finding, explain.English)
	v.Who = d.Who
	if v.Finding.Level != trace.Pass {
		v.Step = d.Step
	}
	return v
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
	var later, final, unseen *trace.Finding
	first := func(at **trace.Finding, f trace.Finding) {
		if *at == nil {
			*at = &f
		}
	}
	for _, x := range hosts {
		if x.fault != nil {
			if x.certain {
				first(&final, *x.fault)
			} else {
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
				first(&unseen, e.why)
			}
		}
	}
	switch {
	case ctx.Err() != nil && later == nil && final == nil:
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

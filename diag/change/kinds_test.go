package change

import (
	"slices"
	"testing"
	"time"

	"todoku/diag/compare"
	"todoku/diag/delivery"
	"todoku/embedded-server/fault"
	tr "todoku/internal/trace"
	"todoku/protocols/dns"
)

// TestEveryKindOfChangeIsMet compares a healthy run with broken and edited ones, there and back.
func TestEveryKindOfChangeIsMet(t *testing.T) {
	_, trace := small(t)
	healthy := trace()
	met := map[string]bool{}
	thereAndBack := func(other delivery.Report) {
		for _, changes := range [][]Change{Between(healthy, other), Between(other, healthy)} {
			for _, c := range changes {
				met[c.Code] = true
			}
		}
	}
	thereAndBack(trace(fault.Rule{Host: "mx2.tsuru.test", Stage: fault.Connect, Do: fault.Action{Close: true}}))
	thereAndBack(trace(fault.Rule{Host: "ns?.tsuru.test", Stage: fault.Query, Match: fault.Match{Name: "*"}, Do: fault.Action{Reply: "REFUSED"}}))
	thereAndBack(trace(fault.Rule{Host: "mx2.tsuru.test", Stage: fault.TLS, Do: fault.Action{Certificate: fault.Expired}}))
	thereAndBack(trace(fault.Rule{Host: "ns?.tsuru.test", Stage: fault.Query, Match: fault.Match{Name: "tsuru.test", Type: "MX"},
		Do: fault.Action{Records: []string{"tsuru.test. 300 MX 0 ."}}}))
	for _, edit := range []func(*delivery.Report){
		eachCommand("banner", func(h *delivery.Hop) { h.Reply.Lines[0], h.Elapsed = "mx ESMTP other", h.Elapsed+2*time.Second }),
		eachCommand("RCPT", func(h *delivery.Hop) { h.Reply.Code = 450 }),
		eachCommand("EHLO in TLS", func(h *delivery.Hop) { h.Offers = []string{"SIZE 1000"} }),
		eachCommand("STARTTLS", func(h *delivery.Hop) { h.TLS.Version = "TLS 1.2" }),
		leaf(func(c *tr.CertFacts) { c.SHA256, c.NotAfter = "new", c.NotAfter.AddDate(0, 3, 0) }),
		eachCommand("STARTTLS", func(h *delivery.Hop) { h.TLS.Verified, h.TLS.Problem = false, "tls.expired" }),
		func(r *delivery.Report) { r.Steps[3].State = delivery.Fail },
		func(r *delivery.Report) {
			for i := range r.Hops {
				if r.Hops[i].Finding.Code == "local.line" {
					r.Hops[i].Finding.Args["ipv4"] = "203.0.113.7"
				}
			}
		},
		func(r *delivery.Report) { r.Policies.STS.Policy.Mode = "testing" },
		func(r *delivery.Report) {
			r.Hops = slices.DeleteFunc(r.Hops, func(h delivery.Hop) bool { return h.What == "RCPT" })
		},
		func(r *delivery.Report) {
			eachQuery(r, func(q *dns.Hop) {
				if q.For == "mx1.tsuru.test AAAA" && q.Outcome == dns.Answers {
					q.Answer, q.Outcome = nil, dns.Empty
				}
			})
		},
		func(r *delivery.Report) {
			for i := range r.Hops {
				r.Hops[i].Elapsed += 2 * time.Second
			}
		},
	} {
		edited := clone(t, healthy)
		edit(&edited)
		thereAndBack(edited)
	}
	for _, code := range []string{
		"change.run.record.added", "change.run.record.removed", "change.run.record.changed", "change.run.record.unanswered",
		"change.run.record.answered", "change.run.dnssec", "change.run.server.fails", "change.run.server.answers", "change.run.policy",
		"change.run.judgement", "change.run.device", "change.run.resolver", "change.run.reply", "change.run.outcome", "change.run.banner", "change.run.capability.added",
		"change.run.capability.removed", "change.run.capability.changed", "change.run.tls.version", "change.run.tls.renewed",
		"change.run.tls.other", "change.run.tls.judged", "change.run.hop.gone", "change.run.hop.new", "change.run.slower", "change.run.faster",
		"change.run.step", "change.run.verdict", "change.run.longer", "change.run.shorter",
	} {
		if !met[code] {
			t.Errorf("%s is never told", code)
		}
	}
}

// Comparisons, too, are told there and back.
func TestEveryKindOfChangeBetweenComparisonsIsMet(t *testing.T) {
	met := map[string]bool{}
	for _, edit := range []func(*compare.Report){
		func(r *compare.Report) { r.Offers[0].State = compare.NA },
		func(r *compare.Report) {
			r.Offers[0].Notes = []tr.Finding{{Code: "compare.offer.same-uidl", Level: tr.Warn, Args: map[string]string{"count": "2"}}}
		},
		func(r *compare.Report) {
			r.Rows[0].POP3.Counters = tr.Counters{In: 20_000, Out: 1402, RoundTrips: 16, Handshakes: 2}
		},
	} {
		other := contestOf()
		edit(&other)
		for _, changes := range [][]Change{BetweenComparisons(contestOf(), other), BetweenComparisons(other, contestOf())} {
			for _, c := range changes {
				met[c.Code] = true
			}
		}
	}
	for _, code := range []string{"change.compare.offered", "change.compare.not-offered", "change.compare.oddity.new", "change.compare.oddity.gone",
		"change.compare.up.more", "change.compare.up.fewer"} {
		if !met[code] {
			t.Errorf("%s is never told", code)
		}
	}
}

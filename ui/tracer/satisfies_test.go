package tracer

import (
	"strings"
	"testing"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/ui/text"
)

// The pane says of each policy what the run found for this address, not what a verified chain makes likely: a certificate
// that signed itself satisfies DANE if a TLSA record names it.
func TestTheCertificateIsHeldToEachPolicy(t *testing.T) {
	secured := func(step int, f trace.TLSFacts) delivery.Hop {
		f.Version = "TLS 1.3"
		return delivery.Hop{Step: step, Kind: delivery.KindCommand, Where: "mx1.tsuru.test", Addr: "192.0.2.31:25", What: "STARTTLS", State: delivery.OK, TLS: &f}
	}
	own := trace.TLSFacts{Problem: "tls.unknown-authority", Chain: []trace.CertFacts{{Subject: "CN=mx1.tsuru.test", Issuer: "CN=mx1.tsuru.test"}}}
	said := func(kind delivery.Kind, where, addr, what, code string, state delivery.State) delivery.Hop {
		return delivery.Hop{Step: delivery.Transfer, Kind: kind, Where: where, Addr: addr, What: what, State: state,
			Finding: &trace.Finding{Code: code, Args: map[string]string{"host": where, "domain": "tsuru.test"}}}
	}
	for name, c := range map[string]struct {
		lang  text.Lang
		hops  []delivery.Hop
		want  []string
		never []string
	}{
		"DANE for one that signed itself": {text.EN, []delivery.Hop{secured(delivery.Transfer, own),
			said(delivery.KindPolicy, "tsuru.test", "", "MTA-STS", "policy.sts.enforce", delivery.OK),
			said(delivery.KindPolicy, "mx1.tsuru.test", "", "TLSA", "policy.dane.ready", delivery.OK),
			said(delivery.KindFact, "mx1.tsuru.test", "192.0.2.31:25", "MTA-STS", "policy.sts.untrusted", delivery.Fail),
			said(delivery.KindFact, "mx1.tsuru.test", "192.0.2.31:25", "DANE", "policy.dane.met", delivery.OK),
			said(delivery.KindFact, "mx1.tsuru.test", "192.0.2.99:25", "DANE", "policy.dane.mismatch", delivery.Fail)},
			[]string{"not verified: no authority", "opportunistic TLS: yes", "MTA-STS: The certificate of mx1.tsuru.test does not satisfy the MTA-STS policy.",
				"DANE: The certificate of mx1.tsuru.test matches its TLSA record."}, []string{"matches none", "says by DANE"}},
		"no policy": {text.EN, []delivery.Hop{secured(delivery.Transfer, trace.TLSFacts{Verified: true}),
			said(delivery.KindPolicy, "tsuru.test", "", "MTA-STS", "policy.sts.absent", delivery.NA),
			said(delivery.KindPolicy, "mx1.tsuru.test", "", "TLSA", "policy.dane.absent", delivery.NA),
			said(delivery.KindPolicy, "mx2.tsuru.test", "", "TLSA", "policy.dane.bogus", delivery.Fail)},
			[]string{"opportunistic TLS: yes", "MTA-STS: tsuru.test publishes no MTA-STS policy.", "DANE: mx1.tsuru.test has no TLSA record."}, []string{"mx2"}},
		"taken back": {text.EN, []delivery.Hop{secured(delivery.Transfer, trace.TLSFacts{Verified: true}),
			said(delivery.KindPolicy, "tsuru.test", "", "MTA-STS", "policy.sts.none", delivery.OK)},
			[]string{"MTA-STS: tsuru.test has taken its MTA-STS policy back.", "DANE: not judged in this run"}, nil},
		"in Japanese": {text.JA, []delivery.Hop{secured(delivery.Transfer, own),
			said(delivery.KindFact, "mx1.tsuru.test", "192.0.2.31:25", "DANE", "policy.dane.met", delivery.OK)},
			[]string{"日和見TLS: 適合", "MTA-STS: この追跡では判定していません", "DANE: mx1.tsuru.test の証明書は TLSA レコードと一致します。"}, nil},
		"step 1": {text.EN, []delivery.Hop{secured(delivery.Submission, trace.TLSFacts{Verified: true})},
			[]string{"verified: name, dates and signatures hold"}, []string{"opportunistic", "MTA-STS", "DANE"}},
	} {
		s := long(0)
		s.env.Words = text.New(c.lang)
		for i, h := range c.hops {
			h.ID, h.Began = i+1, start
			s.run.take(h, s.now)
		}
		s.rebuild()
		shown := told(s.hopLines(row{step: c.hops[0].Step, hops: []int{0}}, 120, false))
		for _, w := range c.want {
			if !strings.Contains(shown, w) {
				t.Errorf("%s: %q is not in\n%s", name, w, shown)
			}
		}
		for _, n := range c.never {
			if strings.Contains(shown, n) {
				t.Errorf("%s: %q is in\n%s", name, n, shown)
			}
		}
	}
}

// told is the text of lines.
func told(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		for _, p := range l.pieces {
			b.WriteString(string(p.text) + " ")
		}
		b.WriteString("\n")
	}
	return b.String()
}

package delivery

import (
	"slices"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

func (v Verdict) says(code string) bool {
	return slices.ContainsFunc(append(v.Also, v.Finding), func(f trace.Finding) bool { return f.Code == code })
}

// The policies of a healthy domain are hops of their own, and each address says which of them its certificate satisfies.
func TestPoliciesAreHops(t *testing.T) {
	_, n := small(t)
	r := traced(t, options(n, "hanako@tsuru.test"))
	all := strings.Join(codes(r), "\n")
	for _, want := range []string{"tsuru.test MTA-STS: ok policy.sts.enforce", "tsuru.test TLS-RPT: ok policy.tlsrpt.found", "mx1.tsuru.test TLSA: ok policy.dane.ready",
		"mx1.tsuru.test PTR 192.0.2.31: ok policy.ptr.confirmed", "mx1.tsuru.test PTR 2001:db8::31: ok policy.ptr.confirmed",
		"mx1.tsuru.test MTA-STS: ok policy.sts.met", "mx2.tsuru.test MTA-STS: ok policy.sts.met",
		"mx1.tsuru.test DANE: ok policy.dane.met", "mx2.tsuru.test DANE: ok policy.dane.met"} {
		if !strings.Contains(all, want) {
			t.Errorf("no hop %q:\n%s", want, all)
		}
	}
	p := r.Policies
	if p == nil || !p.STS.InForce() || len(p.TLSRPT.RUA) != 1 || len(p.DANE) != 2 || len(p.Reverse) != 3 {
		t.Fatalf("%+v", p)
	}
	if r := traced(t, options(n, "hanako@tsuru-mail.test")); r.Policies != nil {
		t.Errorf("policies of a domain that does not exist: %+v", r.Policies)
	}
}

// A policy in force that no exchanger satisfies decides the verdict; one that cannot be had, or that another exchanger
// satisfies, does not.
func TestPoliciesThatNoHostSatisfies(t *testing.T) {
	page := func(p fault.Page) fault.Rule {
		return fault.Rule{Stage: fault.HTTP, Match: fault.Match{Name: "/.well-known/mta-sts.txt"}, Do: fault.Action{Page: p}}
	}
	policyPage := func(reply string) fault.Rule {
		r := page(fault.Page{})
		r.Do.Reply = reply
		return r
	}
	tlsa := func(name string, do fault.Action) fault.Rule {
		return fault.Rule{Host: "ns?.tsuru.test", Stage: fault.Query, Match: fault.Match{Name: name, Type: "TLSA"}, Do: do}
	}
	otherKey := func(host string) fault.Rule {
		name := "_25._tcp." + host
		return tlsa(name, fault.Action{Records: []string{name + ". 60 TLSA 3 1 1 " + strings.Repeat("00", 32)}})
	}
	certificate := func(host string, kind fault.Certificate) fault.Rule {
		return fault.Rule{Host: host, Stage: fault.TLS, Do: fault.Action{Certificate: kind}}
	}
	for name, c := range map[string]struct {
		rules     []fault.Rule
		has       string // a hop's code
		sts, dane bool   // senders that honour the policy hold the message
	}{
		"healthy":                   {nil, "policy.sts.met", false, false},
		"one of two":                {[]fault.Rule{certificate("mx1.tsuru.test", fault.OtherName)}, "policy.sts.untrusted", false, false},
		"other names":               {[]fault.Rule{certificate("mx?.tsuru.test", fault.OtherName)}, "policy.sts.untrusted", true, true},
		"self-signed":               {[]fault.Rule{certificate("mx?.tsuru.test", fault.SelfSigned)}, "policy.sts.untrusted", true, true},
		"expired":                   {[]fault.Rule{certificate("mx?.tsuru.test", fault.Expired)}, "policy.sts.untrusted", true, true},
		"no STARTTLS":               {[]fault.Rule{{Host: "mx?.tsuru.test", Stage: fault.Helo, Do: fault.Action{Reply: "250 mx.tsuru.test"}}}, "policy.dane.plain", true, true},
		"no TLSA answer":            {[]fault.Rule{tlsa("", fault.Action{Reply: "SERVFAIL"})}, "policy.dane.failed", false, true},
		"unsigned TLSA":             {[]fault.Rule{tlsa("", fault.Action{Answer: fault.Answer{Signatures: fault.Unsigned}})}, "policy.dane.bogus", false, true},
		"expired TLSA":              {[]fault.Rule{tlsa("", fault.Action{Answer: fault.Answer{Signatures: fault.ExpiredSigs}})}, "policy.dane.bogus", false, true},
		"another key":               {[]fault.Rule{otherKey("mx1.tsuru.test"), otherKey("mx2.tsuru.test")}, "policy.dane.mismatch", false, true},
		"another key at one":        {[]fault.Rule{otherKey("mx2.tsuru.test")}, "policy.dane.mismatch", false, false},
		"policy for others":         {[]fault.Rule{page(fault.Page{Body: "version: STSv1\nmode: enforce\nmx: *.mx1.tsuru.test\nmax_age: 60\n"})}, "policy.sts.unlisted", true, false},
		"policy of errors":          {[]fault.Rule{page(fault.Page{Body: "version: STSv1\nmode: enforced\nmax_age: 60\n"})}, "policy.sts.mode", false, false},
		"policy too long":           {[]fault.Rule{page(fault.Page{Pad: 100_000})}, "policy.sts.size", false, false},
		"policy host's certificate": {[]fault.Rule{{Host: "web.nic.test", Stage: fault.TLS, Do: fault.Action{Certificate: fault.Expired}}}, "policy.sts.certificate", false, false},
		"self-signed at one":        {[]fault.Rule{certificate("mx1.tsuru.test", fault.SelfSigned)}, "policy.dane.met", false, false},
		"policy is missing":         {[]fault.Rule{certificate("mx?.tsuru.test", fault.SelfSigned), policyPage("404")}, "policy.sts.status", false, true},
		"policy redirects":          {[]fault.Rule{certificate("mx?.tsuru.test", fault.SelfSigned), policyPage("301")}, "policy.sts.redirect", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, c.rules...)
			o := options(n, "hanako@tsuru.test")
			o.Stop = AfterSTARTTLS
			r := traced(t, o)
			v := r.Verdict
			if !has(r, c.has) || v.says("policy.sts.holds") != c.sts || has(r, "policy.dane.holds") != c.dane {
				t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
			}
			want := Verdict{Word: NotKnown, Who: "nobody"}
			if c.sts || c.dane {
				want = Verdict{Word: Deferred, Who: "recipient", Step: Transfer}
			}
			if strings.HasSuffix(name, " TLSA") || name == "no TLSA answer" { // records that cannot be trusted
				want = Verdict{Word: Deferred, Who: "dns", Step: Lookup}
			}
			if v.Word != want.Word || v.Who != want.Who || v.Step != want.Step {
				t.Errorf("%s by %s at %d: %+v", v.Word, v.Who, v.Step, v.Finding)
			}
		})
	}
}

// An exchanger that the policy does not name is passed over, however good its certificate.
func TestAnExchangerOutsideThePolicy(t *testing.T) {
	_, n := small(t, fault.Rule{Host: "ns?.fuji.test", Stage: fault.Query, Match: fault.Match{Name: "fuji.test", Type: "MX"},
		Do: fault.Action{Records: []string{"fuji.test. 60 MX 10 mx1.sakura.test."}}})
	o := options(n, "bob@fuji.test")
	o.Stop = AfterSTARTTLS
	r := traced(t, o)
	if !has(r, "policy.sts.unlisted") || !has(r, "policy.dane.met") || !r.Verdict.says("policy.sts.holds") || r.Verdict.says("policy.dane.holds") {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
}

// What every sender is told comes before what only some of them ask for.
func TestRefusalsComeBeforePolicies(t *testing.T) {
	_, n := small(t, fault.Rule{Host: "mx?.tsuru.test", Stage: fault.TLS, Do: fault.Action{Certificate: fault.SelfSigned}})
	v := traced(t, options(n, "nobody@tsuru.test")).Verdict
	if v.Word != Refused || v.Finding.Code != "trace.refused.nobody" || !v.says("policy.dane.holds") {
		t.Errorf("%+v", v)
	}
}

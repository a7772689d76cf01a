package delivery

import (
	"slices"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

func (v Verdict) alsoSays(code string) bool {
	return slices.ContainsFunc(v.Also, func(f trace.Finding) bool { return f.Code == code })
}

// The policies of a healthy domain are hops of their own, and each address says which of them its certificate satisfies.
func TestPoliciesAreHops(t *testing.T) {
	_, n := small(t)
	r := traced(t, options(n, "hanako@tsuru.test"))
	all := strings.Join(codes(r), "\n")
	for _, want := range []string{"tsuru.test MTA-STS: ok policy.sts.enforce", "tsuru.test TLS-RPT: ok policy.tlsrpt.found", "mx1.tsuru.test TLSA: ",
		"mx1.tsuru.test PTR 192.0.2.31: ok policy.ptr.confirmed", "mx1.tsuru.test PTR 2001:db8::31: ok policy.ptr.confirmed",
		"mx1.tsuru.test MTA-STS: ok policy.sts.met", "mx2.tsuru.test MTA-STS: ok policy.sts.met"} {
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

// What a policy forbids is a warning beside the verdict: servers that know no policy hand the message over.
func TestPoliciesThatNoHostSatisfies(t *testing.T) {
	policyPage := func(reply string) fault.Rule {
		return fault.Rule{Stage: fault.HTTP, Match: fault.Match{Name: "/.well-known/mta-sts.txt"}, Do: fault.Action{Reply: reply}}
	}
	certificate := func(host string, kind fault.Certificate) fault.Rule {
		return fault.Rule{Host: host, Stage: fault.TLS, Do: fault.Action{Certificate: kind}}
	}
	for name, c := range map[string]struct {
		rules []fault.Rule
		has   string // a hop's code
		sts   bool   // senders that honour it hold the message
	}{
		"healthy":           {nil, "policy.sts.met", false},
		"one of two":        {[]fault.Rule{certificate("mx1.tsuru.test", fault.OtherName)}, "policy.sts.untrusted", false},
		"other names":       {[]fault.Rule{certificate("mx?.tsuru.test", fault.OtherName)}, "policy.sts.untrusted", true},
		"self-signed":       {[]fault.Rule{certificate("mx?.tsuru.test", fault.SelfSigned)}, "policy.sts.untrusted", true},
		"policy is missing": {[]fault.Rule{certificate("mx?.tsuru.test", fault.SelfSigned), policyPage("404")}, "policy.sts.status", false},
		"policy redirects":  {[]fault.Rule{certificate("mx?.tsuru.test", fault.SelfSigned), policyPage("301")}, "policy.sts.redirect", false},
		"another exchanger": {[]fault.Rule{{Host: "ns?.tsuru.test", Stage: fault.Query, Match: fault.Match{Name: "tsuru.test", Type: "MX"},
			Do: fault.Action{Records: []string{"tsuru.test. 60 MX 10 mx1.sakura.test."}}}}, "policy.sts.unlisted", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, c.rules...)
			o := options(n, "hanako@tsuru.test")
			o.Stop = AfterSTARTTLS
			r := traced(t, o)
			v := r.Verdict
			if !has(r, c.has) || v.alsoSays("policy.sts.holds") != c.sts {
				t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
			}
			if v.Word == Deferred || v.Word == Refused {
				t.Errorf("%s: %+v", v.Word, v.Finding)
			}
		})
	}
}

package delivery

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"todoku/diag/ladder"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// Where this device's clock is wrong, nobody else is told to renew a certificate; where it is right, somebody is.
func TestAWrongClockIsNobodyElsesFault(t *testing.T) {
	const year = 365 * 24 * time.Hour
	greets := fault.Rule{Host: "mx?.tsuru.test", Stage: fault.Connect, Do: fault.Action{Reply: "220 mx.tsuru.test ESMTP; " + time.Now().Format(time.RFC1123Z)}}
	astray := fault.Rule{Host: "mx?.tsuru.test", Stage: fault.Connect, Do: fault.Action{Reply: "220 mx.tsuru.test ESMTP; Thu, 26 Nov 2020 14:59:00 +0900"}}
	ended := fault.Rule{Host: "mx?.tsuru.test", Stage: fault.TLS, Do: fault.Action{Certificate: fault.Expired}}
	for name, c := range map[string]struct {
		ahead time.Duration
		rules []fault.Rule
		via   bool
		word  Word
		code  string // of the verdict
		also  string // "" for no word about the clock
	}{
		"years ahead":                          {5 * year, nil, true, Deferred, "dnssec.clock", "trace.tls.clock"},
		"years behind":                         {-5 * year, nil, true, Deferred, "dnssec.clock", "trace.tls.clock"},
		"years ahead, without an account":      {5 * year, nil, false, Delivered, "trace.accepted", "dnssec.clock"},
		"years behind, and hosts say the time": {-5 * year, []fault.Rule{greets}, true, Deferred, ladder.CodeClock, "trace.tls.clock"},
		"weeks behind":                         {-year / 18, nil, true, Deferred, ladder.CodeClockLikely, "trace.tls.clock"},
		"right":                                {0, []fault.Rule{ended}, true, Deferred, "policy.dane.holds", ""},
		"right, and theirs is not":             {0, []fault.Rule{astray}, true, Delivered, "trace.accepted", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, c.rules...)
			n.Now = func() time.Time { return time.Now().Add(c.ahead) }
			n.Resolve = dns.New(dns.Options{Net: n}).Resolve
			o := options(n, "hanako@tsuru.test")
			if c.via {
				o.Submit = &SubmissionServer{Host: "mail.sakura.test", Port: 587, TLS: wire.TLSStart, Login: func(ctx context.Context, c *smtp.Client) error {
					return c.Auth(ctx, sasl.Credentials{User: "alice@sakura.test", Password: "apple"}, "")
				}}
			}
			r := traced(t, o)
			if r.Verdict.Word != c.word || r.Verdict.Finding.Code != c.code {
				t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
			}
			inAlso := func(code string) bool {
				return slices.ContainsFunc(r.Verdict.Also, func(f trace.Finding) bool { return f.Code == code })
			}
			if c.also != "" && (!inAlso(c.also) || has(r, "trace.tls.expired") || has(r, wire.CodeTLSExpired) || has(r, "policy.sts.certificate")) {
				t.Errorf("somebody else is blamed:\n%s", strings.Join(codes(r), "\n"))
			}
			if c.also == "" && (has(r, "trace.tls.clock") || has(r, "dnssec.clock") || has(r, ladder.CodeClock) || has(r, ladder.CodeClockLikely)) {
				t.Errorf("the clock is blamed:\n%s", strings.Join(codes(r), "\n"))
			}
		})
	}
}

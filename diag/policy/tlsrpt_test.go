package policy

import (
	"strings"
	"testing"

	"todoku/internal/trace"
)

func TestTLSRPT(t *testing.T) {
	for name, c := range map[string]struct {
		has   any
		code  string
		level trace.Level
		rua   string
	}{
		"mail":             {"v=TLSRPTv1; rua=mailto:tls@tsuru.test", "policy.tlsrpt.found", trace.Pass, "mailto:tls@tsuru.test"},
		"mail and web":     {"v=TLSRPTv1;rua=mailto:tls@tsuru.test , https://r.tsuru.test/v1;", "policy.tlsrpt.found", trace.Pass, "mailto:tls@tsuru.test https://r.tsuru.test/v1"},
		"more fields":      {"v=TLSRPTv1; x=y; rua=mailto:tls%2Brpt@tsuru.test", "policy.tlsrpt.found", trace.Pass, "mailto:tls%2Brpt@tsuru.test"},
		"none":             {nil, "policy.tlsrpt.absent", trace.NotApplicable, ""},
		"of others":        {[]string{"v=spf1 -all"}, "policy.tlsrpt.absent", trace.NotApplicable, ""},
		"not told":         {broken, "policy.tlsrpt.unknown", trace.Unknown, ""},
		"two":              {[]string{"v=TLSRPTv1; rua=mailto:a@b.test", "v=TLSRPTv1; rua=mailto:c@b.test"}, "policy.tlsrpt.many", trace.Warn, ""},
		"no rua":           {"v=TLSRPTv1;", "policy.tlsrpt.record", trace.Warn, ""},
		"bare address":     {"v=TLSRPTv1; rua=tls@tsuru.test", "policy.tlsrpt.address", trace.Warn, ""},
		"plain http":       {"v=TLSRPTv1; rua=http://r.tsuru.test/,mailto:tls@tsuru.test", "policy.tlsrpt.address", trace.Warn, "mailto:tls@tsuru.test"},
		"empty in a list":  {"v=TLSRPTv1; rua=mailto:tls@tsuru.test,", "policy.tlsrpt.address", trace.Warn, "mailto:tls@tsuru.test"},
		"mail to nobody":   {"v=TLSRPTv1; rua=mailto:tls", "policy.tlsrpt.address", trace.Warn, ""},
		"a name before it": {"v=TLSRPTv1; rua=mailto:Tls%20%3Ca@b.test%3E", "policy.tlsrpt.address", trace.Warn, ""},
	} {
		got := LookupTLSRPT(t.Context(), Inputs{Lookup: zone{"_smtp._tls.tsuru.test TXT": c.has}, Domain: "tsuru.test"})
		if got.Finding.Code != c.code || got.Finding.Level != c.level || strings.Join(got.RUA, " ") != c.rua {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := LookupTLSRPT(t.Context(), small(t)); got.Finding.Code != "policy.tlsrpt.found" {
		t.Errorf("sandbox: %+v", got)
	}
}

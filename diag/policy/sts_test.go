package policy

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

const soundPolicy = "version: STSv1\r\nmode: enforce\r\nmx: mx1.tsuru.test\r\nmx: *.mail.tsuru.test\r\nmax_age: 604800\r\n"

// announced is a zone that announces a policy and names its host.
func announced() zone {
	return zone{"_mta-sts.tsuru.test TXT": "v=STSv1; id=20261126T0", "mta-sts.tsuru.test A": netip.MustParseAddr("192.0.2.80")}
}

func serves(kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		io.WriteString(w, body)
	}
}

func TestSTSRecords(t *testing.T) {
	for name, c := range map[string]struct {
		has   any
		code  string
		level trace.Level
	}{
		"none":           {nil, "policy.sts.absent", trace.NotApplicable},
		"of others":      {[]string{"v=spf1 -all", "v=STSv10; id=1"}, "policy.sts.absent", trace.NotApplicable},
		"not told":       {broken, "policy.sts.unknown", trace.Unknown},
		"two":            {[]string{"v=STSv1; id=1", "v=STSv1; id=2"}, "policy.sts.many", trace.Fail},
		"no id":          {"v=STSv1;", "policy.sts.record", trace.Fail},
		"id with dash":   {"v=STSv1; id=2026-11-26", "policy.sts.record", trace.Fail},
		"id too long":    {"v=STSv1; id=" + strings.Repeat("1", 33), "policy.sts.record", trace.Fail},
		"field in two":   {"v=STSv1; id=1; a b=c", "policy.sts.record", trace.Fail},
		"lower case":     {"v=stsv1; id=1", "policy.sts.absent", trace.NotApplicable},
		"version second": {"id=1; v=STSv1", "policy.sts.absent", trace.NotApplicable},
		"host missing":   {"v=STSv1 ;id=1; next=x", "policy.sts.host", trace.Fail},
	} {
		z := zone{"_mta-sts.tsuru.test TXT": c.has}
		got := LookupSTS(t.Context(), nil, Inputs{Lookup: z, Domain: "tsuru.test"})
		if got.Finding.Code != c.code || got.Finding.Level != c.level || got.Policy != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// What the policy host does wrong is named, and leaves no policy.
func TestSTSFetching(t *testing.T) {
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		code  string
	}{
		"sound": {serves("text/plain; charset=utf-8", soundPolicy), "policy.sts.enforce"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://www.tsuru.test/", http.StatusMovedPermanently)
		}, "policy.sts.redirect"},
		"missing":    {http.NotFound, "policy.sts.status"},
		"other type": {serves("text/html", soundPolicy), "policy.sts.type"},
		"no type": {func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = nil
			io.WriteString(w, soundPolicy)
		}, "policy.sts.type"},
		"too long":    {serves("text/plain", soundPolicy+strings.Repeat("x: y\n", 64<<10/5)), "policy.sts.size"},
		"broken off":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "policy.sts.fetch"},
		"mode none":   {serves("text/plain", "version: STSv1\nmode: none\nmax_age: 1\n"), "policy.sts.none"},
		"mode tested": {serves("text/plain", "version: STSv1\nmode: testing\nmx: a.test\nmax_age: 1"), "policy.sts.testing"},
		"faulty text": {serves("text/plain", "version: STSv1\nmode: on\nmax_age: 1\n"), "policy.sts.mode"},
		"faulty mx":   {serves("text/plain", "version: STSv1\nmode: enforce\nmx: mx1.*.test\nmax_age: 1\n"), "policy.sts.mx"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := ""
			n := web(t, func(w http.ResponseWriter, r *http.Request) {
				asked = r.Method + " " + r.Host + r.URL.Path
				c.serve(w, r)
			}, "mta-sts.tsuru.test")
			got := LookupSTS(t.Context(), nil, Inputs{Net: n, Lookup: announced(), Domain: "tsuru.test"})
			if got.Finding.Code != c.code || (got.Policy != nil) != (got.Finding.Level == trace.Pass) {
				t.Errorf("%+v", got)
			}
			if asked != "GET mta-sts.tsuru.test/.well-known/mta-sts.txt" {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

// A host that cannot be reached from here tells nothing; one that refuses does.
func TestSTSHostsThatAreNotReached(t *testing.T) {
	fails := func(err error) *wire.Net {
		return &wire.Net{Dial: func(_ context.Context, network, _ string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}}
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	local, unsure := announced(), announced()
	local["mta-sts.tsuru.test A"], unsure["mta-sts.tsuru.test A"] = netip.MustParseAddr("127.0.0.1"), broken
	other := web(t, serves("text/plain", soundPolicy), "www.tsuru.test")
	for name, c := range map[string]struct {
		ctx   context.Context
		net   *wire.Net
		zone  zone
		code  string
		level trace.Level
	}{
		"refused":           {t.Context(), fails(syscall.ECONNREFUSED), announced(), "policy.sts.fetch", trace.Fail},
		"unreachable":       {t.Context(), fails(syscall.ENETUNREACH), announced(), "policy.sts.silent", trace.Unknown},
		"given up":          {stopped, fails(syscall.ECONNREFUSED), announced(), "policy.sts.silent", trace.Unknown},
		"address not told":  {t.Context(), fails(syscall.ECONNREFUSED), unsure, "policy.sts.silent", trace.Unknown},
		"loopback":          {t.Context(), other, local, "policy.sts.host", trace.Fail},
		"other certificate": {t.Context(), other, announced(), "policy.sts.certificate", trace.Fail},
	} {
		got := LookupSTS(c.ctx, nil, Inputs{Net: c.net, Lookup: c.zone, Domain: "tsuru.test"})
		if got.Finding.Code != c.code || got.Finding.Level != c.level {
			t.Errorf("%s: %+v", name, got.Finding)
		}
	}
}

func TestParseSTS(t *testing.T) {
	with := func(replace, by string) string { return strings.Replace(soundPolicy, replace, by, 1) }
	for name, c := range map[string]struct{ text, codes string }{
		"sound":             {soundPolicy, ""},
		"LF only":           {strings.ReplaceAll(soundPolicy, "\r", ""), ""},
		"no last line end":  {strings.TrimSpace(soundPolicy), ""},
		"space":             {"version:STSv1 \nmode:\tenforce\nmx:   mx1.tsuru.test\t\nmax_age:0", ""},
		"more fields":       {soundPolicy + "later: yes\n", ""},
		"mode twice":        {soundPolicy + "mode: nonsense\n", ""},
		"other order":       {"max_age: 1\nmx: a.test\nmode: testing\nversion: STSv1\n", ""},
		"empty":             {"", "version mode maxage nomx"},
		"html":              {"<html>\n", "line version mode maxage nomx"},
		"other version":     {with("STSv1", "STSv2"), "version"},
		"no version":        {with("version: STSv1\r\n", ""), "version"},
		"other mode":        {with("enforce", "Enforce"), "mode"},
		"no mx":             {"version: STSv1\nmode: enforce\nmax_age: 1\n", "nomx"},
		"none without mx":   {"version: STSv1\nmode: none\nmax_age: 1\n", ""},
		"mx is an address":  {with("mx1.tsuru.test", "[192.0.2.1]"), "mx"},
		"mx with two stars": {with("*.mail", "*.*"), "mx"},
		"star in a label":   {with("*.mail", "mx*"), "mx"},
		"mx with a dot":     {with("mx1.tsuru.test", "mx1.tsuru.test."), "mx"},
		"mx list":           {with("mx1.tsuru.test", "a.test, b.test"), "mx"},
		"age in words":      {with("604800", "one week"), "maxage"},
		"age negative":      {with("604800", "-1"), "maxage"},
		"age signed":        {with("604800", "+1"), "maxage"},
		"age too long":      {with("604800", "31557601"), "maxage"},
		"no colon":          {with("mode: enforce", "mode enforce"), "line mode"},
	} {
		p, wrong := ParseSTS(c.text)
		var codes []string
		for _, f := range wrong {
			codes = append(codes, strings.TrimPrefix(f.Code, "policy.sts."))
		}
		if got := strings.Join(codes, " "); got != c.codes {
			t.Errorf("%s: %q, want %q (%+v)", name, got, c.codes, p)
		}
	}
	p, _ := ParseSTS(soundPolicy)
	if p.Mode != ModeEnforce || p.MaxAge != 7*24*time.Hour || len(p.MX) != 2 {
		t.Errorf("%+v", p)
	}
}

func TestListedHosts(t *testing.T) {
	p := STSPolicy{MX: []string{"mx1.tsuru.test", "*.mail.tsuru.test"}}
	for host, want := range map[string]bool{
		"mx1.tsuru.test": true, "MX1.Tsuru.test": true, "mx2.tsuru.test": false, "a.mail.tsuru.test": true, "a.b.mail.tsuru.test": false,
		"mail.tsuru.test": false, ".mail.tsuru.test": false, "xmail.tsuru.test": false, "": false,
	} {
		if p.Lists(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
	}
}

func TestJudgingBySTS(t *testing.T) {
	for name, c := range map[string]struct {
		mode, host string
		shown      *trace.TLSFacts
		code       string
		level      trace.Level
	}{
		"valid":             {ModeEnforce, "mx1.tsuru.test", &trace.TLSFacts{Verified: true}, "policy.sts.met", trace.Pass},
		"not listed":        {ModeEnforce, "mx2.tsuru.test", &trace.TLSFacts{Verified: true}, "policy.sts.unlisted", trace.Fail},
		"no STARTTLS":       {ModeEnforce, "mx1.tsuru.test", nil, "policy.sts.plain", trace.Fail},
		"expired":           {ModeEnforce, "mx1.tsuru.test", &trace.TLSFacts{Problem: "tls.expired"}, "policy.sts.untrusted", trace.Fail},
		"expired, testing":  {ModeTesting, "mx1.tsuru.test", &trace.TLSFacts{Problem: "tls.expired"}, "policy.sts.untrusted", trace.Warn},
		"expired, mode off": {ModeNone, "mx1.tsuru.test", &trace.TLSFacts{Problem: "tls.expired"}, "policy.sts.none", trace.NotApplicable},
	} {
		s := STS{Policy: &STSPolicy{Mode: c.mode, MX: []string{"mx1.tsuru.test"}}}
		if got := s.Judge(c.host, c.shown); got.Code != c.code || got.Level != c.level {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// In the small Internet a policy is published, and its host's faults are seen.
func TestSTSOfTheSandbox(t *testing.T) {
	in := small(t)
	got := LookupSTS(t.Context(), nil, in)
	if got.Finding.Code != "policy.sts.enforce" || !got.InForce() || !got.Policy.Lists("mx2.tsuru.test") || got.Policy.Lists("mx3.tsuru.test") {
		t.Errorf("%+v", got)
	}
	in = small(t, fault.Rule{Stage: fault.HTTP, Match: fault.Match{Name: "/.well-known/mta-sts.txt"}, Do: fault.Action{Reply: "302"}})
	if got := LookupSTS(t.Context(), nil, in); got.Finding.Code != "policy.sts.redirect" {
		t.Errorf("%+v", got)
	}
}

// FuzzSTS: whatever stands in a policy, faults are bounded and what is sound has all that a sender needs.
func FuzzSTS(f *testing.F) {
	f.Add(soundPolicy)
	f.Add("version: STSv1\nmode: none\nmax_age: 99999999999999999999\n:\nmx: *.\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, wrong := ParseSTS(text)
		if len(wrong) > maxSTSFaults {
			t.Fatalf("%d faults", len(wrong))
		}
		for _, w := range wrong {
			if len(w.Args["line"]) > maxQuoted {
				t.Fatalf("quotes %d octets", len(w.Args["line"]))
			}
		}
		if len(wrong) == 0 && (stsModes[p.Mode] == "" || p.MaxAge < 0 || p.MaxAge > maxSTSAge*time.Second || p.Mode != ModeNone && len(p.MX) == 0) {
			t.Fatalf("%q is sound: %+v", text, p)
		}
		for _, mx := range p.MX {
			if strings.ContainsAny(mx, " \t\r\n:[") || strings.HasSuffix(mx, ".") {
				t.Fatalf("host %q", mx)
			}
		}
	})
}

// FuzzSTSRecord: an id is one only in a record of the right form.
func FuzzSTSRecord(f *testing.F) {
	f.Add("v=STSv1; id=1;")
	f.Fuzz(func(t *testing.T, record string) {
		id := stsID(record)
		if id != "" && (!strings.Contains(record, "id="+id) || len(id) > 32) {
			t.Fatalf("%q has %q", record, id)
		}
	})
}

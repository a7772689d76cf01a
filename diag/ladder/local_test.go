package ladder

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	mdns "github.com/miekg/dns"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/wire"
)

func TestLine(t *testing.T) {
	nowhere := &wire.Net{Resolver: "192.0.2.1:53", Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no route") }}
	device := func(addrs ...string) func() ([]Interface, error) {
		one := Interface{Name: "eth0"}
		for _, a := range addrs {
			one.Addrs = append(one.Addrs, netip.MustParseAddr(a))
		}
		return func() ([]Interface, error) { return []Interface{one}, nil }
	}
	for name, c := range map[string]struct {
		o    LineOptions
		code string
	}{
		"a way out":     {LineOptions{Net: small(t)}, "local.line"},
		"no interface":  {LineOptions{Net: nowhere, Interfaces: device()}, "local.line.down"},
		"no DHCP":       {LineOptions{Net: nowhere, Interfaces: device("169.254.7.7", "fe80::1")}, "local.line.linklocal"},
		"no route":      {LineOptions{Net: nowhere, Interfaces: device("192.0.2.7", "fe80::1")}, "local.line.noroute"},
		"nobody's list": {LineOptions{Net: nowhere}, "local.line.noroute"},
	} {
		out := Line(t.Context(), nil, c.o)
		if out.Finding.Code != c.code || (out.Finding.Level == trace.Pass) != (c.code == "local.line") {
			t.Errorf("%s: %+v, want %s", name, out.Finding, c.code)
		}
	}
}

// The system's own network has a Dial, too: its interfaces are told.
func TestTheSystemsOwnLine(t *testing.T) {
	list, err := SystemInterfaces()
	if err != nil {
		t.Fatal(err)
	}
	f := Line(t.Context(), nil, LineOptions{Net: wire.System()}).Finding
	if f.Args["interfaces"] != interfaceList(list).String() {
		t.Errorf("%+v, want the interfaces %s", f, interfaceList(list))
	}
}

func TestSystemInterfacesAreListed(t *testing.T) {
	list, err := SystemInterfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range list {
		for _, a := range i.Addrs {
			if a.IsLoopback() || i.Name == "" {
				t.Errorf("%+v", i)
			}
		}
	}
}

// A resolver that has an address for every name is caught, whatever it says of real ones.
func TestARewritingResolver(t *testing.T) {
	out := Resolver(t.Context(), nil, ResolverOptions{Net: &wire.Net{Resolver: rewriting(t)}})
	if f := out.Finding; f.Code != "local.resolver.rewrites" || f.Level != trace.Warn || f.Args["resolved"] != "203.0.113.7" || !strings.HasSuffix(f.Args["name"], ".invalid") {
		t.Errorf("%+v", f)
	}
}

// rewriting is a resolver that makes up addresses.
func rewriting(t *testing.T) string {
	return dnsServer(t, func(m *mdns.Msg, q mdns.Question) {
		if q.Qtype == mdns.TypeA {
			rr, _ := mdns.NewRR(q.Name + " 60 A 203.0.113.7")
			m.Answer = append(m.Answer, rr)
		}
	})
}

// dnsServer answers by UDP on loopback.
func dnsServer(t *testing.T, answer func(*mdns.Msg, mdns.Question)) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	s := &mdns.Server{PacketConn: conn, NotifyStartedFunc: func() { close(ready) }, Handler: mdns.HandlerFunc(func(w mdns.ResponseWriter, q *mdns.Msg) {
		m := new(mdns.Msg).SetReply(q)
		answer(m, q.Question[0])
		w.WriteMsg(m)
	})}
	done := make(chan error, 1)
	go func() { done <- s.ActivateAndServe() }()
	<-ready
	t.Cleanup(func() {
		s.Shutdown()
		<-done
	})
	return conn.LocalAddr().String()
}

func TestResolver(t *testing.T) {
	query := func(host, name string, do fault.Action) fault.Rule {
		return fault.Rule{Host: host, Stage: fault.Query, Match: fault.Match{Name: name}, Do: do}
	}
	records := func(format, name string) fault.Action {
		return fault.Action{Records: []string{fmt.Sprintf(format, name)}}
	}
	host := "mail.sakura.test"
	const at = "resolver.nic.test"
	for name, c := range map[string]struct {
		rules []fault.Rule
		code  string
	}{
		"healthy":            {nil, "local.resolver"},
		"silent":             {[]fault.Rule{query(at, "*", fault.Action{Silent: true})}, "local.resolver.silent"},
		"refuses":            {[]fault.Rule{query(at, "*", fault.Action{Reply: "REFUSED"})}, "local.resolver.refuses"},
		"filters":            {[]fault.Rule{query(at, host, fault.Action{Reply: "NXDOMAIN"})}, "local.resolver.filtered"},
		"filters to nowhere": {[]fault.Rule{query(at, host, records("%s 60 A 0.0.0.0", host+"."))}, "local.resolver.filtered"},
		"split view":         {[]fault.Rule{query(at, host, records("%s 60 A 10.0.0.7", host+"."))}, "local.resolver.splitview"},
		"another address":    {[]fault.Rule{query(at, host, records("%s 60 A 203.0.113.7", host+"."))}, "local.resolver.differs"},
		"fails":              {[]fault.Rule{query(at, host, fault.Action{Reply: "SERVFAIL"})}, "local.resolver.fails"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := Resolver(t.Context(), nil, ResolverOptions{Net: small(t, c.rules...), Domain: "sakura.test", Host: host, Seed: 1})
			if out.Finding.Code != c.code || len(out.Also) > 0 {
				t.Errorf("%+v, also %+v; want %s", out.Finding, out.Also, c.code)
			}
		})
	}
}

func TestPortal(t *testing.T) {
	page := func(code int, location, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.WriteHeader(code)
			fmt.Fprint(w, body)
		}
	}
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		holds  string
		code   string
	}{
		"as it should be":  {page(200, "", "success\n"), "success", "local.portal.none"},
		"no page expected": {page(204, "", ""), "", "local.portal.none"},
		"a login page":     {page(200, "", "<html>Welcome to Hotel Test"), "success", "local.portal"},
		"sent elsewhere":   {page(302, "http://login.hotel.test/", ""), "success", "local.portal"},
		"a page for 204":   {page(200, "", "hello"), "", "local.portal"},
		"the host is sick": {page(503, "", ""), "success", "local.portal.silent"},
	} {
		s := httptest.NewServer(c.answer)
		out := Portal(t.Context(), nil, PortalOptions{Net: &wire.Net{}, Page: s.URL, Holds: c.holds})
		s.Close()
		if out.Finding.Code != c.code {
			t.Errorf("%s: %+v, want %s", name, out.Finding, c.code)
		}
	}
	for page, code := range map[string]string{"": "local.portal.unasked", "https://x.test/": "local.portal.silent"} {
		if out := Portal(t.Context(), nil, PortalOptions{Net: &wire.Net{}, Page: page}); out.Finding.Code != code {
			t.Errorf("%q: %+v", page, out.Finding)
		}
	}
}

func TestPort25(t *testing.T) {
	tsuru := Target{Host: "mx1.tsuru.test", Port: 25, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.31")}}
	second := Target{Host: "mx2.tsuru.test", Port: 25, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.32")}}
	fuji := Target{Host: "mx1.fuji.test", Port: 25, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.20")}}
	alias := Target{Host: "mx.other.test", Port: 25, Addrs: tsuru.Addrs}
	for name, c := range map[string]struct {
		blocked    []string
		silent     []Target
		compare    []string
		submission string
		code       string
	}{
		"two unrelated hosts":          {[]string{":25"}, []Target{tsuru, fuji}, nil, "mail.sakura.test", "local.port25.blocked"},
		"a probe host":                 {[]string{":25"}, []Target{tsuru}, []string{"mx1.fuji.test"}, "mail.sakura.test", "local.port25.blocked"},
		"465 alone":                    {[]string{":25", ":587"}, []Target{tsuru, fuji}, nil, "mail.sakura.test", "local.port25.blocked"},
		"one host":                     {[]string{":25"}, []Target{tsuru}, nil, "mail.sakura.test", "local.port25.unsure"},
		"two hosts of one domain":      {[]string{":25"}, []Target{tsuru, second}, nil, "mail.sakura.test", "local.port25.unsure"},
		"two names of one address":     {[]string{":25"}, []Target{tsuru, alias}, nil, "mail.sakura.test", "local.port25.unsure"},
		"no submission server":         {[]string{":25"}, []Target{tsuru, fuji}, nil, "", "local.port25.unsure"},
		"submission is silent, too":    {[]string{":25", ":587", ":465"}, []Target{tsuru, fuji}, nil, "mail.sakura.test", "local.port25.unsure"},
		"the other host connects":      {[]string{"31:25"}, []Target{tsuru}, []string{"mx1.fuji.test"}, "mail.sakura.test", "local.port25.open"},
		"no such probe host":           {[]string{":25"}, []Target{tsuru}, []string{"no.such.test"}, "mail.sakura.test", "local.port25.unsure"},
		"a refusal is no silence here": {[]string{"31:25"}, []Target{tsuru}, []string{"ns1.fuji.test"}, "mail.sakura.test", "local.port25.unsure"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := small(t)
			silence(n, c.blocked...)
			submission := Knocks(t.Context(), nil, n, OwnTargets([]Server{{Proto: SMTP, Host: c.submission, Port: 587}}))
			_, f := Port25(t.Context(), nil, Port25Options{Net: n, Silent: c.silent, Compare: c.compare, Submission: submission})
			if f.Code != c.code {
				t.Errorf("%+v, want %s", f, c.code)
			}
		})
	}
}

// The first broken rung is the answer, those above it wait, and each rung is told twice.
func TestClimb(t *testing.T) {
	step := func(name string, level trace.Level) Step {
		return Step{Name: name, Try: func(_ context.Context, span *trace.Span) Outcome {
			span.Note("inside " + name)
			return Outcome{Finding: finding("code."+name, level, nil)}
		}}
	}
	rec := &trace.Recorder{}
	var told []string
	l := Climb(t.Context(), trace.New(rec, nil), "receive", []Step{step("a", trace.Pass), step("b", trace.Warn), step("c", trace.Unknown), step("d", trace.Fail), step("e", trace.Pass)},
		func(r Rung) { told = append(told, r.Name+" "+string(r.State)) })
	if want := []string{"a wait", "b wait", "c wait", "d wait", "e wait", "a live", "a ok", "b live", "b warn", "c live", "c unknown", "d live", "d fail"}; !slices.Equal(told, want) {
		t.Errorf("told %v", told)
	}
	answer, broken := l.Answer()
	if !broken || answer.Code != "code.d" || l.Broken != 4 || l.Rungs[4].State != Wait {
		t.Errorf("%+v", l)
	}
	for _, r := range l.Rungs[:4] {
		found := false
		for _, e := range rec.Events() {
			found = found || e.Seq >= r.First && e.Seq <= r.Last && e.Span == r.Span && e.Name == "inside "+r.Name
		}
		if !found {
			t.Errorf("the proof of %s is not between %d and %d", r.Name, r.First, r.Last)
		}
	}
}

func TestClimbingEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l := Climb(ctx, nil, "", []Step{
		{Name: "a", Try: func(context.Context, *trace.Span) Outcome {
			cancel()
			return Outcome{Finding: finding("x", trace.Fail, nil)}
		}},
		{Name: "b", Try: func(context.Context, *trace.Span) Outcome { panic("not reached") }},
	}, nil)
	if l.Broken != 0 || l.Rungs[0].State != Unknown || l.Rungs[1].State != Wait {
		t.Errorf("%+v", l)
	}
}

package change

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/worldtest"
	sandbox "todoku/embedded-server"
	"todoku/embedded-server/fault"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	tr "todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/smtp"
)

// small is a running small Internet and a way to trace hanako's address in it with any seed.
func small(t *testing.T) (*sandbox.Sandbox, func(...fault.Rule) delivery.Report) {
	t.Helper()
	s, n := worldtest.Start(t, 0)
	return s, func(rules ...fault.Rule) delivery.Report {
		for i, r := range rules {
			r.ID = fmt.Sprint("r", i)
			if err := s.Faults().Add(r); err != nil {
				t.Fatal(err)
			}
		}
		r, err := delivery.Run(t.Context(), nil, delivery.Options{Net: n, Address: "hanako@tsuru.test", Domain: "tsuru.test", Sender: "alice@sakura.test",
			Limits: smtp.Limits{Greeting: 3 * time.Second, Hello: 3 * time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range rules {
			s.Faults().Remove(fmt.Sprint("r", i))
		}
		return r
	}
}

// lines writes changes a line each: what a test compares. Times and what a certificate holds differ in each run.
func lines(changes []Change) []string {
	var all []string
	for _, c := range changes {
		was, now := c.Was, c.Now
		if c.WasFinding != nil && c.NowFinding != nil && c.Code != "change.run.reply" && c.Code != "change.run.verdict" {
			was, now = c.WasFinding.Code, c.NowFinding.Code
		}
		line := fmt.Sprintf("%s %s, %s", strings.TrimPrefix(c.Code, "change.run."), c.Where, c.What)
		switch {
		case c.What == "certificate":
			was, now = was[strings.LastIndex(was, "; ")+2:], now[strings.LastIndex(now, "; ")+2:]
		case c.Code == "change.run.policy":
			was, _, _ = strings.Cut(was, ";")
			now, _, _ = strings.Cut(now, ";")
		}
		if !strings.HasPrefix(line, "slower") && !strings.HasPrefix(line, "longer") {
			line += ": " + was + " -> " + now
		}
		all = append(all, line)
	}
	return all
}

func TestHealthyRunsDoNotDiffer(t *testing.T) {
	_, trace := small(t)
	was := trace()
	for range 20 {
		now := trace()
		if got := lines(Between(was, now)); len(got) > 0 {
			t.Errorf("seeds %d and %d:\n%s", was.Seed, now.Seed, strings.Join(got, "\n"))
		}
		was = now
	}
}

func TestEachFaultIsItsChange(t *testing.T) {
	at := func(host string, stage fault.Stage, do fault.Action) fault.Rule {
		return fault.Rule{Host: host, Stage: stage, Do: do}
	}
	query := func(host, name, kind string, do fault.Action) fault.Rule {
		return fault.Rule{Host: host, Stage: fault.Query, Match: fault.Match{Name: name, Type: kind}, Do: do}
	}
	say := func(s string) fault.Action { return fault.Action{Reply: s} }
	_, trace := small(t)
	healthy := trace()
	for name, c := range map[string]struct {
		rules []fault.Rule
		want  []string
	}{
		"recipient refused": {[]fault.Rule{at("mx?.tsuru.test", fault.Rcpt, say("550 5.1.1 User unknown"))}, []string{
			"reply mx1.tsuru.test, RCPT: 250 2.1.5 -> 550 5.1.1",
			"reply mx2.tsuru.test, RCPT: 250 2.1.5 -> 550 5.1.1",
			"verdict hanako@tsuru.test, verdict: delivered -> refused"}},
		"greylisted by one": {[]fault.Rule{at("mx2.tsuru.test", fault.Rcpt, say("451 4.7.1 Greylisted"))}, []string{
			"reply mx2.tsuru.test, RCPT: 250 2.1.5 -> 451 4.7.1"}},
		"certificate expired": {[]fault.Rule{at("mx2.tsuru.test", fault.TLS, fault.Action{Certificate: fault.Expired})}, []string{
			"judgement mx2.tsuru.test 192.0.2.32, DANE: policy.dane.met -> policy.dane.mismatch",
			"judgement mx2.tsuru.test 192.0.2.32, MTA-STS: policy.sts.met -> policy.sts.untrusted",
			"tls.other mx2.tsuru.test, certificate: verified -> tls.expired"}},
		"a slow banner": {[]fault.Rule{at("mx2.tsuru.test", fault.Connect, fault.Action{Delay: 2 * time.Second})}, []string{
			"longer mx2.tsuru.test, banner"}},
		"a delay that is noise": {[]fault.Rule{at("mx2.tsuru.test", fault.Connect, fault.Action{Delay: 50 * time.Millisecond})}, nil},
		"null MX": {[]fault.Rule{query("ns?.tsuru.test", "tsuru.test", "MX", fault.Action{Records: []string{"tsuru.test. 300 MX 0 ."}})}, []string{
			"resolver 192.0.2.1, tsuru.test MX: trace.resolver.same -> trace.resolver.differs",
			"record.changed tsuru.test, MX: 10 mx1.tsuru.test, 20 mx2.tsuru.test -> 0 .",
			"verdict hanako@tsuru.test, verdict: delivered -> refused"}},
		"lame servers": {[]fault.Rule{query("ns?.tsuru.test", "*", "", say("REFUSED"))}, []string{
			"resolver 192.0.2.1, tsuru.test MX: trace.resolver.same -> trace.resolver.cached",
			"record.unanswered tsuru.test, MX: 10 mx1.tsuru.test, 20 mx2.tsuru.test -> (lame)",
			"dnssec tsuru.test, DNSSEC: secure -> indeterminate",
			"server.fails ns1.tsuru.test, tsuru.test:  -> lame",
			"server.fails ns2.tsuru.test, tsuru.test:  -> lame",
			"verdict hanako@tsuru.test, verdict: delivered -> deferred"}},
		"hangs up": {[]fault.Rule{at("mx2.tsuru.test", fault.Connect, fault.Action{Close: true})}, []string{
			"outcome mx2.tsuru.test, banner: trace.banner -> trace.dropped"}},
	} {
		if d := cmp.Diff(c.want, lines(Between(healthy, trace(c.rules...)))); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

// Each fact changes alone in a copy of a run: that is what is told, and nothing else.
func TestEachFactIsTold(t *testing.T) {
	_, trace := small(t)
	healthy := trace()
	for name, c := range map[string]struct {
		edit func(*delivery.Report)
		want []string
	}{
		"TTL, order, case": {func(r *delivery.Report) {
			eachQuery(r, func(q *dns.Hop) {
				slices.Reverse(q.Answer)
				for i := range q.Answer {
					q.Answer[i] = strings.Replace(q.Answer[i], "\t300\t", "\t17\t", 1)
					if q.Type != "TXT" {
						q.Answer[i] = strings.ToUpper(q.Answer[i])
					}
				}
			})
		}, nil},
		"queue id, time and text of a reply": {eachCommand("RCPT", func(h *delivery.Hop) { h.Reply.Lines = []string{"2.1.5 queued as 7F3A2 at 02:31"} }), nil},
		"date and id in a banner": {eachCommand("banner", func(h *delivery.Hop) {
			h.Reply.Lines[0] += " d2e1a72 Thu, 26 Nov 2026 02:31:18 +0000"
		}), nil},
		"other software": {eachCommand("banner", func(h *delivery.Hop) { h.Reply.Lines[0] = "mx ESMTP Postfix 3.9" }), []string{
			"banner mx1.tsuru.test, banner: mx1.tsuru.test ESMTP todoku sandbox, RFC 5321 -> mx ESMTP Postfix 3.9",
			"banner mx2.tsuru.test, banner: mx2.tsuru.test ESMTP todoku sandbox, RFC 5321 -> mx ESMTP Postfix 3.9"}},
		"capabilities": {eachCommand("EHLO in TLS", func(h *delivery.Hop) {
			if h.Where == "mx1.tsuru.test" {
				h.Offers = []string{"8BITMIME", "DSN", "ENHANCEDSTATUSCODES", "HELP", "LIMITS RCPTMAX=10", "PIPELINING", "SIZE 1000", "SMTPUTF8"}
			}
		}), []string{
			"capability.added mx1.tsuru.test, LIMITS:  -> RCPTMAX=10",
			"capability.changed mx1.tsuru.test, SIZE: 33554432 -> 1000",
			"capability.removed mx1.tsuru.test, CHUNKING:  -> "}},
		"one address of two": {func(r *delivery.Report) {
			for i := range r.Hops {
				if h := &r.Hops[i]; h.What == "banner" && h.Addr == "192.0.2.31:25" {
					h.Reply.Code = 554
				}
			}
		}, []string{"reply mx1.tsuru.test 192.0.2.31, banner: 220 -> 554"}},
		"TLS version": {eachCommand("STARTTLS", func(h *delivery.Hop) { h.TLS.Version = "TLS 1.2" }), []string{
			"tls.version mx1.tsuru.test, TLS: TLS 1.3 -> TLS 1.2",
			"tls.version mx2.tsuru.test, TLS: TLS 1.3 -> TLS 1.2"}},
		"renewed": {leaf(func(c *tr.CertFacts) { c.SHA256, c.NotAfter = "new", c.NotAfter.AddDate(0, 3, 0) }), []string{
			"tls.renewed mx1.tsuru.test, certificate: verified -> verified",
			"tls.renewed mx2.tsuru.test, certificate: verified -> verified"}},
		"another issuer": {leaf(func(c *tr.CertFacts) { c.SHA256, c.NotAfter, c.Issuer = "new", c.NotAfter.AddDate(0, 3, 0), "CN=R13" }), []string{
			"tls.other mx1.tsuru.test, certificate: verified -> verified",
			"tls.other mx2.tsuru.test, certificate: verified -> verified"}},
		"a record fewer, one more": {func(r *delivery.Report) {
			eachQuery(r, func(q *dns.Hop) {
				if q.For == "mx1.tsuru.test AAAA" && q.Outcome == dns.Answers {
					q.Answer, q.Outcome = nil, dns.Empty
				}
				if q.Child == "tsuru.test" {
					q.Authority = append(q.Authority, "tsuru.test.\t300\tIN\tNS\tns9.tsuru.test.")
				}
			})
		}, []string{
			"record.removed mx1.tsuru.test, AAAA: 2001:db8::31 -> ",
			"record.changed tsuru.test, NS: ns1.tsuru.test, ns2.tsuru.test -> ns1.tsuru.test, ns2.tsuru.test, ns9.tsuru.test"}},
		"policy": {func(r *delivery.Report) { r.Policies.STS.Policy.Mode = "testing" }, []string{"policy tsuru.test, MTA-STS: mode enforce -> mode testing"}},
		"without RCPT": {func(r *delivery.Report) {
			r.Hops = slices.DeleteFunc(r.Hops, func(h delivery.Hop) bool { return h.What == "MAIL" || h.What == "RCPT" })
		}, []string{
			"hop.gone mx1.tsuru.test, MAIL, RCPT:  -> ",
			"hop.gone mx2.tsuru.test, MAIL, RCPT:  -> "}},
		"seen from elsewhere": {func(r *delivery.Report) {
			for i := range r.Hops {
				if f := r.Hops[i].Finding; f.Args["ipv4"] != "" {
					f.Args["ipv4"] = "203.0.113.7"
				}
			}
		}, []string{"device this device, IPv4, IPv6: local.line -> local.line"}},
		"one lost packet": {func(r *delivery.Report) {
			for i := range r.Hops {
				if h := &r.Hops[i]; h.Query != nil && h.Query.Server == "ns1.tsuru.test" {
					h.Elapsed = time.Second
					return
				}
			}
		}, nil},
		"every answer of a server late": {func(r *delivery.Report) {
			for i := range r.Hops {
				if h := &r.Hops[i]; h.Query != nil && h.Query.Server == "a.root.test" {
					h.Elapsed = time.Second
				}
			}
		}, []string{"slower a.root.test, ."}},
		"every reply of a host late": {func(r *delivery.Report) {
			for i := range r.Hops {
				if h := &r.Hops[i]; h.Where == "mx1.tsuru.test" && h.Kind == delivery.KindCommand {
					h.Elapsed += 2 * time.Second
				}
			}
		}, []string{"slower mx1.tsuru.test, "}},
	} {
		edited := clone(t, healthy)
		c.edit(&edited)
		if d := cmp.Diff(c.want, lines(Between(healthy, edited))); d != "" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
	backwards := clone(t, healthy)
	for i := range backwards.Hops {
		backwards.Hops[i].Elapsed += 2 * time.Second
	}
	faster := Between(backwards, healthy)
	if len(faster) < 5 {
		t.Errorf("%d changes where every hop is faster by 2 s", len(faster))
	}
	for _, c := range faster {
		if c.Code != "change.run.faster" || c.Level != tr.Pass {
			t.Errorf("%+v", c)
		}
	}
}

func clone(t *testing.T, r delivery.Report) (out delivery.Report) {
	t.Helper()
	data, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func eachQuery(r *delivery.Report, edit func(*dns.Hop)) {
	for i := range r.Hops {
		if q := r.Hops[i].Query; q != nil {
			edit(q)
		}
	}
}

func eachCommand(what string, edit func(*delivery.Hop)) func(*delivery.Report) {
	return func(r *delivery.Report) {
		for i := range r.Hops {
			if h := &r.Hops[i]; h.What == what && h.Step == delivery.Transfer {
				edit(h)
			}
		}
	}
}

func leaf(edit func(*tr.CertFacts)) func(*delivery.Report) {
	return eachCommand("STARTTLS", func(h *delivery.Hop) { edit(&h.TLS.Chain[0]) })
}

// Runs are paired by what they trace.
func TestRunsArePaired(t *testing.T) {
	run := func(targets ...string) (all []delivery.Recorded) {
		for _, to := range targets {
			all = append(all, delivery.Recorded{Report: delivery.Report{Address: to}})
		}
		return all
	}
	changes, err := Runs(run("bob@fuji.test", "hanako@tsuru.test"), run("hanako@tsuru.test", "taro@fuji.test"))
	want := []string{"trace.gone bob@fuji.test, trace:  -> ", "trace.new taro@fuji.test, trace:  -> "}
	if d := cmp.Diff(want, lines(changes)); d != "" || err != nil {
		t.Error(d, err)
	}
	if changes[0].Code != "change.run.trace.gone" || changes[1].Code != "change.run.trace.new" {
		t.Errorf("%+v", changes)
	}
	if _, err := Runs(run("bob@fuji.test"), run("hanako@tsuru.test")); explain.Find(err).Code != "run.other" {
		t.Errorf("nothing in common: %v", err)
	}
}

package delivery

import (
	"context"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"todoku/diag/ladder"
	"todoku/diag/worldtest"
	sandbox "todoku/embedded-server"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/pop3"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// small is a running small Internet and its net.
func small(t testing.TB, rules ...fault.Rule) (*sandbox.Sandbox, *wire.Net) {
	t.Helper()
	return worldtest.Start(t, 0, rules...)
}

func options(n *wire.Net, address string) Options {
	_, domain, _ := strings.Cut(address, "@")
	return Options{Net: n, Address: address, Domain: domain, Sender: "alice@sakura.test", Seed: 1}
}

func traced(t testing.TB, o Options) Report {
	t.Helper()
	r, err := Run(t.Context(), nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// has reports whether a hop with the code is there.
func has(r Report, code string) bool {
	return slices.ContainsFunc(r.Hops, func(h Hop) bool { return h.Finding != nil && h.Finding.Code == code })
}

func codes(r Report) []string {
	var all []string
	for _, h := range r.Hops {
		code := "-"
		if h.Finding != nil {
			code = h.Finding.Code
		}
		all = append(all, h.Where+" "+h.What+": "+string(h.State)+" "+code)
	}
	return all
}

func TestAHealthyWay(t *testing.T) {
	_, n := small(t)
	var told, ended atomic.Int32
	o := options(n, "hanako@tsuru.test")
	o.Watch = func(h Hop) {
		if told.Add(1); h.State != Live {
			ended.Add(1)
		}
	}
	rec := &trace.Recorder{}
	r, err := Run(t.Context(), trace.New(rec, nil), o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict.Word != Delivered || r.Verdict.Finding.Code != "trace.accepted" || r.Verdict.Who != "nobody" || len(r.Verdict.Also) != 0 {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
	var states []State
	for _, s := range r.Steps {
		states = append(states, s.State)
	}
	if want := []State{NA, OK, OK, Unknown}; !slices.Equal(states, want) {
		t.Errorf("steps %v, want %v", states, want)
	}
	if len(r.Routes) != 2 || r.Routes[0].Host != "mx1.tsuru.test" || len(r.Routes[0].Addrs) != 2 || r.DNSSEC.Status != dns.Secure {
		t.Errorf("routes %+v", r.Routes)
	}
	if int(ended.Load()) != len(r.Hops) || told.Load() != 2*ended.Load() {
		t.Errorf("told %d times of %d ends, %d hops", told.Load(), ended.Load(), len(r.Hops))
	}
	named := 0
	for _, h := range r.Hops {
		if h.State == Live || h.Finding == nil {
			t.Errorf("hop %+v is not over", h)
		}
		if h.Finding.Code == "trace.accepted" {
			named++
		}
	}
	if named != 2 {
		t.Errorf("%d of 2 hosts heard the recipient's name", named)
	}
	data := 0
	for _, e := range rec.Events() {
		if e.Kind == trace.KindSend && strings.HasPrefix(string(e.Data), "DATA") {
			data++
		}
	}
	if data > 0 {
		t.Error("a message was begun")
	}
}

// Each fault of the sandbox is named, with who must act, whatever else is healthy.
func TestFaultsAreNamed(t *testing.T) {
	at := func(host string, stage fault.Stage, do fault.Action) fault.Rule {
		return fault.Rule{Host: host, Stage: stage, Do: do}
	}
	query := func(host, name, kind string, do fault.Action) fault.Rule {
		return fault.Rule{Host: host, Stage: fault.Query, Match: fault.Match{Name: name, Type: kind}, Do: do}
	}
	say := func(s string) fault.Action { return fault.Action{Reply: s} }
	noPolicy := fault.Rule{Stage: fault.HTTP, Do: say("404")} // one that names other exchangers would decide
	for name, c := range map[string]struct {
		rules []fault.Rule
		to    string
		word  Word
		code  string // of the verdict
		who   string
		also  string // a warning beside it
	}{
		"lame server": {[]fault.Rule{query("ns?.tsuru.test", "*", "", fault.Action{Reply: "REFUSED"})}, "hanako@tsuru.test",
			Deferred, "trace.dns.lame", "dns", "dns.walk.lame"},
		"one silent server": {[]fault.Rule{query("ns1.tsuru.test", "*", "", fault.Action{Silent: true}), query("ns2.tsuru.test", "tsuru.test", "MX", fault.Action{Delay: 30 * time.Millisecond})},
			"hanako@tsuru.test", Delivered, "trace.accepted", "nobody", ""},
		"no such domain": {nil, "hanako@tsuru-mail.test", Refused, "trace.domain.missing", "you", ""},
		"no such tld":    {nil, "hanako@tsuru.tset", Refused, "trace.domain.missing", "you", ""},
		"servfail":       {[]fault.Rule{query("ns?.tsuru.test", "*", "", say("SERVFAIL"))}, "hanako@tsuru.test", Deferred, "trace.dns.broken", "dns", "dns.walk.servfail"},
		"null MX": {[]fault.Rule{query("ns?.fuji.test", "fuji.test", "MX", fault.Action{Records: []string{"fuji.test. 60 MX 0 ."}})},
			"bob@fuji.test", Refused, "trace.mx.null", "you", ""},
		"MX to CNAME": {[]fault.Rule{query("ns?.fuji.test", "fuji.test", "MX", fault.Action{Records: []string{"fuji.test. 60 MX 10 smtp.fuji.test."}}), noPolicy},
			"bob@fuji.test", Delivered, "trace.accepted", "nobody", "trace.mx.alias"},
		"MX without address": {[]fault.Rule{query("ns?.fuji.test", "fuji.test", "MX", fault.Action{Records: []string{"fuji.test. 60 MX 10 gone.fuji.test."}})},
			"bob@fuji.test", Refused, "trace.mx.noaddress", "dns", ""},
		"MX is an address": {[]fault.Rule{query("ns?.fuji.test", "fuji.test", "MX", fault.Action{Records: []string{"fuji.test. 60 MX 10 192.0.2.20."}})},
			"bob@fuji.test", Refused, "trace.mx.literal", "dns", ""},
		"MX is localhost": {[]fault.Rule{query("ns?.fuji.test", "fuji.test", "MX", fault.Action{Records: []string{"fuji.test. 60 MX 10 localhost."}})},
			"bob@fuji.test", Refused, "trace.mx.local", "dns", ""},
		"no MX": {[]fault.Rule{query("ns?.fuji.test", "fuji.test", "MX", say("NOERROR")),
			query("ns?.fuji.test", "fuji.test", "A", fault.Action{Records: []string{"fuji.test. 60 A 192.0.2.20"}}), noPolicy},
			"bob@fuji.test", Delivered, "trace.accepted", "nobody", "trace.mx.implicit"},
		"greylisting":        {[]fault.Rule{at("mx?.tsuru.test", fault.Rcpt, say("451 4.7.1 Greylisted, come back in 300 s"))}, "hanako@tsuru.test", Deferred, "trace.greylisted", "nobody", ""},
		"greylisting at mx1": {[]fault.Rule{at("mx1.tsuru.test", fault.Rcpt, say("450 4.2.0 Greylisted"))}, "hanako@tsuru.test", Delivered, "trace.accepted", "nobody", "trace.greylisted"},
		"no such recipient":  {nil, "nobody@tsuru.test", Refused, "trace.refused.nobody", "you", ""},
		"mailbox full":       {[]fault.Rule{at("mx?.tsuru.test", fault.Rcpt, say("552 5.2.2 Over quota"))}, "hanako@tsuru.test", Refused, "trace.refused.full", "recipient", ""},
		"blocklisted":        {[]fault.Rule{at("mx?.tsuru.test", fault.Mail, say("554 5.7.1 Blocked using zen.example"))}, "hanako@tsuru.test", Refused, "trace.refused.listed", "provider", ""},
		"busy":               {[]fault.Rule{at("mx?.tsuru.test", fault.Connect, fault.Action{Reply: "421 4.3.2 Too many", Close: true})}, "hanako@tsuru.test", Deferred, "trace.busy", "nobody", ""},
		"unwelcome":          {[]fault.Rule{at("mx?.tsuru.test", fault.Connect, fault.Action{Reply: "554 No mail from there", Close: true})}, "hanako@tsuru.test", Refused, "trace.refused.host", "recipient", ""},
		"dropped":            {[]fault.Rule{at("mx?.tsuru.test", fault.Rcpt, fault.Action{Close: true})}, "hanako@tsuru.test", Deferred, "trace.dropped", "recipient", ""},
		"no SMTP":            {[]fault.Rule{at("mx?.tsuru.test", fault.Connect, say("+OK POP3 ready"))}, "hanako@tsuru.test", Deferred, "trace.nosmtp", "recipient", ""},
		"stalled":            {[]fault.Rule{at("mx?.tsuru.test", fault.Rcpt, fault.Action{Silent: true})}, "hanako@tsuru.test", Deferred, "trace.stalled", "recipient", ""},
		"slow":               {[]fault.Rule{at("mx?.tsuru.test", fault.Rcpt, fault.Action{Drip: 50 * time.Millisecond})}, "hanako@tsuru.test", NotKnown, "trace.slow", "nobody", ""},
		"tarpit":             {[]fault.Rule{at("mx?.tsuru.test", fault.Helo, fault.Action{Delay: 1600 * time.Millisecond})}, "hanako@tsuru.test", Delivered, "trace.accepted", "nobody", "trace.tarpit"},
		"expired":            {[]fault.Rule{at("mx?.tsuru.test", fault.TLS, fault.Action{Certificate: fault.Expired})}, "hanako@tsuru.test", Deferred, "policy.dane.holds", "recipient", "trace.tls.expired"},
		"other name":         {[]fault.Rule{at("mx?.tsuru.test", fault.TLS, fault.Action{Certificate: fault.OtherName})}, "hanako@tsuru.test", Deferred, "policy.dane.holds", "recipient", "trace.tls.name"},
		"self-signed":        {[]fault.Rule{at("mx?.tsuru.test", fault.TLS, fault.Action{Certificate: fault.SelfSigned})}, "hanako@tsuru.test", Deferred, "policy.dane.holds", "recipient", "trace.tls.authority"},
		"TLS dropped":        {[]fault.Rule{at("mx?.tsuru.test", fault.TLS, fault.Action{Close: true})}, "hanako@tsuru.test", Deferred, "trace.tls.failed", "recipient", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, c.rules...)
			o := options(n, c.to)
			o.Limits = smtp.Limits{Rcpt: 300 * time.Millisecond}
			r := traced(t, o)
			v := r.Verdict
			if (v.Retry != nil) != (v.Word == Deferred && v.Step != 1) {
				t.Errorf("%s, step %d: retry %+v", v.Word, v.Step, v.Retry)
			}
			if v.Word != c.word || v.Finding.Code != c.code || v.Who != c.who {
				t.Errorf("verdict %s, %s must act: %+v\n%s", v.Word, v.Who, v.Finding, strings.Join(codes(r), "\n"))
			}
			if at := slices.IndexFunc(r.Hops, func(h Hop) bool { return h.Finding.Code == v.Finding.Code }); v.Step == Lookup && (at < 0 || r.Hops[at].State != Fail) {
				t.Errorf("no hop fails where the lookup does:\n%s", strings.Join(codes(r), "\n"))
			}
			if c.also != "" && !slices.ContainsFunc(v.Also, func(f trace.Finding) bool { return f.Code == c.also }) {
				t.Errorf("also %+v, want %s", v.Also, c.also)
			}
			for _, h := range r.Hops {
				if h.State == Live || h.Finding != nil && h.Finding.Code == "" {
					t.Errorf("hop %+v", h)
				}
			}
		})
	}
}

// Every name server is asked, also those that the walk passes by, and answers are compared.
func TestAllServersAreCompared(t *testing.T) {
	old := fault.Rule{Host: "ns2.fuji.test", Stage: fault.Query, Match: fault.Match{Name: "fuji.test", Type: "MX"},
		Do: fault.Action{Records: []string{"fuji.test. 60 MX 10 old.fuji.test."}}}
	version := fault.Rule{Host: "ns2.fuji.test", Stage: fault.Query, Match: fault.Match{Name: "fuji.test", Type: "SOA"},
		Do: fault.Action{Records: []string{"fuji.test. 60 SOA ns1.fuji.test. postmaster.nic.test. 2026110101 3600 600 604800 60"}}}
	for code, rules := range map[string][]fault.Rule{"trace.dns.agree": nil, "trace.dns.disagree": {old}, "trace.dns.serials": {version}} {
		_, n := small(t, rules...)
		o := options(n, "bob@fuji.test")
		o.All = true
		r := traced(t, o)
		if !has(r, code) {
			t.Errorf("no %s:\n%s", code, strings.Join(codes(r), "\n"))
		}
	}
}

func TestAnAddressLiteral(t *testing.T) {
	_, n := small(t)
	o := options(n, "bob@[192.0.2.20]")
	o.Address = "bob@fuji.test"
	if r := traced(t, o); r.Verdict.Word != Delivered || r.Steps[Lookup-1].State != OK {
		t.Errorf("%+v", r.Verdict)
	}
	o.Address = "bob@[192.0.2.20]"
	if r := traced(t, o); r.Verdict.Word != Refused || r.Verdict.Finding.Code != "trace.literal.refused" || r.Verdict.Who != "you" || len(r.Verdict.Also) > 0 || !has(r, "trace.tls.literal") {
		t.Errorf("%+v", r.Verdict)
	}
	if r := traced(t, options(n, "bob@[127.0.0.1]")); r.Verdict.Word != Refused || r.Verdict.Finding.Code != "trace.literal.local" || r.Verdict.Who != "you" {
		t.Errorf("%+v", r.Verdict)
	}
}

// Where the hosts are not ours, no recipient is named unless the person agreed, once.
func TestConsent(t *testing.T) {
	_, n := small(t)
	n.Owns = func(string) bool { return false }
	var asked atomic.Int32
	for _, c := range []struct {
		rcpt, agree bool
		word        Word
		questions   int32
	}{{false, true, NotKnown, 0}, {true, false, NotKnown, 1}, {true, true, Delivered, 1}} {
		asked.Store(0)
		o := options(n, "hanako@tsuru.test")
		o.Rcpt = c.rcpt
		o.Consent = func(_ context.Context, q Question) bool {
			if asked.Add(1); q.Address != o.Address || q.Sender != o.Sender || !strings.HasSuffix(q.Host, ".tsuru.test") || q.Send {
				t.Errorf("question %+v", q)
			}
			return c.agree
		}
		r := traced(t, o)
		if r.Verdict.Word != c.word || asked.Load() != c.questions || has(r, "trace.accepted") != (c.word == Delivered) || has(r, "trace.mail") != (c.word == Delivered) {
			t.Errorf("%+v: %d questions, verdict %+v", c, asked.Load(), r.Verdict)
		}
		if c.word == NotKnown && r.Verdict.Finding.Code != "trace.ready" {
			t.Errorf("%+v: verdict %+v", c, r.Verdict)
		}
	}
}

// Without a submission server a test message goes straight to an exchanger, which is what the person agrees to or not.
func TestConsentToSend(t *testing.T) {
	for _, agree := range []bool{false, true} {
		_, n := small(t)
		n.Owns = func(string) bool { return false }
		o := options(n, "hanako@tsuru.test")
		o.Rcpt, o.Send = true, &Message{ID: "x@sakura.test", Octets: []byte("Message-ID: <x@sakura.test>\r\nFrom: alice@sakura.test\r\n\r\n.\r\n")}
		o.Consent = func(_ context.Context, q Question) bool {
			if !q.Send {
				t.Errorf("question %+v", q)
			}
			return agree
		}
		if r := traced(t, o); has(r, "trace.sent") != agree || has(r, "trace.mail") != agree {
			t.Errorf("agreed %t: %s", agree, strings.Join(codes(r), "\n"))
		}
	}
}

// A question that nobody answers ends with the run's time, and means no.
func TestConsentEndsWithTheRun(t *testing.T) {
	_, n := small(t)
	n.Owns = func(string) bool { return false }
	o := options(n, "hanako@tsuru.test")
	o.Rcpt, o.Time = true, time.Second
	asked := false
	o.Consent = func(ctx context.Context, _ Question) bool {
		asked = true
		<-ctx.Done()
		return false
	}
	if r := traced(t, o); !asked || r.Verdict.Word != NotKnown || has(r, "trace.mail") {
		t.Errorf("asked %t, verdict %+v\n%s", asked, r.Verdict, strings.Join(codes(r), "\n"))
	}
}

// A line that lets nothing out on port 25 says nothing of the recipient's provider.
func TestABlockedLineIsNotTheRecipientsFault(t *testing.T) {
	_, n := small(t)
	dial := n.Dial
	n.Dial = blocked(dial)
	r := traced(t, options(n, "hanako@tsuru.test"))
	if v := r.Verdict; v.Word != NotKnown || v.Finding.Code != "trace.dial.silent" || v.Who != "you" || r.Steps[Transfer-1].State != Unknown {
		t.Errorf("verdict %+v, step %+v", v, r.Steps[Transfer-1])
	}
	if !has(r, "local.port25.unsure") {
		t.Errorf("one silent domain proves nothing:\n%s", strings.Join(codes(r), "\n"))
	}
	o := options(n, "hanako@tsuru.test")
	o.Compare, o.Own = []string{"mx1.fuji.test"}, []ladder.Server{{Proto: ladder.SMTP, Host: "mail.sakura.test", Port: 587}}
	r = traced(t, o)
	if v := r.Verdict; v.Word != NotKnown || v.Finding.Code != "local.port25.blocked" || v.Who != "you" || r.Steps[Transfer-1].State != Unknown {
		t.Errorf("verdict %+v, step %+v", v, r.Steps[Transfer-1])
	}
	n.Dial = blockedAt(dial, "192.0.2.3") // mx1 and mx2 of tsuru.test alone
	r = traced(t, o)
	if v := r.Verdict; v.Word != Deferred || v.Finding.Code != "trace.dial.dead" || v.Who != "recipient" {
		t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
	}
}

func TestTheCallerGivesUp(t *testing.T) {
	_, n := small(t, fault.Rule{Stage: fault.Query, Host: "ns?.tsuru.test", Do: fault.Action{Silent: true}})
	ctx, cancel := context.WithCancel(t.Context())
	o := options(n, "hanako@tsuru.test")
	o.Watch = func(h Hop) {
		if h.Where == "tsuru.test" {
			cancel()
		}
	}
	r, err := Run(ctx, nil, o)
	if err == nil || r.Verdict.Word != NotKnown || r.Verdict.Finding.Code != "trace.stopped" {
		t.Errorf("%v, verdict %+v", err, r.Verdict)
	}
	for _, h := range r.Hops {
		if h.State == Live {
			t.Errorf("still live: %+v", h)
		}
	}
}

// A run that ends before a server's time is over proves nothing of the server.
func TestTheTimeIsBounded(t *testing.T) {
	_, n := small(t, fault.Rule{Stage: fault.Connect, Host: "mx?.tsuru.test", Do: fault.Action{Silent: true}})
	o := options(n, "hanako@tsuru.test")
	o.Time = 400 * time.Millisecond
	began := time.Now()
	r := traced(t, o)
	if d := time.Since(began); d > 3*time.Second || r.Verdict.Word != NotKnown || r.Verdict.Finding.Code != "trace.stopped" || r.Steps[Transfer-1].State != Unknown {
		t.Errorf("after %s: %+v, step %+v", d, r.Verdict, r.Steps[Transfer-1])
	}
}

func TestFamilies(t *testing.T) {
	_, n := small(t)
	o := options(n, "hanako@tsuru.test")
	o.Family = dns.IPv6 // the small Internet's name servers have IPv4 alone
	if r := traced(t, o); r.Verdict.Word != NotKnown || r.Verdict.Finding.Code != "trace.dns.noroot" {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
}

// What our own server refuses goes no further, whatever the recipient's would say.
func TestTheSubmissionServerDecidesFirst(t *testing.T) {
	for name, c := range map[string]struct {
		rule fault.Rule
		word Word
		step int
		who  string
	}{
		"healthy":       {fault.Rule{Stage: fault.Helo, Host: "nobody", Do: fault.Action{Close: true}}, Delivered, 0, "nobody"},
		"login refused": {fault.Rule{Stage: fault.Auth, Host: "mail.sakura.test", Do: fault.Action{Reply: "535 5.7.8 No"}}, Refused, 1, "you"},
		"too busy":      {fault.Rule{Stage: fault.Mail, Host: "mail.sakura.test", Do: fault.Action{Reply: "421 4.3.2 Later"}}, Deferred, 1, "nobody"},
		"certificate":   {fault.Rule{Stage: fault.TLS, Host: "mail.sakura.test", Do: fault.Action{Certificate: fault.OtherName}}, Deferred, 1, "you"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, c.rule)
			n.Resolve = dns.New(dns.Options{Net: n}).Resolve
			o := options(n, "bob@fuji.test")
			o.Submit = &SubmissionServer{Host: "mail.sakura.test", Port: 587, TLS: wire.TLSStart, Login: func(ctx context.Context, c *smtp.Client) error {
				return c.Auth(ctx, sasl.Credentials{User: "alice@sakura.test", Password: "apple"}, "")
			}}
			r := traced(t, o)
			if v := r.Verdict; v.Word != c.word || v.Step != c.step || v.Who != c.who {
				t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
			}
			if c.step == 0 && (!has(r, "trace.submission") || !has(r, "trace.submission.rcpt")) {
				t.Errorf("no login, no RCPT:\n%s", strings.Join(codes(r), "\n"))
			}
			if f := r.Verdict.Finding; f.Args["address"] != "bob@fuji.test" || f.Args["host"] == "" {
				t.Errorf("the verdict does not say whom and which server it is about: %v", f.Args)
			}
			for _, h := range r.Hops {
				if h.State == Live {
					t.Errorf("hop %+v is not over", h)
				}
			}
		})
	}
}

// A mailbox that cannot be opened is the first thing that failed where the rest went well.
func TestAMailboxOutOfReach(t *testing.T) {
	_, n := small(t)
	o := options(n, "bob@fuji.test")
	o.Collect = &Login{Server: "mail.fuji.test:995", Try: func(context.Context, *trace.Span) error { return &pop3.Error{Verb: "PASS", Code: "IN-USE"} }}
	if v := traced(t, o).Verdict; v.Word != Delivered || v.Step != 4 || v.Finding.Code != "pop3.in-use" {
		t.Errorf("verdict %+v", v)
	}
}

// Giving up one wait ends that wait, and says nothing of the server.
func TestAWaitIsGivenUp(t *testing.T) {
	_, n := small(t, fault.Rule{Host: "mx?.tsuru.test", Stage: fault.Rcpt, Do: fault.Action{Silent: true}})
	o := options(n, "hanako@tsuru.test")
	o.Waits = &Waits{}
	var given atomic.Int32
	o.Watch = func(h Hop) {
		if h.State == Live && h.What == "RCPT" {
			go func() {
				for !o.Waits.GiveUp(h.ID) {
					runtime.Gosched()
				}
				given.Add(1)
			}()
		}
	}
	r := traced(t, o)
	if v := r.Verdict; v.Word != NotKnown || v.Finding.Code != "trace.givenup" || v.Who != "nobody" {
		t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
	}
	if !has(r, "trace.mail") {
		t.Errorf("the dialogues ended before the wait that was given up:\n%s", strings.Join(codes(r), "\n"))
	}
	if o.Waits.GiveUp(1) {
		t.Error("a wait that is over was given up")
	}
}

// A message that is sent goes to the best exchanger alone where there is no submission server, and is waited for.
func TestAMessageTravels(t *testing.T) {
	bobs := func(password string) *Login {
		return &Login{Server: "mail.fuji.test:993", Box: ladder.Server{Proto: ladder.IMAP, Host: "mail.fuji.test", Port: 993, TLS: wire.TLSImplicit,
			Secret: func(context.Context) (sasl.Credentials, error) {
				return sasl.Credentials{User: "bob@fuji.test", Password: password}, nil
			}}}
	}
	for name, c := range map[string]struct {
		rules    []fault.Rule
		password string
		code     string
		word     Word
		step     int
		never    bool // it is waited for until the time is over
	}{
		"arrives":         {nil, "banana", "trace.arrived", Delivered, 0, false},
		"out of reach":    {nil, "cherry", "imap.authenticationfailed", Delivered, 4, false},
		"is lost":         {[]fault.Rule{{Host: "mx1.fuji.test", Stage: fault.Accepted, Do: fault.Action{Close: true}}}, "banana", "trace.arrived", Delivered, 0, false},
		"does not arrive": {[]fault.Rule{{Host: "mx1.fuji.test", Stage: fault.EndOfData, Do: fault.Action{Close: true}}}, "banana", "trace.sent.unknown", Deferred, 3, true},
		"is refused":      {[]fault.Rule{{Host: "mx1.fuji.test", Stage: fault.EndOfData, Do: fault.Action{Reply: "554 5.7.1 Message rejected as spam"}}}, "banana", "reason.content", Refused, 3, false},
		"comes too late":  {[]fault.Rule{{Host: "mx1.fuji.test", Stage: fault.EndOfData, Do: fault.Action{Reply: "250 2.0.0 Ok, somewhere else"}}}, "banana", "trace.arrived.late", Delivered, 4, true},
		"nobody takes it": {[]fault.Rule{{Host: "mx1.fuji.test", Stage: fault.Rcpt, Do: fault.Action{Reply: "550 5.1.1 User unknown"}}}, "banana", "trace.refused.nobody", Refused, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t, c.rules...)
			n.Resolve = dns.New(dns.Options{Net: n}).Resolve
			o := options(n, "bob@fuji.test")
			o.Collect = bobs(c.password)
			o.Send = &Message{ID: "x@sakura.test", Octets: []byte("Message-ID: <x@sakura.test>\r\nFrom: alice@sakura.test\r\n\r\n.dot\r\n")}
			within := &manual{Context: t.Context(), over: make(chan struct{})}
			o.Watch = func(h Hop) {
				if c.never && h.Step == Pickup && h.What == "message" && h.State == Live {
					within.pass()
				}
			}
			r, err := Run(within, nil, o)
			if (err != nil) != c.never {
				t.Fatal(err)
			}
			if v := r.Verdict; v.Word != c.word || v.Finding.Code != c.code || v.Step != c.step {
				t.Errorf("verdict %+v\n%s", v, strings.Join(codes(r), "\n"))
			}
			for _, h := range r.Hops {
				if h.State == Live {
					t.Errorf("hop %+v is not over", h)
				}
			}
		})
	}
}

// Two exchangers that refuse the recipient in the same words are one finding.
func TestTheSameRefusalIsSaidOnce(t *testing.T) {
	_, n := small(t)
	if v := traced(t, options(n, "nobody@tsuru.test")).Verdict; v.Word != Refused || len(v.Also) != 0 {
		t.Errorf("verdict %+v", v)
	}
}

// The resolver's answer is only compared: the trace goes on without it.
func TestTheResolverIsGivenUp(t *testing.T) {
	_, n := small(t, fault.Rule{Host: "resolver.nic.test", Stage: fault.Query, Do: fault.Action{Silent: true}})
	o := options(n, "hanako@tsuru.test")
	o.Waits = &Waits{}
	o.Watch = func(h Hop) {
		if h.State == Live && h.Kind == KindResolver {
			go func() {
				for !o.Waits.GiveUp(h.ID) {
					runtime.Gosched()
				}
			}()
		}
	}
	r := traced(t, o)
	if r.Verdict.Word != Delivered || !has(r, "trace.resolver.givenup") {
		t.Errorf("verdict %+v\n%s", r.Verdict, strings.Join(codes(r), "\n"))
	}
}

// A run that was stopped says nothing of the mailbox.
func TestAStoppedRunKnowsNoMailbox(t *testing.T) {
	_, n := small(t)
	ctx, stop := context.WithCancel(t.Context())
	o := options(n, "bob@fuji.test")
	o.Collect = &Login{Server: "mail.fuji.test:995", Try: func(ctx context.Context, _ *trace.Span) error {
		stop()
		<-ctx.Done()
		return ctx.Err()
	}}
	r, _ := Run(ctx, nil, o)
	if s := r.Steps[Pickup-1]; s.State != Unknown {
		t.Errorf("step 4 is %s\n%s", s.State, strings.Join(codes(r), "\n"))
	}
}

func TestThisDeviceIsAnExchanger(t *testing.T) {
	for self, word := range map[string]Word{"192.0.2.32": Delivered, "192.0.2.31": Refused} {
		_, n := small(t)
		o := options(n, "hanako@tsuru.test")
		o.Self = []netip.Addr{netip.MustParseAddr(self)}
		r := traced(t, o)
		if r.Verdict.Word != word || !has(r, "trace.mx.self") || word == Refused && r.Verdict.Finding.Code != "trace.mx.loop" {
			t.Errorf("as %s: %+v\n%s", self, r.Verdict, strings.Join(codes(r), "\n"))
		}
	}
}

func TestHowFarOneGoes(t *testing.T) {
	_, n := small(t)
	last := map[Stop]string{AfterConnect: "trace.connected", AfterBanner: "trace.banner", AfterEHLO: "trace.ehlo", AfterSTARTTLS: "trace.tls.verified",
		AfterMAIL: "trace.mail", AfterRCPT: "trace.accepted"}
	for i, stop := range Stops() {
		o := options(n, "bob@fuji.test")
		o.Stop = stop
		r := traced(t, o)
		for j, other := range Stops() {
			if has(r, last[other]) != (j <= i) {
				t.Errorf("after %s: %s is there: %t", stop, last[other], j > i)
			}
		}
		if r.Verdict.Word != NotKnown && stop != AfterRCPT || r.Verdict.Finding.Level != trace.Pass {
			t.Errorf("after %s: %+v", stop, r.Verdict)
		}
	}
}

func TestCatchAll(t *testing.T) {
	for code, rules := range map[string][]fault.Rule{"trace.catchall.none": nil, "trace.catchall": {{Host: "mx?.tsuru.test", Stage: fault.Rcpt, Do: fault.Action{Reply: "250 2.1.5 Ok"}}}} {
		_, n := small(t, rules...)
		o := options(n, "hanako@tsuru.test")
		o.CatchAll = true
		asked := 0
		r := traced(t, o)
		for _, h := range r.Hops {
			if h.What == "RCPT made up" {
				asked++
			}
		}
		if f := r.CatchAll(); asked != 1 || f == nil || f.Code != code || r.Verdict.Word != Delivered {
			t.Errorf("asked %d times, verdict %+v\n%s", asked, r.Verdict, strings.Join(codes(r), "\n"))
		}
	}
}

// The domain is what stands behind the last at sign.
func TestCatchAllOfAQuotedLocalPart(t *testing.T) {
	_, n := small(t, fault.Rule{Host: "mx?.tsuru.test", Stage: fault.Rcpt, Do: fault.Action{Reply: "250 2.1.5 Ok"}})
	o := options(n, `"a@b"@tsuru.test`)
	o.Domain, o.CatchAll = "tsuru.test", true
	recorder := &trace.Recorder{}
	if _, err := Run(t.Context(), trace.New(recorder, nil), o); err != nil {
		t.Fatal(err)
	}
	asked := func(e trace.Event) bool {
		command := string(e.Data)
		return strings.HasPrefix(command, "RCPT TO:<todoku-") && strings.Contains(command, "@tsuru.test>") && strings.Count(command, "@") == 1
	}
	if !slices.ContainsFunc(recorder.Events(), asked) {
		t.Error("nobody was asked for the made-up address of tsuru.test")
	}
}

// BenchmarkAtADistance traces with 20 ms of round trip and says how long it takes beside its critical path, which the
// servers count.
func BenchmarkAtADistance(b *testing.B) {
	const rtt = 20 * time.Millisecond
	s, n := worldtest.Start(b, rtt)
	for _, to := range []string{"bob@fuji.test", "hanako@tsuru.test"} {
		b.Run(to, func(b *testing.B) {
			trips := 0
			for b.Loop() {
				began := time.Now()
				o := options(n, to)
				o.Own = alices
				if r := traced(b, o); r.Verdict.Word != Delivered {
					b.Fatal(r.Verdict)
				}
				trips += sandbox.DependentRoundTrips(s.Exchanges(began))
			}
			b.ReportMetric(float64(trips)/float64(b.N), "round-trips/op")
			b.ReportMetric(float64(b.Elapsed())/float64(time.Duration(trips)*rtt), "x-critical-path")
		})
	}
}

func BenchmarkHealthy(b *testing.B) {
	_, n := small(b)
	for b.Loop() {
		o := options(n, "bob@fuji.test")
		o.Own = alices
		if r := traced(b, o); r.Verdict.Word != Delivered {
			b.Fatal(r.Verdict)
		}
	}
}

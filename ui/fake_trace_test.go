package ui

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"todoku/diag/delivery"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/smtp"
	"todoku/session"
	"todoku/ui/screen"
)

// journey is a trace as the fake plays it: hops and the events of their dialogues.
type journey struct {
	hops   []delivery.Hop
	events []trace.Event
	report delivery.Report
	held   bool          // it never ends by itself
	gate   chan struct{} // if set, it waits for it
	asks   *delivery.Question
	err    error // it cannot even begin
}

func (f *fake) Trace(ctx context.Context, span *trace.Span, o session.TraceOptions) (delivery.Report, error) {
	f.note("trace %s by %s", o.Target, o.Account)
	j := f.journey
	if j == nil {
		j = deferredJourney()
	}
	if j.err != nil {
		return delivery.Report{}, j.err
	}
	for _, e := range j.events {
		span.Emit(e)
	}
	for i, h := range j.hops {
		if h.Kind == delivery.KindCommand && h.Step == delivery.Transfer { // one dialogue
			h.Span = span.ID()
		}
		if len(j.report.Hops) > 0 {
			j.report.Hops[i].Span = h.Span
		}
		began := h
		began.State, began.Finding = delivery.Live, nil
		o.Watch(began)
		if h.State != delivery.Live {
			o.Watch(h)
		}
	}
	j.record(span)
	if j.held {
		f.entered <- "trace"
		<-ctx.Done()
		return delivery.Report{}, ctx.Err()
	}
	if j.gate != nil {
		f.entered <- "trace"
		<-j.gate
	}
	if j.asks != nil {
		f.note("asked: %v", o.Consent(ctx, *j.asks))
	}
	return j.report, nil
}

// record puts the hops and the report among the events, as a trace does.
func (j *journey) record(span *trace.Span) {
	put := func(name string, what any) {
		data, _ := json.Marshal(what)
		span.Emit(trace.Event{Kind: trace.KindStep, Name: name, Data: data})
	}
	report := j.report
	report.Hops = nil
	put("begin", report)
	for _, h := range j.hops {
		put("hop", h)
	}
	put("report", report)
}

// at is a moment of the journey.
func at(ms int) time.Time { return fixedNow().Add(time.Duration(ms) * time.Millisecond) }

// writer writes a journey hop by hop.
type writer struct{ journey }

func (w *writer) hop(h delivery.Hop, from, took int, f trace.Finding) *delivery.Hop {
	h.ID, h.Began, h.Elapsed = len(w.hops)+1, at(from), time.Duration(took)*time.Millisecond
	h.State, h.Finding = map[trace.Level]delivery.State{trace.Pass: delivery.OK, trace.NotApplicable: delivery.NA}[f.Level], &f
	if h.State == "" {
		h.State = delivery.State(f.Level)
	}
	if f.Code == "" {
		h.State, h.Finding = delivery.Live, nil
	}
	w.hops = append(w.hops, h)
	return &w.hops[len(w.hops)-1]
}

func (w *writer) query(q dns.Hop, from, took int) *delivery.Hop {
	if q.For == "" {
		q.For = "tsuru.test MX"
	}
	q.Network, q.Name, q.Type, q.EDNS, q.Sent, q.Size, q.Origin = "udp", "TsuRu.teSt.", "MX", true, 39, 39, dns.FromGlue
	q.Query, q.Reply = []byte("\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01\x05TsuRu\x04teSt\x00\x00\x0f\x00\x01"), []byte("\x12\x34\x80\x05")
	f := q.Finding()
	if q.Outcome == dns.Asking {
		f, q.Size = trace.Finding{}, 0
	}
	return w.hop(delivery.Hop{Step: 2, Kind: delivery.KindQuery, Where: q.Zone, Addr: q.Addr, What: q.Server, Query: &q}, from, took, f)
}

// say is a command of the dialogue with mx1, or mx2, and its reply.
func (w *writer) say(host, what, sent, got string, from, took int, code string, level trace.Level) *delivery.Hop {
	addr := map[string]string{"mx1.tsuru.test": "192.0.2.31", "mx2.tsuru.test": "192.0.2.32"}[host]
	first := int64(len(w.events)) + 1 // after the event that opens the span
	for _, e := range []trace.Event{{Kind: trace.KindSend, Data: []byte(sent)}, {Kind: trace.KindRecv, Data: []byte(got), Elapsed: time.Duration(took) * time.Millisecond}} {
		if len(e.Data) > 0 {
			e.Side, e.Proto, e.Conn, e.Addr = trace.SideClient, "smtp", "a-b", host+":25"
			w.events = append(w.events, e)
		}
	}
	h := w.hop(delivery.Hop{Step: 3, Kind: delivery.KindCommand, Where: host, Addr: addr + ":25", What: what}, from, took, trace.Finding{Code: code, Level: level,
		Args: map[string]string{"host": host, "server": host, "addr": addr, "port": "25", "address": "hanako@tsuru.test", "domain": "tsuru.test", "said": got, "step": "3",
			"version": "TLS 1.3", "names": host, "until": "2027-02-21"}})
	h.First = first
	if h.Last = int64(len(w.events)) + 1; code == "" {
		h.Last = 0
	}
	return h
}

// lookup is the way to the mail exchangers; one name server of two is lame.
func (w *writer) lookup() {
	w.hop(delivery.Hop{Step: 1, Kind: delivery.KindDevice, Where: "this device", What: "IPv4, IPv6"}, 0, 0, trace.Finding{Code: "trace.local.ready",
		Level: trace.Pass, Args: map[string]string{"families": "IPv4", "ipv4": "203.0.113.7"}})
	w.hop(delivery.Hop{Step: 1, Kind: delivery.KindCommand, Where: "mail.sakura.test:587", What: "AUTH"}, 0, 187, trace.Finding{Code: "trace.submission", Level: trace.Pass})
	w.query(dns.Hop{Zone: ".", Server: "a.root.test", Addr: "198.51.100.1:53", Outcome: dns.Refers, Rcode: "NOERROR", Child: "test"}, 0, 21)
	w.query(dns.Hop{Zone: "test", Server: "ns1.nic.test", Addr: "198.51.100.2:53", Outcome: dns.Refers, Rcode: "NOERROR", Child: "tsuru.test",
		Authority: []string{"tsuru.test.\t300\tIN\tNS\tns1.tsuru.test.", "tsuru.test.\t300\tIN\tNS\tns2.tsuru.test."},
		Extra:     []string{"ns1.tsuru.test.\t300\tIN\tA\t192.0.2.53", "ns2.tsuru.test.\t300\tIN\tA\t192.0.2.54"}}, 21, 22)
	w.query(dns.Hop{Zone: "tsuru.test", Server: "ns1.tsuru.test", Addr: "192.0.2.53:53", Outcome: dns.IsLame, Rcode: "REFUSED"}, 43, 20)
}

func (w *writer) routes() {
	w.query(dns.Hop{Zone: "tsuru.test", Server: "ns2.tsuru.test", Addr: "192.0.2.54:53", Outcome: dns.Answers, Rcode: "NOERROR", AA: true,
		Answer: []string{"tsuru.test.\t300\tIN\tMX\t10 mx1.tsuru.test.", "tsuru.test.\t300\tIN\tMX\t20 mx2.tsuru.test."}}, 63, 821)
	w.hop(delivery.Hop{Step: 2, Kind: delivery.KindResolver, Where: "resolver", Addr: "192.0.2.1:53", What: "tsuru.test MX"}, 0, 3,
		trace.Finding{Code: "trace.resolver.same", Level: trace.Pass, Args: map[string]string{"server": "192.0.2.1"}})
	for i, kind := range []string{"A", "AAAA"} {
		w.query(dns.Hop{For: "mx1.tsuru.test " + kind, Zone: "tsuru.test", Server: "ns2.tsuru.test", Addr: "192.0.2.54:53", Outcome: dns.Answers,
			Rcode: "NOERROR", AA: true, Answer: []string{"mx1.tsuru.test.\t300\tIN\tA\t192.0.2.31"}}, 884+i, 20)
	}
}

var offered = []string{"8BITMIME", "ENHANCEDSTATUSCODES", "PIPELINING", "SIZE 10485760", "SMTPUTF8", "STARTTLS", "X-ODD 1"}

// talkTo is the dialogue with one exchanger up to RCPT.
func (w *writer) talkTo(host string, from int) {
	w.say(host, "connect", "", "", from, 20, "trace.connected", trace.Pass)
	w.say(host, "banner", "", "220 "+host+" ESMTP\r\n", from+20, 184, "trace.banner", trace.Pass)
	hello := w.say(host, "EHLO", "EHLO [203.0.113.7]\r\n", "250 "+host+"\r\n", from+204, 20, "trace.ehlo", trace.Pass)
	hello.Offers, hello.Reply = offered, &smtp.Reply{Code: 250, Lines: append([]string{host}, offered...)}
	w.say(host, "STARTTLS", "STARTTLS\r\n", "220 Ready\r\n", from+224, 39, "trace.tls.verified", trace.Pass).TLS = &trace.TLSFacts{
		Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", Curve: "X25519", Verified: true, Chain: []trace.CertFacts{
			{Subject: "CN=" + host, Issuer: "CN=todoku sandbox CA", Names: []string{host}, NotAfter: at(90 * 86400_000)},
			{Subject: "CN=todoku sandbox CA", Issuer: "CN=todoku sandbox CA", NotAfter: at(90 * 86400_000)}}}
	w.say(host, "EHLO in TLS", "EHLO [203.0.113.7]\r\n", "250 "+host+"\r\n", from+263, 20, "trace.ehlo", trace.Pass).Offers = offered[:5]
	w.say(host, "MAIL", "MAIL FROM:<alice@sakura.test>\r\n", "250 2.1.0 Ok\r\n", from+283, 21, "trace.mail", trace.Pass)
}

func (w *writer) end(word delivery.Word, last *delivery.Hop, states ...delivery.State) *journey {
	w.report = delivery.Report{Address: "hanako@tsuru.test", Domain: "tsuru.test", Hops: w.hops, Elapsed: 1268 * time.Millisecond,
		Verdict: delivery.Verdict{Word: word, Finding: *last.Finding}}
	took := []int{187, 905, 346, 0}
	for i, state := range states {
		w.report.Steps[i] = delivery.Step{Number: i + 1, State: state, Began: at(0), Elapsed: time.Duration(took[i]) * time.Millisecond}
	}
	for _, h := range w.hops {
		if h.State == delivery.Fail && h.Finding.Code != last.Finding.Code {
			w.report.Verdict.Also = append(w.report.Verdict.Also, *h.Finding)
		}
	}
	j := w.journey
	return &j
}

func deferredJourney() *journey {
	w := &writer{}
	w.lookup()
	w.routes()
	w.talkTo("mx1.tsuru.test", 905)
	last := w.say("mx1.tsuru.test", "RCPT", "RCPT TO:<hanako@tsuru.test>\r\n", "451 4.7.1 Greylisted, come back in 300 s\r\n", 1209, 42, "trace.greylisted", trace.Warn)
	return w.end(delivery.Deferred, last, delivery.OK, delivery.Warn, delivery.Warn, delivery.Unknown)
}

func refusedJourney() *journey {
	w := &writer{}
	w.lookup()
	w.routes()
	w.talkTo("mx1.tsuru.test", 905)
	last := w.say("mx1.tsuru.test", "RCPT", "RCPT TO:<hanako@tsuru.test>\r\n", "550 5.1.1 User unknown\r\n", 1209, 42, "trace.refused.nobody", trace.Fail)
	return w.end(delivery.Refused, last, delivery.OK, delivery.Warn, delivery.Fail, delivery.Unknown)
}

func deliveredJourney() *journey {
	w := &writer{}
	w.lookup()
	w.routes()
	w.talkTo("mx1.tsuru.test", 905)
	last := w.say("mx1.tsuru.test", "RCPT", "RCPT TO:<hanako@tsuru.test>\r\n", "250 2.1.5 Recipient ok\r\n", 1209, 42, "trace.accepted", trace.Pass)
	return w.end(delivery.Delivered, last, delivery.OK, delivery.Warn, delivery.OK, delivery.OK)
}

// liveJourney is asking the second name server.
func liveJourney() *journey {
	w := &writer{}
	w.lookup()
	w.hop(delivery.Hop{Step: 2, Kind: delivery.KindResolver, Where: "resolver", Addr: "192.0.2.1:53", What: "tsuru.test MX"}, 200, 3,
		trace.Finding{Code: "trace.resolver.same", Level: trace.Pass, Args: map[string]string{"server": "192.0.2.1"}})
	w.query(dns.Hop{Zone: "tsuru.test", Server: "ns2.tsuru.test", Addr: "192.0.2.54:53"}, 63, 0).Limit = 800 * time.Millisecond
	w.held = true
	j := w.journey
	return &j
}

// readRun reads the events of a run file.
func readRun(path string) ([]trace.Event, error) {
	run, err := session.ReadRun(context.Background(), path)
	return run.Events, err
}

func tracing(j func() *journey) func(*fake) { return func(f *fake) { f.journey = j() } }

// traceLive opens a trace that waits.
func traceLive(f *fake) func(*bench) {
	return func(b *bench) {
		b.held = true
		b.press("t")
		<-f.entered
		b.settle()
		b.elapse(400 * time.Millisecond)
	}
}

// askedForConsent opens a trace and waits for its question.
func askedForConsent(b *bench) {
	b.held = true
	b.press("t")
	for b.app.line == nil {
		<-b.app.env.Jobs.Posted()
		b.settle()
	}
}

func traceScenes() []scene {
	empty := func(b *bench) { b.run(b.app.do(screen.Open{Name: screen.Tracer})) }
	which := func(b *bench) {
		b.run(b.app.do(screen.Open{Name: screen.Tracer, With: screen.TracerArgs{Targets: []string{"bob@fuji.test", "hanako@tsuru.test"}}}))
	}
	consent := func(f *fake) {
		j := liveJourney()
		j.held, j.asks = false, &delivery.Question{Host: "mx1.tsuru.test", Address: "hanako@tsuru.test", Sender: "alice@sakura.test"}
		f.journey = j
	}
	live := func(f *fake) { f.journey, f.entered = liveJourney(), make(chan string, 9) }
	return []scene{
		{name: "trace-empty", act: empty},
		{name: "trace-which", act: which},
		{name: "trace-live", prepare: live, act: func(b *bench) { traceLive(b.app.opts.Session.(*fake))(b) }},
		{name: "trace-consent", prepare: consent, act: askedForConsent},
		{name: "trace-deferred", act: keysOf("t")},
		{name: "trace-refused", prepare: tracing(refusedJourney), act: keysOf("t")},
		{name: "trace-delivered", prepare: tracing(deliveredJourney), act: keysOf("t")},
		{name: "trace-failed", prepare: func(f *fake) { f.journey = &journey{err: errors.New("the address is none")} }, act: keysOf("t")},
		{name: "trace-explain-ok", prepare: tracing(deliveredJourney), act: keysOf("t", "e")},
		{name: "trace-dialogue", act: keysOf("t", "enter")},
		{name: "trace-lame", act: keysOf("t", "g", "j", "j", "j", "j", "j")},
		{name: "trace-offers", act: keysOf("t", "k", "z", "j", "j")},
		{name: "trace-tls", act: keysOf("t", "k", "z", "j", "j", "j", "enter")},
		{name: "trace-fold", act: keysOf("t", "k")},
		{name: "trace-step", act: keysOf("t", "j")},
		{name: "trace-explain", act: keysOf("t", "e")},
		{name: "trace-packets", act: keysOf("t", "g", "j", "j", "j", "j", "j", "enter")},
		{name: "trace-save", act: keysOf("t", "s")},
		{name: "trace-compare", act: func(b *bench) {
			b.press("t")
			b.app.opts.Session.(*fake).journey = refusedJourney()
			b.press("ctrl+r", "=", "enter")
		}},
	}
}

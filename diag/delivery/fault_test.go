package delivery

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"

	"todoku/diag/ladder"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// breaking panics where a connection to an address that ends so is made.
func breaking(dial dialer, ending string) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasSuffix(address, ending) {
			panic("odd")
		}
		return dial(ctx, network, address)
	}
}

// breakingAt panics where a DNS question that holds the octets is asked.
func breakingAt(dial dialer, question string) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err == nil && network == "udp" {
			c = brittle{c, []byte(question)}
		}
		return c, err
	}
}

type brittle struct {
	net.Conn
	question []byte
}

func (b brittle) Write(p []byte) (int, error) {
	if bytes.Contains(bytes.ToLower(p), b.question) {
		panic("odd")
	}
	return b.Conn.Write(p)
}

// A fault of ours in any piece of a run costs that piece: a hop says so, everything else goes on, nobody is blamed and
// nothing waits for ever.
func TestAFaultOfOursCostsOnePiece(t *testing.T) {
	const domain = "\x05tsuru\x04test\x00"
	pickUp := &Login{Server: "mail.tsuru.test:993", Box: ladder.Server{Proto: ladder.IMAP, Host: "mail.tsuru.test", Port: 993, TLS: wire.TLSImplicit,
		Secret: func(context.Context) (sasl.Credentials, error) { panic("odd") }}, Try: func(context.Context, *trace.Span) error { panic("odd") }}
	for name, c := range map[string]struct {
		breaks  func(*wire.Net, *Options)
		step    int
		what    string // of the hop
		state   State  // of the step
		verdict Word
	}{
		"the ports of mail":   {func(n *wire.Net, o *Options) { n.Dial = breaking(n.Dial, ":993") }, Submission, "mail ports", NA, Delivered},
		"the resolver's rung": {func(n *wire.Net, _ *Options) { n.Dial = breakingAt(n.Dial, "\x07invalid\x00") }, Submission, "192.0.2.1:53", NA, Delivered},
		"the submission server": {func(_ *wire.Net, o *Options) {
			o.Submit = &SubmissionServer{Host: "mail.sakura.test", Port: 587, TLS: wire.TLSStart, Login: func(context.Context, *smtp.Client) error { panic("odd") }}
		}, Submission, "AUTH", Unknown, Delivered},
		"the MX records":      {func(n *wire.Net, _ *Options) { n.Dial = breakingAt(n.Dial, domain+"\x00\x0f\x00\x01") }, Lookup, "MX", Unknown, NotKnown},
		"the domain's keys":   {func(n *wire.Net, _ *Options) { n.Dial = breakingAt(n.Dial, domain+"\x000\x00\x01") }, Lookup, "MX", Unknown, NotKnown},
		"an exchanger's IPv6": {func(n *wire.Net, _ *Options) { n.Dial = breakingAt(n.Dial, domain+"\x00\x1c\x00\x01") }, Lookup, "addresses", Unknown, NotKnown},
		"all name servers":    {func(n *wire.Net, _ *Options) { n.Dial = breakingAt(n.Dial, domain+"\x00\x06\x00\x01") }, Lookup, "all name servers", OK, Delivered},
		"the policy's record": {func(n *wire.Net, _ *Options) { n.Dial = breakingAt(n.Dial, "\x08_mta-sts"+domain) }, Lookup, "MTA-STS", OK, Delivered},
		"the policy's page":   {func(n *wire.Net, _ *Options) { n.Dial = breaking(n.Dial, ":443") }, Lookup, "MTA-STS", OK, Delivered},
		"where reports go":    {func(n *wire.Net, _ *Options) { n.Dial = breakingAt(n.Dial, "\x05_smtp\x04_tls") }, Lookup, "TLS-RPT", OK, Delivered},
		"an exchanger's keys": {func(n *wire.Net, _ *Options) { n.Dial = breakingAt(n.Dial, "\x03_25\x04_tcp") }, Lookup, "TLSA", OK, Delivered},
		"an address's name":   {func(n *wire.Net, _ *Options) { n.Dial = breakingAt(n.Dial, "\x07in-addr") }, Lookup, "PTR 192.0.2.31", OK, Delivered},
		"an exchanger's port": {func(n *wire.Net, _ *Options) { n.Dial = breaking(n.Dial, ":25") }, Transfer, "connect", Unknown, NotKnown},
		"the person's consent": {func(_ *wire.Net, o *Options) {
			o.Net.Owns, o.Rcpt, o.Consent = nil, true, func(context.Context, Question) bool { panic("odd") }
		}, Transfer, "", OK, NotKnown},
		"the pick-up": {func(_ *wire.Net, o *Options) { o.Collect = pickUp }, Pickup, "login", Unknown, Delivered},
		"the pick-up of a mail": {func(_ *wire.Net, o *Options) {
			o.Collect, o.Send = pickUp, &Message{ID: "x@sakura.test", Octets: []byte("Subject: x\r\n\r\nx\r\n")}
		}, Pickup, "login", Unknown, Delivered},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, n := small(t)
			n.Resolve = dns.New(dns.Options{Net: n}).Resolve
			o := options(n, "hanako@tsuru.test")
			o.Own, o.All = alices, true
			c.breaks(n, &o)
			r := traced(t, o)
			seen := false
			for _, h := range r.Hops {
				if h.State == Fail || h.State == Live || h.Finding.Code == "trace.stopped" {
					t.Errorf("%d %s %s is %s: %v", h.Step, h.Where, h.What, h.State, h.Finding)
				}
				seen = seen || h.Step == c.step && (c.what == "" || h.What == c.what) && h.State == Unknown && h.Finding.Code == faultCode && h.Finding.Args["said"] == "odd"
			}
			if !seen {
				t.Errorf("no hop says so:\n%s", strings.Join(codes(r), "\n"))
			}
			if v := r.Verdict; v.Word != c.verdict || c.state == Unknown && v.Word == NotKnown && (v.Finding.Code != faultCode || v.Who != "todoku") {
				t.Errorf("verdict %s: %+v, %s", v.Word, v.Finding, v.Who)
			}
			if s := r.Steps[c.step-1].State; s != c.state && !(c.state == OK && s == Warn) {
				t.Errorf("step %d is %s", c.step, s)
			}
		})
	}
}

// Who watches a run cannot break it, and a note tells of it.
func TestAWatcherThatBreaksOff(t *testing.T) {
	_, n := small(t)
	rec := &trace.Recorder{}
	o := options(n, "bob@fuji.test")
	o.Watch = func(Hop) { panic("odd") }
	r, err := Run(t.Context(), trace.New(rec, nil), o)
	if err != nil || r.Verdict.Word != Delivered || has(r, faultCode) {
		t.Errorf("%+v, %v", r.Verdict, err)
	}
	noted := false
	for _, e := range rec.Events() {
		noted = noted || e.Kind == trace.KindNote && strings.HasPrefix(e.Name, "fault in who watches a trace: odd")
	}
	if !noted {
		t.Error("no note tells of it")
	}
}

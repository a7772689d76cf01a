package delivery

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// manual is a context whose deadline is passed by hand.
type manual struct {
	context.Context
	once sync.Once
	over chan struct{}
}

func (m *manual) Done() <-chan struct{} { return m.over }

func (m *manual) Err() error {
	select {
	case <-m.over:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

func (m *manual) pass() { m.once.Do(func() { close(m.over) }) }

// cutting is a wait that is cut short: where nobody answers, and the hop that waits there.
type cutting struct {
	rule fault.Rule
	drop string // endings of addresses at which attempts to connect stay without answer
	step int
	kind Kind
	what string
	own  bool // the run's options have an account
}

func quiet(host string, stage fault.Stage, m fault.Match) fault.Rule {
	return fault.Rule{Host: host, Stage: stage, Match: m, Do: fault.Action{Silent: true}}
}

const resolver = "resolver*"

// cuts are all the places where a run waits for somebody.
func cuts() map[string]cutting {
	const mx, own = "mx?.tsuru.test", "mail.sakura.test"
	all := map[string]cutting{
		"the root":                  {rule: quiet("?.root.test", fault.Query, fault.Match{}), step: Lookup, kind: KindQuery},
		"a top-level domain":        {rule: quiet("ns?.nic.test", fault.Query, fault.Match{}), step: Lookup, kind: KindQuery},
		"the domain":                {rule: quiet("ns?.tsuru.test", fault.Query, fault.Match{}), step: Lookup, kind: KindQuery},
		"the exchangers' addresses": {rule: quiet("ns?.tsuru.test", fault.Query, fault.Match{Name: "mx?.tsuru.test"}), step: Lookup, kind: KindQuery},
		"the keys":                  {rule: quiet("ns?.tsuru.test", fault.Query, fault.Match{Type: "DNSKEY"}), step: Lookup, kind: KindQuery},
		"a policy's record":         {rule: quiet("ns?.tsuru.test", fault.Query, fault.Match{Name: "_mta-sts.*"}), step: Lookup, kind: KindPolicy, what: "MTA-STS"},
		"a policy's page":           {rule: quiet("mta-sts.tsuru.test", fault.HTTP, fault.Match{}), step: Lookup, kind: KindPolicy, what: "MTA-STS"},
		"where reports go":          {rule: quiet("ns?.tsuru.test", fault.Query, fault.Match{Name: "_smtp._tls.*"}), step: Lookup, kind: KindPolicy, what: "TLS-RPT"},
		"an exchanger's keys":       {rule: quiet("ns?.tsuru.test", fault.Query, fault.Match{Type: "TLSA"}), step: Lookup, kind: KindPolicy, what: "TLSA"},
		"an address's name":         {rule: quiet("*", fault.Query, fault.Match{Name: "31.2.0.192.*", Type: "PTR"}), step: Lookup, kind: KindPolicy, what: "PTR 192.0.2.31"},
		"the resolver":              {rule: quiet(resolver, fault.Query, fault.Match{}), step: Lookup, kind: KindResolver},
		"the resolver's rung":       {rule: quiet(resolver, fault.Query, fault.Match{}), step: Submission, kind: KindDevice},
		"the ports of mail":         {drop: ":993", step: Submission, kind: KindDevice, what: "mail ports", own: true},
		"an exchanger's port":       {drop: ":25", step: Transfer, kind: KindCommand, what: "connect"},
		"a banner":                  {rule: quiet(mx, fault.Connect, fault.Match{}), step: Transfer, kind: KindCommand, what: "banner"},
		"EHLO":                      {rule: quiet(mx, fault.Helo, fault.Match{}), step: Transfer, kind: KindCommand, what: "EHLO"},
		"STARTTLS":                  {rule: quiet(mx, fault.Command, fault.Match{Verb: "STARTTLS"}), step: Transfer, kind: KindCommand, what: "STARTTLS"},
		"a handshake":               {rule: quiet(mx, fault.TLS, fault.Match{}), step: Transfer, kind: KindCommand, what: "STARTTLS"},
		"MAIL":                      {rule: quiet(mx, fault.Mail, fault.Match{}), step: Transfer, kind: KindCommand, what: "MAIL"},
		"RCPT":                      {rule: quiet(mx, fault.Rcpt, fault.Match{}), step: Transfer, kind: KindCommand, what: "RCPT"},
		"a made-up recipient":       {rule: quiet(mx, fault.Rcpt, fault.Match{To: "todoku-*"}), step: Transfer, kind: KindCommand, what: "RCPT made up"},
		"the submission port":       {drop: ":587", step: Submission, kind: KindCommand, what: "connect", own: true},
		"the submission banner":     {rule: quiet(own, fault.Connect, fault.Match{}), step: Submission, kind: KindCommand, what: "banner", own: true},
		"the submission login":      {rule: quiet(own, fault.Auth, fault.Match{}), step: Submission, kind: KindCommand, what: "AUTH", own: true},
		"the submission RCPT":       {rule: quiet(own, fault.Rcpt, fault.Match{}), step: Submission, kind: KindCommand, what: "RCPT", own: true},
		"the pick-up":               {drop: ":995", step: Pickup, kind: KindPickup, what: "login"},
		"the pick-up's name":        {rule: quiet(resolver, fault.Query, fault.Match{Name: "mail.tsuru.test"}), step: Pickup, kind: KindPickup, what: "login"},
		"all name servers":          {rule: quiet("ns?.tsuru.test", fault.Query, fault.Match{Type: "SOA"}), step: Lookup, kind: KindQuery},
	}
	return all
}

// at reports whether a hop is the one that the cut is about.
func (c cutting) at(h Hop) bool {
	return h.Step == c.step && h.Kind == c.kind && (c.what == "" || h.What == c.what)
}

// options of a run that asks for everything.
func (c cutting) options(t *testing.T, n *wire.Net) Options {
	t.Helper()
	n.Resolve = dns.New(dns.Options{Net: n}).Resolve
	o := options(n, "hanako@tsuru.test")
	o.CatchAll, o.All = true, true
	o.Collect = &Login{Server: "mail.tsuru.test:995", Try: func(ctx context.Context, span *trace.Span) error {
		conn, err := wire.Dial(ctx, wire.Options{Net: n, Span: span, Proto: "pop3", Host: "mail.tsuru.test", Port: 995, TLS: wire.TLSImplicit})
		if err == nil {
			conn.Close()
		}
		return err
	}}
	if c.own {
		o.Own = alices
		o.Submit = &SubmissionServer{Host: "mail.sakura.test", Port: 587, TLS: wire.TLSStart, Login: func(ctx context.Context, c *smtp.Client) error {
			return c.Auth(ctx, sasl.Credentials{User: "alice@sakura.test", Password: "apple"}, "")
		}}
	}
	return o
}

func (c cutting) world(t *testing.T) *wire.Net {
	t.Helper()
	var rules []fault.Rule
	if c.rule.Stage != "" {
		rules = append(rules, c.rule)
	}
	_, n := small(t, rules...)
	if c.drop != "" {
		n.Dial = dropping(n.Dial, strings.Fields(c.drop)...)
	}
	return n
}

// blameless fails for a hop that failed, a verdict that blames somebody, or a place that nobody waited at.
func (c cutting) blameless(t *testing.T, r Report) {
	t.Helper()
	seen := false
	for _, h := range r.Hops {
		if h.State == Fail || h.State == Live {
			t.Errorf("%d %s %s is %s: %v", h.Step, h.Where, h.What, h.State, h.Finding)
		}
		seen = seen || c.at(h) && h.State == Unknown
	}
	if v := r.Verdict; v.Word == Deferred || v.Word == Refused || v.Finding.Level == trace.Fail {
		t.Errorf("verdict %s: %s, %s", v.Word, v.Finding.Code, v.Who)
	}
	for _, s := range r.Steps {
		if s.State == Fail {
			t.Errorf("step %d failed", s.Number)
		}
	}
	if !seen {
		t.Errorf("no hop there is unknown:\n%s", strings.Join(codes(r), "\n"))
	}
}

// Whatever the run waits for when its time is over, or the person ends it: that says nothing of the other side.
func TestWhatIsCutShortIsUnknown(t *testing.T) {
	all := cuts()
	for how, begin := range map[string]func(context.Context) (context.Context, func()){
		"within": func(ctx context.Context) (context.Context, func()) {
			m := &manual{Context: ctx, over: make(chan struct{})}
			return m, m.pass
		},
		"ctrl+c": func(ctx context.Context) (context.Context, func()) { return context.WithCancel(ctx) },
	} {
		for i, name := range slices.Sorted(maps.Keys(all)) {
			c := all[name]
			if testing.Short() && (i%2 == 0) == (how == "within") {
				continue // each place is cut short one way
			}
			t.Run(how+"/"+name, func(t *testing.T) {
				t.Parallel()
				ctx, end := begin(t.Context())
				defer end()
				o := c.options(t, c.world(t))
				o.Watch = func(h Hop) {
					if h.State == Live && c.at(h) {
						end()
					}
				}
				r, err := Run(ctx, nil, o)
				if err == nil {
					t.Error("the run came to its end")
				}
				c.blameless(t, r)
			})
		}
	}
}

// Wherever a real deadline falls, it is nobody's fault: sockets notice it before the context does.
func TestDeadlinesAreNobodysFault(t *testing.T) {
	_, n := small(t, quiet("mx?.tsuru.test", fault.Rcpt, fault.Match{}), quiet("ns?.tsuru.test", fault.Query, fault.Match{Type: "TLSA"}))
	c := cutting{own: true}
	for _, limit := range []time.Duration{time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond} {
		o := c.options(t, n)
		o.Time = limit
		r := traced(t, o)
		for _, h := range r.Hops {
			if h.State == Fail || h.State == Live {
				t.Errorf("after %s %d %s %s is %s: %v", limit, h.Step, h.Where, h.What, h.State, h.Finding)
			}
		}
		if v := r.Verdict; v.Word != NotKnown || v.Who != "nobody" {
			t.Errorf("after %s verdict %s: %s, %s", limit, v.Word, v.Finding.Code, v.Who)
		}
	}
}

// So it is when the person gives up the one wait; what others do meanwhile is theirs.
func TestWhatIsGivenUpIsUnknown(t *testing.T) {
	for name, c := range cuts() {
		if c.kind == KindQuery || c.kind == KindResolver {
			continue // tries_test.go; while no name can be looked up all else takes seconds
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := c.options(t, c.world(t))
			if c.step == Submission && c.rule.Host == resolver {
				o.Collect = nil // its name is looked up there, and that wait is not the one
			}
			givingUp(t, &o, c.at)
			r, err := Run(t.Context(), nil, o)
			if err != nil {
				t.Fatal(err)
			}
			seen := false
			for _, h := range r.Hops {
				if c.at(h) && (h.State == Fail || h.State == Warn) {
					t.Errorf("%s %s is %s: %v", h.Where, h.What, h.State, h.Finding)
				}
				seen = seen || c.at(h) && h.State == Unknown
			}
			if v := r.Verdict; !seen || v.Finding.Level == trace.Fail && c.kind != KindDevice {
				t.Errorf("verdict %s: %s\n%s", v.Word, v.Finding.Code, strings.Join(codes(r), "\n"))
			}
		})
	}
}

package ui

import (
	"slices"
	"strings"
	"testing"

	"todoku/diag/explain"
	"todoku/internal/trace"
	"todoku/session"
	"todoku/ui/screen"
	"todoku/ui/text"
)

// located is an error as the session gives it: with whose account it happened in.
type located struct {
	error
	facts map[string]string
}

func (l located) Facts() map[string]string { return l.facts }

func (l located) Unwrap() error { return l.error }

func failed(code string, args ...string) trace.Finding {
	f := trace.Finding{Code: code, Level: trace.Fail, Args: map[string]string{}}
	for i := 0; i+1 < len(args); i += 2 {
		f.Args[args[i]] = args[i+1]
	}
	return f
}

// TestEveryLiveFailureCanBeProved opens what each kind of failure is explained by, where it is shown, and presses p: the test that would
// prove it runs, for the account or the recipient concerned.
func TestEveryLiveFailureCanBeProved(t *testing.T) {
	say := func(err error) func(*bench) {
		return func(b *bench) {
			b.run(b.app.do(screen.Say{Kind: screen.Fault, Text: "x", Err: err}))
			b.press("e")
		}
	}
	find := func(where screen.Action, f trace.Finding) func(*bench) {
		return func(b *bench) {
			b.run(b.app.do(where))
			b.settle()
			b.run(b.app.do(screen.ExplainFinding{Finding: f}))
		}
	}
	fuji := session.Account{Name: "fuji"}
	sent := session.Sent{Account: "fuji", Recipients: []session.SentRecipient{refusedWith("carol@tsuru.test", "fail", "550 5.1.1 User unknown")}}
	for name, c := range map[string]struct {
		act  func(*bench)
		want string // what the session is asked; "" where no test proves it
	}{
		"sync failed":            {say(located{refused(), map[string]string{"account": "fuji"}}), "doctor fuji"},
		"sync failed, unnamed":   {say(refused()), "doctor sakura"},
		"folder change refused":  {say(explain.Found(failed("change.refused", "account", "sakura", "said", "NO [NOPERM] no"))), "doctor sakura"},
		"login refused":          {say(explain.Found(failed("auth.refused", "account", "fuji", "step", "4"))), "doctor fuji"},
		"name of the own server": {say(explain.Found(failed("dns.notfound", "account", "fuji", "name", "pop.fuji.test"))), "doctor fuji"},
		"message not read":       {find(screen.Open{Name: screen.Reader, With: screen.ReaderArgs{Account: fuji, Keys: []int64{10000}}}, failed("wire.closed")), "doctor fuji"},
		"delivery refused": {func(b *bench) {
			b.run(b.app.do(screen.Open{Name: screen.Sent, With: screen.SentArgs{Entry: &sent}}))
			b.press("e")
		}, "trace carol@tsuru.test by fuji"},
		"sending failed":        {find(screen.Open{Name: screen.Sent, With: screen.SentArgs{Entry: &sent}}, failed("reason.badlogin", "step", "1")), "doctor fuji"},
		"outbox unknown":        {find(screen.Open{Name: screen.Sent, With: screen.SentArgs{Entry: &sent}}, failed("send.unknown")), "doctor fuji"},
		"check of a recipient":  {find(screen.Open{Name: screen.Compose, With: screen.ComposeArgs{Account: fuji}}, failed("compose.domain.missing", "domain", "fuji.tset")), "trace fuji.tset by fuji"},
		"check of the size":     {find(screen.Open{Name: screen.Compose, With: screen.ComposeArgs{Account: fuji}}, failed("compose.too-large")), "doctor fuji"},
		"trace hop":             {find(traceOf("bob@fuji.test"), failed("policy.sts.unlisted", "domain", "fuji.test")), "trace bob@fuji.test by sakura"},
		"trace hop at the line": {find(traceOf("bob@fuji.test"), failed("local.port25.blocked")), "doctor sakura"},
		"doctor rung":           {find(screen.Open{Name: screen.Accounts, With: screen.AccountsArgs{Account: "fuji"}}, failed("doctor.login.password")), "doctor fuji"},
		"compare lane broken":   {find(screen.Open{Name: screen.Versus, With: screen.VersusArgs{Account: "fuji"}}, failed("dial.refused")), "doctor fuji"},
		"an answer of compare":  {find(screen.Open{Name: screen.Versus, With: screen.VersusArgs{Account: "fuji"}}, failed("compare.stopped")), "doctor fuji"},
		"settings":              {say(explain.Found(failed("config.syntax", "path", "config.toml"))), ""},
		"the store":             {say(explain.Found(failed("store.full"))), ""},
		"a draft":               {find(screen.Open{Name: screen.Compose, With: screen.ComposeArgs{Account: fuji}}, failed("compose.no-subject")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			b := newBench(t, 120, 40, Options{Session: f})
			c.act(b)
			b.settle()
			if b.app.sheet == nil {
				t.Fatalf("nothing is explained:\n%s", b.frame())
			}
			has := strings.Contains(b.rows()[39], string(text.New(text.EN).Bounce.ProveIt))
			if has != (c.want != "") {
				t.Fatalf("the footer is %q", b.rows()[39])
			}
			f.mu.Lock()
			f.calls = nil
			f.mu.Unlock()
			b.press("p")
			b.settle()
			f.mu.Lock()
			defer f.mu.Unlock()
			if asked := slices.Contains(f.calls, c.want); asked != has {
				t.Errorf("asked %q, want %q", f.calls, c.want)
			}
		})
	}
}

func traceOf(address string) screen.Open {
	return screen.Open{Name: screen.Tracer, With: screen.TracerArgs{Account: "sakura", Targets: []string{address}}}
}

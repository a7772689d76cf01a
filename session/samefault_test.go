package session

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"todoku/diag/delivery"
	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// asEntries are the entries that a finding is explained by: its code, that with the step behind it, and the reason of what it quotes as a
// bounce would tell it.
func asEntries(f trace.Finding, step int) []string {
	there := "." + itoa(step)
	read := "reason." + string(reason.Read(reason.Reply{Text: f.Args["said"], Command: f.Args["command"], Step: step}).Reason)
	return []string{f.Code, f.Code + there, read, read + there}
}

// entriesOf are those of all that a trace found.
func entriesOf(r delivery.Report) []string {
	all := asEntries(r.Verdict.Finding, r.Verdict.Step)
	for _, f := range r.Verdict.Also {
		all = append(all, asEntries(f, r.Verdict.Step)...)
	}
	for _, h := range r.Hops {
		if h.Finding != nil {
			all = append(all, asEntries(*h.Finding, h.Step)...)
		}
	}
	return all
}

// holdSame wants each finding found by the trace of the case that is said to reproduce it.
func (m *metEntries) holdSame(t *testing.T) {
	held := 0
	for code, id := range sameFaults() {
		c, _ := fault.Find(id)
		if met, traced := m.entries[id]; traced && playerOf(code, c) == nil {
			held++
			if !slices.Contains(met, code) {
				t.Errorf("%s: the trace of %s did not find it", code, id)
			}
		}
	}
	t.Logf("%d findings are reproduced by a case that a trace meets", held)
}

// answered are the lines of the table of live failures that one answer of a server makes: entry, and the entry that explains it live.
func answered(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, f := range liveTable(t) {
		if !slices.Contains([]string{"smtp", "mx", "imap", "pop3", "rcode", "ede", "alert"}, f[1]) {
			continue
		}
		all[f[0]] = f[0]
		if len(f) > 3 {
			all[f[0]] = f[3]
		}
	}
	return all
}

// irreproducible are entries that no server's answer makes, and why.
var irreproducible = map[string]string{
	"tls.handshake": "nonsense in place of a handshake", "tls.alert.0": "an alert that ends no handshake: the connection is closed",
	"imap.alert": "beside a refused login it says nothing of why",
}

// Every entry that a server's answer makes has a fault in which it is met: the table of live failures is the measure.
func TestEveryAnswerIsReproduced(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	for _, to := range []string{alice, bob, bob} { // of one message the unique-id may change
		d := c.write("alice", to, "something to read")
		d.Text = strings.Repeat("It goes on and on.\n", 200)
		c.send(d)
	}
	c.arrives("alice", "INBOX", "something to read")
	waiting, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ; len(c.list("bob", "INBOX")) < 2; c.sync("bob", "INBOX") {
		if wait(waiting, 20*time.Millisecond) != nil {
			t.Fatal("nothing to read")
		}
	}
	c.lines.Close() // whoever logs in, logs in anew
	ids := map[string]string{}
	for code, id := range sameFaults() {
		ids[code] = id
	}
	gives := answered(t)
	for code := range gives {
		id, ok := Reproduces(trace.Finding{Code: code})
		if ok == (irreproducible[code] != "" || unsaid[code] && sameFaults()[code] == "") {
			t.Errorf("%s: reproduced by %q", code, id)
		}
		if ok {
			ids[code] = id
		}
	}
	played := 0
	for i, code := range slices.Sorted(maps.Keys(ids)) {
		id := ids[code]
		if testing.Short() && i%5 > 0 {
			continue
		}
		made, ok := fault.Find(id)
		if !ok {
			t.Errorf("%s: there is no fault %q", code, id)
			continue
		}
		play := playerOf(code, made)
		if play == nil {
			continue // the score of the tracer meets it
		}
		played++
		if err := box.Faults().AddCase(made); err != nil {
			t.Fatal(err)
		}
		met := play(c)
		box.Faults().Remove(made.ID)
		want := code
		if gives[code] != "" {
			want = gives[code]
		}
		if as := strings.Replace(code, "smtp.x.", "smtp.5.", 1); !slices.Contains(met, want) && !slices.Contains(met, as) {
			t.Errorf("%s: %s makes %v, want %s", code, id, met, want)
		}
	}
	t.Logf("%d of %d findings are reproduced here, the others by traces", played, len(ids))
}

// What a server said is said again, at the command that it answered; without it, at that of its kind.
func TestTheVeryReplyIsSaidAgain(t *testing.T) {
	for _, c := range []struct{ code, args, want string }{
		{"reason.dkim", "said=550 5.7.1 unsigned mail of ours step=3", "exchanger . 550 5.7.1 unsigned mail of ours"},
		{"reason.dkim", "said=550 5.7.1 unsigned command=RCPT step=3", "exchanger RCPT 550 5.7.1 unsigned"},
		{"reason.full", "said=552 5.2.2 our own words step=3", "smtp.mailbox-full-for-good"}, // the case has its truth beside it
		{"smtp.554", "said=554 Odd command=DATA step=3", "exchanger DATA 554 Odd"},
		{"reason.ratelimited", "said=450 4.7.1 slower command=MAIL step=1", "submission MAIL 450 4.7.1 slower"},
		{"imap.noperm", "said=NO [NOPERM] not yours command=SELECT step=4", "imap SELECT NO [NOPERM] not yours"},
		{"imap.noperm", "said=NO not yours command=SELECT step=4", "imap SELECT NO [NOPERM] not yours"}, // as package imap takes a reply apart
		{"pop3.sys", "said=-ERR odd command=RETR", "pop3 RETR -ERR [SYS] odd"},
		{"imap.bye", "said=BYE going command=SELECT", "imap SELECT BYE going"},
		{"imap", "said=NO never command=FETCH", "imap FETCH NO never"},
		{"imap.overquota", "said=[OVERQUOTA]", "imap NO [OVERQUOTA] No"}, // no whole reply
		{"pop3.sys", "said=-ERR [SYS] odd command=RETR", "pop3 RETR -ERR [SYS] odd"},
		{"dial.refused", "said=connection refused", ""},
		{"trace.accepted", "said=250 fine", ""},
	} {
		if id, ok := Reproduces(trace.Finding{Code: c.code, Args: factsOf(c.args)}); id != c.want || ok != (id != "") {
			t.Errorf("%s %s: %q, want %q", c.code, c.args, id, c.want)
		}
	}
}

// playerOf gives what meets a fault that no trace meets, and the entries that it met; nil if a trace does.
func playerOf(code string, c fault.Case) func(*client) []string {
	who, rest, spoken := strings.Cut(c.ID, " ")
	family, _, _ := strings.Cut(c.ID, ".")
	switch room, walked, _ := strings.Cut(code, "."); {
	case room == "doctor":
		return func(client *client) []string { return examined(client, "alice") }
	case spoken && (room == "trace" || strings.HasPrefix(walked, "walk.")):
		return func(client *client) []string {
			return traced(client, TraceOptions{Target: c.To, Rcpt: true, Limits: quickLimits})
		}
	case spoken && who == "dns" && strings.Contains(rest, " "):
		return extendedBy
	case spoken && who == "dns":
		return lookedUp
	case spoken && who == "exchanger", family == "smtp" && c.NeedsMessage():
		return handedOver
	case spoken && who == "submission", spoken && who == "tls", family == "submit" && c.NeedsMessage():
		return submitted
	case c.NeedsReading(), strings.HasPrefix(rest, "SELECT"), strings.HasPrefix(rest, "LIST"):
		return synced(c.To)
	case spoken:
		return loggedIn(c.To)
	}
	return nil
}

func lookedUp(c *client) []string {
	_, err := dns.New(dns.Options{Net: c.Net, Tries: 1}).LookupMX(c.t.Context(), "fuji.test")
	if err == nil {
		return nil
	}
	return found(err)
}

func extendedBy(c *client) (codes []string) {
	a, err := dns.New(dns.Options{Net: c.Net}).Ask(c.t.Context(), c.box.World().Resolver, "fuji.test", "MX")
	if err != nil {
		c.t.Fatal(err)
	}
	for _, e := range a.Extended {
		codes = append(codes, "dns.ede."+itoa(int(e.Code)))
	}
	return codes
}

// handedOver hands a message to the exchanger as another server does.
func handedOver(c *client) []string {
	session, err := smtp.Dial(c.t.Context(), smtp.Options{Net: c.Net, Host: "mx1.fuji.test", Port: 25, TLS: wire.TLSNone})
	if err == nil {
		defer session.Close()
		_, err = session.Send(c.t.Context(), smtp.Envelope{From: alice, To: []smtp.Recipient{{Addr: bob}}}, []byte("Subject: x\r\n\r\nx\r\n"), nil)
	}
	var refused *smtp.Error
	if !errors.As(err, &refused) {
		return nil
	}
	f := explain.Reply(reason.Reply{Code: refused.Reply.Code, Enhanced: refused.Reply.Enhanced, Command: refused.Verb, Text: refused.Reply.String(), Step: 3})
	return asEntries(f, 3)
}

func submitted(c *client) []string {
	r := c.send(c.write("alice", bob, "x"))
	f := r.Recipients[0].Finding
	if f == nil {
		f = r.Error
	}
	if f == nil {
		return nil
	}
	return asEntries(*f, 1)
}

func loggedIn(who string) func(*client) []string {
	return func(c *client) []string {
		name, _, _ := strings.Cut(who, "@")
		f := explain.Find(c.tryMailbox(c.t.Context(), nil, name))
		return asEntries(f, 4)
	}
}

// synced reads the mailbox for the first time, or again after a device before.
func synced(who string) func(*client) []string {
	return func(c *client) []string {
		name, _, _ := strings.Cut(who, "@")
		device := newClient(c.t, c.box)
		device.lines.Close()
		var codes []string
		for range 2 {
			r, err := device.Sync(c.t.Context(), nil, SyncOptions{Account: name, Folder: "INBOX", Folders: true})
			if err != nil {
				codes = append(codes, found(err)...)
			}
			codes = append(codes, codesOf(slices.Concat(r.Asks, r.Refused))...)
		}
		for _, row := range device.list(name, "INBOX") {
			if _, err := device.Read(c.t.Context(), nil, ReadOptions{Key: row.Key}); err != nil {
				codes = append(codes, found(err)...)
			}
		}
		return codes
	}
}

func TestOnlyOnesOwnSandboxCanBeGivenAFault(t *testing.T) {
	f := trace.Finding{Code: "trace.greylisted"}
	own := &Session{box: smallWorld(t, false)}
	if id, ok := own.SameFault(f); !ok || id != "smtp.greylist" {
		t.Errorf("%q, %v", id, ok)
	}
	if id, ok := own.SameFault(trace.Finding{Code: "trace.accepted"}); ok {
		t.Errorf("nothing is wrong, and %q is the same", id)
	}
	if id, ok := (&Session{}).SameFault(f); ok {
		t.Errorf("without a sandbox: %q", id)
	}
}

package session

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"todoku/diag/bounce"
	"todoku/diag/reason"
	"todoku/embedded-server/fault"
	"todoku/internal/mail"
)

// TestABounceIsLinkedToWhatWasSent: a real server reports what a real exchanger said; the Sent folder shows it, and the
// message goes again to whom it was meant for.
func TestABounceIsLinkedToWhatWasSent(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	c.send(c.write("alice", bob, "first")) // bob is known from now on
	wrong := strings.Replace(bob, "bob", "bobb", 1)
	c.send(c.write("alice", "Bobby <"+wrong+">", "お花見"))
	report := c.arrives("alice", "", "Undelivered mail returned to sender")
	if !report.Bounced || len(report.Returned) != 1 || report.Returned[0].Reason != reason.Nobody || report.Returned[0].Recipient != wrong {
		t.Fatalf("the bounce's row: %+v", report)
	}
	c.sync("alice", "Sent")
	sent := c.row("alice", "Sent", "お花見")
	if sent.Bounced || len(sent.Returned) != 1 || sent.Returned[0].Reason != reason.Nobody || !sent.Returned[0].Hard || sent.Returned[0].Key != report.Key {
		t.Errorf("the row in Sent: %+v", sent)
	}
	if other := c.row("alice", "Sent", "first"); len(other.Returned) != 0 {
		t.Errorf("another message: %+v", other.Returned)
	}
	r, err := c.Read(t.Context(), nil, ReadOptions{Key: report.Key, Peek: true})
	if err != nil || r.Bounce == nil || r.Bounce.Sent == nil || r.Bounce.Sent.Key != sent.Key || r.Bounce.Suggest != bob {
		t.Fatalf("%v %+v", err, r.Bounce)
	}
	if f := r.Bounce.Finding(); f.Code != "reason.nobody" || f.Args["address"] != wrong || f.Args["step"] != "3" || f.Args["server"] == "" {
		t.Errorf("%+v", f)
	}
	again, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "alice", Kind: DraftReturned, Key: report.Key, Correct: bob})
	if err != nil || again.To != "Bobby <"+bob+">" || again.Subject != "お花見" || !strings.Contains(again.Text, "text of お花見") {
		t.Fatalf("%+v %v", again, err)
	}
	c.send(again)
	c.arrives("bob", "", "お花見")
	first := c.row("alice", "Sent", "first")
	if _, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "alice", Kind: DraftReturned, Key: first.Key}); err == nil || !strings.Contains(err.Error(), "message.no-bounce") {
		t.Errorf("a message of ours that arrived came back as %v", err)
	}
	change, err := c.Delete(t.Context(), nil, DeleteOptions{Keys: []int64{report.Key}, Forever: true})
	if err != nil || change.Count != 1 {
		t.Fatal(change, err)
	}
	c.sync("alice", "")
	if sent := c.row("alice", "Sent", "お花見"); len(sent.Returned) != 1 || sent.Returned[0].Key != 0 {
		t.Errorf("after the bounce was deleted: %+v", sent.Returned)
	}
}

// TestEveryRefusalComesBackAsItWasSaid: what the exchanger says of RCPT is what the bounce is read as.
func TestEveryRefusalComesBackAsItWasSaid(t *testing.T) {
	if testing.Short() {
		t.Skip("a small Internet for each refusal; run without -short")
	}
	for reply, want := range map[string]reason.Reason{
		"552 5.2.2 Mailbox full": reason.Full, "550 5.7.1 Blocked using zen.dnsbl.test": reason.Blocklisted, "554 Xyzzy": reason.None,
	} {
		box := smallWorld(t, false)
		c := newClient(t, box)
		c.sync("alice", "")
		c.fault(fault.Rule{Stage: fault.Rcpt, Host: "mx1.fuji.test", Do: fault.Action{Reply: reply}})
		c.send(c.write("alice", bob, "hello"))
		row := c.arrives("alice", "", "Undelivered mail returned to sender")
		if len(row.Returned) != 1 || row.Returned[0].Reason != want {
			t.Errorf("%s: %+v", reply, row.Returned)
		}
	}
}

// TestABounceOverPOP3 is found by a sync that stores octets only, and in plain words.
func TestABounceOverPOP3(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("bob", "")
	deliver(t, box, bob, "Return-Path: <>\r\nFrom: MAILER-DAEMON@mail.fuji.test\r\nTo: "+bob+"\r\nSubject: failure notice\r\n\r\n"+
		"Hi. This is the qmail-send program at mail.fuji.test.\r\n\r\n<gone@tsuru.test>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n")
	row := c.arrives("bob", "", "failure notice")
	if !row.Bounced || len(row.Returned) != 1 || row.Returned[0].Recipient != "gone@tsuru.test" || row.Returned[0].Reason != reason.Nobody {
		t.Errorf("%+v", row)
	}
}

// TestALargeBounceOverIMAP: what comes back whole may be larger than what is fetched before it is opened.
func TestALargeBounceOverIMAP(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	deliver(t, box, alice, "Return-Path: <>\r\nFrom: MAILER-DAEMON@mail.sakura.test\r\nTo: "+alice+"\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSorry.\r\n"+
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.sakura.test\r\n\r\nFinal-Recipient: rfc822; carol@tsuru.test\r\nAction: failed\r\n"+
		"Status: 5.2.2\r\nRemote-MTA: dns; mx1.tsuru.test\r\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full\r\n\r\n"+
		"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: "+alice+"\r\nTo: carol@tsuru.test\r\nSubject: photos\r\nMessage-ID: <photos@sakura.test>\r\n\r\n"+
		string(bytes.Repeat([]byte(strings.Repeat("x", 70)+"\r\n"), 9000))+"--b--\r\n")
	row := c.arrives("alice", "", "Undelivered")
	r, err := c.Read(t.Context(), nil, ReadOptions{Key: row.Key, Peek: true})
	if err != nil || !r.Partial || r.Bounce == nil {
		t.Fatalf("%v partial %v %+v", err, r.Partial, r.Bounce)
	}
	if f := r.Bounce.First(); f.Reading.Reason != reason.Full || f.Host != "mx1.tsuru.test" || r.Bounce.Original.MessageID != "photos@sakura.test" || r.Text != "Sorry.\n" {
		t.Errorf("%+v of %+v, text %q", f, r.Bounce.Original, r.Text)
	}
	if got := c.row("alice", "", "Undelivered"); !got.Bounced || len(got.Returned) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestABounceWithoutMessageIDIsMatched by recipient, subject and time.
func TestABounceWithoutMessageIDIsMatched(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	c.send(c.write("alice", bob, "minutes"))
	c.sync("alice", "Sent")
	sent := c.row("alice", "Sent", "minutes")
	of := func(subject, to string, at time.Time) bounce.Report {
		return bounce.Report{Original: bounce.Original{Subject: subject, Date: at}, Recipients: []bounce.Failure{{Recipient: to, Action: "failed"}}}
	}
	when := sent.Envelope.Date
	for _, o := range []struct {
		report bounce.Report
		found  bool
	}{
		{of("minutes", bob, when), true}, {of("minutes", strings.ToUpper(bob), when.Add(time.Minute)), true}, {of("minutes", bob, time.Time{}), true},
		{of("other", bob, when), false}, {of("minutes", hanako, when), false}, {of("minutes", bob, when.Add(-3*24*time.Hour)), false},
	} {
		m, ok := c.original(t.Context(), "alice", o.report)
		if ok != o.found || ok && m.Key != sent.Key {
			t.Errorf("%+v: %v", o.report, ok)
		}
	}
	if m, ok := c.original(t.Context(), "alice", bounce.Report{Original: bounce.Original{EnvelopeID: sent.Envelope.MessageID}}); !ok || m.Key != sent.Key {
		t.Error("the envelope id names it")
	}
	if b := readBounce(mail.Parse([]byte("Subject: hello\n\nhi\n"))); b != nil {
		t.Errorf("%+v", b)
	}
}

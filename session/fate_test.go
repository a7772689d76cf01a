package session

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// dsn is a report about one recipient of a message of alice's.
func dsn(subject, messageID, to, action, status, said string) string {
	return fmt.Sprintf("Return-Path: <>\r\nFrom: MAILER-DAEMON@mail.sakura.test\r\nTo: %s\r\nSubject: %s\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee below.\r\n"+
		"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.sakura.test\r\n\r\nFinal-Recipient: rfc822; %s\r\nAction: %s\r\n"+
		"Status: %s\r\nRemote-MTA: dns; mx1.fuji.test\r\nDiagnostic-Code: smtp; %s\r\n\r\n"+
		"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <%s>\r\nSubject: x\r\n\r\n--b--\r\n", alice, subject, to, action, status, said, messageID)
}

// fate is what became of a message, with its only recipient.
func (c *client) fate(o FateOptions) (Sent, SentRecipient) {
	c.t.Helper()
	sent, err := c.Fate(c.t.Context(), nil, o)
	if err != nil || len(sent.Recipients) == 0 {
		c.t.Fatalf("%+v %v", sent, err)
	}
	return sent, sent.Recipients[0]
}

// TestADelayIsReplacedByWhatFollows: a delay notice shows beside what was sent, until a failure or a success is reported.
func TestADelayIsReplacedByWhatFollows(t *testing.T) {
	for _, c := range []struct{ action, status, said, then string }{
		{"failed", "5.2.2", "552 5.2.2 Mailbox full", "failed"}, {"delivered", "2.0.0", "250 2.0.0 Ok", ""},
	} {
		t.Run(c.action, func(t *testing.T) {
			box := smallWorld(t, false)
			cl := newClient(t, box)
			cl.sync("alice", "")
			sent := cl.send(cl.write("alice", bob, "slow"))
			cl.sync("alice", "Sent")
			of := FateOptions{Account: "alice", MessageID: sent.MessageID}
			if _, r := cl.fate(of); r.State != "ok" || r.Came != nil {
				t.Errorf("before anything was reported: %+v", r)
			}
			deliver(t, box, alice, dsn("Delayed Mail", sent.MessageID, bob, "delayed", "4.2.2", "452 4.2.2 Mailbox full for now"))
			notice := cl.arrives("alice", "", "Delayed Mail")
			if notice.Bounced || len(notice.Returned) != 1 || notice.Returned[0].Failed() || notice.Returned[0].Host != "mx1.fuji.test" {
				t.Errorf("the notice's row: %+v", notice)
			}
			row := cl.row("alice", "Sent", "slow")
			if len(row.Returned) != 1 || row.Returned[0].Action != "delayed" || row.Returned[0].Hard || row.Returned[0].Key != notice.Key {
				t.Fatalf("the row in Sent: %+v", row.Returned)
			}
			now := row.Returned[0].At
			if r := row.Returned[0]; !r.Trying(now.Add(4*24*time.Hour)) || r.Trying(now.Add(6*24*time.Hour)) {
				t.Errorf("it is not tried for ever: %+v", r)
			}
			matrix, r := cl.fate(FateOptions{Key: row.Key})
			if r.Came == nil || r.Came.Action != "delayed" || r.Finding.Code != "reason.full" || r.Finding.Level != trace.Warn || r.Finding.Args["retry"] != explain.RetryServer ||
				matrix.Message != row.Key || matrix.QueueID == "" {
				t.Errorf("%+v %+v", matrix, r.Finding)
			}
			deliver(t, box, alice, dsn("Report", sent.MessageID, bob, c.action, c.status, c.said))
			cl.arrives("alice", "", "Report")
			_, r = cl.fate(of)
			if got := cl.row("alice", "Sent", "slow").Returned; c.then == "" && (r.Came != nil || len(got) != 0) {
				t.Errorf("after it was delivered: %+v %+v", r.Came, got)
			} else if c.then != "" && (r.Came == nil || r.Came.Action != c.then || len(got) != 1 || got[0].Said != c.said) {
				t.Errorf("after it failed: %+v %+v", r.Came, got)
			}
			deliver(t, box, alice, dsn("Late notice", sent.MessageID, bob, "delayed", "4.2.2", "452 4.2.2 Mailbox full"))
			cl.arrives("alice", "", "Late notice")
			if _, r := cl.fate(of); (r.Came == nil) != (c.then == "") || r.Came != nil && r.Came.Action != c.then {
				t.Errorf("a notice that came late changes it: %+v", r.Came)
			}
		})
	}
}

// TestSendingAgainIsLinked: what came back goes out once more, with a Message-ID of its own, and the row of what came back says so.
func TestSendingAgainIsLinked(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	wrong := strings.Replace(bob, "bob", "bobb", 1)
	d := c.write("alice", "Bobby <"+wrong+">, "+hanako, "minutes")
	first := c.send(d)
	report := c.arrives("alice", "", "Undelivered mail returned to sender")
	c.sync("alice", "Sent")
	sent := c.row("alice", "Sent", "minutes")
	for _, key := range []int64{report.Key, sent.Key} { // by the bounce, and by what was sent
		back, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "alice", Kind: DraftReturned, Key: key, Only: wrong, Correct: bob})
		if err != nil || back.To != "Bobby <"+bob+">" || back.Cc != "" || back.Resends != first.MessageID || len(back.ResentFor) != 1 {
			t.Fatalf("%+v %v", back, err)
		}
		saved, err := c.SaveDraft(t.Context(), nil, back)
		if err != nil || saved.Resends != back.Resends {
			t.Fatalf("a kept draft forgets what it stands for: %+v %v", saved, err)
		}
		again := c.send(saved)
		if again.State != "filed" || again.MessageID == first.MessageID {
			t.Fatalf("%+v", again)
		}
		link := c.row("alice", "Sent", "minutes").Returned[0].Again
		if link == nil || link.To != bob || link.MessageID != again.MessageID || link.At.IsZero() {
			t.Errorf("%+v", link)
		}
		if f, err := c.Fate(t.Context(), nil, FateOptions{Account: "alice", MessageID: link.MessageID}); err != nil || f.Recipients[0].Addr != bob {
			t.Errorf("the link leads to %+v %v", f, err)
		}
		c.send(Draft{Account: "alice", From: alice, To: bob, Subject: "another", Text: "x\n"}) // stands for nothing
	}
	matrix, _ := c.fate(FateOptions{Key: sent.Key})
	for _, r := range matrix.Recipients {
		if (r.Came != nil) != (r.Addr == wrong) || r.Came != nil && (r.Came.Again == nil || r.Suggest != bob || r.Finding.Code != "reason.nobody" || r.Finding.Args["step"] != "3") {
			t.Errorf("%s: %+v %+v", r.Addr, r.Came, r.Finding)
		}
	}
	if len(matrix.Recipients) != 2 {
		t.Errorf("%+v", matrix.Recipients)
	}
}

// TestATwinShowsWhatWasSentAgain: the copy that a twin reads tells as much as the account's own.
func TestATwinShowsWhatWasSentAgain(t *testing.T) {
	box := smallWorld(t, true)
	c := newClient(t, box)
	twin := "alice by pop3"
	c.sync("alice", "")
	wrong := strings.Replace(bob, "bob", "bobb", 1)
	c.send(c.write("alice", wrong+", "+alice, "minutes"))
	report := c.arrives("alice", "", "Undelivered mail returned to sender")
	back, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "alice", Kind: DraftReturned, Key: report.Key, Only: wrong, Correct: bob})
	if err != nil {
		t.Fatal(err)
	}
	again := c.send(back)
	c.arrives(twin, "", "minutes")
	c.arrives(twin, "", "Undelivered mail returned to sender")
	for _, account := range []string{"alice", twin} {
		came := c.arrives(account, "", "minutes").Returned
		if len(came) != 1 || came[0].Again == nil || came[0].Again.MessageID != again.MessageID {
			t.Errorf("%s: %+v", account, came)
		}
	}
}

// TestWhatAnotherProgramSent has a fate as well: only reports tell it.
func TestWhatAnotherProgramSent(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	c.send(c.write("alice", bob, "elsewhere"))
	c.sync("alice", "Sent")
	other := newClient(t, box) // has the mailbox, not the outbox
	other.sync("alice", "Sent")
	row := other.row("alice", "Sent", "elsewhere")
	if sent, r := other.fate(FateOptions{Key: row.Key}); r.State != "unknown" || r.Addr != bob || sent.Message != row.Key {
		t.Errorf("%+v", sent)
	}
	if _, err := other.Fate(t.Context(), nil, FateOptions{Account: "alice", MessageID: "nowhere@x"}); err == nil {
		t.Error("a message that is nowhere has a fate")
	}
}

// TestBouncedBefore: a recipient who refused mail for good is named before the next message leaves, until something shows that the
// address takes mail, or the person says that it is to be forgotten.
func TestBouncedBefore(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	c.fault(fault.Rule{Stage: fault.Rcpt, Host: "mx1.fuji.test", Do: fault.Action{Reply: "550 5.1.1 User unknown"}})
	c.send(c.write("alice", bob, "lost"))
	c.arrives("alice", "", "Undelivered mail returned to sender")
	c.healed()
	before := func() *Check {
		return checkOf(c.ahead(Draft{Account: "alice", To: hanako + ", " + strings.ToUpper(bob)}), "compose.bounced")
	}
	got := before()
	if got == nil || got.Level != trace.Warn || got.Args["reason"] != string(reason.Nobody) || got.Args["on"] != c.Now().Format(time.DateOnly) || !strings.Contains(got.Args["said"], "User unknown") {
		t.Fatalf("%+v", got)
	}
	c.send(c.write("alice", bob, "once more"))
	if before() == nil {
		t.Error("that a server took it is not yet that it arrived")
	}
	c.clock.advance(2 * settled)
	if got := before(); got != nil {
		t.Errorf("a message that did not come back is newer: %+v", got)
	}
}

func TestAReplyEndsTheWarning(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	deliver(t, box, alice, dsn("Undelivered", "x@sakura.test", bob, "failed", "5.2.2", "552 5.2.2 Mailbox full"))
	c.arrives("alice", "", "Undelivered")
	before := func() *Check { return checkOf(c.ahead(Draft{Account: "alice", To: bob}), "compose.bounced") }
	if before() == nil {
		t.Fatal("nothing is said of the bounce")
	}
	report := c.row("alice", "", "Undelivered")
	if last, ok, err := c.Store.LastBounce(t.Context(), "alice", bob); !ok || err != nil || c.outdated(t.Context(), c.Config.Accounts[0], bob, last.At) || last.Key != report.Key {
		t.Errorf("%+v %v %v", last, ok, err)
	}
	box.Advance(time.Hour)
	deliver(t, box, alice, "From: Bob <"+bob+">\r\nTo: "+alice+"\r\nSubject: Re: hello\r\n\r\nI am back.\r\n")
	c.arrives("alice", "", "Re: hello")
	if got := before(); got != nil {
		t.Errorf("he answered since: %+v", got)
	}
}

func TestForgetAnAddress(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	deliver(t, box, alice, dsn("Undelivered", "x@sakura.test", "gone@fuji.test", "failed", "5.1.1", "550 5.1.1 User unknown"))
	c.arrives("alice", "", "Undelivered")
	if _, err := c.Forget(t.Context(), nil, ForgetOptions{Account: "nobody", Address: "gone@fuji.test"}); err == nil {
		t.Error("an account that is not there forgets")
	}
	done, err := c.Forget(t.Context(), nil, ForgetOptions{Address: " Gone@fuji.test "})
	if err != nil || done.Count != 1 {
		t.Errorf("%+v %v", done, err)
	}
	if got := checkOf(c.ahead(Draft{Account: "alice", To: "gone@fuji.test"}), "compose.bounced"); got != nil {
		t.Errorf("%+v", got)
	}
	if row := c.row("alice", "", "Undelivered"); !row.Bounced || len(row.Returned) != 1 {
		t.Errorf("what happened is not forgotten: %+v", row)
	}
	if done, _ := c.Forget(t.Context(), nil, ForgetOptions{Account: "alice", Address: "gone@fuji.test"}); done.Count != 0 {
		t.Errorf("%+v", done)
	}
}

// TestKnownAddresses: how often an address was written to without it coming back, and when mail came from it.
func TestKnownAddresses(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	for _, subject := range []string{"one", "two", "three"} {
		c.send(c.write("alice", bob, subject))
	}
	wrong := strings.Replace(bob, "bob", "bobb", 1)
	c.send(c.write("alice", wrong, "four"))
	report := c.arrives("alice", "", "Undelivered mail returned to sender")
	deliver(t, box, alice, "From: Bob <"+bob+">\r\nTo: "+alice+"\r\nSubject: Re: one\r\n\r\nYes.\r\n")
	c.arrives("alice", "", "Re: one")
	c.sync("alice", "Sent") // what the outbox and Sent both have counts once
	r, err := c.Read(t.Context(), nil, ReadOptions{Key: report.Key, Peek: true})
	if err != nil || r.Bounce.Suggest != bob || r.Bounce.SuggestKnown.Wrote != 3 || r.Bounce.SuggestKnown.Last.IsZero() || r.Bounce.SuggestKnown.Heard.IsZero() {
		t.Fatalf("%+v %v", r.Bounce, err)
	}
	if r.Bounce.Known != (Known{}) {
		t.Errorf("the address that never was right: %+v", r.Bounce.Known)
	}
}

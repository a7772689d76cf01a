package session

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
)

// TestSendArrives from an IMAP account to a POP3 account and back as a reply.
func TestSendArrives(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	var progress []string
	d := c.write("alice", bob, "お花見")
	sent, err := c.Send(t.Context(), nil, SendOptions{Draft: d, Progress: func(s Sent) { progress = append(progress, s.Recipients[0].State) }})
	if err != nil || sent.State != "filed" || sent.QueueID == "" || sent.Recipients[0].State != "ok" || sent.CopyState != trace.Pass || sent.Error != nil {
		t.Fatalf("%+v %v", sent, err)
	}
	if !slices.Contains(progress, "live") {
		t.Errorf("progress %v", progress)
	}
	r := c.arrives("bob", "", "お花見")
	reply, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "bob", Kind: DraftReply, Key: r.Key})
	if err != nil || !strings.Contains(reply.To, alice) || reply.Subject != "Re: お花見" || len(reply.InReplyTo) != 1 || reply.InReplyTo[0] != sent.MessageID {
		t.Fatalf("%+v %v", reply, err)
	}
	c.send(reply)
	if got := c.row("bob", "", "お花見"); !got.Flags.Has(mail.Answered) {
		t.Errorf("not marked as answered: %b", got.Flags)
	}
	back := c.arrives("alice", "", "Re: お花見")
	if len(back.Envelope.InReplyTo) != 1 || back.Envelope.InReplyTo[0] != sent.MessageID {
		t.Errorf("in-reply-to %v", back.Envelope.InReplyTo)
	}
}

// TestComposeFromAMessage answers everybody, forwards with files, and sends on what was refused.
func TestComposeFromAMessage(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	file := filepath.Join(t.TempDir(), "計画.txt")
	if err := os.WriteFile(file, []byte("plan\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := c.write("hanako", alice+", "+bob, "plan")
	d.Cc = yuki
	d.Files = []DraftFile{{Name: "計画.txt", Path: file}}
	c.send(d)
	r := c.arrives("alice", "", "plan")
	if !r.HasFile {
		t.Error("the file is not seen in the list")
	}
	all, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "alice", Kind: DraftReplyAll, Key: r.Key})
	if err != nil || !strings.Contains(all.To+all.Cc, hanako) || !strings.Contains(all.To+all.Cc, bob) || !strings.Contains(all.To+all.Cc, yuki) {
		t.Errorf("reply to all: to %q cc %q, %v", all.To, all.Cc, err)
	}
	forward, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "alice", Kind: DraftForward, Key: r.Key})
	if err != nil || len(forward.Files) == 0 || forward.To != "" {
		t.Fatalf("forward: %+v %v", forward, err)
	}
	forward.To = taro
	c.send(forward)
	onward := c.arrives("taro", "", forward.Subject)
	if raw := c.source(onward.Key); !strings.Contains(raw, "cGxhbgo") && !strings.Contains(raw, "plan\r\n") {
		t.Errorf("the file did not go on:\n%s", raw)
	}
	if got := c.row("alice", "", "plan"); !got.Flags.Has(mail.Forwarded) {
		t.Errorf("not marked as forwarded: %b", got.Flags)
	}
}

// TestDraftKeepsFiles over saving, closing the program, loading, and sending.
func TestDraftKeepsFiles(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	file := filepath.Join(t.TempDir(), "a.bin")
	if err := os.WriteFile(file, []byte("content of a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := c.write("alice", yuki, "draft")
	d.Bcc, d.Files = bob, []DraftFile{{Name: "a.bin", Path: file}}
	saved, err := c.SaveDraft(t.Context(), nil, d)
	if err != nil || saved.Key == 0 || saved.Files[0].ID == 0 || saved.Saved.IsZero() {
		t.Fatalf("%+v %v", saved, err)
	}
	saved.Text += "more\n"
	if saved, err = c.SaveDraft(t.Context(), nil, saved); err != nil {
		t.Fatal(err)
	}
	os.Remove(file)
	c.Close()
	c = clientAt(t, box, c.path)
	drafts, err := c.Drafts(t.Context(), nil, FoldersOptions{Account: "alice"})
	if err != nil || len(drafts) != 1 || drafts[0].Bcc != bob || !strings.HasSuffix(drafts[0].Text, "more\n") || len(drafts[0].Files) != 1 {
		t.Fatalf("%+v %v", drafts, err)
	}
	c.sync("alice", "")
	c.send(drafts[0])
	if left, err := c.Drafts(t.Context(), nil, FoldersOptions{}); err != nil || len(left) != 0 {
		t.Errorf("%d drafts left, %v", len(left), err)
	}
	got := c.arrives("yuki", "", "draft")
	r, err := c.Read(t.Context(), nil, ReadOptions{Key: got.Key})
	if err != nil || len(r.Files) != 1 {
		t.Fatalf("%+v %v", r.Files, err)
	}
	path, err := c.SaveFile(t.Context(), nil, SaveFileOptions{Key: got.Key, Part: r.Files[0].Path, Path: t.TempDir()})
	if content, _ := os.ReadFile(path); err != nil || string(content) != "content of a file" {
		t.Errorf("%q %v", content, err)
	}
}

// TestOneRecipientRefused: the others get the message, and the refused one is told with its reason.
func TestOneRecipientRefused(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	c.fault(fault.Rule{Stage: fault.Rcpt, Host: "mail.sakura.test", Match: fault.Match{To: "bbo@*"}, Do: fault.Action{Reply: "550 5.1.1 No such user"}})
	c.send(c.write("alice", bob, "first")) // makes bob known
	d := c.write("alice", yuki+", bbo@fuji.test", "two of them")
	sent := c.send(d)
	if sent.State != "filed" || sent.Recipients[0].State != "ok" || sent.Recipients[1].State != "fail" {
		t.Fatalf("%+v", sent)
	}
	bad := sent.Recipients[1]
	if bad.Code != 550 || !strings.Contains(bad.Reply, "No such user") || bad.Verb != "RCPT" || bad.Finding == nil || bad.Finding.Code != "reason.nobody" ||
		bad.Finding.Args["address"] != "bbo@fuji.test" {
		t.Errorf("%+v %+v", bad, bad.Finding)
	}
	if bad.Suggest != bob {
		t.Errorf("suggests %q", bad.Suggest)
	}
	c.arrives("yuki", "", "two of them")
	again, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "alice", Kind: DraftResend, Key: sent.Key})
	if err != nil || again.To != "bbo@fuji.test" || again.Cc+again.Bcc != "" || !strings.Contains(again.Text, "text of two of them") {
		t.Errorf("%+v %v", again, err)
	}
}

// TestEverybodyRefused leaves a refused entry that can become a draft again, files too.
func TestEverybodyRefused(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.fault(fault.Rule{Stage: fault.Rcpt, Host: "mail.sakura.test", Do: fault.Action{Reply: "550 5.7.1 Not from here"}})
	d := c.write("alice", bob, "refused")
	d.Bcc = taro
	d.Files = []DraftFile{{Name: "x.txt", content: []byte("file\n")}}
	sent := c.send(d)
	if sent.State != "refused" || sent.Error == nil || sent.Error.Code != "reason.policy" || sent.Error.Args["server"] != "mail.sakura.test" {
		t.Fatalf("%+v %+v", sent, sent.Error)
	}
	if _, err := c.Retry(t.Context(), nil, RetryOptions{Key: sent.Key, Drop: true}); err != nil {
		t.Fatal(err)
	}
	drafts, err := c.Drafts(t.Context(), nil, FoldersOptions{Account: "alice"})
	if err != nil || len(drafts) != 1 || drafts[0].To != bob || drafts[0].Bcc != taro || len(drafts[0].Files) != 1 || drafts[0].Files[0].ID == 0 {
		t.Fatalf("%+v %v", drafts, err)
	}
	if left := c.entries(); len(left) != 0 {
		t.Errorf("%d entries left", len(left))
	}
}

// TestOneRecipientPutOff: 4xx for one is tried again later by itself, and its copy is not filed twice.
func TestOneRecipientPutOff(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	c.fault(fault.Rule{Stage: fault.Rcpt, Host: "mail.sakura.test", Match: fault.Match{To: bob}, Do: fault.Action{Reply: "451 4.7.1 Later"}})
	sent := c.send(c.write("alice", yuki+", "+bob, "put off"))
	if sent.State != "filed" || sent.Recipients[1].State != "warn" {
		t.Fatalf("%+v", sent)
	}
	waiting, err := c.Outbox(t.Context(), nil, FoldersOptions{})
	if err != nil || len(waiting) != 1 || waiting[0].State != "queued" || waiting[0].Recipients[0].Addr != bob || waiting[0].MessageID != sent.MessageID || waiting[0].Next.IsZero() {
		t.Fatalf("%+v %v", waiting, err)
	}
	if all, err := c.Deliver(t.Context(), nil, FoldersOptions{}); err != nil || len(all) != 0 {
		t.Fatalf("sent again before its time: %+v %v", all, err)
	}
	c.clock.advance(2 * time.Minute)
	all, err := c.Deliver(t.Context(), nil, FoldersOptions{})
	if err != nil || len(all) != 1 || all[0].State != "queued" || all[0].Attempts != 1 || all[0].Recipients[0].State != "warn" {
		t.Fatalf("%+v %v", all, err)
	}
	c.healed()
	c.clock.advance(10 * time.Minute)
	if all, err = c.Deliver(t.Context(), nil, FoldersOptions{}); err != nil || len(all) != 1 || all[0].State != "filed" || all[0].Attempts != 2 {
		t.Fatalf("%+v %v", all, err)
	}
	c.arrives("bob", "", "put off")
	c.sync("alice", "Sent")
	c.row("alice", "Sent", "put off")
	if r := c.arrives("yuki", "", "put off"); r.Key == 0 {
		t.Error("yuki got it twice")
	}
}

// TestBccNeverLeavesInAHeader, path by path: what is built, what each server stored, the copy in Sent, what is sent
// again, what is answered and forwarded.
func TestBccNeverLeavesInAHeader(t *testing.T) {
	for account, protocol := range map[string]string{"alice": protocolIMAP, "bob": protocolPOP3} {
		t.Run(protocol, func(t *testing.T) {
			box := smallWorld(t, false)
			c := newClient(t, box)
			c.sync(account, "")
			c.fault(fault.Rule{Stage: fault.Rcpt, Match: fault.Match{To: "gone*"}, Do: fault.Action{Reply: "550 5.1.1 No such user"}})
			d := c.write(account, hanako, "secret")
			d.Cc, d.Bcc = yuki, `"Hidden Taro" <`+taro+`>, gone@fuji.test`
			saved, err := c.SaveDraft(t.Context(), nil, d)
			if err != nil {
				t.Fatal(err)
			}
			sent := c.send(saved)
			if len(sent.Recipients) != 4 || sent.Recipients[2].Addr != taro || sent.Recipients[2].State != "ok" {
				t.Fatalf("%+v", sent)
			}
			e, err := c.Store.OutboxEntry(t.Context(), sent.Key)
			if err != nil {
				t.Fatal(err)
			}
			noBcc(t, "the built octets", string(e.Raw))
			for _, to := range []string{"hanako", "yuki", "taro"} {
				noBcc(t, "what the server stored for "+to, c.source(c.arrives(to, "", "secret").Key))
			}
			noBcc(t, "the copy in Sent", c.source(c.arrives(account, "Sent", "secret").Key))
			again, err := c.Compose(t.Context(), nil, ComposeOptions{Account: account, Kind: DraftResend, Key: sent.Key})
			if err != nil || again.Bcc != "gone@fuji.test" || again.To+again.Cc != "" {
				t.Errorf("to %q cc %q bcc %q, %v", again.To, again.Cc, again.Bcc, err)
			}
			for _, kind := range []DraftKind{DraftReplyAll, DraftForward} {
				r := c.row("hanako", "", "secret")
				answer, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "hanako", Kind: kind, Key: r.Key})
				if err != nil {
					t.Fatal(err)
				}
				noBcc(t, string(kind), answer.To+answer.Cc+answer.Bcc+answer.Text)
			}
		})
	}
}

func noBcc(t *testing.T, where, text string) {
	t.Helper()
	lower := strings.ToLower(text)
	for _, word := range []string{"\nbcc", "taro@", "hidden taro", "gone@"} {
		// The receiving server may name its own recipient in the trace that it adds on top.
		if at := strings.Index(lower, word); at >= 0 && !strings.Contains(lower[strings.LastIndexByte(lower[:at], '\n')+1:at], "for <") && !strings.HasPrefix(lower, "delivered-to: "+word) {
			t.Errorf("%s holds %q:\n%s", where, word, text)
		}
	}
}

// TestSentCopyThatCannotBeFiled is tried again alone; the message is not sent twice.
func TestSentCopyThatCannotBeFiled(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	c.fault(fault.Rule{Stage: fault.Append, Do: fault.Action{Reply: "NO [OVERQUOTA] full"}})
	sent := c.send(c.write("alice", yuki, "copy"))
	if sent.State != "accepted" || sent.CopyState != trace.Fail || sent.Recipients[0].State != "ok" {
		t.Fatalf("%+v", sent)
	}
	c.healed()
	all, err := c.Deliver(t.Context(), nil, FoldersOptions{})
	if err != nil || len(all) != 1 || all[0].State != "filed" {
		t.Fatalf("%+v %v", all, err)
	}
	c.arrives("alice", "Sent", "copy")
	c.arrives("yuki", "", "copy")
	c.sync("yuki", "")
	c.row("yuki", "", "copy")
}

// TestConnectionLostAfterTheFinalDot: nobody knows, so the entry says so and waits for the person.
func TestConnectionLostAfterTheFinalDot(t *testing.T) {
	for _, stage := range []fault.Stage{fault.EndOfData, fault.Accepted} {
		t.Run(string(stage), func(t *testing.T) {
			box := smallWorld(t, false)
			c := newClient(t, box)
			c.sync("alice", "")
			c.fault(fault.Rule{Stage: stage, Host: "mail.sakura.test", Once: true, Do: fault.Action{Close: true}})
			sent := c.send(c.write("alice", yuki, "perhaps"))
			if sent.State != "unknown" || sent.Recipients[0].State != "unknown" || sent.Error == nil || sent.Error.Code != "send.unknown" {
				t.Fatalf("%+v", sent)
			}
			c.clock.advance(48 * time.Hour)
			if all, err := c.Deliver(t.Context(), nil, FoldersOptions{}); err != nil || len(all) != 0 {
				t.Fatalf("sent again by itself: %+v %v", all, err)
			}
			listed, err := c.Outbox(t.Context(), nil, FoldersOptions{})
			if err != nil || len(listed) != 1 || listed[0].State != "unknown" || listed[0].MessageID != sent.MessageID ||
				listed[0].Error == nil || listed[0].Error.Code != "send.unknown" {
				t.Fatalf("%+v %v", listed, err)
			}
			again, err := c.Retry(t.Context(), nil, RetryOptions{Key: sent.Key})
			if err != nil || again.State != "filed" || again.MessageID != sent.MessageID {
				t.Fatalf("%+v %v", again, err)
			}
			if r := c.arrivesFirst("yuki", "perhaps"); r.Envelope.MessageID != sent.MessageID {
				t.Errorf("Message-ID %s, sent as %s", r.Envelope.MessageID, sent.MessageID)
			}
		})
	}
}

// arrivesFirst waits for one or more messages with the subject.
func (c *client) arrivesFirst(account, subject string) Row {
	c.t.Helper()
	for range 200 {
		c.sync(account, "")
		for _, r := range c.list(account, "") {
			if r.Envelope.Subject == subject {
				return r
			}
		}
		if wait(c.t.Context(), 20*time.Millisecond) != nil {
			break
		}
	}
	c.t.Fatalf("%q did not arrive", subject)
	return Row{}
}

// TestServerDownThenUp: the message waits, and Deliver sends it.
func TestServerDownThenUp(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	c.fault(fault.Rule{Stage: fault.Connect, Host: "mail.sakura.test", Do: fault.Action{Reply: "421 4.3.2 Down", Close: true}})
	sent := c.send(c.write("alice", yuki, "waits"))
	if sent.State != "queued" || sent.Error == nil || sent.Next.IsZero() {
		t.Fatalf("%+v", sent)
	}
	c.healed()
	c.clock.advance(2 * time.Minute)
	if all, err := c.Deliver(t.Context(), nil, FoldersOptions{}); err != nil || len(all) != 1 || all[0].State != "filed" {
		t.Fatalf("%+v %v", all, err)
	}
	c.arrives("yuki", "", "waits")
}

// TestDeadClaimIsTakenOver: a process that ended before it sent anything leaves a claim that lapses.
func TestDeadClaimIsTakenOver(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.sync("alice", "")
	e, err := c.entry(t.Context(), c.Config.Accounts[0], c.write("alice", yuki, "claimed"))
	if err != nil {
		t.Fatal(err)
	}
	if e, err = c.Store.Enqueue(t.Context(), e, 0); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := c.Store.Claim(t.Context(), e.Key, "", "elsewhere:1", 15*time.Minute); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if sent, err := c.Retry(t.Context(), nil, RetryOptions{Key: e.Key}); err == nil {
		t.Fatalf("took it from a living process: %+v", sent)
	}
	if all, err := c.Deliver(t.Context(), nil, FoldersOptions{}); err != nil || len(all) != 0 {
		t.Fatalf("%+v %v", all, err)
	}
	c.clock.advance(16 * time.Minute)
	if all, err := c.Deliver(t.Context(), nil, FoldersOptions{}); err != nil || len(all) != 1 || all[0].State != store.StateFiled {
		t.Fatalf("%+v %v", all, err)
	}
	c.arrives("yuki", "", "claimed")
}

// TestDraftsThatCannotBeSent are refused before anything is stored, with the reason.
func TestDraftsThatCannotBeSent(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	for code, spoil := range map[string]func(*Draft){
		"compose.no-recipient":       func(d *Draft) { d.To = "" },
		"compose.address.no-at":      func(d *Draft) { d.To = "nobody" },
		"compose.address.full-width": func(d *Draft) { d.To = "ｂob@fuji.test>" },
		"compose.injection":          func(d *Draft) { d.Subject = "x\r\nBcc: taro@fuji.test" },
		"compose.sender":             func(d *Draft) { d.From = alice + ", " + yuki },
		"compose.field":              func(d *Draft) { d.Subject = strings.Repeat("長", 3000) },
		"file.missing":               func(d *Draft) { d.Files = []DraftFile{{Name: "x", Path: "/nonexistent/x"}} },
		"account.missing":            func(d *Draft) { d.Account = "nobody" },
	} {
		d := c.write("alice", bob, "bad")
		spoil(&d)
		_, err := c.Send(t.Context(), nil, SendOptions{Draft: d})
		step := 1
		if strings.HasPrefix(code, "file") || strings.HasPrefix(code, "account") {
			step = 0
		}
		explained(t, err, code, step, "")
	}
	if left := c.entries(); len(left) != 0 {
		t.Errorf("%d entries", len(left))
	}
}

// TestFirstMessageOfANewAccount: its copy goes to the server's Sent although no folder was ever listed.
func TestFirstMessageOfANewAccount(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	if sent := c.send(c.write("alice", yuki, "first")); sent.State != "filed" {
		t.Fatalf("%+v", sent)
	}
	if said := imapSays(t, c.box, alice, "apple", "STATUS Sent (MESSAGES)"); !strings.Contains(said, "MESSAGES 1") {
		t.Errorf("the server's Sent: %s", said)
	}
	c.sync("alice", "Sent")
	c.row("alice", "Sent", "first")
}

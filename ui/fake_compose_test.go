package ui

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
)

func (f *fake) Compose(_ context.Context, _ *trace.Span, o session.ComposeOptions) (session.Draft, error) {
	d := session.Draft{Account: o.Account, Kind: o.Kind, From: "Alice <alice@sakura.test>"}
	if o.Kind == session.DraftReturned {
		d.To, d.Subject, d.Text = cmp.Or(o.Correct, o.Only, "carol@tsuru.test"), "40 photos from the lake", "text\n"
		d.Kind, d.Resends, d.ResentFor = session.DraftResend, "photos@sakura.test", []string{"carol@tsuru.test"}
		return d, nil
	}
	if o.Kind == session.DraftResend {
		d.To, d.Subject, d.Text = `"Carrol" <carrol@sakura.test>`, "Re: 来週の打ち合わせ", "text\n"
		return d, nil
	}
	if o.Key != 0 {
		e := f.row(o.Key).Envelope
		d.To, d.Subject, d.Answers = e.From[0].String(), "Re: "+e.Subject, o.Key
		d.Text = "\nOn Mon, 23 Nov 2026, 田中 花子 wrote:\n> お世話になっております。田中です。\n> 来週の打ち合わせは、水曜の10時でいかがでしょうか。\n"
	}
	return d, nil
}

func (f *fake) Fate(_ context.Context, _ *trace.Span, o session.FateOptions) (session.Sent, error) {
	f.note("fate %d %s", o.Key, o.MessageID)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.became == nil {
		return session.Sent{}, session.NoSuchMessage(o.Key)
	}
	return *f.became, nil
}

func (f *fake) Forget(_ context.Context, _ *trace.Span, o session.ForgetOptions) (session.Forgotten, error) {
	f.note("forget %s of %s", o.Address, o.Account)
	return session.Forgotten{Address: o.Address, Count: 1}, nil
}

func (f *fake) SaveDraft(_ context.Context, _ *trace.Span, d session.Draft) (session.Draft, error) {
	f.note("save %s", d.Subject)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.saveErr != nil {
		return d, f.saveErr
	}
	f.saved = d
	if d.Key == 0 {
		d.Key = 900
	}
	d.Saved = fixedNow()
	return d, nil
}

func (f *fake) DropDraft(_ context.Context, _ *trace.Span, d session.Draft) (session.Draft, error) {
	f.note("drop %d", d.Key)
	return d, nil
}

func (f *fake) Drafts(context.Context, *trace.Span, session.FoldersOptions) ([]session.Draft, error) {
	return f.drafts, nil
}

func (f *fake) Outbox(context.Context, *trace.Span, session.FoldersOptions) ([]session.Sent, error) {
	return f.outbox, nil
}

// keep puts two drafts and three entries of the outbox into the fake.
func (f *fake) keep() {
	at := func(h, m int) time.Time { return time.Date(2026, 11, 23, h, m, 0, 0, jst) }
	f.drafts = []session.Draft{
		{Key: 900, Account: "sakura", To: "bob@fuji.test", Subject: "木曜のお昼", Text: "12時でどうですか。\n", Saved: at(9, 30)},
		{Key: 901, Account: "fuji", Saved: at(8, 0), Files: []session.DraftFile{{Name: "議題.pdf", Size: 212000, ID: 4}}},
	}
	f.outbox = []session.Sent{
		{Key: 8, Account: "sakura", Subject: "Minutes", State: "queued", MessageID: "8@sakura.test", Server: "mail.sakura.test", Next: at(9, 55),
			Recipients: []session.SentRecipient{{Addr: "carol@tsuru.test", State: "warn", Code: 451, Verb: "RCPT", Reply: "451 4.7.1 Greylisted"}}},
		{Key: 9, Account: "sakura", Subject: "来週の打ち合わせ", State: "unknown", MessageID: "9@sakura.test", Server: "mail.sakura.test",
			Recipients: []session.SentRecipient{{Addr: "hanako@tsuru.test", State: "unknown"}},
			Error:      &trace.Finding{Code: "send.unknown", Level: trace.Unknown, Args: map[string]string{"server": "mail.sakura.test", "id": "9@sakura.test"}}},
		{Key: 10, Account: "sakura", Subject: "", State: "refused", MessageID: "10@sakura.test", Server: "mail.sakura.test",
			Recipients: []session.SentRecipient{carrol()}},
	}
}

// carrol is a recipient that the server refused, one letter away from one that is known.
func carrol() session.SentRecipient {
	r := refusedWith("carrol@sakura.test", "fail", "550 5.1.1 User unknown")
	r.Suggest = "carol@sakura.test"
	return r
}

// refusedWith is a recipient as session shows it after this reply of the submission server.
func refusedWith(address, state, reply string) session.SentRecipient {
	read := reason.Parse(reply)
	f := explain.Reply(reason.Reply{Command: "RCPT", Text: reply, Host: "mail.sakura.test", Step: 1})
	f.Args["address"] = address
	return session.SentRecipient{Addr: address, State: state, Code: read.Code, Reply: reply, Verb: "RCPT", Finding: &f}
}

func (f *fake) Deliver(context.Context, *trace.Span, session.FoldersOptions) ([]session.Sent, error) {
	return nil, nil
}

func (f *fake) Index(context.Context, *trace.Span, session.FoldersOptions) (int, error) {
	return 0, nil
}

func (f *fake) Check(_ context.Context, _ *trace.Span, d session.Draft) ([]session.Check, error) {
	all := append([]session.Check(nil), f.checks...)
	if d.To == "" {
		all = append(all, session.Check{Code: "compose.no-recipient", Level: trace.Fail})
	}
	if strings.Contains(d.Text, "attach") && len(d.Files) == 0 {
		all = append(all, session.Check{Code: "compose.no-file", Level: trace.Warn, Args: map[string]string{"word": "attach"}})
	}
	return append(all, session.Check{Code: "compose.size", Level: trace.Pass,
		Args: map[string]string{"octets": strconv.Itoa(len(d.Text)), "limit": "10485760"}}), nil
}

func (f *fake) CheckAhead(_ context.Context, _ *trace.Span, d session.Draft) ([]session.Check, error) {
	f.asked = append(f.asked, d.To+d.Cc+d.Bcc)
	all := append([]session.Check(nil), f.ahead...)
	if n := strings.Count(d.To+d.Cc+d.Bcc, "@"); n > 1 {
		all = append(all, session.Check{Code: "compose.domains", Level: trace.Pass, Args: map[string]string{"count": strconv.Itoa(n)}})
	}
	return all, nil
}

func (f *fake) Complete(_ context.Context, _ *trace.Span, o session.CompleteOptions) ([]session.Contact, error) {
	var all []session.Contact
	for i, a := range []mail.Address{{Name: "Carol Tsuru", Addr: "carol@tsuru.test"}, {Name: "錦鯉クラブ", Addr: "carp@fuji.test"}} {
		if strings.HasPrefix(a.Addr, o.Prefix) {
			all = append(all, session.Contact{Address: a, Count: 41 - 39*i, Last: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)})
		}
	}
	return all, nil
}

func (f *fake) Send(_ context.Context, _ *trace.Span, o session.SendOptions) (session.Sent, error) {
	f.note("send %s to %s", o.Draft.Subject, o.Draft.To)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sendErr != nil {
		return session.Sent{}, f.sendErr
	}
	if f.sendGate != nil {
		f.mu.Unlock()
		f.entered <- "send"
		<-f.sendGate
		f.mu.Lock()
	}
	return f.result(o.Draft), nil
}

// result is what came of a draft: everybody is accepted but carrol, unless the test says otherwise.
func (f *fake) result(d session.Draft) session.Sent {
	sent := session.Sent{
		Key: 7, Account: "sakura", Subject: d.Subject, MessageID: "1@sakura.test", State: "filed", Server: "mail.sakura.test",
		QueueID: "7F3A2", CopyState: trace.Pass, CopyFolder: "Sent",
	}
	list, _ := mail.ParseAddressList(d.To)
	for _, a := range list {
		r := session.SentRecipient{Addr: a.Addr, State: "ok", Code: 250, Reply: "250 2.1.5 Ok", Verb: "DATA", Elapsed: 412 * time.Millisecond}
		if a.Addr == "carrol@sakura.test" {
			r = carrol()
		}
		sent.Recipients = append(sent.Recipients, r)
	}
	if f.fate != nil {
		f.fate(&sent)
	}
	return sent
}

func (f *fake) Retry(_ context.Context, _ *trace.Span, o session.RetryOptions) (session.Sent, error) {
	if o.Drop {
		f.note("take back %d", o.Key)
		return session.Sent{Key: o.Key, MessageID: "8@sakura.test"}, nil
	}
	f.note("retry %d", o.Key)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.result(session.Draft{Subject: "Minutes", To: "carol@tsuru.test"}), nil
}

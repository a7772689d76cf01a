package ui

import (
	"context"
	"strings"
	"time"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/session"
)

func (f *fake) Compose(_ context.Context, _ *trace.Span, o session.ComposeOptions) (session.Draft, error) {
	d := session.Draft{Account: o.Account, Kind: o.Kind, From: "Alice <alice@sakura.test>"}
	if o.Key != 0 {
		e := f.row(o.Key).Envelope
		d.To, d.Subject, d.Answers = e.From[0].String(), "Re: "+e.Subject, o.Key
		d.Text = "\nOn Mon, 23 Nov 2026, 田中 花子 wrote:\n> お世話になっております。田中です。\n> 来週の打ち合わせは、水曜の10時でいかがでしょうか。\n"
	}
	return d, nil
}

func (f *fake) SaveDraft(_ context.Context, _ *trace.Span, d session.Draft) (session.Draft, error) {
	f.note("save %s", d.Subject)
	if d.Key == 0 {
		d.Key = 900
	}
	d.Saved = time.Date(2026, 11, 23, 9, 42, 0, 0, time.UTC)
	return d, nil
}

func (f *fake) DropDraft(_ context.Context, _ *trace.Span, d session.Draft) (session.Draft, error) {
	f.note("drop %d", d.Key)
	return d, nil
}

func (f *fake) Drafts(context.Context, *trace.Span, session.FoldersOptions) ([]session.Draft, error) {
	return []session.Draft{{Key: 900, Account: "sakura", To: "bob@fuji.test", Subject: "木曜のお昼", Saved: time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)}}, nil
}

func (f *fake) Outbox(context.Context, *trace.Span, session.FoldersOptions) ([]session.Sent, error) {
	return []session.Sent{{Key: 8, Account: "sakura", Subject: "Minutes", State: "queued", Next: time.Date(2026, 11, 23, 9, 55, 0, 0, time.UTC),
		Recipients: []session.SentRecipient{{Addr: "carol@tsuru.test", State: "warn", Code: 451, Reply: "451 4.7.1 Greylisted"}}}}, nil
}

func (f *fake) Deliver(context.Context, *trace.Span, session.FoldersOptions) ([]session.Sent, error) {
	return nil, nil
}

func (f *fake) Index(context.Context, *trace.Span, session.FoldersOptions) (int, error) { return 0, nil }

func (f *fake) Check(_ context.Context, _ *trace.Span, d session.Draft) ([]session.Check, error) {
	var all []session.Check
	if d.To == "" {
		all = append(all, session.Check{Code: "compose.no-recipient", Level: trace.Fail})
	}
	if strings.Contains(d.Text, "attach") && len(d.Files) == 0 {
		all = append(all, session.Check{Code: "compose.no-file", Level: trace.Warn, Args: map[string]string{"word": "attach"}})
	}
	return append(all, session.Check{Code: "compose.size", Level: trace.Pass, Args: map[string]string{"octets": "2048"}}), nil
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
	refused := &trace.Finding{Code: "smtp.5.1.1", Level: trace.Fail,
		Args: map[string]string{"address": "carrol@sakura.test", "server": "mail.sakura.test", "said": "550 5.1.1 User unknown"}}
	return session.Sent{
		Key: 7, Account: "sakura", Subject: o.Draft.Subject, MessageID: "1@sakura.test", State: "filed", Server: "mail.sakura.test",
		QueueID: "7F3A2", CopyState: trace.Pass, CopyFolder: "Sent",
		Recipients: []session.SentRecipient{
			{Addr: "hanako@tsuru.test", State: "ok", Code: 250, Reply: "250 2.1.5 Ok", Verb: "DATA", Elapsed: 412 * time.Millisecond},
			{Addr: "carrol@sakura.test", State: "fail", Code: 550, Reply: "550 5.1.1 User unknown", Verb: "RCPT", Finding: refused},
		},
	}, nil
}

func (f *fake) Retry(_ context.Context, _ *trace.Span, o session.RetryOptions) (session.Sent, error) {
	f.note("retry %d", o.Key)
	return session.Sent{}, nil
}

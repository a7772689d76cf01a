package session

import (
	"context"
	"strings"

	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
)

// composeReturned makes a draft of a message that came back, for the recipients whom it did not reach. It is named by the
// bounce or by what was sent. The message is taken from Sent, else from the bounce; of one that is nowhere whole only its header
// fields are left.
func (s *Session) composeReturned(ctx context.Context, span *trace.Span, d Draft, o ComposeOptions) (Draft, error) {
	m, err := s.message(ctx, o.Key)
	if err != nil {
		return d, err
	}
	var back Draft
	var missed []string
	if m.Bounced {
		back, missed, err = s.returnedByReport(ctx, span, m)
	} else {
		back, missed, err = s.returnedBySent(ctx, span, m)
	}
	if err != nil {
		return d, err
	}
	if o.Only != "" {
		missed = []string{o.Only}
	}
	back.Account, back.From = d.Account, d.From
	back.To, back.Cc, back.Bcc = again(back, missed, o.Correct), "", ""
	back.ResentFor = missed
	return back, nil
}

func (s *Session) returnedByReport(ctx context.Context, span *trace.Span, m store.Message) (back Draft, missed []string, err error) {
	b, err := s.body(ctx, span, m)
	if err != nil {
		return back, nil, err
	}
	r := readBounce(b.message)
	if r == nil {
		return back, nil, noBounce(m)
	}
	if s.link(ctx, m.Account, r); r.Sent == nil {
		s.syncSent(ctx, span, m.Account)
		s.link(ctx, m.Account, r)
	}
	for _, f := range r.Recipients {
		if f.Action == actionFailed && f.Recipient != "" {
			missed = append(missed, f.Recipient)
		}
	}
	back, err = s.returnedDraft(ctx, span, r, b.message)
	back.Resends = r.Original.MessageID
	if r.Sent != nil {
		back.Resends = r.Sent.Envelope.MessageID
	}
	return back, missed, err
}

func (s *Session) returnedBySent(ctx context.Context, span *trace.Span, m store.Message) (back Draft, missed []string, err error) {
	rows, err := s.rows(ctx, []store.Message{m})
	if err != nil {
		return back, nil, err
	}
	for _, r := range rows[0].Returned {
		if r.Failed() {
			missed = append(missed, r.Recipient)
		}
	}
	if len(missed) == 0 {
		return back, nil, noBounce(m)
	}
	raw, err := s.Source(ctx, span, SourceOptions{m.Key})
	back = draftLike(mail.Parse(raw))
	back.Resends = m.Envelope.MessageID
	return back, missed, err
}

func noBounce(m store.Message) error {
	return &Error{"message.no-bounce", map[string]string{"subject": m.Envelope.Subject}, nil}
}

// syncSent brings the folder of what was sent here, where it never was looked at. Without it the draft is made of what the
// bounce returns.
func (s *Session) syncSent(ctx context.Context, span *trace.Span, account string) {
	folders, err := s.Store.Folders(ctx, account)
	if err != nil {
		return
	}
	for _, f := range folders {
		if f.Role == mail.RoleSent && !f.Local && f.Synced.IsZero() {
			_, _ = s.Sync(ctx, span.Child("sync"), SyncOptions{Account: account, Folder: f.Name})
		}
	}
}

func (s *Session) returnedDraft(ctx context.Context, span *trace.Span, r *Bounce, report *mail.Parsed) (Draft, error) {
	if r.Sent != nil {
		raw, err := s.Source(ctx, span, SourceOptions{r.Sent.Key})
		if err == nil {
			return draftLike(mail.Parse(raw)), nil
		}
		if ctx.Err() != nil {
			return Draft{}, err
		}
	}
	for _, part := range report.Root.Children {
		if part.Type == "message/rfc822" || part.Type == "message/global" {
			raw, _, err := report.Decode(part.Path)
			return draftLike(mail.Parse(raw)), err
		}
	}
	return Draft{Kind: DraftResend, Subject: r.Original.Subject, To: join(r.Original.To)}, nil
}

// again is the To field of the draft: whom the message did not reach, by the names that it called them; in the place of the first
// the one who was meant.
func again(back Draft, missed []string, correct string) string {
	named := map[string]mail.Address{}
	for _, field := range []string{back.To, back.Cc} {
		list, _ := mail.ParseAddressList(field) // what cannot be read has no name to keep
		for _, a := range list {
			named[strings.ToLower(a.Addr)] = a
		}
	}
	var all []mail.Address
	for i, to := range missed {
		a := mail.Address{Name: named[strings.ToLower(to)].Name, Addr: to}
		if correct != "" && i == 0 {
			a.Addr = correct
		}
		all = append(all, a)
	}
	return join(all)
}

package session

import (
	"context"
	"strings"

	"todoku/internal/mail"
	"todoku/internal/trace"
)

// composeReturned makes a draft of the message that a bounce is about, for the recipients whom it did not reach. The
// message is taken from Sent, else from the bounce; of one that is nowhere whole only its header fields are left.
func (s *Session) composeReturned(ctx context.Context, span *trace.Span, d Draft, o ComposeOptions) (Draft, error) {
	m, err := s.message(ctx, o.Key)
	if err != nil {
		return d, err
	}
	b, err := s.body(ctx, span, m)
	if err != nil {
		return d, err
	}
	r := readBounce(b.message)
	if r == nil {
		return d, &Error{"message.no-bounce", map[string]string{"subject": m.Envelope.Subject}, nil}
	}
	if s.link(ctx, m.Account, r); r.Sent == nil {
		s.syncSent(ctx, span, m.Account)
		s.link(ctx, m.Account, r)
	}
	back, err := s.returnedDraft(ctx, span, r, b.message)
	if err != nil {
		return d, err
	}
	back.Account, back.From = d.Account, d.From
	back.To, back.Cc, back.Bcc = failedRecipients(r, back, o.Correct), "", ""
	return back, nil
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

// failedRecipients is the To field of the draft: whom the message did not reach, by the names that it called them.
func failedRecipients(r *Bounce, back Draft, correct string) string {
	named := map[string]mail.Address{}
	for _, field := range []string{back.To, back.Cc} {
		list, _ := mail.ParseAddressList(field) // what cannot be read has no name to keep
		for _, a := range list {
			named[strings.ToLower(a.Addr)] = a
		}
	}
	var all []mail.Address
	for _, f := range r.Recipients {
		if f.Action != "failed" {
			continue
		}
		a := mail.Address{Name: named[strings.ToLower(f.Recipient)].Name, Addr: f.Recipient}
		if correct != "" && f.Recipient == r.First().Recipient {
			a.Addr = correct
		}
		all = append(all, a)
	}
	return join(all)
}

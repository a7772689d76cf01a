package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/wire"
	"todoku/session/account"
	"todoku/session/mailsync"
	"todoku/session/outbox"
)

// Send puts the draft in the outbox durably, submits it and files the copy. The draft leaves the drafts in the same
// commit that brings the message into the outbox. An error is one before that commit, or one of this machine; what
// the servers said is in the result.
func (s *Session) Send(ctx context.Context, span *trace.Span, o SendOptions) (sent Sent, err error) {
	defer func() { span.End(err) }()
	a, _, ok := s.find(o.Draft.Account)
	if !ok {
		return sent, NoSuchAccount(o.Draft.Account)
	}
	if a.SMTP.Host == "" {
		return sent, &Error{"send.no-server", map[string]string{"account": a.Name}, nil}
	}
	entry, err := s.entry(ctx, a, o.Draft)
	if err != nil {
		return sent, err
	}
	if entry, err = s.Store.Enqueue(ctx, entry, o.Draft.Key); err != nil {
		return sent, err
	}
	if o.Draft.Replaces != 0 {
		s.dropRefused(ctx, o.Draft.Replaces)
	}
	return s.submit(ctx, span, a, entry.Key, o.Progress)
}

// dropRefused removes the refused entry whose message was enqueued anew. Should that fail, the entry stays in sight.
func (s *Session) dropRefused(ctx context.Context, key int64) {
	if e, err := s.Store.OutboxEntry(ctx, key); err == nil && e.State == store.StateRefused {
		_, _ = s.Store.DropOutbox(ctx, key, nil)
	}
}

// entry builds the message and its envelope. Bcc is in the envelope only.
func (s *Session) entry(ctx context.Context, a config.Account, d Draft) (store.OutboxEntry, error) {
	out, err := s.outgoing(ctx, a, d)
	if err != nil {
		return store.OutboxEntry{}, err
	}
	raw, err := mail.Build(out) // 7bit always: the server is not known yet
	if err != nil {
		return store.OutboxEntry{}, buildError(err)
	}
	e := store.OutboxEntry{
		Account: a.Name, State: store.StateQueued, From: out.From.Addr, MessageID: out.MessageID, Subject: out.Subject,
		Raw: raw, Created: s.Now(), Answers: d.Answers, Forwards: d.Forwards, DraftKey: d.Key,
		Resends: d.Resends, ResentFor: d.ResentFor,
	}
	seen := map[string]bool{}
	for _, list := range [][]mail.Address{out.To, out.Cc, out.Bcc} {
		for _, r := range list {
			if key := strings.ToLower(r.Addr); !seen[key] {
				seen[key] = true
				e.To = append(e.To, store.Recipient{Addr: r.Addr, State: outbox.Wait})
			}
		}
	}
	if len(e.To) == 0 {
		return e, &Error{"compose.no-recipient", nil, nil}
	}
	return e, nil
}

// outgoing reads the fields as typed.
func (s *Session) outgoing(ctx context.Context, a config.Account, d Draft) (mail.Outgoing, error) {
	out := mail.Outgoing{
		From: sender(a), Subject: d.Subject, Text: d.Text, InReplyTo: d.InReplyTo, References: d.References,
		Date: s.Now(), MessageID: messageID(a.Address),
	}
	err := injection(d)
	if err != nil {
		return out, err
	}
	for _, field := range []struct {
		name, text string
		to         *[]mail.Address
	}{{"to", d.To, &out.To}, {"cc", d.Cc, &out.Cc}, {"bcc", d.Bcc, &out.Bcc}} {
		if *field.to, err = mail.ParseAddressList(field.text); err != nil {
			return out, fieldError(field.name, field.text, err)
		}
	}
	if d.From != "" {
		if out.From, err = oneSender(d.From); err != nil {
			return out, err
		}
	}
	for _, f := range d.Files {
		content, err := s.fileContent(ctx, f)
		if err != nil {
			return out, err
		}
		out.Files = append(out.Files, mail.File{Name: f.Name, Type: f.Type, Data: content})
	}
	return out, nil
}

// oneSender reads the From field as typed (RFC 5322 section 3.6.2 permits several; then a Sender would be needed).
func oneSender(text string) (mail.Address, error) {
	from, err := mail.ParseAddressList(text)
	if err != nil {
		return mail.Address{}, fieldError("from", text, err)
	}
	if len(from) != 1 {
		return mail.Address{}, &Error{"compose.sender", map[string]string{"text": text}, nil}
	}
	return from[0], nil
}

func (s *Session) fileContent(ctx context.Context, f DraftFile) ([]byte, error) {
	if f.ID != 0 {
		return s.Store.DraftFile(ctx, f.ID)
	}
	return f.read()
}

// messageID makes a Message-ID of 128 random bits in the sender's domain (RFC 5322 section 3.6.4).
func messageID(address string) string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:]) + "@" + mail.Address{Addr: address}.Domain()
}

// submit sends the entry and files its copy.
func (s *Session) submit(ctx context.Context, span *trace.Span, a config.Account, key int64, progress func(Sent)) (Sent, error) {
	secret, err := account.Credentials(ctx, a, a.SMTP)
	if err != nil {
		return s.waiting(ctx, key, reaching(err, a, a.SMTP, stepSubmit))
	}
	began := s.Now()
	sub := &outbox.Submitter{
		Store: s.Store, Net: s.watched(span), Host: a.SMTP.Host, Port: a.SMTP.Port, TLS: wire.TLSMode(a.SMTP.TLS), Auth: a.SMTP.Auth,
		Credentials: secret, Now: s.Now,
	}
	if progress != nil {
		sub.Progress = func(e store.OutboxEntry) { progress(s.sent(e, nil)) }
	}
	e, claimed, err := sub.Submit(ctx, span, key)
	if err != nil {
		err = cmp.Or(s.ended(ctx), err)
	}
	if !claimed {
		return s.waiting(ctx, key, err)
	}
	sent := s.sent(e, err)
	if e.State == store.StateAccepted {
		e, err = s.file(ctx, span, a, e)
		sent = s.sent(e, nil)
		if err != nil {
			sent.CopyState = trace.Fail
		}
		s.markAnswered(ctx, e)
	}
	sent.Elapsed = s.Now().Sub(began)
	s.suggest(ctx, &sent)
	return sent, nil
}

// waiting reports an entry that was not tried: it stays in the outbox, or another process is at work on it.
func (s *Session) waiting(ctx context.Context, key int64, why error) (Sent, error) {
	e, err := s.Store.OutboxEntry(ctx, key)
	if err != nil {
		return Sent{}, err
	}
	return s.sent(e, why), nil
}

// markAnswered sets \Answered or $Forwarded on the message that the sent one belongs to; who answered it has read it. The mail has left; that the
// mark could not be set is no failure of sending.
func (s *Session) markAnswered(ctx context.Context, e store.OutboxEntry) {
	if e.Answers != 0 {
		_, _ = s.flag(ctx, FlagOptions{Keys: []int64{e.Answers}, Flags: mail.Answered | mail.Seen, On: true})
	}
	if e.Forwards != 0 {
		_, _ = s.flag(ctx, FlagOptions{Keys: []int64{e.Forwards}, Flags: mail.Forwarded, On: true})
	}
}

// file keeps the copy in Sent: on the server over IMAP, else on this disk. A failure leaves the entry accepted, so
// that only the filing is tried again.
func (s *Session) file(ctx context.Context, span *trace.Span, a config.Account, e store.OutboxEntry) (store.OutboxEntry, error) {
	if string(e.Note) == outbox.RestNote {
		e.State = store.StateFiled
		return e, s.Store.Advance(ctx, e)
	}
	folder, err := s.sentFolder(ctx, span, a)
	if a.Receive == protocolPOP3 || folder.Local || errors.Is(err, ErrNotFound) {
		return s.fileLocal(ctx, a, e)
	}
	if err == nil {
		err = s.appendCopy(ctx, span, a, folder.Name, e)
		e.CopyFolder = folder.Name
	}
	if err != nil {
		e.CopyError, e.Lease = err.Error(), time.Time{} // the claim ends: the next Deliver files it
		if saveErr := s.Store.Advance(ctx, e); saveErr != nil {
			return e, saveErr
		}
		return e, err
	}
	e.State, e.CopyError = store.StateFiled, ""
	return e, s.Store.Advance(ctx, e)
}

// sentFolder finds where copies go: by its use, else by its usual name. An account that was never synced asks its server
// first; ErrNotFound says that it has none.
func (s *Session) sentFolder(ctx context.Context, span *trace.Span, a config.Account) (store.Folder, error) {
	folder, err := s.target(ctx, a.Name, "", mail.RoleSent)
	if err == nil || a.Receive == protocolPOP3 {
		return folder, err
	}
	err = s.overIMAP(ctx, span, line{a, a.IMAP}, a.Name, func(c *imap.Client) error {
		m := &mailsync.IMAP{Store: s.Store, Client: c, Account: a.Name, Now: s.Now}
		return m.Folders(ctx)
	})
	if err != nil {
		return folder, err
	}
	if folder, err = s.target(ctx, a.Name, "", mail.RoleSent); err == nil {
		return folder, nil
	}
	return s.target(ctx, a.Name, "Sent", mail.RoleNone)
}

func (s *Session) appendCopy(ctx context.Context, span *trace.Span, a config.Account, folder string, e store.OutboxEntry) error {
	return s.overIMAP(ctx, span, line{a, a.IMAP}, a.Name, func(c *imap.Client) error {
		_, err := c.Append(ctx, folder, mail.Seen, int64(len(e.Raw)), strings.NewReader(string(e.Raw)))
		return err
	})
}

func (s *Session) fileLocal(ctx context.Context, a config.Account, e store.OutboxEntry) (store.OutboxEntry, error) {
	folder, err := s.Store.EnsureFolder(ctx, a.Name, mail.Folder{Name: named(a.Folders.Sent, "Sent"), Role: mail.RoleSent, Local: true})
	if err != nil {
		return e, err
	}
	text := mail.Parse(e.Raw).Text(mail.TextOptions{}).Body
	row, _ := mail.RowOf(e.Raw, s.Now())
	if _, err = s.Store.FileLocal(ctx, e.Key, folder.ID, row, e.Raw, text); err == nil {
		e.State, e.CopyFolder, e.CopyError = store.StateFiled, folder.Name, ""
	}
	return e, err
}

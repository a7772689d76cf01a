package session

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/session/outbox"
)

// FateOptions names a message that was sent: its row, or its account and Message-ID.
type FateOptions struct {
	Key       int64
	Account   string
	MessageID string
}

// Fate says what became of a message that was sent, recipient by recipient: what the submission server said, as far as the
// outbox here tells, and what reports said later.
func (s *Session) Fate(ctx context.Context, _ *trace.Span, o FateOptions) (Sent, error) {
	m, err := s.sentRow(ctx, o)
	if err != nil {
		return Sent{}, err
	}
	if o.Key != 0 {
		o.Account, o.MessageID = m.Account, m.Envelope.MessageID
	}
	a, _, _ := s.find(o.Account) // the outbox is the account's, whichever protocol reads it
	entries, err := s.Store.OutboxOf(ctx, a.Name, o.MessageID)
	if err != nil {
		return Sent{}, err
	}
	if m.Key == 0 && len(entries) == 0 {
		return Sent{}, NoSuchMessage(o.Key)
	}
	sent := s.sentElsewhere(m)
	if len(entries) > 0 {
		sent = s.sentInTries(entries)
	}
	sent.Message = m.Key
	s.suggest(ctx, &sent)
	return sent, s.addReturned(ctx, &sent, o.Account)
}

// sentRow is the copy in Sent; none where only the outbox has the message.
func (s *Session) sentRow(ctx context.Context, o FateOptions) (store.Message, error) {
	if o.Key != 0 {
		return s.message(ctx, o.Key)
	}
	m, err := s.Store.SentMessage(ctx, o.Account, o.MessageID)
	if store.IsCode(err, store.CodeNotFound) {
		return store.Message{}, nil
	}
	return m, err
}

// sentElsewhere is a message that another program sent: nothing is known of its way.
func (s *Session) sentElsewhere(m store.Message) Sent {
	sent := Sent{Account: m.Account, Subject: m.Envelope.Subject, MessageID: m.Envelope.MessageID, State: store.StateFiled,
		CopyState: trace.Pass, CopyFolder: m.Folder}
	for _, r := range slices.Concat(m.Envelope.To, m.Envelope.Cc, m.Envelope.Bcc) {
		if !slices.ContainsFunc(sent.Recipients, func(have SentRecipient) bool { return strings.EqualFold(have.Addr, r.Addr) }) {
			sent.Recipients = append(sent.Recipients, SentRecipient{Addr: r.Addr, State: outbox.Unknown})
		}
	}
	return sent
}

// sentInTries is an entry with what the later ones say of the recipients that it had put off.
func (s *Session) sentInTries(entries []store.OutboxEntry) Sent {
	sent := s.sent(entries[0], nil)
	for _, e := range entries[1:] {
		for _, later := range s.sent(e, nil).Recipients {
			for i, r := range sent.Recipients {
				if strings.EqualFold(r.Addr, later.Addr) {
					sent.Recipients[i] = later
				}
			}
		}
	}
	return sent
}

// addReturned adds what reports said. A recipient whom they name otherwise than the message did has a row of its own.
func (s *Session) addReturned(ctx context.Context, sent *Sent, account string) error {
	rows := []*Row{{Account: account, Message: mail.Message{Envelope: mail.Envelope{MessageID: sent.MessageID}}}}
	if err := s.markReturned(ctx, account, rows); err != nil {
		return err
	}
	for _, came := range rows[0].Returned {
		at := slices.IndexFunc(sent.Recipients, func(r SentRecipient) bool { return strings.EqualFold(r.Addr, came.Recipient) })
		if at < 0 {
			at = len(sent.Recipients)
			sent.Recipients = append(sent.Recipients, SentRecipient{Addr: came.Recipient, State: outbox.OK})
		}
		r := &sent.Recipients[at]
		r.Came, r.State = &came, outbox.OK // what came back had been taken
		f := cameFinding(came)
		r.Finding, r.Suggest = &f, s.similar(ctx, account, r.Addr)
	}
	return nil
}

// cameFinding is what a report said, as it was noted: read once more for how sure that is, unless its fields told otherwise.
func cameFinding(r Returned) trace.Finding {
	f := explain.Reply(reason.Reply{Text: r.Said, Host: r.Host, Step: r.Step})
	f.Args["host"], f.Args["address"] = r.Host, r.Recipient
	if r.Reason != reason.None {
		if f.Code != "reason."+string(r.Reason) {
			f.Code = "reason." + string(r.Reason)
			f.Args["sure"], f.Args["rests"] = string(reason.Fair), reason.ByEnhanced
		}
		_, f.Args["who"] = r.Reason.Place(r.Step)
	}
	f.Level = trace.Fail
	if !r.Failed() {
		f.Level, f.Args["retry"] = trace.Warn, explain.RetryServer
	}
	if r.Step != 0 {
		f.Args["step"] = strconv.Itoa(r.Step)
	}
	return f
}

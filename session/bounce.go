package session

import (
	"context"
	"slices"
	"strings"
	"time"

	"todoku/diag/bounce"
	"todoku/diag/explain"
	"todoku/diag/reason"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
)

// Bounce is what a report of a mail system says, and the message that it is about.
type Bounce struct {
	bounce.Report
	// Sent is the row of that message, if it is here.
	Sent *Row `json:"sent,omitempty"`
	// Suggest is a known address that is one mistake away from the first recipient's.
	Suggest string `json:"suggest,omitempty"`
	// Known and SuggestKnown are what is known here of both.
	Known        Known `json:"known,omitzero"`
	SuggestKnown Known `json:"suggest_known,omitzero"`
}

// Finding is what happened to the recipient that the report is explained by: the first that failed, else the first.
func (b *Bounce) Finding() trace.Finding { return BounceFinding(b.First()) }

// First is the first recipient that failed, else the first.
func (b *Bounce) First() bounce.Failure {
	for _, f := range b.Recipients {
		if f.Action == actionFailed {
			return f
		}
	}
	return b.Recipients[0] // bounce.Read gives one at least
}

// BounceFinding is what a report says of one recipient, to be explained as any reply is. Fields and words of the report were
// read together: what that gave, and how sure it is, goes before what the reply alone means.
func BounceFinding(f bounce.Failure) trace.Finding {
	said := explain.Reply(reason.Reply{Code: f.Reply.Code, Enhanced: f.Reply.Enhanced, Command: f.Command, Text: f.Reply.Text, Host: f.Host, Step: f.Step})
	said.Args["host"] = f.Host
	if f.Recipient != "" {
		said.Args["address"] = f.Recipient
	}
	if r := f.Reading; r.Reason != reason.None {
		said.Code = "reason." + string(r.Reason)
		said.Args["who"], said.Args["retry"], said.Args["sure"], said.Args["rests"] = r.Who, r.Retry, string(r.Sure), strings.Join(r.Rests, " ")
	}
	return said
}

// readBounce reads a message that may be a report.
func readBounce(m *mail.Parsed) *Bounce {
	r, ok := bounce.Read(m)
	if !ok {
		return nil
	}
	return &Bounce{Report: r}
}

// link finds the message that a report is about, and whom its sender may have meant. What is not found costs that only.
func (s *Session) link(ctx context.Context, account string, b *Bounce) {
	to := b.First().Recipient
	b.Suggest = s.similar(ctx, account, to)
	b.Known, b.SuggestKnown = s.known(ctx, account, to), s.known(ctx, account, b.Suggest)
	if m, ok := s.original(ctx, account, b.Report); ok {
		sent := row(m)
		b.Sent = &sent
	}
}

// Bounces come within days of what they are about: RFC 5321 section 4.5.4.1 has senders give up after 4 or 5, and a clock
// may be wrong.
const (
	bounceAfter = 8 * 24 * time.Hour
	clockError  = time.Hour
)

// original finds what was sent: by its Message-ID, else by the envelope id, which may be one, else by recipient, subject and time.
func (s *Session) original(ctx context.Context, account string, r bounce.Report) (store.Message, bool) {
	for _, id := range []string{r.Original.MessageID, strings.Trim(r.Original.EnvelopeID, "<>")} {
		if id == "" {
			continue
		}
		if m, err := s.Store.SentMessage(ctx, account, id); err == nil {
			return m, true
		}
	}
	if r.Original.MessageID != "" || r.Original.Subject == "" {
		return store.Message{}, false
	}
	from, to := s.Now().Add(-bounceAfter), s.Now()
	if date := r.Original.Date; !date.IsZero() {
		from, to = date.Add(-clockError), date.Add(clockError)
	}
	near, err := s.Store.SentLike(ctx, account, from, to)
	if err != nil {
		return store.Message{}, false
	}
	for _, m := range near {
		if m.Envelope.Subject == r.Original.Subject && wentTo(m.Envelope, r.Recipients) {
			return m, true
		}
	}
	return store.Message{}, false
}

func wentTo(e mail.Envelope, failed []bounce.Failure) bool {
	for _, a := range slices.Concat(e.To, e.Cc, e.Bcc) {
		for _, f := range failed {
			if strings.EqualFold(a.Addr, f.Recipient) {
				return true
			}
		}
	}
	return false
}

// bouncesChunk is how many bounces are read before the store is asked for more.
const bouncesChunk = 100

// noteBounces stores what the bounces of an account say that were not read for it yet, so that the messages that they
// are about can show it.
func (s *Session) noteBounces(ctx context.Context, account string) error {
	for {
		keys, err := s.Store.UnreadBounces(ctx, account, bouncesChunk)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			raw, err := s.Store.Body(ctx, key)
			if err != nil && !store.IsCode(err, store.CodeNotFound) {
				return err
			}
			if err := s.noteBounce(ctx, account, key, mail.Parse(raw)); err != nil {
				return err
			}
		}
	}
}

// maxSaid bounds the octets of a reply that are kept: RFC 5321 section 4.5.3.1.5 gives a reply line 512.
const maxSaid = 2 << 10

// noteBounce stores what one report says; of one that says nothing, that it was read.
func (s *Session) noteBounce(ctx context.Context, account string, key int64, m *mail.Parsed) error {
	r, _ := bounce.Read(m) // of what is none there is nothing to note
	delivered, about := bounce.Delivered(m)
	if len(r.Recipients) == 0 {
		r.Original = about
	}
	id := r.Original.MessageID
	if sent, ok := s.original(ctx, account, r); ok && sent.Envelope.MessageID != "" {
		id = sent.Envelope.MessageID
	}
	var list []store.Bounce
	for _, f := range r.Recipients {
		b := store.Bounce{Account: account, Original: id, Recipient: f.Recipient, Action: f.Action, Reason: string(f.Reading.Reason), Hard: f.Hard,
			Host: f.Host, Step: f.Step, Said: f.Reply.String()}
		b.Said = strings.ToValidUTF8(b.Said[:min(len(b.Said), maxSaid)], "")
		if f.Action == actionDelayed {
			b.Until = r.RetryUntil
		}
		list = append(list, b)
	}
	for _, to := range delivered {
		list = append(list, store.Bounce{Account: account, Original: id, Recipient: to, Action: actionDelivered, Reason: string(reason.None)})
	}
	if len(list) == 0 {
		list = []store.Bounce{{Account: account, Action: actionFailed, Reason: string(reason.None)}}
	}
	return s.Store.PutBounces(ctx, key, list)
}

// noteLarge notes a bounce of which only a part is here. Reading goes on if the store cannot be written.
func (s *Session) noteLarge(ctx context.Context, m store.Message, b body) {
	if b.partial && !m.Bounced && b.message.IsReport() && s.Store.MarkBounced(ctx, m.Key) == nil {
		_ = s.noteBounce(ctx, m.Account, m.Key, b.message)
	}
}

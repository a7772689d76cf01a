package session

import (
	"context"
	"strings"

	"todoku/diag/explain"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/session/outbox"
)

// Outbox lists entries that still wait or ask, newest first; Account empty means all.
func (s *Session) Outbox(ctx context.Context, _ *trace.Span, o FoldersOptions) ([]Sent, error) {
	entries, err := s.Store.Outbox(ctx, o.Account)
	if err != nil {
		return nil, err
	}
	var all []Sent
	for _, e := range entries {
		if e.State != store.StateFiled {
			all = append(all, s.sent(e, nil))
		}
	}
	return all, nil
}

// RetryOptions names an outbox entry; Drop turns it back into a draft instead of sending it.
type RetryOptions struct {
	Key      int64
	Drop     bool
	Progress func(Sent)
}

// Retry submits an outbox entry now, also one that may have been sent: the person decided.
func (s *Session) Retry(ctx context.Context, span *trace.Span, o RetryOptions) (sent Sent, err error) {
	defer func() { span.End(err) }()
	e, err := s.Store.OutboxEntry(ctx, o.Key)
	if err != nil {
		return sent, err
	}
	if o.Drop {
		return s.takeBack(ctx, e)
	}
	a, _, ok := s.find(e.Account)
	if !ok {
		return sent, NoSuchAccount(e.Account)
	}
	if e.State != store.StateAccepted {
		if err := s.Store.Requeue(ctx, e.Key); err != nil {
			return sent, err
		}
	}
	return s.submit(ctx, span, a, e.Key, o.Progress)
}

// takeBack turns an entry into a draft in one commit.
func (s *Session) takeBack(ctx context.Context, e store.OutboxEntry) (Sent, error) {
	d := draftOf(e)
	d.Kind = DraftNew
	stored, contents, err := s.storable(d)
	if err != nil {
		return Sent{}, err
	}
	files := stored.Files
	stored.Files = nil
	back, err := s.Store.DropOutbox(ctx, e.Key, &stored)
	if err == nil && len(files) > 0 {
		back.Files = files
		_, err = s.Store.PutDraft(ctx, back, contents)
	}
	return s.sent(e, nil), err
}

// Deliver submits what is due and files accepted copies, of all accounts or one. Each entry's fate is in the result.
func (s *Session) Deliver(ctx context.Context, span *trace.Span, o FoldersOptions) (all []Sent, err error) {
	defer func() { span.End(err) }()
	entries, err := s.Store.Outbox(ctx, o.Account)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		a, _, ok := s.find(e.Account)
		due := e.State == store.StateQueued && !e.Next.After(s.Now()) || e.State == store.StateAccepted
		if !ok || !due || ctx.Err() != nil {
			continue
		}
		sent, err := s.submit(ctx, span, a, e.Key, nil)
		if err != nil {
			return all, err
		}
		all = append(all, sent)
	}
	return all, ctx.Err()
}

// sent is an outbox entry as the matrix shows it.
func (s *Session) sent(e store.OutboxEntry, why error) Sent {
	r := Sent{
		Key: e.Key, Account: e.Account, Subject: e.Subject, MessageID: e.MessageID, State: e.State, Server: e.Server,
		QueueID: queueID(e), Next: e.Next, Attempts: e.Attempts, CopyFolder: e.CopyFolder,
	}
	r.CopyState = copyState(e)
	for _, to := range e.To {
		r.Recipients = append(r.Recipients, s.sentRecipient(e, to))
	}
	switch {
	case why != nil:
		f := explain.Find(why)
		r.Error = &f
	case e.State == store.StateUnknown:
		r.Error = &trace.Finding{Code: "send.unknown", Level: trace.Unknown, Args: map[string]string{"server": e.Server, "id": e.MessageID}}
	}
	return r
}

func copyState(e store.OutboxEntry) trace.Level {
	switch {
	case e.State == store.StateFiled:
		return trace.Pass
	case e.CopyError != "":
		return trace.Fail
	}
	return trace.Unknown
}

func (s *Session) sentRecipient(e store.OutboxEntry, to store.Recipient) SentRecipient {
	r := SentRecipient{Addr: to.Addr, State: to.State, Code: to.Code, Reply: to.Reply, Verb: to.Verb, Elapsed: to.Elapsed}
	if to.State == outbox.Fail || to.State == outbox.Warn {
		f := explain.Reply(to.Code, to.Reply)
		f.Args["address"], f.Args["server"] = to.Addr, e.Server
		r.Finding = &f
	}
	return r
}

// queueID finds the id in replies such as "2.0.0 Ok: queued as 7F3A2"; other servers say it otherwise or not at all.
func queueID(e store.OutboxEntry) string {
	lower := strings.ToLower(e.Reply)
	for _, mark := range []string{"queued as ", "id="} {
		if at := strings.Index(lower, mark); at >= 0 {
			id, _, _ := strings.Cut(e.Reply[at+len(mark):], " ")
			return strings.TrimRight(id, ".,;)")
		}
	}
	return ""
}

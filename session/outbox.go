package session

import (
	"context"
	"errors"
	"slices"
	"strings"

	"todoku/diag/explain"
	"todoku/diag/reason"
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
			one := s.sent(e, nil)
			s.suggest(ctx, &one)
			all = append(all, one)
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
	if store.IsCode(err, store.CodeNotFound) {
		err = NoSuchMessage(o.Key)
	}
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

// takeBack turns an entry into a draft. The draft is stored with its files before the entry goes: a crash between the
// two leaves both, and loses nothing.
func (s *Session) takeBack(ctx context.Context, e store.OutboxEntry) (Sent, error) {
	d := draftOf(e)
	d.Kind = DraftNew
	back, err := s.SaveDraft(ctx, nil, d)
	if err != nil {
		return Sent{}, err
	}
	if _, err := s.Store.DropOutbox(ctx, e.Key, nil); err != nil {
		return Sent{}, errors.Join(err, s.Store.DropDraft(context.WithoutCancel(ctx), back.Key))
	}
	return s.sent(e, nil), nil
}

// Deliver submits what is due and files accepted copies, of all accounts or one. Each entry's fate is in the result.
func (s *Session) Deliver(ctx context.Context, span *trace.Span, o FoldersOptions) (all []Sent, err error) {
	defer func() { span.End(err) }()
	if a, _, ok := s.find(o.Account); ok {
		o.Account = a.Name // what a twin sends is its account's
	}
	entries, err := s.Store.Outbox(ctx, o.Account)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		a, _, ok := s.find(e.Account)
		if !ok || !s.due(e) || ctx.Err() != nil {
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

// due reports whether there is something to do for an entry now. A claim whose lease lapsed is that of a process that
// ended before it sent anything; one that ended while sending is for the person to decide.
func (s *Session) due(e store.OutboxEntry) bool {
	switch e.State {
	case store.StateQueued:
		return !e.Next.After(s.Now())
	case store.StateClaimed:
		return e.Lease.Before(s.Now())
	}
	return e.State == store.StateAccepted
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
	case e.State == store.StateUnknown:
		r.Error = &trace.Finding{Code: "send.unknown", Level: trace.Unknown, Args: map[string]string{"server": e.Server, "id": e.MessageID}}
	case why != nil:
		r.Error = sendError(e, why)
	}
	return r
}

// sendError explains why sending failed, with the address that the server's words are about.
func sendError(e store.OutboxEntry, why error) *trace.Finding {
	f := explain.Find(why)
	if f.Args == nil {
		f.Args = map[string]string{}
	}
	for _, name := range []string{"server", "host"} {
		if f.Args[name] == "" {
			f.Args[name] = e.Server
		}
	}
	if f.Args["command"] == "MAIL" {
		f.Args["address"] = e.From
	} else if bad := slices.IndexFunc(e.To, refusedRecipient); bad >= 0 {
		f.Args["address"] = e.To[bad].Addr
	}
	return &f
}

func refusedRecipient(r store.Recipient) bool {
	return r.State == outbox.Fail || r.State == outbox.Warn
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
	if refusedRecipient(to) {
		// It was the submission server that said so.
		f := explain.Reply(reason.Reply{Code: to.Code, Command: to.Verb, Text: to.Reply, Host: e.Server, Step: 1})
		if to.Problem != "" {
			f = trace.Finding{Code: to.Problem, Level: trace.Fail, Args: map[string]string{}}
		}
		f.Args["address"], f.Args["server"], f.Args["step"] = to.Addr, e.Server, "1"
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

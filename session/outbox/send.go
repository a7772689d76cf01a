// Package outbox submits what the store's outbox holds, so that a message is neither lost nor sent twice unknowingly:
// every state is committed before the step that it announces.
package outbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// lease is how long an entry stays claimed without a sign of life: longer than the final dot's time (RFC 5321
// section 4.5.3.2.6, 10 minutes).
const lease = 15 * time.Minute

// Recipient states, as SCREENS 3 draws them.
const (
	Wait    = "wait"
	Live    = "live"
	OK      = "ok"
	Warn    = "warn"
	Fail    = "fail"
	Unknown = "unknown"
)

// retryAfter is the wait before each further try; RFC 5321 section 4.5.4.1 asks for at least 30 minutes once the first
// tries failed. After the last, the entry waits for the person.
var retryAfter = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 4 * time.Hour}

// retries is how often an entry is tried by itself.
const retries = len(retryAfter)

// Submitter submits entries of one account to its submission server (RFC 6409).
type Submitter struct {
	Store       *store.Store
	Net         *wire.Net
	Host        string
	Port        int
	TLS         wire.TLSMode
	Auth        string
	Credentials sasl.Credentials
	Now         func() time.Time
	Progress    func(store.OutboxEntry) // after each recipient's answer; may be nil
}

// owner names the holder of one lease: this process and this try, for two tries of one process are two holders as well.
func owner() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s:%d:%s", host, os.Getpid(), rand.Text())
}

// Submit claims the entry with the key and submits it. The entry given back has its new state, also with an error.
// claimed is false when another process holds it or nothing is to be done.
func (s *Submitter) Submit(ctx context.Context, span *trace.Span, key int64) (e store.OutboxEntry, claimed bool, err error) {
	e, claimed, err = s.Store.Claim(ctx, key, "", owner(), lease)
	if err != nil || !claimed || e.State != store.StateClaimed {
		return e, claimed, err
	}
	result, err := s.dialogue(ctx, span, &e)
	s.judge(&e, result, err)
	if rest, some := deferred(e); some {
		if _, restErr := s.Store.Enqueue(context.WithoutCancel(ctx), rest, 0); restErr != nil {
			return e, true, errors.Join(err, restErr)
		}
	}
	if saveErr := s.Store.Advance(context.WithoutCancel(ctx), e); saveErr != nil {
		return e, true, errors.Join(err, saveErr)
	}
	return e, true, err
}

// dialogue speaks SMTP. Just before the first octet of the message goes out, the entry is committed as sending.
func (s *Submitter) dialogue(ctx context.Context, span *trace.Span, e *store.OutboxEntry) (smtp.Result, error) {
	c, err := smtp.Dial(ctx, smtp.Options{Net: s.Net, Span: span, Host: s.Host, Port: s.Port, TLS: s.TLS})
	if err != nil {
		return smtp.Result{}, err
	}
	defer c.Close()
	_ = s.remember(ctx, e.Account, c.Extensions()) // sending does not depend on what is learned by the way
	if err := c.Auth(ctx, s.Credentials, s.Auth); err != nil {
		return smtp.Result{}, err
	}
	env := envelope(*e)
	env.BeforeMessage = func() error {
		e.State, e.Lease = store.StateSending, s.Now().Add(lease)
		return s.Store.Advance(ctx, *e)
	}
	result, err := c.Send(ctx, env, e.Raw, func(r smtp.RecipientResult) {
		settle(e, r, Live)
		if s.Progress != nil {
			s.Progress(*e)
		}
	})
	if err == nil {
		_ = c.Quit(ctx) // the message is accepted whatever QUIT says
	}
	return result, err
}

// envelope holds the recipients that are still to be asked: those that the server took on an earlier try are left out.
func envelope(e store.OutboxEntry) smtp.Envelope {
	env := smtp.Envelope{From: e.From}
	for _, r := range e.To {
		if r.State != OK && r.State != Fail {
			env.To = append(env.To, smtp.Recipient{Addr: r.Addr})
		}
	}
	return env
}

// settle notes what became of one recipient. open is the state of one that was accepted while the message was not yet.
func settle(e *store.OutboxEntry, r smtp.RecipientResult, open string) {
	for i := range e.To {
		if e.To[i].Addr == r.Addr {
			e.To[i] = store.Recipient{
				Addr: r.Addr, State: stateOf(r, open), Code: r.Reply.Code, Reply: r.Reply.String(), Verb: r.Verb, Elapsed: r.Elapsed,
				Problem: problem(r.Err),
			}
		}
	}
}

// problem is the code of an address that we refused ourselves.
func problem(err error) string {
	var own *wire.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &own):
		return own.Code
	}
	return smtp.CodeAddress
}

// stateOf is what a result means for the recipient (RFC 5321 section 4.2.1).
func stateOf(r smtp.RecipientResult, open string) string {
	switch {
	case r.Err != nil, r.Reply.Permanent():
		return Fail
	case r.Accepted():
		return OK
	case r.Reply.Temporary():
		return Warn
	}
	return open
}

// judge gives the entry its next state.
func (s *Submitter) judge(e *store.OutboxEntry, result smtp.Result, err error) {
	open := Wait
	if result.Unknown {
		open = Unknown
	}
	for _, r := range result.Recipients {
		settle(e, r, open)
	}
	e.Reply, e.Server, e.Changed = result.Final.String(), s.Host, s.Now()
	var said *smtp.Error
	if errors.As(err, &said) {
		e.Reply = said.Reply.String()
	}
	switch {
	case result.Unknown:
		e.State = store.StateUnknown
	case result.Accepted() > 0:
		e.State = store.StateAccepted
	case refusedForGood(*e, said) || e.Attempts > retries:
		e.State = store.StateRefused
	default:
		e.State = store.StateQueued
		e.Next = s.Now().Add(retryAfter[e.Attempts-1])
	}
}

// RestNote marks an entry that carries the recipients of another one, whose copy is already in Sent.
const RestNote = "rest"

// deferred gives a new entry for the recipients that an accepted message was put off for (4xx): todoku tries them
// again. It is stored before the first entry is settled, so that a crash between the two forgets nobody.
func deferred(e store.OutboxEntry) (rest store.OutboxEntry, some bool) {
	if e.State != store.StateAccepted {
		return rest, false
	}
	rest = store.OutboxEntry{
		Account: e.Account, State: store.StateQueued, From: e.From, MessageID: e.MessageID, Subject: e.Subject,
		Raw: e.Raw, Next: e.Changed.Add(retryAfter[0]), Note: []byte(RestNote),
	}
	for _, r := range e.To {
		if r.State == Warn {
			rest.To = append(rest.To, store.Recipient{Addr: r.Addr, State: Wait})
		}
	}
	return rest, len(rest.To) > 0
}

// refusedForGood: the server refused the message or its sender with 5xx, or every recipient. A refused login is not: it
// may be repaired, and the message waits.
func refusedForGood(e store.OutboxEntry, said *smtp.Error) bool {
	if said != nil && (said.Verb == "MAIL" || said.Verb == "DATA") && said.Reply.Permanent() {
		return true
	}
	for _, r := range e.To {
		if r.State != Fail {
			return false
		}
	}
	return len(e.To) > 0
}

package session

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"todoku/diag/reason"
	"todoku/internal/store"
)

// Actions of a report (RFC 3464 section 2.3.3).
const (
	actionFailed    = "failed"
	actionDelayed   = "delayed"
	actionDelivered = "delivered"
)

// Returned is one recipient whom a message did not reach, or not yet. Said and Host are the other side's and hostile.
type Returned struct {
	Recipient string        `json:"recipient"`
	Action    string        `json:"action"` // "failed" or "delayed"
	Reason    reason.Reason `json:"reason"`
	Hard      bool          `json:"hard"`
	Said      string        `json:"said,omitempty"` // the reply that was the cause
	Host      string        `json:"host,omitempty"` // who said it
	Step      int           `json:"step,omitempty"` // of the delivery path
	At        time.Time     `json:"at,omitzero"`    // when the report arrived
	Until     time.Time     `json:"until,omitzero"` // of a delay: how long it is tried again, if that is said
	Key       int64         `json:"key,omitempty"`  // of the report, while it is here
	Again     *Again        `json:"again,omitempty"`
}

// Again is a message that was sent for one that came back.
type Again struct {
	To        string    `json:"to"` // for this recipient
	MessageID string    `json:"message_id"`
	At        time.Time `json:"at"`
}

// Failed reports that it was given up.
func (r Returned) Failed() bool { return r.Action != actionDelayed }

// giveUp is how long a server keeps trying: at least 4 to 5 days (RFC 5321 section 4.5.4.1).
const giveUp = 5 * 24 * time.Hour

// Trying reports that a delayed message is still being tried at a time, as far as is known.
func (r Returned) Trying(now time.Time) bool {
	until := r.Until
	if until.IsZero() {
		until = r.At.Add(giveUp)
	}
	return r.Action == actionDelayed && !now.After(until)
}

func returnedOf(b store.Bounce) Returned {
	return Returned{Recipient: b.Recipient, Action: b.Action, Reason: reason.Reason(b.Reason), Hard: b.Hard, Said: b.Said, Host: b.Host,
		Step: b.Step, At: b.At, Until: b.Until, Key: b.Key}
}

// returned adds to rows what came back: to reports what they say, to messages of ours what reports said of them.
func (s *Session) returned(ctx context.Context, all []Row) error {
	byAccount := map[string][]*Row{}
	for i := range all {
		if r := &all[i]; r.Bounced || r.Envelope.MessageID != "" && s.ours(r) {
			byAccount[r.Account] = append(byAccount[r.Account], r)
		}
	}
	for account, some := range byAccount {
		if err := s.markReturned(ctx, account, some); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) markReturned(ctx context.Context, account string, some []*Row) error {
	var keys []int64
	var ids []string
	for _, r := range some {
		if r.Bounced {
			keys = append(keys, r.Key)
		} else {
			ids = append(ids, r.Envelope.MessageID)
		}
	}
	found, err := s.Store.Bounces(ctx, account, keys, ids)
	if err != nil || len(found) == 0 {
		return err
	}
	a, _, _ := s.find(account) // the outbox is the account's, whichever protocol reads it
	again, err := s.Store.Resent(ctx, a.Name, ids)
	if err != nil {
		return err
	}
	for _, r := range some {
		if r.Bounced {
			r.reports(found)
		} else {
			r.Returned = came(r.Envelope.MessageID, found, again)
		}
	}
	return nil
}

// reports takes what the report of this row says. One that reports no failure is no bounce.
func (r *Row) reports(all []store.Bounce) {
	read, failed := false, false
	for _, b := range all {
		if b.Key != r.Key {
			continue
		}
		read, failed = true, failed || b.Action == actionFailed
		if b.Action != actionDelivered {
			r.Returned = append(r.Returned, returnedOf(b))
		}
	}
	r.Bounced = failed || !read
}

// certain tells what is final: of one recipient a failure goes before a success, which ends a delay.
func certain(action string) int {
	return slices.Index([]string{actionDelayed, actionDelivered, actionFailed}, action)
}

// came is what is known in the end of those whom a message of ours did not reach.
func came(messageID string, all []store.Bounce, again []store.OutboxEntry) []Returned {
	var order []string
	last := map[string]store.Bounce{}
	for _, b := range all {
		if b.Original != messageID {
			continue
		}
		known, ok := last[b.Recipient]
		if !ok {
			order = append(order, b.Recipient)
		}
		if !ok || cmp.Or(certain(b.Action)-certain(known.Action), b.At.Compare(known.At)) > 0 {
			last[b.Recipient] = b
		}
	}
	var came []Returned
	for _, to := range order {
		if b := last[to]; b.Action != actionDelivered {
			r := returnedOf(b)
			r.Again = sentAgain(r, messageID, again)
			came = append(came, r)
		}
	}
	return came
}

// sentAgain is the newest message that was sent for this recipient.
func sentAgain(r Returned, messageID string, all []store.OutboxEntry) *Again {
	for _, e := range slices.Backward(all) {
		if e.Resends != messageID || !slices.ContainsFunc(e.ResentFor, func(to string) bool { return strings.EqualFold(to, r.Recipient) }) {
			continue
		}
		var others []string
		for _, to := range e.To {
			switch {
			case strings.EqualFold(to.Addr, r.Recipient):
				return &Again{To: to.Addr, MessageID: e.MessageID, At: e.Created}
			case !slices.ContainsFunc(e.ResentFor, func(a string) bool { return strings.EqualFold(a, to.Addr) }):
				others = append(others, to.Addr)
			}
		}
		return &Again{To: strings.Join(others, ", "), MessageID: e.MessageID, At: e.Created}
	}
	return nil
}

// ours reports whether the account's owner wrote the message.
func (s *Session) ours(r *Row) bool {
	a, _, ok := s.find(r.Account)
	return ok && len(r.Envelope.From) > 0 && strings.EqualFold(r.Envelope.From[0].Addr, a.Address)
}

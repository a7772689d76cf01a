package session

import (
	"context"
	"slices"
	"strings"
	"time"

	"todoku/internal/mail"
	"todoku/internal/store"
)

// Known is what the mail that is here tells of an address that was written to.
type Known struct {
	Wrote int       `json:"wrote,omitempty"` // messages that were sent to it and did not come back
	Last  time.Time `json:"last,omitzero"`   // when the last of them left
	Heard time.Time `json:"heard,omitzero"`  // when the newest mail from it came
}

const (
	knownSent  = 1000 // messages to an address that are counted
	knownHeard = 200  // messages with it among their people that are looked at for one from it
)

// known looks for an address in what was sent and what came. What cannot be looked up is not known.
func (s *Session) known(ctx context.Context, account, address string) (k Known) {
	if address == "" {
		return k
	}
	left := s.sentTo(ctx, account, address)
	var ids []string
	for id := range left {
		ids = append(ids, id)
	}
	back, err := s.Store.Bounces(ctx, account, nil, ids)
	if err != nil {
		return k
	}
	for _, b := range back {
		if strings.EqualFold(b.Recipient, address) && b.Action == actionFailed {
			delete(left, b.Original)
		}
	}
	k.Wrote = len(left)
	for _, at := range left {
		if at.After(k.Last) {
			k.Last = at
		}
	}
	for _, m := range s.withPerson(ctx, account, 0, address, knownHeard) {
		if holds(m.Envelope.From, address) && m.Received.After(k.Heard) {
			k.Heard = m.Received
		}
	}
	return k
}

// sentTo gives, by Message-ID, when messages to an address left: those that the outbox tells of, and those in Sent.
func (s *Session) sentTo(ctx context.Context, account, address string) map[string]time.Time {
	left := map[string]time.Time{}
	folders, _ := s.Store.Folders(ctx, account)
	for _, f := range folders {
		if f.Role != mail.RoleSent {
			continue
		}
		for _, m := range s.withPerson(ctx, account, f.ID, address, knownSent) {
			if e := m.Envelope; holds(slices.Concat(e.To, e.Cc, e.Bcc), address) && e.MessageID != "" {
				left[e.MessageID] = m.Received
			}
		}
	}
	accepted, _ := s.Store.Accepted(ctx, account, address, knownSent)
	for _, a := range accepted {
		left[a.MessageID] = a.At
	}
	return left
}

// withPerson gives the newest messages, of one folder or with folder 0 of all, in which an address may be among the people.
func (s *Session) withPerson(ctx context.Context, account string, folder int64, address string, limit int) []store.Message {
	keys, err := s.Store.Search(ctx, account, folder, address, limit)
	if err != nil {
		return nil
	}
	rows, _ := s.Store.Rows(ctx, keys)
	return rows
}

func holds(list []mail.Address, address string) bool {
	return slices.ContainsFunc(list, func(a mail.Address) bool { return strings.EqualFold(a.Addr, address) })
}

package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"todoku/internal/mail"
)

const outboxColumns = `key, account, state, sender, recipients, message_id, subject, owner, lease, next, created, changed, attempts,
	reply, server, copy_folder, copy_error, answers, forwards, draft, note, resends, resent_for`

// scanOutbox reads outboxColumns, then more.
func scanOutbox(row scanner, more ...any) (OutboxEntry, error) {
	var e OutboxEntry
	var to, resentFor string
	var lease, next, created, changed int64
	dest := []any{&e.Key, &e.Account, &e.State, &e.From, &to, &e.MessageID, &e.Subject, &e.Owner, &lease, &next, &created, &changed,
		&e.Attempts, &e.Reply, &e.Server, &e.CopyFolder, &e.CopyError, &e.Answers, &e.Forwards, &e.DraftKey, &e.Note, &e.Resends, &resentFor}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return e, err
	}
	e.Lease, e.Next, e.Created, e.Changed = timeOf(lease), timeOf(next), timeOf(created), timeOf(changed)
	if resentFor != "" {
		if err := json.Unmarshal([]byte(resentFor), &e.ResentFor); err != nil {
			return e, err
		}
	}
	return e, json.Unmarshal([]byte(to), &e.To)
}

// Enqueue puts a message into the outbox and takes the draft that it was (0 for none) out, in one transaction that is on
// the disk when it returns. Its recipients are learned for Complete.
func (s *Store) Enqueue(ctx context.Context, e OutboxEntry, dropDraft int64) (OutboxEntry, error) {
	err := s.write(ctx, "queue a message", func(t *tx) (err error) {
		e, err = t.enqueue(e)
		if err != nil || dropDraft == 0 {
			return err
		}
		return t.exec("DELETE FROM drafts WHERE key = ?", dropDraft)
	})
	return e, err
}

func (t *tx) enqueue(e OutboxEntry) (OutboxEntry, error) {
	if len(e.To) == 0 || len(e.Raw) == 0 || e.Account == "" {
		return e, refuse(CodeInput, "an outbox entry needs an account, a message and recipients")
	}
	to, err := json.Marshal(e.To)
	if err != nil {
		return e, err
	}
	var resentFor []byte
	if len(e.ResentFor) > 0 {
		if resentFor, err = json.Marshal(e.ResentFor); err != nil {
			return e, err
		}
	}
	now := t.s.now()
	e.State, e.Owner, e.Lease, e.Created, e.Changed = StateQueued, "", time.Time{}, now, now
	e.Key, err = t.insert(`INSERT INTO outbox (account, state, sender, recipients, message_id, subject, raw, next, created, changed,
		server, copy_folder, answers, forwards, draft, note, resends, resent_for) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Account, e.State, e.From, string(to), e.MessageID, e.Subject, e.Raw, nanos(e.Next), nanos(now), nanos(now),
		e.Server, e.CopyFolder, e.Answers, e.Forwards, e.DraftKey, e.Note, e.Resends, string(resentFor))
	if err != nil {
		return e, err
	}
	people := newPeople()
	for _, r := range e.To[:min(len(e.To), maxPeople)] {
		people.add(mail.Address{Addr: r.Addr}, sentWeight, now.Unix())
	}
	return e, t.putContacts(e.Account, people)
}

// Claim takes an entry for lease in the name of owner; key 0 means the next due one of the account ("" for all), oldest
// first. A queued entry comes as claimed. An accepted one, whose copy is still to be filed, stays accepted. A claim whose
// lease lapsed is taken over; one that lapsed while sending becomes unknown instead, for it may have been sent, and is
// never given out: the person decides (Requeue, or Advance to accepted). false: nothing to do.
func (s *Store) Claim(ctx context.Context, key int64, account, owner string, lease time.Duration) (OutboxEntry, bool, error) {
	if owner == "" || lease <= 0 {
		return OutboxEntry{}, false, s.fail("claim a message", refuse(CodeInput, "a claim needs an owner and a lease"))
	}
	var e OutboxEntry
	err := s.write(ctx, "claim a message", func(t *tx) (err error) {
		e, err = t.claim(key, account, owner, lease)
		return err
	})
	if IsCode(err, CodeNotFound) {
		return OutboxEntry{}, false, nil
	}
	return e, err == nil && e.Key != 0, err
}

func (t *tx) claim(key int64, account, owner string, lease time.Duration) (OutboxEntry, error) {
	now := t.s.now()
	if err := t.exec(`UPDATE outbox SET state = 'unknown', changed = ?1 WHERE state = 'sending' AND lease < ?1`, nanos(now)); err != nil {
		return OutboxEntry{}, err
	}
	var raw []byte
	e, err := scanOutbox(t.row(`SELECT `+outboxColumns+`, raw FROM outbox WHERE state IN ('queued', 'claimed', 'accepted')
		AND (owner = '' OR lease < ?1) AND (key = ?2 OR ?2 = 0 AND next <= ?1 AND (account = ?3 OR ?3 = ''))
		ORDER BY next, key LIMIT 1`, nanos(now), key, account), &raw)
	if err != nil {
		// What became unknown above has to be kept, so "nothing to do" must not undo the transaction.
		return OutboxEntry{}, noRowsIsNil(err)
	}
	e.Raw, e.Owner, e.Lease, e.Changed = raw, owner, now.Add(lease), now
	if e.State != StateAccepted {
		e.State = StateClaimed
		e.Attempts++
	}
	return e, t.exec("UPDATE outbox SET state = ?, owner = ?, lease = ?, changed = ?, attempts = ? WHERE key = ?",
		e.State, e.Owner, nanos(e.Lease), nanos(now), e.Attempts, e.Key)
}

// steps of an entry that its owner may make. unknown to accepted is the answer that came late after all.
var outboxSteps = map[string][]string{
	StateClaimed:  {StateClaimed, StateSending, StateQueued, StateRefused},
	StateSending:  {StateSending, StateAccepted, StateUnknown, StateQueued, StateRefused},
	StateUnknown:  {StateUnknown, StateAccepted},
	StateAccepted: {StateAccepted, StateFiled},
}

// Advance stores an entry's new state with the replies in it, on the disk when it returns. The entry must be as Claim
// gave it to its owner: CodeLost when another has it now, CodeState for a step that the state machine does not have.
// Queued, unknown, filed and refused end the claim; in every other state Lease may be moved forward.
// Before the final dot of DATA the state must have become "sending"; from there, "queued" says that the server's reply
// proves that it did not take the message.
func (s *Store) Advance(ctx context.Context, e OutboxEntry) error {
	return s.write(ctx, "store the state of a message", func(t *tx) error {
		var state, owner string
		if err := t.row("SELECT state, owner FROM outbox WHERE key = ?", e.Key).Scan(&state, &owner); err != nil {
			return err
		}
		if owner != e.Owner {
			return refuse(CodeLost, "entry %d belongs to %q", e.Key, owner)
		}
		if !slices.Contains(outboxSteps[state], e.State) {
			return refuse(CodeState, "entry %d cannot go from %s to %s", e.Key, state, e.State)
		}
		return t.storeEntry(e)
	})
}

func (t *tx) storeEntry(e OutboxEntry) error {
	to, err := json.Marshal(e.To)
	if err != nil {
		return err
	}
	switch e.State {
	case StateQueued, StateFiled, StateRefused:
		e.Owner, e.Lease = "", time.Time{}
	case StateUnknown:
		e.Lease = time.Time{} // the owner stays: its late answer still counts
	}
	return t.exec(`UPDATE outbox SET state = ?, recipients = ?, owner = ?, lease = ?, next = ?, changed = ?, attempts = ?, reply = ?,
		server = ?, copy_folder = ?, copy_error = ?, draft = ?, note = ? WHERE key = ?`,
		e.State, string(to), e.Owner, nanos(e.Lease), nanos(e.Next), nanos(t.s.now()), e.Attempts, e.Reply,
		e.Server, e.CopyFolder, e.CopyError, e.DraftKey, e.Note, e.Key)
}

// Requeue is the person's decision to send an entry in state unknown or refused once more, or a queued one now. It keeps
// its Message-ID, so that a receiver can see that both are one.
func (s *Store) Requeue(ctx context.Context, key int64) error {
	return s.write(ctx, "queue a message again", func(t *tx) error {
		n, err := t.affected(`UPDATE outbox SET state = 'queued', owner = '', lease = 0, next = 0, changed = ?
			WHERE key = ? AND state IN ('unknown', 'refused', 'queued')`, nanos(t.s.now()), key)
		if err == nil && n == 0 {
			return refuse(CodeState, "entry %d", key)
		}
		return err
	})
}

// Outbox lists an account's entries ("" for all), newest first, without Raw. An entry found in state sending whose lease
// lapsed is shown as unknown, which the next Claim makes it.
func (s *Store) Outbox(ctx context.Context, account string) ([]OutboxEntry, error) {
	list, err := s.entries(ctx, "SELECT "+outboxColumns+" FROM outbox WHERE account = ?1 OR ?1 = '' ORDER BY key DESC", account)
	return list, s.fail("list the outbox", err)
}

func (s *Store) entries(ctx context.Context, query string, args ...any) ([]OutboxEntry, error) {
	var list []OutboxEntry
	now := s.now()
	err := s.each(ctx, query, args, func(row scanner) error {
		e, err := scanOutbox(row)
		list = append(list, lapsed(e, now))
		return err
	})
	return list, err
}

func lapsed(e OutboxEntry, now time.Time) OutboxEntry {
	if e.State == StateSending && e.Lease.Before(now) {
		e.State = StateUnknown
	}
	return e
}

// OutboxEntry gives one entry with Raw.
func (s *Store) OutboxEntry(ctx context.Context, key int64) (OutboxEntry, error) {
	var raw []byte
	e, err := scanOutbox(s.row(ctx, "SELECT "+outboxColumns+", raw FROM outbox WHERE key = ?", key), &raw)
	e.Raw = raw
	return lapsed(e, s.now()), s.fail(fmt.Sprintf("read outbox entry %d", key), err)
}

// DropOutbox removes an entry that no live process holds. back, if not nil, becomes a draft in the same transaction.
func (s *Store) DropOutbox(ctx context.Context, key int64, back *Draft) (Draft, error) {
	var d Draft
	err := s.write(ctx, "drop a message from the outbox", func(t *tx) error {
		n, err := t.affected("DELETE FROM outbox WHERE key = ? AND (state NOT IN ('claimed', 'sending') OR lease < ?)", key, nanos(t.s.now()))
		if err != nil {
			return err
		}
		if n == 0 {
			return refuse(CodeState, "entry %d is gone or being sent", key)
		}
		if back != nil {
			d, err = t.putDraft(*back, nil)
		}
		return err
	})
	return d, err
}

// FileLocal stores the copy of a sent message in a Local folder and makes its accepted entry filed, in one transaction:
// the copy is there once, whatever happens.
func (s *Store) FileLocal(ctx context.Context, outboxKey, folderID int64, m mail.Message, raw []byte, text string) (key int64, err error) {
	err = s.write(ctx, "file a sent message", func(t *tx) error {
		n, err := t.affected(`UPDATE outbox SET state = 'filed', owner = '', lease = 0, copy_error = '', changed = ?
			WHERE key = ? AND state = 'accepted'`, nanos(t.s.now()), outboxKey)
		if err != nil {
			return err
		}
		if n == 0 {
			return refuse(CodeState, "entry %d is not accepted, or filed already", outboxKey)
		}
		key, err = t.putLocal(folderID, m, raw, text)
		return err
	})
	return key, err
}

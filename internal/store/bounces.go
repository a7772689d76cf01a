package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"todoku/internal/mail"
)

// Bounce is what a report of a mail system says of one recipient of a message that was sent. Reason is a word of diag/reason.
type Bounce struct {
	Account   string
	Original  string // Message-ID of what was sent, "" when it is not known
	Recipient string
	Action    string // "failed", "delayed" or "delivered" (RFC 3464 section 2.3.3)
	Reason    string
	Hard      bool
	Said      string    // the reply that was the cause, or the mail system's own words
	Host      string    // who said it
	Step      int       // of the delivery path, 0 when it is not known
	At        time.Time // when the report arrived; zero when that is not known
	Until     time.Time // of a delay: how long it is tried again; zero when it is not said
	Key       int64     // of the report, 0 when it is gone
}

// PutBounces stores what the report with that key says, instead of what was stored of it before. When it arrived is known
// from its row.
func (s *Store) PutBounces(ctx context.Context, key int64, list []Bounce) error {
	return s.write(ctx, "put bounces", func(t *tx) error {
		if err := t.exec("DELETE FROM bounces WHERE bounce = ?", key); err != nil {
			return err
		}
		for _, b := range list {
			if err := t.putBounce(key, b); err != nil {
				return err
			}
		}
		return t.exec("UPDATE folders SET version = version + 1 WHERE id = (SELECT folder FROM messages WHERE key = ?)", key)
	})
}

func (t *tx) putBounce(key int64, b Bounce) error {
	if b.Original != "" {
		if err := t.exec("UPDATE folders SET version = version + 1 WHERE account = ? AND role = ?", b.Account, mail.RoleSent); err != nil {
			return err
		}
	}
	return t.exec(`INSERT INTO bounces (account, original, recipient, action, reason, hard, said, host, step, until, bounce, at)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, coalesce((SELECT received FROM messages WHERE key = ?11), 0))`,
		b.Account, b.Original, strings.ToLower(b.Recipient), b.Action, b.Reason, b.Hard, b.Said, b.Host, b.Step, secondsOf(b.Until), key)
}

// UnreadBounces gives the bounces of an account of which PutBounces has stored nothing yet, newest first.
func (s *Store) UnreadBounces(ctx context.Context, account string, limit int) ([]int64, error) {
	var keys []int64
	err := s.each(ctx, `SELECT key FROM messages m INDEXED BY messages_bounced WHERE bounced AND stored
		AND folder IN (SELECT id FROM folders WHERE account = ?)
		AND NOT EXISTS (SELECT 1 FROM bounces WHERE bounce = m.key) ORDER BY key DESC LIMIT ?`, []any{account, limit},
		func(row scanner) error {
			var key int64
			err := row.Scan(&key)
			keys = append(keys, key)
			return err
		})
	return keys, s.fail("list unread bounces", err)
}

// Bounces gives what is stored of the bounces with these keys, and of the messages of the account with these Message-IDs.
func (s *Store) Bounces(ctx context.Context, account string, keys []int64, originals []string) ([]Bounce, error) {
	k, err := json.Marshal(keys)
	if err != nil {
		return nil, s.fail("read bounces", err)
	}
	o, err := json.Marshal(originals)
	if err != nil {
		return nil, s.fail("read bounces", err)
	}
	list, err := s.bounces(ctx, `rowid IN (
			SELECT b.rowid FROM json_each(?1) j CROSS JOIN bounces b ON b.bounce = j.value
			UNION SELECT b.rowid FROM json_each(?2) j CROSS JOIN bounces b ON b.account = ?3 AND b.original = j.value AND b.original <> ''
		) ORDER BY rowid`, string(k), string(o), account)
	return list, s.fail("read bounces", err)
}

// LastBounce gives the newest report that a recipient was refused for good, unless Forget was called since; false if there
// is none.
func (s *Store) LastBounce(ctx context.Context, account, recipient string) (Bounce, bool, error) {
	list, err := s.bounces(ctx, `recipient = ? AND account = ? AND action = 'failed' AND hard AND NOT forgotten ORDER BY at DESC, rowid DESC LIMIT 1`,
		strings.ToLower(recipient), account)
	if err != nil || len(list) == 0 {
		return Bounce{}, false, s.fail("find a bounce", err)
	}
	return list[0], true, nil
}

func (s *Store) bounces(ctx context.Context, where string, args ...any) ([]Bounce, error) {
	var list []Bounce
	err := s.each(ctx, "SELECT account, original, recipient, action, reason, hard, said, host, step, at, until, bounce FROM bounces WHERE "+where, args,
		func(row scanner) error {
			var b Bounce
			var at, until int64
			err := row.Scan(&b.Account, &b.Original, &b.Recipient, &b.Action, &b.Reason, &b.Hard, &b.Said, &b.Host, &b.Step, &at, &until, &b.Key)
			b.At, b.Until = second(at), second(until)
			list = append(list, b)
			return err
		})
	return list, err
}

// second is a time stored in Unix seconds, 0 for never. What a report claims may lie where nanoseconds cannot.
func second(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.Unix(at, 0).UTC()
}

// Forget removes an address from the contacts of an account and has what came back from it not brought up again. It gives
// how many of both there were.
func (s *Store) Forget(ctx context.Context, account, address string) (n int, err error) {
	address = strings.ToLower(address)
	err = s.write(ctx, "forget an address", func(t *tx) error {
		contacts, err := t.affected("DELETE FROM contacts WHERE account = ? AND addr = ?", account, address)
		if err != nil {
			return err
		}
		n, err = t.affected("UPDATE bounces SET forgotten = 1 WHERE recipient = ? AND account = ? AND NOT forgotten", address, account)
		n += contacts
		return err
	})
	return n, err
}

// maxSentSearched bounds the messages that SentLike gives.
const maxSentSearched = 5000

// SentMessage gives the message with that Message-ID in an account's folders of what was sent; CodeNotFound if none has it.
func (s *Store) SentMessage(ctx context.Context, account, messageID string) (Message, error) {
	m, err := scanMessage(s.row(ctx, "SELECT "+messageColumns+` FROM messages m JOIN folders f ON f.id = m.folder
		WHERE m.folder IN (SELECT id FROM folders WHERE account = ? AND role = ?) AND m.message_id = ? LIMIT 1`, account, mail.RoleSent, messageID))
	return m, s.fail("find a sent message", err)
}

// SentLike gives the messages that an account sent between two times, newest first: of a bounce that names no Message-ID,
// one of them may be the one that is meant.
func (s *Store) SentLike(ctx context.Context, account string, from, to time.Time) ([]Message, error) {
	var list []Message
	err := s.each(ctx, "SELECT "+messageColumns+` FROM messages m JOIN folders f ON f.id = m.folder
		WHERE m.folder IN (SELECT id FROM folders WHERE account = ? AND role = ?) AND m.received BETWEEN ? AND ?
		ORDER BY m.received DESC LIMIT ?`, []any{account, mail.RoleSent, from.Unix(), to.Unix(), maxSentSearched}, func(row scanner) error {
		m, err := scanMessage(row)
		list = append(list, m)
		return err
	})
	return list, s.fail("find sent messages", err)
}

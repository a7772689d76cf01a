package store

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"todoku/internal/mail"
)

// Bounce is what a bounce says of one recipient of a message that was sent. Reason is a word of diag/reason.
type Bounce struct {
	Account   string
	Original  string // Message-ID of what was sent, "" when it is not known
	Recipient string
	Reason    string
	Hard      bool
	Key       int64 // of the bounce, 0 when it is gone
}

// PutBounces stores what the bounce with that key says, instead of what was stored of it before.
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

// putBounce also takes the place of an earlier bounce about the same recipient of the same message.
func (t *tx) putBounce(key int64, b Bounce) error {
	recipient := strings.ToLower(b.Recipient)
	if b.Original != "" {
		err := t.exec("DELETE FROM bounces WHERE account = ? AND original = ? AND recipient = ?", b.Account, b.Original, recipient)
		if err != nil {
			return err
		}
		if err := t.exec("UPDATE folders SET version = version + 1 WHERE account = ? AND role = ?", b.Account, mail.RoleSent); err != nil {
			return err
		}
	}
	return t.exec("INSERT INTO bounces (account, original, recipient, reason, hard, bounce) VALUES (?, ?, ?, ?, ?, ?)",
		b.Account, b.Original, recipient, b.Reason, b.Hard, key)
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
	var list []Bounce
	err = s.each(ctx, `SELECT account, original, recipient, reason, hard, bounce FROM bounces WHERE rowid IN (
			SELECT b.rowid FROM json_each(?1) j CROSS JOIN bounces b ON b.bounce = j.value
			UNION SELECT b.rowid FROM json_each(?2) j CROSS JOIN bounces b ON b.account = ?3 AND b.original = j.value AND b.original <> ''
		) ORDER BY rowid`, []any{string(k), string(o), account}, func(row scanner) error {
		var b Bounce
		err := row.Scan(&b.Account, &b.Original, &b.Recipient, &b.Reason, &b.Hard, &b.Key)
		list = append(list, b)
		return err
	})
	return list, s.fail("read bounces", err)
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

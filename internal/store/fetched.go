package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"

	"todoku/internal/mail"
)

// PutFetched stores messages, their bodies and their ledger rows in one transaction that is on the disk when it returns
// nil: only then may DELE be sent for them. Indexing their words takes longer than that and is left to IndexTexts; until
// then Search looks at them one by one. A unique-id that the ledger already has is left as it is; one that is twice
// in the batch refuses the whole batch, for nobody can say which message DELE would take.
func (s *Store) PutFetched(ctx context.Context, account string, folderID int64, batch []Fetched) error {
	put := func(insert func(*pickUp) error) error {
		return s.write(ctx, "put fetched messages", func(t *tx) error {
			p, err := t.pickUp(account, folderID, batch)
			if err != nil {
				return err
			}
			return insert(p)
		})
	}
	err := put((*pickUp).insertNew)
	if isConstraint(err) { // a message, a row or a key is there: rare, and to ask first takes longer than to try
		err = put((*pickUp).insertMissing)
	}
	return err
}

// pickUp is a batch of fetched messages on its way into the store.
type pickUp struct {
	*tx
	folder   Folder
	order    []*Fetched // as lists sort them
	sequence int64      // of the first
	account  any        // in each row of the ledger, as is stored: made a value of the statement once
	stored   any
	bodies   []any // rows to insert, as is
	ledger   []any
	people   people
}

func (t *tx) pickUp(account string, folderID int64, batch []Fetched) (*pickUp, error) {
	f, err := t.folder(folderID)
	if err != nil {
		return nil, err
	}
	if f.Account != account {
		return nil, refuse(CodeInput, "folder %s belongs to account %s", f.Name, f.Account)
	}
	p := &pickUp{tx: t, folder: f, order: make([]*Fetched, len(batch)), people: newPeople(), account: account, stored: nanos(t.s.now()),
		bodies: make([]any, 0, 2*len(batch)), ledger: make([]any, 0, 5*len(batch))}
	seen := make(map[string]bool, len(batch))
	for i := range batch {
		b := &batch[i]
		if b.UIDL == "" || seen[b.UIDL] {
			return nil, refuse(CodeInput, "unique-id %q is empty or twice in the batch", b.UIDL)
		}
		seen[b.UIDL], p.order[i] = true, b
	}
	slices.SortStableFunc(p.order, func(a, b *Fetched) int {
		return cmp.Compare(secondsOf(a.Message.Received), secondsOf(b.Message.Received))
	})
	p.sequence, err = t.reserve(len(batch))
	return p, err
}

// key is the one for the message at i.
func (p *pickUp) key(i int) int64 { return newKey(p.order[i].Message.Received, p.sequence+int64(i)) }

func (b *Fetched) newRow() newRow {
	return newRow{id: mail.ID(b.UIDL), stored: true, bounced: b.Bounced}
}

// insertNew inserts the batch; it fails with a constraint if the store has any of it.
func (p *pickUp) insertNew() error {
	rows := make([]any, 0, len(p.order)*newMessageColumns)
	for i, b := range p.order {
		if err := p.stop(); err != nil {
			return err
		}
		key := p.key(i)
		rows = appendMessage(rows, p.folder.ID, key, &b.Message, b.newRow(), encodeEnvelope(&b.Message.Envelope))
		p.arrive(p.folder.ID, b.Message.Flags)
		p.keep(b, key)
	}
	if err := p.insertRows(intoMessages, newMessageColumns, rows); err != nil {
		return err
	}
	return p.insertKept()
}

// insertMissing inserts what the ledger does not have, one by one.
func (p *pickUp) insertMissing() error {
	known, listed, err := p.recognise(p.folder, p.order)
	if err != nil {
		return err
	}
	for i, b := range p.order {
		if err := p.stop(); err != nil {
			return err
		}
		if known[b.UIDL] {
			continue
		}
		key := listed[b.UIDL]
		if key != 0 {
			err = p.fillListed(key, b)
		} else {
			key, err = p.insertRow(p.folder.ID, p.key(i), &b.Message, b.newRow())
		}
		if err != nil {
			return err
		}
		p.keep(b, key)
	}
	return p.insertKept()
}

// keep notes what goes with the row of a message.
func (p *pickUp) keep(b *Fetched, key int64) {
	var message any = key
	p.bodies = append(p.bodies, message, orEmpty(b.Raw))
	p.ledger = append(p.ledger, p.account, b.UIDL, message, b.Octets, p.stored)
	p.people.learn(&b.Message.Envelope, secondsOf(b.Message.Received))
}

func (p *pickUp) insertKept() error {
	if err := p.insertRows("bodies (message, raw)", 2, p.bodies); err != nil {
		return err
	}
	if err := p.insertRows("ledger (account, uidl, message, octets, stored_at)", 5, p.ledger); err != nil {
		return err
	}
	return p.putContacts(p.folder.Account, p.people)
}

// recognise finds which messages the ledger has, and the rows that a listing (TOP) made before, in two queries: asking
// for each message took a sixth of the time. The ids go as hexadecimals, because a server may put any octets in them.
func (t *tx) recognise(f Folder, batch []*Fetched) (known map[string]bool, listed map[string]int64, err error) {
	ids := make([]string, len(batch))
	for i, b := range batch {
		ids[i] = hex.EncodeToString([]byte(b.UIDL))
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, nil, err
	}
	known, listed = map[string]bool{}, map[string]int64{}
	var uidl string
	err = t.each(`SELECT l.uidl FROM json_each(?) j CROSS JOIN ledger l ON l.account = ? AND l.uidl = CAST(unhex(j.value) AS TEXT)`,
		[]any{string(list), f.Account}, func(row scanner) error {
			err := row.Scan(&uidl)
			known[uidl] = true
			return err
		})
	if err != nil {
		return nil, nil, err
	}
	err = t.each(`SELECT m.server_id, m.key FROM json_each(?) j CROSS JOIN messages m ON m.folder = ? AND m.server_id = CAST(unhex(j.value) AS TEXT)`,
		[]any{string(list), f.ID}, func(row scanner) error {
			var key int64
			err := row.Scan(&uidl, &key)
			listed[uidl] = key
			return err
		})
	return known, listed, err
}

// fillListed brings the row of a listing to what the whole message says, and makes room for its body.
func (t *tx) fillListed(key int64, b *Fetched) error {
	if err := t.exec("DELETE FROM words WHERE rowid = ?", key); err != nil {
		return err
	}
	if err := t.exec("DELETE FROM bodies WHERE message = ?", key); err != nil {
		return err
	}
	e := &b.Message.Envelope
	return t.exec("UPDATE messages SET stored = 1, worded = 0, bounced = ?, has_file = ?, envelope = ?, message_id = ? WHERE key = ?",
		b.Bounced, b.Message.HasFile, encodeEnvelope(e), e.MessageID, key)
}

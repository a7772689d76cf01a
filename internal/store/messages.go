package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"todoku/internal/mail"
)

const (
	// chunkRows bounds one transaction, and with it how long another writer waits.
	chunkRows = 1000
	// sequenceBits is the part of a key below the second of arrival.
	sequenceBits = 20
	// maxSecond keeps keys below 2^53, which every JSON reader holds exactly: the year 2242.
	maxSecond = 1<<33 - 1
)

// newKey makes a key that sorts as lists do: the second of arrival, then the order of coming here. That makes a page
// of a list lie together on the disk and lets the search index give the newest hits first without sorting.
// A key is not used again before 2^20 more messages came, so that a key held elsewhere never names another message.
// It is never 0, which means no message elsewhere, not even for the first message of a server that tells no time.
func newKey(received time.Time, sequence int64) int64 {
	second := min(max(secondsOf(received), 1), maxSecond)
	return second<<sequenceBits | sequence&(1<<sequenceBits-1)
}

// secondsOf is a time as messages.received holds it; 0 for the zero time.
func secondsOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// reserve gives the first of n new sequence numbers.
func (t *tx) reserve(n int) (int64, error) {
	var next int64
	err := t.row("UPDATE meta SET value = value + ? WHERE name = 'sequence' RETURNING value", n).Scan(&next)
	return next - int64(n), err
}

// PutMessages stores what the server lists: new rows are added, known ones (same folder and id) brought up to date. A
// waiting flag change stays visible; a message that waits to leave this folder does not come back. Rows without an id
// are given theirs by Message-ID and size. Each chunk of 1000 is one transaction.
func (s *Store) PutMessages(ctx context.Context, folderID int64, ms []mail.Message) (added int, err error) {
	for chunk := range slices.Chunk(ms, chunkRows) {
		err := s.write(ctx, "put messages", func(t *tx) error {
			n, err := t.putMessages(folderID, chunk)
			added += n
			return err
		})
		if err != nil {
			return added, err
		}
	}
	return added, nil
}

// intake is one chunk of messages on its way into a folder.
type intake struct {
	*tx
	folder Folder
	known  map[mail.ID]knownRow
	held   heldBack
	adrift bool // the folder has rows without an id
	fresh  []mail.Message
}

// knownRow is what the store has of a message that the server names again.
type knownRow struct {
	key         int64
	serverFlags mail.Flags
	modSeq      uint64
	size        int64
	received    int64
	hasFile     bool
	pending     int
	envelope    []byte
}

func (t *tx) putMessages(folderID int64, ms []mail.Message) (int, error) {
	in := intake{tx: t}
	if err := in.prepare(folderID, ms); err != nil {
		return 0, err
	}
	seen := make(map[mail.ID]bool, len(ms))
	for i := range ms {
		if err := in.stop(); err != nil {
			return 0, err
		}
		if seen[ms[i].ID] {
			continue
		}
		seen[ms[i].ID] = true
		if err := in.put(&ms[i]); err != nil {
			return 0, err
		}
	}
	return len(in.fresh), in.insertFresh()
}

func (in *intake) prepare(folderID int64, ms []mail.Message) (err error) {
	ids := make([]mail.ID, len(ms))
	for i := range ms {
		if ids[i] = ms[i].ID; !validID(ids[i]) {
			return refuse(CodeInput, "message id %q", ids[i])
		}
	}
	if in.folder, err = in.tx.folder(folderID); err != nil {
		return err
	}
	if in.known, err = in.knownRows(folderID, ids); err != nil {
		return err
	}
	if in.held, err = in.heldBack(folderID); err != nil {
		return err
	}
	return in.row("SELECT EXISTS (SELECT 1 FROM messages WHERE folder = ? AND server_id IS NULL)", folderID).Scan(&in.adrift)
}

// validID refuses what no server can name a message by and what would break lists of ids.
func validID(id mail.ID) bool {
	return id != "" && utf8.ValidString(string(id)) && !strings.ContainsAny(string(id), "\n\x00")
}

func (in *intake) put(m *mail.Message) error {
	if k, ok := in.known[m.ID]; ok {
		return in.update(k, m)
	}
	if _, ok := in.held.byID[m.ID]; ok {
		return nil
	}
	if p, ok := in.held.match(m); ok {
		return in.nameHeld(p, m.ID)
	}
	if in.adrift && m.Envelope.MessageID != "" {
		adopted, err := in.adopt(m)
		if adopted || err != nil {
			return err
		}
	}
	in.fresh = append(in.fresh, *m)
	return nil
}

// knownRows finds the rows of a folder by id, in one query.
func (t *tx) knownRows(folderID int64, ids []mail.ID) (map[mail.ID]knownRow, error) {
	known := map[mail.ID]knownRow{}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	err = t.each(`SELECT m.server_id, m.key, m.server_flags, m.mod_seq, m.size, m.received, m.has_file, m.pending, m.envelope
		FROM json_each(?) j CROSS JOIN messages m ON m.folder = ? AND m.server_id = j.value`, []any{string(list), folderID},
		func(row scanner) error {
			var id mail.ID
			var k knownRow
			err := row.Scan(&id, &k.key, &k.serverFlags, &k.modSeq, &k.size, &k.received, &k.hasFile, &k.pending, &k.envelope)
			known[id] = k
			return err
		})
	return known, err
}

// update brings a known row to what the server says now; nothing is written when nothing changed.
func (in *intake) update(k knownRow, m *mail.Message) error {
	envelope := encodeEnvelope(&m.Envelope)
	sameWords := bytes.Equal(envelope, k.envelope)
	if !sameWords || k.size != m.Size || k.received != secondsOf(m.Received) || k.hasFile != (k.hasFile || m.HasFile) {
		err := in.exec("UPDATE messages SET size = ?, received = ?, has_file = has_file OR ?, message_id = ?, envelope = ? WHERE key = ?",
			m.Size, secondsOf(m.Received), m.HasFile, m.Envelope.MessageID, envelope, k.key)
		if err != nil {
			return err
		}
	}
	if !sameWords {
		if err := in.reindex(k.key, &m.Envelope, ""); err != nil {
			return err
		}
	}
	_, err := in.serverSays(k.key, k.serverFlags, k.modSeq, k.pending, FlagState{m.Flags, m.ModSeq})
	return err
}

// serverSays stores the server's flags; those shown keep the waiting changes. It reports whether they changed.
func (t *tx) serverSays(key int64, old mail.Flags, oldSeq uint64, pending int, now FlagState) (bool, error) {
	if old == now.Flags && (now.ModSeq == 0 || oldSeq == now.ModSeq) {
		return false, nil
	}
	if old == now.Flags {
		return false, t.exec("UPDATE messages SET mod_seq = ? WHERE key = ?", now.ModSeq, key)
	}
	if pending == 0 {
		return true, t.exec("UPDATE messages SET flags = ?1, server_flags = ?1, mod_seq = iif(?2, ?2, mod_seq) WHERE key = ?3",
			now.Flags, now.ModSeq, key)
	}
	if err := t.exec("UPDATE messages SET server_flags = ?1, mod_seq = iif(?2, ?2, mod_seq) WHERE key = ?3",
		now.Flags, now.ModSeq, key); err != nil {
		return false, err
	}
	return true, t.settle(key)
}

// adopt gives a row that waits for its id the one the server says now.
func (in *intake) adopt(m *mail.Message) (bool, error) {
	var k knownRow
	err := in.row(`SELECT key, server_flags, mod_seq, pending FROM messages
		WHERE folder = ? AND message_id = ? AND server_id IS NULL AND size = ? LIMIT 1`,
		in.folder.ID, m.Envelope.MessageID, m.Size).Scan(&k.key, &k.serverFlags, &k.modSeq, &k.pending)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := in.name(k.key, in.folder.ID, m.ID); err != nil {
		return false, err
	}
	_, err = in.serverSays(k.key, k.serverFlags, k.modSeq, k.pending, FlagState{m.Flags, m.ModSeq})
	return true, err
}

// name says which id a row has in its folder, also to the changes that waited for it.
func (t *tx) name(key, folderID int64, id mail.ID) error {
	if err := t.exec("UPDATE messages SET server_id = ? WHERE key = ?", id, key); err != nil {
		return err
	}
	return t.nameWaiting(key, folderID, id)
}

func (t *tx) nameWaiting(key, folderID int64, id mail.ID) error {
	return t.exec(`UPDATE pending SET server_id = ?1, orphan = 0 WHERE state = 'waiting' AND folder = ?3 AND server_id IS NULL
		AND (message = ?2 OR source = ?2)`, id, key, folderID)
}

// insertFresh adds the new rows in ascending order of their keys, and their words after all of them: FTS5 writes its
// index out whenever a row comes out of order, and also at every other statement that changes several rows (which opens
// a savepoint, as triggers do). Row by row this took three times as long.
func (in *intake) insertFresh() error {
	slices.SortStableFunc(in.fresh, func(a, b mail.Message) int { return cmp.Compare(secondsOf(a.Received), secondsOf(b.Received)) })
	sequence, err := in.reserve(len(in.fresh))
	if err != nil || len(in.fresh) == 0 {
		return err
	}
	people := newPeople()
	keys := make([]int64, len(in.fresh))
	for i := range in.fresh {
		m := &in.fresh[i]
		if err := in.stop(); err != nil {
			return err
		}
		if keys[i], err = in.insertRow(in.folder.ID, newKey(m.Received, sequence+int64(i)), m, newRow{id: m.ID}); err != nil {
			return err
		}
		people.learn(&m.Envelope, secondsOf(m.Received))
	}
	if err := in.putContacts(in.folder.Account, people); err != nil {
		return err
	}
	for i := range in.fresh {
		if err := in.index(keys[i], &in.fresh[i].Envelope, ""); err != nil {
			return err
		}
	}
	return nil
}

// newRow is what a row is inserted with besides the message.
type newRow struct {
	id      mail.ID // "" when unknown
	stored  bool
	bounced bool
	text    string
}

// intoMessages names the columns of a new row, newMessageColumns of them, and appendMessage gives their values.
const (
	intoMessages = "messages (key, folder, server_id, flags, server_flags, size, received, mod_seq, has_file, stored, worded, " +
		"bounced, message_id, envelope)"
	newMessageColumns = 14
)

func appendMessage(to []any, folderID, key int64, m *mail.Message, r newRow, envelope []byte) []any {
	var id any
	if r.id != "" {
		id = string(r.id)
	}
	var flags any = int64(m.Flags)
	return append(to, key, folderID, id, flags, flags, m.Size, secondsOf(m.Received), m.ModSeq, m.HasFile, r.stored, r.text != "",
		r.bounced, m.Envelope.MessageID, envelope)
}

// insertMessage adds a row and its words.
func (t *tx) insertMessage(folderID, key int64, m *mail.Message, r newRow) (int64, error) {
	key, err := t.insertRow(folderID, key, m, r)
	if err != nil {
		return 0, err
	}
	return key, t.index(key, &m.Envelope, r.text)
}

// insertRow adds a row; a key that is taken (2^20 messages in between) gives way to the next.
func (t *tx) insertRow(folderID, key int64, m *mail.Message, r newRow) (int64, error) {
	t.envelope = appendEnvelope(t.envelope[:0], &m.Envelope)
	row := appendMessage(make([]any, 0, newMessageColumns), folderID, key, m, r, t.envelope)
	for {
		row[0] = key
		n, err := t.affected("INSERT INTO "+intoMessages+" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING", row...)
		if err != nil {
			return 0, err
		}
		if n == 1 {
			t.arrive(folderID, m.Flags)
			return key, nil
		}
		key++
	}
}

package maildrop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"todoku/internal/mail"
)

const (
	messageColumns = "SELECT uid, flags, keywords, size, tail, received, zone, modseq FROM messages"
	rowsQuery      = messageColumns + " WHERE folder = ? AND uid BETWEEN ? AND ? ORDER BY uid"
	dataQuery      = "SELECT c.header, b.data FROM messages m JOIN contents c ON c.id = m.content" +
		" JOIN bodies b ON b.id = m.content WHERE m.folder = ? AND m.uid = ?"
)

// scanMessages takes values as the driver gives them: for a folder of 100,000 messages database/sql's conversions,
// which go over text, cost more than the reading itself.
func scanMessages(rows *sql.Rows, list []Message) ([]Message, error) {
	defer rows.Close()
	var uid, flags, keywords, size, tail, ms, zone, modseq any
	var zones zoneCache
	for rows.Next() {
		if err := rows.Scan(&uid, &flags, &keywords, &size, &tail, &ms, &zone, &modseq); err != nil {
			return nil, err
		}
		words, _ := keywords.(string)
		list = append(list, Message{
			UID: uint32(integer(uid)), Flags: mail.Flags(integer(flags)), Keywords: words, Size: integer(size),
			Tail: int(integer(tail)), Received: zones.time(integer(ms), integer(zone)), ModSeq: uint64(integer(modseq)),
		})
	}
	return list, rows.Err()
}

func integer(v any) int64 {
	n, _ := v.(int64)
	return n
}

// zoneCache remembers the last zone, because neighbours share it.
type zoneCache struct {
	offset   int64
	location *time.Location
}

// time turns the two columns back into a time with its zone.
func (z *zoneCache) time(ms, offset int64) time.Time {
	if z.location == nil || z.offset != offset {
		z.offset, z.location = offset, time.UTC
		if offset != 0 {
			z.location = time.FixedZone("", int(offset))
		}
	}
	return time.UnixMilli(ms).In(z.location)
}

// Open gives the folder as it is now and all its messages by ascending uid, from one moment.
func (s *Store) Open(ctx context.Context, folder int64) (Folder, []Message, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return Folder{}, nil, err
	}
	defer tx.Rollback()
	f, _, err := scanFolder(tx.QueryRow(folderColumns+" WHERE id = ?", folder))
	if err != nil {
		return Folder{}, nil, fmt.Errorf("maildrop: folder %d: %w", folder, err)
	}
	rows, err := tx.Query(messageColumns+" WHERE folder = ? ORDER BY uid", folder)
	if err != nil {
		return Folder{}, nil, err
	}
	list, err := scanMessages(rows, make([]Message, 0, f.Total))
	return f, list, err
}

// Rows gives the messages between two uids, both included.
func (s *Store) Rows(ctx context.Context, folder int64, first, last uint32) ([]Message, error) {
	rows, err := s.rows.QueryContext(ctx, folder, first, last)
	if err != nil {
		return nil, err
	}
	return scanMessages(rows, nil)
}

// Header is what is kept of a message beside its body.
type Header struct {
	Envelope Envelope
	Block    []byte // the header as it came, with the empty line; not kept after yield returns
}

// Headers yields envelope and header block of the messages between two uids by ascending uid.
func (s *Store) Headers(ctx context.Context, folder int64, first, last uint32, yield func(uint32, Header) error) error {
	rows, err := s.read.QueryContext(ctx, `SELECT m.uid, c.envelope, c.header FROM messages m JOIN contents c ON c.id = m.content
		WHERE m.folder = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid`, folder, first, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var uid uint32
		var envelope, block sql.RawBytes
		if err := rows.Scan(&uid, &envelope, &block); err != nil {
			return err
		}
		e, err := decodeEnvelope(envelope)
		if err != nil {
			return err
		}
		if err := yield(uid, Header{Envelope: e, Block: block}); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Data gives the octets of one message; an error wraps ErrNoMessage if it is gone.
func (s *Store) Data(ctx context.Context, folder int64, uid uint32) ([]byte, error) {
	var header, body []byte
	err := s.data.QueryRowContext(ctx, folder, uid).Scan(&header, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("maildrop: uid %d: %w", uid, ErrNoMessage)
	}
	return append(header, body...), err
}

// Found is where a message lies.
type Found struct {
	Mailbox, Folder string
	UID             uint32
}

// Find says where the messages with a Message-ID (without angle brackets) lie.
func (s *Store) Find(ctx context.Context, messageID string) ([]Found, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT f.user, f.name, m.uid FROM contents c JOIN messages m ON m.content = c.id
		JOIN folders f ON f.id = m.folder WHERE c.message_id = ? ORDER BY 1, 2, 3`, messageID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Found
	for rows.Next() {
		var f Found
		if err := rows.Scan(&f.Mailbox, &f.Folder, &f.UID); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// SetFlags changes flags and keywords of the messages that are there.
func (s *Store) SetFlags(ctx context.Context, folder int64, uids []uint32, c FlagChange) error {
	if len(uids) == 0 {
		return nil
	}
	return s.do(ctx, func(w *writer) error {
		f, err := w.folderByID(folder)
		if err != nil {
			return err
		}
		for _, uid := range uids {
			if err := w.setFlags(f, uid, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *writer) setFlags(f *folderState, uid uint32, c FlagChange) error {
	m, _, err := w.message(f, uid)
	if errors.Is(err, ErrNoMessage) {
		return nil
	}
	if err != nil {
		return err
	}
	flags, keywords := c.apply(m)
	if flags == m.Flags && keywords == m.Keywords {
		return nil
	}
	f.Unseen += unseen(flags) - unseen(m.Flags)
	m.Flags, m.Keywords = flags, keywords
	w.touch(f, change{Message: m})
	_, err = w.change(w.st.setFlags, int64(m.Flags), m.Keywords, int64(f.ModSeq), f.ID, uid)
	return err
}

func (c FlagChange) apply(m Message) (mail.Flags, string) {
	have := strings.Fields(m.Keywords)
	switch c.Op {
	case AddFlags:
		return m.Flags | c.Flags, joinKeywords(append(have, c.Keywords...))
	case RemoveFlags:
		var kept []string
		for _, k := range have {
			if !hasKeyword(c.Keywords, k) {
				kept = append(kept, k)
			}
		}
		return m.Flags &^ c.Flags, joinKeywords(kept)
	}
	return c.Flags, joinKeywords(c.Keywords)
}

func unseen(f mail.Flags) int {
	if f.Has(mail.Seen) {
		return 0
	}
	return 1
}

// message reads a row inside the writer's transaction.
func (w *writer) message(f *folderState, uid uint32) (Message, int64, error) {
	m := Message{UID: uid}
	var ms, zone, content int64
	err := w.conn.QueryRowContext(context.Background(),
		"SELECT flags, keywords, size, tail, received, zone, content FROM messages WHERE folder = ? AND uid = ?", f.ID, uid).
		Scan(&m.Flags, &m.Keywords, &m.Size, &m.Tail, &ms, &zone, &content)
	if errors.Is(err, sql.ErrNoRows) {
		return m, 0, ErrNoMessage
	}
	m.Received = new(zoneCache).time(ms, zone)
	return m, content, err
}

// Expunge removes the messages for good and says which were there.
func (s *Store) Expunge(ctx context.Context, folder int64, uids []uint32) (gone []uint32, err error) {
	if len(uids) == 0 {
		return nil, nil
	}
	err = s.do(ctx, func(w *writer) error {
		gone = gone[:0]
		f, err := w.folderByID(folder)
		if err != nil {
			return err
		}
		for _, uid := range uids {
			was, err := w.remove(f, uid)
			if err != nil {
				return err
			}
			if was {
				gone = append(gone, uid)
			}
		}
		return nil
	})
	return gone, err
}

func (w *writer) remove(f *folderState, uid uint32) (bool, error) {
	m, content, err := w.message(f, uid)
	if errors.Is(err, ErrNoMessage) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := w.change(w.st.delMessage, f.ID, uid); err != nil {
		return false, err
	}
	f.Total--
	f.Bytes -= m.Size
	f.Unseen -= unseen(m.Flags)
	w.used(f.user, -m.Size)
	w.touch(f, change{Message: m, gone: true})
	if _, err := w.change(w.st.unshare, content); err != nil {
		return false, err
	}
	res, err := w.change(w.st.delContent, content)
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return true, err
	}
	_, err = w.change(w.st.delBody, content)
	return true, err
}

// Copy copies, or with move moves, the messages to the user's folder dest, in one transaction.
func (s *Store) Copy(ctx context.Context, folder int64, uids []uint32, dest string, move bool) (copied Copied, err error) {
	err = s.do(ctx, func(w *writer) error {
		from, err := w.folderByID(folder)
		if err != nil {
			return err
		}
		to, err := w.folder(from.user, canonical(dest))
		if err != nil {
			return err
		}
		copied, err = w.copy(from, uids, to, move)
		return err
	})
	return copied, err
}

func (w *writer) copy(from *folderState, uids []uint32, to *folderState, move bool) (Copied, error) {
	c := Copied{UIDValidity: to.UIDValidity}
	type row struct {
		Message
		content int64
	}
	var list []row
	var size int64
	for _, uid := range uids {
		m, content, err := w.message(from, uid)
		if errors.Is(err, ErrNoMessage) {
			continue
		}
		if err != nil {
			return c, err
		}
		list = append(list, row{m, content})
		size += m.Size
	}
	if !move {
		if err := w.room(from.user, size); err != nil {
			return c, err
		}
	}
	for _, r := range list {
		if _, err := w.change(w.st.share, r.content); err != nil {
			return c, err
		}
		source := r.UID
		uid, err := w.place(to, r.Message, r.content)
		if err != nil {
			return c, err
		}
		if move {
			if _, err := w.remove(from, source); err != nil {
				return c, err
			}
		}
		c.Source, c.Dest = append(c.Source, source), append(c.Dest, uid)
	}
	return c, nil
}

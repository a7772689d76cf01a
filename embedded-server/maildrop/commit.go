package maildrop

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"todoku/internal/mail"
)

// Commit does everything in b or nothing. When it returns nil, all of it is on the disk. An error wraps ErrNoUser,
// ErrNoFolder, ErrOverQuota or ErrBareNewline when a delivery was refused.
func (s *Store) Commit(ctx context.Context, b Batch) error {
	parsed := make([]*parsedMessage, len(b.Deliver))
	for i := range b.Deliver {
		p, err := s.parse(b.Deliver[i])
		if err != nil {
			return err
		}
		parsed[i] = p
	}
	return s.do(ctx, func(w *writer) error {
		if err := w.admit(parsed); err != nil {
			return err
		}
		for _, p := range parsed {
			if _, _, err := w.deliver(p); err != nil {
				return err
			}
		}
		return w.queue(b.Queue, b.Done)
	})
}

// Append stores a message and says where it went.
func (s *Store) Append(ctx context.Context, d Delivery) (uidValidity, uid uint32, err error) {
	p, err := s.parse(d)
	if err != nil {
		return 0, 0, err
	}
	err = s.do(ctx, func(w *writer) error {
		if err := w.admit([]*parsedMessage{p}); err != nil {
			return err
		}
		uidValidity, uid, err = w.deliver(p)
		return err
	})
	return uidValidity, uid, err
}

// parsedMessage is a delivery with all that can be worked out before the writer's turn.
type parsedMessage struct {
	Delivery
	keywords     string
	tail         int
	header, body []byte
	envelope     []byte
	messageID    any // string, or nil for SQL's NULL
}

func (s *Store) parse(d Delivery) (*parsedMessage, error) {
	d.Mailbox, d.Folder = fold(d.Mailbox), canonical(d.Folder)
	if d.Folder == "" {
		d.Folder = "INBOX"
	}
	if d.Received.IsZero() {
		d.Received = s.now()
	}
	if bareNewline(d.Data) {
		return nil, fmt.Errorf("maildrop: for %s: %w", d.Mailbox, ErrBareNewline)
	}
	p := &parsedMessage{Delivery: d, keywords: joinKeywords(d.Keywords)}
	if !bytes.HasSuffix(d.Data, []byte("\r\n")) {
		p.tail = 2
	}
	p.header, p.body = SplitHeader(d.Data)
	e := ParseEnvelope(p.header)
	p.envelope = e.encode()
	if e.MessageID != "" {
		p.messageID = e.MessageID
	}
	return p, nil
}

// bareNewline reports a CR without LF or an LF without CR. Every message in a store consists of CR LF lines, so
// that POP3's dots and counts, and IMAP's octets, can be trusted.
func bareNewline(data []byte) bool {
	for rest := data; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return bytes.IndexByte(rest, '\r') >= 0
		}
		if i == 0 || bytes.IndexByte(rest[:i], '\r') != i-1 {
			return true
		}
		rest = rest[i+1:]
	}
}

// SplitHeader cuts after the empty line that ends the header (RFC 5322 section 2.1).
func SplitHeader(data []byte) (header, body []byte) {
	if bytes.HasPrefix(data, []byte("\r\n")) {
		return data[:2], data[2:]
	}
	if i := bytes.Index(data, []byte("\r\n\r\n")); i >= 0 {
		return data[:i+4], data[i+4:]
	}
	return data, nil
}

// joinKeywords drops what cannot be an IMAP keyword and doubles.
func joinKeywords(list []string) string {
	var kept []string
	for _, k := range list {
		if k == "" || strings.ContainsAny(k, " (){%*\"\\]\r\n") || hasKeyword(kept, k) {
			continue
		}
		kept = append(kept, k)
	}
	return strings.Join(kept, " ")
}

func hasKeyword(list []string, k string) bool {
	for _, have := range list {
		if strings.EqualFold(have, k) {
			return true
		}
	}
	return false
}

// admit refuses before anything is written.
func (w *writer) admit(list []*parsedMessage) error {
	sizes := map[string]int64{}
	for _, p := range list {
		if _, known := w.store.User(p.Mailbox); !known {
			return fmt.Errorf("maildrop: for %s: %w", p.Mailbox, ErrNoUser)
		}
		if _, err := w.folder(p.Mailbox, p.Folder); err != nil {
			return fmt.Errorf("maildrop: for %s, folder %q: %w", p.Mailbox, p.Folder, err)
		}
		sizes[p.Mailbox] += int64(len(p.Data))
	}
	for user, size := range sizes {
		if err := w.room(user, size); err != nil {
			return fmt.Errorf("maildrop: for %s: %w", user, err)
		}
	}
	return nil
}

func (w *writer) deliver(p *parsedMessage) (uidValidity, uid uint32, err error) {
	f, err := w.folder(p.Mailbox, p.Folder)
	if err != nil {
		return 0, 0, err
	}
	res, err := w.change(w.st.addContent, p.messageID, p.envelope, p.header)
	if err != nil {
		return 0, 0, err
	}
	content, err := res.LastInsertId()
	if err != nil {
		return 0, 0, err
	}
	body := p.body
	if body == nil {
		body = []byte{}
	}
	if _, err := w.change(w.st.addBody, content, body); err != nil {
		return 0, 0, err
	}
	uid, err = w.place(f, Message{
		Flags: p.Flags, Keywords: p.keywords, Size: int64(len(p.Data)), Tail: p.tail, Received: p.Received,
	}, content)
	return f.UIDValidity, uid, err
}

// place gives a message the folder's next uid.
func (w *writer) place(f *folderState, m Message, content int64) (uint32, error) {
	m.UID = f.UIDNext
	f.UIDNext++
	f.Total++
	f.Bytes += m.Size
	if !m.Flags.Has(mail.Seen) {
		f.Unseen++
	}
	w.used(f.user, m.Size)
	w.touch(f, change{Message: m})
	_, zone := m.Received.Zone()
	_, err := w.change(w.st.addMessage, f.ID, m.UID, int64(m.Flags), m.Keywords, m.Size, m.Tail,
		m.Received.UnixMilli(), zone, int64(f.ModSeq), content)
	return m.UID, err
}

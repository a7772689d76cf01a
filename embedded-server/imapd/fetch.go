package imapd

import (
	"errors"
	"io"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"todoku/embedded-server/fault"
	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

// fetch is one FETCH command on its way.
type fetch struct {
	*session
	w       *imapserver.FetchWriter
	options imap.FetchOptions
	whole   bool // a message must be read whole
	headers bool // its header is enough
	seen    bool // it sets \Seen
}

// Fetch answers run by run; the store holds no lock while octets are written to the client.
func (x *session) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	f := &fetch{session: x, w: w, options: *options}
	f.plan()
	for _, r := range x.view.runs(set) {
		if err := f.run(r); err != nil {
			return err
		}
	}
	return nil
}

// plan finds out what must be read.
func (f *fetch) plan() {
	o := &f.options
	f.headers = o.Envelope
	f.whole = o.BodyStructure != nil || len(o.BinarySection) > 0 || len(o.BinarySectionSize) > 0
	for _, s := range o.BodySection {
		if len(s.Part) == 0 && s.Specifier == imap.PartSpecifierHeader {
			f.headers = true
		} else {
			f.whole = true
		}
		f.seen = f.seen || !s.Peek
	}
	for _, s := range o.BinarySection {
		f.seen = f.seen || !s.Peek
	}
	f.seen = f.seen && !f.view.readOnly
}

func (f *fetch) run(r run) error {
	v := f.view
	rows, err := f.rows(r)
	if err != nil {
		return err
	}
	marked := map[uint32]bool{}
	if f.seen {
		if rows, err = f.markSeen(r, rows, marked); err != nil {
			return err
		}
	}
	headers := map[uint32]maildrop.Header{}
	if f.headers {
		err := f.store.Headers(f.ctx, v.folder, v.uids[r.from], v.uids[r.to-1], func(uid uint32, h maildrop.Header) error {
			if !f.whole {
				h.Block = append([]byte(nil), h.Block...)
			} else {
				h.Block = nil
			}
			headers[uid] = h
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, m := range rows {
		if err := f.message(m, headers[m.UID], marked[m.UID]); err != nil {
			return err
		}
	}
	return nil
}

// markSeen sets \Seen where it is missing and notes where, because FETCH must then tell the flags.
func (f *fetch) markSeen(r run, rows []maildrop.Message, marked map[uint32]bool) ([]maildrop.Message, error) {
	var uids []uint32
	for _, m := range rows {
		if !m.Flags.Has(mail.Seen) {
			uids = append(uids, m.UID)
			marked[m.UID] = true
		}
	}
	if len(uids) == 0 {
		return rows, nil
	}
	change := maildrop.FlagChange{Op: maildrop.AddFlags, Flags: mail.Seen}
	if err := f.store.SetFlags(f.ctx, f.view.folder, uids, change); err != nil {
		return nil, err
	}
	rows, err := f.rows(r)
	for _, m := range rows {
		if marked[m.UID] {
			f.view.told[m.UID] = m.ModSeq
		}
	}
	return rows, err
}

func (f *fetch) message(m maildrop.Message, h maildrop.Header, marked bool) error {
	var sections [][]byte
	var root *part
	if f.whole {
		b, err := f.load(m.UID)
		if errors.Is(err, maildrop.ErrNoMessage) {
			return nil // expunged by another session a moment ago
		}
		if err != nil {
			return err
		}
		root, h.Block = b.root, b.root.header
		if sections, err = f.binaries(root); err != nil {
			return err
		}
	}
	if f.wire.Faulted(fault.Message, fault.Facts{Verb: "FETCH"}, untagged) {
		return f.ctx.Err() // a rule without close leaves this message out
	}
	o := &f.options
	w := f.w.CreateMessage(f.view.seq(m.UID))
	if o.UID {
		w.WriteUID(imap.UID(m.UID))
	}
	if o.Flags || marked {
		w.WriteFlags(toFlags(m.Flags, m.Keywords))
	}
	if o.InternalDate {
		w.WriteInternalDate(m.Received)
	}
	if o.RFC822Size {
		w.WriteRFC822Size(m.Size)
	}
	if o.Envelope {
		w.WriteEnvelope(envelope(h.Envelope))
	}
	if o.BodyStructure != nil {
		w.WriteBodyStructure(root.structure())
	}
	err := f.sections(w, root, h.Block, sections)
	return errors.Join(err, w.Close())
}

func (f *fetch) sections(w *imapserver.FetchResponseWriter, root *part, header []byte, binaries [][]byte) error {
	for _, s := range f.options.BodySection {
		octets := partial(section(root, header, s), s.Partial)
		if err := writeLiteral(w.WriteBodySection(s, int64(len(octets))), octets); err != nil {
			return err
		}
	}
	for i, s := range f.options.BinarySection {
		octets := partial(binaries[i], s.Partial)
		if err := writeLiteral(w.WriteBinarySection(s, int64(len(octets))), octets); err != nil {
			return err
		}
	}
	for i, s := range f.options.BinarySectionSize {
		w.WriteBinarySectionSize(s, uint32(len(binaries[len(f.options.BinarySection)+i])))
	}
	return nil
}

func writeLiteral(w io.WriteCloser, octets []byte) error {
	_, err := w.Write(octets)
	return errors.Join(err, w.Close())
}

// load reads a message, or takes the one that was read last.
func (x *session) load(uid uint32) (*cachedBody, error) {
	b := &x.view.body
	if b.root != nil && b.uid == uid {
		return b, nil
	}
	data, err := x.store.Data(x.ctx, x.view.folder, uid)
	if err != nil {
		return nil, err
	}
	*b = cachedBody{uid: uid, data: data, root: parseMessage(data)}
	return b, nil
}

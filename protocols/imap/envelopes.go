package imap

import (
	"context"
	"fmt"
	"io"
	"slices"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

const (
	// firstChunk is a screenful and some: it is there before the eye asks for more.
	firstChunk = 200
	// chunk is how many envelopes one later FETCH asks for.
	chunk = 500
	// headerOctets bounds the header fields of one message; honest ones have a few hundred, long References some KiB.
	headerOctets = 256 * kib
	// octetsPerRow is what a chunk may have for each of its messages on average.
	octetsPerRow = 16 * kib
	// maxBarren is how many chunks in a row may bring nothing new before the server's count is disbelieved.
	maxBarren = 8
)

// listFields are the header fields that a row needs: those of mail.Envelope, and two that tell of attachments.
var listFields = []string{
	"DATE", "SUBJECT", "FROM", "SENDER", "REPLY-TO", "TO", "CC", "BCC", "MESSAGE-ID", "IN-REPLY-TO", "REFERENCES",
	"CONTENT-TYPE", "CONTENT-DISPOSITION",
}

// EnvelopeRange says which messages of the open folder are wanted. The zero value means all.
type EnvelopeRange struct {
	UIDs  []uint32 // these only
	Above uint32   // only UIDs above this one; 0 means all
	Limit int      // at most so many, the newest; 0 means all
}

// List gives the rows of the open folder, newest first.
func (c *Client) List(ctx context.Context, yield func([]mail.Message) error) error {
	return c.Envelopes(ctx, EnvelopeRange{}, yield)
}

// Envelopes gives rows newest first: 200, then 500 at a time. Between chunks other commands may run. A message whose
// data cannot be read costs itself its row's content, never the connection: it comes with what could be read of it.
func (c *Client) Envelopes(ctx context.Context, r EnvelopeRange, yield func([]mail.Message) error) error {
	if err := c.needFolder(); err != nil {
		return err
	}
	w := &walk{c: c, yield: yield, left: r.Limit}
	if w.left == 0 {
		w.left = c.opt.Limits.Messages
	}
	switch {
	case r.UIDs != nil:
		return w.byUID(ctx, r.UIDs)
	case r.Above > 0:
		return w.above(ctx, r.Above)
	}
	return w.bySequence(ctx)
}

// walk is one message list under way.
type walk struct {
	c        *Client
	yield    func([]mail.Message) error
	left     int    // rows still wanted
	given    bool   // a chunk was given
	lowest   uint32 // the smallest UID given
	mishaps  int    // connections lost to what could not be read
	read     int    // rows that were read
	hopeless int    // rows of which nothing was
}

// above asks for the UIDs first: "n:*" would give the last message even if it is older.
func (w *walk) above(ctx context.Context, uid uint32) error {
	if uid == ^uint32(0) {
		return nil
	}
	var set imaplib.UIDSet
	set.AddRange(imaplib.UID(uid+1), 0)
	uids, err := w.c.search(ctx, &imaplib.SearchCriteria{UID: []imaplib.UIDSet{set}}, w.c.count()+searchSlack, false)
	if err != nil {
		return err
	}
	return w.byUID(ctx, slices.DeleteFunc(uids, func(u uint32) bool { return u <= uid }))
}

// bySequence walks down the sequence numbers, which needs no list of UIDs. EXPUNGE moves the cursor (expunged). When the
// connection had to be made anew, sequence numbers may mean other messages: then it goes on by UID.
func (w *walk) bySequence(ctx context.Context) error {
	low, barren := uint32(w.c.count()), 0
	w.c.setCursor(&low)
	defer w.c.setCursor(nil)
	for w.left > 0 && w.c.cursorNow() > 0 {
		var rows []mail.Message
		err := w.c.do(ctx, chunkBudget("FETCH envelopes", w.next()), func(l *link) error {
			set := w.c.advance(uint32(w.next()))
			if set == nil {
				return nil
			}
			return w.c.rows(l, set, listItems(true), &rows)
		})
		if spoiled(err) {
			return w.rest(ctx)
		}
		if err != nil {
			return err
		}
		w.read += len(rows)
		if w.given { // UIDs ascend with sequence numbers (RFC 9051 section 2.3.1.1)
			rows = slices.DeleteFunc(rows, func(m mail.Message) bool { return uidOf(m) >= w.lowest })
		}
		if barren++; len(rows) > 0 {
			barren = 0
		}
		if barren > maxBarren {
			return w.c.plainError(wire.CodeGarbled, "FETCH", fmt.Errorf("the server counts %d messages and gives none of the next %d", w.c.count(), barren*chunk))
		}
		if err := w.give(rows); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) next() int {
	if w.given {
		return min(chunk, w.left)
	}
	return min(firstChunk, w.left)
}

// rest goes on by UID below what was given.
func (w *walk) rest(ctx context.Context) error {
	w.mishaps++
	uids, err := w.c.UIDs(ctx)
	if err != nil {
		return err
	}
	if w.given {
		uids = slices.DeleteFunc(uids, func(u uint32) bool { return u >= w.lowest })
	}
	return w.byUID(ctx, uids)
}

// give hands over a chunk, newest first.
func (w *walk) give(rows []mail.Message) error {
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b mail.Message) int { return int(int64(uidOf(b)) - int64(uidOf(a))) })
	rows = slices.CompactFunc(rows, func(a, b mail.Message) bool { return a.ID == b.ID })
	w.given, w.lowest = true, uidOf(rows[len(rows)-1])
	w.left -= len(rows)
	return w.yield(rows)
}

func uidOf(m mail.Message) uint32 {
	uid, _ := parseID32(m.ID)
	return uid
}

func chunkBudget(verb string, n int) budget {
	return budget{verb: verb, size: int64(n)*octetsPerRow + mib, bounds: bounds{bulk: headerOctets}}
}

// listItems are the FETCH items of a row; received leaves out INTERNALDATE, which some servers send misformed.
func listItems(received bool) *imaplib.FetchOptions {
	return &imaplib.FetchOptions{
		UID: true, Flags: true, RFC822Size: true, InternalDate: received,
		BodySection: []*imaplib.FetchItemBodySection{{Peek: true, Specifier: imaplib.PartSpecifierHeader, HeaderFields: listFields}},
	}
}

// rows runs one FETCH and appends what is complete.
func (c *Client) rows(l *link, set imaplib.NumSet, o *imaplib.FetchOptions, to *[]mail.Message) error {
	o.ModSeq = l.caps.has("CONDSTORE")
	var header []byte // of the message being read; its reader comes before its row
	read := func(_ *imaplib.FetchItemBodySection, r io.Reader, size int64) (err error) {
		header, err = readHeader(header, r, size)
		return err
	}
	return c.fetch(l, set, o, read, func(d fetched) {
		if d.uid == 0 || d.sections == 0 || d.err != nil || len(*to) > chunk+searchSlack {
			return
		}
		*to = append(*to, rowOf(d, header))
	})
}

// readHeader reads into buf, which it reuses.
func readHeader(buf []byte, r io.Reader, size int64) ([]byte, error) {
	if size > headerOctets {
		size = headerOctets
	}
	buf = slices.Grow(buf[:0], int(size))[:size]
	n, err := io.ReadFull(r, buf)
	if err == io.ErrUnexpectedEOF || err == io.EOF {
		err = nil // gather compares the sizes
	}
	return buf[:n], err
}

func rowOf(d fetched, header []byte) mail.Message {
	return mail.Message{
		ID: idOf(d.uid), Flags: d.flags, Size: d.size, Received: d.received, ModSeq: d.modSeq,
		Envelope: mail.ParseEnvelope(header), HasFile: d.hasFile || mail.GuessFile(header),
	}
}

func (c *Client) setCursor(at *uint32) {
	c.mu.Lock()
	c.cursor = at
	c.mu.Unlock()
}

func (c *Client) cursorNow() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cursor == nil {
		return 0
	}
	return *c.cursor
}

// advance takes the next sequence numbers, downwards. The cursor moves first: an EXPUNGE during the FETCH then shifts
// it if, and only if, it was below.
func (c *Client) advance(size uint32) imaplib.SeqSet {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cursor == nil || *c.cursor == 0 {
		return nil
	}
	high := *c.cursor
	*c.cursor = high - min(size, high)
	var set imaplib.SeqSet
	set.AddRange(*c.cursor+1, high)
	return set
}

package imap

import (
	"context"
	"io"
	"slices"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
	"todoku/internal/trace"
)

// maxMishaps bounds how many new connections one message list may cost.
const maxMishaps = 40

// byUID gives the rows of the UIDs, newest first.
func (w *walk) byUID(ctx context.Context, uids []uint32) error {
	uids = slices.Compact(slices.Sorted(slices.Values(uids)))
	for len(uids) > 0 && w.left > 0 {
		cut := max(0, len(uids)-w.next())
		rows, err := w.fetch(ctx, uids[cut:], false)
		if err != nil {
			return err
		}
		if err := w.give(rows); err != nil {
			return err
		}
		uids = uids[:cut]
	}
	return nil
}

// fetch reads rows. When the answer cannot be read it keeps those that came before and takes the first that is missing for
// the culprit, as servers answer in order: that one is read alone and the others again. If that did not help, because
// nothing came at all, it goes on by halves.
func (w *walk) fetch(ctx context.Context, uids []uint32, suspected bool) ([]mail.Message, error) {
	rows, err := w.try(ctx, uids)
	w.read += len(rows)
	if err == nil {
		return rows, nil
	}
	w.mishaps++
	if !spoiled(err) || w.mishaps > maxMishaps {
		return nil, err
	}
	missing := without(uids, rows)
	if len(missing) == 0 {
		return rows, nil
	}
	head := missing[:1]
	if len(rows) == 0 && suspected {
		head = missing[:(len(missing)+1)/2]
	}
	var first []mail.Message
	if len(head) == 1 {
		first, err = w.alone(ctx, head[0])
	} else {
		first, err = w.fetch(ctx, head, true)
	}
	if err != nil {
		return nil, err
	}
	rows = append(rows, first...)
	if tail := missing[len(head):]; len(tail) > 0 {
		more, err := w.fetch(ctx, tail, true)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func (w *walk) try(ctx context.Context, uids []uint32) ([]mail.Message, error) {
	var rows []mail.Message
	err := w.c.do(ctx, chunkBudget("FETCH envelopes", len(uids)), func(l *link) error {
		return w.c.rows(l, uidSet(uids), listItems(true), &rows)
	})
	return rows, err
}

func without(uids []uint32, rows []mail.Message) []uint32 {
	have := make(map[uint32]bool, len(rows))
	for _, m := range rows {
		have[uidOf(m)] = true
	}
	return slices.DeleteFunc(slices.Clone(uids), func(u uint32) bool { return have[u] })
}

// alone reads one message that spoils a connection: first without its INTERNALDATE, then only the beginning of its
// header, at last nothing but its number. Where that would become the rule, the server is at fault and not a message.
func (w *walk) alone(ctx context.Context, uid uint32) ([]mail.Message, error) {
	var err error
	for _, o := range []*imaplib.FetchOptions{listItems(false), headerStart()} {
		var rows []mail.Message
		err = w.c.do(ctx, chunkBudget("FETCH envelope", 1), func(l *link) error {
			if o.Flags {
				return w.c.rows(l, uidSet([]uint32{uid}), o, &rows)
			}
			return w.c.startOf(l, uid, o, &rows)
		})
		if err == nil {
			return rows, nil
		}
		w.mishaps++
		if !spoiled(err) || w.mishaps > maxMishaps {
			return nil, err
		}
	}
	if w.hopeless++; w.hopeless > w.read+1 {
		return nil, err
	}
	w.c.opt.Span.Find(trace.Finding{Code: "imap.unreadable", Level: trace.Warn, Args: map[string]string{"uid": string(idOf(uid))}})
	return []mail.Message{{ID: idOf(uid)}}, nil
}

// headerStart asks for UID and the first octets of the header, the least that a server can get wrong.
func headerStart() *imaplib.FetchOptions {
	const octets = 16 * kib
	return &imaplib.FetchOptions{UID: true, BodySection: []*imaplib.FetchItemBodySection{
		{Peek: true, Specifier: imaplib.PartSpecifierHeader, Partial: &imaplib.SectionPartial{Size: octets}},
	}}
}

func (c *Client) startOf(l *link, uid uint32, o *imaplib.FetchOptions, to *[]mail.Message) error {
	var header []byte
	read := func(_ *imaplib.FetchItemBodySection, r io.Reader, size int64) (err error) {
		header, err = readHeader(header, r, size)
		return err
	}
	return c.fetch(l, uidSet([]uint32{uid}), o, read, func(d fetched) {
		if d.uid == uid && d.sections > 0 && d.err == nil {
			*to = append(*to, rowOf(d, header))
		}
	})
}

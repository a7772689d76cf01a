package session

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"todoku/diag/compare"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/imap"
)

// ownRows is how many of the newest messages are listed on a person's own account.
const ownRows = 200

// ownIMAP measures over IMAP: EXAMINE, BODY.PEEK, SEARCH, STATUS and LIST.
type ownIMAP struct {
	*ownMailbox
	open map[string]*imap.Examiner // by device
	rows map[string][]mail.Message // newest first, by device
	// statuses counts the STATUS commands, which a server without LIST-STATUS needs.
	statuses statuses
}

// ask logs in and looks at the folders.
func (o *ownIMAP) ask(ctx context.Context) (compare.Asked, error) {
	c, err := o.dial(ctx)
	if err != nil {
		return compare.Asked{}, err
	}
	defer c.Close()
	told := compare.Asked{Server: hostPort(o.line.server), TLS: c.TLS(), Capabilities: c.Capabilities()}
	folders, err := c.Folders(ctx)
	for _, f := range folders {
		switch {
		case f.Role == mail.RoleInbox:
			told.Messages = max(f.Total, 0)
		case f.Total > 0:
			told.Folders++
			told.Elsewhere += f.Total
		}
	}
	return told, o.reached(err)
}

// unread counts the unread messages of the inbox; -1 where the server does not tell.
func (o *ownIMAP) unread(ctx context.Context) (int, error) {
	c, err := o.dial(ctx)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	folders, err := c.Folders(ctx)
	for _, f := range folders {
		if f.Role == mail.RoleInbox {
			return f.Unread, nil
		}
	}
	return -1, o.reached(err)
}

func (o *ownIMAP) dial(ctx context.Context) (*imap.Examiner, error) {
	options, err := o.imapOptions(ctx)
	if err != nil {
		return nil, o.reached(err)
	}
	c, err := imap.DialExaminer(ctx, options)
	return c, o.reached(err)
}

// device gives the connection of a device, made if it has none.
func (o *ownIMAP) device(ctx context.Context, name string) (*imap.Examiner, error) {
	if c, ok := o.open[name]; ok {
		return c, nil
	}
	c, err := o.dial(ctx)
	if err == nil {
		o.open[name] = c
	}
	return c, err
}

// Measure does the steps that change nothing.
func (o *ownIMAP) Measure(ctx context.Context, s compare.Step) (m compare.Measured, tried bool, err error) {
	var do func(context.Context, *imap.Examiner, compare.Step) (trace.Finding, error)
	switch s.Do {
	case compare.Visit, compare.Look:
		do = o.look
	case compare.Read:
		do = o.read
	case compare.Search:
		do = o.search
	default:
		return m, false, nil
	}
	before := o.meter.Counters()
	o.statuses.take() // those of before
	c, err := o.device(ctx, s.Device)
	if err != nil {
		return o.measured(compare.Account, before, compare.View{}), true, err
	}
	note, err := do(ctx, c, s)
	if err != nil {
		o.drop(s.Device)
	}
	m = o.measured(compare.Account, before, o.views[s.Device], note)
	m.Saves = o.statuses.take()
	return m, true, o.reached(err)
}

// drop gives up a device's connection, which may be in the middle of an answer.
func (o *ownIMAP) drop(device string) {
	if c, ok := o.open[device]; ok {
		c.Close()
		delete(o.open, device)
	}
}

// look lists the folders with their counts, and the rows of the inbox that the device does not have.
func (o *ownIMAP) look(ctx context.Context, c *imap.Examiner, s compare.Step) (f trace.Finding, err error) {
	inbox, err := c.Examine(ctx, inboxName)
	if err != nil {
		return f, err
	}
	folders, err := c.Folders(ctx)
	if err != nil {
		return f, err
	}
	v := compare.View{Known: true}
	for _, folder := range folders {
		v.Total += max(folder.Total, 0)
		v.Unread += max(folder.Unread, 0)
	}
	had := o.rows[s.Device]
	fresh, err := o.list(ctx, c, had)
	if err != nil {
		return f, err
	}
	o.rows[s.Device] = append(fresh, had...)
	var of int64
	for _, m := range o.rows[s.Device] {
		v.Messages = append(v.Messages, compare.Seen{Subject: m.Envelope.Subject, Folder: inboxName, Flags: m.Flags, Octets: m.Size})
		of += m.Size
	}
	o.views[s.Device] = v
	return compare.OwnNote("compare.own.imap.look", compare.Done{Count: len(fresh), Total: inbox.Total, Of: of}), nil
}

// list gives the newest rows above those that are known.
func (o *ownIMAP) list(ctx context.Context, c *imap.Examiner, had []mail.Message) (fresh []mail.Message, err error) {
	wanted := imap.EnvelopeRange{Limit: ownRows}
	if len(had) > 0 {
		uid, err := uidOf(had[0])
		if err != nil {
			return nil, err
		}
		wanted.Above = uid
	}
	err = c.Envelopes(ctx, wanted, func(rows []mail.Message) error {
		fresh = append(fresh, rows...)
		return nil
	})
	return fresh, err
}

func uidOf(m mail.Message) (uint32, error) {
	uid, err := strconv.ParseUint(string(m.ID), 10, 32)
	return uint32(uid), err
}

// read fetches the text of the newest message, and sets no mark.
func (o *ownIMAP) read(ctx context.Context, c *imap.Examiner, s compare.Step) (f trace.Finding, err error) {
	if _, err := c.Examine(ctx, inboxName); err != nil {
		return f, err
	}
	if len(o.rows[s.Device]) == 0 {
		return compare.OwnNote("compare.own.empty", compare.Done{}), nil
	}
	newest := o.rows[s.Device][0]
	uid, err := uidOf(newest)
	if err != nil {
		return f, err
	}
	n, err := o.peek(ctx, c, uid)
	return compare.OwnNote("compare.own.imap.read", compare.Done{Octets: n, Of: newest.Size}), err
}

// peek fetches the text part; all of it, up to what a text may be, where the structure cannot be read.
func (o *ownIMAP) peek(ctx context.Context, c *imap.Examiner, uid uint32) (int64, error) {
	var text bytes.Buffer
	root, err := c.Structure(ctx, uid)
	switch {
	case errors.Is(err, imap.ErrBadStructure):
		return c.Peek(ctx, uid, "", textOctets, &text)
	case err != nil:
		return 0, err
	}
	leaf := textLeaf(root)
	if leaf == nil {
		return c.Peek(ctx, uid, "HEADER", headerOctets, &text)
	}
	return c.Peek(ctx, uid, leaf.Path, textOctets, &text)
}

// search has the server look for the words.
func (o *ownIMAP) search(ctx context.Context, c *imap.Examiner, s compare.Step) (f trace.Finding, err error) {
	inbox, err := c.Examine(ctx, inboxName)
	if err != nil {
		return f, err
	}
	found, err := c.Search(ctx, s.Words)
	return compare.OwnNote("compare.own.imap.search", compare.Done{Count: len(found), Total: inbox.Total}), err
}

// close logs out.
func (o *ownIMAP) close() error {
	var errs []error
	for _, c := range o.open {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

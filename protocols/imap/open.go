package imap

import (
	"context"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

// Open makes a folder the current one: SELECT, or EXAMINE when readOnly, with CONDSTORE where the server has it
// (RFC 9051 section 6.3.2, RFC 7162 section 3.1.8). Unread is -1: a STATUS tells it. After a failure no folder is open.
func (c *Client) Open(ctx context.Context, folder string, readOnly bool) (mail.Folder, error) {
	if err := wire.CleanArg(folder); err != nil {
		return mail.Folder{}, err
	}
	if err := c.take(ctx); err != nil {
		return mail.Folder{}, err
	}
	defer c.give()
	c.forget()
	l, err := c.live(ctx)
	if err != nil {
		return mail.Folder{}, err
	}
	f, err := c.selectOn(ctx, l, folder, readOnly)
	if err != nil {
		return mail.Folder{}, err
	}
	c.mu.Lock()
	c.folder, c.readOnly, c.open = f, readOnly, true
	c.mu.Unlock()
	return f, nil
}

// forget drops what belonged to the folder that was open.
func (c *Client) forget() {
	c.mu.Lock()
	c.open, c.exists, c.noStructure = false, 0, nil
	c.mu.Unlock()
	select {
	case <-c.changed:
	default:
	}
}

func (c *Client) selectOn(ctx context.Context, l *link, folder string, readOnly bool) (mail.Folder, error) {
	verb := "SELECT"
	if readOnly {
		verb = "EXAMINE"
	}
	var f mail.Folder
	err := c.on(ctx, l, budget{verb: verb, size: mib}, func(l *link) error {
		d, err := l.lib.Select(folder, &imaplib.SelectOptions{ReadOnly: readOnly, CondStore: l.caps.has("CONDSTORE")}).Wait()
		if err != nil {
			return err
		}
		f = mail.Folder{
			Name: folder, Total: int(d.NumMessages), Unread: -1,
			UIDValidity: d.UIDValidity, UIDNext: uint32(d.UIDNext), HighestModSeq: d.HighestModSeq,
		}
		if d.List != nil && d.List.Delim != 0 {
			f.Delimiter = string(d.List.Delim)
		}
		c.mu.Lock()
		c.exists = d.NumMessages
		c.mu.Unlock()
		return nil
	})
	return f, err
}

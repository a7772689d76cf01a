package imap

import (
	"context"
	"fmt"
	"io"
	"time"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

// Append stores a message of exactly size octets, lines ending in CRLF, in a folder (RFC 9051 section 6.3.12). The ID is
// empty if the server does not tell (APPENDUID). After a refusal of the literal the library's connection is of no
// more use: the next command makes a new one.
func (c *Client) Append(ctx context.Context, folder string, flags mail.Flags, size int64, r io.Reader) (mail.ID, error) {
	if err := wire.CleanArg(folder); err != nil {
		return "", err
	}
	if size < 0 || size > c.opt.Limits.Message {
		return "", fmt.Errorf("a message of %d octets is not stored: at most %d are", size, c.opt.Limits.Message)
	}
	var uid imaplib.UID
	err := c.do(ctx, budget{verb: "APPEND"}, func(l *link) error {
		cmd := l.lib.Append(folder, size, &imaplib.AppendOptions{Flags: flagList(flags)})
		n, copyErr := c.upload(l, cmd, io.LimitReader(r, size))
		if n < size && !l.dead() {
			// The server waits for the rest, which will not come.
			l.guard.skip()
		}
		cmd.Close()
		d, err := cmd.Wait()
		if err == nil || n == size {
			uid = d.UID
			return err
		}
		return c.cutShort(err, copyErr, n, size)
	})
	if err != nil || uid == 0 {
		return "", err
	}
	return idOf(uint32(uid)), nil
}

// upload sends the message in runs; the time for the reply begins anew with each.
func (c *Client) upload(l *link, w io.Writer, r io.Reader) (sent int64, err error) {
	step := wire.Step{Name: "APPEND", Want: "a tagged reply", Bytes: mib}
	for {
		step.Time = c.opt.Limits.Reply + time.Duration(bulkRun/c.opt.Limits.Rate)*time.Second
		l.guard.begin(step, bounds{response: c.opt.Limits.Response})
		n, err := io.CopyN(w, r, bulkRun)
		sent += n
		if err != nil {
			step.Time = c.opt.Limits.Reply
			l.guard.begin(step, bounds{response: c.opt.Limits.Response})
			if err == io.EOF {
				err = nil
			}
			return sent, err
		}
	}
}

// cutShort says why an upload ended before its end: the server refused it, or the message could not be read.
func (c *Client) cutShort(err, copyErr error, n, size int64) error {
	if _, refused := err.(*imaplib.Error); refused || copyErr == nil && n == 0 && size > 0 {
		return err
	}
	if copyErr == nil {
		copyErr = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("reading the message to store ended after %d of %d octets: %w", n, size, copyErr)
}

package imap

import (
	"github.com/emersion/go-imap/v2/imapclient"
)

// unasked takes what the server says by itself. The library calls it in its reading goroutine, FETCH data in one of
// their own.
func (c *Client) unasked() *imapclient.UnilateralDataHandler {
	return &imapclient.UnilateralDataHandler{
		Expunge: c.expunged,
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				c.existing(*d.NumMessages)
			}
		},
		Fetch: c.strayFetch,
	}
}

// existing takes a new number of messages.
func (c *Client) existing(n uint32) {
	c.mu.Lock()
	same := c.exists == n
	c.exists = n
	c.folder.Total = int(n)
	c.mu.Unlock()
	if !same {
		c.tell(Update{Kind: UpdateExists, Exists: n})
	}
}

// expunged takes the sequence number of a message that went; numbers above it shift (RFC 9051 section 7.5.1).
func (c *Client) expunged(seq uint32) {
	c.mu.Lock()
	if c.exists > 0 {
		c.exists--
	}
	c.folder.Total = int(c.exists)
	if c.cursor != nil && seq <= *c.cursor && *c.cursor > 0 {
		*c.cursor--
	}
	n := c.exists
	c.mu.Unlock()
	c.tell(Update{Kind: UpdateExpunge, Exists: n, Seq: seq})
}

// strayFetch takes FETCH data that the library cannot give to a command: new flags, or an answer whose literal came
// before its UID.
func (c *Client) strayFetch(msg *imapclient.FetchMessageData) {
	c.mu.Lock()
	take := c.stray
	if take != nil {
		c.strays.Add(1)
	}
	c.mu.Unlock()
	if take != nil {
		defer c.strays.Done()
		take(msg)
		return
	}
	c.tellFlags(gather(msg, nil))
}

func (c *Client) tellFlags(d fetched) {
	if !d.hasFlags {
		return
	}
	c.mu.Lock()
	n := c.exists
	c.mu.Unlock()
	c.tell(Update{Kind: UpdateFlags, Exists: n, Seq: d.seq, UID: d.uid, Flags: d.flags, ModSeq: d.modSeq})
}

func (c *Client) tell(u Update) {
	select {
	case c.changed <- struct{}{}:
	default:
	}
	if c.opt.OnUpdate != nil {
		c.opt.OnUpdate(u)
	}
}

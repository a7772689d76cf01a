package imap

import (
	"fmt"
	"io"
	"time"

	imaplib "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"todoku/internal/mail"
)

// fetched is what one FETCH response said.
type fetched struct {
	seq, uid  uint32
	flags     mail.Flags
	hasFlags  bool
	hasFile   bool // the keyword $HasAttachment
	size      int64
	received  time.Time
	modSeq    uint64
	structure imaplib.BodyStructure
	sections  int   // how many BODY[...] items came
	err       error // of the reader of a section
}

// reader takes the octets of one BODY[...] item.
type reader func(section *imaplib.FetchItemBodySection, r io.Reader, size int64) error

// gather reads a FETCH response to its end: the library waits for that before it reads on.
func gather(msg *imapclient.FetchMessageData, read reader) fetched {
	d := fetched{seq: msg.SeqNum}
	for item := msg.Next(); item != nil; item = msg.Next() {
		d.take(item, read)
	}
	return d
}

func (d *fetched) take(item imapclient.FetchItemData, read reader) {
	switch item := item.(type) {
	case imapclient.FetchItemDataUID:
		d.uid = uint32(item.UID)
	case imapclient.FetchItemDataFlags:
		d.flags, d.hasFile = flagsOf(item.Flags)
		d.hasFlags = true
	case imapclient.FetchItemDataRFC822Size:
		d.size = item.Size
	case imapclient.FetchItemDataInternalDate:
		d.received = item.Time
	case imapclient.FetchItemDataModSeq:
		d.modSeq = item.ModSeq
	case imapclient.FetchItemDataBodyStructure:
		d.structure = item.BodyStructure
	case imapclient.FetchItemDataBodySection:
		d.section(item, read)
	}
}

// section reads a literal. One that ends early, because the server closed, looks complete to the library.
func (d *fetched) section(item imapclient.FetchItemDataBodySection, read reader) {
	if read == nil || d.err != nil {
		return
	}
	d.sections++
	if item.Literal == nil { // NIL: the part is empty or absent
		d.err = read(item.Section, nothing{}, 0)
		return
	}
	counted := &counter{r: item.Literal}
	d.err = read(item.Section, counted, item.Literal.Size())
	if d.err == nil && counted.ended && counted.n != item.Literal.Size() {
		d.err = fmt.Errorf("a literal of %d octets ended after %d: %w", item.Literal.Size(), counted.n, io.ErrUnexpectedEOF)
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }

type counter struct {
	r     io.Reader
	n     int64
	ended bool
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.ended = c.ended || err == io.EOF
	return n, err
}

// fetch runs a FETCH and gives each response to take, whether or not the library can place it: some servers send a
// literal before the UID. read takes BODY[...] items. take runs in one goroutine at a time.
func (c *Client) fetch(l *link, set imaplib.NumSet, o *imaplib.FetchOptions, read reader, take func(fetched)) error {
	turn := make(chan struct{}, 1)
	one := func(msg *imapclient.FetchMessageData) fetched {
		turn <- struct{}{}
		d := gather(msg, read)
		take(d)
		<-turn
		return d
	}
	c.setStray(func(msg *imapclient.FetchMessageData) {
		if d := one(msg); d.sections == 0 {
			c.tellFlags(d)
		}
	})
	cmd := l.lib.Fetch(set, o)
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		one(msg)
	}
	err := cmd.Close()
	c.setStray(nil)
	c.strays.Wait()
	return err
}

func (c *Client) setStray(f func(*imapclient.FetchMessageData)) {
	c.mu.Lock()
	c.stray = f
	c.mu.Unlock()
}

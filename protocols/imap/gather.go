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
	broken    bool  // the connection ended inside a literal
}

// reader takes the octets of one BODY[...] item.
type reader func(section *imaplib.FetchItemBodySection, r io.Reader, size int64) error

// gather reads a FETCH response to its end: the library waits for that before it reads on. After a failure inside a literal
// the response must not be touched again: the library would read the connection in two goroutines.
func gather(msg *imapclient.FetchMessageData, read reader) fetched {
	d := fetched{seq: msg.SeqNum}
	for item := msg.Next(); item != nil; item = msg.Next() {
		if d.take(item, read); d.broken {
			break
		}
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
	size := item.Literal.Size()
	d.err = read(item.Section, counted, size)
	d.broken = counted.err != nil && counted.n != size
	if d.err == nil && d.broken {
		d.err = fmt.Errorf("a literal of %d octets ended after %d: %w", size, counted.n, counted.err)
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, io.EOF }

type counter struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
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
	err := drain(l, cmd, one)
	c.setStray(nil)
	c.strays.Wait()
	return err
}

// drain takes a command's responses to its end, or to the end of the connection.
func drain(l *link, cmd *imapclient.FetchCommand, one func(*imapclient.FetchMessageData) fetched) error {
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		if d := one(msg); d.broken {
			<-l.lib.Closed()
			return d.err
		}
	}
	return cmd.Close()
}

func (c *Client) setStray(f func(*imapclient.FetchMessageData)) {
	c.mu.Lock()
	c.stray = f
	c.mu.Unlock()
}

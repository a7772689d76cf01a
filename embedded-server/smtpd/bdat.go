package smtpd

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"todoku/embedded-server/fault"
)

// bdat is BDAT: RFC 3030. The octets of a chunk are always read, also when they are refused, for otherwise they would
// be taken for commands.
func (c *conn) bdat(arg string) {
	size, last, ok := chunkSize(arg)
	if !ok {
		// How many octets follow is not known, so nothing after this can be read.
		c.reply(501, "5.5.4", "BDAT size [LAST] not understood, closing")
		c.done = true
		return
	}
	first := !c.tx.chun
	if first && c.faulted(fault.Data, c.facts("BDAT")) {
		c.skipChunk(size)
		return
	}
	if refused := c.mayChunk(); refused != nil {
		if c.skipChunk(size) {
			c.refuse(refused)
		}
		return
	}
	c.tx.chun = true
	if !c.readChunk(size) {
		return
	}
	if !last {
		if c.tx.bad != nil {
			c.refuse(c.tx.bad)
			return
		}
		c.reply(250, "2.0.0", strconv.FormatInt(size, 10)+" octets received")
		return
	}
	content, bad := c.joinChunks()
	c.finish(content, bad)
}

// chunkSize reads "size [LAST]".
func chunkSize(arg string) (size int64, last, ok bool) {
	text, rest, _ := strings.Cut(arg, " ")
	rest = strings.TrimSpace(rest)
	size, err := strconv.ParseInt(text, 10, 64)
	return size, rest != "", err == nil && size >= 0 && (rest == "" || strings.EqualFold(rest, "LAST"))
}

func (c *conn) mayChunk() *Reply {
	if !c.tx.open {
		return refuse(503, "5.5.1", "Say MAIL first")
	}
	if len(c.tx.env.To) == 0 {
		return refuse(554, "5.5.1", "No valid recipients")
	}
	return nil
}

// skipChunk throws octets away; false means that the connection is lost.
func (c *conn) skipChunk(size int64) bool {
	if _, err := io.CopyN(io.Discard, c.Conn, size); err != nil {
		c.readFailed(err)
		return false
	}
	return true
}

// readChunk adds the octets to the transaction while the message fits.
func (c *conn) readChunk(size int64) bool {
	if size > c.offer.size-int64(c.tx.bdat.Len()) && c.tx.bad == nil {
		c.tx.bad, c.tx.bdat = tooLarge(c.offer.size), bytes.Buffer{}
	}
	if c.tx.bad != nil {
		return c.skipChunk(size)
	}
	if _, err := io.CopyN(&c.tx.bdat, c.Conn, size); err != nil {
		c.readFailed(err)
		return false
	}
	return true
}

// joinChunks judges the whole message. One whose last line has no end gets it, as DATA would have given it.
func (c *conn) joinChunks() ([]byte, *Reply) {
	if c.tx.bad != nil {
		return nil, c.tx.bad
	}
	chunks := c.tx.bdat.Bytes()
	if len(chunks) > 0 && !bytes.HasSuffix(chunks, []byte("\r\n")) {
		chunks = append(chunks, "\r\n"...)
	}
	head := c.received()
	in := content{data: head, max: len(head) + len(chunks), start: true}
	for len(chunks) > 0 {
		n := bytes.IndexByte(chunks, '\n') + 1
		in.add(chunks[:n])
		chunks = chunks[n:]
	}
	return in.data, in.verdict(c.offer.size)
}

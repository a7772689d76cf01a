package wire

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// maxLine bounds a line when ReadLine is given no limit.
const maxLine = 8 << 10

// ReadLine reads one line of at most max octets (0 means maxLine) and strips its CRLF. A line that ends in LF alone
// is taken too, as servers of old send it.
func (c *Conn) ReadLine(max int) (string, error) {
	if max <= 0 {
		max = maxLine
	}
	line, err := c.readRaw(max)
	if err != nil {
		return "", err
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	return string(bytes.TrimSuffix(line, []byte("\r"))), nil
}

// readRaw reads to the next LF. What comes after it waits for the next reader.
func (c *Conn) readRaw(max int) ([]byte, error) {
	buf := make([]byte, 4096)
	for {
		c.mu.Lock()
		i := bytes.IndexByte(c.replay, '\n')
		size := len(c.replay)
		if i >= 0 && i < max+2 {
			line := slices.Clone(c.replay[:i+1])
			c.replay = c.replay[i+1:]
			c.mu.Unlock()
			return line, nil
		}
		begin := slices.Clone(c.replay[:min(size, 3)])
		c.mu.Unlock()
		if size > 2 && (begin[0] == 0x15 || begin[0] == 0x16) && begin[1] == 3 {
			return nil, c.fail(c.stepError(CodeTLSPeer, nil))
		}
		if size > max {
			return nil, c.fail(c.stepError(CodeFlood, fmt.Errorf("a line of more than %d octets", max)))
		}
		n, err := c.receive(buf)
		if err != nil {
			return nil, c.Cause(err)
		}
		c.mu.Lock()
		c.replay = append(c.replay, buf[:n]...)
		c.mu.Unlock()
	}
}

// WriteLine sends s and CRLF. It refuses CR, LF and NUL in s.
func (c *Conn) WriteLine(s string) error {
	if err := CleanArg(s); err != nil {
		return err
	}
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteString(s)
	b.WriteString("\r\n")
	_, err := c.Write([]byte(b.String()))
	return err
}

// Unread puts octets back: whoever reads next gets them first. They count against no budget.
func (c *Conn) Unread(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replay = slices.Concat(b, c.replay)
}

// Buffered is the number of octets that arrived and no reader has taken.
func (c *Conn) Buffered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.replay)
}

// silence is the code for a peer that says nothing where its greeting was expected: on a port that by custom begins
// with TLS it waits for our hello (RFC 8314).
func (c *Conn) silence() string {
	if passed := c.rec.Counters(); c.TLS() != nil || passed.In+passed.Out != 0 {
		return CodeSilent
	}
	switch c.opts.Port {
	case 465, 993, 995:
		return CodeTLSPort
	}
	return CodeSilent
}

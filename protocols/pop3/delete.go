package pop3

import (
	"context"
	"errors"
)

// Delete marks a message as deleted. Nothing is removed before Quit (RFC 1939 section 5).
func (c *Client) Delete(ctx context.Context, number int) error {
	refused, err := c.DeleteMany(ctx, []int{number})
	if err == nil && refused[number] != nil {
		return refused[number]
	}
	return err
}

// DeleteMany marks messages as deleted, pipelined where the server offers that. refused holds the server's answer for
// each message that it did not mark; err is a failure of the connection. On a read-only session it is ErrReadOnly.
func (c *Client) DeleteMany(ctx context.Context, numbers []int) (refused map[int]*Error, err error) {
	leave, err := c.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	if c.opts.ReadOnly {
		return nil, ErrReadOnly
	}
	refused = map[int]*Error{}
	if !c.caps.Pipelining {
		return refused, c.deleteEach(numbers, refused)
	}
	for len(numbers) > 0 {
		batch := numbers[:min(len(numbers), window)]
		if err := c.deleteBatch(batch, refused); err != nil {
			return refused, err
		}
		numbers = numbers[len(batch):]
	}
	return refused, nil
}

func (c *Client) deleteEach(numbers []int, refused map[int]*Error) error {
	for _, n := range numbers {
		dele := numbered("DELE", n)
		_, err := c.command(dele, dele, c.opts.Limits.Reply)
		if e := (*Error)(nil); errors.As(err, &e) {
			refused[n] = e
			continue
		}
		if err != nil {
			return err
		}
		c.deleted[n] = true
	}
	return nil
}

func (c *Client) deleteBatch(batch []int, refused map[int]*Error) error {
	var lines []byte
	for _, n := range batch {
		lines = append(append(lines, numbered("DELE", n)...), "\r\n"...)
	}
	c.expect(numbered("DELE", batch[0]), "one line for each DELE", int64(len(batch))*replyBytes, c.opts.Limits.Reply)
	if _, err := c.conn.Write(lines); err != nil {
		return c.fail(err)
	}
	for _, n := range batch {
		s, err := readStatus(c.in)
		if err != nil {
			return c.fail(err)
		}
		if s.ok {
			c.deleted[n] = true
		} else {
			refused[n] = s.refusal(numbered("DELE", n))
		}
	}
	return nil
}

// Reset takes back all deletions of this session (RSET).
func (c *Client) Reset(ctx context.Context) error {
	leave, err := c.enter(ctx)
	if err != nil {
		return err
	}
	defer leave()
	if _, err := c.command("RSET", "RSET", c.opts.Limits.Reply); err != nil {
		return err
	}
	clear(c.deleted)
	c.counted = c.counted && !c.unlisted()
	return nil
}

// unlisted reports that the listing was made when messages were already deleted, so that it lacks them.
func (c *Client) unlisted() bool {
	for _, octets := range c.sizes {
		if octets < 0 {
			return true
		}
	}
	return false
}

package pop3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"todoku/internal/trace"
)

const (
	// lineBytes is the room that a line of LIST or UIDL takes at most, on average: RFC 1939 section 7 gives a
	// unique-id 70 characters, a number here has up to seven.
	lineBytes = 128
	// maxUIDL is the longest unique-id taken. RFC 1939 allows 70 characters; some servers have more.
	maxUIDL = 255
)

// Entry is one message of the maildrop.
type Entry struct {
	Number int    // in this session
	Octets int64  // as LIST says, lines ending in CRLF
	UIDL   string // unique-id; "" if the server has none
}

// Listing is the maildrop's content.
type Listing struct {
	Entries    []Entry  // by number; messages marked as deleted in this session are not among them
	HasUIDL    bool     // the server gave unique-ids
	Duplicates []string // unique-ids that several messages bear, each once: nothing may be deleted by them
}

// Stat gives the number of messages and their octets, without those marked as deleted.
func (c *Client) Stat(ctx context.Context) (count int, octets int64, err error) {
	leave, err := c.enter(ctx)
	if err != nil {
		return 0, 0, err
	}
	defer leave()
	return c.stat()
}

func (c *Client) stat() (count int, octets int64, err error) {
	s, err := c.command("STAT", "STAT", c.opts.Limits.Login)
	if err != nil {
		return 0, 0, err
	}
	words := bytes.Fields([]byte(s.text))
	if len(words) < 2 {
		return 0, 0, c.fail(fmt.Errorf("STAT answered %q; two numbers were due", trace.Visible([]byte(s.text))))
	}
	n, err1 := strconv.ParseUint(string(words[0]), 10, 31)
	octets, err2 := strconv.ParseInt(string(words[1]), 10, 64)
	if err := errors.Join(err1, err2); err != nil || octets < 0 {
		return 0, 0, c.fail(fmt.Errorf("STAT answered %q; two numbers were due", trace.Visible([]byte(s.text))))
	}
	if int(n) > c.opts.Limits.Messages {
		return 0, 0, c.fail(fmt.Errorf("%w: STAT says %d messages and the limit is %d", errTooMuch, n, c.opts.Limits.Messages))
	}
	return int(n), octets, nil
}

// Listing asks for sizes and unique-ids of all messages. A line that cannot be read, a message without a line or a
// number that cannot be is an error, never a shorter list. Without UIDL the list has no unique-ids and says so.
func (c *Client) Listing(ctx context.Context) (Listing, error) {
	leave, err := c.enter(ctx)
	if err != nil {
		return Listing{}, err
	}
	defer leave()
	if err := c.list(); err != nil {
		return Listing{}, err
	}
	ids, err := c.uidl()
	if err != nil {
		return Listing{}, err
	}
	out := Listing{HasUIDL: ids != nil}
	seen := make(map[string]int, len(ids))
	for i, octets := range c.sizes {
		if octets < 0 || c.deleted[i+1] {
			continue
		}
		e := Entry{Number: i + 1, Octets: octets}
		if ids != nil {
			if e.UIDL = ids[i]; e.UIDL == "" {
				return Listing{}, c.fail(fmt.Errorf("UIDL does not name message %d, which LIST has", i+1))
			}
			if seen[e.UIDL]++; seen[e.UIDL] == 2 {
				out.Duplicates = append(out.Duplicates, e.UIDL)
			}
		}
		out.Entries = append(out.Entries, e)
	}
	return out, nil
}

// list learns the sizes once a session: numbers and sizes do not change in it (RFC 1939 section 5).
func (c *Client) list() error {
	if c.counted {
		return nil
	}
	count, _, err := c.stat()
	if err != nil {
		return err
	}
	count += len(c.deleted)
	sizes := make([]int64, count)
	for i := range sizes {
		sizes[i] = -1
	}
	named := 0
	err = c.scan("LIST", count, func(n int, arg []byte) error {
		octets, err := strconv.ParseInt(string(arg), 10, 64)
		if err != nil || octets < 0 || sizes[n-1] >= 0 {
			return errors.New("the size is no number, or the message is listed twice")
		}
		sizes[n-1] = octets
		named++
		return nil
	})
	if err != nil {
		return err
	}
	if want := count - len(c.deleted); named != want {
		return c.fail(fmt.Errorf("LIST names %d messages and STAT said %d", named, want))
	}
	c.sizes, c.counted = sizes, true
	return nil
}

// uidl gives the unique-ids by message number - 1; nil if the server has no UIDL.
func (c *Client) uidl() ([]string, error) {
	if c.caps.Known && !c.caps.UIDL {
		return nil, nil
	}
	ids := make([]string, len(c.sizes))
	err := c.scan("UIDL", len(c.sizes), func(n int, arg []byte) error {
		if len(arg) > maxUIDL || ids[n-1] != "" {
			return errors.New("the unique-id is too long, or the message is listed twice")
		}
		for _, b := range arg {
			if b < 0x21 || b > 0x7e {
				return errors.New("the unique-id has an octet outside 0x21 to 0x7e")
			}
		}
		ids[n-1] = string(arg)
		return nil
	})
	var refused *Error
	if errors.As(err, &refused) && refused.Code == "" && !c.caps.UIDL {
		return nil, nil
	}
	return ids, err
}

// scan runs a command whose reply has lines "number argument" and gives each to take. No number is above count, and
// the octets are bounded by it.
func (c *Client) scan(verb string, count int, take func(n int, arg []byte) error) error {
	c.expect(verb, "one line for each message and a final dot", int64(count)*lineBytes+replyBytes, c.opts.Limits.Login)
	if err := c.conn.WriteLine(verb); err != nil {
		return c.fail(err)
	}
	s, err := readStatus(c.in)
	if err != nil {
		return c.fail(err)
	}
	if !s.ok {
		return s.refusal(verb)
	}
	for {
		line, err := readLine(c.in)
		if err != nil {
			return c.fail(err)
		}
		if len(line) == 1 && line[0] == '.' {
			return nil
		}
		number, rest, _ := bytes.Cut(bytes.TrimLeft(line, " "), []byte(" "))
		arg, _, _ := bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
		n, err := strconv.ParseUint(string(number), 10, 31)
		if err == nil && (n < 1 || int(n) > count || len(arg) == 0) {
			err = fmt.Errorf("numbers go from 1 to %d", count)
		}
		if err == nil {
			err = take(int(n), arg)
		}
		if err != nil {
			return c.garbledLine(verb, line, err)
		}
	}
}

// garbledLine says what is wrong with a line of a listing; the connection is of no more use, for nobody knows what
// else the server means.
func (c *Client) garbledLine(verb string, line []byte, why error) error {
	err := fmt.Errorf("%s has the line %q: %w", verb, trace.Visible(line[:min(len(line), 80)]), why)
	return c.fail(err)
}

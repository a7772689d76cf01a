package pop3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

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
	ids, err := c.listAndUIDL()
	if err != nil {
		return Listing{}, err
	}
	out := Listing{HasUIDL: ids != nil, Entries: make([]Entry, 0, len(c.sizes))}
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

// listAndUIDL learns the sizes if they are not known and gives the unique-ids by message number - 1; nil if the server
// has no UIDL. Both are asked for in one run where the server pipelines.
func (c *Client) listAndUIDL() (ids []string, err error) {
	none := c.caps.Known && !c.caps.UIDL
	if none || c.counted || !c.caps.Pipelining {
		if err := c.list(); err != nil || none {
			return nil, err
		}
		if err := c.begin("UIDL"); err != nil {
			return nil, err
		}
		return c.uidl()
	}
	count, err := c.maildropSize()
	if err != nil {
		return nil, err
	}
	if err := c.begin("LIST", "UIDL"); err != nil {
		return nil, err
	}
	refused := c.readList(count)
	if c.fault != nil {
		return nil, refused
	}
	ids, err = c.uidl()
	return ids, errors.Join(refused, err)
}

// list learns the sizes once a session: numbers and sizes do not change in it (RFC 1939 section 5).
func (c *Client) list() error {
	if c.counted {
		return nil
	}
	count, err := c.maildropSize()
	if err != nil {
		return err
	}
	if err := c.begin("LIST"); err != nil {
		return err
	}
	return c.readList(count)
}

// maildropSize is the highest message number.
func (c *Client) maildropSize() (int, error) {
	count, _, err := c.stat()
	return count + len(c.deleted), err
}

// readList reads the reply to LIST, in which no message may be missing.
func (c *Client) readList(count int) error {
	sizes := make([]int64, count)
	for i := range sizes {
		sizes[i] = -1
	}
	named := 0
	err := c.scan("LIST", count, func(n int, arg []byte) error {
		octets, err := strconv.ParseInt(string(arg), 10, 64)
		if err != nil || octets < 0 || sizes[n-1] >= 0 {
			return errors.New("the size is no number, or the message is listed twice")
		}
		sizes[n-1] = octets
		named++
		return nil
	})
	c.sizes = sizes
	if err != nil {
		return err
	}
	if want := count - len(c.deleted); named != want {
		return c.fail(fmt.Errorf("LIST names %d messages and STAT said %d", named, want))
	}
	c.counted = true
	return nil
}

// uidl reads the reply to UIDL.
func (c *Client) uidl() ([]string, error) {
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

// begin sends commands whose replies scan reads: in one run where the server pipelines.
func (c *Client) begin(verbs ...string) error {
	if err := c.quiet(); err != nil {
		return err
	}
	c.expect(verbs[0], listingWant, replyBytes, c.opts.Limits.Login)
	if _, err := c.conn.Write([]byte(strings.Join(verbs, "\r\n") + "\r\n")); err != nil {
		return c.fail(err)
	}
	return nil
}

const listingWant = "one line for each message and a final dot"

// scan reads a reply of lines "number argument" and gives each to take. No number is above count, and the octets are
// bounded by it, twice: the next reply may be read ahead.
func (c *Client) scan(verb string, count int, take func(n int, arg []byte) error) error {
	c.expect(verb, listingWant, 2*(int64(count)*lineBytes+replyBytes), c.opts.Limits.Login)
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
		n, arg, err := scanLine(line, count)
		if err == nil {
			err = take(n, arg)
		}
		if err != nil {
			return c.garbledLine(verb, line, err)
		}
	}
}

// scanLine splits "number argument"; what follows the argument is allowed (RFC 1939 section 5, LIST) and ignored.
func scanLine(line []byte, count int) (n int, arg []byte, err error) {
	number, rest, _ := bytes.Cut(bytes.TrimLeft(line, " "), []byte(" "))
	arg, _, _ = bytes.Cut(bytes.TrimLeft(rest, " "), []byte(" "))
	wide, err := strconv.ParseUint(string(number), 10, 31)
	if err != nil {
		return 0, nil, err
	}
	if wide < 1 || int(wide) > count || len(arg) == 0 {
		return 0, nil, fmt.Errorf("a number from 1 to %d and an argument were due", count)
	}
	return int(wide), arg, nil
}

// garbledLine says what is wrong with a line of a listing; the connection is of no more use, for nobody knows what
// else the server means.
func (c *Client) garbledLine(verb string, line []byte, why error) error {
	err := fmt.Errorf("%s has the line %q: %w", verb, trace.Visible(line[:min(len(line), 80)]), why)
	return c.fail(err)
}

package imap

import (
	"fmt"
	"slices"
	"strconv"

	"todoku/internal/mail"
)

// perCommand is how many UIDs go into one command: a line stays under 8,192 octets (RFC 7162 section 4).
const perCommand = 500

// idOf is the ID of a UID.
func idOf(uid uint32) mail.ID { return mail.ID(strconv.FormatUint(uint64(uid), 10)) }

func parseID32(id mail.ID) (uint32, error) {
	n, err := strconv.ParseUint(string(id), 10, 32)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is no IMAP message: a number from 1 to 4294967295 is needed", id)
	}
	return uint32(n), nil
}

// uidsOf reads the IDs, and makes sure that a folder is open in which they mean something.
func (c *Client) uidsOf(ids []mail.ID) ([]uint32, error) {
	if err := c.needFolder(); err != nil {
		return nil, err
	}
	uids := make([]uint32, 0, len(ids))
	for _, id := range ids {
		uid, err := parseID32(id)
		if err != nil {
			return nil, err
		}
		uids = append(uids, uid)
	}
	slices.Sort(uids)
	return slices.Compact(uids), nil
}

// portions cuts UIDs into commands.
func portions(uids []uint32) [][]uint32 { return slices.Collect(slices.Chunk(uids, perCommand)) }

func (c *Client) needFolder() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.open {
		return ErrNoFolder
	}
	return nil
}

// count is the number of messages in the open folder, as far as it is believed.
func (c *Client) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return min(int(c.exists), c.opt.Limits.Messages)
}

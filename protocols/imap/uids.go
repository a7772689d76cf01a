package imap

import (
	"context"
	"fmt"
	"slices"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/protocols/wire"
)

const (
	// searchRun is how many messages one SEARCH covers when all UIDs are wanted: without ESEARCH its reply is one line
	// of up to 11 octets a message.
	searchRun = 50_000
	// searchLine bounds that line.
	searchLine = mib
	// searchSlack is how many messages may arrive while a SEARCH runs.
	searchSlack = 10_000
)

// UIDs lists the UIDs of the open folder, ascending.
func (c *Client) UIDs(ctx context.Context) ([]uint32, error) {
	if err := c.needFolder(); err != nil {
		return nil, err
	}
	n := uint32(c.count())
	if n <= searchRun {
		return c.search(ctx, &imaplib.SearchCriteria{}, int(n)+searchSlack, false)
	}
	var all []uint32
	for from := uint32(1); from <= n; from += searchRun {
		var set imaplib.SeqSet
		set.AddRange(from, min(from+searchRun-1, n))
		some, err := c.search(ctx, &imaplib.SearchCriteria{SeqNum: []imaplib.SeqSet{set}}, searchRun, false)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// search runs a UID SEARCH that may find at most so many messages; slow allows the time of reading every body.
func (c *Client) search(ctx context.Context, criteria *imaplib.SearchCriteria, most int, slow bool) ([]uint32, error) {
	b := budget{verb: "SEARCH", size: 2 * searchLine, bounds: bounds{response: searchLine}}
	if slow {
		b.time = c.opt.Limits.Search
	}
	var uids []uint32
	err := c.do(ctx, b, func(l *link) error {
		o := &imaplib.SearchOptions{ReturnAll: l.caps.has("ESEARCH")}
		d, err := l.lib.UIDSearch(criteria, o).Wait()
		if err != nil {
			return err
		}
		if uids, err = numbers(d.All, most); err != nil {
			return c.plainError(wire.CodeGarbled, "SEARCH", err)
		}
		return nil
	})
	return uids, err
}

// numbers spells out a set that the server sent: at most so many, for "1:4294967295" is short to send.
func numbers(set imaplib.NumSet, most int) ([]uint32, error) {
	if set == nil {
		return nil, nil
	}
	ranges, ok := set.(imaplib.UIDSet)
	if !ok {
		return nil, fmt.Errorf("the server answers UID SEARCH with sequence numbers")
	}
	var l []uint32
	for _, r := range ranges {
		if r.Start == 0 || r.Stop < r.Start || uint64(len(l))+uint64(r.Stop-r.Start)+1 > uint64(most) {
			return nil, fmt.Errorf("the server names more than %d messages", most)
		}
		for u := uint64(r.Start); u <= uint64(r.Stop); u++ {
			l = append(l, uint32(u))
		}
	}
	return l, nil
}

package imap

import (
	"context"
	"strconv"
	"strings"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

// Move moves messages of the open folder: by MOVE (RFC 6851), or by COPY, \Deleted and UID EXPUNGE (RFC 4315). With
// neither, nothing is moved and the error is a *NotOfferedError: a plain EXPUNGE would remove other messages too. The
// result maps old to new IDs where the server tells (COPYUID); it is partial when an error comes with it.
func (c *Client) Move(ctx context.Context, ids []mail.ID, folder string) (map[mail.ID]mail.ID, error) {
	if !c.has("MOVE") && !c.has("UIDPLUS") {
		return nil, &NotOfferedError{Verb: "MOVE", Needs: []string{"MOVE", "UIDPLUS"}}
	}
	return c.each(ctx, ids, folder, func(ctx context.Context, uids []uint32) (map[mail.ID]mail.ID, error) {
		if c.has("MOVE") {
			return c.move(ctx, uids, folder)
		}
		moved, err := c.copy(ctx, uids, folder)
		if err != nil {
			return nil, err
		}
		return moved, c.expunge(ctx, uids)
	})
}

// Copy copies messages of the open folder (RFC 9051 section 6.4.7). The result maps old to new IDs where the server tells.
func (c *Client) Copy(ctx context.Context, ids []mail.ID, folder string) (map[mail.ID]mail.ID, error) {
	return c.each(ctx, ids, folder, func(ctx context.Context, uids []uint32) (map[mail.ID]mail.ID, error) {
		return c.copy(ctx, uids, folder)
	})
}

// Delete removes messages of the open folder for good, and only them: \Deleted and UID EXPUNGE. Without UIDPLUS nothing
// is removed and the error is a *NotOfferedError.
func (c *Client) Delete(ctx context.Context, ids []mail.ID) error {
	if !c.has("UIDPLUS") {
		return &NotOfferedError{Verb: "EXPUNGE", Needs: []string{"UIDPLUS"}}
	}
	_, err := c.each(ctx, ids, "", func(ctx context.Context, uids []uint32) (map[mail.ID]mail.ID, error) {
		return nil, c.expunge(ctx, uids)
	})
	return err
}

// each runs one step for portions of the IDs and joins what they say.
func (c *Client) each(ctx context.Context, ids []mail.ID, folder string,
	step func(context.Context, []uint32) (map[mail.ID]mail.ID, error)) (map[mail.ID]mail.ID, error) {
	if err := wire.CleanArg(folder); err != nil {
		return nil, err
	}
	uids, err := c.uidsOf(ids)
	if err != nil {
		return nil, err
	}
	all := map[mail.ID]mail.ID{}
	for _, some := range portions(uids) {
		told, err := step(ctx, some)
		for from, to := range told {
			all[from] = to
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func (c *Client) move(ctx context.Context, uids []uint32, folder string) (map[mail.ID]mail.ID, error) {
	return c.transfer(ctx, "MOVE", uids, func(l *link) error {
		_, err := l.lib.Move(uidSet(uids), folder).Wait()
		return err
	})
}

func (c *Client) copy(ctx context.Context, uids []uint32, folder string) (map[mail.ID]mail.ID, error) {
	return c.transfer(ctx, "COPY", uids, func(l *link) error {
		_, err := l.lib.Copy(uidSet(uids), folder).Wait()
		return err
	})
}

// transfer runs MOVE or COPY and reads COPYUID itself: the library sorts the numbers, but their order is what pairs them
// (RFC 4315 section 3).
func (c *Client) transfer(ctx context.Context, verb string, uids []uint32, run func(*link) error) (map[mail.ID]mail.ID, error) {
	var told map[mail.ID]mail.ID
	err := c.do(ctx, budget{verb: verb, size: mib}, func(l *link) error {
		l.guard.copyUID()
		err := run(l)
		told = pairs(l.guard.copyUID(), len(uids))
		return err
	})
	return told, err
}

// pairs reads the arguments of COPYUID: UIDVALIDITY, the old and the new UIDs. What does not fit is no knowledge.
func pairs(args string, most int) map[mail.ID]mail.ID {
	words := strings.Fields(args)
	if len(words) != 3 {
		return nil
	}
	from, to := inOrder(words[1], most), inOrder(words[2], most)
	if len(from) == 0 || len(from) != len(to) {
		return nil
	}
	told := make(map[mail.ID]mail.ID, len(from))
	for i := range from {
		told[idOf(from[i])] = idOf(to[i])
	}
	return told
}

// inOrder spells out "304,319:320" without sorting; nil if it names more than most numbers or cannot be read.
func inOrder(set string, most int) []uint32 {
	var l []uint32
	for word := range strings.SplitSeq(set, ",") {
		first, last, ranged := strings.Cut(word, ":")
		if !ranged {
			last = first
		}
		from, err1 := strconv.ParseUint(first, 10, 32)
		to, err2 := strconv.ParseUint(last, 10, 32)
		if err1 != nil || err2 != nil || from == 0 || to < from || uint64(len(l))+to-from+1 > uint64(most) {
			return nil
		}
		for n := from; n <= to; n++ {
			l = append(l, uint32(n))
		}
	}
	return l
}

func (c *Client) expunge(ctx context.Context, uids []uint32) error {
	if err := c.store(ctx, uids, imaplib.StoreFlagsAdd, mail.Deleted); err != nil {
		return err
	}
	return c.do(ctx, budget{verb: "EXPUNGE", size: mib}, func(l *link) error {
		cmd := l.lib.UIDExpunge(uidSet(uids))
		for seq := cmd.Next(); seq != 0; seq = cmd.Next() {
			c.expunged(seq)
		}
		return cmd.Close()
	})
}

package imap

import (
	"context"
	"strings"

	imaplib "github.com/emersion/go-imap/v2"

	"todoku/internal/mail"
)

// flagNames are the flags that todoku shows, in the spelling of the IANA registry of IMAP keywords.
var flagNames = []struct {
	flag mail.Flags
	name string
}{
	{mail.Seen, `\Seen`}, {mail.Answered, `\Answered`}, {mail.Flagged, `\Flagged`}, {mail.Deleted, `\Deleted`},
	{mail.Draft, `\Draft`}, {mail.Forwarded, "$Forwarded"}, {mail.Junk, "$Junk"}, {mail.NotJunk, "$NotJunk"},
	{mail.MDNSent, "$MDNSent"},
}

// keywords of other clients that mean the same.
var flagAliases = map[string]mail.Flags{
	"junk": mail.Junk, "nonjunk": mail.NotJunk, "notjunk": mail.NotJunk, "$nonjunk": mail.NotJunk, "forwarded": mail.Forwarded,
}

// flagsOf reads the flags; hasFile tells that the server says that there is an attachment ($HasAttachment).
func flagsOf(names []imaplib.Flag) (f mail.Flags, hasFile bool) {
	for _, n := range names {
		name := string(n)
		f |= flagAliases[strings.ToLower(name)]
		hasFile = hasFile || strings.EqualFold(name, "$HasAttachment")
		for _, known := range flagNames {
			if strings.EqualFold(name, known.name) {
				f |= known.flag
			}
		}
	}
	return f, hasFile
}

func flagList(f mail.Flags) []imaplib.Flag {
	var l []imaplib.Flag
	for _, known := range flagNames {
		if f.Has(known.flag) {
			l = append(l, imaplib.Flag(known.name))
		}
	}
	return l
}

// FlagRange says whose flags are wanted.
type FlagRange struct {
	UIDs []uint32 // these; nil means From to To
	From uint32   // 0 means 1
	To   uint32   // 0 means the newest
	// ChangedSince leaves out what did not change since that mod-sequence (RFC 7162); 0 means all. It is ignored where
	// the server lacks CONDSTORE.
	ChangedSince uint64
}

// octetsPerFlags bounds one FETCH response with UID, FLAGS and MODSEQ: 50 keywords of 20 octets.
const octetsPerFlags = kib

// Flags gives the flags of messages of the open folder, in no promised order. modSeq is 0 without CONDSTORE. yield must not
// call the Client; its error ends the walk.
func (c *Client) Flags(ctx context.Context, r FlagRange, yield func(uid uint32, f mail.Flags, modSeq uint64) error) error {
	if err := c.needFolder(); err != nil {
		return err
	}
	if r.UIDs == nil {
		var set imaplib.UIDSet
		set.AddRange(imaplib.UID(max(r.From, 1)), imaplib.UID(r.To))
		return c.flags(ctx, r, set, c.count(), yield)
	}
	for _, some := range portions(r.UIDs) {
		if err := c.flags(ctx, r, uidSet(some), len(some), yield); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) flags(ctx context.Context, r FlagRange, set imaplib.UIDSet, n int, yield func(uint32, mail.Flags, uint64) error) error {
	o := &imaplib.FetchOptions{UID: true, Flags: true}
	if c.has("CONDSTORE") {
		o.ModSeq, o.ChangedSince = true, r.ChangedSince
	}
	var failed error
	b := budget{verb: "FETCH FLAGS", size: int64(n)*octetsPerFlags + mib}
	err := c.do(ctx, b, func(l *link) error {
		return c.fetch(l, set, o, nil, func(d fetched) {
			if failed == nil && d.uid != 0 && d.hasFlags && (r.UIDs != nil || d.uid >= r.From) {
				failed = yield(d.uid, d.flags, d.modSeq)
			}
		})
	})
	if failed != nil {
		return failed
	}
	return err
}

// SetFlags adds the flags to the messages, or takes them away (RFC 9051 section 6.4.6).
func (c *Client) SetFlags(ctx context.Context, ids []mail.ID, flags mail.Flags, on bool) error {
	uids, err := c.uidsOf(ids)
	if err != nil {
		return err
	}
	op := imaplib.StoreFlagsDel
	if on {
		op = imaplib.StoreFlagsAdd
	}
	for _, some := range portions(uids) {
		if err := c.store(ctx, some, op, flags); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) store(ctx context.Context, uids []uint32, op imaplib.StoreFlagsOp, flags mail.Flags) error {
	list := flagList(flags)
	if len(list) == 0 {
		return nil
	}
	b := budget{verb: "STORE", size: int64(len(uids))*octetsPerFlags + mib}
	return c.do(ctx, b, func(l *link) error {
		return l.lib.Store(uidSet(uids), &imaplib.StoreFlags{Op: op, Silent: true, Flags: list}, nil).Close()
	})
}

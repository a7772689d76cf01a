package imapd

import (
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

// candidate is one message under examination; what is dear is read only when a criterion asks for it.
type candidate struct {
	*session
	seq    uint32
	row    maildrop.Message
	header maildrop.Header // Block is valid during the examination only
	err    error
}

// Search is SEARCH and ESEARCH. Words are compared after decoding, so that 会議 finds every charset's 会議.
func (x *session) Search(kind imapserver.NumKind, criteria *imap.SearchCriteria, options *imap.SearchOptions) (*imap.SearchData, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var uids []uint32
	dear := needsHeader(criteria)
	for _, r := range x.view.runs(imap.SeqSet{{Start: 1, Stop: 0}}) {
		found, err := x.searchRun(r, criteria, dear)
		if err != nil {
			return nil, err
		}
		uids = append(uids, found...)
	}
	if options.ReturnSave {
		x.view.found = imap.UIDSet{}
		for _, uid := range uids {
			x.view.found.AddNum(imap.UID(uid))
		}
	}
	return x.result(kind, uids), nil
}

func (x *session) result(kind imapserver.NumKind, uids []uint32) *imap.SearchData {
	data := &imap.SearchData{Count: uint32(len(uids))}
	var seqSet imap.SeqSet
	var uidSet imap.UIDSet
	for _, uid := range uids {
		number := uid
		if kind == imapserver.NumKindSeq {
			number = x.view.seq(uid)
			seqSet.AddNum(number)
		} else {
			uidSet.AddNum(imap.UID(uid))
		}
		if data.Min == 0 {
			data.Min = number
		}
		data.Max = number
	}
	data.All = uidSet
	if kind == imapserver.NumKindSeq {
		data.All = seqSet
	}
	return data
}

// searchRun examines neighbouring messages.
func (x *session) searchRun(r run, criteria *imap.SearchCriteria, dear bool) ([]uint32, error) {
	v := x.view
	rows, err := x.rows(r)
	if err != nil {
		return nil, err
	}
	var found []uint32
	examine := func(m maildrop.Message, h maildrop.Header) error {
		c := &candidate{session: x, seq: v.seq(m.UID), row: m, header: h}
		if c.fits(criteria) {
			found = append(found, m.UID)
		}
		return c.err
	}
	if !dear {
		for _, m := range rows {
			if err := examine(m, maildrop.Header{}); err != nil {
				return nil, err
			}
		}
		return found, nil
	}
	err = x.store.Headers(x.ctx, v.folder, v.uids[r.from], v.uids[r.to-1], func(uid uint32, h maildrop.Header) error {
		i, ok := slices.BinarySearchFunc(rows, uid, func(m maildrop.Message, uid uint32) int { return int(int64(m.UID) - int64(uid)) })
		if !ok {
			return nil
		}
		return examine(rows[i], h)
	})
	return found, err
}

// needsHeader reports whether any criterion looks into the header.
func needsHeader(c *imap.SearchCriteria) bool {
	if len(c.Header) > 0 || len(c.Text) > 0 || !c.SentSince.IsZero() || !c.SentBefore.IsZero() {
		return true
	}
	for i := range c.Not {
		if needsHeader(&c.Not[i]) {
			return true
		}
	}
	for i := range c.Or {
		if needsHeader(&c.Or[i][0]) || needsHeader(&c.Or[i][1]) {
			return true
		}
	}
	return false
}

// fits examines the cheap criteria first.
func (c *candidate) fits(k *imap.SearchCriteria) bool {
	return c.fitsNumbers(k) && c.fitsRow(k) && c.fitsHeader(k) && c.fitsWords(k) && c.fitsOthers(k)
}

func (c *candidate) fitsNumbers(k *imap.SearchCriteria) bool {
	for _, set := range k.SeqNum {
		if !c.among(set) {
			return false
		}
	}
	for _, set := range k.UID {
		if !c.among(set) {
			return false
		}
	}
	return true
}

func (c *candidate) among(set imap.NumSet) bool {
	if imap.IsSearchRes(set) {
		return c.view.found.Contains(imap.UID(c.row.UID))
	}
	switch set := set.(type) {
	case imap.SeqSet:
		for _, r := range set {
			from, to := limits(r.Start, r.Stop, uint32(len(c.view.uids)))
			if from <= c.seq && c.seq <= to {
				return true
			}
		}
	case imap.UIDSet:
		for _, r := range set {
			from, to := limits(uint32(r.Start), uint32(r.Stop), c.view.lastUID())
			if from <= c.row.UID && c.row.UID <= to {
				return true
			}
		}
	}
	return false
}

func (c *candidate) fitsRow(k *imap.SearchCriteria) bool {
	for _, f := range k.Flag {
		if !c.hasFlag(f) {
			return false
		}
	}
	for _, f := range k.NotFlag {
		if c.hasFlag(f) {
			return false
		}
	}
	if (k.Larger != 0 && c.row.Size <= k.Larger) || (k.Smaller != 0 && c.row.Size >= k.Smaller) {
		return false
	}
	return onDays(c.row.Received, k.Since, k.Before)
}

func (c *candidate) hasFlag(f imap.Flag) bool {
	flags, keywords := fromFlags([]imap.Flag{f})
	if flags != 0 {
		return c.row.Flags.Has(flags)
	}
	for _, k := range strings.Fields(c.row.Keywords) {
		if len(keywords) == 1 && strings.EqualFold(k, keywords[0]) {
			return true
		}
	}
	return false
}

// onDays compares days without regard to zones (RFC 9051 section 6.4.4).
func onDays(t, since, before time.Time) bool {
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	return (since.IsZero() || !day.Before(since)) && (before.IsZero() || day.Before(before))
}

func (c *candidate) fitsHeader(k *imap.SearchCriteria) bool {
	if !k.SentSince.IsZero() || !k.SentBefore.IsZero() {
		if c.header.Envelope.Date.IsZero() || !onDays(c.header.Envelope.Date, k.SentSince, k.SentBefore) {
			return false
		}
	}
	for _, want := range k.Header {
		if !headerHolds(c.header.Block, want.Key, want.Value) {
			return false
		}
	}
	return true
}

// headerHolds looks for words in the fields of a name, "" meaning every field.
func headerHolds(block []byte, name, words string) bool {
	found := false
	maildrop.Fields(block, func(field, value string) bool {
		if name == "" || strings.EqualFold(field, name) {
			found = words == "" || holds(mail.DecodeHeader(value), words)
		}
		return !found
	})
	return found
}

func holds(text, words string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(words))
}

func (c *candidate) fitsWords(k *imap.SearchCriteria) bool {
	for _, words := range k.Text {
		if !headerHolds(c.header.Block, "", words) && !c.bodyHolds(words) {
			return false
		}
	}
	for _, words := range k.Body {
		if !c.bodyHolds(words) {
			return false
		}
	}
	return true
}

func (c *candidate) bodyHolds(words string) bool {
	b, err := c.load(c.row.UID)
	if err != nil {
		c.err = err
		return false
	}
	return b.root.holds(words)
}

// holds looks into the text parts, decoded by transfer encoding and charset.
func (n *part) holds(words string) bool {
	for _, child := range n.children {
		if child.holds(words) {
			return true
		}
	}
	if n.message != nil {
		return n.message.holds(words)
	}
	if n.kind != "text" || len(n.children) > 0 {
		return false
	}
	octets, _ := n.decoded()
	text, _ := mail.DecodeText(n.params["charset"], octets)
	return holds(text, words)
}

func (c *candidate) fitsOthers(k *imap.SearchCriteria) bool {
	for i := range k.Not {
		if c.fits(&k.Not[i]) {
			return false
		}
	}
	for i := range k.Or {
		if !c.fits(&k.Or[i][0]) && !c.fits(&k.Or[i][1]) {
			return false
		}
	}
	return true
}

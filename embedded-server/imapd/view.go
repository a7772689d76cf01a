package imapd

import (
	"slices"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"todoku/embedded-server/maildrop"
)

// view is a selected folder as this client knows it: message n is uids[n-1] until the client was told otherwise.
// Every session has its own, so that one session's EXPUNGE never moves another's sequence numbers unheard.
type view struct {
	folder   int64
	readOnly bool
	uids     []uint32
	next     uint32              // uids from here on are not in the view yet
	modseq   uint64              // the store's changes up to here are in the view, or in gone
	gone     map[uint32]struct{} // expunged, and the client may not be told yet
	told     map[uint32]uint64   // flags that the client knows: uid to modseq
	found    imap.UIDSet         // SEARCHRES' "$"
	body     cachedBody
}

// cachedBody is the last message read: clients take large ones in pieces.
type cachedBody struct {
	uid  uint32
	data []byte
	root *part
}

func newView(f maildrop.Folder, list []maildrop.Message, readOnly bool) *view {
	v := &view{
		folder: f.ID, readOnly: readOnly, uids: make([]uint32, len(list)), next: f.UIDNext, modseq: f.ModSeq,
		gone: map[uint32]struct{}{}, told: map[uint32]uint64{},
	}
	for i, m := range list {
		v.uids[i] = m.UID
	}
	return v
}

// seq gives the sequence number of a uid, 0 if it is not in the view.
func (v *view) seq(uid uint32) uint32 {
	if i, ok := slices.BinarySearch(v.uids, uid); ok {
		return uint32(i + 1)
	}
	return 0
}

// run is a stretch of neighbouring messages: v.uids[from:to].
type run struct{ from, to int }

// maxRun bounds what is read from the store at once.
const maxRun = 256

// runs resolves a set of numbers or uids ("*" and SEARCHRES included) to stretches of the view, in order.
func (v *view) runs(set imap.NumSet) []run {
	var list []run
	add := func(from, to int) {
		for ; from < to; from += maxRun {
			list = append(list, run{from, min(from+maxRun, to)})
		}
	}
	if imap.IsSearchRes(set) {
		set = v.found
	}
	switch set := set.(type) {
	case imap.SeqSet:
		for _, r := range set {
			from, to := limits(r.Start, r.Stop, uint32(len(v.uids)))
			add(int(from)-1, int(min(to, uint32(len(v.uids)))))
		}
	case imap.UIDSet:
		for _, r := range set {
			from, to := limits(uint32(r.Start), uint32(r.Stop), v.lastUID())
			add(v.index(from), v.index64(uint64(to)+1))
		}
	}
	return tidy(list)
}

func (v *view) lastUID() uint32 {
	if len(v.uids) == 0 {
		return 0
	}
	return v.uids[len(v.uids)-1]
}

// limits resolves "*" (0 in go-imap) and puts the smaller number first (RFC 9051 section 9, seq-range).
func limits(start, stop, star uint32) (uint32, uint32) {
	if start == 0 {
		start = star
	}
	if stop == 0 {
		stop = star
	}
	if start > stop {
		start, stop = stop, start
	}
	return max(start, 1), stop
}

func (v *view) index(uid uint32) int {
	i, _ := slices.BinarySearch(v.uids, uid)
	return i
}

func (v *view) index64(uid uint64) int {
	if uid > 1<<32-1 {
		return len(v.uids)
	}
	return v.index(uint32(uid))
}

// tidy drops empty runs and makes sure that no message is answered twice.
func tidy(list []run) []run {
	slices.SortFunc(list, func(a, b run) int { return a.from - b.from })
	out, end := list[:0], 0
	for _, r := range list {
		r.from = max(r.from, end)
		if r.from < r.to {
			out = append(out, r)
			end = r.to
		}
	}
	return out
}

// pick lists the uids of a set.
func (v *view) pick(set imap.NumSet) []uint32 {
	var uids []uint32
	for _, r := range v.runs(set) {
		uids = append(uids, v.uids[r.from:r.to]...)
	}
	return uids
}

// Poll tells the client what changed. Without allowExpunge no number may move (RFC 9051 section 7.5.1).
func (x *session) Poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.poll(w, allowExpunge)
}

func (x *session) poll(w *imapserver.UpdateWriter, allowExpunge bool) error {
	v := x.view
	if v == nil {
		return nil
	}
	c, err := x.store.Changes(x.ctx, v.folder, v.modseq)
	if err != nil {
		return answer(err)
	}
	fresh, changed := v.take(c)
	if allowExpunge {
		for _, seq := range v.expunge() {
			if err := w.WriteExpunge(seq); err != nil {
				return err
			}
		}
	}
	if fresh {
		if err := w.WriteNumMessages(uint32(len(v.uids))); err != nil {
			return err
		}
	}
	for _, m := range changed {
		if seq := v.seq(m.UID); seq > 0 {
			if err := w.WriteMessageFlags(seq, imap.UID(m.UID), toFlags(m.Flags, m.Keywords)); err != nil {
				return err
			}
		}
	}
	return nil
}

// take brings the view up to date except for what is expunged, which waits in gone.
func (v *view) take(c maildrop.Changes) (fresh bool, changed []maildrop.Message) {
	if c.Full {
		c.Gone = v.missing(c.Changed)
	}
	for _, uid := range c.Gone {
		if v.seq(uid) > 0 {
			v.gone[uid] = struct{}{}
		}
	}
	for _, m := range c.Changed {
		switch {
		case m.UID >= v.next:
			v.uids = append(v.uids, m.UID)
			v.next = m.UID + 1
			fresh = true
		case m.ModSeq > v.modseq && m.ModSeq > v.told[m.UID]:
			changed = append(changed, m)
		}
	}
	v.modseq = c.ModSeq
	clear(v.told)
	return fresh, changed
}

// missing lists the view's uids that are not in the folder any more.
func (v *view) missing(list []maildrop.Message) []uint32 {
	var gone []uint32
	i := 0
	for _, uid := range v.uids {
		for i < len(list) && list[i].UID < uid {
			i++
		}
		if i == len(list) || list[i].UID != uid {
			gone = append(gone, uid)
		}
	}
	return gone
}

// expunge removes what is gone and gives the numbers to announce: from the highest down, each is right as it stands.
func (v *view) expunge() []uint32 {
	if len(v.gone) == 0 {
		return nil
	}
	var seqs []uint32
	kept := v.uids[:0]
	for i, uid := range v.uids {
		if _, gone := v.gone[uid]; gone {
			seqs = append(seqs, uint32(i+1))
		} else {
			kept = append(kept, uid)
		}
	}
	v.uids = kept
	clear(v.gone)
	slices.Reverse(seqs)
	return seqs
}

// Idle tells changes as they happen until stop is closed.
func (x *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	changed, unsubscribe := x.store.Subscribe(x.address)
	defer unsubscribe()
	for {
		if over, err := x.idleOnce(w, stop); over || err != nil {
			return err
		}
		select {
		case <-changed:
		case <-stop:
			return nil
		case <-x.ctx.Done():
			return nil
		}
	}
}

// idleOnce polls unless the IDLE is over: imapserver goes on to other commands without waiting for us.
func (x *session) idleOnce(w *imapserver.UpdateWriter, stop <-chan struct{}) (over bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	select {
	case <-stop:
		return true, nil
	default:
		return x.closed, x.poll(w, true)
	}
}

package imapd

import (
	"math"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

// writable refuses changes after EXAMINE, which imapserver itself would let pass.
func (x *session) writable() error {
	if x.view.readOnly {
		return refuse("READ-ONLY", "the folder was opened by EXAMINE: SELECT it to change it")
	}
	return nil
}

func (x *session) Store(w *imapserver.FetchWriter, set imap.NumSet, flags *imap.StoreFlags, _ *imap.StoreOptions) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.writable(); err != nil {
		return err
	}
	change := maildrop.FlagChange{Op: maildrop.SetFlags}
	switch flags.Op {
	case imap.StoreFlagsAdd:
		change.Op = maildrop.AddFlags
	case imap.StoreFlagsDel:
		change.Op = maildrop.RemoveFlags
	}
	change.Flags, change.Keywords = fromFlags(flags.Flags)
	if err := x.store.SetFlags(x.ctx, x.view.folder, x.view.pick(set), change); err != nil {
		return answer(err)
	}
	_, byUID := set.(imap.UIDSet)
	for _, r := range x.view.runs(set) {
		rows, err := x.rows(r)
		if err != nil {
			return err
		}
		for _, m := range rows {
			x.view.told[m.UID] = m.ModSeq
			if flags.Silent {
				continue
			}
			fw := w.CreateMessage(x.view.seq(m.UID))
			if byUID {
				fw.WriteUID(imap.UID(m.UID))
			}
			fw.WriteFlags(toFlags(m.Flags, m.Keywords))
			if err := fw.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows reads a run from the store, without what came after the view.
func (x *session) rows(r run) ([]maildrop.Message, error) {
	v := x.view
	list, err := x.store.Rows(x.ctx, v.folder, v.uids[r.from], v.uids[r.to-1])
	if err != nil {
		return nil, err
	}
	kept := list[:0]
	for _, m := range list {
		if v.seq(m.UID) > 0 {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

// Expunge removes what is marked \Deleted; the poll after the command tells the client which numbers went.
func (x *session) Expunge(_ *imapserver.ExpungeWriter, uids *imap.UIDSet) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.view.readOnly {
		if uids == nil {
			return nil // CLOSE after EXAMINE removes nothing and succeeds (RFC 9051 section 6.4.1)
		}
		return x.writable()
	}
	rows, err := x.store.Rows(x.ctx, x.view.folder, 1, math.MaxUint32)
	if err != nil {
		return err
	}
	var marked []uint32
	for _, m := range rows {
		if m.Flags.Has(mail.Deleted) && x.view.seq(m.UID) > 0 && (uids == nil || uids.Contains(imap.UID(m.UID))) {
			marked = append(marked, m.UID)
		}
	}
	_, err = x.store.Expunge(x.ctx, x.view.folder, marked)
	return answer(err)
}

func (x *session) Copy(set imap.NumSet, dest string) (*imap.CopyData, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.copy(set, dest, false)
}

// Move is RFC 6851: in the store it is one transaction.
func (x *session) Move(w *imapserver.MoveWriter, set imap.NumSet, dest string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := x.writable(); err != nil {
		return err
	}
	data, err := x.copy(set, dest, true)
	if err != nil || data == nil {
		return err
	}
	return w.WriteCopyData(data)
}

func (x *session) copy(set imap.NumSet, dest string, move bool) (*imap.CopyData, error) {
	c, err := x.store.Copy(x.ctx, x.view.folder, x.view.pick(set), dest, move)
	if err != nil {
		return nil, tryCreate(err)
	}
	if len(c.Source) == 0 {
		return nil, nil
	}
	data := &imap.CopyData{UIDValidity: c.UIDValidity}
	for i := range c.Source {
		data.SourceUIDs.AddNum(imap.UID(c.Source[i]))
		data.DestUIDs.AddNum(imap.UID(c.Dest[i]))
	}
	return data, nil
}

// Package mailsync keeps the local copy in step with a mailbox: over IMAP by UIDs and flags, over POP3 by unique-ids
// with the rule that nothing is deleted there before it is durable here.
package mailsync

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/imap"
)

// Findings in Result.Refused. The changes were put back.
const (
	CodeRefused = "change.refused" // the server said no
	CodeOrphan  = "change.orphan"  // UIDVALIDITY changed and the message cannot be found again
)

// Result says what a sync changed.
type Result struct {
	New, Changed, Removed, Total int
	Refused                      []trace.Finding
	Asks                         []trace.Finding
}

func (r *Result) add(o Result) {
	r.New += o.New
	r.Changed += o.Changed
	r.Removed += o.Removed
	r.Refused = append(r.Refused, o.Refused...)
	r.Asks = append(r.Asks, o.Asks...)
}

// IMAP synchronises one account over one connection.
type IMAP struct {
	Store    *store.Store
	Client   *imap.Client
	Account  string
	Now      func() time.Time
	Progress func(doing string, done, of int) // may be nil
}

func (m *IMAP) tell(doing string, done, of int) {
	if m.Progress != nil {
		m.Progress(doing, done, of)
	}
}

// Folders brings the folder list up to date.
func (m *IMAP) Folders(ctx context.Context) error {
	m.tell("folders", 0, 0)
	folders, err := m.Client.Folders(ctx)
	if err != nil {
		return err
	}
	return m.Store.PutFolders(ctx, m.Account, folders)
}

// Folder brings one folder up to date: pending changes first, then what the server has that we lack (newest first,
// each chunk visible at once), then flags, then what is gone there. Changes that could only be named by what came in go
// last.
func (m *IMAP) Folder(ctx context.Context, name string) (Result, error) {
	result, err := m.Push(ctx)
	if err != nil {
		return result, err
	}
	there, err := m.Client.Open(ctx, name, false)
	if err != nil {
		return result, err
	}
	here, err := m.here(ctx, there)
	if err != nil {
		return result, err
	}
	fetched, err := m.fill(ctx, here, there)
	result.add(fetched)
	result.Total = max(there.Total, 0)
	if err != nil {
		return result, err
	}
	if err := m.Store.PutFolderState(ctx, here.ID, there); err != nil {
		return result, err
	}
	if err := m.Store.MarkSynced(ctx, here.ID, m.Now()); err != nil {
		return result, err
	}
	late, err := m.Push(ctx)
	result.add(late)
	if err != nil {
		return result, err
	}
	lost, err := m.orphans(ctx)
	result.Refused = append(result.Refused, lost...)
	if err != nil || len(lost) == 0 {
		return result, err
	}
	return result, m.Store.MarkSynced(ctx, here.ID, m.Now()) // removes the rows that came back without a message
}

// here gives the stored folder, made if it is new. When UIDVALIDITY changed, every stored UID is worthless (RFC 9051
// section 2.3.1.1): rows are matched again by Message-ID as they come in.
func (m *IMAP) here(ctx context.Context, there mail.Folder) (store.Folder, error) {
	here, err := m.Store.EnsureFolder(ctx, m.Account, there)
	if err != nil || here.UIDValidity == there.UIDValidity {
		return here, err
	}
	here.HighestModSeq = 0
	return here, m.Store.ResetFolder(ctx, here.ID, there.UIDValidity)
}

// orphans puts back changes whose messages cannot be found again after a new UIDVALIDITY, and reports them.
func (m *IMAP) orphans(ctx context.Context) ([]trace.Finding, error) {
	lost, err := m.Store.Orphans(ctx, m.Account)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	counts := map[string]int{}
	ids := make([]int64, len(lost))
	for i, p := range lost {
		ids[i] = p.ID
		counts[p.Folder]++
	}
	var found []trace.Finding
	for _, folder := range slices.Sorted(maps.Keys(counts)) {
		found = append(found, trace.Finding{Code: CodeOrphan, Level: trace.Fail, Args: map[string]string{
			"folder": folder, "count": strconv.Itoa(counts[folder]),
		}})
	}
	return found, m.Store.Refuse(ctx, ids, "the message cannot be found again")
}

// fill makes the stored rows equal to the server's.
func (m *IMAP) fill(ctx context.Context, here store.Folder, there mail.Folder) (Result, error) {
	var r Result
	stored, err := m.Store.IDFlags(ctx, here.ID)
	if err != nil {
		return r, err
	}
	if len(stored) == 0 {
		added, err := m.fetch(ctx, here, nil, there.Total)
		r.New = added
		return r, err
	}
	uids, err := m.Client.UIDs(ctx)
	if err != nil {
		return r, err
	}
	missing, gone := difference(uids, stored)
	if len(missing) > 0 {
		if r.New, err = m.fetch(ctx, here, missing, len(missing)); err != nil {
			return r, err
		}
	}
	if r.Removed, err = m.Store.RemoveIDs(ctx, here.ID, gone); err != nil {
		return r, err
	}
	r.Changed, err = m.flags(ctx, here, there, stored)
	return r, err
}

// difference compares the server's UIDs with the stored ones. It makes no string for each UID: there may be 100,000.
func difference(uids []uint32, stored map[mail.ID]mail.Flags) (missing []uint32, gone []mail.ID) {
	there := slices.Clone(uids)
	slices.Sort(there)
	var id []byte
	for _, uid := range uids {
		id = strconv.AppendUint(id[:0], uint64(uid), 10)
		if _, ok := stored[mail.ID(id)]; !ok {
			missing = append(missing, uid)
		}
	}
	for id := range stored {
		uid, err := strconv.ParseUint(string(id), 10, 32)
		if _, found := slices.BinarySearch(there, uint32(uid)); !found || err != nil {
			gone = append(gone, id)
		}
	}
	return missing, gone
}

// idOf is the message id of a UID.
func idOf(uid uint32) mail.ID { return mail.ID(strconv.FormatUint(uint64(uid), 10)) }

// fetch stores envelopes, newest first; uids nil means all.
func (m *IMAP) fetch(ctx context.Context, here store.Folder, uids []uint32, of int) (int, error) {
	added, seen := 0, 0
	w := startWriting(func(chunk []mail.Message) error {
		n, err := m.Store.PutMessages(ctx, here.ID, chunk)
		added += n
		seen += len(chunk)
		m.tell("list", seen, of)
		return err
	})
	err := m.Client.Envelopes(ctx, imap.EnvelopeRange{UIDs: uids}, w.give)
	err = cmp.Or(w.end(), err)
	return added, err
}

// flags brings the stored flags up to date: with CONDSTORE only those that changed since the last sync.
func (m *IMAP) flags(ctx context.Context, here store.Folder, there mail.Folder, stored map[mail.ID]mail.Flags) (int, error) {
	if there.HighestModSeq != 0 && there.HighestModSeq == here.HighestModSeq {
		return 0, nil
	}
	since := here.HighestModSeq
	if there.HighestModSeq == 0 {
		since = 0
	}
	m.tell("flags", 0, len(stored))
	changed := map[mail.ID]store.FlagState{}
	err := m.Client.Flags(ctx, imap.FlagRange{ChangedSince: since}, func(uid uint32, f mail.Flags, modSeq uint64) error {
		id := idOf(uid)
		if old, ok := stored[id]; ok && old != f {
			changed[id] = store.FlagState{Flags: f, ModSeq: modSeq}
		}
		return nil
	})
	if err != nil || len(changed) == 0 {
		return 0, err
	}
	return m.Store.PutFlags(ctx, here.ID, changed)
}

// Push tells the server every pending change of the account, in order. A refusal puts the change back and is
// reported; a broken connection leaves the rest pending.
func (m *IMAP) Push(ctx context.Context) (Result, error) {
	var r Result
	for {
		pending, err := m.Store.PendingChanges(ctx, m.Account)
		if err != nil {
			return r, err
		}
		group := nextGroup(pending)
		if len(group) == 0 {
			return r, nil
		}
		m.tell("changes", 0, len(pending))
		refused, err := m.pushGroup(ctx, group)
		if err != nil {
			return r, err
		}
		if refused != nil {
			r.Refused = append(r.Refused, *refused)
		}
	}
}

// groupLimit bounds the UIDs of one command; a command line may hold at most 8192 octets (RFC 9051 section 4).
const groupLimit = 500

// nextGroup gives the first changes that one command can carry. A change of a message whose UID is not known yet
// waits for the next sync of its folder.
func nextGroup(pending []store.Pending) []store.Pending {
	var group []store.Pending
	for _, p := range pending {
		if p.ServerID == "" {
			continue
		}
		if len(group) > 0 && !sameCommand(group[0], p) || len(group) == groupLimit {
			break
		}
		group = append(group, p)
	}
	return group
}

func sameCommand(a, b store.Pending) bool {
	return a.Folder == b.Folder && a.Verb == b.Verb && a.Target == b.Target && a.Flags == b.Flags && a.On == b.On
}

func (m *IMAP) pushGroup(ctx context.Context, group []store.Pending) (*trace.Finding, error) {
	ids := make([]int64, len(group))
	messages := make([]mail.ID, len(group))
	for i, p := range group {
		ids[i], messages[i] = p.ID, p.ServerID
	}
	var moved map[mail.ID]mail.ID
	err := m.meet(ctx, group[0])
	current := false
	if err == nil {
		current, err = m.open(ctx, group[0])
	}
	if current {
		moved, err = m.do(ctx, group[0], messages)
	}
	if said, refused := refusal(err); refused {
		f := trace.Finding{Code: CodeRefused, Level: trace.Fail, Args: map[string]string{
			"verb": group[0].Verb, "folder": group[0].Folder, "target": group[0].Target,
			"count": strconv.Itoa(len(group)), "said": said,
		}}
		return &f, m.Store.Refuse(ctx, ids, said)
	}
	if err != nil || !current {
		return nil, err
	}
	newIDs := make(map[int64]mail.ID, len(moved))
	for _, p := range group {
		if id, ok := moved[p.ServerID]; ok {
			newIDs[p.ID] = id
		}
	}
	return nil, m.Store.Confirm(ctx, ids, newIDs)
}

// refusal reports whether err is the server's no, not a failure of the connection.
func refusal(err error) (said string, refused bool) {
	var no *imap.Error
	if errors.As(err, &no) {
		return no.Text, no.Status != "BYE" && !no.Temporary()
	}
	var lacks *imap.NotOfferedError
	if errors.As(err, &lacks) {
		return lacks.Error(), true
	}
	return "", false
}

// meet learns the UIDVALIDITY of a target that was never opened, so that the ids which the server gives there (COPYUID)
// belong to one.
func (m *IMAP) meet(ctx context.Context, p store.Pending) error {
	if p.Verb != store.VerbMove && p.Verb != store.VerbCopy {
		return nil
	}
	target, err := m.Store.Folder(ctx, m.Account, p.Target)
	if store.IsCode(err, store.CodeNotFound) {
		return nil // the server has the last word
	}
	if err != nil || target.UIDValidity != 0 || target.Local {
		return err
	}
	there, err := m.Client.Open(ctx, p.Target, true)
	if err != nil {
		return err
	}
	return m.Store.ResetFolder(ctx, target.ID, there.UIDValidity)
}

// open makes the folder of a change the current one. current is false when its UIDVALIDITY is not the stored one: then
// the ids of the change may name other messages, and it waits until the folder's rows are matched again.
func (m *IMAP) open(ctx context.Context, p store.Pending) (current bool, err error) {
	there, err := m.Client.Open(ctx, p.Folder, false)
	if err != nil {
		return false, err
	}
	here, err := m.Store.Folder(ctx, m.Account, p.Folder)
	if err != nil {
		return false, err
	}
	if here.UIDValidity == there.UIDValidity {
		return true, nil
	}
	return false, m.Store.ResetFolder(ctx, here.ID, there.UIDValidity)
}

// do carries out one group of equal changes on the server, in the open folder.
func (m *IMAP) do(ctx context.Context, p store.Pending, ids []mail.ID) (map[mail.ID]mail.ID, error) {
	switch p.Verb {
	case store.VerbFlag:
		return nil, m.Client.SetFlags(ctx, ids, p.Flags, p.On)
	case store.VerbMove:
		return m.Client.Move(ctx, ids, p.Target)
	case store.VerbCopy:
		return m.Client.Copy(ctx, ids, p.Target)
	case store.VerbDelete:
		return nil, m.Client.Delete(ctx, ids)
	}
	return nil, errors.New("unknown pending change " + p.Verb)
}

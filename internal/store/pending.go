package store

import (
	"context"
	"database/sql"
	"errors"

	"todoku/internal/mail"
)

// States of a pending change. Done ones stay for Undo.
const (
	stateWaiting = "waiting"
	stateDone    = "done"
	stateRefused = "refused"
	stateUndone  = "undone"
)

// keptChanges is how many changes of an account stay for Undo.
const keptChanges = 200

// pendingRow is a Pending with what only this package needs.
type pendingRow struct {
	Pending
	was   mail.Flags
	state string
	size  int64
}

const pendingColumns = `p.id, p.change_id, p.account, p.folder_name, p.folder, p.message, p.source, p.message_id,
	coalesce(p.server_id, ''), p.verb, p.flags, p.is_on, p.target_name, p.target, p.local_only, p.orphan, p.was, p.state, p.size,
	c.made, c.undoes`

const pendingFrom = " FROM pending p JOIN changes c ON c.id = p.change_id "

func scanPending(row scanner) (pendingRow, error) {
	var p pendingRow
	var made int64
	err := row.Scan(&p.ID, &p.ChangeID, &p.Account, &p.Folder, &p.FolderID, &p.Key, &p.Source, &p.MessageID,
		&p.ServerID, &p.Verb, &p.Flags, &p.On, &p.Target, &p.TargetID, &p.LocalOnly, &p.Orphan, &p.was, &p.state, &p.size,
		&made, &p.Undoes)
	p.Made = timeOf(made)
	return p, err
}

// pendings reads changes; the query ends in conditions and order over p and c.
func (t *tx) pendings(where string, args ...any) ([]pendingRow, error) {
	var list []pendingRow
	err := t.each("SELECT "+pendingColumns+pendingFrom+where, args, func(row scanner) error {
		p, err := scanPending(row)
		list = append(list, p)
		return err
	})
	return list, err
}

// waiting reads waiting changes; and is more conditions and the order.
func (t *tx) waiting(and string, args ...any) ([]pendingRow, error) {
	return t.pendings("WHERE p.state = 'waiting' "+and, args...)
}

// heldBack are the messages of a folder that the server still has there and that are shown elsewhere or nowhere.
type heldBack struct {
	byID      map[mail.ID]bool
	unmatched map[string]pendingRow // by Message-ID: lost their id when UIDVALIDITY changed
}

func (t *tx) heldBack(folderID int64) (heldBack, error) {
	h := heldBack{byID: map[mail.ID]bool{}, unmatched: map[string]pendingRow{}}
	list, err := t.waiting("AND p.folder = ? AND p.verb IN ('move', 'delete') ORDER BY p.id", folderID)
	for _, p := range list {
		if p.ServerID != "" {
			h.byID[p.ServerID] = true
		} else if p.MessageID != "" {
			h.unmatched[p.MessageID] = p
		}
	}
	return h, err
}

// match finds the change whose message comes back under a new id: the same Message-ID and the same size.
func (h heldBack) match(m *mail.Message) (pendingRow, bool) {
	p, ok := h.unmatched[m.Envelope.MessageID]
	return p, ok && p.size == m.Size
}

// nameHeld gives the changes of a message that is shown elsewhere its new id in the folder.
func (in *intake) nameHeld(p pendingRow, id mail.ID) error {
	delete(in.held.unmatched, p.MessageID)
	in.held.byID[id] = true
	return in.nameWaiting(p.Key, p.FolderID, id)
}

// settle makes what is shown of a row follow from what the server said and what still waits: its flags, its number of
// waiting changes, and whether POP3 counts it as deleted here.
func (t *tx) settle(key int64) error {
	var server, shown mail.Flags
	var count int
	err := t.row("SELECT server_flags, flags, pending FROM messages WHERE key = ?", key).Scan(&server, &shown, &count)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	list, err := t.waiting("AND p.message = ? ORDER BY p.id", key)
	if err != nil {
		return err
	}
	now := server
	for _, p := range list {
		if p.Verb == VerbFlag {
			now = withFlags(now, p.Flags, p.On)
		}
	}
	if now != shown || len(list) != count {
		if err := t.exec("UPDATE messages SET flags = ?, pending = ? WHERE key = ?", now, len(list), key); err != nil {
			return err
		}
	}
	return t.exec(`UPDATE ledger SET deleted_here = iif((SELECT coalesce(f.role, 'trash') FROM messages m
		LEFT JOIN folders f ON f.id = m.folder WHERE m.key = ?1) = 'trash', iif(deleted_here, deleted_here, ?2), 0) WHERE message = ?1`,
		key, nanos(t.s.now()))
}

func withFlags(f, change mail.Flags, on bool) mail.Flags {
	if on {
		return f | change
	}
	return f &^ change
}

// PendingChanges gives what the server is to be told, in this order. Left out are changes whose message has no id yet
// (it comes with the confirmation of an earlier one) and orphans.
func (s *Store) PendingChanges(ctx context.Context, account string) ([]Pending, error) {
	return s.listPending(ctx, "list pending changes", account, "AND p.server_id IS NOT NULL AND NOT p.orphan")
}

// Orphans gives waiting changes whose message cannot be named any more: the folder is gone, or its UIDVALIDITY changed
// and no message there has the same Message-ID and size. They wait for the person; Refuse puts them back.
func (s *Store) Orphans(ctx context.Context, account string) ([]Pending, error) {
	return s.listPending(ctx, "list orphans", account, "AND p.orphan")
}

func (s *Store) listPending(ctx context.Context, op, account, and string) ([]Pending, error) {
	var list []Pending
	err := s.each(ctx, "SELECT "+pendingColumns+pendingFrom+"WHERE p.state = 'waiting' AND p.account = ? "+and+" ORDER BY p.id",
		[]any{account}, func(row scanner) error {
			p, err := scanPending(row)
			list = append(list, p.Pending)
			return err
		})
	return list, s.fail(op, err)
}

package store

import (
	"context"
	"slices"

	"todoku/internal/mail"
)

// Confirm says that the server did these changes. newIDs maps a Pending.ID to the message's id in the target folder
// where the server told it (COPYUID, RFC 4315); without it the next sync of that folder finds it by Message-ID. A change
// that was undone while the server did it is turned into one that takes it back there too.
func (s *Store) Confirm(ctx context.Context, ids []int64, newIDs map[int64]mail.ID) error {
	return s.write(ctx, "confirm changes", func(t *tx) error {
		for _, id := range ids {
			list, err := t.pendings("WHERE p.id = ?", id)
			if err != nil {
				return err
			}
			for _, p := range list {
				if err := t.confirm(p, newIDs[id]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (t *tx) confirm(p pendingRow, newID mail.ID) error {
	switch p.state {
	case stateUndone:
		return t.confirmUndone(p, newID)
	case stateWaiting:
	default:
		return nil
	}
	if err := t.exec("UPDATE pending SET state = 'done' WHERE id = ?", p.ID); err != nil {
		return err
	}
	switch p.Verb {
	case VerbFlag:
		if err := t.serverFlags(p.Key, p.Flags, p.On); err != nil {
			return err
		}
	case VerbMove, VerbCopy:
		if err := t.arrived(p, newID); err != nil {
			return err
		}
	case VerbDelete:
		return t.exec("DELETE FROM messages WHERE key = ? AND folder IS NULL", p.Key)
	}
	return t.settle(p.Key)
}

func (t *tx) serverFlags(key int64, flags mail.Flags, on bool) error {
	if on {
		return t.exec("UPDATE messages SET server_flags = server_flags | ? WHERE key = ?", flags, key)
	}
	return t.exec("UPDATE messages SET server_flags = server_flags & ~? WHERE key = ?", flags, key)
}

// arrived gives a moved or copied row its id in the target folder. A sync of that folder may have been faster: its row
// is the same message and gives way, for ours has the key that everybody knows, and the body.
func (t *tx) arrived(p pendingRow, newID mail.ID) error {
	if newID == "" {
		return nil
	}
	if err := t.exec("DELETE FROM messages WHERE folder = ? AND server_id = ? AND key <> ?", p.TargetID, newID, p.Key); err != nil {
		return err
	}
	if err := t.exec("UPDATE messages SET server_id = ? WHERE key = ? AND folder = ?", newID, p.Key, p.TargetID); err != nil {
		return err
	}
	return t.nameWaiting(p.Key, p.TargetID, newID)
}

// confirmUndone is for a change that the server did although the person had taken it back meanwhile. A copy or a
// deletion of that kind is left to the next sync, which shows what there is.
func (t *tx) confirmUndone(p pendingRow, newID mail.ID) error {
	if err := t.exec("UPDATE pending SET state = 'done' WHERE id = ?", p.ID); err != nil {
		return err
	}
	switch p.Verb {
	case VerbFlag:
		return t.unflag(p)
	case VerbMove:
		return t.moveBack(p, newID)
	}
	return nil
}

func (t *tx) unflag(p pendingRow) error {
	if err := t.serverFlags(p.Key, p.Flags, p.On); err != nil {
		return err
	}
	if err := t.settle(p.Key); err != nil || p.changedBits() == 0 {
		return err
	}
	_, err := t.apply([]Pending{{Key: p.Key, Verb: VerbFlag, Flags: p.changedBits(), On: !p.On}}, p.ChangeID)
	return err
}

// moveBack: for the server the message is in the target now, and from there it goes back. It stays shown where the
// person put it meanwhile; what waits for it there gets its id with the confirmation of the way back.
func (t *tx) moveBack(p pendingRow, newID mail.ID) error {
	var shown *int64
	if err := t.row("SELECT folder FROM messages WHERE key = ?", p.Key).Scan(&shown); err != nil {
		return err
	}
	if err := t.exec("UPDATE pending SET server_id = NULL WHERE state = 'waiting' AND message = ? AND folder = ?", p.Key, p.FolderID); err != nil {
		return err
	}
	if err := t.exec("UPDATE messages SET folder = ?, server_id = nullif(?, '') WHERE key = ?", p.TargetID, newID, p.Key); err != nil {
		return err
	}
	if _, err := t.apply([]Pending{{Key: p.Key, Verb: VerbMove, Target: p.Folder}}, p.ChangeID); err != nil {
		return err
	}
	if err := t.exec("UPDATE messages SET folder = ? WHERE key = ?", shown, p.Key); err != nil {
		return err
	}
	return t.settle(p.Key)
}

// changedBits are the flags that the change really changed, so that taking it back leaves the others.
func (p pendingRow) changedBits() mail.Flags {
	if p.On {
		return p.Flags &^ p.was
	}
	return p.Flags & p.was
}

// Refuse says that the server refused these changes: what is shown goes back, and so do later changes that rest on them.
func (s *Store) Refuse(ctx context.Context, ids []int64, reason string) error {
	return s.write(ctx, "put changes back", func(t *tx) error {
		for _, id := range ids {
			list, err := t.waiting("AND p.id = ?", id)
			if err != nil {
				return err
			}
			for _, p := range list {
				if err := t.putBack(p, stateRefused, reason); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// putBack ends a waiting change as refused or undone and shows the message as it was without it.
func (t *tx) putBack(p pendingRow, state, reason string) error {
	if err := t.exec("UPDATE pending SET state = ?, reason = ?, orphan = 0 WHERE id = ?", state, reason, p.ID); err != nil {
		return err
	}
	switch p.Verb {
	case VerbCopy:
		return t.removeRow(p.Key)
	case VerbMove, VerbDelete:
		later, err := t.waiting("AND (p.message = ?1 OR p.source = ?1) AND p.id > ?2 AND p.verb <> 'flag' ORDER BY p.id DESC", p.Key, p.ID)
		if err != nil {
			return err
		}
		for _, l := range later {
			if err := t.putBack(l, state, reason); err != nil {
				return err
			}
		}
		if err := t.returnRow(p); err != nil {
			return err
		}
	}
	return t.settle(p.Key)
}

// returnRow brings a row back to the folder where the server has it; without that folder the row goes.
func (t *tx) returnRow(p pendingRow) error {
	var there bool
	if err := t.row("SELECT EXISTS (SELECT 1 FROM folders WHERE id = ?)", p.FolderID).Scan(&there); err != nil {
		return err
	}
	if !there {
		return t.removeRow(p.Key)
	}
	if p.ServerID != "" {
		if err := t.exec("DELETE FROM messages WHERE folder = ? AND server_id = ? AND key <> ?", p.FolderID, p.ServerID, p.Key); err != nil {
			return err
		}
	}
	if err := t.exec("UPDATE messages SET folder = ?, server_id = nullif(?, '') WHERE key = ?", p.FolderID, p.ServerID, p.Key); err != nil {
		return err
	}
	return t.exec(`UPDATE pending SET folder = ?1, folder_name = ?2, server_id = nullif(?3, '')
		WHERE state = 'waiting' AND verb = 'flag' AND message = ?4 AND folder = ?5`, p.FolderID, p.Folder, p.ServerID, p.Key, p.TargetID)
}

// Undo takes back a change; changeID 0 means the newest that can be taken back. What the server had not yet confirmed is
// simply forgotten; for what it had, new waiting changes do the opposite, and wasConfirmed is true. CodeNotFound: there
// is nothing to undo. CodeFinal: the messages are gone. CodeState: a newer change rests on it and has to be undone first.
func (s *Store) Undo(ctx context.Context, changeID int64) (undone []Pending, wasConfirmed bool, err error) {
	err = s.write(ctx, "undo", func(t *tx) error {
		undone, wasConfirmed, err = t.undo(changeID)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return undone, wasConfirmed, nil
}

func (t *tx) undo(changeID int64) (undone []Pending, wasConfirmed bool, err error) {
	if changeID == 0 {
		err := t.row(`SELECT c.id FROM changes c WHERE NOT c.undone AND c.undoes = 0 AND EXISTS (
			SELECT 1 FROM pending p WHERE p.change_id = c.id AND (p.state = 'waiting' OR p.state = 'done' AND p.verb <> 'delete'))
			ORDER BY c.id DESC LIMIT 1`).Scan(&changeID)
		if err != nil {
			return nil, false, err
		}
	}
	n, err := t.affected("UPDATE changes SET undone = 1 WHERE id = ? AND NOT undone", changeID)
	if err != nil {
		return nil, false, err
	}
	if n == 0 {
		return nil, false, refuse(CodeNotFound, "change %d", changeID)
	}
	list, err := t.pendings("WHERE p.change_id = ? ORDER BY p.id DESC", changeID)
	if err != nil {
		return nil, false, err
	}
	var back []Pending
	for _, p := range list {
		switch p.state {
		case stateWaiting:
			if err := t.undoWaiting(p); err != nil {
				return nil, false, err
			}
		case stateDone:
			b, ok, err := t.opposite(p)
			if err != nil {
				return nil, false, err
			}
			if !ok {
				continue
			}
			back = append(back, b)
			wasConfirmed = wasConfirmed || !p.LocalOnly
		default:
			continue
		}
		undone = append(undone, p.Pending)
	}
	if len(undone) == 0 {
		return nil, false, refuse(CodeFinal, "change %d", changeID)
	}
	slices.Reverse(undone)
	_, err = t.apply(back, changeID)
	return undone, wasConfirmed, err
}

func (t *tx) undoWaiting(p pendingRow) error {
	if p.Verb != VerbFlag {
		var later int
		err := t.row(`SELECT count(*) FROM pending WHERE state = 'waiting' AND (message = ?1 OR source = ?1) AND id > ?2
			AND verb <> 'flag' AND change_id <> ?3`, p.Key, p.ID, p.ChangeID).Scan(&later)
		if err != nil {
			return err
		}
		if later > 0 {
			return refuse(CodeState, "a newer change of the same message waits; undo that first")
		}
	}
	return t.putBack(p, stateUndone, "")
}

// opposite is the change that takes a confirmed one back, if the message is still where it went.
func (t *tx) opposite(p pendingRow) (Pending, bool, error) {
	var here bool
	err := t.row("SELECT EXISTS (SELECT 1 FROM messages WHERE key = ? AND folder IS NOT NULL AND (? = 0 OR folder = ?))",
		p.Key, p.TargetID, p.TargetID).Scan(&here)
	if err != nil || !here {
		return Pending{}, false, err
	}
	b := Pending{Key: p.Key, LocalOnly: p.LocalOnly}
	switch p.Verb {
	case VerbFlag:
		b.Verb, b.Flags, b.On = VerbFlag, p.changedBits(), !p.On
		return b, b.Flags != 0, nil
	case VerbMove:
		b.Verb, b.Target = VerbMove, p.Folder
		return b, true, nil
	case VerbCopy:
		b.Verb = VerbDelete
		return b, true, nil
	}
	return Pending{}, false, nil
}

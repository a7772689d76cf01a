package store

import (
	"context"

	"todoku/internal/mail"
)

// place is a row's whereabouts, as a change needs them.
type place struct {
	key       int64
	folder    Folder
	serverID  any // string or nil
	flags     mail.Flags
	messageID string
	size      int64
	received  int64
	mayCross  bool // between folders of the server and Local ones, because no server is asked (POP3)
}

func (t *tx) place(key int64) (place, error) {
	p := place{key: key}
	var folderID int64
	err := t.row("SELECT folder, server_id, flags, message_id, size, received FROM messages WHERE key = ? AND folder IS NOT NULL", key).
		Scan(&folderID, &p.serverID, &p.flags, &p.messageID, &p.size, &p.received)
	if err != nil {
		return p, err
	}
	p.folder, err = t.folder(folderID)
	return p, err
}

// Apply shows changes at once and records them for the server, in one transaction. All belong to one account. A
// message for which nothing would change is left out; changeID is 0 when that holds for all of them.
func (s *Store) Apply(ctx context.Context, changes []Pending) (changeID int64, err error) {
	err = s.write(ctx, "apply a change", func(t *tx) error {
		changeID, err = t.apply(changes, 0)
		return err
	})
	if err != nil {
		return 0, err
	}
	return changeID, nil
}

func (t *tx) apply(changes []Pending, undoes int64) (int64, error) {
	if len(changes) == 0 {
		return 0, nil
	}
	first, err := t.place(changes[0].Key)
	if err != nil {
		return 0, err
	}
	account := first.folder.Account
	id, err := t.insert("INSERT INTO changes (account, made, undoes) VALUES (?, ?, ?)", account, nanos(t.s.now()), undoes)
	if err != nil {
		return 0, err
	}
	done := 0
	for _, p := range changes {
		if err := t.stop(); err != nil {
			return 0, err
		}
		did, err := t.applyOne(id, account, p)
		if err != nil {
			return 0, err
		}
		if did {
			done++
		}
	}
	if done == 0 {
		return 0, t.exec("DELETE FROM changes WHERE id = ?", id)
	}
	return id, t.forgetChanges(account)
}

func (t *tx) applyOne(changeID int64, account string, p Pending) (bool, error) {
	at, err := t.place(p.Key)
	if err != nil {
		return false, err
	}
	if at.folder.Account != account {
		return false, refuse(CodeInput, "one change is for one account")
	}
	p.ChangeID, p.Account = changeID, account
	at.mayCross = p.LocalOnly
	p.LocalOnly = p.LocalOnly || at.folder.Local
	switch p.Verb {
	case VerbFlag:
		return t.applyFlag(at, p)
	case VerbMove, VerbCopy:
		return t.applyMove(at, p)
	case VerbDelete:
		return true, t.applyDelete(at, p)
	}
	return false, refuse(CodeInput, "no change is called %q", p.Verb)
}

func (t *tx) applyFlag(at place, p Pending) (bool, error) {
	if withFlags(at.flags, p.Flags, p.On) == at.flags {
		return false, nil
	}
	if p.LocalOnly {
		err := t.exec("UPDATE messages SET server_flags = ? WHERE key = ?", withFlags(at.flags, p.Flags, p.On), at.key)
		if err != nil {
			return false, err
		}
	}
	if err := t.record(at, p, at.flags&p.Flags); err != nil {
		return false, err
	}
	return true, t.settle(at.key)
}

func (t *tx) applyMove(at place, p Pending) (bool, error) {
	target, err := scanFolder(t.row("SELECT "+folderColumns+" FROM folders WHERE account = ? AND name = ?", p.Account, p.Target))
	if err != nil {
		return false, refuse(CodeNotFound, "folder %s", p.Target)
	}
	if target.Local != at.folder.Local && !at.mayCross || target.NoSelect {
		return false, refuse(CodeState, "messages cannot go from %s to %s", at.folder.Name, target.Name)
	}
	p.TargetID = target.ID
	if p.Verb == VerbCopy {
		p.Source = at.key
		if p.Key, err = t.copyRow(at, target.ID); err != nil {
			return false, err
		}
		if err := t.record(at, p, 0); err != nil {
			return false, err
		}
		return true, t.settle(p.Key)
	}
	if target.ID == at.folder.ID {
		return false, nil
	}
	if err := t.record(at, p, 0); err != nil {
		return false, err
	}
	// A message that comes back to a POP3 inbox has its unique-id there as before.
	if err := t.exec(`UPDATE messages SET folder = ?1, server_id = iif(?2, (SELECT uidl FROM ledger WHERE message = key), NULL)
		WHERE key = ?3`, target.ID, p.LocalOnly && !target.Local, at.key); err != nil {
		return false, err
	}
	return true, t.settle(at.key)
}

// copyRow makes a second row with the body; the text for search has to be given anew.
func (t *tx) copyRow(at place, folderID int64) (int64, error) {
	var m mail.Message
	var received int64
	var envelope []byte
	var r newRow
	err := t.row("SELECT flags, size, received, has_file, stored, bounced, envelope FROM messages WHERE key = ?", at.key).
		Scan(&m.Flags, &m.Size, &received, &m.HasFile, &r.stored, &r.bounced, &envelope)
	if err != nil {
		return 0, err
	}
	m.Received = timeOf(received * 1e9)
	if m.Envelope, err = decodeEnvelope(envelope); err != nil {
		return 0, err
	}
	sequence, err := t.reserve(1)
	if err != nil {
		return 0, err
	}
	key, err := t.insertMessage(folderID, newKey(m.Received, sequence), &m, r)
	if err != nil {
		return 0, err
	}
	return key, t.exec("INSERT INTO bodies (message, raw) SELECT ?, raw FROM bodies WHERE message = ?", key, at.key)
}

// applyDelete takes the row out of sight until the server confirms. With nothing to ask, it is gone at once.
func (t *tx) applyDelete(at place, p Pending) error {
	if err := t.record(at, p, 0); err != nil {
		return err
	}
	if err := t.exec("UPDATE messages SET folder = NULL, server_id = NULL WHERE key = ?", at.key); err != nil {
		return err
	}
	if err := t.settle(at.key); err != nil || !p.LocalOnly {
		return err
	}
	return t.exec("DELETE FROM messages WHERE key = ?", at.key)
}

// record writes the change down, with where the message was before it.
func (t *tx) record(at place, p Pending, was mail.Flags) error {
	state := stateWaiting
	if p.LocalOnly {
		state = stateDone
	}
	return t.exec(`INSERT INTO pending (change_id, account, message, source, folder, folder_name, server_id, message_id, size, verb,
		flags, is_on, was, target, target_name, local_only, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ChangeID, p.Account, p.Key, p.Source, at.folder.ID, at.folder.Name, at.serverID, at.messageID, at.size, p.Verb,
		p.Flags, p.On, was, p.TargetID, p.Target, p.LocalOnly, state)
}

// forgetChanges drops the oldest changes, never one that waits.
func (t *tx) forgetChanges(account string) error {
	return t.exec(`DELETE FROM changes WHERE account = ?1 AND id < (
			SELECT min(id) FROM (SELECT id FROM changes WHERE account = ?1 ORDER BY id DESC LIMIT ?2))
		AND NOT EXISTS (SELECT 1 FROM pending WHERE change_id = changes.id AND state = 'waiting')`, account, keptChanges)
}

package store

import (
	"context"
	"time"

	"todoku/internal/mail"
)

const folderColumns = `id, account, name, delimiter, role, no_select, local, server_total, server_unread,
	uid_validity, uid_next, highest_mod_seq, synced, total, unread`

func scanFolder(row scanner) (Folder, error) {
	var f Folder
	var synced int64
	var total, unread int
	err := row.Scan(&f.ID, &f.Account, &f.Name, &f.Delimiter, &f.Role, &f.NoSelect, &f.Local, &f.Total, &f.Unread,
		&f.UIDValidity, &f.UIDNext, &f.HighestModSeq, &synced, &total, &unread)
	f.Synced = timeOf(synced)
	f.Rows = total
	if !f.Synced.IsZero() || f.Local || f.Total < 0 {
		f.Total = total
	}
	if !f.Synced.IsZero() || f.Local || f.Unread < 0 {
		f.Unread = unread
	}
	return f, err
}

// Folders lists an account's folders in the order PutFolders gave, the Local ones last.
func (s *Store) Folders(ctx context.Context, account string) ([]Folder, error) {
	var list []Folder
	err := s.each(ctx, "SELECT "+folderColumns+" FROM folders WHERE account = ? ORDER BY local, place, id", []any{account},
		func(row scanner) error {
			f, err := scanFolder(row)
			list = append(list, f)
			return err
		})
	return list, s.fail("list folders", err)
}

// Folder finds a folder by name; CodeNotFound if it is not there.
func (s *Store) Folder(ctx context.Context, account, name string) (Folder, error) {
	f, err := scanFolder(s.row(ctx, "SELECT "+folderColumns+" FROM folders WHERE account = ? AND name = ?", account, name))
	return f, s.fail("find folder "+name, err)
}

// folder reads a folder inside a transaction.
func (t *tx) folder(id int64) (Folder, error) {
	return scanFolder(t.row("SELECT "+folderColumns+" FROM folders WHERE id = ?", id))
}

// PutFolders makes the account's folders those that the server listed. Folders that vanished go with their rows, never
// a Local one; a change that waited for one of them becomes an orphan or is put back. It leaves UIDVALIDITY and the
// values tied to it alone: they belong to the rows (PutFolderState, ResetFolder).
func (s *Store) PutFolders(ctx context.Context, account string, folders []mail.Folder) error {
	return s.write(ctx, "put folders", func(t *tx) error {
		changed, err := t.dropVanished(account, folders)
		if err != nil {
			return err
		}
		for place, f := range folders {
			if f.Name == "" {
				return refuse(CodeInput, "a folder without a name")
			}
			n, err := t.affected(`INSERT INTO folders (account, name, place, delimiter, role, no_select, local, server_total, server_unread)
				VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (account, name) DO UPDATE SET
				place = ?3, delimiter = ?4, role = ?5, no_select = ?6, server_total = ?8, server_unread = ?9
				WHERE (place, delimiter, role, no_select, server_total, server_unread) IS NOT (?3, ?4, ?5, ?6, ?8, ?9)`,
				account, f.Name, place, f.Delimiter, f.Role, f.NoSelect, f.Local, f.Total, f.Unread)
			if err != nil {
				return err
			}
			changed = changed || n > 0
		}
		if !changed {
			return nil
		}
		return t.bump(account, "folders")
	})
}

// bump raises a version that subscribers, also those in other processes, compare.
func (t *tx) bump(account, what string) error {
	return t.exec("INSERT INTO versions VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1", account, what)
}

func (t *tx) dropVanished(account string, folders []mail.Folder) (bool, error) {
	names := make(map[string]bool, len(folders))
	for _, f := range folders {
		names[f.Name] = true
	}
	var gone []int64
	err := t.each("SELECT id, name FROM folders WHERE account = ? AND NOT local", []any{account}, func(row scanner) error {
		var id int64
		var name string
		err := row.Scan(&id, &name)
		if !names[name] {
			gone = append(gone, id)
		}
		return err
	})
	if err != nil {
		return false, err
	}
	for _, id := range gone {
		if err := t.dropFolder(id); err != nil {
			return false, err
		}
	}
	return len(gone) > 0, nil
}

func (t *tx) dropFolder(id int64) error {
	waiting, err := t.waiting("AND p.target = ? ORDER BY p.id", id)
	if err != nil {
		return err
	}
	for _, p := range waiting {
		if err := t.putBack(p, stateRefused, "the folder is gone"); err != nil {
			return err
		}
	}
	if err := t.exec("UPDATE pending SET server_id = NULL, orphan = 1 WHERE folder = ? AND state = 'waiting'", id); err != nil {
		return err
	}
	return t.exec("DELETE FROM folders WHERE id = ?", id)
}

// PutFolderState stores what SELECT or STATUS said. A UIDVALIDITY other than that of the stored rows is refused:
// ResetFolder comes first (RFC 9051 section 2.3.1.1).
func (s *Store) PutFolderState(ctx context.Context, id int64, f mail.Folder) error {
	return s.write(ctx, "put folder state", func(t *tx) error {
		old, err := t.folder(id)
		if err != nil {
			return err
		}
		if old.UIDValidity != 0 && f.UIDValidity != 0 && old.UIDValidity != f.UIDValidity {
			return refuse(CodeState, "UIDVALIDITY of %s changed from %d to %d", old.Name, old.UIDValidity, f.UIDValidity)
		}
		return t.exec(`UPDATE folders SET uid_validity = iif(?2 = 0, uid_validity, ?2), uid_next = ?3, highest_mod_seq = ?4,
			server_total = iif(?5 < 0, server_total, ?5), server_unread = iif(?6 < 0, server_unread, ?6),
			version = version + ((?5 >= 0 AND server_total <> ?5) OR (?6 >= 0 AND server_unread <> ?6)) WHERE id = ?1`,
			id, f.UIDValidity, f.UIDNext, f.HighestModSeq, f.Total, f.Unread)
	})
}

// MarkSynced says that the folder's rows were compared with the server's whole list at t. Rows that still wait for an
// id and have no pending change are removed; changes whose message is not on the list become orphans.
func (s *Store) MarkSynced(ctx context.Context, id int64, at time.Time) error {
	return s.write(ctx, "mark synced", func(t *tx) error {
		f, err := t.folder(id)
		if err != nil {
			return err
		}
		if !f.Local {
			if err := t.exec("DELETE FROM messages WHERE folder = ? AND server_id IS NULL AND pending = 0", id); err != nil {
				return err
			}
			if err := t.exec(`UPDATE pending SET orphan = 1 WHERE folder = ? AND state = 'waiting' AND server_id IS NULL AND NOT EXISTS (
				SELECT 1 FROM pending q WHERE q.message = iif(pending.source, pending.source, pending.message) AND q.id <> pending.id
				AND q.state = 'waiting' AND q.target = pending.folder)`, id); err != nil {
				return err
			}
		}
		return t.exec("UPDATE folders SET synced = ?, version = version + (synced = 0) WHERE id = ?", nanos(at), id)
	})
}

// ResetFolder is for a changed UIDVALIDITY: every row loses its id. PutMessages gives rows and waiting changes new ids
// by Message-ID and size; MarkSynced then removes the rest, or reports it (Orphans). An old UID is never used again.
func (s *Store) ResetFolder(ctx context.Context, id int64, uidValidity uint32) error {
	return s.write(ctx, "reset folder", func(t *tx) error {
		f, err := t.folder(id)
		if err != nil {
			return err
		}
		if f.Local {
			return refuse(CodeState, "%s is only on this disk", f.Name)
		}
		if err := t.exec("UPDATE messages SET server_id = NULL, mod_seq = 0 WHERE folder = ?", id); err != nil {
			return err
		}
		if err := t.exec("UPDATE pending SET server_id = NULL WHERE folder = ? AND state = 'waiting'", id); err != nil {
			return err
		}
		return t.exec("UPDATE folders SET uid_validity = ?, uid_next = 0, highest_mod_seq = 0, synced = 0, version = version + 1 WHERE id = ?", uidValidity, id)
	})
}

// nanos and timeOf keep times as Unix nanoseconds; 0 is the zero time.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func timeOf(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

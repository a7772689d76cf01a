package maildrop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"todoku/internal/mail"
)

// Delimiter separates the levels of a folder's name.
const Delimiter = "/"

const folderColumns = "SELECT id, user, name, role, uid_validity, uid_next, total, unseen, bytes, modseq, subscribed FROM folders"

type scanner interface{ Scan(...any) error }

func scanFolder(row scanner) (Folder, string, error) {
	var f Folder
	var user string
	var modseq int64
	err := row.Scan(&f.ID, &user, &f.Name, &f.Role, &f.UIDValidity, &f.UIDNext, &f.Total, &f.Unseen, &f.Bytes, &modseq, &f.Subscribed)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoFolder
	}
	f.ModSeq = uint64(modseq)
	return f, user, err
}

// canonical gives INBOX its one spelling (RFC 9051 section 5.1).
func canonical(name string) string {
	if strings.EqualFold(name, "INBOX") {
		return "INBOX"
	}
	if len(name) > 6 && strings.EqualFold(name[:6], "INBOX"+Delimiter) {
		return "INBOX" + name[5:]
	}
	return name
}

// maxFolderName is a limit of ours, in octets of UTF-8.
const maxFolderName = 250

func checkFolderName(name string) error {
	if name == "" || len(name) > maxFolderName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) ||
		strings.ContainsAny(name, "%*") {
		return ErrFolderName
	}
	if slices.Contains(strings.Split(name, Delimiter), "") {
		return ErrFolderName
	}
	return nil
}

// Folders lists the user's folders by name, INBOX first.
func (s *Store) Folders(ctx context.Context, address string) ([]Folder, error) {
	rows, err := s.read.QueryContext(ctx, folderColumns+" WHERE user = ? ORDER BY name <> 'INBOX', name", fold(address))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Folder
	for rows.Next() {
		f, _, err := scanFolder(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, rows.Err()
}

// Folder finds one folder of the user.
func (s *Store) Folder(ctx context.Context, address, name string) (Folder, error) {
	row := s.read.QueryRowContext(ctx, folderColumns+" WHERE user = ? AND name = ?", fold(address), canonical(name))
	f, _, err := scanFolder(row)
	if err != nil {
		return Folder{}, fmt.Errorf("maildrop: folder %q of %s: %w", name, address, err)
	}
	return f, nil
}

// CreateFolder creates a folder, and those above it.
func (s *Store) CreateFolder(ctx context.Context, address, name string, role mail.Role) error {
	address, name = fold(address), canonical(strings.TrimSuffix(name, Delimiter))
	if err := checkFolderName(name); err != nil {
		return err
	}
	return s.do(ctx, func(w *writer) error {
		if _, known := s.User(address); !known {
			return ErrNoUser
		}
		if _, err := w.folder(address, name); !errors.Is(err, ErrNoFolder) {
			return either(err, ErrFolderExist)
		}
		for i := range name {
			if name[i:i+1] != Delimiter {
				continue
			}
			if _, err := w.folder(address, name[:i]); err == nil {
				continue
			}
			if err := w.createFolder(address, name[:i], mail.RoleNone); err != nil {
				return err
			}
		}
		return w.createFolder(address, name, role)
	})
}

// either is err, or what to say if there was none.
func either(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// createFolder gives the folder a UIDVALIDITY that no folder of this store ever had.
func (w *writer) createFolder(user, name string, role mail.Role) error {
	validity, err := w.newValidity()
	if err != nil {
		return err
	}
	return w.exec(`INSERT INTO folders (user, name, role, uid_validity, uid_next, total, unseen, bytes, modseq, subscribed)
		VALUES (?, ?, ?, ?, 1, 0, 0, 0, 1, 1)`, user, name, string(role), validity)
}

func (w *writer) newValidity() (validity uint32, err error) {
	w.writes++
	err = w.conn.QueryRowContext(context.Background(), "UPDATE uid_validity SET last = max(last + 1, ?) RETURNING last",
		w.store.now().Unix()).Scan(&validity)
	return validity, err
}

// Renumber gives a folder a UIDVALIDITY that no folder of this store ever had.
func (s *Store) Renumber(ctx context.Context, folder int64) error {
	return s.do(ctx, func(w *writer) error {
		f, err := w.folderByID(folder)
		if err != nil {
			return err
		}
		validity, err := w.newValidity()
		if err != nil {
			return err
		}
		f.UIDValidity = validity
		return w.exec("UPDATE folders SET uid_validity = ? WHERE id = ?", validity, folder)
	})
}

// DeleteFolder deletes a folder and its messages; folders below it stay.
func (s *Store) DeleteFolder(ctx context.Context, address, name string) error {
	address, name = fold(address), canonical(name)
	if name == "INBOX" {
		return ErrInbox
	}
	return s.do(ctx, func(w *writer) error {
		f, err := w.folder(address, name)
		if err != nil {
			return err
		}
		uids, err := w.uids(f)
		if err != nil {
			return err
		}
		for _, uid := range uids {
			if _, err := w.remove(f, uid); err != nil {
				return err
			}
		}
		w.writes++
		f.dirty = false
		delete(w.folders, f.ID)
		delete(w.names, folderName{address, name})
		return w.exec("DELETE FROM folders WHERE id = ?", f.ID)
	})
}

// RenameFolder renames the folder and those below it. INBOX keeps its name and gives its messages to a new folder
// (RFC 9051 section 6.3.6).
func (s *Store) RenameFolder(ctx context.Context, address, name, newName string) error {
	address, name, newName = fold(address), canonical(name), canonical(strings.TrimSuffix(newName, Delimiter))
	if err := checkFolderName(newName); err != nil {
		return err
	}
	if strings.HasPrefix(newName, name+Delimiter) && name != "INBOX" {
		return ErrFolderName
	}
	return s.do(ctx, func(w *writer) error {
		f, err := w.folder(address, name)
		if err != nil {
			return err
		}
		if _, err := w.folder(address, newName); !errors.Is(err, ErrNoFolder) {
			return either(err, ErrFolderExist)
		}
		if name == "INBOX" {
			return w.renameInbox(f, newName)
		}
		if err := w.saveFolders(); err != nil {
			return err
		}
		w.writes++
		err = w.exec(`UPDATE folders SET name = ? || substr(name, ?) WHERE user = ? AND (name = ? OR substr(name, 1, ?) = ?)`,
			newName, utf8.RuneCountInString(name)+1, address, name, utf8.RuneCountInString(name)+1, name+Delimiter)
		w.forget()
		return err
	})
}

func (w *writer) renameInbox(f *folderState, newName string) error {
	uids, err := w.uids(f)
	if err != nil {
		return err
	}
	if err := w.createFolder(f.user, newName, mail.RoleNone); err != nil {
		return err
	}
	dest, err := w.folder(f.user, newName)
	if err != nil {
		return err
	}
	_, err = w.copy(f, uids, dest, true)
	return err
}

// SubscribeFolder changes what LSUB and LIST (SUBSCRIBED) show.
func (s *Store) SubscribeFolder(ctx context.Context, address, name string, on bool) error {
	address, name = fold(address), canonical(name)
	return s.do(ctx, func(w *writer) error {
		f, err := w.folder(address, name)
		if err != nil {
			return err
		}
		w.writes++
		f.Subscribed = on
		return w.exec("UPDATE folders SET subscribed = ? WHERE id = ?", on, f.ID)
	})
}

// folder finds a folder by name and keeps its counters.
func (w *writer) folder(user, name string) (*folderState, error) {
	if id, ok := w.names[folderName{user, name}]; ok {
		return w.folders[id], nil
	}
	f, err := w.keep(w.st.folderByName.QueryRow(user, name))
	if err == nil {
		w.names[folderName{user, name}] = f.ID
	}
	return f, err
}

func (w *writer) folderByID(id int64) (*folderState, error) {
	if f, ok := w.folders[id]; ok {
		return f, nil
	}
	return w.keep(w.st.folderByID.QueryRow(id))
}

func (w *writer) keep(row *sql.Row) (*folderState, error) {
	f, user, err := scanFolder(row)
	if err != nil {
		return nil, err
	}
	if known, ok := w.folders[f.ID]; ok {
		return known, nil
	}
	state := &folderState{Folder: f, user: user}
	w.folders[f.ID] = state
	return state, nil
}

func (w *writer) uids(f *folderState) ([]uint32, error) {
	rows, err := w.conn.QueryContext(context.Background(), "SELECT uid FROM messages WHERE folder = ? ORDER BY uid", f.ID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var uids []uint32
	for rows.Next() {
		var uid uint32
		if err := rows.Scan(&uid); err != nil {
			return nil, err
		}
		uids = append(uids, uid)
	}
	return uids, rows.Err()
}

package store

import (
	"context"

	"todoku/internal/mail"
)

// EnsureFolder gives the account's folder of that name, made if it is not there. An existing one is left as it is: the
// server's list (PutFolders) says more about it.
func (s *Store) EnsureFolder(ctx context.Context, account string, f mail.Folder) (Folder, error) {
	here, err := s.Folder(ctx, account, f.Name)
	if !IsCode(err, CodeNotFound) {
		return here, err
	}
	err = s.write(ctx, "make a folder", func(t *tx) error {
		if f.Name == "" {
			return refuse(CodeInput, "a folder without a name")
		}
		n, err := t.affected(`INSERT INTO folders (account, name, place, delimiter, role, no_select, local, server_total, server_unread)
			VALUES (?1, ?2, (SELECT COALESCE(MAX(place), -1) + 1 FROM folders WHERE account = ?1), ?3, ?4, ?5, ?6, ?7, ?8)
			ON CONFLICT (account, name) DO NOTHING`,
			account, f.Name, f.Delimiter, f.Role, f.NoSelect, f.Local, f.Total, f.Unread)
		if err != nil || n == 0 {
			return err
		}
		return t.bump(account, "folders")
	})
	if err != nil {
		return here, err
	}
	return s.Folder(ctx, account, f.Name)
}

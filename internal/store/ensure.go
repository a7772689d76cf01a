package store

import (
	"context"

	"todoku/internal/mail"
)

// EnsureFolder gives the account's folder of that name, made if it is not there. An existing one is left as it is: the
// server's list (PutFolders) says more about it.
func (s *Store) EnsureFolder(ctx context.Context, account string, f mail.Folder) (Folder, error) {
	if err := s.EnsureFolders(ctx, account, f); err != nil {
		return Folder{}, err
	}
	return s.Folder(ctx, account, f.Name)
}

// EnsureFolders makes those of the account's folders that are not there, in one transaction if there are any.
func (s *Store) EnsureFolders(ctx context.Context, account string, want ...mail.Folder) error {
	var missing []mail.Folder
	for _, f := range want {
		_, err := s.Folder(ctx, account, f.Name)
		if IsCode(err, CodeNotFound) {
			missing = append(missing, f)
		} else if err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return s.write(ctx, "make folders", func(t *tx) error {
		for _, f := range missing {
			if err := t.ensureFolder(account, f); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *tx) ensureFolder(account string, f mail.Folder) error {
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
}

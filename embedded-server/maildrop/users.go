package maildrop

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"todoku/internal/mail"
)

// fold makes addresses comparable: this store takes local parts in any case, as nearly every server does.
func fold(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// AddUser creates accounts with their usual folders, or changes the password and quota of existing ones, all in one
// transaction.
func (s *Store) AddUser(ctx context.Context, users ...User) error {
	users = slices.Clone(users)
	for i := range users {
		users[i].Address = fold(users[i].Address)
		if local, domain, ok := strings.Cut(users[i].Address, "@"); !ok || local == "" || domain == "" {
			return fmt.Errorf("maildrop: user %q: use local@domain", users[i].Address)
		}
	}
	err := s.do(ctx, func(w *writer) error {
		for _, u := range users {
			if err := w.addUser(u); err != nil {
				return fmt.Errorf("maildrop: adding %s: %w", u.Address, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range users {
		s.users[u.Address] = u
	}
	return nil
}

func (w *writer) addUser(u User) error {
	w.writes++
	err := w.exec("INSERT OR REPLACE INTO users (address, password, quota) VALUES (?, ?, ?)", u.Address, u.Password, u.Quota)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name string
		role mail.Role
	}{
		{"INBOX", mail.RoleInbox}, {"Drafts", mail.RoleDrafts}, {"Sent", mail.RoleSent},
		{"Archive", mail.RoleArchive}, {"Junk", mail.RoleJunk}, {"Trash", mail.RoleTrash},
	} {
		if _, err := w.folder(u.Address, f.name); err == nil {
			continue
		}
		if err := w.createFolder(u.Address, f.name, f.role); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) loadUsers(ctx context.Context) error {
	rows, err := s.conn.QueryContext(ctx, "SELECT address, password, quota FROM users")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var u User
		if err := rows.Scan(&u.Address, &u.Password, &u.Quota); err != nil {
			return err
		}
		s.users[u.Address] = u
	}
	return rows.Err()
}

// User finds an account by its address, in any case.
func (s *Store) User(address string) (User, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	u, ok := s.users[fold(address)]
	return u, ok
}

// Login finds a user of the domain by address, or by the local part alone.
func Login(a Accounts, login, domain string) (address, password string, ok bool) {
	if !strings.Contains(login, "@") {
		login += "@" + domain
	}
	u, ok := a.User(login)
	if !ok || !strings.HasSuffix(u.Address, "@"+strings.ToLower(domain)) {
		return "", "", false
	}
	return u.Address, u.Password, true
}

// Usage says how full the user's folders are, all together.
func (s *Store) Usage(ctx context.Context, address string) (Usage, error) {
	u, ok := s.User(address)
	if !ok {
		return Usage{}, fmt.Errorf("maildrop: %s: %w", address, ErrNoUser)
	}
	use := Usage{Quota: u.Quota}
	err := s.read.QueryRowContext(ctx, "SELECT coalesce(sum(total), 0), coalesce(sum(bytes), 0) FROM folders WHERE user = ?",
		u.Address).Scan(&use.Messages, &use.Bytes)
	return use, err
}

// room refuses what would pass the user's quota.
func (w *writer) room(user string, size int64) error {
	u, known := w.store.User(user)
	if !known {
		return ErrNoUser
	}
	if u.Quota <= 0 {
		return nil
	}
	if _, counted := w.usage[user]; !counted {
		if err := w.saveFolders(); err != nil {
			return err
		}
		var bytes int64
		err := w.conn.QueryRowContext(context.Background(), "SELECT coalesce(sum(bytes), 0) FROM folders WHERE user = ?", user).Scan(&bytes)
		if err != nil {
			return err
		}
		w.usage[user] = bytes
	}
	if w.usage[user]+size > u.Quota {
		return ErrOverQuota
	}
	return nil
}

// used counts octets that came (or, negative, went).
func (w *writer) used(user string, size int64) {
	if _, counted := w.usage[user]; counted {
		w.usage[user] += size
	}
}

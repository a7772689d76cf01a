package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Complete fills in what follows from the rest of an account, and finds its mistakes.
func Complete(a Account) (Account, []Problem) {
	c := Default()
	c.Accounts = []Account{a}
	v := validator{at: positions{}}
	v.config(&c)
	return c.Accounts[0], v.problems
}

// Add writes an account at the end of the file at path: what stands there stays as it is, with its comments. A file that
// is not there yet is made for its owner alone. Nothing is written if the whole would have a mistake.
func Add(path string, a Account) ([]Problem, error) {
	old, err := readFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	more := text(a)
	if len(old) > 0 {
		more = "\n" + more
	}
	if len(old) > 0 && !bytes.HasSuffix(old, []byte("\n")) {
		more = "\n" + more
	}
	if _, problems, _ := decode(append(bytes.Clone(old), more...), path); len(problems) > 0 {
		return problems, nil
	}
	return nil, write(path, more, errors.Is(err, os.ErrNotExist))
}

// write appends in one piece. A file that somebody made meanwhile is not taken for a new one.
func write(path, more string, fresh bool) error {
	flags := os.O_WRONLY | os.O_APPEND
	if fresh {
		flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(more)
	return errors.Join(err, f.Sync(), f.Close())
}

// text is an account as it stands in the file, with what differs from the defaults.
func text(a Account) string {
	var b strings.Builder
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s = %s\n", key, quote(value))
		}
	}
	words := func(key string, argv []string) {
		if len(argv) > 0 {
			fmt.Fprintf(&b, "%s = [%s]\n", key, strings.Join(quoteAll(argv), ", "))
		}
	}
	b.WriteString("[[account]]\n")
	line("name", a.Name)
	line("address", a.Address)
	line("full_name", a.FullName)
	line("receive", a.Receive)
	for _, s := range []struct {
		name string
		Server
	}{{"imap", a.IMAP}, {"pop3", a.POP3}, {"smtp", a.SMTP}} {
		if s.Host == "" {
			continue
		}
		fmt.Fprintf(&b, "\n[account.%s]\n", s.name)
		line("host", s.Host)
		if s.Port != 0 {
			fmt.Fprintf(&b, "port = %d\n", s.Port)
		}
		line("tls", s.TLS)
		line("user", s.User)
		line("auth", s.Auth)
	}
	if s := a.Secret; s.Keyring || s.PasswordEnv != "" || len(s.PasswordCommand) > 0 {
		b.WriteString("\n[account.secret]\n")
		if s.Keyring {
			b.WriteString("keyring = true\n")
		}
		line("password_env", s.PasswordEnv)
		words("password_command", s.PasswordCommand)
	}
	if len(a.OAuth.TokenCommand) > 0 {
		b.WriteString("\n[account.oauth]\n")
		words("token_command", a.OAuth.TokenCommand)
	}
	return b.String()
}

// quote writes a TOML basic string (TOML 1.0, "String").
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func quoteAll(words []string) []string {
	var all []string
	for _, w := range words {
		all = append(all, quote(w))
	}
	return all
}

package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
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

// PlanAdd works out the file at path with an account more at its end: what stands there stays as it is, with its comments.
// A file that is not there yet is made. The problems are those that the whole would have, and an address that is there already.
func PlanAdd(path string, a Account) (*Edit, []Problem, error) {
	was, err := readFile(path)
	fresh := errors.Is(err, os.ErrNotExist)
	if err != nil && !fresh {
		return nil, nil, err
	}
	more := text(a)
	if len(was) > 0 {
		more = "\n" + more
	}
	if len(was) > 0 && !bytes.HasSuffix(was, []byte("\n")) {
		more = "\n" + more
	}
	now := append(bytes.Clone(was), strings.ReplaceAll(more, "\n", lineEnd(was))...)
	c, problems, at := decode(now, path)
	if len(problems) > 0 {
		return nil, problems, nil
	}
	last := len(c.Accounts) - 1
	if n := slices.IndexFunc(c.Accounts[:last], func(b Account) bool { return strings.EqualFold(b.Address, a.Address) }); n >= 0 {
		p := at.problem(path, fmt.Sprintf("account[%d].address", last), ProblemTwice)
		p.Value, p.Args = a.Address, map[string]string{"first": strconv.Itoa(at[fmt.Sprintf("account[%d].address", n)].line)}
		return nil, []Problem{p}, nil
	}
	return &Edit{path: path, was: was, now: now, fresh: fresh}, nil, nil
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

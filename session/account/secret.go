// Package account finds what an account needs to log in: its password from the environment, a command, the
// operating system's keyring or the settings, and its OAuth access token.
package account

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"todoku/internal/config"
	"todoku/protocols/sasl"
)

// keyringService is the name under which passwords stand in the operating system's keyring.
const keyringService = "todoku"

// commandTime bounds a password command: long enough to type a passphrase into its own prompt.
const commandTime = 60 * time.Second

// secretOctets bounds what a password command may print.
const secretOctets = 16 << 10

// Error says where a secret was looked for and why it was not found. It never holds the secret.
type Error struct {
	Account string
	Code    string // "secret.none", "secret.command", "secret.env", "secret.keyring", "oauth.invalid-grant" and the like
	Where   string // the variable, the command's first word, the keyring's entry
	Err     error
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("account %s: no password from %s: %v", e.Account, e.Where, e.Err)
	}
	return fmt.Sprintf("account %s: no password: set password_command, password_env or keyring in its secret", e.Account)
}

func (e *Error) Unwrap() error { return e.Err }

// Credentials finds the account's user name (of server) and its secret.
func Credentials(ctx context.Context, a config.Account, server config.Server) (sasl.Credentials, error) {
	c := sasl.Credentials{User: server.User}
	if c.User == "" {
		c.User = a.Address
	}
	if len(a.OAuth.TokenCommand) > 0 {
		token, err := token(ctx, a)
		c.Token = token
		return c, err
	}
	password, err := password(ctx, a)
	c.Password = password
	return c, err
}

func password(ctx context.Context, a config.Account) (string, error) {
	s := a.Secret
	switch {
	case s.Password != "":
		return s.Password, nil
	case len(s.PasswordCommand) > 0:
		line, _, err := run(ctx, a, s.PasswordCommand)
		return line, err
	case s.PasswordEnv != "":
		if v, ok := os.LookupEnv(s.PasswordEnv); ok {
			return v, nil
		}
		return "", &Error{a.Name, "secret.env", s.PasswordEnv, errors.New("the variable is not set")}
	case s.Keyring:
		v, err := keyring.Get(keyringService, a.Address)
		if err != nil {
			return "", &Error{a.Name, "secret.keyring", keyringService + "/" + a.Address, err}
		}
		return v, nil
	}
	return "", &Error{Account: a.Name, Code: "secret.none"}
}

// Keep puts the password of an account into the operating system's keyring.
func Keep(name, address, password string) error {
	if err := keyring.Set(keyringService, address, password); err != nil {
		return &Error{name, "secret.keyring", keyringService + "/" + address, err}
	}
	return nil
}

// run gives the first line that a command prints, and all of it, standard error too, up to secretOctets. It may be secret:
// it is in no error.
func run(ctx context.Context, a config.Account, argv []string) (line, printed string, err error) {
	ctx, cancel := context.WithTimeout(ctx, commandTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second
	out, complaints := limited{full: cancel}, limited{}
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err = cmd.Run()
	printed = out.kept.String() + "\n" + complaints.kept.String()
	if out.over {
		err = errTooMuch
	}
	if err != nil {
		return "", printed, &Error{a.Name, "secret.command", argv[0], err}
	}
	line, _, _ = strings.Cut(out.kept.String(), "\n")
	line = strings.TrimRight(line, "\r")
	if line == "" {
		return "", printed, &Error{a.Name, "secret.command", argv[0], errors.New("it printed nothing")}
	}
	return line, printed, nil
}

var errTooMuch = errors.New("it printed too much")

// limited keeps secretOctets at most; more calls full, which ends the command: it need not end of a closed pipe. Without
// full, more is dropped.
// The buffer is no embedded one: its ReadFrom would let io.Copy pass Write by.
type limited struct {
	kept bytes.Buffer
	full func()
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	if l.kept.Len()+len(p) > secretOctets {
		if l.full == nil {
			l.kept.Write(p[:secretOctets-l.kept.Len()])
			return len(p), nil
		}
		l.over = true
		l.full()
		return 0, errTooMuch
	}
	return l.kept.Write(p)
}

package session

import (
	"context"
	"errors"

	"todoku/diag/ladder"
	"todoku/internal/config"
	"todoku/internal/trace"
	"todoku/session/account"
)

// Where a new account's secret is.
const (
	SecretKeyring  = "keyring"  // a password, which is put there
	SecretCommand  = "command"  // that prints the password
	SecretVariable = "variable" // of the environment
	SecretToken    = "token"    // a command that prints an OAuth access token
)

// NewSecret is where the secret of a new account is, or the password itself where that is put into the keyring.
type NewSecret struct {
	Kind  string
	Value string // the password, the command as it is typed, the variable's name
}

// String tells the kind alone, so that no password gets into a message by accident.
func (s NewSecret) String() string { return s.Kind }

// GoString is String.
func (s NewSecret) GoString() string { return s.String() }

// NewAccount is an account that is not in the settings yet.
type NewAccount struct {
	Address string
	Receive string // "imap" or "pop3"
	IMAP    FoundServer
	POP3    FoundServer
	SMTP    FoundServer
	User    string // "" is the address
	Secret  NewSecret
}

// settings are the account as the settings have it. The password of the keyring is no part of them.
func (n NewAccount) settings() config.Account {
	server := func(f FoundServer) config.Server {
		if f.Host == "" {
			return config.Server{}
		}
		s := config.Server{Host: f.Host, Port: f.Port, TLS: f.TLS}
		if n.User != n.Address {
			s.User = n.User
		}
		return s
	}
	a := config.Account{Address: n.Address, Receive: n.Receive, IMAP: server(n.IMAP), POP3: server(n.POP3), SMTP: server(n.SMTP)}
	switch n.Secret.Kind {
	case SecretKeyring:
		a.Secret.Keyring = true
	case SecretCommand:
		a.Secret.PasswordCommand = config.SplitCommand(n.Secret.Value)
	case SecretVariable:
		a.Secret.PasswordEnv = n.Secret.Value
	case SecretToken:
		a.OAuth.TokenCommand = config.SplitCommand(n.Secret.Value)
	}
	return a
}

// TryOptions say which account to examine before it is in the settings.
type TryOptions struct {
	Account NewAccount
	Watch   func(ladder string, r ladder.Rung)
}

// TryAccount climbs the ladders of an account that is not in the settings: nothing is kept, and nothing is sent.
func (s *Session) TryAccount(ctx context.Context, span *trace.Span, o TryOptions) (checkup ladder.Checkup, err error) {
	defer func() { span.End(err) }()
	a := o.Account.settings()
	if o.Account.Secret.Kind == SecretKeyring { // where it comes to stand when it is known to be right
		a.Secret = config.Secret{Password: o.Account.Secret.Value}
	}
	a, problems := config.Complete(a)
	if len(problems) > 0 {
		return checkup, &ConfigError{problems}
	}
	server, protocol := a.IMAP, ladder.IMAP
	if a.Receive == config.ReceivePOP3 {
		server, protocol = a.POP3, ladder.POP3
	}
	return s.examine(ctx, span, a, server, protocol, DoctorOptions{Watch: o.Watch})
}

// AddOptions say which account to write into the settings.
type AddOptions struct{ Account NewAccount }

// AddAccount writes an account at the end of the settings that this session was started with, and its password into the
// keyring if it belongs there. What stands in the file stays; a new file is its owner's alone. The account is open at once.
func (s *Session) AddAccount(_ context.Context, span *trace.Span, o AddOptions) (err error) {
	defer func() { span.End(err) }()
	if s.settings == "" {
		return &Error{Code: "account.sandbox"}
	}
	a := o.Account.settings()
	plan, problems, err := config.PlanAdd(s.settings, a)
	switch {
	case len(problems) > 0:
		return &ConfigError{problems}
	case err != nil:
		return err
	}
	if o.Account.Secret.Kind == SecretKeyring { // only now: an account that is there already keeps its password
		if err := account.Keep(a.Address, a.Address, o.Account.Secret.Value); err != nil {
			return err
		}
	}
	if err := plan.Write(); err != nil {
		return s.byHand(a.Address, err)
	}
	return s.rereadAccounts()
}

// UnreadError is that the settings were written, but are not read again, so that they do not hold yet.
type UnreadError struct {
	Path string
	Err  error
}

func (e *UnreadError) Error() string {
	return e.Path + " was written, but not read again: " + e.Err.Error()
}

// Explain gives the code, and of the first mistake its own code and facts beside it.
func (e *UnreadError) Explain() (code string, args map[string]string) {
	var wrong *ConfigError
	if errors.As(e.Err, &wrong) {
		return "account.unread", besides(wrong.Problems[0])
	}
	return "account.unread", map[string]string{"path": e.Path, "said": e.Err.Error()}
}

// Unwrap gives why.
func (e *UnreadError) Unwrap() error { return e.Err }

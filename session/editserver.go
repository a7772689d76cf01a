package session

import (
	"context"
	"errors"

	"todoku/internal/config"
	"todoku/internal/trace"
)

// EditOptions say what to set of a server of an account; what is empty stays as it is.
type EditOptions struct {
	Account string
	Server  string // "imap", "pop3" or "smtp"
	Host    string
	Port    int
	TLS     string
	Agreed  string // the Plan that the person agreed to; "" only tells what would change
}

// SettingsChange is what changes in the settings.
type SettingsChange struct {
	Path  string
	Lines []config.EditedLine
	Plan  string // names the file as it was and as it becomes
}

// EditServer changes a server in the settings that this session was started with, where the person agreed to the lines
// that change. Comments and all other lines stay. It holds at once.
func (s *Session) EditServer(_ context.Context, span *trace.Span, o EditOptions) (c SettingsChange, err error) {
	defer func() { span.End(err) }()
	if s.settings == "" {
		return c, &Error{Code: "account.sandbox"}
	}
	a, _, ok := s.find(o.Account)
	if !ok {
		return c, NoSuchAccount(o.Account)
	}
	edit, problems, err := config.PlanEdit(s.settings, config.ServerEdit{Account: a.Name, Server: o.Server, Host: o.Host, Port: o.Port, TLS: o.TLS})
	switch {
	case len(problems) > 0:
		return c, &ConfigError{problems}
	case err != nil:
		return c, s.byHand(o.Account, err)
	}
	c = SettingsChange{s.settings, edit.Lines, edit.Digest()}
	switch o.Agreed {
	case "":
		return c, nil
	case c.Plan:
	default:
		return c, s.byHand(o.Account, config.ErrMeanwhile)
	}
	if len(c.Lines) > 0 {
		if err := edit.Write(); err != nil {
			return c, s.byHand(o.Account, err)
		}
	}
	return c, s.rereadAccounts()
}

// byHand is an edit that is left to the person; other errors stay.
func (s *Session) byHand(account string, err error) error {
	if errors.Is(err, config.ErrNoPlace) || errors.Is(err, config.ErrMeanwhile) {
		return &Error{"account.by-hand", map[string]string{"path": s.settings, "account": account}, err}
	}
	return err
}

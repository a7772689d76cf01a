package session

import (
	"cmp"
	"context"
	"errors"

	"todoku/internal/config"
	"todoku/internal/store"
	"todoku/protocols/imap"
)

// reachError is an error of one server, with what its room cannot know: which server and whose account it is. Its words
// are those of the error.
type reachError struct {
	err   error
	facts map[string]string
}

func (e *reachError) Error() string { return e.err.Error() }

func (e *reachError) Unwrap() error { return e.err }

// Facts completes what diag/explain finds in the error.
func (e *reachError) Facts() map[string]string { return e.facts }

// Steps of the delivery path on which a client talks to its servers.
const (
	stepSubmit = "1"
	stepPickUp = "4"
)

// reaching says of an error at which of the account's servers and at which step it happened. Errors of the store are on
// no step.
func reaching(err error, a config.Account, server config.Server, step string) error {
	var local *store.Error
	if err == nil || errors.As(err, &local) {
		return err
	}
	return &reachError{err, map[string]string{
		"host": server.Host, "server": server.Host, "port": itoa(server.Port), "account": a.Name, "user": server.User, "step": step,
	}}
}

// reached is reaching, unless the server belongs to a small Internet that has ended.
func (s *Session) reached(ctx context.Context, err error, a config.Account, server config.Server, step string) error {
	err = reaching(err, a, server, step)
	var there *reachError
	if errors.As(err, &there) {
		return cmp.Or(s.ended(ctx), err)
	}
	return err
}

// folderMissing turns the server's refusal to open a folder that it does not have (RFC 5530 NONEXISTENT) into an error
// that names the folder; any other error stays.
func folderMissing(err error, folder string) error {
	var refused *imap.Error
	if !errors.As(err, &refused) || refused.Code != "NONEXISTENT" && refused.Code != "TRYCREATE" {
		return err
	}
	return &Error{"folder.missing", map[string]string{"folder": folder, "said": refused.Text}, errors.Join(ErrNotFound, err)}
}

package account

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"todoku/internal/config"
)

// tokenErrors are the names of errors that a token service gives: RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5, OpenID
// Connect Core section 3.1.2.6. invalid_request is left out: it is the command that asked.
var tokenErrors = regexp.MustCompile(`\b(invalid_(grant|client|scope)|unauthorized_client|` +
	`unsupported_(grant|response)_type|access_denied|(interaction|login|consent)_required|server_error|temporarily_unavailable|` +
	`authorization_pending|slow_down|expired_token)\b`)

// token gives the access token that the account's command prints. Where the command fails, or prints the service's answer in
// JSON instead, the name of the service's error is the error; nothing else of what it printed is kept.
func token(ctx context.Context, a config.Account) (string, error) {
	line, printed, err := run(ctx, a, a.OAuth.TokenCommand)
	if err == nil && !strings.HasPrefix(line, "{") { // no token begins so (RFC 6750 section 2.1)
		return line, nil
	}
	if name := tokenErrors.FindString(printed); name != "" {
		return "", &Error{a.Name, "oauth." + strings.ReplaceAll(name, "_", "-"), a.OAuth.TokenCommand[0], errors.New(name)}
	}
	if err == nil {
		err = &Error{a.Name, "secret.command", a.OAuth.TokenCommand[0], errors.New("it printed no token")}
	}
	return "", err
}

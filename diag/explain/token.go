package explain

import (
	"errors"
	"slices"
	"strings"

	"todoku/internal/trace"
	"todoku/protocols/sasl"
)

// tokenCodes are what a server says of a token: the words of RFC 6750 section 3.1, and of XOAUTH2 the numbers beside them
// there. 400 is left out: servers say it of tokens of every kind.
var tokenCodes = map[string]string{
	"invalid_token": "oauth.invalid-token", "401": "oauth.invalid-token",
	"insufficient_scope": "oauth.insufficient-scope", "403": "oauth.insufficient-scope",
	"invalid_request": "oauth.invalid-request",
}

// LoginRefused reports the code of credentials that a server looked at and refused, without a word on why.
func LoginRefused(code string) bool {
	return slices.Contains([]string{"auth.refused", "imap.authenticationfailed", "pop3.auth", "reason.badlogin"}, code)
}

// readToken explains the refusal of an OAuth token by the reason that the server told; where it told none, by the refusal.
func readToken(err error) (trace.Finding, bool) {
	var e *sasl.TokenError
	if !errors.As(err, &e) {
		return trace.Finding{}, false
	}
	f := trace.Finding{Code: codeUnknown, Level: trace.Fail}
	for _, read := range []func(error) (trace.Finding, bool){readSMTP, readIMAP, readPOP3} {
		if refusal, ok := read(e.Err); ok {
			f = refusal
			break
		}
	}
	code, told := tokenCodes[strings.ToLower(e.Status)]
	switch {
	case told:
	case e.Status != "" || LoginRefused(f.Code):
		code = "auth.token"
	default:
		return f, true
	}
	said := strings.TrimSpace(f.Args["said"] + " " + e.Said())
	args := map[string]string{"said": said, "command": f.Args["command"], "step": f.Args["step"], "scope": e.Scope}
	if at, ok := readWire(err); ok {
		args["host"] = at.Args["host"]
	}
	return finding(code, args)
}

package ladder

import (
	"regexp"
	"slices"
	"strings"

	"todoku/diag/explain"
	"todoku/protocols/sasl"
)

// hint is what a server's words mean where its code does not say it.
type hint struct {
	says     *regexp.Regexp // in lower case
	code     string
	provider string // who says so; "" for several
	seen     string // when these words were last known to be in use
}

// hints are tried in order. Words change: each has its date.
func hints() []hint {
	return []hint{
		{regexp.MustCompile(`application-specific password required|app(lication)?[- ]password (is )?required`), "doctor.login.apppassword", "Google", "2026-01"},
		{regexp.MustCompile(`(log|sign) in (via|with|using) (your )?(web )?browser|webloginrequired`), "doctor.login.web", "Google", "2025-06"},
		{regexp.MustCompile(`not enabled for (imap|pop)|(imap|pop3?|smtp)( access)? is (disabled|not enabled|not allowed|switched off)|smtpclientauthentication is disabled|protocol (is )?disabled`), "doctor.login.off", "", "2025-01"},
		{regexp.MustCompile(`basic ?auth(entication)? (is )?(disabled|blocked)|basicauthblocked`), "doctor.login.oauth", "Microsoft", "2025-09"},
		{regexp.MustCompile(`rate limit|too many (bad |failed |login |auth)|account (is )?(temporarily )?locked|temporarily blocked`), "doctor.login.locked", "", "2025-01"},
	}
}

// appPasswordHosts take no password of the account from a mail program, only one made for it.
var appPasswordHosts = []struct{ suffix, provider, seen string }{
	{".mail.me.com", "iCloud", "2026-01"},
	{".mail.yahoo.com", "Yahoo", "2024-08"},
	{".gmail.com", "Google", "2026-01"},
}

// refusedCodes are those of credentials that a server looked at and refused.
var refusedCodes = []string{"auth.refused", "imap.authenticationfailed", "pop3.auth", "reason.badlogin"}

// shutOut says why a login failed: by the server's words, by what it offers, by its code.
func (v *visit) shutOut(err error, creds sasl.Credentials) Outcome {
	f := explain.Find(err)
	facts := map[string]string{"said": f.Args["said"], "mechanisms": strings.Join(v.offer.mechanisms, " "), "command": f.Args["command"]}
	said := strings.ToLower(facts["said"])
	for _, h := range hints() {
		if h.says.MatchString(said) {
			facts["provider"], facts["seen"] = h.provider, h.seen
			return v.broken(h.code, facts)
		}
	}
	switch {
	case (f.Code == sasl.CodeNone || f.Code == sasl.CodeWeak) && creds.Token == "" && onlyTokens(v.offer.mechanisms):
		return v.broken("doctor.login.oauth", facts)
	case !slices.Contains(refusedCodes, f.Code) || creds.Token != "":
		return v.explained(err)
	}
	for _, h := range appPasswordHosts {
		if strings.HasSuffix("."+strings.ToLower(v.Host), h.suffix) {
			facts["provider"], facts["seen"] = h.provider, h.seen
			return v.broken("doctor.login.apppassword", facts)
		}
	}
	return v.broken("doctor.login.password", facts)
}

// onlyTokens reports that the server offers OAuth (RFC 7628) and no way for a password.
func onlyTokens(mechanisms []string) bool {
	return len(mechanisms) > 0 && !slices.ContainsFunc(mechanisms, func(m string) bool {
		m = strings.ToUpper(m)
		return m != "XOAUTH2" && m != "OAUTHBEARER"
	})
}

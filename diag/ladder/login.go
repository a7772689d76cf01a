package ladder

import (
	"slices"
	"strings"

	"todoku/diag/explain"
	"todoku/diag/provider"
	"todoku/protocols/sasl"
)

// refusals are the codes of what a server's words at the login mean.
var refusals = map[string]string{
	provider.SaysApp: "doctor.login.apppassword", provider.SaysWeb: "doctor.login.web", provider.SaysOff: "doctor.login.off",
	provider.SaysOAuth: "doctor.login.oauth", provider.SaysLocked: "doctor.login.locked",
}

// shutOut says why a login failed: by the server's words, by what it offers, by its code.
func (v *visit) shutOut(err error, creds sasl.Credentials) Outcome {
	f := explain.Find(err)
	facts := map[string]string{"said": f.Args["said"], "mechanisms": strings.Join(v.offer.mechanisms, " "), "command": f.Args["command"]}
	known, isKnown := provider.OfServer(v.Host)
	if known.Login != nil {
		facts["where"] = known.Login.Where
	}
	if r, ok := provider.ReadRefusal(facts["said"]); ok {
		facts["provider"], facts["seen"] = r.Provider, r.Dated
		return v.broken(refusals[r.Means], facts)
	}
	switch {
	case (f.Code == sasl.CodeNone || f.Code == sasl.CodeWeak) && creds.Token == "" && onlyTokens(v.offer.mechanisms):
		return v.broken("doctor.login.oauth", facts)
	case !explain.LoginRefused(f.Code) || creds.Token != "":
		return v.explained(err)
	}
	if isKnown && known.OnlyApp() {
		facts["provider"], facts["seen"] = known.Name, known.Login.Dated
		return v.broken("doctor.login.apppassword", facts)
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

package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// defaultLeaveDays is how long POP3 mail stays with leave_on_server = "days".
const defaultLeaveDays = 14

// authNames are the SASL mechanisms (and APOP) that can be asked for.
func authNames() []string {
	return []string{"plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256", "xoauth2", "oauthbearer", "apop"}
}

// validator checks values that have the right type, and fills in what follows from others.
type validator struct {
	file     string
	at       positions
	problems []Problem
	account  string // name of the account being checked
}

func (v *validator) add(path, code string, change func(*Problem)) {
	p := v.at.problem(v.file, path, code)
	if v.account != "" {
		p.Args = map[string]string{"account": v.account}
	}
	if change != nil {
		change(&p)
	}
	v.problems = append(v.problems, p)
}

func (v *validator) bad(path, value, allowed, suggest string) {
	v.add(path, ProblemValue, func(p *Problem) {
		p.Value, p.Suggest = value, suggest
		if p.Args == nil {
			p.Args = map[string]string{}
		}
		p.Args["allowed"] = allowed
	})
}

// choice checks that a value is one of a few words; the empty one stays for the caller to fill.
func (v *validator) choice(path, value string, allowed ...string) {
	if value != "" && !slices.Contains(allowed, value) {
		v.bad(path, value, strings.Join(allowed, ", "), suggestChoice(value, allowed))
	}
}

// suggestChoice knows what other programs call the same thing.
func suggestChoice(value string, allowed []string) string {
	others := map[string]string{"ssl": TLSImplicit, "tls": TLSImplicit, "ssl/tls": TLSImplicit, "tls/ssl": TLSImplicit,
		"plain": TLSNone, "false": TLSNone, "off": TLSNone, "pop": ReceivePOP3, "jp": "ja", "japanese": "ja", "english": "en"}
	if meant := others[strings.ToLower(value)]; slices.Contains(allowed, meant) {
		return meant
	}
	return Nearest(strings.ReplaceAll(value, "-", ""), allowed)
}

func (v *validator) config(c *Config) {
	v.choice("lang", c.Lang, "en", "ja")
	v.choice("ui.theme", c.UI.Theme, "auto", "dark", "light", "high-contrast")
	v.choice("ui.borders", c.UI.Borders, "auto", "ascii")
	v.choice("ui.ambiguous", c.UI.Ambiguous, "narrow", "wide")
	v.choice("ui.key_set", c.UI.KeySet, "todoku", "mutt")
	v.probeHosts(&c.ProbeHosts)
	names := map[string]int{}
	for i := range c.Accounts {
		v.oneAccount(i, &c.Accounts[i], names)
	}
}

// probeHosts wants bare host names, and a page in plain HTTP: a captive portal can answer for no other unseen.
func (v *validator) probeHosts(p *ProbeHosts) {
	for _, host := range p.Port25 {
		if bad, suggest := notAHost(host); bad || host == "" {
			v.bad("probe_hosts.port25", host, kindHost, suggest)
		}
	}
	if p.Page == "" {
		return
	}
	if u, err := url.Parse(p.Page); err != nil || u.Scheme != "http" || u.Hostname() == "" {
		v.bad("probe_hosts.page", p.Page, "http://host/path", "")
	}
}

func (v *validator) oneAccount(i int, a *Account, names map[string]int) {
	path := fmt.Sprintf("account[%d]", i)
	if a.Name == "" {
		a.Name = a.Address
	}
	v.account = a.Name
	defer func() { v.account = "" }()
	v.address(path, a.Address)
	v.unique(path, a.Name, i, names)
	v.choice(path+".receive", a.Receive, ReceiveIMAP, ReceivePOP3)
	v.choice(path+".leave_on_server", a.LeaveOnServer, LeaveKeep, LeaveDays, LeaveDelete)
	v.receiving(path, a)
	v.server(path+".imap", &a.IMAP, a.Address, map[string]int{TLSImplicit: 993, TLSStartTLS: 143, TLSNone: 143})
	v.server(path+".pop3", &a.POP3, a.Address, map[string]int{TLSImplicit: 995, TLSStartTLS: 110, TLSNone: 110})
	v.server(path+".smtp", &a.SMTP, a.Address, map[string]int{TLSImplicit: 465, TLSStartTLS: 587, TLSNone: 587})
	v.secret(path, a)
	if a.LeaveOnServer == "" {
		a.LeaveOnServer = LeaveKeep
	}
	if a.LeaveDays < 0 {
		v.bad(path+".leave_days", strconv.Itoa(a.LeaveDays), kindCount, "")
	}
	if a.LeaveDays == 0 {
		a.LeaveDays = defaultLeaveDays
	}
}

// address wants local@domain (RFC 5321 section 4.1.2), no more: the servers know better.
func (v *validator) address(path, addr string) {
	at := strings.LastIndex(addr, "@")
	switch {
	case addr == "":
		v.missing(path, ".address")
	case at < 1 || at == len(addr)-1 || strings.ContainsAny(addr, " <>\r\n\t"):
		v.bad(path+".address", addr, "name@domain", "")
	}
}

// missing points at the account, for the key itself stands nowhere.
func (v *validator) missing(path, key string) {
	v.add(path, ProblemMissing, func(p *Problem) { p.Key = withoutIndexes(path + key) })
}

func (v *validator) unique(path, name string, i int, names map[string]int) {
	first, twice := names[strings.ToLower(name)]
	if !twice {
		names[strings.ToLower(name)] = i
		return
	}
	where, key := path+".name", ".name"
	if _, ok := v.at[where]; !ok {
		where, key = path+".address", ".address"
	}
	v.add(where, ProblemTwice, func(p *Problem) {
		line := v.at[fmt.Sprintf("account[%d]%s", first, key)].line
		if line == 0 {
			line = v.at[fmt.Sprintf("account[%d].address", first)].line
		}
		p.Value = name
		p.Args["first"] = strconv.Itoa(line)
	})
}

// receiving fills in the protocol that is opened first and wants a server for it.
func (v *validator) receiving(path string, a *Account) {
	if a.Receive == "" {
		a.Receive = ReceiveIMAP
		if a.IMAP.Host == "" && a.POP3.Host != "" {
			a.Receive = ReceivePOP3
		}
	}
	if a.Receive == ReceiveIMAP && a.IMAP.Host == "" || a.Receive == ReceivePOP3 && a.POP3.Host == "" {
		v.missing(path, "."+a.Receive+".host")
	}
}

// server checks one server and fills in TLS mode, port and user; ports maps TLS modes to ports (RFC 8314 section 7.3).
func (v *validator) server(path string, s *Server, address string, ports map[string]int) {
	if *s == (Server{}) {
		return
	}
	v.host(path, s)
	v.choice(path+".tls", s.TLS, TLSImplicit, TLSStartTLS, TLSNone)
	v.choice(path+".auth", s.Auth, authNames()...)
	if s.Port < 0 || s.Port > 65535 {
		v.bad(path+".port", strconv.Itoa(s.Port), "1-65535", "")
	}
	if s.TLS == "" {
		s.TLS = TLSImplicit
		if s.Port == ports[TLSStartTLS] {
			s.TLS = TLSStartTLS
		}
	}
	if s.Port == 0 {
		s.Port = ports[s.TLS]
	}
	if s.User == "" {
		s.User = address
	}
}

// host refuses what people paste: an address with a port or a URL.
func (v *validator) host(path string, s *Server) {
	if s.Host == "" {
		v.add(path, ProblemMissing, func(p *Problem) { p.Key = withoutIndexes(path + ".host") })
		return
	}
	if bad, suggest := notAHost(s.Host); bad {
		v.bad(path+".host", s.Host, kindHost, suggest)
	}
}

// notAHost recognises what people paste, and suggests the host in it.
func notAHost(text string) (bad bool, suggest string) {
	host := text
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host, _, _ = strings.Cut(rest, "/")
	}
	if name, port, err := net.SplitHostPort(host); err == nil && port != "" {
		host = name
	}
	if host == text && !strings.ContainsAny(host, " /\\@\t\r\n") {
		return false, ""
	}
	return true, suggestHost(host)
}

func suggestHost(host string) string {
	if strings.ContainsAny(host, " /\\@\t\r\n") {
		return ""
	}
	return host
}

// secret wants one way to the password at most; with none, no login works.
func (v *validator) secret(path string, a *Account) {
	var ways []string
	for _, w := range []struct {
		path string
		set  bool
	}{
		{".oauth.token_command", len(a.OAuth.TokenCommand) > 0},
		{".secret.password", a.Secret.Password != ""},
		{".secret.password_command", len(a.Secret.PasswordCommand) > 0},
		{".secret.password_env", a.Secret.PasswordEnv != ""},
		{".secret.keyring", a.Secret.Keyring},
	} {
		if w.set {
			ways = append(ways, w.path)
		}
	}
	if len(ways) > 1 {
		v.add(path+ways[1], ProblemConflict, func(p *Problem) { p.Args["other"] = withoutIndexes(path + ways[0]) })
	}
	for _, s := range []Server{a.IMAP, a.POP3, a.SMTP} {
		if (s.Auth == "xoauth2" || s.Auth == "oauthbearer") && len(a.OAuth.TokenCommand) == 0 {
			v.missing(path, ".oauth.token_command")
			return
		}
	}
}

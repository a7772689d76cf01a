// Package provider is what is known of mail providers: their domains and hosts, how a mail program logs in, what must be
// switched on first, their limits, and when each fact was last known to hold. The facts are data in catalogue/, one file
// a provider; what is not known is left out.
package provider

import (
	"embed"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pelletier/go-toml/v2"
)

// Kinds of providers.
const (
	Free    = "free"    // an account is enough; the domain is the provider's
	Cloud   = "cloud"   // a company's or a person's own domain, in the provider's cloud
	Rental  = "rental"  // a rented server with one's own domain
	Line    = "line"    // comes with a line to the Internet
	Carrier = "carrier" // comes with a mobile phone
)

// Ways of logging in.
const (
	AuthPassword = "password"     // the account's own
	AuthApp      = "app-password" // one made for the mail program
	AuthOAuth    = "oauth"        // a token (RFC 7628)
)

// Provider is one provider. Every fact stands beside the month in which it was last known to hold, "2025-01".
type Provider struct {
	Name    string   `toml:"name" json:"name"`
	Kind    string   `toml:"kind" json:"kind"`
	Dated   string   `toml:"dated" json:"dated"`     // of name, kind, domains, exchangers and hosts
	Domains []string `toml:"domains" json:"domains"` // right of the @; empty where people bring their own
	MX      []string `toml:"mx" json:"mx"`           // patterns of the exchangers: a host, or "*.zone" for all below the zone
	Hosts   []string `toml:"hosts" json:"hosts"`     // patterns of servers that are not named below, as where each customer has one

	IMAP  *Server `toml:"imap" json:"imap,omitempty"`
	POP3  *Server `toml:"pop3" json:"pop3,omitempty"`
	SMTP  *Server `toml:"smtp" json:"smtp,omitempty"`
	Login *Login  `toml:"login" json:"login,omitempty"`
	// Limits are those that the provider publishes.
	Limits *Limits `toml:"limits" json:"limits,omitempty"`
	Notes  []Note  `toml:"notes" json:"notes,omitempty"`
	Said   []Said  `toml:"said" json:"-"`
}

// Server is how to reach one service. Offered "no" says that there is none.
type Server struct {
	Dated    string `toml:"dated" json:"dated"`
	Offered  string `toml:"offered" json:"offered,omitempty"` // "no", or "" for yes
	Host     string `toml:"host" json:"host,omitempty"`
	Port     int    `toml:"port" json:"port,omitempty"`
	TLS      string `toml:"tls" json:"tls,omitempty"`             // "implicit" or "starttls"
	SwitchOn bool   `toml:"switch_on" json:"switch_on,omitempty"` // off until the person switches it on in the provider's settings
}

// Login is what a mail program logs in with.
type Login struct {
	Dated string   `toml:"dated" json:"dated"`
	Kinds []string `toml:"kinds" json:"kinds"`         // those that work, the usual one first
	User  string   `toml:"user" json:"user,omitempty"` // "address", "local" (left of the @) or "other" (a name of its own)
	Where string   `toml:"where" json:"where,omitempty"`
}

// Limits of sending; 0 is not known.
type Limits struct {
	Dated         string `toml:"dated" json:"dated"`
	Octets        int64  `toml:"octets" json:"octets,omitempty"`                 // of a message as it goes over the line
	Recipients    int    `toml:"recipients" json:"recipients,omitempty"`         // of one message
	RecipientsDay int    `toml:"recipients_day" json:"recipients_day,omitempty"` // of one account in 24 hours
}

// Note is an oddity, in both languages.
type Note struct {
	Dated string `toml:"dated" json:"dated"`
	En    string `toml:"en" json:"en"`
	Ja    string `toml:"ja" json:"ja"`
}

// In is the note in a language, "en" or "ja".
func (n Note) In(lang string) string {
	if lang == "ja" {
		return n.Ja
	}
	return n.En
}

//go:embed catalogue
var files embed.FS

// loaded reads the embedded files once; a test proves that all of them decode.
var loaded = sync.OnceValue(func() []Provider {
	entries, err := files.ReadDir("catalogue")
	if err != nil {
		panic("catalogue: " + err.Error())
	}
	var all []Provider
	for _, e := range entries {
		name := path.Join("catalogue", e.Name())
		data, err := files.ReadFile(name)
		var p Provider
		if err == nil {
			err = toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields().Decode(&p)
		}
		if err != nil {
			panic(name + ": " + err.Error())
		}
		all = append(all, p)
	}
	return all
})

// All lists the providers by the names of their files.
func All() []Provider { return slices.Clone(loaded()) }

// OfDomain finds the provider whose domain stands right of the @.
func OfDomain(domain string) (Provider, bool) {
	domain = plain(domain)
	return first(func(p *Provider) bool { return slices.Contains(p.Domains, domain) })
}

// OfExchanger finds the provider that a mail exchanger belongs to.
func OfExchanger(host string) (Provider, bool) {
	return first(func(p *Provider) bool { return anyMatches(p.MX, plain(host)) })
}

// OfServer finds the provider that a server of the settings belongs to.
func OfServer(host string) (Provider, bool) {
	host = plain(host)
	return first(func(p *Provider) bool {
		for _, s := range []*Server{p.IMAP, p.POP3, p.SMTP} {
			if s != nil && s.Host == host {
				return true
			}
		}
		return anyMatches(p.Hosts, host)
	})
}

// OnlyApp reports that mail programs log in with nothing but an app password, unless they bring a token.
func (p Provider) OnlyApp() bool {
	return p.Login != nil && slices.Contains(p.Login.Kinds, AuthApp) && !slices.Contains(p.Login.Kinds, AuthPassword)
}

func first(fits func(*Provider) bool) (Provider, bool) {
	all := loaded()
	i := slices.IndexFunc(all, func(p Provider) bool { return fits(&p) })
	if i < 0 {
		return Provider{}, false
	}
	return all[i], true
}

func anyMatches(patterns []string, host string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		zone, below := strings.CutPrefix(pattern, "*")
		return below && strings.HasSuffix(host, zone) || pattern == host
	})
}

func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

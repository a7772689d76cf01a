package provider

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)

// TestEveryFileKeepsToTheSchema: names are names, ports go with their TLS, every fact has its month, notes stand in both
// languages.
func TestEveryFileKeepsToTheSchema(t *testing.T) {
	if len(All()) < 40 {
		t.Fatalf("only %d providers", len(All()))
	}
	names := map[string]bool{}
	for _, p := range All() {
		t.Run(p.Name, func(t *testing.T) {
			if p.Name == "" || names[p.Name] {
				t.Errorf("the name %q is empty or taken", p.Name)
			}
			names[p.Name] = true
			if !slices.Contains([]string{Free, Cloud, Rental, Line, Carrier}, p.Kind) {
				t.Errorf("kind %q", p.Kind)
			}
			dated(t, "name", p.Dated)
			if len(p.Domains)+len(p.MX)+len(p.Hosts) == 0 {
				t.Error("nothing finds it: no domain, no exchanger, no host")
			}
			for _, d := range p.Domains {
				named(t, d)
			}
			for _, pattern := range append(p.MX, p.Hosts...) {
				named(t, strings.TrimPrefix(pattern, "*."))
			}
			for proto, ports := range map[string][]int{"imap": {993, 143}, "pop3": {995, 110}, "smtp": {465, 587}} {
				checkServer(t, proto, map[string]*Server{"imap": p.IMAP, "pop3": p.POP3, "smtp": p.SMTP}[proto], ports)
			}
			checkLogin(t, p)
			for _, n := range p.Notes {
				dated(t, "note", n.Dated)
				if n.En == "" || n.Ja == "" {
					t.Errorf("a note lacks a language: %+v", n)
				}
			}
		})
	}
}

// checkServer: the first of the ports has TLS from the start, the second takes STARTTLS (RFC 8314 section 3).
func checkServer(t *testing.T, proto string, s *Server, ports []int) {
	t.Helper()
	switch {
	case s == nil:
	case s.Offered == "no":
		dated(t, proto, s.Dated)
		if s.Host != "" || s.Port != 0 || s.TLS != "" {
			t.Errorf("%s is not offered and has settings: %+v", proto, s)
		}
	case s.Offered != "":
		t.Errorf("%s: offered = %q", proto, s.Offered)
	default:
		dated(t, proto, s.Dated)
		named(t, s.Host)
		if want := map[int]string{ports[0]: "implicit", ports[1]: "starttls"}[s.Port]; s.TLS != want || want == "" {
			t.Errorf("%s: port %d with %q", proto, s.Port, s.TLS)
		}
	}
}

func checkLogin(t *testing.T, p Provider) {
	t.Helper()
	if l := p.Login; l != nil {
		dated(t, "login", l.Dated)
		if len(l.Kinds) == 0 || !slices.Contains([]string{"", "address", "local", "other"}, l.User) {
			t.Errorf("login %+v", l)
		}
		for _, k := range l.Kinds {
			if !slices.Contains([]string{AuthPassword, AuthApp, AuthOAuth}, k) {
				t.Errorf("login kind %q", k)
			}
		}
		if u, err := url.Parse(l.Where); l.Where != "" && (err != nil || u.Scheme != "https" || !hostName.MatchString(u.Host)) {
			t.Errorf("where = %q", l.Where)
		}
	}
	if l := p.Limits; l != nil {
		dated(t, "limits", l.Dated)
		if l.Octets+int64(l.Recipients)+int64(l.RecipientsDay) == 0 || l.Octets < 0 || l.Recipients < 0 || l.RecipientsDay < 0 {
			t.Errorf("limits %+v", l)
		}
	}
}

func named(t *testing.T, name string) {
	t.Helper()
	if !hostName.MatchString(name) {
		t.Errorf("%q is no name of a host", name)
	}
}

func dated(t *testing.T, what, month string) {
	t.Helper()
	when, err := time.Parse("2006-01", month)
	if err != nil || when.Year() < 2020 || when.Year() > 2026 {
		t.Errorf("%s: dated %q", what, month)
	}
}

// TestEverySayingCompiles reads them all, and what each means is known.
func TestEverySayingCompiles(t *testing.T) {
	for _, s := range sayings() {
		dated(t, s.words.String(), s.Dated)
		if !slices.Contains([]string{SaysApp, SaysWeb, SaysOff, SaysOAuth, SaysLocked}, s.Means) {
			t.Errorf("%s means %q", s.words, s.Means)
		}
	}
}

func TestReadRefusal(t *testing.T) {
	for said, want := range map[string]Reading{
		"[ALERT] Application-specific password required: https://support.example/": {SaysApp, "Gmail", "2026-01"},
		"[WEBALERT] Please log in via your web browser":                            {SaysWeb, "Gmail", "2025-06"},
		"Authentication unsuccessful, BasicAuthBlocked":                            {SaysOAuth, "Outlook.com", "2025-09"},
		"SmtpClientAuthentication is disabled for the Tenant":                      {SaysOff, "", "2025-01"},
		"Too many failed attempts":                                                 {SaysLocked, "", "2025-01"},
		"LOGIN failed.":                                                            {},
	} {
		if got, ok := ReadRefusal(said); got != want || ok != (want != Reading{}) {
			t.Errorf("%q is %+v, want %+v", said, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct {
		by   string
		find func(string) (Provider, bool)
		name string
		want string
	}{
		{"domain", OfDomain, "GMail.com.", "Gmail"},
		{"domain", OfDomain, "yahoo.co.jp", "Yahoo! JAPAN"},
		{"domain", OfDomain, "sub.gmail.com", ""},
		{"exchanger", OfExchanger, "alt1.gmail-smtp-in.l.google.com.", "Gmail"},
		{"exchanger", OfExchanger, "ALT2.ASPMX.l.google.com", "Google Workspace"},
		{"exchanger", OfExchanger, "example-com.mail.protection.outlook.com", "Microsoft 365"},
		{"exchanger", OfExchanger, "outlook-com.olc.protection.outlook.com", "Outlook.com"},
		{"exchanger", OfExchanger, "mta5.am0.yahoodns.net", "Yahoo"},
		{"exchanger", OfExchanger, "notaspmx.l.google.com", ""},
		{"server", OfServer, "imap.mail.me.com", "iCloud"},
		{"server", OfServer, "p07-imap.mail.me.com", "iCloud"},
		{"server", OfServer, "sv123.xserver.jp", "Xserver"},
		{"server", OfServer, "127.0.0.1", ""},
		{"server", OfServer, "mail.sakura.test", ""},
	} {
		if got, ok := c.find(c.name); got.Name != c.want || ok != (c.want != "") {
			t.Errorf("by %s, %s is %q, want %q", c.by, c.name, got.Name, c.want)
		}
	}
}

func TestNear(t *testing.T) {
	for domain, want := range map[string]string{
		"gmial.com": "gmail.com", "GMAIL.con": "gmail.com", "gmaill.com": "gmail.com", "hotmial.com": "hotmail.com",
		"yahoo.co.jo": "yahoo.co.jp", "docomo.ne.jo": "docomo.ne.jp", "outlok.com": "outlook.com",
		"gmail.com": "", "ymail.com": "", "live.con": "", "fuji.test": "", "gamil.con": "", "": "",
	} {
		if got, ok := Near(domain); got != want || ok != (want != "") {
			t.Errorf("%s is near %q, want %q", domain, got, want)
		}
	}
}

package session

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"todoku/diag/explain"
	"todoku/embedded-server/fault"
	"todoku/internal/config"
	"todoku/protocols/wire"
)

// explained demands a diagnosis in both languages with the code, the step and the word in its title.
func explained(t *testing.T, err error, code string, step int, word string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %s", code)
		return
	}
	for _, lang := range []explain.Lang{explain.English, explain.Japanese} {
		d := explain.Error(err, lang)
		if d.Code != code || d.Step != step || !strings.Contains(d.Title, word) {
			t.Errorf("%s: %s at step %d, %q, want %s at %d with %q (from %v)", lang, d.Code, d.Step, d.Title, code, step, word, err)
		}
		if d.Sure == "" || d.Title == "" || d.Act == "" || d.Means == "" || strings.HasPrefix(d.Title, " ") {
			t.Errorf("%s: words are missing: %+v", lang, d)
		}
	}
}

// wrong is a mistake in an account's settings and what must be said of it. Where the three protocols differ, the codes
// are in the order IMAP, POP3, SMTP.
type wrong struct {
	name  string
	edit  func(*config.Server)
	codes [3]string
	word  string
}

func same(code string) [3]string { return [3]string{code, code, code} }

// TestWrongSettings makes each mistake in each of the three servers of an account.
func TestWrongSettings(t *testing.T) {
	box := smallWorld(t, false)
	ports := func(imap, pop3, smtp int) func(*config.Server) {
		return func(s *config.Server) {
			s.Port = map[int]int{993: imap, 995: pop3, 587: smtp}[s.Port]
		}
	}
	plainPorts := func(s *config.Server) {
		s.TLS, s.Port = config.TLSImplicit, map[int]int{993: 143, 995: 110, 587: 587}[s.Port]
	}
	for _, w := range []wrong{
		{"host that does not exist", func(s *config.Server) { s.Host = "mial.sakura.test" }, same("dns.notfound"), "mial.sakura.test"},
		{"host without that service", func(s *config.Server) { s.Host = "web.nic.test" }, same("dial.refused"), "web.nic.test"},
		{"address outside", func(s *config.Server) { s.Host = "198.18.0.1" }, same("dial.unreachable"), "198.18.0.1"},
		{"address instead of the name", func(s *config.Server) { s.Host = "192.0.2.10" }, same("tls.name"), "192.0.2.10"},
		{"port that nothing listens on", ports(994, 994, 588), same("dial.refused"), "mail.sakura.test"},
		{"TLS mode of another port", plainPorts, same("tls.plain-peer"), "mail.sakura.test"},
		{"port of another protocol", ports(995, 993, 143), same("proto.garbled"), "mail.sakura.test"},
		{"unknown user", func(s *config.Server) { s.User = "nobody@sakura.test" }, [3]string{"imap.authenticationfailed", "pop3.auth", "reason.badlogin"}, "mail.sakura.test"},
		{"unknown way of logging in", func(s *config.Server) { s.Auth = "gssapi" }, same("auth.unknown"), "gssapi"},
		{"way that is not offered", func(s *config.Server) { s.Auth = "xoauth2" }, same("auth.credentials"), ""},
	} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, box, func(a *config.Account) { w.edit(&a.IMAP); w.edit(&a.POP3); w.edit(&a.SMTP) })
			byIMAP, byPOP3, bySMTP := c.failures()
			explained(t, byIMAP, w.codes[0], 4, w.word)
			explained(t, byPOP3, w.codes[1], 4, w.word)
			explained(t, bySMTP, w.codes[2], 1, w.word)
		})
	}
}

// failures syncs alice by both protocols and sends.
func (c *client) failures() (byIMAP, byPOP3, bySMTP error) {
	c.t.Helper()
	_, byIMAP = c.Sync(c.t.Context(), nil, SyncOptions{Account: "alice"})
	_, byPOP3 = c.Sync(c.t.Context(), nil, SyncOptions{Account: "alice by pop3"})
	sent, err := c.Send(c.t.Context(), nil, SendOptions{Draft: c.write("alice", yuki, "x")})
	if err != nil {
		return byIMAP, byPOP3, err
	}
	if sent.Error != nil {
		bySMTP = explain.Found(*sent.Error)
	}
	if sent.State != "queued" {
		c.t.Errorf("the message is %s, it should wait", sent.State)
	}
	return byIMAP, byPOP3, bySMTP
}

func TestWrongSecrets(t *testing.T) {
	box := smallWorld(t, false)
	for name, w := range map[string]struct {
		edit  func(*config.Secret)
		codes [3]string
		word  string
	}{
		"password": {func(s *config.Secret) { s.Password = "wrong" }, [3]string{"imap.authenticationfailed", "pop3.auth", "reason.badlogin"}, "mail.sakura.test"},
		"none":     {func(s *config.Secret) { *s = config.Secret{} }, same("secret.none"), "alice"},
		"variable": {func(s *config.Secret) { *s = config.Secret{PasswordEnv: "TODOKU_TEST_NOT_SET"} }, same("secret.env"), "TODOKU_TEST_NOT_SET"},
		"command":  {func(s *config.Secret) { *s = config.Secret{PasswordCommand: []string{"/nonexistent/command"}} }, same("secret.command"), "alice"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, box, func(a *config.Account) { w.edit(&a.Secret) })
			byIMAP, byPOP3, bySMTP := c.failures()
			explained(t, byIMAP, w.codes[0], 4, w.word)
			explained(t, byPOP3, w.codes[1], 4, w.word)
			explained(t, bySMTP, w.codes[2], 1, w.word)
		})
	}
}

// TestCertificates that must not be accepted.
func TestCertificates(t *testing.T) {
	box, other := smallWorld(t, false), newClient(t, smallWorld(t, false)).Net.TLSRoots
	for code, spoil := range map[string]func(*client){
		"tls.unknown-authority":    func(c *client) { c.Net.TLSRoots = other },
		"tls.certificate.no-roots": func(c *client) { c.Net.TLSRoots = x509.NewCertPool() },
		"tls.expired":              func(c *client) { c.clock.advance(50 * 365 * 24 * time.Hour) },
	} {
		t.Run(code, func(t *testing.T) {
			c := newClient(t, box)
			spoil(c)
			byIMAP, byPOP3, bySMTP := c.failures()
			explained(t, byIMAP, code, 4, "mail.sakura.test")
			explained(t, byPOP3, code, 4, "mail.sakura.test")
			explained(t, bySMTP, code, 1, "mail.sakura.test")
		})
	}
}

// TestServersThatFail at each stage: nothing hangs, and each failure says where it happened.
func TestServersThatFail(t *testing.T) {
	for _, w := range []struct {
		name  string
		rule  fault.Rule
		codes [3]string
	}{
		{"hangs up at once", fault.Rule{Stage: fault.Connect, Do: fault.Action{Close: true}}, same("wire.closed")},
		{"hangs up at the login", fault.Rule{Stage: fault.Auth, Do: fault.Action{Close: true}}, same("wire.closed")},
		{"breaks TLS off", fault.Rule{Stage: fault.TLS, Do: fault.Action{Close: true}}, same("tls.closed")},
	} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			box := smallWorld(t, false)
			c := newClient(t, box)
			w.rule.Host = "mail.sakura.test"
			c.fault(w.rule)
			byIMAP, byPOP3, bySMTP := c.failures()
			explained(t, byIMAP, w.codes[0], 4, "mail.sakura.test")
			explained(t, byPOP3, w.codes[1], 4, "mail.sakura.test")
			explained(t, bySMTP, w.codes[2], 1, "mail.sakura.test")
		})
	}
}

// TestServerThatNeverAnswers: three servers that take what they are sent and say nothing. The time is the bubble's, so
// the protocols' limits of minutes pass at once.
func TestServerThatNeverAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(ctx context.Context, _, _ string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go io.Copy(io.Discard, theirs)
			return ours, nil
		}
		settings := config.Default()
		line := func(port int) config.Server {
			return config.Server{Host: "mail.example.org", Port: port, TLS: config.TLSStartTLS, User: alice}
		}
		settings.Accounts = []config.Account{{
			Name: "alice", Address: alice, Receive: config.ReceiveIMAP, IMAP: line(143), POP3: line(110), SMTP: line(587),
			Secret: config.Secret{Password: "apple"},
		}}
		s, err := open(&settings, filepath.Join(t.TempDir(), "mail.db"), &wire.Net{
			Dial: silent,
			Resolve: func(context.Context, string) ([]netip.Addr, error) {
				return []netip.Addr{netip.MustParseAddr("192.0.2.10")}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		began := time.Now()
		c := &client{Session: s, t: t}
		byIMAP, byPOP3, bySMTP := c.failures()
		explained(t, byIMAP, "wire.silent", 4, "mail.example.org")
		explained(t, byPOP3, "wire.silent", 4, "mail.example.org")
		explained(t, bySMTP, "wire.silent", 1, "mail.example.org")
		if waited := time.Since(began); waited > 20*time.Minute {
			t.Errorf("waited %v", waited)
		}
	})
}

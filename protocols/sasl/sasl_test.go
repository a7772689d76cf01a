package sasl

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
	"testing"

	gosasl "github.com/emersion/go-sasl"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	password = Credentials{User: "alice", Password: "pencil"}
	token    = Credentials{User: "alice@sakura.test", Token: "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"}
	both     = Credentials{User: "alice", Password: "pencil", Token: "ya29"}
)

func TestChoose(t *testing.T) {
	tests := []struct {
		offered, want string
		c             Credentials
		name, code    string
	}{
		{"PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256", "auto", password, "SCRAM-SHA-256", ""},
		{"PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1", "", password, "SCRAM-SHA-1", ""},
		{"PLAIN LOGIN CRAM-MD5", "auto", password, "CRAM-MD5", ""},
		{"LOGIN PLAIN", "auto", password, "PLAIN", ""},
		{"login", "AUTO", password, "LOGIN", ""},
		{"PLAIN XOAUTH2 OAUTHBEARER", "auto", token, "OAUTHBEARER", ""},
		{"PLAIN XOAUTH2", "auto", both, "XOAUTH2", ""},
		{"PLAIN XOAUTH2", "plain", both, "PLAIN", ""},
		{"PLAIN XOAUTH2", "xoauth2", both, "XOAUTH2", ""},
		{"PLAIN LOGIN", "plain", password, "PLAIN", ""},
		{"PLAIN SCRAM-SHA-256", "plain", password, "SCRAM-SHA-256", ""},
		{"CRAM-MD5 PLAIN", "cram_md5", password, "CRAM-MD5", ""},
		{"CRAM-MD5 SCRAM-SHA-1", "scram-sha-256", password, "", CodeWeak},
		{"PLAIN LOGIN", "scram-sha-1", password, "", CodeWeak},
		{"LOGIN", "plain", password, "", CodeWeak},
		{"XOAUTH2", "oauthbearer", token, "", CodeWeak},
		{"PLAIN", "xoauth2", token, "", CodeNone},
		{"PLAIN", "auto", token, "", CodeNone},
		{"XOAUTH2", "auto", password, "", CodeNone},
		{"GSSAPI NTLM", "auto", password, "", CodeNone},
		{"", "auto", password, "", CodeNone},
		{"PLAIN", "palin", password, "", CodeUnknown},
		{"PLAIN", "auto", Credentials{User: "alice"}, "", CodeCredentials},
		{"PLAIN", "auto", Credentials{Password: "x"}, "", CodeCredentials},
		{"XOAUTH2", "xoauth2", password, "", CodeCredentials},
		{"PLAIN", "auto", Credentials{User: "a\x00b", Password: "x"}, "", CodeCredentials},
		{"PLAIN", "auto", Credentials{User: "a", Password: "x\r\ny"}, "", CodeCredentials},
	}
	for _, test := range tests {
		m, err := Choose(strings.Fields(test.offered), test.want, test.c)
		var e *Error
		switch {
		case test.code != "":
			if !errors.As(err, &e) || e.Code != test.code {
				t.Errorf("%s of %q: %v, want %s", test.want, test.offered, err, test.code)
			}
			if err != nil && test.c.Password == "pencil" && strings.Contains(err.Error(), "pencil") {
				t.Errorf("%v holds the password", err)
			}
		case err != nil:
			t.Errorf("%s of %q: %v", test.want, test.offered, err)
		case m.Name() != test.name:
			t.Errorf("%s of %q is %s, want %s", test.want, test.offered, m.Name(), test.name)
		}
	}
}

func mechanism(t *testing.T, name string, c Credentials) (Mechanism, []byte) {
	t.Helper()
	m, err := Choose([]string{name}, name, c)
	if err != nil {
		t.Fatal(err)
	}
	initial, err := m.Start("mail.sakura.test")
	if err != nil {
		t.Fatal(err)
	}
	return m, initial
}

func TestPlainAgainstAnotherHand(t *testing.T) {
	m, initial := mechanism(t, "PLAIN", password)
	var user, secret string
	s := gosasl.NewPlainServer(func(_, u, p string) error { user, secret = u, p; return nil })
	if _, done, err := s.Next(initial); !done || err != nil || user != "alice" || secret != "pencil" {
		t.Errorf("%t %v %s %s", done, err, user, secret)
	}
	if _, err := m.Next([]byte("more")); err == nil {
		t.Error("PLAIN answers a challenge")
	}
	if !m.Secret() || Finish(m) != nil {
		t.Error("PLAIN sends the secret and needs no proof")
	}
}

func TestOAuthBearerAgainstAnotherHand(t *testing.T) {
	_, initial := mechanism(t, "OAUTHBEARER", token)
	var got gosasl.OAuthBearerOptions
	s := gosasl.NewOAuthBearerServer(func(o gosasl.OAuthBearerOptions) *gosasl.OAuthBearerError { got = o; return nil })
	if _, done, err := s.Next(initial); !done || err != nil {
		t.Fatal(done, err)
	}
	if got.Username != token.User || got.Token != token.Token || got.Host != "mail.sakura.test" {
		t.Errorf("the server reads %+v", got)
	}
}

func TestOAuthBearerAcknowledgesFailure(t *testing.T) {
	m, _ := mechanism(t, "OAUTHBEARER", token)
	if answer, err := m.Next([]byte(`{"status":"invalid_token"}`)); !bytes.Equal(answer, []byte{1}) || err != nil {
		t.Errorf("%q %v", answer, err)
	}
}

// A server may send the token back, alone or with all that was sent, also encoded; no error holds it.
func TestARefusalHoldsNoToken(t *testing.T) {
	c := Credentials{User: "alice@sakura.test", Token: "ya29.geheim"}
	for _, name := range []string{"OAUTHBEARER", "XOAUTH2"} {
		_, initial := mechanism(t, name, c)
		for _, said := range []string{
			c.Token, "x" + c.Token + "y", base64.StdEncoding.EncodeToString([]byte(c.Token)), base64.RawURLEncoding.EncodeToString([]byte("??>" + c.Token)),
			"mail " + base64.StdEncoding.EncodeToString(initial) + " read",
		} {
			m, _ := mechanism(t, name, c)
			if _, err := m.Next([]byte(`{"status":"400","scope":"` + said + `"}`)); err != nil {
				t.Fatal(err)
			}
			var e *TokenError
			if !errors.As(Refused(m, errors.New("no")), &e) || e.Status != "400" || e.Scope != "" {
				t.Errorf("%s, %s: %+v", name, said, e)
			}
		}
		m, _ := mechanism(t, name, c)
		if _, err := m.Next([]byte(`{"status":"400","scope":"https://mail.test/ bWFpbA=="}`)); err != nil {
			t.Fatal(err)
		}
		if got := Refused(m, errors.New("no")).Error(); !strings.Contains(got, "https://mail.test/ bWFpbA==") {
			t.Errorf("%s: another scope is left out: %s", name, got)
		}
	}
}

// The example of https://developers.google.com/gmail/imap/xoauth2-protocol, with another user.
func TestXOAuth2(t *testing.T) {
	m, initial := mechanism(t, "XOAUTH2", token)
	if want := "user=alice@sakura.test\x01auth=Bearer " + token.Token + "\x01\x01"; string(initial) != want {
		t.Errorf("%q, want %q", initial, want)
	}
	if answer, err := m.Next([]byte(`{"status":"400"}`)); len(answer) != 0 || err != nil {
		t.Errorf("%q %v", answer, err)
	}
}

func TestLogin(t *testing.T) {
	m, initial := mechanism(t, "LOGIN", password)
	if initial != nil {
		t.Errorf("initial %q", initial)
	}
	for _, want := range []string{"alice", "pencil"} {
		if got, err := m.Next([]byte("whatever")); string(got) != want || err != nil {
			t.Errorf("%q %v", got, err)
		}
	}
	if _, err := m.Next([]byte("again")); err == nil {
		t.Error("a third challenge is answered")
	}
}

// The example of RFC 2195 section 2.
func TestCramMD5(t *testing.T) {
	m, _ := mechanism(t, "CRAM-MD5", Credentials{User: "tim", Password: "tanstaaftanstaaf"})
	got, err := m.Next([]byte("<1896.697170952@postoffice.reston.mci.net>"))
	if want := "tim b913a602c7eda7a495b4e6e7334d3890"; string(got) != want || err != nil {
		t.Errorf("%q %v", got, err)
	}
	if m.Secret() {
		t.Error("CRAM-MD5 does not send the secret")
	}
}

// scramServer is the server's side of RFC 5802, written from the RFC.
type scramServer struct {
	hash       func() hash.Hash
	password   string
	iterations int
	salt       []byte
	bare       string
	first      string
}

func (s *scramServer) challenge(t *testing.T, clientFirst []byte) []byte {
	bare, ok := strings.CutPrefix(string(clientFirst), "n,,")
	if !ok {
		t.Fatalf("client-first %q", clientFirst)
	}
	_, nonce, _ := strings.Cut(bare, ",r=")
	s.bare = bare
	s.first = fmt.Sprintf("r=%s%s,s=%s,i=%d", nonce, rand.Text(), base64.StdEncoding.EncodeToString(s.salt), s.iterations)
	return []byte(s.first)
}

func (s *scramServer) mac(key, text []byte) []byte {
	h := hmac.New(s.hash, key)
	h.Write(text)
	return h.Sum(nil)
}

// proof checks the client's final message and gives the server's.
func (s *scramServer) proof(t *testing.T, clientFinal []byte) []byte {
	without, proof, _ := strings.Cut(string(clientFinal), ",p=")
	salted, err := pbkdf2.Key(s.hash, s.password, s.salt, s.iterations, s.hash().Size())
	if err != nil {
		t.Fatal(err)
	}
	key := s.mac(salted, []byte("Client Key"))
	h := s.hash()
	h.Write(key)
	message := []byte(s.bare + "," + s.first + "," + without)
	signature := s.mac(h.Sum(nil), message)
	for i := range key {
		key[i] ^= signature[i]
	}
	if want := base64.StdEncoding.EncodeToString(key); proof != want {
		t.Errorf("the client proves %s, want %s", proof, want)
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(s.mac(s.mac(salted, []byte("Server Key")), message)))
}

func TestScram(t *testing.T) {
	for name, h := range map[string]func() hash.Hash{"SCRAM-SHA-256": sha256.New, "SCRAM-SHA-1": sha1.New} {
		t.Run(name, func(t *testing.T) {
			s := &scramServer{hash: h, password: "pencil", iterations: 4096, salt: []byte("salt of the sea")}
			m, first := mechanism(t, name, password)
			final, err := m.Next(s.challenge(t, first))
			if err != nil {
				t.Fatal(err)
			}
			if Finish(m) == nil {
				t.Error("success before the server's proof is believed")
			}
			if rest, err := m.Next(s.proof(t, final)); len(rest) != 0 || err != nil {
				t.Errorf("%q %v", rest, err)
			}
			if err := Finish(m); err != nil || m.Secret() {
				t.Error(err)
			}
		})
	}
}

func TestScramDistrusts(t *testing.T) {
	answers := map[string]func(s *scramServer, first []byte) string{
		"another nonce": func(*scramServer, []byte) string { return "r=evil,s=c2FsdA==,i=4096" },
		"proof first":   func(*scramServer, []byte) string { return "v=AAAA" },
		"few rounds":    func(s *scramServer, f []byte) string { s.iterations = 1; return string(s.challenge(t, f)) },
		"endless work":  func(s *scramServer, f []byte) string { s.iterations = 2_000_000_000; return string(s.challenge(t, f)) },
		"nonsense":      func(*scramServer, []byte) string { return "r=,," },
		"nothing":       func(*scramServer, []byte) string { return "" },
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			m, first := mechanism(t, "SCRAM-SHA-256", password)
			s := &scramServer{hash: sha256.New, password: "pencil", iterations: 4096, salt: []byte("salt")}
			out, err := m.Next([]byte(answer(s, first)))
			var e *Error
			if !errors.As(err, &e) || e.Code != CodeServer {
				t.Errorf("answers %q, %v", out, err)
			}
		})
	}
	t.Run("wrong proof", func(t *testing.T) {
		m, first := mechanism(t, "SCRAM-SHA-256", password)
		s := &scramServer{hash: sha256.New, password: "pencil", iterations: 4096, salt: []byte("salt")}
		if _, err := m.Next(s.challenge(t, first)); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Next([]byte("v=AAAA")); err == nil || Finish(m) == nil {
			t.Error("a wrong proof is believed")
		}
	})
}

func TestNoFormatShowsTheSecret(t *testing.T) {
	c := Credentials{User: "alice", Password: "geheim", Token: "ya29.geheim"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, v := range []any{c, &c, struct{ Options Credentials }{c}} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "geheim") {
				t.Errorf("%s: %s", format, got)
			}
		}
	}
}

package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"todoku/diag/explain"
	"todoku/diag/ladder"
	"todoku/internal/config"
)

// TestNewAccount goes the way of the first run: servers are found, the doctor climbs with what was typed, the settings are
// written, and a start from them reads mail.
func TestNewAccount(t *testing.T) {
	keyring.MockInit()
	c := newClient(t, smallWorld(t, true))
	c.Config.Accounts, c.settings = nil, filepath.Join(t.TempDir(), "config.toml")
	path := c.settings
	found, err := c.FindSettings(t.Context(), nil, FindOptions{Address: "alice@sakura.test"})
	if err != nil || !found.Complete() {
		t.Fatalf("%+v %v", found, err)
	}
	n := NewAccount{Address: found.Address, Receive: "imap", IMAP: found.IMAP, SMTP: found.SMTP, Secret: NewSecret{SecretKeyring, "not it"}}
	checkup, err := c.TryAccount(t.Context(), nil, TryOptions{Account: n})
	if f, broken := checkup.Answer(); err != nil || !broken || f.Code != "doctor.login.password" {
		t.Fatalf("a wrong password: %+v %v", f, err)
	}
	n.Secret.Value = "apple"
	rungs := 0
	checkup, err = c.TryAccount(t.Context(), nil, TryOptions{Account: n, Watch: func(string, ladder.Rung) { rungs++ }})
	if f, broken := checkup.Answer(); err != nil || broken || rungs == 0 {
		t.Fatalf("%+v %v", f, err)
	}
	if _, err := keyring.Get("todoku", n.Address); err == nil {
		t.Error("a try kept the password")
	}
	if err := c.AddAccount(t.Context(), nil, AddOptions{Account: n}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || strings.Contains(string(text), "apple") {
		t.Errorf("%s %v", text, err)
	}
	if got, err := c.Sync(t.Context(), nil, SyncOptions{Account: n.Address}); err != nil || got.Total == 0 || len(c.Accounts()) != 1 {
		t.Errorf("at once: %+v %v", got, err)
	}
	if _, err := c.Forget(t.Context(), nil, ForgetOptions{Account: n.Address, Address: "gone@fuji.test"}); err != nil {
		t.Errorf("forgetting at once: %v", err)
	}
	started, err := startConfigured(StartOptions{ConfigFile: writeStore(t, path)})
	if err != nil {
		t.Fatal(err)
	}
	defer started.Close()
	started.Net, started.resolver = c.Net, c.resolver
	if got, err := started.Sync(t.Context(), nil, SyncOptions{Account: n.Address}); err != nil || got.Total == 0 {
		t.Errorf("%+v %v", got, err)
	}
	var twice *ConfigError
	n.Secret.Value = "another"
	if err := c.AddAccount(t.Context(), nil, AddOptions{Account: n}); !errors.As(err, &twice) || twice.Problems[0].Code != config.ProblemTwice {
		t.Errorf("the same again: %v", err)
	}
	if kept, err := keyring.Get("todoku", n.Address); err != nil || kept != "apple" {
		t.Errorf("the password of the account that is there became %q %v", kept, err)
	}
	c.settings = ""
	var refused *Error
	if err := c.AddAccount(t.Context(), nil, AddOptions{Account: n}); !errors.As(err, &refused) || refused.Code != "account.sandbox" {
		t.Errorf("in the sandbox: %v", err)
	}
}

// writeStore has settings name a store of the test.
func writeStore(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	store := fmt.Sprintf("store = %q\n", filepath.ToSlash(filepath.Join(t.TempDir(), "mail.db")))
	if err := os.WriteFile(path, append([]byte(store), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNewAccountsAsSettings(t *testing.T) {
	imap, smtp := FoundServer{"mail.fuji.test", 993, "implicit"}, FoundServer{"mail.fuji.test", 587, "starttls"}
	for _, v := range []struct {
		secret NewSecret
		user   string
		want   func(config.Account) bool
	}{
		{NewSecret{SecretCommand, `pass show "my mail"`}, "mika", func(a config.Account) bool {
			return len(a.Secret.PasswordCommand) == 3 && a.Secret.PasswordCommand[2] == "my mail" && a.IMAP.User == "mika" && a.SMTP.User == "mika"
		}},
		{NewSecret{SecretVariable, "MIKA"}, "mika@fuji.test", func(a config.Account) bool { return a.Secret.PasswordEnv == "MIKA" && a.IMAP.User == "" }},
		{NewSecret{SecretToken, "helper mika"}, "", func(a config.Account) bool { return len(a.OAuth.TokenCommand) == 2 }},
		{NewSecret{SecretKeyring, "geheim"}, "", func(a config.Account) bool { return a.Secret.Keyring && a.Secret.Password == "" }},
	} {
		n := NewAccount{Address: "mika@fuji.test", Receive: "imap", IMAP: imap, SMTP: smtp, User: v.user, Secret: v.secret}
		if a := n.settings(); !v.want(a) || a.POP3 != (config.Server{}) {
			t.Errorf("%v: %+v", v.secret, a)
		}
		if text := fmt.Sprintf("%v %+v %#v", n, n, n); strings.Contains(text, "geheim") {
			t.Error(text)
		}
	}
}

// TestEditServer tells first, writes when it is agreed, and the doctor then climbs with it.
func TestEditServer(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	path := filepath.Join(t.TempDir(), "config.toml")
	text := "[[account]]\naddress = \"alice@sakura.test\" # me\n[account.imap]\nhost = \"mail.sakura.test\"\nport = 143 # old\n[account.smtp]\nhost = \"mail.sakura.test\"\n" +
		"[account.secret]\npassword = \"apple\"\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if c.settings = path; c.rereadAccounts() != nil {
		t.Fatal("the settings are wrong")
	}
	o := EditOptions{Account: "alice@sakura.test", Server: "imap", Port: 993, TLS: "implicit"}
	got, err := c.EditServer(t.Context(), nil, o)
	want := []config.EditedLine{{Number: 5, After: "tls = \"implicit\""}, {Number: 6, Before: "port = 143 # old", After: "port = 993 # old"}}
	if err != nil || !slices.Equal(got.Lines, want) || got.Path != path {
		t.Fatalf("%+v %v", got, err)
	}
	if now, _ := os.ReadFile(path); string(now) != text {
		t.Error("it was written before it was agreed to")
	}
	o.Agreed = got.Plan
	var refused *Error
	for _, other := range []string{"# another file\n" + text, strings.Replace(text, "# old", "# older", 1)} {
		os.WriteFile(path, []byte(other), 0o600)
		if _, err := c.EditServer(t.Context(), nil, o); !errors.As(err, &refused) || !errors.Is(err, config.ErrMeanwhile) {
			t.Errorf("a file that nobody was shown: %v", err)
		}
		if now, _ := os.ReadFile(path); string(now) != other {
			t.Errorf("it was written:\n%s", now)
		}
	}
	os.WriteFile(path, []byte(text), 0o600)
	if _, err := c.EditServer(t.Context(), nil, o); err != nil {
		t.Fatal(err)
	}
	checkup, err := c.Doctor(t.Context(), nil, DoctorOptions{})
	if f, broken := checkup.Answer(); err != nil || broken {
		t.Errorf("%+v %v", f, err)
	}
	if runtime.GOOS != "windows" { // others may read the password by now, and the settings are not taken so
		os.Chmod(path, 0o644)
		o.Port, o.Agreed = 143, ""
		planned, err := c.EditServer(t.Context(), nil, o)
		o.Agreed = planned.Plan
		if _, err2 := c.EditServer(t.Context(), nil, o); err != nil || explain.Find(err2).Code != "account.unread" {
			t.Errorf("settings that were written and not read again: %v, %v", err, err2)
		}
		if now, _ := os.ReadFile(path); !strings.Contains(string(now), "port = 143") {
			t.Errorf("they were not written:\n%s", now)
		}
	}
	o.Server = "pop3"
	if _, err := c.EditServer(t.Context(), nil, o); !errors.As(err, &refused) || refused.Code != "account.by-hand" {
		t.Errorf("a server that is not there: %v", err)
	}
	if _, err := c.EditServer(t.Context(), nil, EditOptions{Account: "nobody"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody's: %v", err)
	}
	c.settings = ""
	if _, err := c.EditServer(t.Context(), nil, o); !errors.As(err, &refused) || refused.Code != "account.sandbox" {
		t.Errorf("in the sandbox: %v", err)
	}
}

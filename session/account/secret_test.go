package account

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"todoku/internal/config"
)

func TestCredentials(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("sh is not installed")
	}
	keyring.MockInit()
	if err := keyring.Set(keyringService, "bob@fuji.test", "from the keyring"); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TODOKU_TEST_SECRET", "from the environment")
	shell := func(script string) []string { return []string{"sh", "-c", script} }
	for name, c := range map[string]struct {
		secret config.Secret
		oauth  config.OAuth
		want   string // password or token
		code   string
	}{
		"in the settings":       {secret: config.Secret{Password: "plain"}, want: "plain"},
		"environment":           {secret: config.Secret{PasswordEnv: "TODOKU_TEST_SECRET"}, want: "from the environment"},
		"keyring":               {secret: config.Secret{Keyring: true}, want: "from the keyring"},
		"command":               {secret: config.Secret{PasswordCommand: shell(`printf 'first line\r\nsecond\n'`)}, want: "first line"},
		"spaces are kept":       {secret: config.Secret{PasswordCommand: shell(`echo ' a b '`)}, want: " a b "},
		"token":                 {oauth: config.OAuth{TokenCommand: shell(`echo token`)}, secret: config.Secret{Password: "unused"}, want: "token"},
		"nothing":               {code: "secret.none"},
		"no such variable":      {secret: config.Secret{PasswordEnv: "TODOKU_TEST_NOT_SET"}, code: "secret.env"},
		"command fails":         {secret: config.Secret{PasswordCommand: shell(`echo hunter2; echo hunter2 >&2; exit 3`)}, code: "secret.command"},
		"command is not there":  {secret: config.Secret{PasswordCommand: []string{"/nonexistent/helper"}}, code: "secret.command"},
		"command says nothing":  {secret: config.Secret{PasswordCommand: shell(`:`)}, code: "secret.command"},
		"command says too much": {secret: config.Secret{PasswordCommand: shell(`while :; do echo hunter2hunter2hunter2hunter2; done`)}, code: "secret.command"},
	} {
		t.Run(name, func(t *testing.T) {
			a := config.Account{Name: "bob", Address: "bob@fuji.test", Secret: c.secret, OAuth: c.oauth}
			got, err := Credentials(t.Context(), a, config.Server{User: "robert"})
			if c.code == "" {
				if err != nil || got.User != "robert" || got.Password+got.Token != c.want || (got.Token != "") != (len(c.oauth.TokenCommand) > 0) {
					t.Fatalf("%+v %v", got, err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Code != c.code {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			code, args := e.Explain()
			for _, text := range []string{err.Error(), code, args["cause"], args["where"]} {
				if strings.Contains(text, "hunter2") {
					t.Errorf("%q holds what the command printed", text)
				}
			}
		})
	}
}

func TestUserIsTheAddressUnlessSaid(t *testing.T) {
	a := config.Account{Name: "bob", Address: "bob@fuji.test", Secret: config.Secret{Password: "x"}}
	if c, err := Credentials(t.Context(), a, config.Server{}); err != nil || c.User != "bob@fuji.test" {
		t.Errorf("%+v %v", c, err)
	}
}

func TestKeyringWithoutThePassword(t *testing.T) {
	keyring.MockInit()
	_, err := Credentials(t.Context(), config.Account{Name: "x", Address: "x@y.test", Secret: config.Secret{Keyring: true}}, config.Server{})
	var e *Error
	if !errors.As(err, &e) || e.Code != "secret.keyring" || errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

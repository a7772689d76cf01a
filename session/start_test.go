package session

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"todoku/internal/config"
)

const oneAccount = `[[account]]
name = "a"
address = "a@sakura.test"
imap.host = "mail.sakura.test"
smtp.host = "mail.sakura.test"
secret.password = "apple"
`

// settings writes a config file.
func settings(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStoreInTheHomeFolder(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	s, err := Start(t.Context(), nil, StartOptions{ConfigFile: settings(t, "store = \"~/mail/here.db\"\n"+oneAccount, 0o600)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := os.Stat(filepath.Join(home, "mail", "here.db")); err != nil {
		t.Error(err)
	}
}

func TestSettingsThatCannotBeUsed(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	if _, err := Start(t.Context(), nil, StartOptions{ConfigFile: filepath.Join(t.TempDir(), "none.toml")}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a named file that is missing: %v", err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for path, code := range map[string]string{
		settings(t, oneAccount, 0o644): config.ProblemExposed,
		"/dev/zero":                    config.ProblemUnusable,
	} {
		_, err := Start(t.Context(), nil, StartOptions{ConfigFile: path})
		var mistakes *ConfigError
		if !errors.As(err, &mistakes) || mistakes.Problems[0].Code != code {
			t.Errorf("%s: %v", path, err)
		}
	}
}

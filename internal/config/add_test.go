package config

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// mika is an account that needs quoting.
func mika() Account {
	return Account{Address: "mika@fuji.test", FullName: `Mika "みか" \ Fuji`, IMAP: Server{Host: "mail.fuji.test", Port: 993, TLS: TLSImplicit},
		SMTP: Server{Host: "mail.fuji.test", Port: 587, TLS: TLSStartTLS, User: "mika"}, Secret: Secret{PasswordCommand: []string{"pass", `a "b"`}}}
}

// add plans and writes.
func add(path string, a Account) ([]Problem, error) {
	e, problems, err := PlanAdd(path, a)
	if err != nil || len(problems) > 0 {
		return problems, err
	}
	return nil, e.Write()
}

func TestAddMakesAFileForItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "todoku", "config.toml")
	if problems, err := add(path, mika()); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	c, problems := Load(path)
	want, _ := Complete(mika())
	if len(problems) > 0 || len(c.Accounts) != 1 {
		t.Fatal(problems)
	}
	equal(t, c.Accounts[0], want)
}

// The lines that are added end as those that stand there.
func TestAddEndsLinesAsTheFileDoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte("lang = \"ja\"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if problems, err := add(path, mika()); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	now, _ := os.ReadFile(path)
	if text := string(now); strings.Count(text, "\n") < 9 || strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Errorf("%q", text)
	}
	if c, problems := Load(path); len(problems) > 0 || len(c.Accounts) != 1 {
		t.Errorf("%+v %v", c, problems)
	}
}

func TestAddKeepsWhatStands(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	old := "# mine\nlang = \"ja\" # always\n\n[[account]]\naddress = \"a@b.test\" # first\nimap.host = \"b.test\""
	if err := os.WriteFile(path, []byte(old), 0o640); err != nil {
		t.Fatal(err)
	}
	if problems, err := add(path, mika()); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	now, _ := os.ReadFile(path)
	if !strings.HasPrefix(string(now), old+"\n\n[[account]]\n") {
		t.Errorf("%s", now)
	}
	if c, problems := Load(path); len(problems) > 0 || len(c.Accounts) != 2 || c.Accounts[1].FullName != mika().FullName || c.Lang != "ja" {
		t.Errorf("%+v %v", c, problems)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("the mode became %v", info.Mode())
	}
}

// Nothing is written where the whole would be wrong: the same account again, a file that is wrong already, another form.
func TestAddWritesNoMistake(t *testing.T) {
	for name, old := range map[string]string{
		"the same address": "[[account]]\nname = \"fuji\"\naddress = \"Mika@fuji.test\"\nimap.host = \"b.test\"\n",
		"the same account": "[[account]]\naddress = \"mika@fuji.test\"\nimap.host = \"b.test\"\n",
		"wrong already":    "lagn = \"ja\"\n",
		"no TOML":          "lang = ",
		"another form":     "account = [{address = \"a@b.test\", imap = {host = \"b.test\"}}]\n",
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		problems, err := add(path, mika())
		if now, _ := os.ReadFile(path); string(now) != old || len(problems) == 0 || err != nil {
			t.Errorf("%s: %v, %v, the file is now\n%s", name, problems, err, now)
		}
	}
	bad := mika()
	bad.IMAP.Host = "https://mail.fuji.test"
	path := filepath.Join(t.TempDir(), "config.toml")
	if problems, err := add(path, bad); len(problems) == 0 || err != nil {
		t.Errorf("a bad host: %v, %v", problems, err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was made for a bad account")
	}
}

// An account goes into the file that it was planned for, whole, and nothing else is left there.
func TestAddToAFileThatChangedMeanwhile(t *testing.T) {
	for name, old := range map[string]string{"a file": "lang = \"ja\"\n", "none": ""} {
		path := filepath.Join(t.TempDir(), "config.toml")
		if old != "" {
			os.WriteFile(path, []byte(old), 0o600)
		}
		e, problems, err := PlanAdd(path, mika())
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		const others = "lang = \"en\"\n"
		os.WriteFile(path, []byte(others), 0o600)
		if err := e.Write(); !errors.Is(err, ErrMeanwhile) {
			t.Errorf("%s: %v", name, err)
		}
		if now, _ := os.ReadFile(path); string(now) != others {
			t.Errorf("%s: the file is now\n%s", name, now)
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
			t.Errorf("%s: %v", name, left)
		}
	}
}

// The file is replaced as a whole: who reads it meanwhile has the old one or the new one, never half an account.
func TestAddReplacesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	const old = "lang = \"ja\"\n"
	os.WriteFile(path, []byte(old), 0o600)
	reader, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if runtime.GOOS == "windows" {
		t.Skip("an open file is not replaced there")
	}
	if problems, err := add(path, mika()); err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if there, err := io.ReadAll(reader); err != nil || string(there) != old {
		t.Errorf("%q %v", there, err)
	}
}

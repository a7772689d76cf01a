package config

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Each form in which a server may stand: tables, dotted keys, inline tables. Everything else stays to the octet.
func TestEdits(t *testing.T) {
	const head = "# 私の設定\n[[account]]\naddress = \"a@b.test\" # first\n"
	for _, v := range []struct {
		name, file string
		edit       ServerEdit
		from, to   string // what is replaced in the file
		lines      int
	}{
		{"a value", head + "[account.imap]\nhost = \"b.test\" # mine\ntls = 'implicit'\n", ServerEdit{Server: "imap", Host: "c.test"}, `"b.test" # mine`, `"c.test" # mine`, 1},
		{"literal string and an added port", head + "[account.imap]\nhost = \"b.test\"\ntls = 'implicit'\n", ServerEdit{Server: "imap", TLS: TLSStartTLS, Port: 143},
			"host = \"b.test\"\ntls = 'implicit'", "host = \"b.test\"\nport = 143\ntls = \"starttls\"", 2},
		{"dotted keys", head + "  imap.host = \"b.test\"\nsmtp.host = \"s.test\"\n", ServerEdit{Server: "imap", TLS: TLSStartTLS}, "imap.host = \"b.test\"\n", "imap.host = \"b.test\"\n  imap.tls = \"starttls\"\n", 1},
		{"inline table", head + "imap = {host = \"b.test\", port = 9_93}\n", ServerEdit{Server: "imap", Port: 143, TLS: TLSStartTLS}, `"b.test", port = 9_93`, `"b.test", tls = "starttls", port = 143`, 1},
		{"no line end at the end", head + "imap.host = \"b.test\"", ServerEdit{Server: "imap", Port: 143}, `"b.test"`, "\"b.test\"\nimap.port = 143", 1},
		{"the second account", head + "imap.host = \"b.test\"\n[[account]]\naddress = \"c@b.test\"\nimap.host = \"b.test\" # two\n", ServerEdit{Account: 1, Server: "imap", Host: "x.test"}, `"b.test" # two`, `"x.test" # two`, 1},
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(v.file), 0o640); err != nil {
			t.Fatal(err)
		}
		e, problems, err := PlanEdit(path, v.edit)
		if err != nil || len(problems) > 0 || len(e.Lines) != v.lines {
			t.Errorf("%s: %+v %v %v", v.name, e, problems, err)
			continue
		}
		if now, _ := os.ReadFile(path); string(now) != v.file {
			t.Errorf("%s: written before it was wanted", v.name)
		}
		if err := e.Write(); err != nil {
			t.Errorf("%s: %v", v.name, err)
		}
		now, _ := os.ReadFile(path)
		equal(t, string(now), strings.Replace(v.file, v.from, v.to, 1))
		if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
			t.Errorf("%s: mode %v", v.name, info.Mode())
		}
		if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
			t.Errorf("%s: %v", v.name, left)
		}
	}
}

func TestEditsThatAreNotMade(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	path := write("[[account]]\naddress = \"a@b.test\"\nimap.host = \"\"\"b.test\"\"\"\n")
	if _, _, err := PlanEdit(path, ServerEdit{Server: "imap", Host: "c"}); err == nil {
		t.Error("a string of several lines was changed")
	}
	if _, _, err := PlanEdit(path, ServerEdit{Server: "smtp", Host: "c"}); err == nil {
		t.Error("a server that is not there was changed")
	}
	path = write("[[account]]\naddress = \"a@b.test\"\nimap.host = \"b.test\"\n")
	if _, problems, err := PlanEdit(path, ServerEdit{Server: "imap", Port: 70000}); err != nil || len(problems) != 1 {
		t.Errorf("a port that is none: %v %v", problems, err)
	}
	e, _, err := PlanEdit(path, ServerEdit{Server: "imap", Host: "c.test"})
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile(path, []byte("lang = \"ja\"\n"), 0o600)
	if err := e.Write(); err == nil {
		t.Error("a file that was changed meanwhile was written over")
	}
}

func TestAnEditFollowsALink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege there")
	}
	dir := t.TempDir()
	real, link := filepath.Join(dir, "dotfiles.toml"), filepath.Join(dir, "config.toml")
	os.WriteFile(real, []byte("[[account]]\naddress = \"a@b.test\"\nimap.host = \"b.test\"\n"), 0o600)
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	e, _, err := PlanEdit(link, ServerEdit{Server: "imap", Host: "c.test"})
	if err == nil {
		err = e.Write()
	}
	if info, _ := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("%v, the link is %v", err, info.Mode())
	}
	if c, _ := Load(link); c.Accounts[0].IMAP.Host != "c.test" {
		t.Errorf("%+v", c.Accounts)
	}
}

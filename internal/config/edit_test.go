package config

import (
	"errors"
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
		{"a value", head + "[account.imap]\nhost = \"b.test\" # mine\ntls = 'implicit'\n", ServerEdit{Account: "a@b.test", Server: "imap", Host: "c.test"}, `"b.test" # mine`, `"c.test" # mine`, 1},
		{"literal string and an added port", head + "[account.imap]\nhost = \"b.test\"\ntls = 'implicit'\n", ServerEdit{Account: "a@b.test", Server: "imap", TLS: TLSStartTLS, Port: 143},
			"host = \"b.test\"\ntls = 'implicit'", "host = \"b.test\"\nport = 143\ntls = \"starttls\"", 2},
		{"dotted keys", head + "  imap.host = \"b.test\"\nsmtp.host = \"s.test\"\n", ServerEdit{Account: "a@b.test", Server: "imap", TLS: TLSStartTLS}, "imap.host = \"b.test\"\n", "imap.host = \"b.test\"\n  imap.tls = \"starttls\"\n", 1},
		{"inline table", head + "imap = {host = \"b.test\", port = 9_93}\n", ServerEdit{Account: "a@b.test", Server: "imap", Port: 143, TLS: TLSStartTLS}, `"b.test", port = 9_93`, `"b.test", tls = "starttls", port = 143`, 1},
		{"no line end at the end", head + "imap.host = \"b.test\"", ServerEdit{Account: "a@b.test", Server: "imap", Port: 143}, `"b.test"`, "\"b.test\"\nimap.port = 143", 1},
		{"lines that end in CRLF", strings.ReplaceAll(head+"imap.host = \"b.test\"\n", "\n", "\r\n"), ServerEdit{Account: "a@b.test", Server: "imap", Port: 143}, "b.test\"\r\n", "b.test\"\r\nimap.port = 143\r\n", 1},
		{"no line end at the end, CRLF before", strings.ReplaceAll(head+"imap.host = \"b.test\"", "\n", "\r\n"), ServerEdit{Account: "a@b.test", Server: "imap", Port: 143}, `"b.test"`, "\"b.test\"\r\nimap.port = 143", 1},
		{"a byte order mark", "\ufeff" + head + "imap.host = \"b.test\"\n", ServerEdit{Account: "a@b.test", Server: "imap", Host: "c.test"}, `"b.test"`, `"c.test"`, 1},
		{"the second account", head + "imap.host = \"b.test\"\n[[account]]\naddress = \"c@b.test\"\nimap.host = \"b.test\" # two\n", ServerEdit{Account: "c@b.test", Server: "imap", Host: "x.test"}, `"b.test" # two`, `"x.test" # two`, 1},
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
	if _, _, err := PlanEdit(path, ServerEdit{Account: "a@b.test", Server: "imap", Host: "c"}); err == nil {
		t.Error("a string of several lines was changed")
	}
	if _, _, err := PlanEdit(path, ServerEdit{Account: "a@b.test", Server: "smtp", Host: "c"}); err == nil {
		t.Error("a server that is not there was changed")
	}
	path = write("[[account]]\naddress = \"a@b.test\"\nimap.host = \"b.test\"\n")
	if _, problems, err := PlanEdit(path, ServerEdit{Account: "a@b.test", Server: "imap", Port: 70000}); err != nil || len(problems) != 1 {
		t.Errorf("a port that is none: %v %v", problems, err)
	}
	e, _, err := PlanEdit(path, ServerEdit{Account: "a@b.test", Server: "imap", Host: "c.test"})
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
	e, _, err := PlanEdit(link, ServerEdit{Account: "a@b.test", Server: "imap", Host: "c.test"})
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

// The lines that are shown are the lines that are written, wherever a line is added.
func TestTheLinesOfAnEdit(t *testing.T) {
	const head = "[[account]]\naddress = \"a@b.test\"\n"
	for _, v := range []struct {
		name, file string
		edit       ServerEdit
		want       []EditedLine
	}{
		{"an added line behind a changed one", "[account.imap]\nport = 993\nhost = \"b.test\"\nuser = \"me\"\n", ServerEdit{TLS: TLSStartTLS, Port: 143},
			[]EditedLine{{4, "port = 993", "port = 143"}, {6, "", `tls = "starttls"`}}},
		{"two added lines and a changed one below", "[account.imap]\nhost = \"b.test\"\nuser = \"me\"\n", ServerEdit{Host: "c.test", TLS: TLSStartTLS, Port: 143},
			[]EditedLine{{4, `host = "b.test"`, `host = "c.test"`}, {5, "", "port = 143"}, {6, "", `tls = "starttls"`}}},
		{"one line three times", "imap = {host = \"b.test\"}\n", ServerEdit{Host: "c.test", TLS: TLSStartTLS, Port: 143},
			[]EditedLine{{3, `imap = {host = "b.test"}`, `imap = {host = "c.test", port = 143, tls = "starttls"}`}}},
		{"lines that end in CRLF", "[account.imap]\r\nport = 993\r\nhost = \"b.test\"\r\n", ServerEdit{TLS: TLSStartTLS, Port: 143},
			[]EditedLine{{4, "port = 993", "port = 143"}, {6, "", `tls = "starttls"`}}},
		{"what stands there already", "imap.host = \"b.test\"\n", ServerEdit{Host: "b.test"}, nil},
	} {
		path := filepath.Join(t.TempDir(), "config.toml")
		os.WriteFile(path, []byte(head+v.file), 0o600)
		v.edit.Account, v.edit.Server = "a@b.test", "imap"
		e, problems, err := PlanEdit(path, v.edit)
		if err != nil || len(problems) > 0 {
			t.Errorf("%s: %v %v", v.name, problems, err)
			continue
		}
		equal(t, e.Lines, v.want)
	}
}

// An account is known by its name, wherever it stands in the file by now.
func TestAnEditFindsTheAccountByName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.toml")
	os.WriteFile(path, []byte("[[account]]\naddress = \"other@b.test\"\nimap.host = \"b.test\"\n[[account]]\nname = \"me\"\naddress = \"a@b.test\"\nimap.host = \"b.test\"\n"), 0o600)
	e, _, err := PlanEdit(path, ServerEdit{Account: "me", Server: "imap", Host: "c.test"})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, e.Lines, []EditedLine{{7, `imap.host = "b.test"`, `imap.host = "c.test"`}})
	if _, _, err := PlanEdit(path, ServerEdit{Account: "gone", Server: "imap", Host: "c.test"}); !errors.Is(err, ErrMeanwhile) {
		t.Errorf("an account that is not there: %v", err)
	}
}

package config

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const example = "../../config.example.toml"

func equal(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("(-want +got)\n%s", d)
	}
}

func decodeGood(t *testing.T, text string) Config {
	t.Helper()
	c, problems, _ := decode([]byte(text), "config.toml")
	for _, p := range problems {
		t.Error(p)
	}
	return c
}

func readExample(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestExampleIsTheDefaults(t *testing.T) {
	want := Default()
	equal(t, decodeGood(t, readExample(t)), want)
	empty, problems, _ := decode(nil, "config.toml")
	equal(t, len(problems), 0)
	equal(t, empty, Default())
}

// What the example shows in comments has to be good too.
func TestExampleUncommented(t *testing.T) {
	text := regexp.MustCompile(`(?m)^#([\[a-z].*)$`).ReplaceAllString(readExample(t), "$1")
	c := decodeGood(t, text)
	equal(t, len(c.Accounts), 2)
	sakura, fuji := c.Accounts[0], c.Accounts[1]
	equal(t, sakura.IMAP, Server{Host: "mail.sakura.test", Port: 993, TLS: TLSImplicit, User: "alice@sakura.test"})
	equal(t, sakura.POP3, Server{Host: "mail.sakura.test", Port: 995, TLS: TLSImplicit, User: "alice@sakura.test"})
	equal(t, sakura.SMTP, Server{Host: "mail.sakura.test", Port: 587, TLS: TLSStartTLS, User: "alice@sakura.test"})
	equal(t, sakura.Folders.Archive, "Archive")
	equal(t, fuji.Receive, ReceivePOP3)
	equal(t, fuji.LeaveOnServer, LeaveDays)
	equal(t, fuji.OAuth.TokenCommand, []string{"my-token-helper", "bob@fuji.test"})
}

func TestDefaultsOfAnAccount(t *testing.T) {
	c := decodeGood(t, `
[[account]]
address = "alice@sakura.test"
imap = { host = "mail.sakura.test", port = 143 }
smtp = { host = "mail.sakura.test", user = "alice" }`)
	equal(t, c.Accounts, []Account{{
		Name: "alice@sakura.test", Address: "alice@sakura.test", Receive: ReceiveIMAP,
		IMAP:          Server{Host: "mail.sakura.test", Port: 143, TLS: TLSStartTLS, User: "alice@sakura.test"},
		SMTP:          Server{Host: "mail.sakura.test", Port: 465, TLS: TLSImplicit, User: "alice"},
		LeaveOnServer: LeaveKeep, LeaveDays: 14,
	}})
}

// Each problem as file:line:column, code and words. The table is the golden file.
func TestProblems(t *testing.T) {
	const good = "[[account]]\naddress = \"a@b.test\"\n[account.imap]\nhost = \"b.test\"\n"
	for _, test := range []struct{ name, text, want string }{
		{"syntax", "lang = \n", "c:1:8: this is not TOML: unexpected character U+000A at start of value [config.syntax]"},
		{"syntax with Japanese before it", "editor = \"漢字\" x\n", "c:1:15: this is not TOML: expected newline but got U+0078 'x' [config.syntax]"},
		{"unknown key", "[ui]\ntheem = \"dark\"\n", "c:2:1: there is no key ui.theem; did you mean theme? [config.unknown-key]"},
		{"unknown table", "[uii]\nx = 1\n", "c:1:2: there is no key uii; did you mean ui? [config.unknown-key]"},
		{"key of a table below", "[[account]]\naddress = \"a@b.test\"\npassword_env = \"x\"\n[account.imap]\nhost = \"b\"\n",
			"c:3:1: there is no key account.password_env; did you mean secret.password_env? [config.unknown-key]"},
		{"nothing near", "zzzzzz = 1\n", "c:1:1: there is no key zzzzzz [config.unknown-key]"},
		{"text for a number", good + "port = \"993\"\n", "c:5:8: account.imap.port takes a whole number, not text in quotes [config.wrong-type]"},
		{"number for text", "lang = 1\n", "c:1:8: lang takes text in quotes, not a whole number [config.wrong-type]"},
		{"text for a switch", "[ui]\nmouse = \"yes\"\n", "c:2:9: ui.mouse takes true or false, not text in quotes [config.wrong-type]"},
		{"text for a list", good + "\n[account.secret]\npassword_command = \"pass\"\n", "c:7:20: account.secret.password_command takes a list of texts in quotes, not text in quotes [config.wrong-type]"},
		{"numbers in a list", good + "\n[account.secret]\npassword_command = [1]\n", "c:7:1: account.secret.password_command takes a list of texts in quotes, not a list [config.wrong-type]"},
		{"single brackets", "[account]\naddress = \"a@b.test\"\n", "c:1:2: account takes tables in double brackets, not a table [config.wrong-type]"},
		{"server before its account", "[account.imap]\nhost = \"x\"\n", "c:1:2: account takes tables in double brackets, not a table [config.wrong-type]"},
		{"double brackets", "[[ui]]\n", "c:1:3: ui takes a table, not tables in double brackets [config.wrong-type]"},
		{"set twice", "lang = \"en\"\nlang = \"ja\"\n", "c:2:1: lang is set a second time (first on line 1); remove one [config.twice]"},
		{"table twice", "[ui]\n[ui]\n", "c:2:2: ui is set a second time (first on line 1); remove one [config.twice]"},
		{"language", "lang = \"jp\"\n", "c:1:8: lang cannot be \"jp\"; it takes en, ja; did you mean ja? [config.bad-value]"},
		{"port", good + "port = 70000\n", "c:5:8: account.imap.port cannot be \"70000\"; it takes 1-65535 [config.bad-value]"},
		{"tls mode", good + "tls = \"start-tls\"\n", "c:5:7: account.imap.tls cannot be \"start-tls\"; it takes implicit, starttls, none; did you mean starttls? [config.bad-value]"},
		{"tls mode of other programs", good + "tls = \"SSL/TLS\"\n", "c:5:7: account.imap.tls cannot be \"SSL/TLS\"; it takes implicit, starttls, none; did you mean implicit? [config.bad-value]"},
		{"host with port", good + "[account.smtp]\nhost = \"b.test:465\"\n",
			"c:6:8: account.smtp.host cannot be \"b.test:465\"; it takes a host name or an address, without port; did you mean b.test? [config.bad-value]"},
		{"address", "[[account]]\naddress = \"alice\"\nimap.host = \"b\"\n", "c:2:11: account.address cannot be \"alice\"; it takes name@domain [config.bad-value]"},
		{"no address", "[[account]]\nname = \"x\"\nimap.host = \"b\"\n", "c:1:3: account.address is missing in account x [config.missing]"},
		{"no server", "[[account]]\naddress = \"a@b.test\"\n", "c:1:3: account.imap.host is missing in account a@b.test [config.missing]"},
		{"server without host", good + "[account.smtp]\nport = 25\n", "c:5:10: account.smtp.host is missing in account a@b.test [config.missing]"},
		{"account twice", good + good, "c:6:11: account.address is \"a@b.test\" a second time (first on line 2); give each its own [config.twice]"},
		{"two secrets", good + "[account.secret]\npassword_env = \"X\"\nkeyring = true\n",
			"c:7:11: account.secret.keyring and account.secret.password_env exclude one another in account a@b.test; keep one [config.conflict]"},
		{"token wanted", good + "auth = \"xoauth2\"\n", "c:1:3: account.oauth.token_command is missing in account a@b.test [config.missing]"},
		{"in the second account", good + "[[account]]\nname = \"two\"\naddress = \"c@d.test\"\nreceive = \"pop\"\nimap.host = \"d\"\n",
			"c:8:11: account.receive cannot be \"pop\"; it takes imap, pop3; did you mean pop3? [config.bad-value]"},
		{"several at once", "lang = 1\n[ui]\nmosue = true\n", "c:1:8: lang takes text in quotes, not a whole number [config.wrong-type]\n" +
			"c:3:1: there is no key ui.mosue; did you mean mouse? [config.unknown-key]"},
		{"values beside unknown keys", "lagn = \"ja\"\n[[account]]\naddress = \"a@b.test\"\nrecieve = \"pop3\"\n[account.imap]\nhosst = \"b\"\nport = 70000\n",
			"c:1:1: there is no key lagn; did you mean lang? [config.unknown-key]\n" +
				"c:4:1: there is no key account.recieve; did you mean receive? [config.unknown-key]\n" +
				"c:6:1: there is no key account.imap.hosst; did you mean host? [config.unknown-key]\n" +
				"c:7:8: account.imap.port cannot be \"70000\"; it takes 1-65535 [config.bad-value]"},
		{"values beside wrong kinds", "[ui]\nmouse = 1\ntheme = \"drak\"\n[[account]]\naddress = \"a@b.test\"\nimap.host = [\n  \"b\",\n]\nimap.port = 0\nimap.tls = \"yes\"\n",
			"c:2:9: ui.mouse takes true or false, not a whole number [config.wrong-type]\n" +
				"c:3:9: ui.theme cannot be \"drak\"; it takes auto, dark, light, high-contrast; did you mean dark? [config.bad-value]\n" +
				"c:6:6: account.imap.host takes text in quotes, not a list [config.wrong-type]\n" +
				"c:10:12: account.imap.tls cannot be \"yes\"; it takes implicit, starttls, none [config.bad-value]"},
		{"a spoiled table goes whole", "[account]\naddress = \"a\"\n[ui]\ntheme = \"x\"\n",
			"c:1:2: account takes tables in double brackets, not a table [config.wrong-type]\n" +
				"c:4:9: ui.theme cannot be \"x\"; it takes auto, dark, light, high-contrast [config.bad-value]"},
		{"no TOML after a mistake", "lang = 1\n[ui]\ntheme = \"x\n", "c:3:11: this is not TOML: basic strings cannot have new lines [config.syntax]"},
		{"byte order mark", "\xef\xbb\xbflang = 1\n", "c:1:8: lang takes text in quotes, not a whole number [config.wrong-type]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, problems, _ := decode([]byte(test.text), "c")
			var got []string
			for _, p := range problems {
				got = append(got, p.String()+" ["+p.Code+"]")
			}
			equal(t, strings.Join(got, "\n"), test.want)
		})
	}
}

func TestPasswordOthersCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	path := filepath.Join(t.TempDir(), "config.toml")
	text := "[[account]]\naddress = \"a@b.test\"\nimap.host = \"b.test\"\nsecret.password = \"geheim\"\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	_, problems := Load(path)
	want := []Problem{{File: path, Line: 4, Column: 19, Code: ProblemExposed, Key: "account.secret.password", Args: map[string]string{"mode": "0644"}}}
	equal(t, problems, want)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	_, problems = Load(path)
	equal(t, len(problems), 0)
}

func TestLoadWithoutFile(t *testing.T) {
	c, problems := Load(filepath.Join(t.TempDir(), "none.toml"))
	equal(t, len(problems), 0)
	equal(t, c, Default())
	_, problems = Load(t.TempDir())
	if len(problems) != 1 || problems[0].Code != ProblemUnusable {
		t.Fatalf("a folder as config gave %v", problems)
	}
}

func TestPaths(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "c"))
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "d"))
	path, err := DefaultPath()
	equal(t, []any{path, err}, []any{filepath.Join(dir, "c", "todoku", "config.toml"), nil})
	path, err = Config{}.StorePath()
	equal(t, []any{path, err}, []any{filepath.Join(dir, "d", "todoku", "todoku.db"), nil})
	t.Setenv("HOME", dir)
	t.Setenv("USERPROFILE", dir)
	path, err = Config{Store: "~/m.db"}.StorePath()
	equal(t, []any{path, err}, []any{filepath.Join(dir, "m.db"), nil})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("[[account]]\naddress = \"a@b.test\"\nimap.host = \"b.test\"\n"))
	f.Add([]byte("account = [{imap = {port = 1}}, 3]\n[ui]\nx.y = [[]]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, problems, _ := decode(data, "c")
		for _, p := range problems {
			if p.Code == "" || p.String() == "" || strings.Contains(p.String(), "config.") && strings.Contains(p.String(), "struct") {
				t.Fatalf("%#v", p)
			}
		}
		if len(problems) == 0 {
			for _, a := range c.Accounts {
				if a.Address == "" || a.Name == "" {
					t.Fatalf("accepted %#v", a)
				}
			}
		}
	})
}

// A file's own word about its size is not believed: a device says 0 and never ends.
func TestAFileThatIsTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.toml")
	if err := os.WriteFile(path, []byte("lang = \"en\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 100<<20); err != nil {
		t.Fatal(err)
	}
	paths := []string{path}
	if _, err := os.Stat("/dev/zero"); err == nil {
		paths = append(paths, "/dev/zero")
	}
	for _, p := range paths {
		_, problems := Load(p)
		if len(problems) != 1 || problems[0].Code != ProblemUnusable || !strings.Contains(problems[0].Args["detail"], "larger") {
			t.Errorf("%s: %v", p, problems)
		}
	}
}

func TestNoFormatShowsThePassword(t *testing.T) {
	a := Account{Name: "a", Secret: Secret{Password: "geheim"}}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, v := range []any{a, &a, a.Secret, &a.Secret, []Account{a}, Config{Accounts: []Account{a}}} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "geheim") {
				t.Errorf("%s: %s", format, got)
			}
		}
	}
}

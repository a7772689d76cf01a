package sandbox

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"todoku/internal/mail"
)

// curl is curl with the CA file and one user's login. It never gets --insecure.
type curl struct {
	foreign
	login []string
}

func newCurl(t *testing.T, s *Sandbox, user, password string) curl {
	return curl{program(t, "curl"), []string{"--silent", "--show-error", "--max-time", "30", "--cacert", s.World().CAFile,
		"--user", user + ":" + password}}
}

func (c curl) ask(args ...string) string {
	c.t.Helper()
	return c.run(append(slices.Clone(c.login), args...)...)
}

// door is a way in: the options and the URL before the path.
type door struct {
	name string
	args []string
	url  string
}

// doors are the ways into a service: implicit TLS at the printed address, and STARTTLS by a name of the small Internet.
func doors(t *testing.T, h Host, scheme, implicit, start string) []door {
	port := portOf(t, start)
	return []door{
		{scheme + "s", nil, scheme + "s://" + implicit},
		{scheme + "s by localhost", nil, scheme + "s://localhost:" + portOf(t, implicit)},
		{scheme + " with STARTTLS", []string{"--ssl-reqd", "--resolve", h.Name + ":" + port + ":127.0.0.1"}, scheme + "://" + h.Name + ":" + port},
	}
}

// TestCurlReadsByIMAP lists, appends, fetches, searches, flags, moves and expunges through each door.
func TestCurlReadsByIMAP(t *testing.T) {
	s := start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	for _, d := range doors(t, h, "imap", h.IMAPS, h.IMAP) {
		t.Run(d.name, func(t *testing.T) {
			c := newCurl(t, s, "alice@sakura.test", "apple")
			c.login = append(c.login, d.args...)
			deliver(t, s, "alice@sakura.test", "", letter("one"), letter("two"))
			curlReads(t, s, c, d.url)
		})
	}
}

func curlReads(t *testing.T, s *Sandbox, c curl, url string) {
	const user = "alice@sakura.test"
	_, rows := stored(t, s, user, "INBOX")
	first, second := rows[0].UID, rows[1].UID
	inbox := url + "/INBOX"
	says := func(want string, args ...string) {
		t.Helper()
		if out := c.ask(args...); !strings.Contains(out, want) {
			t.Errorf("curl %q lacks %q:\n%s", args, want, out)
		}
	}
	says(`* LIST (\HasNoChildren \Trash) "/" "Trash"`, url+"/")
	if out := c.ask(inbox + ";UID=" + decimal(first)); out != letter("one") {
		t.Errorf("fetched %q", out)
	}
	says("Subject: two\r\n", inbox+";UID="+decimal(second)+"/;SECTION=HEADER.FIELDS%20(SUBJECT)")
	says("* SEARCH 2\r\n", inbox+"?SUBJECT%20two")
	says(`FLAGS (\Seen \Flagged)`, inbox, "-X", "UID STORE "+decimal(second)+` +FLAGS (\Flagged)`)
	says("* SEARCH 2\r\n", inbox+"?FLAGGED")

	file := c.write("message", letter("appended"), 0o600)
	c.ask(inbox, "-T", file)
	c.ask(inbox, "-X", "UID COPY "+decimal(first)+" Archive")
	c.ask(inbox, "-X", "UID MOVE "+decimal(second)+" Trash")
	_, rows = stored(t, s, user, "INBOX")
	if len(rows) != 2 || rows[0].UID != first || !rows[0].Flags.Has(mail.Seen) {
		t.Fatalf("after MOVE and APPEND: %+v", rows)
	}
	if got := octets(t, s, user, "INBOX")[1]; got != letter("appended") {
		t.Errorf("appended %q", got)
	}
	if _, moved := stored(t, s, user, "Trash"); len(moved) == 0 || !moved[len(moved)-1].Flags.Has(mail.Flagged) {
		t.Errorf("moved: %+v", moved)
	}
	if all := octets(t, s, user, "Archive"); len(all) == 0 || all[len(all)-1] != letter("one") {
		t.Errorf("copied: %q", all)
	}
	c.ask(inbox, "-X", `STORE 1:* +FLAGS.SILENT (\Deleted)`)
	c.ask(inbox, "-X", "EXPUNGE")
	if _, rows = stored(t, s, user, "INBOX"); len(rows) != 0 {
		t.Errorf("not expunged: %+v", rows)
	}
}

// TestCurlReadsByPOP3 lists, fetches, takes the top and deletes through each door.
func TestCurlReadsByPOP3(t *testing.T) {
	s := start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	for _, d := range doors(t, h, "pop3", h.POP3S, h.POP3) {
		t.Run(d.name, func(t *testing.T) {
			c := newCurl(t, s, "alice@sakura.test", "apple")
			c.login = append(c.login, d.args...)
			deliver(t, s, "alice@sakura.test", "", letter("one"), letter("two"))
			if out := c.ask(d.url + "/"); strings.Count(out, "\n") != 2 || !strings.HasPrefix(out, "1 "+decimal(uint32(len(letter("one"))))) {
				t.Errorf("LIST: %q", out)
			}
			if out := c.ask(d.url+"/", "-X", "UIDL"); strings.Count(out, "\n") != 2 {
				t.Errorf("UIDL: %q", out)
			}
			if out := c.ask(d.url+"/", "-X", "TOP 2 1"); !strings.HasSuffix(out, "\r\n\r\nfirst line of two\r\n") {
				t.Errorf("TOP: %q", out)
			}
			if out := c.ask(d.url + "/1"); out != letter("one") {
				t.Errorf("RETR: %q", out)
			}
			c.ask("--head", "-X", "DELE 1", d.url+"/")
			if left := messages(t, s, "alice@sakura.test"); len(left) != 1 || left[0] != letter("two") {
				t.Errorf("after DELE: %q", left)
			}
			c.ask("--head", "-X", "DELE 1", d.url+"/")
		})
	}
}

// TestCurlSubmits sends through each door.
func TestCurlSubmits(t *testing.T) {
	s := start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	list := doors(t, h, "smtp", h.Submissions, h.Submission)
	for _, d := range list {
		c := newCurl(t, s, "alice@sakura.test", "apple")
		file := c.write("message", hello, 0o600)
		c.ask(append(d.args, d.url, "--mail-from", "alice@sakura.test", "--mail-rcpt", "yuki@sakura.test", "--mail-rcpt", "bob@fuji.test",
			"--upload-file", file)...)
	}
	for _, user := range []string{"yuki@sakura.test", "bob@fuji.test"} {
		for _, got := range inbox(t, s, user, len(list)) {
			if !strings.HasSuffix(got, hello) {
				t.Errorf("%s got %q", user, got)
			}
		}
	}
}

// TestCurlRefuses what must be refused: a wrong password, a name that no certificate has, another authority.
func TestCurlRefuses(t *testing.T) {
	s, other := start(t, Options{}, nil), start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	port := portOf(t, h.IMAPS)
	const peerCertificate, loginDenied = 60, 67
	for _, c := range []struct {
		name, ca, password, url string
		want                    int
	}{
		{"wrong password", s.World().CAFile, "pear", "imaps://" + h.IMAPS + "/", loginDenied},
		{"wrong password by POP3", s.World().CAFile, "pear", "pop3s://" + h.POP3S + "/", loginDenied},
		{"another name", s.World().CAFile, "apple", "imaps://mail.fuji.test:" + port + "/", peerCertificate},
		{"another authority", other.World().CAFile, "apple", "imaps://" + h.IMAPS + "/", peerCertificate},
	} {
		out, code := program(t, "curl").status("", "-sS", "--max-time", "30", "--cacert", c.ca, "--user", "alice@sakura.test:"+c.password,
			"--resolve", "mail.fuji.test:"+port+":127.0.0.1", c.url)
		if code != c.want {
			t.Errorf("%s: curl ended with %d, want %d\n%s", c.name, code, c.want, out)
		}
	}
}

// TestCurlFetchesThePolicy reads the MTA-STS policy from the HTTPS host.
func TestCurlFetchesThePolicy(t *testing.T) {
	s := start(t, Options{}, nil)
	port := portOf(t, host(t, s.World(), webName).HTTPS)
	out := run(t, "curl", "-sS", "--cacert", s.World().CAFile, "--resolve", "mta-sts.sakura.test:"+port+":127.0.0.1",
		"https://mta-sts.sakura.test:"+port+"/.well-known/mta-sts.txt")
	if !strings.Contains(out, "version: STSv1") {
		t.Errorf("policy: %s", out)
	}
}

// TestCurlRunsOnTheSeed fetches every seeded message by both protocols: what each gives is the same.
func TestCurlRunsOnTheSeed(t *testing.T) {
	s := start(t, Options{SeedMessages: 1}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	c := newCurl(t, s, "alice@sakura.test", "apple")
	want := messages(t, s, "alice@sakura.test")
	n := decimal(uint32(len(want)))
	c.ask("pop3s://"+h.POP3S+"/[1-"+n+"]", "-o", "pop#1", "imaps://"+h.IMAPS+"/INBOX;MAILINDEX=[1-"+n+"]", "-o", "imap#1")
	for i, m := range want {
		for _, protocol := range []string{"pop", "imap"} {
			got, err := os.ReadFile(filepath.Join(c.home, protocol+decimal(uint32(i+1))))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != m {
				t.Errorf("message %d by %s: %d octets of %d", i+1, protocol, len(got), len(m))
			}
		}
	}
}

package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"todoku/internal/mail"
)

// fetchmail exits with this when there was nothing to fetch, or when the login failed.
const (
	fetchmailNothing = 1
	fetchmailLogin   = 3
)

// fetchmail polls with a control file of its own and hands each message to a script that appends it to a file.
type fetchmail struct {
	foreign
	rc, got string
}

// newFetchmail writes the control file: proto is "pop3" or "imap", tls the options for its mode, more what else to say.
func newFetchmail(t *testing.T, s *Sandbox, proto, addr, tls, password, more string) fetchmail {
	t.Helper()
	f := fetchmail{foreign: program(t, "fetchmail")}
	f.got = filepath.Join(f.home, "got")
	if proto == "pop3" {
		proto += " uidl"
	}
	script := f.write("take", "#!/bin/sh\ncat >>"+f.got+" && printf '\\n=====\\n' >>"+f.got+"\n", 0o700)
	f.rc = f.write("rc", fmt.Sprintf(`poll localhost service %s proto %s timeout 30
user "alice@sakura.test" password "%s" %s sslcertck sslcertfile "%s" mda "%s" no rewrite %s
`, portOf(t, addr), proto, password, tls, s.World().CAFile, script, more), 0o600)
	return f
}

func (f fetchmail) poll(args ...string) (string, int) {
	f.t.Helper()
	return f.status("", append([]string{"--fetchmailrc", f.rc, "--idfile", filepath.Join(f.home, "ids"),
		"--pidfile", filepath.Join(f.home, "pid"), "--nosyslog", "-v"}, args...)...)
}

// taken is what the script has been given so far.
func (f fetchmail) taken() []string {
	b, err := os.ReadFile(f.got)
	if err != nil && !os.IsNotExist(err) {
		f.t.Fatal(err)
	}
	all := strings.Split(string(b), "\n=====\n")
	return all[:len(all)-1]
}

// fetchmailDoors are its ways in: proto, address, and how to say the TLS mode.
func fetchmailDoors(h Host) [][3]string {
	return [][3]string{{"pop3", h.POP3S, "ssl"}, {"pop3", h.POP3, `sslproto "TLS1.2+"`}, {"imap", h.IMAPS, "ssl"}, {"imap", h.IMAP, `sslproto "TLS1.2+"`}}
}

// TestFetchmailKeeps fetches and leaves the mail; a second poll, after one more came, fetches only that.
func TestFetchmailKeeps(t *testing.T) {
	s := start(t, Options{}, nil)
	for _, d := range fetchmailDoors(host(t, s.World(), "mail.sakura.test")) {
		t.Run(d[0]+" "+d[2], func(t *testing.T) {
			empty(t, s, "alice@sakura.test")
			f := newFetchmail(t, s, d[0], d[1], d[2], "apple", "keep")
			deliver(t, s, "alice@sakura.test", "", letter("one"), letter("two"))
			if out, code := f.poll(); code != 0 {
				t.Fatalf("ended with %d\n%s", code, out)
			}
			deliver(t, s, "alice@sakura.test", "", letter("three"))
			if out, code := f.poll(); code != 0 {
				t.Fatalf("ended with %d\n%s", code, out)
			}
			if out, code := f.poll(); code != fetchmailNothing {
				t.Fatalf("nothing was new, but it ended with %d\n%s", code, out)
			}
			checkTaken(t, f.taken(), "one", "two", "three")
			if _, left := stored(t, s, "alice@sakura.test", "INBOX"); len(left) != 3 || d[0] == "imap" && !left[0].Flags.Has(mail.Seen) {
				t.Errorf("left: %+v", left)
			}
		})
	}
}

// checkTaken compares what came with the letters; fetchmail adds a trace field on top and ends lines with LF.
func checkTaken(t *testing.T, got []string, subjects ...string) {
	t.Helper()
	if len(got) != len(subjects) {
		t.Fatalf("took %d of %d: %q", len(got), len(subjects), got)
	}
	for i, subject := range subjects {
		want := strings.ReplaceAll(letter(subject), "\r\n", "\n")
		if !strings.Contains(strings.ReplaceAll(got[i], "\r\n", "\n"), want) {
			t.Errorf("took %q\nwant %q", got[i], want)
		}
	}
}

// TestFetchmailDeletes fetches and deletes what it fetched, by DELE and QUIT or by \Deleted and EXPUNGE.
func TestFetchmailDeletes(t *testing.T) {
	s := start(t, Options{}, nil)
	for _, d := range fetchmailDoors(host(t, s.World(), "mail.sakura.test")) {
		t.Run(d[0]+" "+d[2], func(t *testing.T) {
			f := newFetchmail(t, s, d[0], d[1], d[2], "apple", "nokeep fetchall")
			deliver(t, s, "alice@sakura.test", "", letter("one"), letter("two"))
			if out, code := f.poll(); code != 0 {
				t.Fatalf("ended with %d\n%s", code, out)
			}
			checkTaken(t, f.taken(), "one", "two")
			if _, left := stored(t, s, "alice@sakura.test", "INBOX"); len(left) != 0 {
				t.Errorf("left: %+v", left)
			}
		})
	}
}

// TestFetchmailIsRefused with a wrong password and by another authority, and changes nothing.
func TestFetchmailIsRefused(t *testing.T) {
	s, other := start(t, Options{}, nil), start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	deliver(t, s, "alice@sakura.test", "", letter("one"))
	for _, d := range fetchmailDoors(h) {
		if out, code := newFetchmail(t, s, d[0], d[1], d[2], "pear", "nokeep").poll(); code != fetchmailLogin {
			t.Errorf("%v with a wrong password ended with %d\n%s", d, code, out)
		}
		if out, code := newFetchmail(t, other, d[0], d[1], d[2], "apple", "nokeep").poll(); code == 0 || !strings.Contains(out, "ertificate") {
			t.Errorf("%v with another CA ended with %d\n%s", d, code, out)
		}
	}
	if left := messages(t, s, "alice@sakura.test"); len(left) != 1 || left[0] != letter("one") {
		t.Errorf("left: %q", left)
	}
}

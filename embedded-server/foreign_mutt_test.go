package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"todoku/internal/mail"
)

// mutt is Mutt or NeoMutt with alice's account.
type mutt struct {
	foreign
	rc string
}

// newMutt writes its settings: the URLs of the mailbox and of the submission server, without a password in either.
func newMutt(t *testing.T, s *Sandbox, name, mailbox, smtp string) mutt {
	t.Helper()
	if testing.Short() {
		t.Skip("starting terminals takes seconds; run without -short")
	}
	m := mutt{foreign: program(t, name)}
	known := m.write("certificates", "", 0o600)
	m.rc = m.write("muttrc", fmt.Sprintf(`set ssl_force_tls=yes ssl_starttls=yes
set ssl_ca_certificates_file="%s"
set certificate_file="%s"
set imap_user=alice@sakura.test imap_pass=apple pop_user=alice@sakura.test pop_pass=apple smtp_pass=apple
set folder="%s" spoolfile="%sINBOX" record="%sSent" smtp_url="%s"
set from=alice@sakura.test realname="Alice Sakurai" copy=yes confirmappend=no
set quit=yes delete=yes move=no mark_old=no wait_key=no pipe_decode=no pop_delete=no sleep_time=0
set tmpdir="%s"
`, s.World().CAFile, known, mailbox, mailbox, mailbox, smtp, m.home), 0o600)
	return m
}

// press opens a mailbox on a terminal and presses the keys.
func (m mutt) press(mailbox, keys string) {
	m.t.Helper()
	m.onTerminal("-n", "-F", m.rc, "-f", mailbox, "-e", `push "`+keys+`<exit>"`)
}

// TestMuttOnIMAP lists, reads, flags, copies, deletes and expunges; what its pipe was given is the message.
func TestMuttOnIMAP(t *testing.T) {
	for _, name := range []string{"mutt", "neomutt"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{}, nil)
			h := host(t, s.World(), "mail.sakura.test")
			for i, folder := range []string{"imaps://localhost:" + portOf(t, h.IMAPS) + "/", "imap://localhost:" + portOf(t, h.IMAP) + "/"} {
				empty(t, s, "alice@sakura.test")
				m := newMutt(t, s, name, folder, "smtp://alice@sakura.test@localhost:"+portOf(t, h.Submission)+"/")
				deliver(t, s, "alice@sakura.test", "", letter("one"), letter("two"), letter("three"))
				piped := filepath.Join(m.home, "piped")
				m.press(folder+"INBOX", "<first-entry><flag-message><first-entry><pipe-message>cat >"+piped+"<enter>"+
					"<first-entry><copy-message>=Archive<enter><limit>~s two<enter><first-entry><delete-message><limit>all<enter><sync-mailbox>")
				muttChanged(t, s, piped, i+1)
			}
		})
	}
}

func muttChanged(t *testing.T, s *Sandbox, piped string, round int) {
	t.Helper()
	got, err := os.ReadFile(piped)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != strings.ReplaceAll(letter("one"), "\r\n", "\n") {
		t.Errorf("piped %q", got)
	}
	_, rows := stored(t, s, "alice@sakura.test", "INBOX")
	if len(rows) != 2 || !rows[0].Flags.Has(mail.Flagged) {
		t.Errorf("INBOX: %+v", rows)
	}
	for _, data := range octets(t, s, "alice@sakura.test", "INBOX") {
		if data == letter("two") {
			t.Error("two is still there")
		}
	}
	if copies := octets(t, s, "alice@sakura.test", "Archive"); len(copies) != round || copies[round-1] != letter("one") {
		t.Errorf("Archive: %q", copies)
	}
}

// TestMuttOnPOP3 reads the maildrop and, deleting, leaves one message.
func TestMuttOnPOP3(t *testing.T) {
	for _, name := range []string{"mutt", "neomutt"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{}, nil)
			h := host(t, s.World(), "mail.sakura.test")
			for _, drop := range []string{"pops://localhost:" + portOf(t, h.POP3S) + "/", "pop://localhost:" + portOf(t, h.POP3) + "/"} {
				empty(t, s, "alice@sakura.test")
				deliver(t, s, "alice@sakura.test", "", letter("one"), letter("two"))
				m := newMutt(t, s, name, "~/", "")
				piped := filepath.Join(m.home, "piped")
				m.press(drop, "<first-entry><pipe-message>cat >"+piped+"<enter><first-entry><delete-message><sync-mailbox>")
				if got, err := os.ReadFile(piped); err != nil || string(got) != strings.ReplaceAll(letter("one"), "\r\n", "\n") {
					t.Errorf("piped %q, %v", got, err)
				}
				if left := messages(t, s, "alice@sakura.test"); len(left) != 1 || left[0] != letter("two") {
					t.Errorf("left %q", left)
				}
			}
		})
	}
}

// TestMuttSends by both submission ports; Mutt files its copy in Sent by APPEND, which NeoMutt does not do without a
// terminal.
func TestMuttSends(t *testing.T) {
	for _, name := range []string{"mutt", "neomutt"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{}, nil)
			h := host(t, s.World(), "mail.sakura.test")
			for i, smtp := range []string{"smtps://alice@sakura.test@localhost:" + portOf(t, h.Submissions) + "/",
				"smtp://alice@sakura.test@localhost:" + portOf(t, h.Submission) + "/"} {
				m := newMutt(t, s, name, "imaps://localhost:"+portOf(t, h.IMAPS)+"/", smtp)
				file := m.write("report.txt", "attached\n", 0o600)
				out, code := m.status("届いた\n", "-n", "-F", m.rc, "-s", "件名", "-a", file, "--", "bob@fuji.test", "yuki@sakura.test")
				if code != 0 {
					t.Fatalf("ended with %d\n%s", code, out)
				}
				for _, user := range []string{"bob@fuji.test", "yuki@sakura.test"} {
					got := inbox(t, s, user, i+1)[i]
					if !strings.Contains(got, "report.txt") || !strings.Contains(got, "Subject: =?utf-8?") {
						t.Errorf("%s got %q", user, got)
					}
				}
				if copies := octets(t, s, "alice@sakura.test", "Sent"); name == "mutt" && (len(copies) != i+1 || !strings.Contains(copies[i], "report.txt")) {
					t.Errorf("Sent: %q\n%s", copies, out)
				}
			}
		})
	}
}

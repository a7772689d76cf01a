package sandbox

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

const mbsyncUser = "alice@sakura.test"

// mbsync keeps a Maildir in step with alice's INBOX and Archive, both ways, and expunges both.
type mbsync struct {
	foreign
	rc, dir string
}

func newMbsync(t *testing.T, s *Sandbox, addr, tls, auth string) mbsync {
	t.Helper()
	if testing.Short() {
		t.Skip("mbsync waits for a Maildir to settle; run without -short")
	}
	m := mbsync{foreign: program(t, "mbsync")}
	m.dir = filepath.Join(m.home, "mail")
	if err := os.Mkdir(m.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	mode := "TLSType"
	if strings.Contains(m.run("--version"), "isync 1.4") {
		mode = "SSLType"
	}
	m.rc = m.write("mbsyncrc", fmt.Sprintf(`IMAPAccount alice
Host localhost
Port %s
User %s
Pass apple
%s %s
CertificateFile %s
AuthMechs %s

IMAPStore server
Account alice

MaildirStore here
Path %s/
Inbox %s/INBOX
SubFolders Verbatim

Channel all
Far :server:
Near :here:
Patterns INBOX Archive
Create Both
Expunge Both
CopyArrivalDate yes
SyncState *
`, portOf(t, addr), mbsyncUser, mode, tls, s.World().CAFile, auth, m.dir, m.dir), 0o600)
	return m
}

func (m mbsync) sync() { m.t.Helper(); m.run("--config", m.rc, "--all", "--verbose") }

// files are the messages of a folder here, by name.
func (m mbsync) files(folder string) []string {
	m.t.Helper()
	var all []string
	for _, sub := range []string{"cur", "new"} {
		names, err := filepath.Glob(filepath.Join(m.dir, folder, sub, "*"))
		if err != nil {
			m.t.Fatal(err)
		}
		all = append(all, names...)
	}
	slices.Sort(all)
	return all
}

// file finds the message here that holds the words.
func (m mbsync) file(folder, words string) string {
	m.t.Helper()
	for _, name := range m.files(folder) {
		b, err := os.ReadFile(name)
		if err != nil {
			m.t.Fatal(err)
		}
		if strings.Contains(string(b), words) {
			return name
		}
	}
	m.t.Fatalf("no message with %q in %s: %q", words, folder, m.files(folder))
	return ""
}

// mark gives a message here other Maildir flags.
func (m mbsync) mark(folder, words, flags string) {
	m.t.Helper()
	old := m.file(folder, words)
	name, _, _ := strings.Cut(filepath.Base(old), ":2,")
	if err := os.Rename(old, filepath.Join(m.dir, folder, "cur", name+":2,"+flags)); err != nil {
		m.t.Fatal(err)
	}
}

// TestMbsyncBothWays pulls, pushes a new message, a flag and a deletion each way, and expunges both sides.
func TestMbsyncBothWays(t *testing.T) {
	t.Parallel()
	s := start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	for _, d := range [][3]string{{h.IMAPS, "IMAPS", "LOGIN"}, {h.IMAP, "STARTTLS", "*"}} {
		t.Run(d[1], func(t *testing.T) {
			empty(t, s, mbsyncUser)
			m := newMbsync(t, s, d[0], d[1], d[2])
			deliver(t, s, mbsyncUser, "", letter("one"), letter("two"), letter("three"))
			m.sync()
			if here := m.files("INBOX"); len(here) != 3 {
				t.Fatalf("pulled %q", here)
			}
			mbsyncPushes(t, s, m)
			mbsyncPulls(t, s, m)
			m.sync()
			if _, there := stored(t, s, mbsyncUser, "INBOX"); len(there) != 2 || len(m.files("INBOX")) != 2 {
				t.Errorf("a sync without changes left %+v there, %q here", there, m.files("INBOX"))
			}
		})
	}
}

func mbsyncPushes(t *testing.T, s *Sandbox, m mbsync) {
	t.Helper()
	fresh := strings.ReplaceAll(letter("fresh"), "\r\n", "\n")
	if err := os.WriteFile(filepath.Join(m.dir, "INBOX", "cur", "1.2.here:2,S"), []byte(fresh), 0o600); err != nil {
		t.Fatal(err)
	}
	m.mark("INBOX", "first line of one", "FS")
	m.mark("INBOX", "first line of two", "T")
	m.sync()
	_, rows := stored(t, s, mbsyncUser, "INBOX")
	all := octets(t, s, mbsyncUser, "INBOX")
	if len(all) != 3 || all[0] != letter("one") || all[1] != letter("three") || withoutTUID(all[2]) != letter("fresh") {
		t.Fatalf("pushed: %q", all)
	}
	if rows[0].Flags != mail.Seen|mail.Flagged || rows[2].Flags != mail.Seen {
		t.Errorf("flags pushed: %+v", rows)
	}
	if here := m.files("INBOX"); len(here) != 3 {
		t.Errorf("not expunged here: %q", here)
	}
}

// withoutTUID takes out the field by which mbsync finds its own message again.
func withoutTUID(message string) string {
	before, after, found := strings.Cut(message, "X-TUID: ")
	if _, rest, ok := strings.Cut(after, "\n"); found && ok {
		return before + rest
	}
	return message
}

func mbsyncPulls(t *testing.T, s *Sandbox, m mbsync) {
	t.Helper()
	ctx := context.Background()
	f, rows := stored(t, s, mbsyncUser, "INBOX")
	change := maildrop.FlagChange{Op: maildrop.AddFlags, Flags: mail.Answered}
	if err := s.store.SetFlags(ctx, f.ID, []uint32{rows[0].UID}, change); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.Expunge(ctx, f.ID, []uint32{rows[1].UID}); err != nil {
		t.Fatal(err)
	}
	m.sync()
	if name := m.file("INBOX", "first line of one"); !strings.HasSuffix(name, ":2,FRS") {
		t.Errorf("flags pulled: %s", name)
	}
	if here := m.files("INBOX"); len(here) != 2 {
		t.Errorf("not expunged here: %q", here)
	}
}

// TestMbsyncTrustsUIDs: UIDs are never used again, so what arrives after an expunge is pulled as new; a folder that
// was made anew has another UIDVALIDITY, and mbsync neither mixes the two nor deletes anything.
func TestMbsyncTrustsUIDs(t *testing.T) {
	t.Parallel()
	s := start(t, Options{}, nil)
	ctx := context.Background()
	m := newMbsync(t, s, host(t, s.World(), "mail.sakura.test").IMAPS, "IMAPS", "LOGIN")
	deliver(t, s, mbsyncUser, "Archive", letter("one"), letter("two"))
	m.sync()
	before, rows := stored(t, s, mbsyncUser, "Archive")
	last := rows[len(rows)-1].UID
	if _, err := s.store.Expunge(ctx, before.ID, []uint32{last}); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, mbsyncUser, "Archive", letter("three"))
	after, rows := stored(t, s, mbsyncUser, "Archive")
	if got := rows[len(rows)-1].UID; got != last+1 || after.UIDValidity != before.UIDValidity || after.UIDNext != got+1 {
		t.Fatalf("after the expunge of the highest UID %d came %d: %+v", last, got, after)
	}
	m.sync()
	m.file("Archive", "first line of three")
	if here := m.files("Archive"); len(here) != 2 {
		t.Errorf("here: %q", here)
	}

	if err := s.store.DeleteFolder(ctx, mbsyncUser, "Archive"); err != nil {
		t.Fatal(err)
	}
	if err := s.store.CreateFolder(ctx, mbsyncUser, "Archive", mail.RoleArchive); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, mbsyncUser, "Archive", letter("four"))
	if anew, _ := stored(t, s, mbsyncUser, "Archive"); anew.UIDValidity <= before.UIDValidity {
		t.Fatalf("the new folder has UIDVALIDITY %d, the old one had %d", anew.UIDValidity, before.UIDValidity)
	}
	if out, code := m.status("", "--config", m.rc, "--all"); code == 0 || !strings.Contains(out, "UIDVALIDITY") {
		t.Errorf("mbsync took the new folder for the old one (%d):\n%s", code, out)
	}
	if here := m.files("Archive"); len(here) != 2 {
		t.Errorf("here, after another UIDVALIDITY: %q", here)
	}
}

// TestMbsyncPullsTheSeed pulls the seeded mail, hostile and broken messages too, octet for octet.
func TestMbsyncPullsTheSeed(t *testing.T) {
	s := start(t, Options{SeedMessages: 1}, nil)
	m := newMbsync(t, s, host(t, s.World(), "mail.sakura.test").IMAPS, "IMAPS", "LOGIN")
	m.sync()
	want := make(map[string]bool)
	for _, o := range octets(t, s, mbsyncUser, "INBOX") {
		want[strings.ReplaceAll(o, "\r\n", "\n")] = true
	}
	here := m.files("INBOX")
	if len(here) < len(want) {
		t.Fatalf("pulled %d of %d", len(here), len(want))
	}
	for _, name := range here {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !want[withoutTUID(string(b))] {
			t.Errorf("%s is not as the server has it:\n%q", filepath.Base(name), b)
		}
	}
}

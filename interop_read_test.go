//go:build unix

package main

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"todoku/internal/mail"
	"todoku/protocols/interop"
	"todoku/session"
	"todoku/ui/cli"
)

// TestIMAPOfDovecot syncs, lists, reads, flags, moves and deletes, and looks at Dovecot's own files.
func TestIMAPOfDovecot(t *testing.T) {
	foreignServers(t)
	s := interop.Dovecot(t)
	for _, mode := range []struct{ tls, addr string }{{"implicit", s.IMAPS}, {"starttls", s.IMAP}, {"none", s.IMAP}} {
		t.Run(mode.tls, func(t *testing.T) {
			n := mode.tls
			s.Deliver(t, "", letter(n+"-one"), letter(n+"-two"), letter(n+"-three"))
			p := newProgram(t, s, account{receive: "imap", addr: mode.addr, tls: mode.tls})
			if r := p.sync(); r.New != 3 || r.Total != 3 {
				t.Errorf("first sync: %+v", r)
			}
			readDovecot(t, s, p, n)
			changeDovecot(t, s, p, n)
		})
	}
}

func readDovecot(t *testing.T, s *interop.Server, p *program, n string) {
	t.Helper()
	for _, subject := range []string{n + "-one", n + "-two", n + "-three"} {
		if out := p.ok("list"); !strings.Contains(out, subject) {
			t.Errorf("list lacks %s:\n%s", subject, out)
		}
	}
	if got := p.rows("--search", n+"-two"); len(got) != 1 {
		t.Errorf("search gave %+v", got)
	}
	key := p.key(n + "-one")
	m := data[session.Reading](t, p.ok("read", "--json", key), "message")
	if m.Text != "body of "+n+"-one\n届く\n" || m.Row.Envelope.From[0].Addr != "bob@fuji.test" {
		t.Errorf("read: %+v", m)
	}
	if raw := p.ok("read", "--raw", key); raw != string(letter(n+"-one")) {
		t.Errorf("raw: %q", raw)
	}
	p.sync()
	if f := flagsOf(t, s.Maildir, "body of "+n+"-one"); f != "S" {
		t.Errorf("after it was read Dovecot has the flags %q", f)
	}
	folders := data[[]mail.Folder](t, p.ok("list", "--folders", "--json"), "folders")
	roles := make(map[mail.Role]string)
	for _, f := range folders {
		roles[f.Role] = f.Name
	}
	if roles[mail.RoleTrash] != "Trash" || roles[mail.RoleSent] != "Sent" || roles[mail.RoleArchive] != "Archive" {
		t.Errorf("folders: %+v", folders)
	}
}

func changeDovecot(t *testing.T, s *interop.Server, p *program, n string) {
	t.Helper()
	one := p.key(n + "-one")
	p.ok("flag", one, "--set", "flagged", "--clear", "seen")
	if f := flagsOf(t, s.Maildir, "body of "+n+"-one"); f != "F" {
		t.Errorf("flags %q", f)
	}
	p.ok("move", "Archive", p.key(n+"-two"))
	p.ok("delete", p.key(n+"-three"))
	s.Deliver(t, "F", letter(n+"-four"))
	if r := p.sync(); r.New != 1 || r.Total != 2 {
		t.Errorf("sync: %+v", r)
	}
	p.ok("delete", "--forever", one)
	for _, c := range []struct{ subject, folder, flags string }{
		{"-one", "", "absent"}, {"-two", "", "absent"}, {"-two", ".Archive", ""}, {"-three", "", "absent"}, {"-three", ".Trash", ""},
		{"-four", "", "F"},
	} {
		if f := flagsOf(t, filepath.Join(s.Maildir, c.folder), "body of "+n+c.subject); f != c.flags {
			t.Errorf("%s in %q: %q, want %q", c.subject, c.folder, f, c.flags)
		}
	}
	moved := func(r session.Row) bool { return r.Envelope.Subject == n+"-two" }
	if got := p.rows("--folder", "Archive"); !slices.ContainsFunc(got, moved) {
		t.Errorf("Archive: %+v", got)
	}
	p.ok("delete", "--forever", p.key(n+"-four"))
	if _, left := maildir(t, s.Maildir); len(left) != 0 || len(p.rows()) != 0 {
		t.Errorf("left there %q", left)
	}
}

// TestPOP3OfDovecot syncs, lists and reads. What is deleted here stays there, unless the settings say otherwise.
func TestPOP3OfDovecot(t *testing.T) {
	foreignServers(t)
	for _, tls := range []string{"implicit", "starttls"} {
		t.Run(tls, func(t *testing.T) {
			s := interop.Dovecot(t)
			addr := map[string]string{"implicit": s.POP3S, "starttls": s.POP3}[tls]
			s.Deliver(t, "", letter("one"), letter("two"))
			keeps := newProgram(t, s, account{receive: "pop3", addr: addr, tls: tls})
			deletes := newProgram(t, s, account{receive: "pop3", addr: addr, tls: tls, more: `leave_on_server = "delete"`})
			for _, p := range []*program{keeps, deletes} {
				if r := p.sync(); r.New != 2 || len(r.Asks) != 0 {
					t.Errorf("first sync: %+v", r)
				}
				m := data[session.Reading](t, p.ok("read", "--json", p.key("one")), "message")
				if m.Text != "body of one\n届く\n" {
					t.Errorf("read %q", m.Text)
				}
				if raw := p.ok("read", "--raw", p.key("two")); raw != string(letter("two")) {
					t.Errorf("raw: %q", raw)
				}
			}
			keeps.ok("delete", "--forever", keeps.key("one"))
			keeps.sync()
			if flagsOf(t, s.Maildir, "body of one") == "absent" || len(keeps.rows()) != 1 {
				t.Errorf("keep: %+v", keeps.rows())
			}
			deletes.ok("delete", "--forever", deletes.key("one"))
			deletes.sync()
			if flagsOf(t, s.Maildir, "body of one") != "absent" || flagsOf(t, s.Maildir, "body of two") == "absent" {
				t.Error("delete: Dovecot does not have just the other message")
			}
			s.Deliver(t, "", letter("three"))
			if r := keeps.sync(); r.New != 1 || len(keeps.rows()) != 2 {
				t.Errorf("keep, after one more: %+v", r)
			}
		})
	}
}

// TestPOP3LeavesForDays lets the ledger grow older than leave_days: only then the message goes from the server.
func TestPOP3LeavesForDays(t *testing.T) {
	foreignServers(t)
	s := interop.Dovecot(t)
	s.Deliver(t, "", letter("one"), letter("two"))
	p := newProgram(t, s, account{receive: "pop3", addr: s.POP3S, tls: "implicit", more: "leave_on_server = \"days\"\nleave_days = 3"})
	p.sync()
	p.sync()
	if _, there := maildir(t, s.Maildir); len(there) != 2 {
		t.Fatalf("deleted too early: %d are left", len(there))
	}
	age(t, p)
	s.Deliver(t, "", letter("three"))
	if r := p.sync(); r.New != 1 || r.Total != 3 {
		t.Errorf("sync: %+v", r)
	}
	if _, there := maildir(t, s.Maildir); len(there) != 1 || !strings.Contains(there[0], "body of three") {
		t.Errorf("there: %q", there)
	}
	if here := p.rows(); len(here) != 3 {
		t.Errorf("here: %+v", here)
	}
}

// TestRefusals are wrong passwords and certificates of strangers, by each protocol: exit code and words.
func TestRefusals(t *testing.T) {
	foreignServers(t)
	s := interop.Dovecot(t)
	relay := interop.Postfix(t, s)
	other := interop.Dovecot(t)
	s.Deliver(t, "", letter("one"))
	for _, a := range []account{
		{receive: "imap", addr: s.IMAPS, tls: "implicit"}, {receive: "imap", addr: s.IMAP, tls: "starttls"},
		{receive: "pop3", addr: s.POP3S, tls: "implicit"}, {receive: "pop3", addr: s.POP3, tls: "starttls"},
	} {
		a.smtp, a.smtpTLS = relay.Submission, "starttls"
		if a.tls == "implicit" {
			a.smtp, a.smtpTLS = relay.Submissions, "implicit"
		}
		for _, args := range [][]string{{"sync"}, {"send", "--to", "bob@fuji.test", "--subject", "x", "--body", "y"}} {
			wrong, stranger := a, a
			wrong.password, stranger.ca = "chigau", other.CAFile
			out, said := newProgram(t, s, wrong).ends(cli.ExitRefused, args...)
			lacks(t, out+said, "password", "localhost")
			out, said = newProgram(t, s, stranger).ends(cli.ExitFault, args...)
			lacks(t, out+said, "certificate", "localhost")
		}
	}
}

// TestServerIsGone lists what is stored and ends with 5.
func TestServerIsGone(t *testing.T) {
	foreignServers(t)
	s := interop.Dovecot(t)
	s.Deliver(t, "", letter("one"))
	p := newProgram(t, s, account{receive: "imap", addr: s.IMAPS, tls: "implicit"})
	p.sync()
	s.Stop()
	out, said := p.ends(cli.ExitTemporary, "list")
	lacks(t, out, "one")
	lacks(t, said, "localhost", "does not answer")
	if got := p.rows("--offline"); len(got) != 1 {
		t.Errorf("offline: %+v", got)
	}
}

// lacks reports words that a text does not hold.
func lacks(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(strings.ToLower(text), w) {
			t.Errorf("%q is not in\n%s", w, text)
		}
	}
}

// age makes the ledger's two messages as old as the epoch, for a program's clock cannot be moved from outside.
func age(t *testing.T, p *program) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(p.home, "data", "todoku", "todoku.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if r, err := db.Exec("UPDATE ledger SET stored_at = 1"); err != nil {
		t.Fatal(err)
	} else if n, err := r.RowsAffected(); err != nil || n != 2 {
		t.Fatalf("the ledger has %d entries, %v", n, err)
	}
}

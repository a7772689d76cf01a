//go:build unix

package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"todoku/internal/mail"
	"todoku/protocols/interop"
	"todoku/session"
)

// cyrusLacking is a Cyrus that offers little more than RFC 3501, and UIDPLUS unless that is appended.
const cyrusLacking = "suppress_capabilities: MOVE XMOVE LIST-STATUS LIST-EXTENDED SPECIAL-USE XLIST CONDSTORE QRESYNC ESEARCH IDLE"

// inCyrus gives, by subject, the flags of the messages that Cyrus has in a folder.
func inCyrus(t *testing.T, s *interop.CyrusServer, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, m := range s.Messages(t, folder) {
		all[mail.ParseEnvelope([]byte(m.Octets)).Subject] = m.Flags
	}
	return all
}

// TestIMAPOfCyrus syncs, lists, reads, flags, moves and deletes, and looks at Cyrus's own index and files: with all that
// it offers, and by COPY and UID EXPUNGE. Its folders are below INBOX.
func TestIMAPOfCyrus(t *testing.T) {
	foreignServers(t)
	for name, extra := range map[string][]string{"as it comes": nil, "without extensions": {cyrusLacking}} {
		t.Run(name, func(t *testing.T) {
			s := interop.Cyrus(t, extra...)
			s.Deliver(t, "", letter("one"), letter("two"), letter("three"))
			p := newProgram(t, &s.Server, account{receive: "imap", addr: s.IMAPS, tls: "implicit"})
			if r := p.sync(); r.New != 3 || r.Total != 3 {
				t.Errorf("first sync: %+v", r)
			}
			m := data[session.Reading](t, p.ok("read", "--json", p.key("one")), "message")
			if m.Text != "body of one\n届く\n" {
				t.Errorf("read: %q", m.Text)
			}
			folders := data[[]mail.Folder](t, p.ok("list", "--folders", "--json"), "folders")
			roles := make(map[mail.Role]string)
			for _, f := range folders {
				roles[f.Role] = f.Name
			}
			if roles[mail.RoleTrash] != "INBOX.Trash" || roles[mail.RoleSent] != "INBOX.Sent" || roles[mail.RoleArchive] != "INBOX.Archive" {
				t.Errorf("folders: %+v", folders)
			}
			p.ok("flag", p.key("one"), "--set", "flagged")
			p.ok("move", "INBOX.Archive", p.key("two"))
			p.ok("delete", p.key("three"))
			s.Deliver(t, `\Flagged`, letter("four"))
			if r := p.sync(); r.New != 1 || r.Total != 2 {
				t.Errorf("sync: %+v", r)
			}
			p.ok("delete", "--forever", p.key("four"))
			for folder, want := range map[string]map[string]string{"": {"one": "FLAG_SEEN FLAG_FLAGGED"}, "Archive": {"two": ""}, "Trash": {"three": ""}} {
				if got := inCyrus(t, s, folder); !maps.Equal(got, want) {
					t.Errorf("Cyrus has in %q %v, want %v", folder, got, want)
				}
			}
			if got := p.rows("--folder", "INBOX.Archive"); !slices.ContainsFunc(got, func(r session.Row) bool { return r.Envelope.Subject == "two" }) {
				t.Errorf("Archive: %+v", got)
			}
			if got := p.rows("--search", "one"); len(got) != 1 {
				t.Errorf("search gave %+v", got)
			}
		})
	}
}

// TestCyrusWithoutMOVEAndUIDPLUS: neither tells how to remove one message alone, so none is moved, and that is said.
func TestCyrusWithoutMOVEAndUIDPLUS(t *testing.T) {
	foreignServers(t)
	s := interop.Cyrus(t, cyrusLacking+" UIDPLUS")
	s.Deliver(t, "", letter("one"))
	p := newProgram(t, &s.Server, account{receive: "imap", addr: s.IMAPS, tls: "implicit"})
	p.sync()
	lacks(t, p.ok("move", "INBOX.Archive", p.key("one")), "the server refused")
	if there, here := inCyrus(t, s, ""), p.rows(); len(there) != 1 || len(here) != 1 || len(inCyrus(t, s, "Archive")) != 0 {
		t.Errorf("Cyrus has %v, here is %+v", there, here)
	}
}

// TestPOP3OfCyrus syncs, lists and reads; what is deleted here goes there only if the settings say so.
func TestPOP3OfCyrus(t *testing.T) {
	foreignServers(t)
	for _, tls := range []string{"implicit", "starttls"} {
		t.Run(tls, func(t *testing.T) {
			s := interop.Cyrus(t)
			addr := map[string]string{"implicit": s.POP3S, "starttls": s.POP3}[tls]
			s.Deliver(t, "", letter("one"), letter("two"))
			keeps := newProgram(t, &s.Server, account{receive: "pop3", addr: addr, tls: tls})
			deletes := newProgram(t, &s.Server, account{receive: "pop3", addr: addr, tls: tls, more: `leave_on_server = "delete"`})
			for _, p := range []*program{keeps, deletes} {
				if r := p.sync(); r.New != 2 || len(r.Asks) != 0 {
					t.Errorf("first sync: %+v", r)
				}
				if raw := p.ok("read", "--raw", p.key("two")); raw != string(letter("two")) {
					t.Errorf("raw: %q", raw)
				}
			}
			keeps.ok("delete", "--forever", keeps.key("one"))
			keeps.sync()
			if there := inCyrus(t, s, ""); len(there) != 2 || len(keeps.rows()) != 1 {
				t.Errorf("keep: there %v, here %+v", there, keeps.rows())
			}
			deletes.ok("delete", "--forever", deletes.key("one"))
			deletes.sync()
			s.Deliver(t, "", letter("three"))
			if r := keeps.sync(); r.New != 1 {
				t.Errorf("keep, after one more: %+v", r)
			}
			if there := strings.Join(slices.Sorted(maps.Keys(inCyrus(t, s, ""))), " "); there != "three two" {
				t.Errorf("in the end Cyrus has %s", there)
			}
		})
	}
}

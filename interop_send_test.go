//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"testing"

	"todoku/protocols/interop"
	"todoku/session"
	"todoku/ui/cli"
)

// TestSubmitToPostfix sends in both TLS modes, with a login that Dovecot checks: to a stranger's mailbox, to one that
// does not exist, and to ourselves, read back by IMAP and by POP3. The copy is in Sent, by APPEND.
func TestSubmitToPostfix(t *testing.T) {
	foreignServers(t)
	for _, mode := range []string{"starttls", "implicit"} {
		t.Run(mode, func(t *testing.T) {
			s := interop.Dovecot(t)
			relay := interop.Postfix(t, s)
			smtp := map[string]string{"starttls": relay.Submission, "implicit": relay.Submissions}[mode]
			p := newProgram(t, s, account{receive: "imap", addr: s.IMAPS, tls: "implicit", smtp: smtp, smtpTLS: mode})
			p.sync()
			sendsToSome(t, s, relay, p)
			sendsToNobody(t, s, relay, p)
			sendsToOneself(t, s, p, account{receive: "pop3", addr: s.POP3S, tls: "implicit"})
		})
	}
}

// sendsToSome has one recipient of two refused: exit 3, one reply for each, the other has the message, and no header
// tells of the hidden copy.
func sendsToSome(t *testing.T, s *interop.Server, relay *interop.Relay, p *program) {
	t.Helper()
	out, _ := p.ends(cli.ExitPartial, "send", "--json", "--to", "bob@fuji.test", "--bcc", "carrol@fuji.test", "--subject", "届きますか",
		"--body", "最初の行\n.点で始まる行")
	sent := data[session.Sent](t, out, "sent")
	if len(sent.Recipients) != 2 || sent.QueueID == "" {
		t.Fatalf("sent: %+v", sent)
	}
	if r := sent.Recipients[0]; r.Addr != "bob@fuji.test" || r.State != "ok" {
		t.Errorf("bob: %+v", r)
	}
	if r := sent.Recipients[1]; r.State != "fail" || r.Code != 550 || !strings.Contains(r.Reply, "5.1.1") {
		t.Errorf("carrol: %+v", r)
	}
	var got []string
	waitFor(t, "bob's message", func() bool { _, got = maildir(t, relay.Bob); return len(got) == 1 })
	if !strings.Contains(got[0], "Message-ID: "+angle(sent.MessageID)+"\n") || strings.Contains(strings.ToLower(got[0]), "bcc") ||
		strings.Contains(got[0], "carrol") {
		t.Errorf("bob got %q", got[0])
	}
	if _, copies := maildir(t, filepath.Join(s.Maildir, ".Sent")); len(copies) != 1 || !strings.Contains(copies[0], angle(sent.MessageID)) {
		t.Errorf("Sent holds %q", copies)
	}
	if flags := flagsOf(t, filepath.Join(s.Maildir, ".Sent"), angle(sent.MessageID)); !strings.Contains(flags, "S") {
		t.Errorf("the copy has the flags %q", flags)
	}
	if left := p.ok("outbox"); left != "" {
		t.Errorf("the outbox holds %s", left)
	}
}

// angle is a Message-ID as headers have it.
func angle(id string) string { return "<" + strings.Trim(id, "<>") + ">" }

// sendsToNobody has every recipient refused: exit 4, and no copy.
func sendsToNobody(t *testing.T, s *interop.Server, relay *interop.Relay, p *program) {
	t.Helper()
	out, _ := p.ends(cli.ExitRefused, "send", "--to", "carrol@fuji.test", "--to", "dora@fuji.test", "--subject", "x", "--body", "y")
	if strings.Count(out, "5.1.1") != 2 {
		t.Errorf("send printed %s", out)
	}
	if _, copies := maildir(t, filepath.Join(s.Maildir, ".Sent")); len(copies) != 1 {
		t.Errorf("Sent holds %q", copies)
	}
	if _, got := maildir(t, relay.Bob); len(got) != 1 {
		t.Errorf("bob got %q", got)
	}
}

// sendsToOneself reads the message back, with its attachment, by both protocols.
func sendsToOneself(t *testing.T, s *interop.Server, p *program, pop account) {
	t.Helper()
	file := filepath.Join(p.home, "報告.txt")
	write(t, file, "attached\n")
	p.ok("send", "--to", "Mika <mika@fuji.test>", "--subject", "自分へ", "--body", "最初の行\n.点で始まる行\nFrom here", "--attach", file)
	waitFor(t, "our message", func() bool { _, got := maildir(t, s.Maildir); return len(got) == 1 })
	for _, reader := range []*program{p, newProgram(t, s, pop)} {
		m := data[session.Reading](t, reader.ok("read", "--json", reader.key("自分へ")), "message")
		if strings.TrimRight(m.Text, "\n") != "最初の行\n.点で始まる行\nFrom here" || len(m.Files) != 1 || m.Files[0].FileName != "報告.txt" {
			t.Errorf("read back: %+v", m)
		}
		saved := filepath.Join(t.TempDir(), "saved")
		reader.ok("read", reader.key("自分へ"), "--part", m.Files[0].Path, "--output", saved)
		if got := read(t, saved); got != "attached\n" {
			t.Errorf("saved %q", got)
		}
	}
}

// TestSubmissionIsGone keeps the message in the outbox and ends with 5; it is sent when the server is back.
func TestSubmissionIsGone(t *testing.T) {
	foreignServers(t)
	s := interop.Dovecot(t)
	relay := interop.Postfix(t, s)
	gone := account{receive: "imap", addr: s.IMAPS, tls: "implicit", smtp: closedPort(t), smtpTLS: "implicit"}
	p := newProgram(t, s, gone)
	p.ends(cli.ExitTemporary, "send", "--to", "bob@fuji.test", "--subject", "later", "--body", "x")
	waiting := p.ok("outbox")
	if !strings.Contains(waiting, "queued") || !strings.Contains(waiting, "later") {
		t.Fatalf("the outbox: %s", waiting)
	}
	back := gone
	back.smtp = relay.Submissions
	p.configure(s, back)
	p.ok("outbox", "--retry", strings.Fields(waiting)[0])
	waitFor(t, "bob's message", func() bool { _, got := maildir(t, relay.Bob); return len(got) == 1 })
	if left := p.ok("outbox"); left != "" {
		t.Errorf("the outbox holds %s", left)
	}
}

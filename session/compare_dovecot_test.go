//go:build unix

package session

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/compare"
	"todoku/internal/config"
	"todoku/internal/trace"
	"todoku/protocols/interop"
	"todoku/protocols/pop3"
	"todoku/protocols/wire"
)

// atDovecot is a session with an account at a Dovecot that has mail: two messages that were read, two that were not, and
// one that no client has seen.
func atDovecot(t *testing.T, d *interop.Server) *Session {
	t.Helper()
	letter := func(n int) []byte {
		return fmt.Appendf(nil, "From: bob@fuji.test\r\nTo: mika@localhost\r\nSubject: letter %d\r\nDate: Mon, 23 Nov 2026 09:00:00 +0900\r\n"+
			"Message-ID: <%d@fuji.test>\r\n\r\nThe printer is number %d.\r\n", n, n, n)
	}
	d.Deliver(t, "S", letter(1), letter(2))
	d.Deliver(t, "", letter(3), letter(4))
	d.Deliver(t, "", letter(5))
	last, err := filepath.Glob(filepath.Join(d.Maildir, "cur", "*00000005P1*"))
	if err != nil || len(last) != 1 {
		t.Fatal(last, err)
	}
	base, _, _ := strings.Cut(filepath.Base(last[0]), ":")
	if err := os.Rename(last[0], filepath.Join(d.Maildir, "new", base)); err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Accounts = []config.Account{{Name: "mika", Address: "mika@localhost", Receive: config.ReceiveIMAP,
		IMAP: dovecotServer(t, d, d.IMAPS), POP3: dovecotServer(t, d, d.POP3S), Secret: config.Secret{Password: d.Password}}}
	s, err := open(&c, filepath.Join(t.TempDir(), "mail.db"), &wire.Net{TLSRoots: d.Roots, Dial: (&net.Dialer{}).DialContext})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func dovecotServer(t *testing.T, d *interop.Server, address string) config.Server {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return server(host, n, config.TLSImplicit, d.User)
}

// onDisk gives flags and digest of each message of a Maildir, by the part of its name that stays. Which of new and cur it
// lies in is \Recent, which a login over POP3 clears.
func onDisk(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if place := filepath.Base(filepath.Dir(path)); err != nil || e.IsDir() || place != "cur" && place != "new" {
			return err
		}
		raw, err := os.ReadFile(path)
		base, flags, _ := strings.Cut(filepath.Base(path), ":2,")
		base, _, _ = strings.Cut(base, ",") // Dovecot may write the size behind it
		all[base] = fmt.Sprintf("flags %q %x", flags, sha256.Sum256(raw))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDovecotIsLeftAsItWas compares the mailbox of a Dovecot with default settings, and cuts the line at every write:
// flags and files are as before.
func TestDovecotIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a Dovecot and logs in some hundred times; run without -short")
	}
	d := interop.Dovecot(t)
	s := atDovecot(t, d)
	before := onDisk(t, d.Maildir)
	if len(before) != 5 {
		t.Fatalf("%d messages", len(before))
	}
	for _, script := range []string{"two-devices", "new-mail", "read", "search", "delete"} {
		r, err := s.Compare(t.Context(), nil, CompareOptions{Script: script})
		if err != nil {
			t.Fatal(err)
		}
		first := r.Rows[0]
		if first.POP3.Place != compare.Computed || first.IMAP.Place != compare.Account || first.POP3.Server.Total != 5 || first.IMAP.Server.Unread != 3 {
			t.Errorf("%s: %+v\n%+v", script, first.POP3, first.IMAP)
		}
		for _, o := range r.Offers {
			if o.Error != nil || len(o.Capabilities) == 0 {
				t.Errorf("%s: %+v", script, o)
			}
		}
	}
	if diff := cmp.Diff(before, onDisk(t, d.Maildir)); diff != "" {
		t.Fatalf("after the comparisons:\n%s", diff)
	}
	dial := s.Net.Dial
	for _, reaches := range []bool{false, true} {
		cuts := 0
		for whole := false; !whole && cuts < maxCuts; {
			cuts++
			s.Net.Dial = (&cutter{left: cuts, reaches: reaches, dial: dial}).Dial
			whole = walkOwn(t.Context(), s, "mika")
		}
		if cuts < 20 || cuts == maxCuts {
			t.Errorf("%d cuts", cuts)
		}
		if diff := cmp.Diff(before, onDisk(t, d.Maildir)); diff != "" {
			t.Errorf("after lines that were cut (reaches: %v):\n%s", reaches, diff)
		}
	}
}

// TestRETRIsSeenByDovecot: the witness above would notice a change; the one message that a person agreed to is the only
// one that changes; and the report says so.
func TestRETRIsSeenByDovecot(t *testing.T) {
	d := interop.Dovecot(t)
	s := atDovecot(t, d)
	before := onDisk(t, d.Maildir)
	r, err := s.Compare(t.Context(), nil, CompareOptions{Script: "read", Consent: func(compare.Question) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	if read := r.Rows[1].POP3; read.State != compare.Warn || len(read.Notes) < 2 || read.Notes[1].Code != "compare.own.pop3.marked" {
		t.Errorf("the report says %s, %+v", read.State, read.Notes)
	}
	changed := 0
	for name, after := range onDisk(t, d.Maildir) {
		if before[name] != after {
			changed++
			if !strings.HasPrefix(after, `flags "S"`) {
				t.Errorf("%s was %s and is %s", name, before[name], after)
			}
		}
	}
	if changed != 1 {
		t.Errorf("%d messages changed", changed)
	}
}

// TestDovecotCountsTheSame: the octets of a session as Dovecot logs them. It counts from its answer to the login on, and
// over IMAP not the CRLF of LOGOUT, which it need not read.
func TestDovecotCountsTheSame(t *testing.T) {
	d := interop.Dovecot(t, "protocol pop3 {", "  pop3_logout_format = in=%i out=%o", "}", "protocol imap {", "  imap_logout_format = in=%i out=%o", "}")
	s := atDovecot(t, d)
	a := s.Config.Accounts[0]
	for p, unread := range map[compare.Protocol]int64{compare.POP3: 0, compare.IMAP: int64(len("\r\n"))} {
		var meter trace.Meter
		var rec trace.Recorder
		span := trace.New(&rec, nil).Metered(&meter)
		var since trace.Counters // the login, and what of it Dovecot counts
		switch o := newOwn(s, p, nil, line{a, serverOf(a, string(p))}, nil).(type) {
		case *ownPOP3:
			o.span = span
			err := o.inspect(t.Context(), func(i *pop3.Inspector) error {
				since = meter.Counters().Minus(sinceLogin(rec.Events()))
				_, err := i.Listing(t.Context())
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		case *ownIMAP:
			o.span = span
			c, err := o.dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			since = meter.Counters().Minus(sinceLogin(rec.Events()))
			if _, err := o.look(t.Context(), c, compare.Step{Device: "A"}); err != nil {
				t.Fatal(err)
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
		logged := regexp.MustCompile(string(p) + `\(mika\).*in=(\d+) out=(\d+)`)
		until(t, "Dovecot's line", func() bool { return logged.MatchString(d.Log()) })
		said := logged.FindStringSubmatch(d.Log())
		ours := meter.Counters().Minus(since)
		if in, out := fmt.Sprint(ours.Out-unread), fmt.Sprint(ours.In); in != said[1] || out != said[2] || ours.In < 100 {
			t.Errorf("%s: we count %s up and %s down since the login, Dovecot %s and %s", p, in, out, said[1], said[2])
		}
	}
}

// sinceLogin counts the lines from the one on that answers the login. No secret is in them that would have been removed.
func sinceLogin(events []trace.Event) (c trace.Counters) {
	in := false
	for _, e := range events {
		octets := int64(len(e.Data) + len("\r\n"))
		in = in || e.Kind == trace.KindRecv && strings.Contains(string(e.Data), "Logged in")
		switch {
		case in && e.Kind == trace.KindRecv:
			c.In += octets
		case in && e.Kind == trace.KindSend:
			c.Out += octets
		}
	}
	return c
}

//go:build unix

package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"todoku/diag/compare"
	"todoku/protocols/interop"
)

// atDovecot is a session with an account at a Dovecot that has mail: two messages that were read, two that were not, and
// one that no client has seen.
func atDovecot(t *testing.T, d *interop.Server) *Session {
	t.Helper()
	d.Deliver(t, "S", letterFor(1), letterFor(2))
	d.Deliver(t, "", letterFor(3), letterFor(4))
	d.Deliver(t, "", letterFor(5))
	last, err := filepath.Glob(filepath.Join(d.Maildir, "cur", "*00000005P1*"))
	if err != nil || len(last) != 1 {
		t.Fatal(last, err)
	}
	base, _, _ := strings.Cut(filepath.Base(last[0]), ":")
	if err := os.Rename(last[0], filepath.Join(d.Maildir, "new", base)); err != nil {
		t.Fatal(err)
	}
	return accountAt(t, d)
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
	leftAsItWas(t, s, func() map[string]string { return onDisk(t, d.Maildir) })
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

// dovecotLane is a lane's mailbox at a Dovecot.
type dovecotLane struct {
	t *testing.T
	d *interop.Server
}

func atDovecotLane(t *testing.T) foreignMailbox {
	return &dovecotLane{t, interop.Dovecot(t, "auth_mechanisms = plain", "protocol pop3 {", "  pop3_logout_format = in=%i out=%o", "}",
		"protocol imap {", "  imap_logout_format = in=%i out=%o", "}")}
}

func (l *dovecotLane) Server() *interop.Server { return l.d }
func (l *dovecotLane) Deliver(letter []byte)   { l.d.Deliver(l.t, "", letter) }
func (l *dovecotLane) Answer() string          { return "Logged in" }

// Holds reads the Maildir and the folders below it.
func (l *dovecotLane) Holds(context.Context) (compare.View, error) {
	v := compare.View{Known: true}
	inbox, err := filepath.Glob(l.d.Maildir + "/[cn]*/*")
	folders, err2 := filepath.Glob(l.d.Maildir + "/.*/[cn]*/*")
	for _, file := range append(inbox, folders...) {
		message, err := os.ReadFile(file)
		if err != nil {
			return v, err
		}
		folder, below := strings.CutPrefix(filepath.Base(filepath.Dir(filepath.Dir(file))), ".")
		if !below {
			folder = inboxName
		}
		_, marks, _ := strings.Cut(filepath.Base(file), ":2,")
		hold(&v, folder, message, strings.Contains(marks, "S"))
	}
	return v, errors.Join(err, err2)
}

func (l *dovecotLane) Arrive(_ context.Context, subject string) error {
	l.Deliver(arriving(l.t, subject))
	return nil
}

func (l *dovecotLane) Fill(context.Context, string) (compare.Done, error) {
	return compare.Done{}, errors.New("a Dovecot without a quota is never full")
}

var dovecotSession = regexp.MustCompile(`(imap|pop3)\(mika\).*in=(\d+) out=(\d+)`)

// Sessions are those of Dovecot's log.
func (l *dovecotLane) Sessions(p compare.Protocol) (all []octets) {
	for _, said := range dovecotSession.FindAllStringSubmatch(l.d.Log(), -1) {
		up, err := strconv.ParseInt(said[2], 10, 64)
		down, err2 := strconv.ParseInt(said[3], 10, 64)
		if err := errors.Join(err, err2); err != nil {
			l.t.Fatal(err)
		}
		if said[1] == string(p) {
			all = append(all, octets{down, up})
		}
	}
	return all
}

// Counts: Dovecot counts from its answer to the login on, and over IMAP not the CRLF of LOGOUT, which it need not read.
func (l *dovecotLane) Counts(p compare.Protocol, c counted) octets {
	if p == compare.IMAP {
		c.Out -= int64(len("\r\n"))
	}
	return octets{c.In, c.Out}
}

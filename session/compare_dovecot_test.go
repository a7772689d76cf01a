//go:build unix

package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"todoku/diag/compare"
	"todoku/protocols/interop"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
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
	t     *testing.T
	d     *interop.Server
	relay *interop.Relay // takes mail for it; nil where the script needs none
}

// atDovecotLanes gives each lane a user of one Dovecot. A Postfix is there for a script that sends, or whose mailbox gets full:
// it asks this Dovecot whether there is room.
func atDovecotLanes(t *testing.T, script compare.Script) map[compare.Protocol]foreignMailbox {
	conf := []string{interop.Rawlog, "auth_mechanisms = plain", "protocol pop3 {", "  pop3_logout_format = in=%i out=%o", "}",
		"protocol imap {", "  imap_logout_format = in=%i out=%o", "}"}
	full := does(script, compare.Fill)
	if full {
		conf = append(conf, interop.Quota(fmt.Sprintf("%dB", script.Quota))...)
	}
	d := interop.Dovecot(t, conf...)
	byPOP3, byIMAP := &dovecotLane{t: t, d: d}, &dovecotLane{t: t, d: d.Beside(t, "rika")}
	if full || does(script, compare.Send) {
		relay := []string{}
		if full {
			relay = append(relay, interop.AskQuota(d))
		}
		byPOP3.relay = interop.Postfix(t, d, relay...)
		byIMAP.relay = byPOP3.relay
	}
	return map[compare.Protocol]foreignMailbox{compare.POP3: byPOP3, compare.IMAP: byIMAP}
}

func (l *dovecotLane) Server() *interop.Server { return l.d }
func (l *dovecotLane) Deliver(letter []byte)   { l.d.Deliver(l.t, "", letter) }
func (l *dovecotLane) Answer() string          { return "Logged in" }

// Submissions is where a device sends by; "" where none does.
func (l *dovecotLane) Submissions() string {
	if l.relay == nil {
		return ""
	}
	return l.relay.Submissions
}

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

// Arrive lays the letter on the disk, past any quota, or has Postfix take it where there is one that asks Dovecot first.
func (l *dovecotLane) Arrive(ctx context.Context, subject string) error {
	arrives := arrivingLetter(subject)
	if l.relay == nil {
		l.Deliver(composed(l.t, arrives, arrivingNumber))
		return nil
	}
	return l.relayed(ctx, arrives, arrivingNumber)
}

func (l *dovecotLane) Fill(ctx context.Context, subject string) (compare.Done, error) {
	return fillWith(subject, func(letter compare.Letter, number int) error { return l.relayed(ctx, letter, number) })
}

// relayed has Postfix take a letter, and waits until it lies on the disk.
func (l *dovecotLane) relayed(ctx context.Context, letter compare.Letter, number int) error {
	host, port, err := net.SplitHostPort(l.relay.SMTP)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return err
	}
	c, err := smtp.Dial(ctx, smtp.Options{Net: &wire.Net{Dial: (&net.Dialer{}).DialContext}, Host: host, Port: n, TLS: wire.TLSNone})
	if err != nil {
		return err
	}
	defer c.Close()
	to := smtp.Recipient{Addr: l.d.User + "@fuji.test"}
	if _, err := c.Send(ctx, smtp.Envelope{From: stageSender, To: []smtp.Recipient{to}}, composed(l.t, letter, number), nil); err != nil {
		return err
	}
	until(l.t, "Postfix to deliver", func() bool {
		v, err := l.Holds(ctx)
		_, there := v.Of(letter.Subject)
		return err == nil && there
	})
	return nil
}

var dovecotSession = regexp.MustCompile(`(imap|pop3)\((\w+)\).*in=(\d+) out=(\d+)`)

// Sessions are those of Dovecot's log.
func (l *dovecotLane) Sessions(p compare.Protocol) (all []octets) {
	for _, said := range dovecotSession.FindAllStringSubmatch(l.d.Log(), -1) {
		up, err := strconv.ParseInt(said[3], 10, 64)
		down, err2 := strconv.ParseInt(said[4], 10, 64)
		if err := errors.Join(err, err2); err != nil {
			l.t.Fatal(err)
		}
		if said[1] == string(p) && said[2] == l.d.User {
			all = append(all, octets{down, up})
		}
	}
	return all
}

// Heard is what Dovecot wrote down of its sessions.
func (l *dovecotLane) Heard(p compare.Protocol) []interop.Telemetry {
	return heardBy(l.d.Sessions(l.t), p)
}

// Counts: Dovecot counts from its answer to the login on, and over IMAP not the CRLF of LOGOUT, which it need not read.
func (l *dovecotLane) Counts(p compare.Protocol, c counted) octets {
	if p == compare.IMAP {
		c.Out -= int64(len("\r\n"))
	}
	return octets{c.In, c.Out}
}

package seed

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"todoku/embedded-server/maildrop"
	"todoku/internal/mail"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 23, 9, 41, 0, 0, time.FixedZone("", 9*3600))

func filled(t testing.TB, o Options) *maildrop.Store {
	t.Helper()
	s := empty(t)
	o.Now = now
	if err := Fill(context.Background(), s, o); err != nil {
		t.Fatal(err)
	}
	return s
}

func empty(t testing.TB) *maildrop.Store {
	t.Helper()
	s, err := maildrop.Open(filepath.Join(t.TempDir(), "mail.db"), maildrop.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, address := range Users() {
		if err := s.AddUser(context.Background(), maildrop.User{Address: address, Password: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func folder(t testing.TB, s *maildrop.Store, address, name string) maildrop.Folder {
	t.Helper()
	f, err := s.Folder(context.Background(), address, name)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// all gives every message of a user's folder by ascending uid.
func all(t testing.TB, s *maildrop.Store, address, name string) [][]byte {
	t.Helper()
	f, list, err := s.Open(context.Background(), folder(t, s, address, name).ID)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for _, m := range list {
		data, err := s.Data(context.Background(), f.ID, m.UID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

func TestTheSameOptionsGiveTheSameOctets(t *testing.T) {
	one, two := filled(t, Options{Seed: 7, Messages: 80}), filled(t, Options{Seed: 7, Messages: 80})
	for _, address := range Users() {
		for _, name := range []string{"INBOX", "Drafts", "Sent", "Archive", "Junk", "Trash"} {
			if !slices.EqualFunc(all(t, one, address, name), all(t, two, address, name), bytes.Equal) {
				t.Errorf("%s %s differ", address, name)
			}
		}
	}
	other := filled(t, Options{Seed: 8, Messages: 80})
	if slices.EqualFunc(all(t, one, alice, "INBOX"), all(t, other, alice, "INBOX"), bytes.Equal) {
		t.Error("another seed gave the same generated messages")
	}
}

func TestMailboxesAreFilledOnce(t *testing.T) {
	s := filled(t, Options{})
	before := folder(t, s, alice, "INBOX")
	if before.Total < 50 || before.Unseen < 4 || before.Unseen > 12 {
		t.Errorf("INBOX has %d messages, %d unseen", before.Total, before.Unseen)
	}
	for _, name := range []string{"Drafts", "Sent", "Archive", "Junk", "Trash"} {
		if f := folder(t, s, alice, name); f.Total == 0 || f.Role == mail.RoleNone {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if err := Fill(context.Background(), s, Options{Now: now}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, folder(t, s, alice, "INBOX")); diff != "" {
		t.Error(diff)
	}
	if err := Fill(context.Background(), s, Options{Now: now, Messages: 100}); err != nil {
		t.Fatal(err)
	}
	if f := folder(t, s, alice, "INBOX"); f.Total != 100 {
		t.Errorf("filled up to %d, want 100", f.Total)
	}
}

func TestFillNeedsItsUsers(t *testing.T) {
	s, err := maildrop.Open(filepath.Join(t.TempDir(), "mail.db"), maildrop.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := Fill(context.Background(), s, Options{Now: now}); err == nil {
		t.Error("mail for users who do not exist was not refused")
	}
}

// Every text must be sayable in its charset; encode falls back to UTF-8 silently.
func TestTextsFitTheirCharsets(t *testing.T) {
	for _, l := range allLetters(now) {
		for _, text := range []string{l.text, l.html, l.subject, l.from, l.to, l.cc} {
			if _, err := encoderOf(l.wordCharset()).String(text); err != nil {
				t.Errorf("%s: %s cannot say %q: %v", l.id, l.charset, text, err)
			}
		}
	}
}

func TestHeadersCanBeReadAgain(t *testing.T) {
	for _, l := range allLetters(now) {
		if l.subject == "" || !isClean(l.subject) {
			continue
		}
		l.complete()
		e := maildrop.ParseEnvelope(l.render(now))
		if got := mail.DecodeHeader(e.Subject); got != l.subject {
			t.Errorf("%s: subject %q, want %q", l.id, got, l.subject)
		}
		if len(e.From) == 0 || len(e.To) == 0 || e.MessageID == "" || e.Date.IsZero() {
			t.Errorf("%s: envelope %+v", l.id, e)
		}
	}
}

func isClean(s string) bool { return !strings.ContainsAny(s, "\x1b\x07") }

func TestIDsAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range allLetters(now) {
		l.complete()
		key := l.box + " " + l.folder + " " + l.messageID()
		if seen[key] {
			t.Errorf("%s twice", key)
		}
		seen[key] = true
	}
}

func TestWhatMustBeThere(t *testing.T) {
	s := filled(t, Options{})
	everything := bytes.Join(all(t, s, alice, "INBOX"), nil)
	for what, octets := range map[string]string{
		"half-width kana in ISO-2022-JP": "\x1b(I",
		"NEC row 13 in ISO-2022-JP":      "\x1b$B-!-\"-#",
		"CP932 under another label":      "charset=iso-2022-jp\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\x82\xb1",
		"raw 8-bit header":               "Subject: \x90\xb6",
		"RFC 2231 continuation":          "filename*1*=",
		"a bounce":                       "message/delivery-status",
		"a mailing list":                 "List-Id: ",
		"format=flowed":                  "format=flowed",
		"a forwarded message":            "message/rfc822",
		"an invitation":                  "text/calendar; method=REQUEST",
		"a PDF":                          "application/pdf",
		"a remote picture":               "<img src=\"https://track.",
		"an escape sequence":             "\x1b[2J",
		"an empty reverse-path":          "Return-Path: <>",
	} {
		if !bytes.Contains(everything, []byte(octets)) {
			t.Errorf("alice's INBOX lacks %s", what)
		}
	}
}

func TestPDFTableIsRight(t *testing.T) {
	b := pdf("one", "two")
	for i := range 5 {
		line := bytes.Split(b[bytes.Index(b, []byte("xref\n")):], []byte("\n"))[3+i]
		at := 0
		for _, c := range line[:10] {
			at = at*10 + int(c-'0')
		}
		if want := []byte{byte('1' + i), ' ', '0', ' ', 'o', 'b', 'j'}; !bytes.HasPrefix(b[at:], want) {
			t.Errorf("object %d is not at %d", i+1, at)
		}
	}
}

func BenchmarkFill(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := empty(b)
		b.StartTimer()
		if err := Fill(context.Background(), s, Options{Now: now}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
}

func BenchmarkFill10k(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := empty(b)
		b.StartTimer()
		if err := Fill(context.Background(), s, Options{Now: now, Messages: 10_000}); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		s.Close()
		b.StartTimer()
	}
}

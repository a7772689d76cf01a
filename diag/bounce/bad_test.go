package bounce

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"todoku/diag/reason"
	"todoku/internal/mail"
)

// TestGarbageIsReadAsNothing: octets without sense behind the header of a bounce give no cause.
func TestGarbageIsReadAsNothing(t *testing.T) {
	chance := rand.New(rand.NewPCG(7, 7))
	many := 300
	if testing.Short() {
		many = 60
	}
	for i := range many {
		junk := make([]byte, 1+chance.IntN(2000))
		for j := range junk {
			junk[j] = byte(chance.Uint32())
		}
		head := []string{"From: MAILER-DAEMON@x.test\nSubject: Undelivered Mail\n\n", "Subject: Undeliverable\nReturn-Path: <>\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"}[i%2]
		r, ok := Read(mail.Parse(append([]byte(head), junk...)))
		for _, f := range r.Recipients {
			if !ok || f.Reading.Reason != reason.None || f.Reading.Sure != reason.No || f.Next != ReadWords {
				t.Fatalf("%q is read as %+v", junk, f)
			}
		}
	}
}

// TestHalfABounceInventsNothing: cut anywhere, a bounce says what it said, or that nothing is known.
func TestHalfABounceInventsNothing(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 7 // no length of a line
	}
	for file, may := range map[string][]reason.Reason{
		"001-postfix-nobody.eml": {reason.None, reason.Nobody}, "002-postfix-full.eml": {reason.None, reason.Full},
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		said := 0
		for end := 0; end < len(raw); end += step {
			r, _ := Read(mail.Parse(raw[:end]))
			for _, f := range r.Recipients {
				if f.Reading.Reason != may[0] && f.Reading.Reason != may[1] {
					t.Fatalf("%s cut at %d: %+v", file, end, f)
				}
				if f.Reading.Reason != reason.None {
					said++
				}
			}
		}
		if said == 0 {
			t.Errorf("%s says nothing wherever it is cut", file)
		}
	}
}

// TestABounceOf100MBIsReadInBoundedRoom: what comes back whole with a bounce costs neither time nor memory for reading why.
func TestABounceOf100MBIsReadInBoundedRoom(t *testing.T) {
	if testing.Short() {
		t.Skip("needs 100 MB")
	}
	for shape, c := range map[string]struct{ head, line, id string }{
		"a report with what it returns": {strings.TrimSuffix(delayNotice, "\nHello\n--b--\n") + "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n",
			strings.Repeat("QUJD", 19) + "\n", "minutes18@sakura.test"},
		"words alone": {"From: MAILER-DAEMON@x.test\nSubject: failure notice\n\nHi. This is the qmail-send program at x.test.\n\n<bob@fuji.test>:\n" +
			"Remote host said: 451 4.4.3 Name server timeout\n\n", "carol@fuji.test: host a.test said: 550 5.1.1 no\n", ""},
	} {
		var raw bytes.Buffer
		raw.Grow(101 << 20)
		raw.WriteString(c.head)
		for raw.Len() < 100<<20 {
			raw.WriteString(c.line)
		}
		raw.WriteString("--b--\n")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		began := time.Now()
		r, ok := Read(mail.Parse(raw.Bytes()))
		took := time.Since(began)
		runtime.ReadMemStats(&after)
		if !ok || r.Recipients[0].Reply.Code != 451 || r.Original.MessageID != c.id {
			t.Errorf("%s: %v %+v", shape, ok, r)
		}
		used := (after.TotalAlloc - before.TotalAlloc) >> 20
		if used > 32 || took > 20*time.Second {
			t.Errorf("%s: 100 MB took %d MB and %v", shape, used, took)
		}
		t.Logf("%s: 100 MB took %d MB and %v", shape, used, took)
	}
}

// TestABounceInISO2022JP: its words are read in its charset, also where the label is missing.
func TestABounceInISO2022JP(t *testing.T) {
	words := "\x1b$B08@hITL@\x1b(B: <taro@fuji.test>\n550 5.1.1 User unknown\n" // 宛先不明
	for _, label := range []string{"Content-Type: text/plain; charset=iso-2022-jp\n", ""} {
		r, ok := Read(mail.Parse([]byte("From: MAILER-DAEMON@mail.fuji.test\nSubject: failure notice\nMIME-Version: 1.0\n" + label + "\n" + words)))
		if !ok || len(r.Recipients) != 1 || r.Recipients[0].Recipient != "taro@fuji.test" || r.Recipients[0].Reading.Reason != reason.Nobody {
			t.Errorf("%q: %v %+v", label, ok, r.Recipients)
		}
	}
}

// TestRepliesWithEscapes lose them, and keep their meaning.
func TestRepliesWithEscapes(t *testing.T) {
	raw := strings.Replace(delayNotice, "smtp; 451-4.4.3 Name server timeout 451 4.4.3 try again", "smtp; 550 5.1.1 \x1b[2J\x1b]0;owned\x07User \x1b[31munknown\u202e", 1)
	raw = strings.NewReplacer("Action: delayed", "Action: failed", "Status: 4.4.3 (no answer)", "Status: 5.1.1").Replace(raw)
	r, ok := Read(mail.Parse([]byte(raw)))
	if !ok || r.Recipients[0].Reading.Reason != reason.Nobody || strings.ContainsAny(r.Recipients[0].Reply.String(), "\x1b\x07\u202e") {
		t.Errorf("%v %q %+v", ok, r.Recipients[0].Reply, r.Recipients[0].Reading)
	}
}

package bounce

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/reason"
	"todoku/internal/mail"
)

// delayNotice is a notice of a server that still tries, with all that RFC 3464 lets it say.
const delayNotice = `Return-Path: <>
From: MAILER-DAEMON@mail.sakura.test
To: alice@sakura.test
Subject: Delayed Mail
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Nothing is lost yet.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.sakura.test
Original-Envelope-Id: QQ314159
Arrival-Date: Mon, 23 Nov 2026 09:38:00 +0900

Original-Recipient: rfc822; bob+2Blists@fuji.test
Final-Recipient: rfc822; bob@inner.fuji.test
Action: delayed
Status: 4.4.3 (no answer)
Remote-MTA: dns; mx1.fuji.test
Diagnostic-Code: smtp; 451-4.4.3 Name server timeout 451 4.4.3 try again
Last-Attempt-Date: Mon, 23 Nov 2026 13:38:00 +0900
Will-Retry-Until: Sat, 28 Nov 2026 09:42:00 +0900

--b
Content-Type: message/rfc822

From: alice@sakura.test
To: Bob <bob+lists@fuji.test>
Subject: =?utf-8?b?5p2l6YCx?=
Message-ID: <minutes18@sakura.test>
Date: Mon, 23 Nov 2026 09:38:00 +0900

Hello
--b--
`

func TestReadAll(t *testing.T) {
	r, ok := Read(mail.Parse([]byte(delayNotice)))
	jst := time.FixedZone("", 9*3600)
	want := Report{
		Recipients: []Failure{{
			Recipient: "bob+lists@fuji.test", Action: "delayed", Status: "4.4.3", Host: "mx1.fuji.test", Step: 3, Next: Wait,
			Reply:   Reply{451, "4.4.3", "Name server timeout\ntry again"},
			Reading: reason.Reading{Reason: reason.DNS, Who: "dns", Retry: "server", Sure: reason.High, Rests: []string{"code", "enhanced", "words"}},
		}},
		Original: Original{MessageID: "minutes18@sakura.test", EnvelopeID: "QQ314159", Subject: "来週", Date: time.Date(2026, 11, 23, 9, 38, 0, 0, jst),
			From: []mail.Address{{Addr: "alice@sakura.test"}}, To: []mail.Address{{Name: "Bob", Addr: "bob+lists@fuji.test"}}},
		Delayed: true, RetryUntil: time.Date(2026, 11, 28, 9, 42, 0, 0, jst), Reporter: "mail.sakura.test", Sure: reason.High,
	}
	if diff := cmp.Diff(want, r); !ok || diff != "" {
		t.Error(diff)
	}
}

// TestTagsOfAddressesStay: what follows a plus may look like xtext.
func TestTagsOfAddressesStay(t *testing.T) {
	for _, c := range []struct{ original, final, want string }{
		{"", "fault+552-5.2.2@fuji.test", "fault+552-5.2.2@fuji.test"}, {"", "bob+2B@fuji.test", "bob+2B@fuji.test"},
		{"bob+49ers@fuji.test", "bob@inner.fuji.test", "bob+49ers@fuji.test"}, {"bob+2B49ers@fuji.test", "bob+49ers@fuji.test", "bob+49ers@fuji.test"},
		{"a+3Db@fuji.test", "x@fuji.test", "a=b@fuji.test"},
	} {
		raw := strings.Replace(delayNotice, "Final-Recipient: rfc822; bob@inner.fuji.test", "Final-Recipient: rfc822; "+c.final, 1)
		field := ""
		if c.original != "" {
			field = "Original-Recipient: rfc822; " + c.original + "\n"
		}
		raw = strings.Replace(raw, "Original-Recipient: rfc822; bob+2Blists@fuji.test\n", field, 1)
		if r, _ := Read(mail.Parse([]byte(raw))); r.Recipients[0].Recipient != c.want {
			t.Errorf("%+v is read as %s", c, r.Recipients[0].Recipient)
		}
	}
}

func TestWhatContradictsIsDoubted(t *testing.T) {
	raw := strings.ReplaceAll(delayNotice, "smtp; 451-4.4.3 Name server timeout 451 4.4.3 try again", "smtp; 452 4.2.2 mailbox is full")
	r, _ := Read(mail.Parse([]byte(raw)))
	if got := r.Recipients[0].Reading; got.Reason != reason.Full || got.Sure != reason.Fair {
		t.Errorf("status 4.4.3 and a full mailbox: %+v", got)
	}
}

func TestNothingIsInvented(t *testing.T) {
	for name, raw := range map[string]string{
		"no words": "Return-Path: <>\nFrom: MAILER-DAEMON@x.test\nTo: alice@sakura.test\nSubject: Undelivered Mail\n\n",
		"odd":      "From: MAILER-DAEMON@x.test\nSubject: Delivery failure\n\nThe pigeon to bob@fuji.test is ill.\n",
		"no names": "From: MAILER-DAEMON@x.test\nSubject: failure notice\n\nIt did not work.\n",
	} {
		r, ok := Read(mail.Parse([]byte(raw)))
		if !ok || len(r.Recipients) != 1 {
			t.Fatalf("%s: %v, %+v", name, ok, r)
		}
		if f := r.Recipients[0]; f.Reading.Reason != reason.None || f.Reading.Sure != reason.No || f.Next != ReadWords || len(f.Reading.Rests) != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestOrdinaryMailIsNoReport(t *testing.T) {
	for _, raw := range []string{"", "\n", "garbage", "From: bob@fuji.test\nSubject: lunch\n\n550 5.1.1 is my room number\n"} {
		if r, ok := Read(mail.Parse([]byte(raw))); ok {
			t.Errorf("%q: %+v", raw, r)
		}
	}
}

// TestALargeBounceIsReadInBoundedWork: what comes back may be large, and hostile.
func TestALargeBounceIsReadInBoundedWork(t *testing.T) {
	large := append([]byte(delayNotice), bytes.Repeat([]byte("bob@fuji.test: 550 5.1.1 no\n<<< 550 said: 550 \n"), 200_000)...)
	if r, ok := Read(mail.Parse(large)); !ok || r.Recipients[0].Reply.Code != 451 {
		t.Errorf("%v %+v", ok, r.Recipients)
	}
	many := "From: MAILER-DAEMON@x.test\nSubject: failure notice\n\n" + strings.Repeat("<a@fuji.test>:\n550 no\n", 100_000)
	var names strings.Builder
	for i := range 3000 {
		names.WriteString("<u" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + "@fuji.test>:\n550 5.1.1 no such user\n\n")
	}
	loose := "From: MAILER-DAEMON@x.test\nSubject: failure notice\n\n" + strings.Repeat("it said for abc@fuji.test and def@x: 550 ", 200) + strings.Repeat("\nhe said 550 x@y.test "+strings.Repeat("said ", 100), 2000)
	for _, raw := range []string{many, loose, "From: MAILER-DAEMON@x.test\nSubject: failure notice\n\n" + names.String()} {
		start := time.Now()
		r, _ := Read(mail.Parse([]byte(raw)))
		if took := time.Since(start); len(r.Recipients) > maxBlocks || took > 3*time.Second {
			t.Errorf("%d recipients in %v", len(r.Recipients), took)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, dir := range []string{"testdata", filepath.Join("testdata", "unread")} {
		files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, ok := Read(mail.Parse(raw))
		if ok != (len(r.Recipients) > 0) {
			t.Fatalf("report %v with %d recipients", ok, len(r.Recipients))
		}
		for _, fl := range r.Recipients {
			if fl.Next == "" || fl.Reading.Who == "" || fl.Action != "failed" && fl.Action != "delayed" || (fl.Reading.Sure == reason.No) != (fl.Reading.Reason == reason.None) {
				t.Errorf("%+v", fl)
			}
			for _, s := range []string{fl.Recipient, fl.Host, fl.Command, fl.Status, fl.Reply.Text, r.Reporter, r.Original.EnvelopeID} {
				if strings.ContainsFunc(s, func(c rune) bool { return c != '\n' && unicode.IsControl(c) }) {
					t.Errorf("%q keeps a control character", s)
				}
			}
		}
	})
}

package bounce

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"todoku/diag/reason"
	"todoku/internal/mail"
)

// TestStepsOfTheCorpus: what came back was taken by the submission server, so none of it belongs to step 1. It belongs to
// step 3 when another host said it; without one, only lookups belong to step 2. Who must act is told for that step.
func TestStepsOfTheCorpus(t *testing.T) {
	lookups := []reason.Reason{reason.NoHost, reason.NoMail, reason.DNS}
	said := map[int]int{}
	for _, dir := range []string{"testdata", filepath.Join("testdata", "unread")} {
		files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			r, _ := Read(mail.Parse(raw))
			for _, f := range r.Recipients {
				said[f.Step]++
				_, who := f.Reading.Reason.Place(f.Step)
				switch {
				case f.Step == submission, f.Step == 2 && !slices.Contains(lookups, f.Reading.Reason), f.Step == 4 && f.Reading.Reason != reason.Vacation,
					f.Step == 0 && f.Reading.Reason != reason.None:
					t.Errorf("%s: %s at step %d", name, f.Reading.Reason, f.Step)
				case f.Reading.Who != who && f.Reply.Code != 421:
					t.Errorf("%s: %s at step %d: %s must act, want %s", name, f.Reading.Reason, f.Step, f.Reading.Who, who)
				}
			}
		}
	}
	t.Logf("readings by step: %v", said)
	if said[transfer] < 60 || said[2] < 3 {
		t.Errorf("readings by step: %v", said)
	}
}

// TestWhoSaidItTellsTheStep with each of the reasons that belong to the submission where a submission server says them.
func TestWhoSaidItTellsTheStep(t *testing.T) {
	for _, c := range []struct {
		remote, code string
		reason       reason.Reason
		step         int
		who          string
	}{
		{"mx1.fuji.test", "552 5.3.4 Message size exceeds fixed limit", reason.TooLarge, 3, "you"},
		{"", "552 5.3.4 Message size exceeds fixed limit", reason.TooLarge, 3, "you"},
		{"", "Message is too large", reason.TooLarge, 3, "you"},
		{"mx1.fuji.test", "552 5.2.2 Mailbox full", reason.Full, 3, "recipient"},
		{"", "552 mailbox full", reason.Full, 3, "recipient"},
		{"mx1.fuji.test", "550 5.7.1 Relaying denied", reason.Relay, 3, "recipient"},
		{"mx1.fuji.test", "530 5.7.0 Authentication required", reason.Login, 3, "recipient"},
		{"mx1.fuji.test", "501 5.1.3 Bad address syntax", reason.Syntax, 3, "you"},
		{"", "Host or domain name not found. Name service error", reason.NoHost, 2, "you"},
		{"mx1.fuji.test", "550 5.1.2 Host unknown", reason.NoHost, 3, "you"},
		{"", "The pigeon is ill", reason.None, 0, "provider"},
		{"mx1.fuji.test", "554 Xyzzy", reason.None, 3, "provider"},
	} {
		raw := "From: MAILER-DAEMON@mail.sakura.test\nSubject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n" +
			"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.sakura.test\n\nFinal-Recipient: rfc822; bob@fuji.test\nAction: failed\n"
		if c.remote != "" {
			raw += "Remote-MTA: dns; " + c.remote + "\n"
		}
		r, ok := Read(mail.Parse([]byte(raw + "Diagnostic-Code: smtp; " + c.code + "\n--b--\n")))
		if !ok || len(r.Recipients) != 1 {
			t.Fatalf("%s: %v", c.code, ok)
		}
		if f := r.Recipients[0]; f.Reading.Reason != c.reason || f.Step != c.step || f.Reading.Who != c.who {
			t.Errorf("%q of %q: %s at step %d, %s must act; want %s at %d, %s", c.code, c.remote, f.Reading.Reason, f.Step, f.Reading.Who, c.reason, c.step, c.who)
		}
	}
}

func TestDelivered(t *testing.T) {
	raw := strings.NewReplacer("Action: delayed", "Action: delivered", "Status: 4.4.3", "Status: 2.0.0").Replace(delayNotice)
	to, o := Delivered(mail.Parse([]byte(raw)))
	if len(to) != 1 || to[0] != "bob+lists@fuji.test" || o.MessageID != "minutes18@sakura.test" {
		t.Errorf("%v %+v", to, o)
	}
	for _, action := range []string{"relayed", "expanded", "failed", "delayed", ""} {
		if to, _ := Delivered(mail.Parse([]byte(strings.Replace(delayNotice, "Action: delayed", "Action: "+action, 1)))); to != nil {
			t.Errorf("%q: %v", action, to)
		}
	}
}

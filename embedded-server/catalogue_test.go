package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"todoku/embedded-server/fault"
)

// notForTheOffice are cases whose truth the sandbox's own post office cannot show.
func notForTheOffice(c fault.Case) string {
	switch {
	case strings.Contains(c.Truth.Why, "RFC 8461") || strings.Contains(c.Truth.Why, "RFC 7672"):
		return "it does not hold to MTA-STS and DANE"
	case c.Warm > 0:
		return "it takes several connections"
	case c.ID == "smtp.no-banner" || c.ID == "smtp.stall-for-good":
		return "it waits for minutes"
	case c.ID == "smtp.endless-line":
		return "its library reads any line to the end"
	}
	return ""
}

// TestTheOfficeMeetsTheCatalogue sends a message through each fault of the transfer. What the sandbox's mail host, which
// stands on a foreign client, does with it is what the catalogue says; and once the fault is gone, what waited arrives.
func TestTheOfficeMeetsTheCatalogue(t *testing.T) {
	s := start(t, Options{Retry: []time.Duration{time.Hour}}, nil)
	c := login(t, s, alice, "apple")
	n := 0
	for _, fc := range fault.Cases() {
		if !strings.HasPrefix(fc.ID, "smtp.") && !strings.HasPrefix(fc.ID, "mx.") {
			continue
		}
		if why := notForTheOffice(fc); why != "" {
			t.Logf("%s: left out, for %s", fc.ID, why)
			continue
		}
		n++
		s.Advance(24 * time.Hour) // caches and greylists forget
		if err := s.Faults().AddCase(fc.Faster(100)); err != nil {
			t.Fatal(err)
		}
		submit(t, c, alice, []string{fc.To}, hello)
		if got := s.fate(t, alice, fc.To, fc.ID); got != fc.Truth.Word {
			t.Errorf("%s: the message was %s, the truth is %s", fc.ID, got, fc.Truth.Word)
		}
		s.Faults().Remove(fc.ID)
		s.settle(t, fc.ID)
	}
	if n < 40 {
		t.Errorf("only %d cases were met", n)
	}
}

const alice = "alice@sakura.test"

// fate waits until something became of the one message to a user, and empties the mailbox that tells of it.
func (s *Sandbox) fate(t *testing.T, from, to, of string) string {
	t.Helper()
	fate := ""
	eventually(t, "the fate of a message through "+of, func() bool {
		q, err := s.Queue(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case len(q) == 1 && q[0].Attempts > 0 && q[0].Doing == "":
			fate = fault.Deferred
		case len(q) > 0:
		case len(messages(t, s, to)) > 0:
			fate = fault.Delivered
		case len(messages(t, s, from)) > 0:
			fate = fault.Refused
		}
		return fate != ""
	})
	return fate
}

// settle lets arrive what waits, and empties the mailboxes.
func (s *Sandbox) settle(t *testing.T, after string) {
	t.Helper()
	s.Advance(time.Hour) // what was looked up meanwhile is void
	eventually(t, "an empty queue after "+after, func() bool {
		q, err := s.Queue(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range q {
			if _, err := s.Retry(context.Background(), e.ID); e.Doing == "" && err != nil && !strings.Contains(err.Error(), "queue id") {
				t.Fatal(err)
			}
		}
		return len(q) == 0
	})
	for _, user := range []string{alice, "bob@fuji.test", "hanako@tsuru.test"} {
		empty(t, s, user)
	}
}

// TestSubmissionMeetsTheCatalogue has a foreign client meet each fault of the first step.
func TestSubmissionMeetsTheCatalogue(t *testing.T) {
	s := start(t, Options{}, nil)
	for _, fc := range fault.Cases() {
		if !strings.HasPrefix(fc.ID, "submit.") || fc.ID == "submit.no-starttls" {
			continue // which is for the client to judge
		}
		if err := s.Faults().AddCase(fc); err != nil {
			t.Fatal(err)
		}
		err := trySubmit(t, s, fc.To)
		var said *smtp.SMTPError
		permanent := errors.As(err, &said) && said.Code >= 500
		if err == nil || permanent != (fc.Truth.Word == fault.Refused) {
			t.Errorf("%s: %v, the truth is %s", fc.ID, err, fc.Truth.Word)
		}
		s.Faults().Remove(fc.ID)
	}
	if err := trySubmit(t, s, "yuki@sakura.test"); err != nil {
		t.Errorf("without faults: %v", err)
	}
}

func TestAddressesThatNameFaults(t *testing.T) {
	s := start(t, Options{Retry: []time.Duration{time.Minute}}, nil)
	c := login(t, s, alice, "apple")
	for to, want := range map[string]string{
		"fault+550-5.1.1@sakura.test":     "550: SMTP error 550: As the address asks",
		"fault+eod-554-5.7.1@sakura.test": "554",
		"fault+nothing@sakura.test":       "there is no fault",
		"fault+busy@sakura.test":          "before the recipient is known",
	} {
		err := c.SendMail(alice, []string{to}, strings.NewReader(hello))
		if err == nil || !strings.Contains(err.Error(), want[:3]) && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", to, err)
		}
		if err := c.Reset(); err != nil {
			t.Fatal(err)
		}
	}
	submit(t, c, alice, []string{"fault+greylist@fuji.test"}, hello)
	eventually(t, "a first try", func() bool {
		q, _ := s.Queue(context.Background())
		return len(q) == 1 && q[0].Attempts == 1 && strings.HasPrefix(q[0].Last, "451 4.7.1 Greylisted") && q[0].Doing == ""
	})
	s.Advance(2 * time.Minute)
	eventually(t, "a second try, too early", func() bool {
		q, _ := s.Queue(context.Background())
		return len(q) == 1 && q[0].Attempts == 2 && q[0].Doing == ""
	})
	s.Advance(4 * time.Minute)
	if got := inbox(t, s, "bob@fuji.test", 1); !strings.HasSuffix(got[0], hello) {
		t.Errorf("bob got %q", got)
	}
}

// trySubmit is one message from login to the final dot.
func trySubmit(t *testing.T, s *Sandbox, to string) error {
	t.Helper()
	raw, err := net.Dial("tcp", host(t, s.World(), sakuraHost).Submission)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	c, err := smtp.NewClientStartTLS(raw, &tls.Config{RootCAs: s.pool(t), ServerName: sakuraHost})
	if err != nil {
		return err
	}
	if err := c.Auth(sasl.NewPlainClient("", alice, "apple")); err != nil {
		return err
	}
	return c.SendMail(alice, []string{to}, strings.NewReader(hello))
}

const sakuraHost = "mail.sakura.test"

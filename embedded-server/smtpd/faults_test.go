package smtpd

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
	"todoku/protocols/interop"
)

// faulty plays a dialogue in one go against a server with the rules and gives its replies.
func faulty(t *testing.T, cfg Config, lines string, rules ...fault.Rule) (string, *shelf) {
	t.Helper()
	store := new(shelf)
	cfg.Mail, cfg.Faults = store, &fault.Set{Magic: true}
	for i, r := range rules {
		r.ID = fmt.Sprint("f", i)
		if err := cfg.Faults.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	c := dial(t, serve(t, cfg, false))
	fmt.Fprint(c, strings.ReplaceAll(lines, "\n", "\r\n"))
	c.(*net.TCPConn).CloseWrite()
	replies, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "forcibly") {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(replies), "\r\n", "\n"), store
}

// codes are the basic replies of RFC 5321 section 4.2.3, RFC 4954 section 6, RFC 3207 section 4 and RFC 7504 that refuse.
var codes = []int{421, 432, 450, 451, 452, 454, 455, 500, 501, 502, 503, 504, 521, 523, 525, 530, 534, 535, 538, 550, 551, 552, 553,
	554, 555, 556}

// TestEveryCodeAtEveryStage is the promise that any error can be reproduced.
func TestEveryCodeAtEveryStage(t *testing.T) {
	tls := interop.Certificate(t).TLS
	const talk = "EHLO x\nMAIL FROM:<alice@sakura.test>\nRCPT TO:<alice@sakura.test>\nDATA\n"
	for _, stage := range []struct {
		rule fault.Rule
		role Role
		say  string
	}{
		{fault.Rule{Stage: fault.Connect}, MX, ""},
		{fault.Rule{Stage: fault.Helo}, MX, "EHLO x\n"},
		{fault.Rule{Stage: fault.Command, Match: fault.Match{Verb: "STARTTLS"}}, MX, "EHLO x\nSTARTTLS\n"},
		{fault.Rule{Stage: fault.Auth}, Submission, "EHLO x\nAUTH PLAIN AGFsaWNlAGFwcGxl\n"},
		{fault.Rule{Stage: fault.Mail}, MX, talk[:strings.Index(talk, "RCPT")]},
		{fault.Rule{Stage: fault.Rcpt}, MX, talk[:strings.Index(talk, "DATA")]},
		{fault.Rule{Stage: fault.Data}, MX, talk},
		{fault.Rule{Stage: fault.EndOfData}, MX, talk + "\n.\n"},
		{fault.Rule{Stage: fault.Accepted}, MX, talk + "\n.\n"},
	} {
		for _, code := range codes {
			r := stage.rule
			r.Do.Reply = fmt.Sprintf("%d %d.7.1 As the rule says", code, code/100)
			got, _ := faulty(t, Config{TLS: tls, Role: stage.role}, stage.say, r)
			if !strings.HasSuffix(got, r.Do.Reply+"\n") {
				t.Errorf("%s %d: %q", r.Stage, code, got)
			}
		}
	}
}

func TestARuleWithholdsExtensions(t *testing.T) {
	tls := interop.Certificate(t).TLS
	r := fault.Rule{Stage: fault.Offer, Do: fault.Action{Withhold: []string{"starttls", "SIZE"}}}
	got, _ := faulty(t, Config{TLS: tls}, "EHLO x\nSTARTTLS\nQUIT\n", r)
	if strings.Contains(got, "250-STARTTLS") || strings.Contains(got, "SIZE") || !strings.Contains(got, "250-8BITMIME") ||
		!strings.Contains(got, "\n502 5.5.1 ") {
		t.Errorf("%s", got)
	}
	r.Do.Withhold = []string{"AUTH"}
	got, _ = faulty(t, Config{TLS: tls, Role: Submission}, "EHLO x\nMAIL FROM:<alice@sakura.test>\n", r)
	if strings.Contains(got, "AUTH PLAIN") || !strings.Contains(got, "\n530 5.7.0 ") {
		t.Errorf("%s", got)
	}
}

func TestARuleLimitsTheSize(t *testing.T) {
	r := fault.Rule{Stage: fault.Offer, Do: fault.Action{Size: 50}}
	begin := "EHLO x\nMAIL FROM:<>\nRCPT TO:<alice@sakura.test>\n"
	for say, want := range map[string]string{
		"EHLO x\nMAIL FROM:<> SIZE=51\n":                          "552 5.3.4 Message larger than 50 octets\n",
		begin + "DATA\n" + strings.Repeat("x", 60) + "\n.\n":      "552 5.3.4 Message larger than 50 octets\n",
		begin + "BDAT 62 LAST\n" + strings.Repeat("x", 60) + "\n": "552 5.3.4 Message larger than 50 octets\n",
		"EHLO x\nMAIL FROM:<> SIZE=50\n":                          "250 2.1.0 Sender ok\n",
	} {
		got, store := faulty(t, Config{}, say, r)
		if !strings.HasSuffix(got, want) || !strings.Contains(got, "250-SIZE 50\n") || len(store.all()) > 0 {
			t.Errorf("%q: %s", say, got)
		}
	}
}

func TestADropInTheMessageKeepsNothing(t *testing.T) {
	r := fault.Rule{Stage: fault.Data, Do: fault.Action{Close: true, Octets: 20}}
	body := "Subject: a\n\n" + strings.Repeat("text\n", 100)
	for _, say := range []string{"DATA\n" + body + ".\n", fmt.Sprintf("BDAT %d LAST\n", len(strings.ReplaceAll(body, "\n", "\r\n"))) + body} {
		got, store := faulty(t, Config{}, "EHLO x\nMAIL FROM:<>\nRCPT TO:<alice@sakura.test>\n"+say, r)
		if strings.Contains(got, "queued") || strings.Contains(got, "421") || len(store.all()) > 0 {
			t.Errorf("%.10q: %s, %d kept", say, got, len(store.all()))
		}
	}
}

func TestEHLORefusedAndHELOTaken(t *testing.T) {
	r := fault.Rule{Stage: fault.Helo, Match: fault.Match{Verb: "EHLO"}, Do: fault.Action{Reply: "502 5.5.1 EHLO not known"}}
	got, _ := faulty(t, Config{}, "EHLO x\nHELO x\nMAIL FROM:<>\n", r)
	if !strings.HasSuffix(got, "\n502 5.5.1 EHLO not known\n250 mail.sakura.test\n250 2.1.0 Sender ok\n") {
		t.Errorf("%s", got)
	}
}

func TestAMagicRecipientIsAnswered(t *testing.T) {
	got, store := faulty(t, Config{}, "EHLO x\nMAIL FROM:<>\nRCPT TO:<alice@sakura.test>\nRCPT TO:<fault+451-4.3.0@sakura.test>\nQUIT\n")
	if !strings.Contains(got, "\n250 2.1.5 Recipient ok\n451 4.3.0 As the address asks\n") || len(store.all()) != 0 {
		t.Errorf("%s", got)
	}
}

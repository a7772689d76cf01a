package session

import (
	"io"
	"strings"
	"testing"

	"todoku/diag/explain"
	"todoku/embedded-server/fault"
)

// The errors that people search for, met by sending in the sandbox: the program's own diagnosis names what they are. Their
// titles typed into Explain lead there too, or where a title proves no reason to the entry of its code (docs/decisions/0019).
func TestTheClassicErrorsAreDiagnosed(t *testing.T) {
	for _, c := range []struct {
		fault, code string
		who, act    string
		searched    string // as people type it, when they know no more
		finds       string
	}{
		{"submit.name-server", "reason.dns", explain.DNS, "DNS operator", "451 Name server timeout", "reason.dns"},
		{"submit.user-unknown", "reason.nobody", explain.You, "left of the @", "550 User unknown", "reason.nobody"},
		{"submit.host-unknown", "reason.nohost", explain.You, "right of the @", "550 Host unknown", "reason.nohost"},
		{"submit.access-denied", "reason.policy", explain.You, "does not permit", "551 Access denied", "smtp.551"},
		{"submit.too-large", "reason.toolarge", explain.You, "smaller", "552 Message is too large", "smtp.552"},
		{"submit.unbalanced", "reason.syntax", explain.You, "correct the address", "553 Unbalanced", "smtp.553"},
		{"submit.service-unavailable", "smtp.554", explain.Provider, "inner words", "554 Service unavailable", "smtp.554"},
		{"submit.wrapped", "reason.full", explain.Recipient, "", "554 5.0.0 Service unavailable <<< 552 5.2.2 Mailbox full", "reason.full"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			broken, ok := fault.Find(c.fault)
			if !ok {
				t.Fatal("no such fault")
			}
			box := smallWorld(t, false)
			if err := box.Faults().AddCase(broken); err != nil {
				t.Fatal(err)
			}
			cl := newClient(t, box)
			cl.sync("alice", "")
			sent := cl.send(cl.write("alice", bob, c.fault))
			f := sent.Recipients[0].Finding
			if f == nil {
				f = sent.Error
			}
			if f == nil || f.Code != c.code || f.Args["step"] != "1" {
				t.Fatalf("%+v %+v", sent, f)
			}
			if d := explain.Finding(*f, explain.English); d.Who != c.who || !strings.Contains(d.Act, c.act) || !strings.Contains(d.Said, broken.Rules[0].Do.Reply[:3]) {
				t.Errorf("%+v", d)
			}
			found, err := Explain(strings.NewReader(c.searched))
			if err != nil || !found.Known || found.Finding.Code != c.finds {
				t.Errorf("%q: %+v %v", c.searched, found, err)
			}
			// What the server said is read the same when it is copied.
			if copied, _ := Explain(strings.NewReader(f.Args["said"])); copied.Finding.Code != f.Code && !strings.HasPrefix(copied.Finding.Code, "smtp.55") {
				t.Errorf("%q was %s when sent, %s when copied", f.Args["said"], f.Code, copied.Finding.Code)
			}
		})
	}
}

func TestExplainReadsWhatPeopleHave(t *testing.T) {
	message := "From: MAILER-DAEMON@mail.sakura.test\r\nSubject: Undelivered\r\n\r\n" + strings.Repeat("filler\r\n", 100)
	for text, code := range map[string]string{
		"550 5.1.1":              "reason.nobody",
		"5.1.1":                  "smtp.5.1.1",
		"NXDOMAIN":               "dns.notfound",
		"-ERR [SYS/TEMP] later":  "pop3.sys.temp",
		"[SYS/PERM] broken":      "pop3.sys.perm",
		"[IN-USE]":               "pop3.in-use",
		"A3 NO [OVERQUOTA] full": "imap.overquota",
		"x509: certificate is valid for a.test, not b.test":           "tls.name",
		"remote error: tls: handshake failure":                        "tls.alert.40",
		"dial tcp: connect: connection refused":                       "socket.econnrefused",
		"dial tcp 1.2.3.4:25: connect: operation not permitted":       "socket.eperm", // no server's policy
		`{"error": "invalid_grant"}`:                                  "oauth.invalid-grant",
		"Access denied":                                               "smtp.551",
		"service unavailable":                                         "smtp.554",
		"Status: 5.2.2":                                               "smtp.5.2.2",
		"Status: 5.2.2 (no room)\n":                                   "reason.full",
		"Diagnostic-Code: smtp; 550 5.1.1 gone":                       "reason.nobody",
		"Final-Recipient: rfc822; x@y\nAction: failed\nStatus: 5.2.2": "reason.full",
		"Reporting-MTA: dns; a.test\n\nFinal-Recipient: rfc822; x@y\nAction: failed\nDiagnostic-Code: smtp; 550 5.1.1 gone\n": "reason.nobody",
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" +
			"Final-Recipient: rfc822; x@y\nAction: failed\nStatus: 5.2.2\n--b--\n": "reason.full",
		"the message is not RFC 822 compliant":                                          "reason.format",
		"the mailbox is full, they say":                                                 "reason.full",
		"\x1b[31m550 5.2.2\x1b[0m too full":                                             "reason.full",
		"host mx1.fuji.test said: 552 5.2.2 Mailbox full (in reply to RCPT TO command)": "reason.full",
		message + "<<< 550 5.1.1 User unknown\r\n554 5.0.0 Service unavailable\r\n":     "reason.nobody",
		"log line one\nstatus=deferred (host a.test said: 451 4.7.1 Greylisted)\n":      "reason.greylisted",
	} {
		if e, err := Explain(strings.NewReader(text)); err != nil || !e.Known || e.Finding.Code != code {
			t.Errorf("%q: %+v %v, want %s", text, e, err, code)
		}
	}
	for _, text := range []string{"", "zzz", "hello, world", message, "\xff\xfe\x00", "\xff spf \xfe mailbox full", "a terrible marble", strings.Repeat("( ", 1<<17),
		"rfc822", "message/rfc822", "Final-Recipient: rfc822; x@y", "Status: RO",
		"Our policy is to answer within two days",
		"please restart the printer, access denied to room 2", "the bus service is a service unavailable on Sundays"} {
		if e, err := Explain(strings.NewReader(text)); err != nil || e.Known || e.Finding.Code != "unknown" {
			t.Errorf("%.40q: %+v %v", text, e, err)
		}
	}
}

// endless is a file without an end that counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	e.read += len(b)
	return len(b), nil
}

func TestExplainReadsNoMoreThanItNeeds(t *testing.T) {
	from := &endless{}
	if e, err := Explain(from); e.Known || !e.Cut || err != nil {
		t.Errorf("%v %v %v", e.Known, e.Cut, err)
	}
	if from.read > 2*maxExplained {
		t.Errorf("read %d octets", from.read)
	}
}

// TestExplainReadsAMessageToItsReport, which may stand behind a long part; it is read on, but not without end.
func TestExplainReadsAMessageToItsReport(t *testing.T) {
	if testing.Short() {
		t.Skip("a long message, read alone; run without -short")
	}
	report := "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\n" + strings.Repeat(strings.Repeat("x", 70)+"\n", 6000) +
		"--b\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; x@y\nAction: failed\nStatus: 5.2.2\n"
	for limit, known := range map[int]bool{maxExplainedMessage: true, maxExplained + 1000: false} {
		from := io.MultiReader(strings.NewReader(report), io.LimitReader(&endless{}, 1<<20))
		e, err := explainWithin(from, limit)
		if err != nil || e.Known != known || e.Cut == known || known && e.Finding.Code != "reason.full" {
			t.Errorf("%d: %+v %v", limit, e, err)
		}
	}
	letter := "From: alice@sakura.test\n\n" + strings.Repeat(strings.Repeat("x", 70)+"\n", 6000) + "550 5.1.1 User unknown\n"
	if e, err := Explain(strings.NewReader(letter)); err != nil || e.Known || !e.Cut {
		t.Errorf("a letter that was not read to its end: %+v %v", e, err)
	}
}

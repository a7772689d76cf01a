package mail

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func report(action, status string) string {
	return "From: MAILER-DAEMON@mx1.tsuru.test\nSubject: Undelivered Mail Returned to Sender\nReturn-Path: <>\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nWords.\n--b\nContent-Type: message/delivery-status\n\n" +
		"Reporting-MTA: dns; mx1.tsuru.test\nArrival-Date: Mon, 23 Nov 2026 09:38:00 +0900\n\n" +
		"Original-Recipient: rfc822;Carol@tsuru.test\nFinal-Recipient: rfc822; carol@tsuru.test\nAction: " + action + "\nStatus: " + status +
		"\nRemote-MTA: dns; store.tsuru.test\nDiagnostic-Code: smtp; 552 5.2.2\n mailbox full\n\n\n" +
		"Final-Recipient: rfc822; dave@tsuru.test\nAction: relayed\nStatus: 2.1.9\n\n--b\nContent-Type: text/rfc822-headers\n\nSubject: mine\n--b--\n"
}

func TestDeliveryStatus(t *testing.T) {
	p := Parse(crlf(report("failed", "5.2.2")))
	groups := p.DeliveryStatus()
	if len(groups) != 3 {
		t.Fatalf("%d groups", len(groups))
	}
	var got []string
	for _, g := range groups {
		got = append(got, FieldValue(g, "Reporting-MTA")+"|"+FieldValue(g, "original-recipient")+"|"+FieldValue(g, "Action")+"|"+FieldValue(g, "Diagnostic-Code"))
	}
	want := []string{"dns; mx1.tsuru.test|||", "|rfc822;Carol@tsuru.test|failed|smtp; 552 5.2.2 mailbox full", "||relayed|"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if p.HasFile() {
		t.Error("the parts of a report are no attachments")
	}
	if text := p.Text(TextOptions{}); text.Body != "Words.\n" {
		t.Errorf("text %q", text.Body)
	}
}

func TestReport(t *testing.T) {
	for action, want := range map[string]Report{"failed": Failure, "delayed": Delay, "relayed": Success, "Failed (at last)": Failure} {
		if got := Parse(crlf(report(action, "5.0.0"))).Report(); got != want {
			t.Errorf("%s: %d, want %d", action, got, want)
		}
	}
	delay := "From: mailer-daemon@x.test\nSubject: Warning: could not send message for past 4 hours\n\nx\n"
	if got := Parse(crlf(delay)).Report(); got != Delay {
		t.Errorf("a warning reports %d", got)
	}
	receipt := "Return-Path: <>\nSubject: Undeliverable\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nx\n--b--\n"
	if got := Parse(crlf(receipt)).Report(); got != NoReport {
		t.Errorf("a receipt reports %d", got)
	}
}

func TestFailuresAreTold(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want bool
	}{
		"failed":              {report("failed", "5.2.2"), true},
		"delayed":             {report("delayed", "4.2.2"), false},
		"delivered":           {report("delivered", "2.0.0"), false},
		"qmail":               {"From: MAILER-DAEMON@x.test\nSubject: failure notice\n\nHi. This is the qmail-send program at x.test.\n", true},
		"exim":                {"From: Mail Delivery System <Mailer-Daemon@x.test>\nX-Failed-Recipients: a@b.test\nSubject: anything\n\nx\n", true},
		"japanese words":      {"From: postmaster@x.test\nSubject: お知らせ\n\n次の宛先には配信できませんでした。\n", true},
		"person":              {"From: bob@fuji.test\nSubject: failure notice\n\nLook what I got\n", false},
		"postmaster writes":   {"From: postmaster@x.test\nSubject: Maintenance on Sunday\n\nThe server will rest.\n", false},
		"null path, vacation": {"Return-Path: <>\nFrom: bob@fuji.test\nSubject: Away until Monday\n\nI am away.\n", false},
		"forged by a person":  {"From: bob@fuji.test\nX-Failed-Recipients: a@b\nSubject: x\n\nx\n", false},
	} {
		if got := Parse(crlf(c.in)).Report() == Failure; got != c.want {
			t.Errorf("%s: a failure: %v", name, got)
		}
	}
}

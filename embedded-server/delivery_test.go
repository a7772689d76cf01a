package sandbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"todoku/internal/trace"
)

func start(t *testing.T, o Options, span *trace.Span) *Sandbox {
	t.Helper()
	if o.SeedMessages == 0 {
		o.SeedMessages = -1
	}
	s, err := Start(context.Background(), span, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (s *Sandbox) pool(t *testing.T) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM([]byte(s.World().CAPEM)) {
		t.Fatal("no CA in the world")
	}
	return pool
}

func host(t *testing.T, w World, name string) Host {
	t.Helper()
	for _, h := range w.Hosts {
		if h.Name == name {
			return h
		}
	}
	t.Fatalf("no host %s", name)
	return Host{}
}

// login opens a submission session with a foreign client.
func login(t *testing.T, s *Sandbox, user, password string) *smtp.Client {
	t.Helper()
	at := user[strings.IndexByte(user, '@')+1:]
	c, err := net.Dial("tcp", host(t, s.World(), "mail."+at).Submission)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	client, err := smtp.NewClientStartTLS(c, &tls.Config{RootCAs: s.pool(t), ServerName: "mail." + at})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Auth(sasl.NewPlainClient("", user, password)); err != nil {
		t.Fatal(err)
	}
	return client
}

func submit(t *testing.T, c *smtp.Client, from string, to []string, message string) {
	t.Helper()
	if err := c.SendMail(from, to, strings.NewReader(message)); err != nil {
		t.Fatal(err)
	}
}

// inbox waits until a mailbox holds n messages and gives their octets.
func inbox(t *testing.T, s *Sandbox, user string, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	changed, stop := s.store.Subscribe(user)
	defer stop()
	for {
		list := messages(t, s, user)
		if len(list) >= n {
			return list
		}
		select {
		case <-changed:
		case <-ctx.Done():
			q, _ := s.Queue(context.Background())
			t.Fatalf("%s has %d of %d messages; queue %+v", user, len(list), n, q)
		}
	}
}

func messages(t *testing.T, s *Sandbox, user string) []string {
	t.Helper()
	ctx := context.Background()
	f, err := s.store.Folder(ctx, user, "INBOX")
	if err != nil {
		t.Fatal(err)
	}
	_, rows, err := s.store.Open(ctx, f.ID)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range rows {
		data, err := s.store.Data(ctx, f.ID, m.UID)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}

const hello = "From: alice@sakura.test\r\nTo: bob@fuji.test\r\nSubject: hello\r\nMessage-ID: <1@sakura.test>\r\n" +
	"Date: Mon, 23 Nov 2026 09:00:00 +0900\r\n\r\nLine one\r\n.dot\r\n..dots\r\n\r\nlast\r\n"

func TestMailTravelsFromAliceToBob(t *testing.T) {
	rec := new(trace.Recorder)
	s := start(t, Options{}, trace.New(rec, nil))
	submit(t, login(t, s, "alice@sakura.test", "apple"), "alice@sakura.test", []string{"bob@fuji.test"}, hello)
	got := inbox(t, s, "bob@fuji.test", 1)[0]
	if !strings.HasSuffix(got, hello) {
		t.Fatalf("the content changed:\n%s", got)
	}
	head := strings.TrimSuffix(got, hello)
	for _, want := range []string{
		"Return-Path: <alice@sakura.test>\r\nReceived: from mail.sakura.test ([192.0.2.10])\r\n\tby mx1.fuji.test with ESMTPS (TLS 1.3 ",
		"\r\n\tfor <bob@fuji.test>; ",
		"\r\nReceived: from localhost ([127.0.0.1])\r\n\tby mail.sakura.test with ESMTPSA (TLS 1.3 ",
	} {
		if !strings.Contains(head, want) {
			t.Errorf("trace fields lack %q:\n%s", want, head)
		}
	}
	if q, err := s.Queue(context.Background()); err != nil || len(q) > 0 {
		eventually(t, "an empty queue", func() bool { q, _ = s.Queue(context.Background()); return len(q) == 0 })
	}
	checkEvents(t, rec.Events())
}

// checkEvents looks for the whole journey in what was observed, from both sides.
func checkEvents(t *testing.T, list []trace.Event) {
	t.Helper()
	find := func(what string, ok func(e trace.Event) bool) trace.Event {
		t.Helper()
		for _, e := range list {
			if ok(e) {
				return e
			}
		}
		t.Errorf("not observed: %s", what)
		return trace.Event{}
	}
	for _, server := range []string{"a.root.test 198.51.100.1:53", "ns1.nic.test 198.51.100.2:53", "ns1.fuji.test 192.0.2.22:53"} {
		asked := find("question to "+server, func(e trace.Event) bool {
			return e.Kind == trace.KindDNS && e.Side == trace.SideClient && e.Addr == server && e.Name == "fuji.test MX"
		})
		find("the same at "+server, func(e trace.Event) bool {
			return e.Kind == trace.KindDNS && e.Side == trace.SideServer && e.Addr == server && e.Conn == asked.Conn && e.Name == asked.Name
		})
	}
	find("MX question from the mail host", func(e trace.Event) bool {
		return e.Kind == trace.KindDNS && e.Side == trace.SideClient && e.Lane == "mail.sakura.test" &&
			e.Name == "fuji.test MX" && strings.Contains(string(e.Data), "10 mx1.fuji.test.")
	})
	find("verified TLS of the relay", func(e trace.Event) bool {
		return e.Kind == trace.KindTLS && e.Side == trace.SideClient && e.Addr == "mx1.fuji.test:25" && e.TLS != nil && e.TLS.Verified
	})
	sent := find("RCPT, as the relay sent it", func(e trace.Event) bool {
		return e.Kind == trace.KindSend && e.Side == trace.SideClient && e.Addr == "mx1.fuji.test:25" &&
			strings.HasPrefix(string(e.Data), "RCPT TO:<bob@fuji.test>")
	})
	find("RCPT, as the exchanger received it, by the same socket pair", func(e trace.Event) bool {
		return e.Kind == trace.KindRecv && e.Side == trace.SideServer && e.Conn == sent.Conn && e.Lane == "mx1.fuji.test" &&
			strings.HasPrefix(string(e.Data), "RCPT TO:<bob@fuji.test>")
	})
	for _, e := range list {
		if strings.Contains(string(e.Data), "apple") || strings.Contains(string(e.Data), "AGFsaWNl") {
			t.Errorf("a secret was observed: %s", e.Data)
		}
	}
}

// eventually polls something that nothing announces.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		<-tick.C
	}
}

func TestUnknownUserComesBackAsReport(t *testing.T) {
	s := start(t, Options{}, nil)
	c := login(t, s, "alice@sakura.test", "apple")
	submit(t, c, "alice@sakura.test", []string{"nobody@fuji.test", "x@nowhere.test", "bob@fuji.test"}, hello)
	if got := inbox(t, s, "bob@fuji.test", 1); len(got) != 1 {
		t.Fatalf("bob got %d", len(got))
	}
	all := strings.Join(inbox(t, s, "alice@sakura.test", 2), "\n")
	for _, want := range []string{
		"Return-Path: <>\r\n", "report-type=delivery-status", "Auto-Submitted: auto-replied",
		"Final-Recipient: rfc822; nobody@fuji.test\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx1.fuji.test\r\nDiagnostic-Code: smtp; 550 5.1.1 <nobody@fuji.test> User unknown",
		"Final-Recipient: rfc822; x@nowhere.test\r\nAction: failed\r\nStatus: 5.1.2\r\n", "Host unknown",
		"Content-Type: message/rfc822", "Subject: hello",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the reports lack %q:\n%s", want, all)
		}
	}
	if n := len(messages(t, s, "alice@sakura.test")); n != 2 {
		t.Errorf("alice got %d reports", n)
	}
}

func TestUnknownLocalUserIsRefusedAtOnce(t *testing.T) {
	s := start(t, Options{}, nil)
	c := login(t, s, "alice@sakura.test", "apple")
	if err := c.Mail("alice@sakura.test", nil); err != nil {
		t.Fatal(err)
	}
	err := c.Rcpt("nobody@sakura.test", nil)
	if e := new(smtp.SMTPError); !errors.As(err, &e) || e.Code != 550 || e.EnhancedCode != (smtp.EnhancedCode{5, 1, 1}) {
		t.Fatalf("got %v", err)
	}
}

func TestSuccessReportAsAsked(t *testing.T) {
	s := start(t, Options{}, nil)
	c := login(t, s, "alice@sakura.test", "apple")
	mo := &smtp.MailOptions{Return: smtp.DSNReturnHeaders, EnvelopeID: "my+id"}
	ro := &smtp.RcptOptions{Notify: []smtp.DSNNotify{smtp.DSNNotifySuccess}, OriginalRecipientType: smtp.DSNAddressTypeRFC822,
		OriginalRecipient: "bob@fuji.test"}
	if err := c.Mail("alice@sakura.test", mo); err != nil {
		t.Fatal(err)
	}
	if err := c.Rcpt("bob@fuji.test", ro); err != nil {
		t.Fatal(err)
	}
	w, err := c.Data()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, hello)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	reports := inbox(t, s, "alice@sakura.test", 1)[0]
	for _, want := range []string{"Original-Envelope-Id: my+id", "Original-Recipient: RFC822;bob@fuji.test", "Action: delivered",
		"Reporting-MTA: dns; mx1.fuji.test", "text/rfc822-headers"} {
		if !strings.Contains(reports, want) {
			t.Errorf("no %q in\n%s", want, reports)
		}
	}
	if strings.Contains(reports, "Line one") {
		t.Error("the body came back though RET=HDRS")
	}
}

func TestQueueSurvivesRestartAndRetries(t *testing.T) {
	dir := t.TempDir()
	first := start(t, Options{Dir: dir}, nil)
	if err := first.Faults().Add(greylist()); err != nil {
		t.Fatal(err)
	}
	submit(t, login(t, first, "alice@sakura.test", "apple"), "alice@sakura.test", []string{"hanako@tsuru.test"}, hello)
	eventually(t, "a first attempt", func() bool {
		q, err := first.Queue(context.Background())
		return err == nil && len(q) == 1 && q[0].Attempts == 1 && strings.Contains(q[0].Last, "451 4.7.1")
	})
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(first.WorldFile()); !os.IsNotExist(err) {
		t.Fatalf("the world file outlived the sandbox: %v", err)
	}
	second := start(t, Options{Dir: dir, Now: func() time.Time { return time.Now().Add(time.Minute) }}, nil)
	if got := inbox(t, second, "hanako@tsuru.test", 1)[0]; !strings.HasSuffix(got, hello) {
		t.Fatalf("got\n%s", got)
	}
}

// TestSmugglingThroughSubmissionAndRelay sends what other programs take for an end of message through the whole way:
// it is refused at the door, and the honest message after it arrives alone.
func TestSmugglingThroughSubmissionAndRelay(t *testing.T) {
	s := start(t, Options{}, nil)
	for _, end := range []string{"\n.\n", "\r.\r", "\n.\r\n"} {
		c, err := net.Dial("tcp", host(t, s.World(), "mail.sakura.test").Submission)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(20 * time.Second))
		fmt.Fprintf(c, "EHLO x\r\nAUTH PLAIN AGFsaWNlAGFwcGxl\r\nMAIL FROM:<alice@sakura.test>\r\nRCPT TO:<bob@fuji.test>\r\nDATA\r\n"+
			"Subject: one\r\n\r\nx%sMAIL FROM:<alice@sakura.test>\r\nRCPT TO:<bob@fuji.test>\r\nDATA\r\nSubject: smuggled\r\n\r\n.\r\nQUIT\r\n", end)
		replies, err := io.ReadAll(c)
		if err != nil || !strings.Contains(string(replies), "\r\n550 5.6.0 ") || strings.Contains(string(replies), "queued as") {
			t.Fatalf("%q: %s %v", end, replies, err)
		}
	}
	submit(t, login(t, s, "alice@sakura.test", "apple"), "alice@sakura.test", []string{"bob@fuji.test"}, hello)
	if got := inbox(t, s, "bob@fuji.test", 1); len(got) != 1 || !strings.HasSuffix(got[0], hello) {
		t.Fatalf("%q", got)
	}
}

package smtpd

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"go.uber.org/goleak"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/interop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shelf is a backend that keeps what it accepts.
type shelf struct {
	mu   sync.Mutex
	kept []*Envelope
	err  error
}

func (s *shelf) Login(name string) (string, string, bool) {
	return "alice@sakura.test", "apple", name == "alice" || name == "alice@sakura.test"
}

func (s *shelf) MaySend(user, sender string) bool { return sender == "" || sender == user }

func (s *shelf) Recipient(addr string) Destination {
	switch {
	case strings.EqualFold(addr, "alice@sakura.test"), strings.EqualFold(addr, "postmaster@sakura.test"), strings.HasPrefix(addr, "雪@"):
		return Local
	case strings.EqualFold(addr, "full@sakura.test"):
		return Full
	case strings.HasSuffix(strings.ToLower(addr), "@sakura.test"):
		return Unknown
	}
	return Remote
}

func (s *shelf) Accept(_ context.Context, e *Envelope) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.kept = append(s.kept, e)
	return nil
}

func (s *shelf) all() []*Envelope {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Envelope(nil), s.kept...)
}

func serve(t *testing.T, cfg Config, implicitTLS bool) string {
	t.Helper()
	cfg.Hostname = "mail.sakura.test"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(cfg)
	done := make(chan struct{})
	go func() { defer close(done); s.Serve(l, implicitTLS) }()
	t.Cleanup(func() { s.Close(); <-done })
	return l.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c
}

// TestDialogues plays the files of testdata. The first word of a file's name is the side: mx or submission.
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no dialogues", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			cfg := Config{Mail: new(shelf), TLS: interop.Certificate(t).TLS, MaxSize: 2000}
			if strings.HasPrefix(filepath.Base(file), "submission") {
				cfg.Role = Submission
			}
			interop.Play(t, dial(t, serve(t, cfg, false)), file)
		})
	}
}

// TestSmuggling sends what other servers take for an end of message. One message comes out byte-equal or none.
func TestSmuggling(t *testing.T) {
	const evil = "MAIL FROM:<evil@fuji.test>\r\nRCPT TO:<alice@sakura.test>\r\nDATA\r\nSubject: smuggled\r\n\r\nx"
	for _, end := range []string{"\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r\n", "\n.\r", "\r\n\x00.\r\n", "\r\r\n.\r\r\n"} {
		for _, verb := range []string{"DATA", "BDAT"} {
			t.Run(fmt.Sprintf("%s %q", verb, end), func(t *testing.T) {
				store := new(shelf)
				c := dial(t, serve(t, Config{Mail: store}, false))
				content := "Subject: one\r\n\r\nfirst" + end + evil
				fmt.Fprintf(c, "EHLO x\r\nMAIL FROM:<bob@fuji.test>\r\nRCPT TO:<alice@sakura.test>\r\n")
				if verb == "DATA" {
					fmt.Fprintf(c, "DATA\r\n%s\r\n.\r\nQUIT\r\n", content)
				} else {
					fmt.Fprintf(c, "BDAT %d\r\n%sBDAT 2 LAST\r\n\r\nQUIT\r\n", len(content), content)
				}
				replies, err := io.ReadAll(c)
				if err != nil {
					t.Fatal(err)
				}
				kept := store.all()
				if len(kept) == 0 && strings.Contains(string(replies), "550 5.6.0") && strings.Contains(string(replies), "221 ") {
					return
				}
				if len(kept) != 1 || kept[0].From != "bob@fuji.test" || !bytes.HasSuffix(kept[0].Data, []byte("\r\n"+content+"\r\n")) {
					t.Fatalf("%d messages\n%s", len(kept), replies)
				}
			})
		}
	}
}

func TestContentIsKeptByteForByte(t *testing.T) {
	long := strings.Repeat("x", 40<<10) // longer than the read buffer
	for _, content := range []string{"", "\r\n", "Subject: x\r\n\r\n.\r\n..\r\n...x\r\n\r\n", "a: b\r\n\r\n" + long + "\r\n." + long + "\r\n",
		"Subject: \xe5\xb1\x8a\xe3\x81\x8f\r\n\r\n\x00\x1b[31m\r\n"} {
		for _, verb := range []string{"DATA", "BDAT"} {
			store := new(shelf)
			c := dial(t, serve(t, Config{Mail: store}, false))
			fmt.Fprintf(c, "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@sakura.test>\r\n")
			if verb == "DATA" {
				stuffed := strings.ReplaceAll("\r\n"+content, "\r\n.", "\r\n..")[2:]
				fmt.Fprintf(c, "DATA\r\n%s.\r\nQUIT\r\n", stuffed)
			} else {
				fmt.Fprintf(c, "BDAT %d LAST\r\n%sQUIT\r\n", len(content), content)
			}
			replies, err := io.ReadAll(c)
			if err != nil {
				t.Fatal(err)
			}
			kept := store.all()
			if len(kept) != 1 {
				t.Fatalf("%s of %d octets: %s", verb, len(content), replies)
			}
			_, body, _ := bytes.Cut(kept[0].Data, []byte("; "))
			if _, body, _ = bytes.Cut(body, []byte("\r\n")); string(body) != content {
				t.Errorf("%s: %.60q became %.60q", verb, content, body)
			}
		}
	}
}

func TestWhatIsPipelinedBeforeTLSIsDropped(t *testing.T) {
	store := new(shelf)
	c := dial(t, serve(t, Config{Mail: store, TLS: interop.Certificate(t).TLS}, false))
	fmt.Fprint(c, "EHLO x\r\nSTARTTLS\r\nMAIL FROM:<evil@fuji.test>\r\nRSET\r\n")
	r := bufio.NewReader(c)
	for line := ""; !strings.HasPrefix(line, "220 2.0.0"); {
		var err error
		if line, err = r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	if r.Buffered() > 0 {
		t.Fatal("something was answered before the handshake")
	}
	secure := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	fmt.Fprint(secure, "NOOP\r\nMAIL FROM:<x@fuji.test>\r\nQUIT\r\n")
	replies, err := io.ReadAll(secure)
	if err != nil {
		t.Fatal(err)
	}
	if want := "250 2.0.0 Ok\r\n503 5.5.1 Say EHLO first\r\n221 2.0.0 mail.sakura.test Goodbye\r\n"; string(replies) != want {
		t.Fatalf("got %q", replies)
	}
}

func TestForeignClientOverTLSAndEveryMechanism(t *testing.T) {
	for name, mech := range map[string]sasl.Client{
		"PLAIN": sasl.NewPlainClient("", "alice", "apple"), "LOGIN": sasl.NewLoginClient("alice", "apple"),
		"wrong": sasl.NewPlainClient("", "alice", "pear"),
	} {
		store := new(shelf)
		addr := serve(t, Config{Mail: store, TLS: interop.Certificate(t).TLS, Role: Submission}, true)
		c, err := smtp.DialTLS(addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		err = c.Auth(mech)
		if name == "wrong" {
			if err == nil || !strings.Contains(err.Error(), "wrong") {
				t.Errorf("a wrong password: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := c.SendMail("alice@sakura.test", []string{"bob@fuji.test", "carol@tsuru.test"}, strings.NewReader("a: b\r\n\r\nx\r\n")); err != nil {
			t.Fatal(err)
		}
		e := store.all()[0]
		if e.User != "alice@sakura.test" || len(e.To) != 2 || !bytes.Contains(e.Data, []byte("with ESMTPSA (TLS 1.3 ")) {
			t.Errorf("%s: %+v\n%s", name, e, e.Data)
		}
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	addr := serve(t, Config{Mail: new(shelf), MaxConns: 1}, false)
	first := bufio.NewReader(dial(t, addr))
	if line, err := first.ReadString('\n'); err != nil || !strings.HasPrefix(line, "220 ") {
		t.Fatal(line, err)
	}
	if all, err := io.ReadAll(dial(t, addr)); err != nil || !strings.HasPrefix(string(all), "421 4.3.2 ") {
		t.Fatalf("%q %v", all, err)
	}
}

func TestEndlessLineEndsTheConnection(t *testing.T) {
	c := dial(t, serve(t, Config{Mail: new(shelf)}, false))
	go func() {
		for chunk := bytes.Repeat([]byte("x"), 64<<10); ; {
			if _, err := c.Write(chunk); err != nil {
				return
			}
		}
	}()
	if _, err := io.Copy(io.Discard, c); err != nil && !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "forcibly") {
		t.Fatal(err)
	}
}

func TestSilenceAndLengthAreBounded(t *testing.T) {
	for name, cfg := range map[string]Config{"silent": {Idle: 20 * time.Millisecond}, "long": {Total: 50 * time.Millisecond}} {
		cfg.Mail = new(shelf)
		c := dial(t, serve(t, cfg, false))
		if name == "long" { // never silent, and yet it ends
			go func() {
				for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
					if _, err := fmt.Fprint(c, "NOOP\r\n"); err != nil {
						return
					}
				}
			}()
		}
		replies, err := io.ReadAll(c)
		if name == "silent" && (err != nil || !strings.HasSuffix(string(replies), "\r\n421 4.4.2 mail.sakura.test Idle for too long, closing\r\n")) {
			t.Errorf("%s: %q %v", name, replies, err)
		}
	}
}

func TestSubmissionCompletesTheHeader(t *testing.T) {
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	head := "Received: from x\r\n\tby y; z\r\n"
	for in, want := range map[string]string{
		"Subject: a\r\n\r\nDate: no\r\n":               "Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <ID@h.test>\r\nSubject: a\r\n\r\nDate: no\r\n",
		"DATE: x\r\n\r\n":                              "Message-ID: <ID@h.test>\r\nDATE: x\r\n\r\n",
		"Message-Id: <1@x>\r\nDate: x\r\n\r\nbody\r\n": "Message-Id: <1@x>\r\nDate: x\r\n\r\nbody\r\n",
		"": "Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nMessage-ID: <ID@h.test>\r\n",
	} {
		if got := string(complete([]byte(head+in), "h.test", "ID", now)); got != head+want {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestRepliesOfTheBackendAreSent(t *testing.T) {
	store := &shelf{err: &Reply{Code: 452, Enhanced: "4.3.1", Text: "Disk full, try again later"}}
	c := dial(t, serve(t, Config{Mail: store}, false))
	fmt.Fprint(c, "HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@sakura.test>\r\nDATA\r\n\r\n.\r\nQUIT\r\n")
	replies, err := io.ReadAll(c)
	if err != nil || !strings.Contains(string(replies), "\r\n452 4.3.1 Disk full, try again later\r\n221 ") {
		t.Fatalf("%s %v", replies, err)
	}
}

func TestFaultsAtEachStage(t *testing.T) {
	for _, stage := range []fault.Stage{fault.Connect, fault.Command, fault.Helo, fault.Mail, fault.Rcpt, fault.Data, fault.EndOfData, fault.Accepted} {
		t.Run(string(stage), func(t *testing.T) {
			rules := new(fault.Set)
			if err := rules.Add(fault.Rule{ID: "f", Stage: stage, Once: true, Do: fault.Action{Reply: "421 4.3.0 fault", Close: true}}); err != nil {
				t.Fatal(err)
			}
			store := new(shelf)
			c := dial(t, serve(t, Config{Mail: store, Faults: rules}, false))
			fmt.Fprint(c, "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@sakura.test>\r\n")
			if stage != fault.Data {
				fmt.Fprint(c, "DATA\r\n\r\n.\r\n")
			} else {
				fmt.Fprint(c, "DATA\r\n")
			}
			c.(*net.TCPConn).CloseWrite()
			replies, err := io.ReadAll(c)
			if !strings.HasSuffix(string(replies), "421 4.3.0 fault\r\n") {
				t.Fatalf("%s %v", replies, err)
			}
			if want := stage == fault.Accepted; (len(store.all()) == 1) != want {
				t.Fatalf("%d messages kept", len(store.all()))
			}
		})
	}
}

func TestARefusedChunkIsNotTakenForCommands(t *testing.T) {
	for _, stage := range []fault.Stage{fault.Command, fault.Data} {
		rules := new(fault.Set)
		rule := fault.Rule{ID: "f", Stage: stage, Match: fault.Match{Verb: "BDAT"}, Do: fault.Action{Reply: "451 4.3.0 fault"}}
		if err := rules.Add(rule); err != nil {
			t.Fatal(err)
		}
		c := dial(t, serve(t, Config{Mail: new(shelf), Faults: rules}, false))
		fmt.Fprint(c, "EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<alice@sakura.test>\r\nBDAT 6 LAST\r\nRSET\r\nQUIT\r\n")
		replies, err := io.ReadAll(c)
		if err != nil || !strings.HasSuffix(string(replies), "\r\n451 4.3.0 fault\r\n221 2.0.0 mail.sakura.test Goodbye\r\n") {
			t.Errorf("%s: %s %v", stage, replies, err)
		}
	}
}

func FuzzSession(f *testing.F) {
	f.Add([]byte("EHLO x\r\nMAIL FROM:<a@b.test> SIZE=1\r\nRCPT TO:<alice@sakura.test> NOTIFY=NEVER\r\nDATA\r\n.\r\n"))
	f.Add([]byte("EHLO x\r\nBDAT 5\r\nabcdeBDAT 99999999999999999999 LAST\r\n"))
	f.Add([]byte("HELO x\nMAIL FROM:<\"a b\"@[IPv6:::1]>\r\nRSET\r\nVRFY\r\n"))
	f.Fuzz(func(t *testing.T, input []byte) {
		c := dial(t, serve(t, Config{Mail: new(shelf), MaxSize: 4096}, false))
		go func() {
			c.Write(input)
			c.(*net.TCPConn).CloseWrite()
		}()
		io.Copy(io.Discard, c)
	})
}

// brokenShelf fails as only a fault of ours does.
type brokenShelf struct{ shelf }

func (*brokenShelf) Recipient(string) Destination { panic("broken on purpose") }

func TestAPanicEndsItsConnectionOnly(t *testing.T) {
	addr := serve(t, Config{Mail: new(brokenShelf), Span: trace.New(new(trace.Recorder), nil)}, false)
	for range 2 {
		c := dial(t, addr)
		io.WriteString(c, "EHLO x.test\r\nMAIL FROM:<>\r\nRCPT TO:<alice@sakura.test>\r\n")
		if _, err := io.ReadAll(c); err != nil {
			t.Errorf("the connection did not end: %v", err)
		}
	}
}

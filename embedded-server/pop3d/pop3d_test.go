package pop3d

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"todoku/embedded-server/fault"
	"todoku/embedded-server/maildrop"
	"todoku/protocols/interop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Unix(1795000000, 0) // INBOX is the first folder: its UIDVALIDITY is this second, as the dialogues say

const (
	one   = "Subject: one\r\n\r\nHello\r\nyou.\r\n"
	dots  = "Subject: dots\r\n\r\n.\r\n..\r\n.leading\r\nin.side\r\n.\r\nend\r\n"
	three = "Subject: three\r\n\r\nend"
)

// place is a running server with its store.
type place struct {
	t     testing.TB
	store *maildrop.Store
	addr  string
	srv   *Server
}

func start(t testing.TB, cfg Config, messages ...string) *place {
	t.Helper()
	store, err := maildrop.Open(filepath.Join(t.TempDir(), "mail.db"), maildrop.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := store.AddUser(ctx, maildrop.User{Address: "alice@sakura.test", Password: "cherry"}); err != nil {
		t.Fatal(err)
	}
	var b maildrop.Batch
	for _, m := range messages {
		b.Deliver = append(b.Deliver, maildrop.Delivery{Mailbox: "alice@sakura.test", Data: []byte(m)})
	}
	if err := store.Commit(ctx, b); err != nil {
		t.Fatal(err)
	}
	cfg.Store, cfg.Hostname, cfg.Domain = store, "mail.sakura.test", "sakura.test"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, store: store, addr: l.Addr().String(), srv: New(cfg)}
	served := make(chan error, 1)
	go func() { served <- p.srv.Serve(l, false) }()
	t.Cleanup(func() {
		p.srv.Close()
		<-served
		store.Close()
	})
	return p
}

// client speaks lines.
type client struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func (p *place) dial() *client {
	p.t.Helper()
	c, err := net.Dial("tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	p.t.Cleanup(func() { c.Close() })
	return &client{p.t, c, bufio.NewReader(c)}
}

func (c *client) line() string {
	c.t.Helper()
	s, err := c.r.ReadString('\n')
	if err != nil {
		c.t.Fatalf("after %q: %v", s, err)
	}
	return strings.TrimSuffix(s, "\r\n")
}

func (c *client) say(format string, args ...any) { fmt.Fprintf(c.Conn, format+"\r\n", args...) }

func (c *client) want(prefix string) string {
	c.t.Helper()
	s := c.line()
	if !strings.HasPrefix(s, prefix) {
		c.t.Fatalf("got %q, want %q...", s, prefix)
	}
	return s
}

func (p *place) login() *client {
	p.t.Helper()
	c := p.dial()
	c.want("+OK")
	c.say("USER alice@sakura.test\r\nPASS cherry")
	c.want("+OK")
	c.want("+OK")
	return c
}

// loginAgain logs in as soon as the session before, which the server ended, has let the maildrop go.
func (p *place) loginAgain() *client {
	p.t.Helper()
	for {
		c := p.dial()
		c.want("+OK")
		c.say("USER alice@sakura.test\r\nPASS cherry")
		c.want("+OK")
		if !strings.HasPrefix(c.line(), "-ERR [IN-USE]") {
			return c
		}
	}
}

func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no dialogues", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			interop.Play(t, start(t, Config{}, one, dots, three).dial().Conn, file)
		})
	}
}

func TestDeletesAreCommittedByQuitOnly(t *testing.T) {
	p := start(t, Config{}, one, dots)
	c := p.login()
	c.say("DELE 1")
	c.want("+OK")
	c.Close()
	p.srv.Close() // waits until the session is over
	ctx := context.Background()
	f, _ := p.store.Folder(ctx, "alice@sakura.test", "INBOX")
	if f.Total != 2 {
		t.Errorf("a dropped connection left %d messages, want 2", f.Total)
	}
}

func TestOneSessionAMaildrop(t *testing.T) {
	p := start(t, Config{}, one)
	first := p.login()
	second := p.dial()
	second.want("+OK")
	second.say("USER alice\r\nPASS cherry")
	second.want("+OK")
	second.want("-ERR [IN-USE]")
	first.say("QUIT")
	first.want("+OK")
	second.say("USER alice\r\nPASS cherry")
	second.want("+OK")
	second.want("+OK")
}

func TestSnapshotAndUIDLOverSessions(t *testing.T) {
	p := start(t, Config{}, one, dots)
	c := p.login()
	late := maildrop.Delivery{Mailbox: "alice@sakura.test", Data: []byte(three)}
	if err := p.store.Commit(context.Background(), maildrop.Batch{Deliver: []maildrop.Delivery{late}}); err != nil {
		t.Fatal(err)
	}
	c.say("STAT")
	c.want("+OK 2 ")
	c.say("UIDL 2")
	id := strings.Fields(c.want("+OK 2 "))[2]
	c.say("DELE 1\r\nQUIT")
	c.want("+OK")
	c.want("+OK")
	c = p.login()
	c.say("UIDL")
	c.want("+OK 2 messages")
	if got := c.want("1 "); got != "1 "+id {
		t.Errorf("UIDL %q after the first message was deleted, want %q", got, "1 "+id)
	}
	if got := c.want("2 "); got == "2 "+id {
		t.Error("two messages have one unique-id")
	}
}

func TestAPOPAndCRAM(t *testing.T) {
	p := start(t, Config{}, one)
	c := p.dial()
	greeting := c.want("+OK")
	stamp := greeting[strings.IndexByte(greeting, '<'):]
	c.say("APOP alice@sakura.test %x", md5.Sum([]byte(stamp+"cherry")))
	c.want("+OK alice@sakura.test has 1 ")
	c.say("QUIT")
	c.want("+OK")
	c = p.dial()
	if again := c.want("+OK"); again == greeting {
		t.Error("two greetings have the same stamp")
	}
	c.say("AUTH CRAM-MD5")
	challenge, err := base64.StdEncoding.DecodeString(c.want("+ ")[2:])
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(md5.New, []byte("cherry"))
	mac.Write(challenge)
	c.say("%s", base64.StdEncoding.EncodeToString([]byte("alice@sakura.test "+hex.EncodeToString(mac.Sum(nil)))))
	c.want("+OK alice@sakura.test has 1 ")
}

func TestPipelineIsAnsweredInOrder(t *testing.T) {
	p := start(t, Config{}, one, dots)
	c := p.login()
	c.say("NOOP\r\nRETR 1\r\nRETR 2\r\nBAD\r\nSTAT\r\nQUIT")
	all, err := io.ReadAll(c.r)
	if err != nil {
		t.Fatal(err)
	}
	want := "+OK here I am\r\n+OK 29 octets\r\n" + one + ".\r\n+OK 51 octets\r\n" +
		"Subject: dots\r\n\r\n..\r\n...\r\n..leading\r\nin.side\r\n..\r\nend\r\n.\r\n-ERR no such command\r\n+OK 2 80\r\n+OK bye, 0 deleted\r\n"
	if string(all) != want {
		t.Errorf("got  %q\nwant %q", all, want)
	}
}

func TestLinesAreBounded(t *testing.T) {
	p := start(t, Config{}, one)
	c := p.dial()
	c.want("+OK")
	c.say("USER %s", strings.Repeat("x", 100_000))
	c.want("-ERR the line is too long")
	io.WriteString(c.Conn, "NOOP\n")
	c.want("-ERR the line ends with LF alone")
	c.say("QUIT")
	c.want("+OK")
	c = p.dial()
	c.want("+OK")
	go io.WriteString(c.Conn, strings.Repeat("y", 4<<20))
	if _, err := io.ReadAll(c.r); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("an endless line did not end the connection")
	}
}

func TestFaults(t *testing.T) {
	faults := new(fault.Set)
	add := func(r fault.Rule) {
		t.Helper()
		if err := faults.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, Config{Faults: faults}, one)
	add(fault.Rule{ID: "busy", Stage: fault.Connect, Once: true, Do: fault.Action{Reply: "-ERR [SYS/TEMP] no", Close: true}})
	c := p.dial()
	c.want("-ERR [SYS/TEMP] no")
	if _, err := c.r.ReadByte(); err != io.EOF {
		t.Errorf("after the fault: %v", err)
	}
	add(fault.Rule{ID: "drop", Stage: fault.Quit, Once: true, Do: fault.Action{Close: true}})
	add(fault.Rule{ID: "retr", Stage: fault.Retr, Match: fault.Match{User: "alice@*"}, Do: fault.Action{Reply: "-ERR [SYS/TEMP] disk"}})
	c = p.login()
	c.say("RETR 1\r\nDELE 1\r\nQUIT")
	c.want("-ERR [SYS/TEMP] disk")
	c.want("+OK")
	if _, err := c.r.ReadByte(); err != io.EOF {
		t.Errorf("after QUIT: %v", err)
	}
	c = p.loginAgain()
	c.say("STAT")
	c.want("+OK 1 ") // the drop before QUIT undid the deletion
}

func FuzzCommands(f *testing.F) {
	f.Add("USER alice\r\nPASS cherry\r\nRETR 1\r\nQUIT\r\n")
	f.Add("AUTH PLAIN =\r\nAUTH CRAM-MD5\r\n*\r\nTOP 1 999999999999\r\n\r\n\x00\n")
	p := start(f, Config{}, one, dots)
	f.Fuzz(func(t *testing.T, input string) {
		p.t = t
		c := p.dial()
		go func() {
			io.WriteString(c.Conn, input)
			c.Conn.(*net.TCPConn).CloseWrite()
		}()
		out, err := io.ReadAll(c.r)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("the session did not end with its client")
		}
		for _, line := range strings.SplitAfter(string(out), "\n") {
			if line != "" && !strings.HasSuffix(line, "\r\n") {
				t.Errorf("a line without CR LF: %q", line)
			}
		}
	})
}

func BenchmarkRetr10kPipelined(b *testing.B) {
	const count = 10_000
	p := start(b, Config{})
	body := "Subject: bench\r\n\r\n" + strings.Repeat("0123456789012345678901234567890123456789012345678901234567\r\n", 85)
	var batch maildrop.Batch
	for range count {
		batch.Deliver = append(batch.Deliver, maildrop.Delivery{Mailbox: "alice@sakura.test", Data: []byte(body)})
	}
	if err := p.store.Commit(context.Background(), batch); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(count * len(body)))
	for b.Loop() {
		c := p.login()
		c.SetDeadline(time.Now().Add(time.Minute))
		go func() {
			w := bufio.NewWriter(c.Conn)
			for i := range count {
				fmt.Fprintf(w, "RETR %d\r\n", i+1)
			}
			w.WriteString("QUIT\r\n")
			w.Flush()
		}()
		n, err := io.Copy(io.Discard, c.r)
		if err != nil || n < int64(count*len(body)) {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(count*b.N)/b.Elapsed().Seconds(), "messages/s")
}

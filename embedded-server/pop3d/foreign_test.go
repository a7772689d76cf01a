package pop3d

import (
	"bytes"
	"context"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/knadh/go-pop3"

	"todoku/internal/trace"
)

// go-pop3 and curl are foreign witnesses: their line reading and dot-stuffing are not ours.
func TestGoPOP3(t *testing.T) {
	p := start(t, Config{}, one, dots, three)
	host, port, err := net.SplitHostPort(p.addr)
	if err != nil {
		t.Fatal(err)
	}
	number, err := net.LookupPort("tcp", port)
	if err != nil {
		t.Fatal(err)
	}
	c, err := pop3.New(pop3.Opt{Host: host, Port: number, DialTimeout: 5 * time.Second}).NewConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Auth("alice", "cherry"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{one, dots, three + "\r\n"} {
		got, err := c.RetrRaw(i + 1)
		if err != nil || got.String() != want {
			t.Errorf("message %d: %q, want %q (%v)", i+1, got, want, err)
		}
	}
	ids, err := c.Uidl(0)
	if err != nil || len(ids) != 3 || ids[0].UID == ids[1].UID {
		t.Errorf("uidl %+v, %v", ids, err)
	}
	if err := c.Dele(2); err != nil {
		t.Error(err)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
	if f, _ := p.store.Folder(context.Background(), "alice@sakura.test", "INBOX"); f.Total != 2 {
		t.Errorf("%d messages after DELE and QUIT", f.Total)
	}
}

func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	seen := new(recorder)
	p := start(t, Config{Span: trace.New(seen, nil)}, one, dots)
	for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5", "+APOP"} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		out, err := exec.CommandContext(ctx, curl, "-sS", "--login-options", "AUTH="+mechanism, "-u", "alice@sakura.test:cherry", "pop3://"+p.addr+"/2").CombinedOutput()
		cancel()
		if err != nil || string(out) != dots {
			t.Errorf("%s: %q, %v", mechanism, out, err)
		}
	}
	c := p.login() // USER and PASS
	c.say("QUIT")
	c.want("+OK")
	p.srv.Close()
	text := seen.text()
	for _, secret := range []string{"cherry", "Y2hlcnJ5", "AGFsaWNl"} {
		if strings.Contains(text, secret) {
			t.Errorf("the transcript holds %q:\n%s", secret, text)
		}
	}
	if !strings.Contains(text, "mail.sakura.test:110 CAPA") {
		t.Errorf("the transcript lacks the dialogue:\n%s", text)
	}
}

// recorder keeps everything that events hold.
type recorder struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (r *recorder) Emit(e trace.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all.WriteString(e.Addr + " ")
	r.all.Write(e.Data)
	r.all.WriteString(e.Name + "\n")
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.String()
}

package imapd

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"

	"todoku/internal/trace"
	"todoku/protocols/interop"
)

// recorder keeps everything that events hold.
type recorder struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (r *recorder) Emit(e trace.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all.WriteString(string(e.Side) + " " + string(e.Kind) + " " + e.Addr + " ")
	r.all.Write(e.Data)
	r.all.WriteString(e.Name + "\n")
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all.String()
}

func TestStartTLSAndEveryLogin(t *testing.T) {
	config := interop.Certificate(t).TLS
	seen := new(recorder)
	p := start(t, Config{TLS: config, RequireTLS: true, Span: trace.New(seen, nil)})
	const user, password = "alice@sakura.test", `ch"er\ry`
	logins := map[string]func(*imapclient.Client) error{
		"LOGIN": func(c *imapclient.Client) error { return c.Login(user, password).Wait() },
		"PLAIN": func(c *imapclient.Client) error { return c.Authenticate(sasl.NewPlainClient("", user, password)) },
		"LOGIN by SASL": func(c *imapclient.Client) error {
			return c.Authenticate(sasl.NewLoginClient(user, password))
		},
	}
	for name, login := range logins {
		conn, err := net.Dial("tcp", p.addr)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(10 * time.Second))
		c, err := imapclient.NewStartTLS(conn, &imapclient.Options{TLSConfig: &tls.Config{InsecureSkipVerify: true}})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := login(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := c.Logout().Wait(); err != nil {
			t.Errorf("%s: logout: %v", name, err)
		}
		c.Close()
	}
	p.srv.Close()
	text := seen.text()
	for _, secret := range []string{
		password, `ch\"er\\ry`, base64.StdEncoding.EncodeToString([]byte(password)), base64.StdEncoding.EncodeToString([]byte("\x00" + user + "\x00" + password)),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("the transcript holds %q:\n%s", secret, text)
		}
	}
	if !strings.Contains(text, "server recv mail.sakura.test:143 ") || !strings.Contains(text, "STARTTLS") {
		t.Errorf("the transcript lacks the dialogue:\n%s", text)
	}
}

// What came before the handshake must not be taken for a command inside TLS.
func TestInjectedCommandsAreDropped(t *testing.T) {
	config := interop.Certificate(t).TLS
	p := start(t, Config{TLS: config})
	c := p.dial()
	c.until("* OK")
	c.say("a STARTTLS\r\nb LOGOUT")
	c.until("a OK")
	tc := tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true})
	io.WriteString(tc, "c CAPABILITY\r\n")
	buf := make([]byte, 4096)
	n, err := tc.Read(buf)
	if err != nil || !strings.HasPrefix(string(buf[:n]), "* CAPABILITY ") || strings.Contains(string(buf[:n]), "STARTTLS") {
		t.Errorf("inside TLS: %q, %v", buf[:n], err)
	}
}

// curl is a foreign witness with its own TLS and SASL.
func TestCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("curl is not installed")
	}
	own := interop.Certificate(t)
	p := start(t, Config{TLS: own.TLS, RequireTLS: true})
	p.deliver(message("one"), message("two"))
	_, port, _ := net.SplitHostPort(p.addr)
	run := func(path string, args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		args = append([]string{"-sS", "--resolve", "localhost:" + port + ":127.0.0.1", "--cacert", own.CAFile, "--ssl-reqd", "-u", `alice@sakura.test:ch"er\ry`}, args...)
		out, err := exec.CommandContext(ctx, curl, append(args, "imap://localhost:"+port+path)...).CombinedOutput()
		return string(out), err
	}
	for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
		if out, err := run("/INBOX;MAILINDEX=2", "--login-options", "AUTH="+mechanism); err != nil || out != message("two") {
			t.Errorf("%s: %q, %v", mechanism, out, err)
		}
	}
	if out, err := run("/INBOX?SUBJECT%20two"); err != nil || out != "* SEARCH 2\r\n" {
		t.Errorf("search: %q, %v", out, err)
	}
	file := filepath.Join(t.TempDir(), "m.eml")
	if err := os.WriteFile(file, []byte(message("mine")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := run("/Drafts", "-T", file); err != nil {
		t.Errorf("append: %q, %v", out, err)
	}
	if out, err := run("/Drafts;UID=1"); err != nil || out != message("mine") {
		t.Errorf("fetch: %q, %v", out, err)
	}
}

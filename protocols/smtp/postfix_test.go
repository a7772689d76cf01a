package smtp

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"todoku/protocols/wire"
)

// TestPostfix sends to a private Postfix on loopback: STARTTLS, one recipient of two refused, a message of 10 MB. What it
// stored is compared line by line.
func TestPostfix(t *testing.T) {
	if testing.Short() {
		t.Skip("starting Postfix takes seconds; run without -short")
	}
	o, maildir := postfix(t)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	c, err := Dial(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if e := c.Extensions(); !e.Pipelining || !e.DSN || !e.EightBit || !e.Chunking || e.Size == 0 || c.TLS() == nil {
		t.Errorf("extensions %+v, TLS %+v", e, c.TLS())
	}
	msg := []byte("Subject: x\r\n\r\n.\r\n..\r\n届く\r\n" + strings.Repeat(".0123456789\r\n", 800_000))
	env := Envelope{From: "alice@sakura.test", To: []Recipient{{Addr: "bob@fuji.test"}, {Addr: "carrol@fuji.test"}}}
	for i, chunking := range []bool{true, false} {
		c.ext.Chunking = chunking
		res, err := c.Send(ctx, env, msg, nil)
		if err != nil || res.Accepted() != 1 || res.QueueID == "" {
			t.Fatalf("%+v, %v", res, err)
		}
		if r := res.Recipients[1]; r.Verb != "RCPT" || r.Reply.Code != 550 || r.Reply.Enhanced != "5.1.1" {
			t.Errorf("the unknown recipient: %+v", r)
		}
		stored := delivered(ctx, t, maildir, i+1)
		if _, body, _ := bytes.Cut(stored, []byte("\n\n")); string(body) != strings.ReplaceAll(string(msg[len("Subject: x\r\n\r\n"):]), "\r\n", "\n") {
			t.Errorf("chunking %t: Postfix stored %d octets that are not the message", chunking, len(body))
		}
	}
	if err := c.Quit(ctx); err != nil {
		t.Error(err)
	}
}

// delivered waits for the n-th message of the maildir and gives it; the older ones are removed.
func delivered(ctx context.Context, t *testing.T, maildir string, n int) []byte {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		names, _ := filepath.Glob(filepath.Join(maildir, "new", "*"))
		if len(names) > 0 {
			msg, err := os.ReadFile(names[0])
			if err != nil {
				t.Fatal(err)
			}
			os.Remove(names[0])
			return msg
		}
		select {
		case <-ctx.Done():
			t.Fatalf("message %d was not delivered", n)
		case <-look.C:
		}
	}
}

// postfix starts a Postfix with its own queue, gone when the test ends, or skips the test.
func postfix(t *testing.T) (Options, string) {
	t.Helper()
	absent := t.Skipf
	if os.Getenv("TODOKU_INTEROP") == "1" {
		absent = t.Fatalf
	}
	owner, err := user.Lookup("postfix")
	if _, missing := exec.LookPath("postfix"); missing != nil || err != nil {
		absent("postfix is not installed: install it to run this test (Debian: postfix)")
	}
	if os.Geteuid() != 0 {
		absent("postfix must be started by root: run the interop tests as root or in a container")
	}
	dir, err := os.MkdirTemp("", "pfix")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	pool := postfixFiles(t, dir, owner)
	port := freePort(t)
	postfixConfig(t, dir, owner, port)
	postfixRun(t, dir, port)
	return Options{Host: "mail.sakura.test", Port: port, TLS: wire.TLSStart, Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
		Net: &wire.Net{TLSRoots: pool}}, filepath.Join(dir, "mail", "bob")
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func postfixFiles(t *testing.T, dir string, owner *user.User) *x509.CertPool {
	t.Helper()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	for _, sub := range []string{"queue", "data", "mail"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	os.Chown(filepath.Join(dir, "data"), uid, gid)
	os.Chown(filepath.Join(dir, "mail"), uid, gid)
	config, pool := certificate(t)
	cert := pemOf(t, config.Certificates[0])
	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), cert, 0o600); err != nil {
		t.Fatal(err)
	}
	return pool
}

func pemOf(t *testing.T, c tls.Certificate) []byte {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	return append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})...)
}

func postfixConfig(t *testing.T, dir string, owner *user.User, port int) {
	t.Helper()
	main := fmt.Sprintf(`compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
myhostname = mail.sakura.test
mydestination =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_chain_files = %[1]s/cert.pem
message_size_limit = 50000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = fuji.test
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = inline:{ { bob@fuji.test = bob/ } }
virtual_minimum_uid = 1
virtual_uid_maps = static:%[2]s
virtual_gid_maps = static:%[3]s
`, dir, owner.Uid, owner.Gid)
	master := fmt.Sprintf(`127.0.0.1:%d inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
showq unix n - n - - showq
postlog unix-dgram n - n - 1 postlogd
`, port)
	for name, text := range map[string]string{"main.cf": main, "master.cf": master} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// postfixRun starts Postfix and waits until it answers.
func postfixRun(t *testing.T, dir string, port int) {
	t.Helper()
	if out, err := exec.Command("postfix", "-c", dir, "start").CombinedOutput(); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		t.Fatalf("postfix start: %v\n%s%s", err, out, log)
	}
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			t.Logf("Postfix says:\n%s", log)
		}
		exec.Command("postfix", "-c", dir, "stop").Run()
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if c, err := net.Dial("tcp", fmt.Sprint("127.0.0.1:", port)); err == nil {
			c.Close()
			return
		}
		select {
		case <-ctx.Done():
			t.Fatal("Postfix does not answer")
		case <-look.C:
		}
	}
}

package sandbox

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// run starts a foreign program. Without it the test is skipped, unless TODOKU_INTEROP=1 demands it.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("TODOKU_INTEROP") == "1" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// TestSwaksSubmits sends in every TLS mode with every mechanism, verified by the CA file.
func TestSwaksSubmits(t *testing.T) {
	s := start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	support := run(t, "swaks", "--support")
	n := 0
	for _, mode := range []struct{ flag, addr string }{{"", h.Submission}, {"--tls", h.Submission}, {"--tls-on-connect", h.Submissions}} {
		for _, mech := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
			args := []string{"--server", mode.addr, "--from", "alice@sakura.test", "--to", "bob@fuji.test,yuki@sakura.test",
				"--auth", mech, "--auth-user", "alice@sakura.test", "--auth-password", "apple", "--header", "Subject: " + mech}
			if mode.flag != "" && !strings.Contains(support, "=== TLS supported") || mech == "CRAM-MD5" && !strings.Contains(support, "AUTH CRAM-MD5 supported") {
				t.Logf("swaks here lacks the modules for %s %s", mode.flag, mech)
				continue
			}
			if mode.flag != "" {
				args = append(args, mode.flag, "--tls-verify", "--tls-ca-path", s.World().CAFile)
			}
			if out := run(t, "swaks", args...); !strings.Contains(out, "250 2.0.0 Ok: queued as") {
				t.Errorf("%s %s:\n%s", mode.flag, mech, out)
			}
			n++
		}
	}
	if got := inbox(t, s, "bob@fuji.test", n); len(got) != n {
		t.Errorf("bob got %d of %d", len(got), n)
	}
}

// TestCurlVerifiesAndSends submits and reads by POP3 and IMAP with the CA file, once by a name of the small Internet
// and once by the printed port.
func TestCurlVerifiesAndSends(t *testing.T) {
	s := start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	file := filepath.Join(t.TempDir(), "message")
	if err := os.WriteFile(file, []byte(hello), 0o600); err != nil {
		t.Fatal(err)
	}
	ca := []string{"--silent", "--show-error", "--cacert", s.World().CAFile}
	run(t, "curl", append(ca, "smtps://"+h.Submissions, "--user", "alice@sakura.test:apple", "--mail-from", "alice@sakura.test",
		"--mail-rcpt", "yuki@sakura.test", "--upload-file", file)...)
	_, port, err := net.SplitHostPort(h.Submission)
	if err != nil {
		t.Fatal(err)
	}
	run(t, "curl", append(ca, "--ssl-reqd", "smtp://mail.sakura.test:"+port, "--resolve", "mail.sakura.test:"+port+":127.0.0.1",
		"--user", "alice@sakura.test:apple", "--mail-from", "alice@sakura.test", "--mail-rcpt", "yuki@sakura.test", "--upload-file", file)...)
	inbox(t, s, "yuki@sakura.test", 2)
	for _, url := range []string{"pop3s://" + h.POP3S + "/1", "imaps://" + h.IMAPS + "/INBOX;UID=1"} {
		if out := run(t, "curl", append(ca, "--user", "yuki@sakura.test:yuzu", url)...); !strings.HasSuffix(out, hello) {
			t.Errorf("%s gave\n%s", url, out)
		}
	}
	web := host(t, s.World(), webName).HTTPS
	_, webPort, err := net.SplitHostPort(web)
	if err != nil {
		t.Fatal(err)
	}
	out := run(t, "curl", append(ca, "--resolve", "mta-sts.sakura.test:"+webPort+":127.0.0.1",
		"https://mta-sts.sakura.test:"+webPort+"/.well-known/mta-sts.txt")...)
	if !strings.Contains(out, "version: STSv1") {
		t.Errorf("policy: %s", out)
	}
}

func TestDigWalksThePrintedPort(t *testing.T) {
	s := start(t, Options{}, nil)
	_, port, err := net.SplitHostPort(s.World().DNS)
	if err != nil {
		t.Fatal(err)
	}
	for _, transport := range []string{"+notcp", "+tcp"} {
		if out := run(t, "dig", "@127.0.0.1", "-p", port, transport, "+short", "fuji.test", "MX"); out != "10 mx1.fuji.test.\n" {
			t.Errorf("%s: %q", transport, out)
		}
	}
}

// TestOpensslAcceptsTheConstraints has another implementation check the certificates.
func TestOpensslAcceptsTheConstraints(t *testing.T) {
	s := start(t, Options{}, nil)
	h := host(t, s.World(), "mail.sakura.test")
	program, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	cmd := exec.Command(program, "s_client", "-connect", h.IMAPS, "-servername", "mail.sakura.test", "-verify_hostname", "mail.sakura.test",
		"-verify_return_error", "-CAfile", s.World().CAFile)
	cmd.Stdin = strings.NewReader("a LOGOUT\r\n")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Verify return code: 0 (ok)")) {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestFsyncComesBeforeEach250 watches the system calls: between the end of a message and its 250 something was synced.
func TestFsyncComesBeforeEach250(t *testing.T) {
	program, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "strace")
	cmd := exec.Command(program, "-f", "-qq", "-s", "48", "-e", "trace=fsync,fdatasync,write", "-o", log, os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close() // with which the child ends, and strace with it
	buf := make([]byte, 4096)
	n, err := out.Read(buf)
	if err != nil {
		t.Skipf("strace may not trace here: %v", err)
	}
	w, err := ReadWorld(strings.TrimSpace(string(buf[:n])))
	if err != nil {
		t.Fatal(err)
	}
	const messages = 5
	if n := pour(w.Addresses["tcp 192.0.2.10:587"], "yuki@sakura.test", 0, messages, func(string) {}); n != messages {
		t.Fatalf("%d of %d messages accepted", n, messages)
	}
	checkSyncs(t, log, messages)
}

func checkSyncs(t *testing.T, log string, messages int) {
	t.Helper()
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	synced, replies := false, 0
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.Contains(line, "sync("), strings.Contains(line, "sync resumed"):
			synced = strings.Contains(line, "= 0") || synced
		case strings.Contains(line, `"354 `):
			synced = false
		case strings.Contains(line, `"250 2.0.0 Ok: queued as`):
			if !synced {
				t.Fatalf("a 250 without a sync since 354:\n%s", text)
			}
			replies++
		}
	}
	if replies < messages {
		t.Fatalf("%d of %d replies seen", replies, messages)
	}
}

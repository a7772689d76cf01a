package sandbox

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

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

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExplainReadsAFileToItsEnd: the report of a bounce may stand behind a part longer than any error's words.
func TestExplainReadsAFileToItsEnd(t *testing.T) {
	bounce := "From: MAILER-DAEMON@mail.sakura.test\nSubject: Undelivered\nMIME-Version: 1.0\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\n" +
		strings.Repeat(strings.Repeat("x", 70)+"\n", 6000) + "--b\nContent-Type: message/delivery-status\n\n" +
		"Reporting-MTA: dns; mail.sakura.test\n\nFinal-Recipient: rfc822; carol@tsuru.test\nAction: failed\nStatus: 5.2.2\n--b--\n"
	if len(bounce) < 400<<10 {
		t.Fatalf("%d octets", len(bounce))
	}
	path := filepath.Join(t.TempDir(), "bounce.eml")
	if err := os.WriteFile(path, []byte(bounce), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := run(t, "en", "explain", "--json", path); code != 0 || !strings.Contains(stdout, `"code":"reason.full"`) || strings.Contains(stdout, `"cut"`) {
		t.Errorf("%d %.400s %s", code, stdout, stderr)
	}
}

// TestExplainSaysWhatItDidNotRead of words without end that nothing fits.
func TestExplainSaysWhatItDidNotRead(t *testing.T) {
	if testing.Short() {
		t.Skip("long files; run without -short")
	}
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte(strings.Repeat("nothing here\n", 40<<10)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := run(t, "en", "explain", path); code != ExitNotFound || !strings.Contains(stdout, "only the beginning was read") {
		t.Errorf("%d %s", code, stdout)
	}
	if _, stdout, _ := run(t, "ja", "explain", path); !strings.Contains(stdout, "始めの部分だけ") {
		t.Errorf("%s", stdout)
	}
}

// TestExplainOpensWhatIsThere, a pipe too, and takes the name of a file that is not there for no words.
func TestExplainOpensWhatIsThere(t *testing.T) {
	for _, name := range []string{"missing.eml", "my letters/missing.EML", "./missing", filepath.Join(t.TempDir(), "missing")} {
		if code, stdout, stderr := run(t, "en", "explain", "--json", name); code == 0 || !strings.Contains(stdout+stderr, `"code":"file.missing"`) {
			t.Errorf("%s: %d %s %s", name, code, stdout, stderr)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fmt.Fprintln(w, "550 5.2.2 no room")
	w.Close()
	pipe := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(pipe); err == nil {
		if code, stdout, stderr := run(t, "en", "explain", "--json", pipe); code != 0 || !strings.Contains(stdout, `"code":"reason.full"`) {
			t.Errorf("a pipe: %d %s %s", code, stdout, stderr)
		}
	}
	for _, words := range []string{"message/rfc822", "/var/spool: strange", "cannot open: bounce.eml"} {
		if code, stdout, stderr := run(t, "en", "explain", "--json", words); code != ExitNotFound || !strings.Contains(stdout, `"code":"unknown"`) {
			t.Errorf("%s: %d %s %s", words, code, stdout, stderr)
		}
	}
}

package session

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"todoku/embedded-server"
	"todoku/internal/config"
)

// A kill cannot show a missing fsync, for the system keeps what was written. These tests look at the system calls.

// tracedWork names what the test program does under strace: "pop3" or "serve".
const tracedWork = "TODOKU_TEST_TRACED"

// runTraced is the test program under strace.
func runTraced(work string) int {
	if work == "serve" {
		box, err := sandbox.Start(context.Background(), nil, sandbox.Options{SeedMessages: -1, Dir: os.Getenv(childStore)})
		if err != nil {
			fmt.Println(err)
			return 1
		}
		fmt.Println(box.WorldFile())
		_, _ = io.Copy(io.Discard, os.Stdin)
		box.Close()
		return 0
	}
	s, err := joinAsBob(os.Getenv(childEnv), os.Getenv(childStore))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer s.Close()
	hastyDays(s)
	if _, err := s.Sync(context.Background(), nil, SyncOptions{Account: "bob"}); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// hastyDays makes an account read in plain text, so that strace sees the commands, with a clock on which a day passes at
// every look: what is stored is due to be deleted in the same session.
func hastyDays(s *Session) {
	var mu sync.Mutex
	now := time.Now()
	s.Now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(48 * time.Hour)
		return now
	}
	for i, a := range s.Config.Accounts {
		s.Config.Accounts[i].LeaveOnServer, s.Config.Accounts[i].LeaveDays = config.LeaveDays, 1
		s.Config.Accounts[i].POP3 = server(a.POP3.Host, 110, config.TLSNone, a.Address)
	}
}

// strace starts the test program under it and gives its standard output, and the calls once it has ended.
func strace(t *testing.T, work, world, dir string) (cmd *exec.Cmd, out io.Reader, in io.WriteCloser, calls func() []string) {
	t.Helper()
	program, err := exec.LookPath("strace")
	if err != nil {
		if os.Getenv("TODOKU_INTEROP") == "1" {
			t.Fatal("strace is not installed")
		}
		t.Skip("strace is not installed")
	}
	log := filepath.Join(t.TempDir(), "calls")
	cmd = exec.Command(program, "-f", "-qq", "-yy", "-s", "200", "-e", "trace=read,write,recvfrom,sendto,fsync,fdatasync", "-o", log, os.Args[0])
	cmd.Env = append(os.Environ(), tracedWork+"="+work, childEnv+"="+world, childStore+"="+dir)
	if in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if out, err = cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("strace cannot run here: %v", err)
	}
	return cmd, out, in, func() []string {
		data, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(string(data), "\n")
	}
}

// socketCall is a read from or write to a connection; the descriptor names both ends.
var socketCall = regexp.MustCompile(`(read|recvfrom|write|sendto)\((\d+<TCP[^>]*>)`)

// unsynced wants, before each write that says the words, an fsync or fdatasync of a file below dir that ended after the
// last read from the same connection. It gives the number of such writes and those that lack it.
func unsynced(calls []string, words, dir string) (found int, bad []string) {
	lastRead, lastSync := map[string]int{}, -1
	begun := map[string]bool{} // processes inside an fsync of a file below dir
	for i, line := range calls {
		pid, call, _ := strings.Cut(line, " ")
		call = strings.TrimLeft(call, " ")
		switch {
		case strings.HasPrefix(call, "fsync(") || strings.HasPrefix(call, "fdatasync("):
			if !strings.Contains(call, dir) {
				continue
			}
			if strings.Contains(call, "<unfinished") {
				begun[pid] = true
			} else if strings.HasSuffix(call, "= 0") {
				lastSync = i
			}
		case strings.Contains(call, "sync resumed>") && begun[pid]:
			lastSync, begun[pid] = i, false
		}
		m := socketCall.FindStringSubmatch(call)
		switch {
		case m == nil:
		case m[1] == "read" || m[1] == "recvfrom":
			lastRead[m[2]] = i
		case strings.Contains(call, words):
			found++
			if lastSync < lastRead[m[2]] {
				bad = append(bad, call)
			}
		}
	}
	return found, bad
}

func TestUnsyncedIsNoticed(t *testing.T) {
	read, write := `7 read(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, "x") = 1`, `8 write(9<TCP:[127.0.0.1:1->127.0.0.1:2]>, "DELE 1\r\n", 8) = 8`
	for name, c := range map[string]struct {
		calls []string
		bad   int
	}{
		"synced":        {[]string{read, `7 fdatasync(3</a/mail.db-wal>) = 0`, write}, 0},
		"never":         {[]string{read, write}, 1},
		"before":        {[]string{`7 fsync(3</a/mail.db-wal>) = 0`, read, write}, 1},
		"another file":  {[]string{read, `7 fsync(3</b/mail.db-wal>) = 0`, write}, 1},
		"failed":        {[]string{read, `7 fsync(3</a/mail.db-wal>) = -1 EIO`, write}, 1},
		"not ended":     {[]string{read, `7 fsync(3</a/mail.db-wal> <unfinished ...>`, write}, 1},
		"ended in time": {[]string{read, `7 fsync(3</a/mail.db-wal> <unfinished ...>`, `7 <... fsync resumed>) = 0`, write}, 0},
	} {
		if found, bad := unsynced(c.calls, `"DELE `, "/a"); found != 1 || len(bad) != c.bad {
			t.Errorf("%s: found %d, bad %q", name, found, bad)
		}
	}
}

// TestStoreIsSyncedBeforeDELE: what DELE removes there is on the disk here.
func TestStoreIsSyncedBeforeDELE(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, bob, letter(bob, "one"), letter(bob, "two"))
	dir := t.TempDir()
	cmd, out, _, calls := strace(t, "pop3", box.WorldFile(), filepath.Join(dir, "mail.db"))
	said, _ := io.ReadAll(out)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	if found, bad := unsynced(calls(), `"DELE `, dir); found == 0 || len(bad) > 0 {
		t.Errorf("%d DELE were seen; nothing was synced before %q", found, bad)
	}
}

// TestMaildropIsSyncedBeforeTheReply: what a 250 to the final dot promises is on the disk.
func TestMaildropIsSyncedBeforeTheReply(t *testing.T) {
	dir := t.TempDir()
	cmd, out, in, calls := strace(t, "serve", "", dir)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	world, err := sandbox.ReadWorld(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		deliverTo(t, world, bob, letter(bob, fmt.Sprint("local ", n)))
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if found, bad := unsynced(calls(), `"250 2.0.0 Ok: queued`, dir); found != 5 || len(bad) > 0 {
		t.Errorf("%d replies to a final dot were seen, want 5; nothing was synced before %q", found, bad)
	}
}

package sandbox

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"todoku/embedded-server/maildrop"
)

// foreignTime bounds one run of a foreign program.
const foreignTime = 60 * time.Second

// foreign is a program that others wrote, with a home of its own.
type foreign struct {
	t    *testing.T
	path string
	home string
}

// program finds a foreign program. Without it the test is skipped, unless TODOKU_INTEROP=1 demands it.
func program(t *testing.T, name string) foreign {
	t.Helper()
	if testing.Short() {
		t.Skip("foreign programs take seconds; run without -short")
	}
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("TODOKU_INTEROP") == "1" {
		t.Fatalf("%s is not installed, and TODOKU_INTEROP=1 demands it", name)
	}
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return foreign{t, path, t.TempDir()}
}

// write makes a file in the program's home and gives its path.
func (f foreign) write(name, text string, mode os.FileMode) string {
	f.t.Helper()
	path := filepath.Join(f.home, name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		f.t.Fatal(err)
	}
	return path
}

func (f foreign) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, f.path, args...)
	cmd.Dir = f.home
	cmd.Env = append(os.Environ(), "HOME="+f.home, "LC_ALL=C.UTF-8", "TERM=xterm")
	return cmd
}

// status runs the program and gives what it printed and its exit status.
func (f foreign) status(stdin string, args ...string) (string, int) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), foreignTime)
	defer cancel()
	cmd := f.command(ctx, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		f.t.Fatalf("%s %q: %v, %v\n%s", filepath.Base(f.path), args, err, ctx.Err(), out)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// run runs the program and fails the test unless it succeeds.
func (f foreign) run(args ...string) string {
	f.t.Helper()
	out, code := f.status("", args...)
	if code != 0 {
		f.t.Fatalf("%s %q ended with %d\n%s", filepath.Base(f.path), args, code, out)
	}
	return out
}

// onTerminal runs a program that wants a terminal, and gives all that it drew.
func (f foreign) onTerminal(args ...string) string {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), foreignTime)
	defer cancel()
	cmd := f.command(ctx, args...)
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		f.t.Fatal(err)
	}
	defer screen.Close()
	drawn := make(chan string)
	go func() {
		var all strings.Builder
		buf := make([]byte, 4096)
		for {
			n, err := screen.Read(buf)
			all.Write(buf[:n])
			if err != nil {
				drawn <- all.String()
				return
			}
		}
	}()
	err = cmd.Wait()
	out := <-drawn
	if err != nil {
		f.t.Fatalf("%s %q: %v, %v\n%q", filepath.Base(f.path), args, err, ctx.Err(), out)
	}
	return out
}

// run starts a foreign program once.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	return program(t, name).run(args...)
}

func portOf(t *testing.T, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// deliver puts messages into a folder as if they had come.
func deliver(t *testing.T, s *Sandbox, user, folder string, list ...string) {
	t.Helper()
	for _, m := range list {
		if _, _, err := s.store.Append(context.Background(), maildrop.Delivery{Mailbox: user, Folder: folder, Data: []byte(m)}); err != nil {
			t.Fatal(err)
		}
	}
}

// stored is what a folder holds, by ascending UID.
func stored(t *testing.T, s *Sandbox, user, folder string) (maildrop.Folder, []maildrop.Message) {
	t.Helper()
	f, err := s.store.Folder(context.Background(), user, folder)
	if err != nil {
		t.Fatal(err)
	}
	f, rows, err := s.store.Open(context.Background(), f.ID)
	if err != nil {
		t.Fatal(err)
	}
	return f, rows
}

// empty empties INBOX.
func empty(t *testing.T, s *Sandbox, user string) {
	t.Helper()
	f, rows := stored(t, s, user, "INBOX")
	var uids []uint32
	for _, m := range rows {
		uids = append(uids, m.UID)
	}
	if _, err := s.store.Expunge(context.Background(), f.ID, uids); err != nil {
		t.Fatal(err)
	}
}

// octets gives the messages of a folder.
func octets(t *testing.T, s *Sandbox, user, folder string) []string {
	t.Helper()
	f, rows := stored(t, s, user, folder)
	var all []string
	for _, m := range rows {
		data, err := s.store.Data(context.Background(), f.ID, m.UID)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	return all
}

// letter is a small message with lines that a careless program would change.
func letter(subject string) string {
	return "From: Bob Fujita <bob@fuji.test>\r\nTo: alice@sakura.test\r\nSubject: " + subject + "\r\nMessage-ID: <" +
		strings.ReplaceAll(subject, " ", ".") + "@fuji.test>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0900\r\n\r\nfirst line of " + subject +
		"\r\n.dot\r\n..dots\r\nFrom here\r\n\r\nlast line\r\n"
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

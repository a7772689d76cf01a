//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"todoku/ui/cli"
)

// terminal is a terminal of 80 by 24 cells: what is drawn on it can be read from screen, and keys be written to it.
func terminal(t *testing.T) (screen, tty *os.File) {
	t.Helper()
	screen, tty, err := pty.Open()
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { screen.Close() })
	if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	return screen, tty
}

// startAt starts the program at a terminal.
func startAt(t *testing.T, cmd *exec.Cmd, tty *os.File) {
	t.Helper()
	ownRaces(t, cmd)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// ownRaces fails the test for what the race detector finds in cmd. Left out is that Bubble Tea, at its end, closes the
// terminal's poll handle while its reader may still wait on it (github.com/muesli/cancelreader).
func ownRaces(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	reports := filepath.Join(t.TempDir(), "race")
	cmd.Env = append(cmd.Env, "GORACE=exitcode=0 log_path="+reports)
	t.Cleanup(func() {
		files, _ := filepath.Glob(reports + ".*")
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, report := range strings.Split(string(text), "WARNING: DATA RACE")[1:] {
				if !strings.Contains(report, "epollCancelReader).Close") {
					t.Error(report)
				}
			}
		}
	})
}

// untilDrawn waits until what was drawn holds a text, or the program has ended.
func untilDrawn(cmd *exec.Cmd, tty *os.File, drawn <-chan string, want string) {
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill(); tty.Close() })
	defer late.Stop()
	for all := range drawn {
		if strings.Contains(all, want) {
			return
		}
	}
}

// drawnOn gives, again and again, all that was drawn so far, until the other end is closed.
func drawnOn(screen io.Reader) <-chan string {
	drawn := make(chan string)
	go func() {
		defer close(drawn)
		all, buf := "", make([]byte, 4096)
		for {
			n, err := screen.Read(buf)
			all += string(buf[:n])
			if err != nil {
				drawn <- all
				return
			}
			select {
			case drawn <- all:
			default:
			}
		}
	}()
	return drawn
}

// A trace at a terminal is drawn, also with a sandbox of its own; when it is left, its verdict stays, and so does its exit
// code. One that is left while it waits is unknown.
func TestATraceAtATerminal(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		shown string // when q is pressed
		code  int
		left  []string
	}{
		{"own sandbox", []string{"--sandbox", "trace", "bob@fuji.test"}, "Done, seen from", cli.ExitOK,
			[]string{"\n 1  submission    ", "\n 2  DNS           ", "\n 3  transfer      ", "\n 4  pick-up       ", "\n delivered  mx1.fuji.test takes mail for bob@fuji.test.", " Limit 60 s.\n"}},
		{"left early", []string{"--sandbox=" + mute(t), "trace", "bob@fuji.test"}, "Waiting for", cli.ExitTemporary, []string{"\n unknown  "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			screen, tty := terminal(t)
			cmd := command(t, c.args...)
			drawn := drawnOn(screen)
			startAt(t, cmd, tty)
			untilDrawn(cmd, tty, drawn, c.shown)
			if _, err := io.WriteString(screen, "q"); err != nil {
				t.Fatal(err)
			}
			if code := ended(t, cmd); code != c.code {
				t.Errorf("exit %d, want %d", code, c.code)
			}
			tty.Close()
			all := ""
			for all = range drawn {
			}
			_, left, _ := strings.Cut(strings.ReplaceAll(all, "\r\n", "\n"), "\x1b[?1049l")
			for _, want := range c.left {
				if !strings.Contains(left, want) {
					t.Errorf("behind the screen is %q, which lacks %q", left, want)
				}
			}
			if steps := strings.Count(left, "  ok  "); c.code == cli.ExitOK && steps != 4 {
				t.Errorf("%d steps of 4 are ok: %q", steps, left)
			}
		})
	}
}

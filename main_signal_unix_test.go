//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/term"

	sandbox "todoku/embedded-server"
	"todoku/embedded-server/fault"
	"todoku/session"
	"todoku/ui/cli"
)

// mute is a small Internet in which fuji.test's name servers and alice's IMAP server never answer.
func mute(t *testing.T) string {
	t.Helper()
	s, err := sandbox.Start(context.Background(), nil, sandbox.Options{Dir: t.TempDir(), SeedMessages: -1, Durability: "none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for _, r := range []fault.Rule{{ID: "dns", Host: "ns?.fuji.test", Stage: fault.Query}, {ID: "imap", Host: "mail.sakura.test", Stage: fault.Connect, Match: fault.Match{Proto: "imap"}}} {
		r.Do.Silent = true
		if err := s.Faults().Add(r); err != nil {
			t.Fatal(err)
		}
	}
	return s.WorldFile()
}

// command is the program in a process of its own, which ends with the test.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), asProgram+"=1", "TMPDIR="+t.TempDir(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home, "TERM=xterm-256color", "LANG=C.UTF-8")
	return cmd
}

// ended waits for the exit code of a program that was asked to end.
func ended(t *testing.T, cmd *exec.Cmd) int {
	t.Helper()
	late := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer late.Stop()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode()
}

// A signal in the middle of a verb ends it at once, with the exit code of "not now"; what was recorded until then is a
// run that can be read.
func TestASignalEndsAVerb(t *testing.T) {
	world := mute(t)
	whole := filepath.Join(t.TempDir(), "whole.jsonl")
	var said bytes.Buffer
	env := cli.Env{Args: []string{"--sandbox=" + world, "--record", whole, "trace", "hanako@tsuru.test"}, Stdin: strings.NewReader(""), Stdout: &said, Stderr: &said, Getenv: os.Getenv}
	if code := cli.Main(t.Context(), env); code != cli.ExitOK {
		t.Fatalf("exit %d: %s", code, said.String())
	}
	for _, c := range []struct {
		name  string
		lines int // of output after which it waits
		args  []string
	}{
		{"trace", 1, []string{"--sandbox=" + world, "trace", "bob@fuji.test", "taro@fuji.test"}},
		{"doctor", 5, []string{"--sandbox=" + world, "doctor", "alice"}},
		{"replay", 1, []string{"replay", whole, "--speed", "step"}},
	} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			t.Run(c.name+" "+sig.String(), func(t *testing.T) {
				t.Parallel()
				run := filepath.Join(t.TempDir(), "run.jsonl")
				cmd := command(t, append([]string{"--record", run}, c.args...)...)
				keys, err := cmd.StdinPipe() // stays open
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.WriteString(keys, "\n\n"); err != nil {
					t.Fatal(err)
				}
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				lines := bufio.NewReader(out)
				for range c.lines {
					if _, err := lines.ReadString('\n'); err != nil {
						t.Fatal(err)
					}
				}
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				rest, _ := io.ReadAll(lines)
				if code := ended(t, cmd); code != cli.ExitTemporary {
					t.Errorf("exit %d: %s", code, rest)
				}
				got, err := session.ReadRun(t.Context(), run)
				if err != nil || len(got.Damages) > 0 || len(got.Events) == 0 {
					t.Errorf("%v, %d events, %v", err, len(got.Events), got.Damages)
				}
				if c.name != "trace" {
					return
				}
				traces, err := got.Traces(t.Context())
				if err != nil || len(traces) != 1 || traces[0].Report.Verdict.Finding.Code != "trace.stopped" {
					t.Errorf("%v, %+v", err, traces)
				}
			})
		}
	}
}

// A signal gives the terminal back as it was.
func TestASignalRestoresTheTerminal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			screen, tty := terminal(t)
			before, err := term.GetState(int(tty.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			cmd := command(t, "--sandbox="+mute(t))
			drawn := drawnOn(screen)
			startAt(t, cmd, tty)
			untilDrawn(cmd, tty, drawn, "alice@sakura.test") // the first frame is there
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if code := ended(t, cmd); code != cli.ExitOK {
				t.Errorf("exit %d", code)
			}
			after, err := term.GetState(int(tty.Fd()))
			if err != nil || !reflect.DeepEqual(before, after) {
				t.Errorf("the terminal's modes are %+v, and were %+v, %v", after, before, err)
			}
			tty.Close()
			all := ""
			for all = range drawn {
			}
			const alternate, cursor = "\x1b[?1049", "\x1b[?25"
			if i := strings.LastIndex(all, alternate); i < 0 || all[i+len(alternate)] != 'l' {
				t.Errorf("the other screen is left on: %q", all[max(0, len(all)-200):])
			}
			if i := strings.LastIndex(all, cursor); i < 0 || all[i+len(cursor)] != 'h' {
				t.Errorf("the cursor stays hidden: %q", all[max(0, len(all)-200):])
			}
		})
	}
}

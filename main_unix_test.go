//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary run main.
const asProgram = "TODOKU_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// The sandbox's folder holds passwords and mail; a terminal that is closed must not leave it behind.
func TestServeClearsUpAfterEverySignal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			if signal.Ignored(sig) {
				t.Skip("this test was started so that the signal is ignored (nohup), and so is serve")
			}
			tmp := t.TempDir()
			cmd, world := startServe(t, tmp)
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("serve ended with %v", err)
			}
			left, err := filepath.Glob(filepath.Join(tmp, "todoku*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left behind: %v %v (the world was %s)", left, err, world)
			}
		})
	}
}

// startServe runs `serve --json` with its temporary files in tmp, until it is ready.
func startServe(t *testing.T, tmp string) (cmd *exec.Cmd, world string) {
	t.Helper()
	cmd = exec.Command(os.Args[0], "serve", "--json")
	cmd.Env = append(os.Environ(), asProgram+"=1", "TMPDIR="+tmp)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	slow := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	t.Cleanup(func() { slow.Stop() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatalf("serve said nothing: %v", err)
	}
	var ready struct {
		World string `json:"world"`
	}
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatalf("%v in %q", err, line)
	}
	return cmd, ready.World
}

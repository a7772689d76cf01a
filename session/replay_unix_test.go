//go:build unix

package session

import (
	"path/filepath"
	"syscall"
	"testing"

	"todoku/diag/explain"
)

// A pipe that nobody writes to and a device that never ends are refused, and not waited for.
func TestAPipeIsNoRun(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{pipe, "/dev/zero", "/dev/tty"} {
		if _, err := ReadRun(t.Context(), path); explain.Find(err).Code != "run.nofile" {
			t.Errorf("%s: %v", path, err)
		}
	}
}

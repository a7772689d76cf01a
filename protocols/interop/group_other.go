//go:build !unix

package interop

import "os/exec"

// grouped does nothing: the servers of these tests run on Unix.
func grouped(*exec.Cmd) {}

func endGroup(cmd *exec.Cmd) { cmd.Process.Kill() }

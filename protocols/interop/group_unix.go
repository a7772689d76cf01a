//go:build unix

package interop

import (
	"os/exec"
	"syscall"
)

// grouped makes the command the head of a process group, which endGroup ends with all that it started.
func grouped(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func endGroup(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

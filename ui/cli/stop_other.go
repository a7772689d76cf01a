//go:build !unix

package cli

import "os"

// stopProcess ends it at once: the system has no signal to ask with.
func stopProcess(p *os.Process) error { return p.Kill() }

//go:build unix

package interop

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Rawlog is a line for Dovecot's configuration that has it write down what it hears and says after each login: see
// Server.Sessions.
const Rawlog = "rawlog_dir = %h/rawlog/%s"

// rawlogTime is before each line of a rawlog.
var rawlogTime = regexp.MustCompile(`(?m)^\d{10}\.\d{6} `)

// Sessions are the user's sessions that Dovecot wrote down, from the command behind the login on. One that is not over
// may not be whole.
func (s *Server) Sessions(t testing.TB) (all []Telemetry) {
	t.Helper()
	for _, protocol := range []string{"imap", "pop3"} {
		files, err := filepath.Glob(filepath.Join(s.home(), "rawlog", protocol, "*.in"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			heard, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			said, err := os.ReadFile(strings.TrimSuffix(file, ".in") + ".out")
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, Telemetry{Protocol: protocol, In: rawlogTime.ReplaceAll(heard, nil), Out: rawlogTime.ReplaceAll(said, nil)})
		}
	}
	return all
}

//go:build unix

package interop

import (
	"strings"
	"testing"
)

// TestCyrusShowsItsDisk: what was delivered stands in its index and files, and its telemetry holds the dialogue.
func TestCyrusShowsItsDisk(t *testing.T) {
	s := Cyrus(t)
	s.Deliver(t, `\Seen \Flagged`, []byte("Subject: one\r\n\r\nbody\r\n"))
	s.Deliver(t, "", []byte("Subject: two\r\n\r\nbody\r\n"))
	there := s.Messages(t, "")
	if len(there) != 2 || there["1"].Flags != "FLAG_SEEN FLAG_FLAGGED" || there["2"] != (CyrusMessage{"", "Subject: two\r\n\r\nbody\r\n"}) {
		t.Errorf("on disk: %+v", there)
	}
	if none := s.Messages(t, "Trash"); len(none) != 0 {
		t.Errorf("in Trash: %+v", none)
	}
	sessions := s.Sessions(t)
	if len(sessions) != 2 || sessions[1].Protocol != "imap" || !strings.HasSuffix(string(sessions[1].In), "body\r\n\r\nlogout LOGOUT\r\n") ||
		!strings.HasSuffix(string(sessions[1].Out), "logout OK Completed\r\n") {
		t.Errorf("telemetry: %q", sessions)
	}
}

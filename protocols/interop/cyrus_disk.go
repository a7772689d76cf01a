//go:build unix

package interop

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// CyrusMessage is a message as it stands in Cyrus's index and on its disk.
type CyrusMessage struct {
	Flags  string // as in the index: "FLAG_SEEN FLAG_FLAGGED"
	Octets string // of its file
}

var (
	cyrusPlace  = regexp.MustCompile(`(?m)^\s*Path to mailbox: (.*)$`)
	cyrusRecord = regexp.MustCompile(`UID:0*(\d+) `)
	cyrusFlags  = regexp.MustCompile(`(?m)> SYSTEMFLAGS:(.*)$`)
)

// Messages are the messages of a folder, by UID; "" is INBOX.
func (s *CyrusServer) Messages(t testing.TB, folder string) map[string]CyrusMessage {
	t.Helper()
	return s.Folders(t, folder)[0]
}

// Folders are the messages of each folder, as Messages gives those of one.
func (s *CyrusServer) Folders(t testing.TB, folders ...string) (all []map[string]CyrusMessage) {
	t.Helper()
	args := []string{"-C", s.file("imapd.conf")}
	for _, folder := range folders {
		name := "user" + s.separator + s.User
		if folder != "" {
			name += s.separator + folder
		}
		args = append(args, name)
	}
	cmd := exec.Command(cyrusBin+"/mbexamine", args...)
	cmd.Env = s.env
	out, err := cmd.Output()
	examined := strings.Split(string(out), "Examining user"+s.separator+s.User)[1:]
	if err != nil || len(examined) != len(folders) {
		t.Fatalf("mbexamine %q: %v\n%s", args, err, out)
	}
	for _, said := range examined {
		all = append(all, s.messages(t, said))
	}
	return all
}

// messages are those of one folder that mbexamine said something of.
func (s *CyrusServer) messages(t testing.TB, said string) map[string]CyrusMessage {
	t.Helper()
	place := cyrusPlace.FindStringSubmatch(said)
	if place == nil {
		t.Fatalf("mbexamine tells no place:\n%s", said)
	}
	all := map[string]CyrusMessage{}
	for _, record := range strings.Split(said, "\n0")[1:] {
		uid, flags := cyrusRecord.FindStringSubmatch(record), cyrusFlags.FindStringSubmatch(record)
		if uid == nil || flags == nil {
			continue
		}
		octets, err := os.ReadFile(filepath.Join(strings.TrimSpace(place[1]), uid[1]+"."))
		if err != nil {
			t.Fatal(err)
		}
		all[uid[1]] = CyrusMessage{strings.Join(strings.Fields(flags[1]), " "), string(octets)}
	}
	return all
}

// Telemetry is one session as Cyrus wrote it down: what came in and what went out, to the octet. An IMAP session begins
// after the answer to its login, a POP3 session with that answer.
type Telemetry struct {
	Protocol string // "imap", "pop3"; of TLS sessions too
	In, Out  []byte
}

// telemetryMark is before each piece that was read or written, also in the middle of a line.
var telemetryMark = regexp.MustCompile(`<\d{10}<|>\d{10}>`)

// Sessions are the user's sessions that Cyrus wrote down. One that is not over may not be whole.
func (s *CyrusServer) Sessions(t testing.TB) []Telemetry {
	t.Helper()
	files, err := filepath.Glob(s.file("conf/log/" + s.User + "/*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []Telemetry
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		protocol := strings.TrimRight(filepath.Base(file), "-0123456789")
		for _, session := range bytes.Split(text, []byte("---------- "+s.User+" "))[1:] {
			all = append(all, telemetry(strings.TrimSuffix(protocol, "s"), session))
		}
	}
	return all
}

func telemetry(protocol string, session []byte) Telemetry {
	told := Telemetry{Protocol: protocol}
	marks := telemetryMark.FindAllIndex(session, -1)
	for i, m := range marks {
		end := len(session)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		said := session[m[1]:end]
		if session[m[0]] == '<' {
			told.In = append(told.In, said...)
		} else {
			told.Out = append(told.Out, said...)
		}
	}
	return told
}

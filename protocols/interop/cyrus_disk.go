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
	name := "user" + s.separator + s.User
	if folder != "" {
		name += s.separator + folder
	}
	cmd := exec.Command(cyrusBin+"/mbexamine", "-C", s.file("imapd.conf"), name)
	cmd.Env = s.env
	out, err := cmd.Output()
	place := cyrusPlace.FindSubmatch(out)
	if err != nil || place == nil {
		t.Fatalf("mbexamine %s: %v\n%s", name, err, out)
	}
	all := map[string]CyrusMessage{}
	for _, record := range strings.Split(string(out), "\n0")[1:] {
		uid, flags := cyrusRecord.FindStringSubmatch(record), cyrusFlags.FindStringSubmatch(record)
		if uid == nil || flags == nil {
			continue
		}
		octets, err := os.ReadFile(filepath.Join(string(bytes.TrimSpace(place[1])), uid[1]+"."))
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

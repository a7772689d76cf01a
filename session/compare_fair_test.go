package session

import (
	"strings"
	"testing"

	"todoku/diag/compare"
	"todoku/internal/trace"
)

// speech is what a lane's devices said in a comparison.
type speech struct {
	lines string // commands, one a line
	ahead int    // of them, how many were sent on a connection before what was sent there last was answered
}

// spoken gives what the devices of each lane said.
func spoken(t *testing.T, s *Session, script string, mode compare.Mode) map[compare.Protocol]speech {
	t.Helper()
	var rec trace.Recorder
	if _, err := s.Compare(t.Context(), trace.New(&rec, nil), CompareOptions{Script: script, Mode: mode}); err != nil {
		t.Fatal(err)
	}
	lanes := map[compare.Protocol]speech{}
	waits := map[string]bool{} // by connection
	begun := false
	for _, e := range rec.Events() {
		if _, over, is := compare.ReportOf(e); is && !over {
			begun = true // before this the servers were asked what they offer
		}
		if !begun || e.Side != trace.SideClient {
			continue
		}
		switch e.Kind {
		case trace.KindSend:
			lane := lanes[compare.Protocol(e.Lane)]
			lane.lines += string(e.Data) + "\n"
			if waits[e.Conn] {
				lane.ahead++
			}
			lanes[compare.Protocol(e.Lane)] = lane
			waits[e.Conn] = true
		case trace.KindRecv:
			waits[e.Conn] = false
		}
	}
	return lanes
}

// TestGoodAndNaiveClients: what each mode's clients really say. The good ones list once, know what is new, read a part and
// do not wait for each answer over POP3; the naive ones ask folder by folder, read everything, over POP3 at every visit, and know no unique-ids.
func TestGoodAndNaiveClients(t *testing.T) {
	if testing.Short() {
		t.Skip("many comparisons; run without -short")
	}
	s := comparing(t)
	for _, c := range []struct {
		script string
		mode   compare.Mode
		lane   compare.Protocol
		says   map[string]int // how often at least
		never  []string
	}{
		{"read", compare.Good, compare.IMAP, map[string]int{"RETURN (STATUS": 1, "BODYSTRUCTURE": 1, "BODY.PEEK[1]": 1}, []string{" STATUS INBOX", "BODY.PEEK[])", "BODY.PEEK[2]"}},
		{"read", compare.Naive, compare.IMAP, map[string]int{" STATUS ": 5, "BODY.PEEK[])": 4}, []string{"RETURN (STATUS", "BODYSTRUCTURE)", "BODY.PEEK[1]"}},
		{"new-mail", compare.Good, compare.POP3, map[string]int{"UIDL": 3, "RETR ": 5}, []string{"TOP "}},
		{"new-mail", compare.Naive, compare.POP3, map[string]int{"RETR ": 13}, []string{"UIDL", "TOP "}},
	} {
		told := spoken(t, s, c.script, c.mode)[c.lane]
		lines := told.lines
		// TOP is for who has no unique-ids; good clients have them, and read every message once, whole.
		if c.lane == compare.POP3 && (told.ahead >= 3) != (c.mode == compare.Good) {
			t.Errorf("%s, %s by %s sends %d commands ahead of an answer:\n%s", c.script, c.mode, c.lane, told.ahead, lines)
		}
		for what, least := range c.says {
			if n := strings.Count(lines, what); n < least {
				t.Errorf("%s, %s by %s: %q %d times, want %d:\n%s", c.script, c.mode, c.lane, what, n, least, lines)
			}
		}
		for _, what := range c.never {
			if strings.Contains(lines, what) {
				t.Errorf("%s, %s by %s says %q:\n%s", c.script, c.mode, c.lane, what, lines)
			}
		}
		if n := strings.Count(lines, "RETR "); c.mode == compare.Good && c.lane == compare.POP3 && n != 5 {
			t.Errorf("a good client fetched %d messages, of 5", n)
		}
	}
}

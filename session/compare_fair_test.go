package session

import (
	"strings"
	"testing"

	"todoku/diag/compare"
	"todoku/internal/trace"
)

// spoken gives the commands of a lane's devices in a comparison, one a line.
func spoken(t *testing.T, s *Session, script string, mode compare.Mode) map[compare.Protocol]string {
	t.Helper()
	var rec trace.Recorder
	if _, err := s.Compare(t.Context(), trace.New(&rec, nil), CompareOptions{Script: script, Mode: mode}); err != nil {
		t.Fatal(err)
	}
	lines := map[compare.Protocol]string{}
	begun := false
	for _, e := range rec.Events() {
		if _, over, is := compare.ReportOf(e); is && !over {
			begun = true // before this the servers were asked what they offer
		}
		if begun && e.Kind == trace.KindSend && e.Side == trace.SideClient {
			lines[compare.Protocol(e.Lane)] += string(e.Data) + "\n"
		}
	}
	return lines
}

// TestGoodAndNaiveClients: what each mode's clients really say. The good ones list once, know what is new and read a part;
// the naive ones ask folder by folder, read everything, over POP3 at every visit, and know no unique-ids.
func TestGoodAndNaiveClients(t *testing.T) {
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
		{"new-mail", compare.Good, compare.POP3, map[string]int{"UIDL": 3, "RETR ": 5}, nil},
		{"new-mail", compare.Naive, compare.POP3, map[string]int{"RETR ": 13}, []string{"UIDL", "TOP "}},
	} {
		lines := spoken(t, s, c.script, c.mode)[c.lane]
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

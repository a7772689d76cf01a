package sandbox

import (
	"context"
	"strings"
	"testing"
	"time"

	"todoku/embedded-server/fault"
)

// TestTheOfficeMeetsTheFaultsOfTheDNS sends a message through each fault of the lookup. What the sandbox's mail host does
// with it, behind a resolver that validates, is what the catalogue says.
func TestTheOfficeMeetsTheFaultsOfTheDNS(t *testing.T) {
	n := 0
	for _, c := range fault.Cases() {
		if !strings.HasPrefix(c.ID, "dns.") {
			continue
		}
		n++
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel()
			s := start(t, Options{Retry: []time.Duration{time.Hour}}, nil)
			if err := s.Faults().AddCase(c); err != nil {
				t.Fatal(err)
			}
			sender, password := "alice@sakura.test", "apple"
			if strings.HasSuffix(c.To, "@sakura.test") { // the mail must leave its host
				sender, password = "carol@tsuru.test", "cherry"
			}
			submit(t, login(t, s, sender, password), sender, []string{c.To}, hello)
			if got := fateOf(t, s, sender, c.To); got != c.Truth.Word {
				q, _ := s.Queue(context.Background())
				t.Errorf("the message was %s, the truth is %s: %s\n%+v", got, c.Truth.Word, c.Truth.Cause, q)
			}
			fired := 0
			for _, r := range s.Faults().Rules() {
				fired += r.Hits
			}
			if fired == 0 && c.ID != "dns.stale-secondary" { // whose first server was asked
				t.Error("no rule fired")
			}
		})
	}
	if n < 30 {
		t.Errorf("only %d cases", n)
	}
}

// fateOf waits until it is known what became of the one message.
func fateOf(t *testing.T, s *Sandbox, from, to string) (fate string) {
	t.Helper()
	has := func(user string) bool {
		f, err := s.store.Folder(context.Background(), user, "INBOX")
		return err == nil && f.Total > 0
	}
	eventually(t, "a fate", func() bool {
		q, err := s.Queue(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case has(to):
			fate = fault.Delivered
		case has(from):
			fate = fault.Refused
		case len(q) == 1 && q[0].Attempts > 0 && q[0].Doing == "":
			fate = fault.Deferred
		}
		return fate != ""
	})
	return fate
}

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
			if got := s.fate(t, sender, c.To, c.ID); got != c.Truth.Word {
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

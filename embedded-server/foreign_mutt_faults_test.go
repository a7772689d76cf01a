package sandbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
)

// hits is how often a rule fired, as the sandbox's log of faults has it.
func hits(s *Sandbox, id string) int64 {
	for _, r := range s.Faults().Rules() {
		if r.ID == id {
			return int64(r.Hits)
		}
	}
	return 0
}

// TestMuttMeetsARefusedRecipient has Mutt without a terminal read the refusal of a recipient: it says the server's words,
// ends with 1, and nothing was sent.
func TestMuttMeetsARefusedRecipient(t *testing.T) {
	for _, name := range []string{"mutt", "neomutt"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, Options{}, nil)
			h := host(t, s.World(), sakuraHost)
			m := newMutt(t, s, name, "imaps://localhost:"+portOf(t, h.IMAPS)+"/", "smtps://alice@sakura.test@localhost:"+portOf(t, h.Submissions)+"/")
			rule := fault.Rule{ID: "f", Host: sakuraHost, Stage: fault.Rcpt, Do: fault.Action{Reply: "550 5.1.1 No such user here"}}
			if err := s.Faults().Add(rule); err != nil {
				t.Fatal(err)
			}
			out, code := m.status("hello\n", "-n", "-F", m.rc, "-s", "refused", "--", "yuki@sakura.test")
			if code != 1 || !strings.Contains(out, "SMTP session failed: 550 5.1.1 No such user here") || hits(s, "f") != 1 {
				t.Errorf("ended with %d, the rule fired %d times\n%s", code, hits(s, "f"), out)
			}
			if got := messages(t, s, "yuki@sakura.test"); len(got) != 0 {
				t.Errorf("yuki got %q", got)
			}
		})
	}
}

// TestMuttMeetsFaults reads Mutt's own words where an IMAP server refuses the login or says BYE between two messages, and
// where a POP3 server says that the maildrop is in use.
func TestMuttMeetsFaults(t *testing.T) {
	for _, name := range []string{"mutt", "neomutt"} {
		for what, c := range map[string]struct {
			stage fault.Stage
			proto string
			nth   int
			do    fault.Action
			says  map[string]string // by program
		}{
			"login refused": {fault.Auth, "imap", 0, fault.Action{Reply: "NO [AUTHENTICATIONFAILED] Not today"},
				map[string]string{"mutt": "SASL authentication failed.", "neomutt": "NO [AUTHENTICATIONFAILED] Not today"}},
			"BYE in FETCH": {fault.Message, "imap", 2, fault.Action{Reply: "BYE [UNAVAILABLE] Going down", Close: true},
				map[string]string{"mutt": "[UNAVAILABLE] Going down", "neomutt": "[UNAVAILABLE] Going down"}},
			"maildrop in use": {fault.Auth, "pop3", 0, fault.Action{Reply: "-ERR [IN-USE] Maildrop is locked"},
				map[string]string{"mutt": "[IN-USE] Maildrop is locked", "neomutt": "[IN-USE] Maildrop is locked"}},
		} {
			t.Run(name+"/"+what, func(t *testing.T) {
				s := start(t, Options{}, nil)
				h := host(t, s.World(), sakuraHost)
				deliver(t, s, "alice@sakura.test", "", letter("one"), letter("two"), letter("three"))
				rule := fault.Rule{ID: "f", Host: sakuraHost, Stage: c.stage, Match: fault.Match{Proto: c.proto}, Nth: c.nth, Do: c.do}
				if err := s.Faults().Add(rule); err != nil {
					t.Fatal(err)
				}
				folder := "imaps://localhost:" + portOf(t, h.IMAPS) + "/"
				m := newMutt(t, s, name, folder, "")
				box, keys, set, errors := folder+"INBOX", "<exit>", "", filepath.Join(m.home, "errors")
				if c.proto == "pop3" { // fetched from a mailbox on disk: opening the maildrop would ask whether to make it
					box, keys = m.write("empty", "", 0o600), "<fetch-mail><exit>"
					if name == "mutt" { // draws no error while keys wait, and keeps them
						keys, set = "<fetch-mail><error-history><exit>", ` error_history=30 pager="cp %s `+errors+`"`
					}
				}
				out := m.onTerminal("-n", "-F", m.rc, "-e", "set pop_host=pops://localhost:"+portOf(t, h.POP3S)+set, "-f", box, "-e", `push "`+keys+`"`)
				if kept, err := os.ReadFile(errors); err == nil {
					out += string(kept)
				}
				if !strings.Contains(out, c.says[name]) || hits(s, "f") < 1 {
					t.Errorf("it does not say %q, or the rule fired %d times\n%q", c.says[name], hits(s, "f"), out)
				}
				if left := messages(t, s, "alice@sakura.test"); len(left) != 3 {
					t.Errorf("%d messages are left", len(left))
				}
			})
		}
	}
}

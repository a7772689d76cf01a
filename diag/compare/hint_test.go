package compare

import (
	"slices"
	"testing"

	"todoku/internal/trace"
)

// TestHints: what the catalogue says of a provider, beside what its servers told when they were asked.
func TestHints(t *testing.T) {
	refused := &trace.Finding{Code: "auth.refused", Level: trace.Fail}
	for name, c := range map[string]struct {
		address    string
		pop3, imap Offer
		want       []string
		contradict int
	}{
		"as it says": {"a@gmail.com", Offer{Server: "pop.gmail.com:995", State: OK, Capabilities: []string{"UIDL"}},
			Offer{Server: "imap.gmail.com:993", State: Warn, Capabilities: []string{"IDLE"}}, []string{"compare.hint.switch", "compare.hint.offers"}, 0},
		"refused": {"a@gmail.com", Offer{Server: "pop.gmail.com:995", State: Fail, Error: refused},
			Offer{Server: "imap.gmail.com:993", State: OK, Capabilities: []string{"IDLE"}},
			[]string{"compare.hint.switch", "compare.hint.silent", "compare.hint.offers"}, 1},
		"no telling": {"a@gmail.com", Offer{Server: "pop.gmail.com:995", State: Unknown, Error: refused},
			Offer{Server: "imap.gmail.com:993", State: OK, Capabilities: []string{"IDLE"}}, []string{"compare.hint.switch", "compare.hint.offers"}, 0},
		"elsewhere, found by the address": {"a@gmail.com", Offer{Server: "mail.sakura.test:995", State: OK, Capabilities: []string{"UIDL"}},
			Offer{Server: "mail.sakura.test:993", State: NA}, []string{"compare.hint.switch", "compare.hint.elsewhere", "compare.hint.offers", "compare.hint.silent"}, 1},
		"none, and it answers": {"a@icloud.com", Offer{Server: "imap.mail.me.com:995", State: OK, Capabilities: []string{"UIDL"}},
			Offer{Server: "imap.mail.me.com:993", State: OK, Capabilities: []string{"IDLE"}},
			[]string{"compare.hint.none", "compare.hint.answers", "compare.hint.offers"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.pop3.Protocol, c.imap.Protocol = POP3, IMAP
			h := HintOf(c.address, []Offer{c.pop3, c.imap})
			if h == nil {
				t.Fatal("the catalogue does not know it")
			}
			var codes []string
			contradicted := 0
			for _, f := range h.Findings {
				codes = append(codes, f.Code)
				if f.Level == trace.Warn {
					contradicted++
				}
				if len(f.Args["dated"]) != len("2025-01") {
					t.Errorf("%s has no month: %v", f.Code, f.Args)
				}
			}
			if !slices.Equal(codes, c.want) || contradicted != c.contradict {
				t.Errorf("%q, %d contradicted", codes, contradicted)
			}
		})
	}
	if h := HintOf("a@sakura.test", []Offer{{Protocol: POP3, Server: "mail.sakura.test:995", State: OK}}); h != nil {
		t.Errorf("a hint for a provider that nobody knows: %+v", h)
	}
}

// TestPorts: each port stands in the offer as it was found, and in one of three notes.
func TestPorts(t *testing.T) {
	o := Offer{Protocol: POP3, State: Warn}.OnPorts(995, "implicit", []Port{{Port: 110, TLS: "starttls", State: Fail}})
	if len(o.Ports) != 2 || o.Ports[0].State != OK || len(o.Notes) != 2 || o.Notes[0].Args["ports"] != "995 implicit" ||
		o.Notes[1].Code != "compare.offer.closed" || o.Notes[1].Args["ports"] != "110 starttls" {
		t.Errorf("%+v", o)
	}
	silent := Offer{Protocol: IMAP, State: OK}.OnPorts(993, "implicit", []Port{{Port: 143, TLS: "starttls", State: Unknown}})
	if len(silent.Notes) != 2 || silent.Notes[1].Code != "compare.offer.silent" || silent.Notes[1].Args["ports"] != "143 starttls" {
		t.Errorf("%+v", silent)
	}
}

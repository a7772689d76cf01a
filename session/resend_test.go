package session

import (
	"testing"

	"todoku/embedded-server/fault"
)

// TestResendTakesThePlaceOfARefusedEntry: a message that nobody was accepted for stays in the outbox until it is sent
// anew; one that some got is filed, and nothing is removed for it.
func TestResendTakesThePlaceOfARefusedEntry(t *testing.T) {
	box := smallWorld(t, false)
	c := newClient(t, box)
	c.fault(fault.Rule{Stage: fault.Rcpt, Host: "mail.sakura.test", Match: fault.Match{To: "bbo@*"}, Do: fault.Action{Reply: "550 5.1.1 No such user"}})
	refused := c.send(c.write("alice", "bbo@fuji.test", "mistyped"))
	if refused.State != "refused" || len(c.entries()) != 1 {
		t.Fatalf("%+v %v", refused, c.entries())
	}
	again, err := c.Compose(t.Context(), nil, ComposeOptions{Account: "alice", Kind: DraftResend, Key: refused.Key})
	if err != nil || again.Replaces != refused.Key {
		t.Fatalf("%+v %v", again, err)
	}
	saved, err := c.SaveDraft(t.Context(), nil, again)
	if err != nil || saved.Replaces != refused.Key {
		t.Fatalf("a kept draft forgets what it replaces: %+v %v", saved, err)
	}
	saved.To = bob
	if sent := c.send(saved); sent.State != "filed" {
		t.Fatalf("%+v", sent)
	}
	left, err := c.Outbox(t.Context(), nil, FoldersOptions{Account: "alice"})
	if err != nil || len(left) != 0 {
		t.Errorf("still in the outbox: %+v %v", left, err)
	}
	c.arrives("bob", "", "mistyped")
}

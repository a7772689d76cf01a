package imapd

import (
	"io"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
)

func faulty(t *testing.T, r fault.Rule) *place {
	t.Helper()
	faults := new(fault.Set)
	r.ID = "f"
	if err := faults.Add(r); err != nil {
		t.Fatal(err)
	}
	p := start(t, Config{Faults: faults})
	p.deliver(message("one"), message("two"), message("three"))
	return p
}

func TestByeBetweenTheMessagesOfAFetch(t *testing.T) {
	p := faulty(t, fault.Rule{Stage: fault.Message, Nth: 3, Do: fault.Action{Reply: "BYE going down", Close: true}})
	c := p.dial().login()
	c.say("a SELECT INBOX")
	c.until("a OK")
	c.say("b FETCH 1:3 (UID BODY.PEEK[])")
	all, err := io.ReadAll(c.r)
	got := string(all)
	if err != nil || !strings.HasSuffix(got, ")\r\n* BYE going down\r\n") || strings.Count(got, "FETCH (UID") != 2 {
		t.Errorf("%v:\n%s", err, got)
	}
	c = p.dial().login()
	c.say("a SELECT INBOX")
	c.until("a OK")
	c.say("b FETCH 1:3 (UID)")
	c.until("b OK")
}

func TestADropInALiteral(t *testing.T) {
	p := faulty(t, fault.Rule{Stage: fault.Fetch, Do: fault.Action{Close: true, Octets: 100}})
	c := p.dial().login()
	c.say("a SELECT INBOX")
	c.until("a OK")
	c.say("b FETCH 1 BODY.PEEK[]")
	if all, err := io.ReadAll(c.r); err != nil || len(all) != 100 || !strings.Contains(string(all), "}\r\nFrom: ") {
		t.Errorf("%q, %v", all, err)
	}
}

func TestAnotherUIDVALIDITY(t *testing.T) {
	p := faulty(t, fault.Rule{Stage: fault.Select, Nth: 2, Do: fault.Action{Renumber: true}})
	validity := func() string {
		c := p.dial().login()
		c.say("a SELECT INBOX")
		for _, line := range c.until("a OK") {
			if strings.Contains(line, "UIDVALIDITY") {
				return line
			}
		}
		t.Fatal("no UIDVALIDITY")
		return ""
	}
	first, second, third := validity(), validity(), validity()
	if first == second || second != third {
		t.Errorf("%q, %q, %q", first, second, third)
	}
}

func TestABrokenBodystructure(t *testing.T) {
	r := fault.Rule{Stage: fault.Fetch, Do: fault.Action{Replace: fault.Replace{Old: "BODYSTRUCTURE (", New: "BODYSTRUCTURE (("}}}
	c := faulty(t, r).dial().login()
	c.say("a SELECT INBOX")
	c.until("a OK")
	c.say("b FETCH 1 (UID BODYSTRUCTURE)")
	line := c.until("* 1 FETCH")
	if got := line[len(line)-1]; strings.Count(got, "(") != strings.Count(got, ")")+1 {
		t.Errorf("%s", got)
	}
	c.until("b OK")
}

func TestAnIdleThatTellsNothing(t *testing.T) {
	p := faulty(t, fault.Rule{Stage: fault.Idle, Do: fault.Action{Reply: "+ idling"}})
	c := p.dial().login()
	c.say("a SELECT INBOX")
	c.until("a OK")
	c.say("b IDLE")
	c.until("+ idling")
	p.deliver(message("four"))
	c.say("DONE")
	if got := c.until("b OK"); len(got) != 1 {
		t.Errorf("it told %q", got)
	}
	c.say("c NOOP")
	if got := c.until("c OK"); got[0] != "* 4 EXISTS" {
		t.Errorf("NOOP told %q", got)
	}
}

func TestLoginRefusedAndCapabilitiesWithheld(t *testing.T) {
	p := faulty(t, fault.Rule{Stage: fault.Auth, Match: fault.Match{User: "alice@*"}, Once: true, Do: fault.Action{Reply: "NO [UNAVAILABLE] later"}})
	c := p.dial()
	c.until("* OK")
	c.say(`a LOGIN alice "ch\"er\\ry"`)
	c.until("a NO [UNAVAILABLE] later")
	c.say(`b LOGIN alice "ch\"er\\ry"`)
	c.until("b OK")

	p = faulty(t, fault.Rule{Stage: fault.Offer, Do: fault.Action{Withhold: []string{"IDLE", "AUTH=PLAIN"}}})
	c = p.dial()
	greeting := c.until("* OK")[0]
	c.say(`a LOGIN alice "ch\"er\\ry"`)
	logged := c.until("a OK")[0]
	c.say("b CAPABILITY")
	asked := c.until("b OK")[0]
	if strings.Contains(greeting, "AUTH=PLAIN") || strings.Contains(logged, " IDLE ") || strings.Contains(asked, " IDLE ") || !strings.Contains(asked, " MOVE ") {
		t.Errorf("%s\n%s\n%s", greeting, logged, asked)
	}
}

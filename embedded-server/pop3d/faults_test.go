package pop3d

import (
	"io"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
)

// faulty starts a server with one rule and two messages.
func faulty(t *testing.T, r fault.Rule) *place {
	t.Helper()
	faults := new(fault.Set)
	r.ID = "f"
	if err := faults.Add(r); err != nil {
		t.Fatal(err)
	}
	return start(t, Config{Faults: faults}, one, three)
}

func (p *place) enter() *client {
	p.t.Helper()
	c := p.dial()
	c.want("+OK")
	c.say("USER alice")
	c.want("+OK")
	c.say("PASS cherry")
	return c
}

// enterAgain logs in after a connection that was dropped, as soon as its lock is free.
func (p *place) enterAgain() *client {
	p.t.Helper()
	for {
		c := p.enter()
		said := c.line()
		if strings.HasPrefix(said, "+OK alice@sakura.test has 2") {
			return c
		}
		if !strings.HasPrefix(said, "-ERR [IN-USE]") || p.t.Context().Err() != nil {
			p.t.Fatalf("got %q", said)
		}
	}
}

func TestResponseCodesOfALogin(t *testing.T) {
	for _, words := range []string{"-ERR [IN-USE] locked", "-ERR [LOGIN-DELAY] wait", "-ERR [SYS/TEMP] disk", "-ERR [SYS/PERM] gone", "-ERR [AUTH] no"} {
		p := faulty(t, fault.Rule{Stage: fault.Auth, Match: fault.Match{User: "alice@*"}, Once: true, Do: fault.Action{Reply: words}})
		c := p.enter()
		c.want(words)
		c.say("USER alice")
		c.want("+OK")
		c.say("PASS wrong")
		c.want("-ERR [AUTH] wrong")
		c.say("USER alice")
		c.want("+OK")
		c.say("PASS cherry")
		c.want("+OK alice@sakura.test has 2")
	}
}

func TestADropInRETR(t *testing.T) {
	p := faulty(t, fault.Rule{Stage: fault.Retr, Once: true, Do: fault.Action{Close: true, Octets: 25}})
	c := p.enter()
	c.want("+OK")
	c.say("RETR 1")
	all, err := io.ReadAll(c.r)
	if want := ("+OK 29 octets\r\n" + one)[:25]; err != nil || string(all) != want {
		t.Errorf("%q, %v, want %q", all, err, want)
	}
	c = p.enterAgain()
	c.say("RETR 1")
	c.want("+OK")
}

func TestADropBeforeQUITDeletesNothing(t *testing.T) {
	p := faulty(t, fault.Rule{Stage: fault.Quit, Once: true, Do: fault.Action{Close: true}})
	c := p.enter()
	c.want("+OK")
	c.say("DELE 1")
	c.want("+OK")
	c.say("QUIT")
	if all, err := io.ReadAll(c.r); err != nil || len(all) > 0 {
		t.Errorf("%q, %v", all, err)
	}
	p.enterAgain()
}

func TestRenumberedUIDL(t *testing.T) {
	p := faulty(t, fault.Rule{Stage: fault.Auth, Nth: 2, Do: fault.Action{Renumber: true}})
	uidl := func() string {
		c := p.enter()
		c.want("+OK")
		c.say("UIDL 2")
		id := c.want("+OK 2 ")
		c.say("QUIT")
		c.want("+OK")
		return id
	}
	first, second, third := uidl(), uidl(), uidl()
	if first == second || second != third {
		t.Errorf("unique-ids %q, %q, %q", first, second, third)
	}
}

func TestWithheldCommands(t *testing.T) {
	p := faulty(t, fault.Rule{Stage: fault.Offer, Do: fault.Action{Withhold: []string{"UIDL", "STLS"}}})
	c := p.enter()
	c.want("+OK")
	c.say("CAPA")
	list := ""
	for line := c.line(); line != "."; line = c.line() {
		list += line + " "
	}
	if strings.Contains(list, "UIDL") || !strings.Contains(list, "TOP") {
		t.Errorf("CAPA: %s", list)
	}
	c.say("UIDL")
	c.want("-ERR no such command")
	c.say("TOP 1 0")
	c.want("+OK")
}

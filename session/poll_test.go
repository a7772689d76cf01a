package session

import (
	"errors"
	"testing"
	"time"

	"todoku/embedded-server/fault"
	"todoku/protocols/pop3"
)

func TestPollsBackOff(t *testing.T) {
	p := &polls{}
	busy := &pop3.Error{Verb: "PASS", Code: pop3.CodeInUse}
	for i, step := range []struct {
		delay time.Duration
		err   error
		want  time.Duration
	}{
		{0, nil, 2 * time.Minute},
		{0, busy, 4 * time.Minute},
		{0, busy, 8 * time.Minute},
		{0, busy, 16 * time.Minute},
		{0, busy, 30 * time.Minute},
		{0, busy, 30 * time.Minute},
		{0, errors.New("offline"), 2 * time.Minute},
		{15 * time.Minute, nil, 15 * time.Minute},
		{time.Second, nil, 2 * time.Minute},
	} {
		if p.heard("bob", step.delay, step.err); p.every("bob") != step.want || p.every("alice") != pollEvery {
			t.Errorf("step %d: %v, want %v", i, p.every("bob"), step.want)
		}
	}
}

// TestMaildropInUse is said as what it is, and the server is left alone for longer.
func TestMaildropInUse(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	c.fault(fault.Rule{Stage: fault.Auth, Host: "mail.fuji.test", Do: fault.Action{Reply: "-ERR [IN-USE] another session has it"}})
	_, err := c.Sync(t.Context(), nil, SyncOptions{Account: "bob"})
	explained(t, err, "pop3.in-use", 4, "")
	if c.polls.every("bob") != 2*pollEvery {
		t.Errorf("asks again after %v", c.polls.every("bob"))
	}
	c.healed()
	c.sync("bob", "")
	if c.polls.every("bob") != pollEvery {
		t.Errorf("after success: %v", c.polls.every("bob"))
	}
}

package pop3

import (
	"strings"
	"testing"
)

func TestExpireAndLoginDelay(t *testing.T) {
	tests := []struct {
		line       string
		expire     int
		expireUser bool
		delay      int
		delayUser  bool
	}{
		{line: "EXPIRE 0", expire: 0},
		{line: "EXPIRE NEVER", expire: ExpireNever},
		{line: "expire never user", expire: ExpireNever, expireUser: true},
		{line: "EXPIRE 30 USER", expire: 30, expireUser: true},
		{line: "EXPIRE", expire: ExpireUnsaid},
		{line: "EXPIRE -3", expire: ExpireUnsaid},
		{line: "EXPIRE 99999999999", expire: ExpireUnsaid},
		{line: "LOGIN-DELAY 900", expire: ExpireUnsaid, delay: 900},
		{line: "LOGIN-DELAY 900 USER", expire: ExpireUnsaid, delay: 900, delayUser: true},
		{line: "LOGIN-DELAY soon", expire: ExpireUnsaid},
		{line: "LOGIN-DELAY NEVER", expire: ExpireUnsaid},
	}
	for _, test := range tests {
		c := parseCapa([]string{test.line})
		if c.Expire != test.expire || c.ExpireUser != test.expireUser || c.LoginDelay != test.delay || c.LoginDelayUser != test.delayUser {
			t.Errorf("%s: %+v", test.line, c)
		}
	}
}

// TestWithout: what a client does not know it does not see.
func TestWithout(t *testing.T) {
	all := parseCapa([]string{"TOP", "UIDL", "PIPELINING", "SASL PLAIN"})
	left := all.without([]string{"pipelining", "UIDL"})
	if left.Pipelining || left.UIDL || !left.TOP || !all.Pipelining || !all.UIDL {
		t.Errorf("%+v of %+v", left, all)
	}
	if got := strings.Join(left.Names(), " "); got != "SASL PLAIN TOP" {
		t.Errorf("named %q", got)
	}
}

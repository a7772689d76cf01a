//go:build unix

package main

import (
	"strings"
	"testing"

	"todoku/protocols/interop"
)

// TestCompareAtDovecot compares the mailbox of an account that names IMAP alone: it is looked at and left as it is.
func TestCompareAtDovecot(t *testing.T) {
	foreignServers(t)
	s := interop.Dovecot(t)
	s.Deliver(t, "", letter("compared"))
	p := newProgram(t, s, account{receive: "imap", addr: s.IMAPS, tls: "implicit"})
	out := p.ok("compare", "--script", "read")
	for _, want := range []string{"measured on the account", "measured in the small Internet", "octets fetched, and not marked read",
		"Not seen: your settings name no such server", "Only IMAP answers for"} {
		if !strings.Contains(out, want) {
			t.Errorf("the comparison lacks %q:\n%s", want, out)
		}
	}
	if f := flagsOf(t, s.Maildir, "body of compared"); f != "" {
		t.Errorf("after it Dovecot has the flags %q", f)
	}
}

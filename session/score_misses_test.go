package session

import (
	"slices"
	"testing"

	"todoku/embedded-server/fault"
)

// met are the cases that can show in a trace that sends nothing and reads nothing. Those that say nothing at all take
// most of a minute, and are left out of short runs.
func met() []fault.Case {
	return slices.DeleteFunc(fault.Cases(), func(c fault.Case) bool {
		return c.NeedsMessage() || c.NeedsReading() || c.Warm > 0 || testing.Short() && (c.Rules[0].Do.Silent || c.Rules[0].Do.Drip > 0)
	})
}

// notYet are those that the tracer diagnoses otherwise than the standards have it. One that it learns leaves the list.
func notYet() map[string]bool {
	all := make(map[string]bool)
	for _, id := range []string{
		"imap.garbage", "pop3.garbage", "smtp.blocklisted", "smtp.blocklisted-rcpt", "smtp.disk-full",
		"smtp.fifty-fifty", "smtp.helo-refused", "smtp.local-error", "smtp.mailbox-busy", "smtp.sender-refused", "smtp.spf-failed", "smtp.too-large",
		"submit.auth-later", "submit.no-starttls",
	} {
		all[id] = true
	}
	return all
}

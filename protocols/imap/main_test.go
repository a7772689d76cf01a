package imap

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine of ours outlives its connection. The servers of go-imap, which are the other end in
// these tests, sometimes lock themselves when a connection breaks in the middle of an answer; they are not ours.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/emersion/go-imap/v2/imapserver.(*Conn).serve"))
}

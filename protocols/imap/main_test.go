package imap

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine outlives its connection.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

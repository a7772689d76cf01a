//go:build !unix

package interop

import "testing"

// Hold skips the test: the servers of these tests run on Unix.
func Hold(t testing.TB, _ string) string {
	t.Helper()
	t.Skip("holding an address without listening is done on Unix only")
	return ""
}

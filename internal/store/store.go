// Package store is the local copy: mail, the POP3 ledger, pending changes, outbox, drafts and search, in one SQLite file.
// What a method that writes has confirmed is on the disk (fsync) before it returns.
package store

import "time"

// Options are the store's choices; the zero value is right outside tests.
type Options struct {
	Now func() time.Time // nil means time.Now
}

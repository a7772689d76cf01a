package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
)

// errLocked is what lockFile gives when another holds the lock.
var errLocked = errors.New("locked")

// LockSync makes this the only sync of the account, among all processes that use the store, until unlock. *BusyError
// names the process that has it. The lock is one of the operating system on a file beside the store, so it ends with
// its process, however that ends, and needs no renewal.
func (s *Store) LockSync(ctx context.Context, account string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(s.lockPath(account), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, s.fail("lock the sync of "+account, err)
	}
	if err := lockFile(f); err != nil {
		pid := readPID(f)
		f.Close()
		if errors.Is(err, errLocked) {
			return nil, &BusyError{Account: account, PID: pid}
		}
		return nil, s.fail("lock the sync of "+account, err)
	}
	writePID(f)
	return func() { f.Close() }, nil // closing unlocks
}

// lockPath is named by a hash: an account's name may hold what a file's name may not.
func (s *Store) lockPath(account string) string {
	sum := sha256.Sum256([]byte(account))
	return s.path + ".sync-" + hex.EncodeToString(sum[:6]) + ".lock"
}

// writePID and readPID tell people who has the lock; that it is held does not depend on them.
func writePID(f *os.File) {
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
}

func readPID(f *os.File) int {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return pid
}

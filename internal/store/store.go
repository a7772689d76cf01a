// Package store is the local copy: mail, the POP3 ledger, pending changes, outbox, drafts and search, in one SQLite file.
// What a method that writes has confirmed is on the disk (fsync) before it returns.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"todoku/internal/store/walbuffer"
)

const (
	// busyTimeout is how long a commit waits for another todoku process that is writing.
	busyTimeout = 10 * time.Second
	// writerCache and readerCache bound SQLite's page cache of one connection, in KiB.
	writerCache = 16 << 10
	readerCache = 4 << 10
	maxReaders  = 4
	// walLimit is the size in bytes to which the write-ahead log shrinks after a checkpoint.
	walLimit = 16 << 20
	// checkpointPages is how much of the log, in pages of 4 KiB, is moved into the file at once: 64 MiB. SQLite's own 1000
	// pages would move, and sync, after every few batches of a first sync. What a kill leaves in the log is read again at
	// the next start.
	checkpointPages = 64 << 20 / 4096
)

// Options are the store's choices; the zero value is right outside tests.
type Options struct {
	Now func() time.Time // nil means time.Now
	// Scratch is a file that nobody opens again after a power cut: no write waits for the disk.
	Scratch bool
}

// Store is one open store file. Its methods may be called from several goroutines; several processes may open one file.
type Store struct {
	path    string
	now     func() time.Time
	turn    chan struct{} // holds one token: whoever has it may write
	writing *statements   // over the one writer connection
	writer  *sql.DB
	readers *sql.DB
	reading *statements
	hub     *hub
	closing sync.Once
	closed  chan struct{}
	sync    int // SQLite's synchronous level of what is written
}

// SQLite's synchronous levels (sqlite.org/pragma.html#pragma_synchronous).
const (
	syncOff  = 0
	syncFull = 2
)

// Open opens the store file, making it and its folder (0700, file 0600) when they are missing and bringing an older
// schema up to date after a copy of the file. It does no work that grows with the store.
func Open(path string, o Options) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, &Error{Op: "open", Path: path, Code: CodeIO, Err: err}
	}
	s := &Store{path: path, now: o.Now, turn: make(chan struct{}, 1), closed: make(chan struct{})}
	if s.now == nil {
		s.now = time.Now
	}
	s.sync = syncFull
	if o.Scratch {
		s.sync = syncOff
	}
	if err := s.open(); err != nil {
		s.closePools()
		return nil, s.fail("open", err)
	}
	s.turn <- struct{}{}
	return s, nil
}

func (s *Store) open() error {
	if err := createPrivate(s.path); err != nil {
		return err
	}
	ctx := context.Background()
	name := dsn(s.path, writerCache, fmt.Sprintf("synchronous(%d)", s.sync), "fullfsync(1)",
		"checkpoint_fullfsync(1)", "foreign_keys(1)", fmt.Sprintf("journal_size_limit(%d)", walLimit),
		fmt.Sprintf("wal_autocheckpoint(%d)", checkpointPages))
	if s.sync == syncFull { // it holds writes until they are synced, which nobody does below this
		vfs, err := walbuffer.VFS()
		if err != nil {
			return err
		}
		name += "&vfs=" + vfs
	}
	writer, err := sql.Open("sqlite", name)
	if err != nil {
		return err
	}
	s.writer = writer
	writer.SetMaxOpenConns(1)
	writer.SetConnMaxIdleTime(0)
	conn, err := writer.Conn(ctx)
	if err != nil {
		return err
	}
	s.writing = newStatements(conn)
	if err := s.prepare(ctx, conn); err != nil {
		return err
	}
	s.readers, err = sql.Open("sqlite", dsn(s.path, readerCache, "query_only(1)"))
	if err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(maxReaders)
	s.readers.SetMaxIdleConns(maxReaders)
	s.reading = newStatements(s.readers)
	s.hub = newHub(s)
	return nil
}

// prepare brings the file to WAL and to our schema and then reads back what durability rests on: a pragma that SQLite
// does not take is ignored without an error.
func (s *Store) prepare(ctx context.Context, conn *sql.Conn) error {
	var version, id int
	if err := conn.QueryRowContext(ctx, "SELECT user_version, application_id FROM pragma_user_version, pragma_application_id").Scan(&version, &id); err != nil {
		return err
	}
	if err := checkIdentity(ctx, conn, version, id); err != nil {
		return err
	}
	var mode string
	if err := conn.QueryRowContext(ctx, "PRAGMA journal_mode=WAL").Scan(&mode); err != nil {
		return err
	}
	if err := migrate(ctx, conn, s.path, version, steps()); err != nil {
		return err
	}
	return s.checkDurable(ctx, conn, mode)
}

func (s *Store) checkDurable(ctx context.Context, conn *sql.Conn, mode string) error {
	if !strings.EqualFold(mode, "wal") {
		return fmt.Errorf("the file system does not permit a write-ahead log (journal mode %s); put the store on a local disk", mode)
	}
	want := []struct {
		pragma string
		value  int
	}{{"synchronous", s.sync}, {"foreign_keys", 1}, {"fullfsync", 1}}
	for _, w := range want {
		var got int
		if err := conn.QueryRowContext(ctx, "PRAGMA "+w.pragma).Scan(&got); err != nil {
			return err
		}
		if got != w.value && (w.pragma != "fullfsync" || runtime.GOOS == "darwin") {
			return fmt.Errorf("PRAGMA %s is %d, not %d: writes would not be durable", w.pragma, got, w.value)
		}
	}
	return nil
}

// Close ends subscriptions and closes the file. Unlock what LockSync locked before.
func (s *Store) Close() error {
	var err error
	s.closing.Do(func() {
		close(s.closed)
		s.hub.close()
		<-s.turn // the write in progress ends first
		err = s.closePools()
	})
	if err != nil {
		return s.fail("close", err)
	}
	return nil
}

func (s *Store) closePools() error {
	var errs []error
	if s.readers != nil {
		errs = append(errs, s.reading.close(), s.readers.Close())
	}
	if s.writer != nil {
		if s.writing != nil {
			errs = append(errs, s.writing.close())
		}
		errs = append(errs, s.writer.Close())
	}
	return errors.Join(errs...)
}

// fail makes an *Error of err, unless it is one, a lock held by another, or the caller's own cancellation.
func (s *Store) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	var busy *BusyError
	switch {
	case errors.As(err, &busy), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &e):
		if e.Path == "" {
			e.Op, e.Path = op, s.path
		}
		return e
	case errors.Is(err, sql.ErrNoRows):
		return &Error{Op: op, Path: s.path, Code: CodeNotFound}
	}
	return &Error{Op: op, Path: s.path, Code: codeOf(err), Err: err}
}

// refuse is our own refusal; fail adds operation and path.
func refuse(code Code, format string, args ...any) error {
	return &Error{Code: code, Hint: fmt.Sprintf(format, args...)}
}

// createPrivate makes an empty file that only its owner can read; SQLite gives -wal and -shm the same mode.
func createPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			return refuse(CodeInput, "the path of the store is a folder")
		}
		return err
	}
	return f.Close()
}

// dsn is a SQLite URI (sqlite.org/uri.html) with pragmas for every connection.
func dsn(path string, cacheKiB int, pragmas ...string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/Users becomes file:///C:/Users
	}
	q := url.Values{}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()))
	q.Add("_pragma", fmt.Sprintf("cache_size(-%d)", cacheKiB))
	q.Add("_pragma", "temp_store(2)")
	for _, pragma := range pragmas {
		q.Add("_pragma", pragma)
	}
	q.Set("_dqs", "0")
	return "file://" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(p) + "?" + q.Encode()
}

// exists reports whether a file is there; any doubt counts as yes.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

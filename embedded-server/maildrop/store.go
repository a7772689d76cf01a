// Package maildrop holds the sandbox's mailboxes: users, folders, messages and the mail queue in one SQLite file.
// A change is on the disk when the call that made it returns; concurrent callers share one fsync (group commit).
package maildrop

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", in pure Go

	"todoku/internal/mail"
)

// What a store refuses. Errors of this package wrap one of these or come from SQLite.
var (
	ErrNoUser      = errors.New("no such user here")
	ErrNoFolder    = errors.New("no such folder")
	ErrFolderExist = errors.New("the folder exists already")
	ErrFolderName  = errors.New("not a folder name: use 1 to 250 bytes of UTF-8, no control characters, no empty level")
	ErrInbox       = errors.New("INBOX cannot be deleted")
	ErrOverQuota   = errors.New("the mailbox is full")
	ErrBareNewline = errors.New("a bare CR or LF is in the message: end every line with CR LF")
	ErrNoMessage   = errors.New("no such message")
	ErrClosed      = errors.New("the store is closed")
)

// Options says how a store is kept.
type Options struct {
	// Durability is "full" (on the disk before a call returns; the default), "batch" (a power cut may lose the last
	// seconds, never the file) or "none".
	Durability string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// User is one mailbox owner. Password is plain, because APOP (RFC 1939) and CRAM-MD5 (RFC 2195) need it so.
type User struct {
	Address  string // local@domain, lower case
	Password string
	Quota    int64 // octets of all folders together; 0 means no limit
}

// Usage is how full a mailbox is.
type Usage struct {
	Messages int
	Bytes    int64
	Quota    int64 // 0 means no limit
}

// Delivery is one message for one mailbox.
type Delivery struct {
	Mailbox  string     // the user's address
	Folder   string     // "" means INBOX
	Flags    mail.Flags //
	Keywords []string   // IMAP keywords that mail.Flags does not know
	Received time.Time  // IMAP's INTERNALDATE; zero means now
	Data     []byte     // RFC 5322, every line ended by CR LF; not changed and not kept after the call
}

// QueueItem is one message on its way to one recipient.
type QueueItem struct {
	ID             string
	Host           string // the host whose queue it is in
	From, To       string // envelope addresses; From is empty for a bounce
	Data           []byte
	Accepted, Next time.Time
	Attempts       int
	Last           string // the last reply, as it came
}

// Batch is what one transaction changes.
type Batch struct {
	Deliver []Delivery
	Queue   []QueueItem // stored; an item with the id of an older one replaces it
	Done    []string    // queue ids that are finished
}

// Folder is one folder of a user, with its counts.
type Folder struct {
	ID          int64 // stable while the folder exists, also when it is renamed
	Name        string
	Role        mail.Role
	UIDValidity uint32
	UIDNext     uint32
	Total       int
	Unseen      int
	Bytes       int64
	ModSeq      uint64 // grows with every change in the folder
	Subscribed  bool
}

// Message is one row of a folder.
type Message struct {
	UID      uint32
	Flags    mail.Flags
	Keywords string // separated by spaces
	Size     int64  // octets
	Tail     int    // 2 if the last line lacks the CR LF that POP3 must send, else 0
	Received time.Time
	ModSeq   uint64
}

// Store is an open store. Its methods are safe for concurrent use.
type Store struct {
	now   func() time.Time
	sync  string // SQLite's synchronous level
	write *sql.DB
	read  *sql.DB
	conn  *sql.Conn // the writer's only connection
	data  *sql.Stmt // reads one message; SQL is compiled once, because POP3 asks for thousands
	rows  *sql.Stmt

	jobs   chan *job
	ended  chan struct{}
	closed chan struct{}
	once   sync.Once

	mu       sync.RWMutex
	users    map[string]User
	logs     map[int64]*changeLog
	watchers map[string]map[*watcher]struct{}
}

// Open opens or creates the store in the file at path.
func Open(path string, o Options) (*Store, error) {
	if strings.Contains(path, "?") {
		return nil, fmt.Errorf("maildrop: %q: choose a path without a question mark", path)
	}
	sync, err := synchronous(o.Durability)
	if err != nil {
		return nil, err
	}
	s := &Store{
		now: o.Now, jobs: make(chan *job, maxJobs), ended: make(chan struct{}), closed: make(chan struct{}),
		users: map[string]User{}, logs: map[int64]*changeLog{}, watchers: map[string]map[*watcher]struct{}{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.sync = sync
	if err := s.open(path, sync); err != nil {
		s.closeFiles()
		return nil, fmt.Errorf("maildrop: %s: %w", path, err)
	}
	return s, nil
}

func (s *Store) open(path, sync string) error {
	const common = "?_pragma=busy_timeout(5000)&_pragma=fullfsync(1)&_pragma=checkpoint_fullfsync(1)"
	ctx := context.Background()
	fresh := isFresh(path)
	first := sync
	if fresh {
		first = "OFF" // what creates the file is synced once, at its end
	}
	err := createPrivate(path)
	if err != nil {
		return err
	}
	if s.write, err = sql.Open("sqlite", path+common); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if s.conn, err = s.write.Conn(ctx); err != nil {
		return err
	}
	// One by one and in this order, which the driver does not keep for pragmas in the name.
	_, err = s.conn.ExecContext(ctx, "PRAGMA synchronous = "+first+
		"; PRAGMA journal_mode = WAL; PRAGMA cache_size = -16000"+
		// 64 MiB: a commit that meets a checkpoint waits for all of it.
		"; PRAGMA wal_autocheckpoint = 16000")
	if err != nil {
		return err
	}
	if err := migrate(ctx, s.conn); err != nil {
		return err
	}
	if fresh {
		if err := s.settle(ctx, path, sync); err != nil {
			return err
		}
	}
	if err := s.checkDurability(ctx, sync); err != nil {
		return err
	}
	if err := s.loadUsers(ctx); err != nil {
		return err
	}
	if err := s.openReader(ctx, path+common); err != nil {
		return err
	}
	w, err := newWriter(ctx, s)
	if err != nil {
		return err
	}
	go w.run()
	return nil
}

func (s *Store) openReader(ctx context.Context, name string) (err error) {
	if s.read, err = sql.Open("sqlite", name+"&_pragma=query_only(1)&_pragma=cache_size(-8000)"); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	if s.data, err = s.read.PrepareContext(ctx, dataQuery); err != nil {
		return err
	}
	s.rows, err = s.read.PrepareContext(ctx, rowsQuery)
	return err
}

// readers is how many reads may run at once.
const readers = 4

// createPrivate makes a file that only its owner can read, for it will hold passwords and mail; SQLite gives its side
// files the same mode.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func isFresh(path string) bool {
	info, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist) || (err == nil && info.Size() == 0)
}

// settle puts a store that was just created on the disk, with one sync of the file and one of its folder where
// SQLite would take nine: a sandbox must start in a blink.
func (s *Store) settle(ctx context.Context, path, sync string) error {
	if _, err := s.conn.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return err
	}
	if sync != "OFF" {
		if err := syncFile(path, os.O_RDWR); err != nil {
			return err
		}
		// Windows cannot sync a folder, and needs not.
		if err := syncFile(filepath.Dir(path), os.O_RDONLY); err != nil && runtime.GOOS != "windows" {
			return err
		}
	}
	_, err := s.conn.ExecContext(ctx, "PRAGMA synchronous = "+sync)
	return err
}

func syncFile(path string, flag int) error {
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func synchronous(durability string) (string, error) {
	switch durability {
	case "", "full":
		return "FULL", nil
	case "batch":
		return "NORMAL", nil
	case "none":
		return "OFF", nil
	}
	return "", fmt.Errorf("maildrop: durability %q: use full, batch or none", durability)
}

// Durability is what Options asked for and the file gives: "full", "batch" or "none".
func (s *Store) Durability() string {
	switch s.sync {
	case "FULL":
		return "full"
	case "NORMAL":
		return "batch"
	}
	return "none"
}

// checkDurability asks SQLite what it will really do: a pragma that it does not take is passed over in silence.
func (s *Store) checkDurability(ctx context.Context, want string) error {
	var mode string
	var level int
	if err := s.conn.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return err
	}
	if err := s.conn.QueryRowContext(ctx, "PRAGMA synchronous").Scan(&level); err != nil {
		return err
	}
	if levels := [...]string{"OFF", "NORMAL", "FULL"}; mode != "wal" || level >= len(levels) || levels[level] != want {
		return fmt.Errorf("the file system does not allow a durable store (journal %s, synchronous %d): choose another folder", mode, level)
	}
	return nil
}

// Close waits for the changes under way and closes the file. Later calls return ErrClosed.
func (s *Store) Close() error {
	s.once.Do(func() { close(s.closed) })
	<-s.ended
	return s.closeFiles()
}

func (s *Store) closeFiles() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	return errors.Join(errs...)
}

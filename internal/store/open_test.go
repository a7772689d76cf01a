package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"todoku/internal/mail"
)

func openFails(t *testing.T, path string, code Code) {
	t.Helper()
	s, err := Open(path, Options{})
	if err == nil {
		s.Close()
	}
	wantCode(t, err, code)
	if !strings.Contains(err.Error(), path) {
		t.Fatalf("%q does not name the file", err)
	}
}

func TestOpenIsPrivateAndDurable(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "a", "b?c#d%20 é", "todoku.db")
	s := openAt(t, path, &clock{epoch})
	ok(t, s.PutFolders(ctx, "sakura", []mail.Folder{serverFolder("INBOX", mail.RoleInbox)}))
	for _, name := range []string{path, path + "-wal", path + "-shm", filepath.Dir(path)} {
		info, err := os.Stat(name)
		ok(t, err)
		if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "fullfsync": "1", "checkpoint_fullfsync": "1",
		"foreign_keys": "1", "busy_timeout": "10000", "application_id": "1952739179", "user_version": fmt.Sprint(len(steps()))} {
		var got string
		ok(t, s.write(ctx, "ask", func(t *tx) error { return t.row("PRAGMA " + pragma).Scan(&got) }))
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
	if err := s.row(ctx, "INSERT INTO meta VALUES ('x', 1) RETURNING value").Scan(new(int)); err == nil {
		t.Error("a reader connection can write")
	}
}

// TestScratchWaitsForNoDisk: a store that nobody opens again after a power cut leaves its writes to the system.
func TestScratchWaitsForNoDisk(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "scratch.db"), Options{Scratch: true})
	ok(t, err)
	defer s.Close()
	var level int
	ok(t, s.write(t.Context(), "ask", func(t *tx) error { return t.row("PRAGMA synchronous").Scan(&level) }))
	if level != syncOff {
		t.Errorf("synchronous is %d", level)
	}
	for i := range 50 { // readers see what was written, though nothing was synced
		name := fmt.Sprintf("folder %d", i)
		ok(t, s.PutFolders(t.Context(), "sakura", []mail.Folder{serverFolder(name, mail.RoleNone)}))
		if _, err := s.Folder(t.Context(), "sakura", name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		ok(t, os.WriteFile(path, data, mode))
		return path
	}
	openFails(t, write("text", []byte(strings.Repeat("this is not a database ", 100)), 0o600), CodeCorrupt)
	openFails(t, dir, CodeInput)
	if os.Getuid() != 0 && runtime.GOOS != "windows" {
		openFails(t, write("mode", nil, 0o400), CodeReadOnly)
	}

	path := filepath.Join(dir, "todoku.db")
	s := openAt(t, path, &clock{epoch})
	ok(t, s.write(context.Background(), "age", func(t *tx) error { return t.exec("PRAGMA user_version=99") }))
	ok(t, s.Close())
	openFails(t, path, CodeNewer)

	other := filepath.Join(dir, "other.db")
	s = openAt(t, other, &clock{epoch})
	ok(t, s.write(context.Background(), "alter", func(t *tx) error { return t.exec("PRAGMA application_id=1") }))
	ok(t, s.Close())
	openFails(t, other, CodeCorrupt)
}

func TestDamagedStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "todoku.db")
	s := openAt(t, path, &clock{epoch})
	f := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	must(s.PutMessages(context.Background(), f.ID, many(2000)))(t)
	ok(t, s.Close())
	data, err := os.ReadFile(path)
	ok(t, err)
	for i := 4096 * 2; i < len(data); i++ {
		data[i] ^= 0xa5
	}
	ok(t, os.WriteFile(path, data, 0o600))
	s, err = Open(path, Options{})
	if err == nil {
		_, err = s.Page(context.Background(), f.ID, 0, 10)
		s.Close()
	}
	wantCode(t, err, CodeCorrupt)
}

// A full disk is told apart, loses nothing and leaves the store usable.
func TestFullDisk(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	f := account(t, s, "fuji", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	ok(t, s.PutFetched(ctx, "fuji", f.ID, fetched(1, 2)))
	var pages int
	ok(t, s.write(ctx, "limit", func(t *tx) error { return t.row("PRAGMA page_count").Scan(&pages) }))
	limit := func(n int) {
		ok(t, s.write(ctx, "limit", func(t *tx) error { return t.row(fmt.Sprintf("PRAGMA max_page_count = %d", n)).Scan(new(int)) }))
	}
	limit(pages + 2)
	big := fetched(3, 3)
	big[0].Raw = make([]byte, 1<<20)
	wantCode(t, s.PutFetched(ctx, "fuji", f.ID, big), CodeFull)
	ledger := must(s.Ledger(ctx, "fuji"))(t)
	equal(t, slices.Sorted(maps.Keys(ledger)), []string{"uidl-1", "uidl-2"})
	equal(t, must(s.Folder(ctx, "fuji", "INBOX"))(t).Rows, 2)
	limit(1 << 20)
	ok(t, s.PutFetched(ctx, "fuji", f.ID, big))
}

func TestMigrations(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "todoku.db")
	s := openAt(t, path, &clock{epoch})
	ok(t, s.PutFolders(ctx, "sakura", []mail.Folder{serverFolder("INBOX", mail.RoleInbox)}))
	conn, err := s.readers.Conn(ctx)
	ok(t, err)
	defer conn.Close()
	for _, pragma := range []string{"query_only(0)"} {
		_, err := conn.ExecContext(ctx, "PRAGMA "+pragma)
		ok(t, err)
	}
	now := len(steps())
	future := append(steps(), "ALTER TABLE folders ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'", "CREATE TABLE broken (x); DROP TABLE none")
	if err := migrate(ctx, conn, path, now, future); err == nil || !strings.Contains(err.Error(), fmt.Sprint("migration from version ", now+1)) {
		t.Fatalf("a broken step gave %v", err)
	}
	var version, broken int
	var colour string
	ok(t, conn.QueryRowContext(ctx, "SELECT user_version, (SELECT count(*) FROM sqlite_schema WHERE name = 'broken') FROM pragma_user_version").Scan(&version, &broken))
	ok(t, conn.QueryRowContext(ctx, "SELECT colour FROM folders").Scan(&colour))
	equal(t, []any{version, broken, colour}, []any{now + 1, 0, "red"}) // the step before holds, the broken one left nothing

	ok(t, migrate(ctx, conn, path, now, future[:now+1])) // another process was faster
	ok(t, conn.Close())
	ok(t, s.Close())
	backup := func(version int) string { return fmt.Sprintf("%s.v%d.bak", path, version) }
	for _, name := range []string{backup(now), backup(now + 1)} {
		info, err := os.Stat(name)
		ok(t, err)
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	openFails(t, path, CodeNewer)
	old := openAt(t, backup(now), &clock{epoch})
	equal(t, len(must(old.Folders(ctx, "sakura"))(t)), 1)
}

// A store of version 1 counted new rows by a trigger, which would count them twice now.
func TestCountsAfterMigration(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "todoku.db")
	db, err := sql.Open("sqlite", dsn(path, writerCache))
	ok(t, err)
	conn, err := db.Conn(ctx)
	ok(t, err)
	ok(t, migrate(ctx, conn, path, 0, steps()[:1]))
	ok(t, conn.Close())
	ok(t, db.Close())
	s := openAt(t, path, &clock{epoch})
	f := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	must(s.PutMessages(ctx, f.ID, messages(1, 3)))(t)
	equal(t, must(s.Folder(ctx, "sakura", "INBOX"))(t).Rows, 3)
}

func TestTwoProcessesOneStore(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "todoku.db")
	a, b := openAt(t, path, &clock{epoch}), openAt(t, path, &clock{epoch})
	f := account(t, a, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	errs := make(chan error, 2)
	for i, s := range []*Store{a, b} {
		go func() {
			for n := range 50 {
				if _, err := s.PutMessages(ctx, f.ID, messages(i*100+n, i*100+n)); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range 2 {
		ok(t, <-errs)
	}
	equal(t, must(b.Folder(ctx, "sakura", "INBOX"))(t).Rows, 100)
	equal(t, len(must(a.Keys(ctx, f.ID))(t)), 100)
}

func TestWriterWaitsAndCanBeCancelled(t *testing.T) {
	s := openTest(t)
	held, release := make(chan struct{}), make(chan struct{})
	done := make(chan error)
	go func() {
		done <- s.write(context.Background(), "hold", func(*tx) error { close(held); <-release; return nil })
	}()
	<-held
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.PutDraft(ctx, Draft{Account: "sakura"}, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	close(release)
	ok(t, <-done)
	equal(t, len(must(s.Drafts(context.Background(), ""))(t)), 0)
}

func TestCancelledPutLeavesNoHalfChunk(t *testing.T) {
	s := openTest(t)
	f := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	ctx := &cancelAfter{Context: context.Background(), left: 300}
	if _, err := s.PutMessages(ctx, f.ID, messages(1, 500)); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	equal(t, must(s.Folder(context.Background(), "sakura", "INBOX"))(t).Rows, 0)
}

// cancelAfter says that it was cancelled after its error was asked for often enough.
type cancelAfter struct {
	context.Context
	left int
}

func (c *cancelAfter) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

func TestLockSync(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "todoku.db")
	a, b := openAt(t, path, &clock{epoch}), openAt(t, path, &clock{epoch})
	unlock, err := a.LockSync(ctx, "sakura/../x")
	ok(t, err)
	for _, s := range []*Store{a, b} {
		_, err := s.LockSync(ctx, "sakura/../x")
		var busy *BusyError
		if !errors.As(err, &busy) || busy.PID != os.Getpid() {
			t.Fatalf("got %v", err)
		}
	}
	other, err := b.LockSync(ctx, "fuji")
	ok(t, err)
	other()
	unlock()
	again, err := b.LockSync(ctx, "sakura/../x")
	ok(t, err)
	again()
}

// next waits for a notice; the deadline only ends a test that would hang.
func next(t *testing.T, changes <-chan Change) Change {
	t.Helper()
	select {
	case c := <-changes:
		return c
	case <-time.After(20 * time.Second):
		t.Fatal("no notice came")
		return Change{}
	}
}

func TestChangesOfThisAndAnotherProcess(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "todoku.db")
	a, b := openAt(t, path, &clock{epoch}), openAt(t, path, &clock{epoch})
	f := account(t, a, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	changes, stop := a.Subscribe()
	for _, s := range []*Store{a, b} {
		must(s.PutMessages(ctx, f.ID, messages(1, 3)))(t)
		if s == a {
			equal(t, next(t, changes), Change{Account: "sakura", Folder: "INBOX"})
		}
		must(s.PutDraft(ctx, Draft{Account: "sakura"}, nil))(t) // b's messages were known: no notice of them
		equal(t, next(t, changes), Change{Account: "sakura", Drafts: true})
		must(s.Enqueue(ctx, entry(1), 0))(t)
		equal(t, next(t, changes), Change{Account: "sakura", Outbox: true})
		ok(t, s.PutFolders(ctx, "fuji", []mail.Folder{serverFolder("INBOX", ""), serverFolder("x", "")}[:1+len(must(s.Folders(ctx, "fuji"))(t))]))
		got := map[Change]bool{next(t, changes): true, next(t, changes): true}
		if !got[Change{Account: "fuji"}] {
			t.Fatalf("the new folder is not told: %v", got)
		}
	}
	stop()
	if _, open := <-changes; open {
		t.Fatal("a notice after stop")
	}
	stop()
}

func TestSlowSubscriberMergesNotices(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	f := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	changes, stop := s.Subscribe()
	defer stop()
	for n := range 100 {
		must(s.PutMessages(ctx, f.ID, messages(n, n)))(t)
	}
	must(s.PutDraft(ctx, Draft{Account: "sakura"}, nil))(t)
	seen := 0
	for next(t, changes) != (Change{Account: "sakura", Drafts: true}) {
		seen++
	}
	if seen == 0 || seen > 50 {
		t.Fatalf("%d notices of one folder", seen)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s, err := Open(filepath.Join(t.TempDir(), "todoku.db"), Options{})
	ok(t, err)
	_, stop := s.Subscribe()
	changes, _ := s.Subscribe()
	_ = changes
	stop()
	ok(t, s.Close())
	ok(t, s.Close())
	if _, open := <-changes; open {
		t.Fatal("a notice after Close")
	}
	_, err = s.Drafts(context.Background(), "")
	if err == nil {
		t.Fatal("a closed store answered")
	}
	if _, err := s.PutDraft(context.Background(), Draft{}, nil); err == nil {
		t.Fatal("a closed store wrote")
	}
}

// A fault of the hub's own goroutines comes out in stop, whose goroutine belongs to somebody who restores the terminal.
func TestFaultOfTheHubGoesOnInStop(t *testing.T) {
	s := openTest(t)
	changes, stop := s.Subscribe()
	s.hub.run(t.Context(), nil, make(chan struct{})) // without a look-out it panics at its first look
	for range changes {
		t.Error("a change after the fault")
	}
	defer func() {
		if p := fmt.Sprint(recover()); !strings.Contains(p, "nil pointer") || !strings.Contains(p, "changes.go") {
			t.Errorf("stop panicked with %v", p)
		}
	}()
	stop()
}

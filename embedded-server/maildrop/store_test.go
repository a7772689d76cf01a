package maildrop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"todoku/internal/mail"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 23, 9, 41, 0, 0, time.FixedZone("", 9*3600))

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(path, Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func withAlice(t testing.TB) *Store {
	t.Helper()
	s := open(t, filepath.Join(t.TempDir(), "mail.db"))
	if err := s.AddUser(context.Background(), User{Address: "Alice@Sakura.test", Password: "cherry"}); err != nil {
		t.Fatal(err)
	}
	return s
}

func message(subject string) []byte {
	return []byte("From: bob@fuji.test\r\nTo: alice@sakura.test\r\nSubject: " + subject + "\r\nMessage-ID: <" + subject + "@fuji.test>\r\n\r\nHello.\r\n")
}

func deliver(t testing.TB, s *Store, subjects ...string) Folder {
	t.Helper()
	var b Batch
	for _, subject := range subjects {
		b.Deliver = append(b.Deliver, Delivery{Mailbox: "alice@sakura.test", Data: message(subject)})
	}
	if err := s.Commit(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	return inbox(t, s)
}

func inbox(t testing.TB, s *Store) Folder {
	t.Helper()
	f, err := s.Folder(context.Background(), "alice@sakura.test", "inbox")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestCommitDeliversWithUIDsAndCounts(t *testing.T) {
	s := withAlice(t)
	f := deliver(t, s, "one", "two")
	if f.UIDNext != 3 || f.Total != 2 || f.Unseen != 2 || f.Role != mail.RoleInbox || f.UIDValidity == 0 {
		t.Errorf("folder: %+v", f)
	}
	_, list, err := s.Open(context.Background(), f.ID)
	if err != nil || len(list) != 2 || list[0].UID != 1 || list[1].UID != 2 {
		t.Fatalf("messages: %+v, %v", list, err)
	}
	if !list[0].Received.Equal(now) || list[0].Size != int64(len(message("one"))) {
		t.Errorf("first message: %+v", list[0])
	}
	data, err := s.Data(context.Background(), f.ID, 2)
	if err != nil || !bytes.Equal(data, message("two")) {
		t.Errorf("data %q, %v", data, err)
	}
	found, err := s.Find(context.Background(), "two@fuji.test")
	if diff := cmp.Diff([]Found{{"alice@sakura.test", "INBOX", 2}}, found); diff != "" || err != nil {
		t.Errorf("find: %s %v", diff, err)
	}
}

func TestCommitIsAllOrNothing(t *testing.T) {
	s := withAlice(t)
	ctx := context.Background()
	q := QueueItem{ID: "q1", Host: "mail.sakura.test", From: "a@sakura.test", To: "b@fuji.test", Data: []byte("x"), Accepted: now, Next: now}
	for name, b := range map[string]struct {
		d    Delivery
		want error
	}{
		"user":    {Delivery{Mailbox: "nobody@sakura.test", Data: message("x")}, ErrNoUser},
		"folder":  {Delivery{Mailbox: "alice@sakura.test", Folder: "Nowhere", Data: message("x")}, ErrNoFolder},
		"bare LF": {Delivery{Mailbox: "alice@sakura.test", Data: []byte("a: b\r\n\r\nx\n.\nz\r\n")}, ErrBareNewline},
		"bare CR": {Delivery{Mailbox: "alice@sakura.test", Data: []byte("a: b\r\n\r\nx\r.\rz\r\n")}, ErrBareNewline},
	} {
		good := Delivery{Mailbox: "alice@sakura.test", Data: message("good")}
		err := s.Commit(ctx, Batch{Deliver: []Delivery{good, b.d}, Queue: []QueueItem{q}})
		if !errors.Is(err, b.want) {
			t.Errorf("%s: error %v, want %v", name, err, b.want)
		}
	}
	if f := inbox(t, s); f.Total != 0 {
		t.Errorf("refused batches left %d messages", f.Total)
	}
	if list, err := s.Queue(ctx, "mail.sakura.test"); err != nil || len(list) != 0 {
		t.Errorf("refused batches left the queue %v, %v", list, err)
	}
}

func TestQueueRoundTrip(t *testing.T) {
	s := withAlice(t)
	ctx := context.Background()
	at := now.UTC()
	q := QueueItem{ID: "7F3A2", Host: "mail.sakura.test", From: "alice@sakura.test", To: "bob@fuji.test", Data: []byte("data"), Accepted: at, Next: at}
	if err := s.Commit(ctx, Batch{Queue: []QueueItem{q}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Requeue(ctx, q.ID, at.Add(time.Minute), 1, "451 4.7.1 later"); err != nil {
		t.Fatal(err)
	}
	q.Next, q.Attempts, q.Last = at.Add(time.Minute), 1, "451 4.7.1 later"
	list, err := s.Queue(ctx, q.Host)
	if diff := cmp.Diff([]QueueItem{q}, list); diff != "" || err != nil {
		t.Errorf("queue: %s %v", diff, err)
	}
	if err := s.Commit(ctx, Batch{Done: []string{q.ID}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Requeue(ctx, q.ID, at, 2, ""); !errors.Is(err, ErrNoMessage) {
		t.Errorf("requeue of a finished item: %v", err)
	}
}

func TestFiftyCallersShareCommits(t *testing.T) {
	s := withAlice(t)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for j := range 10 {
				d := Delivery{Mailbox: "alice@sakura.test", Data: message(fmt.Sprintf("m%d-%d", i, j))}
				if err := s.Commit(context.Background(), Batch{Deliver: []Delivery{d}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	f := inbox(t, s)
	_, list, err := s.Open(context.Background(), f.ID)
	if err != nil || len(list) != 500 || f.Total != 500 || f.UIDNext != 501 {
		t.Errorf("%d messages, folder %+v, %v", len(list), f, err)
	}
}

func TestReopenKeepsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.db")
	s := open(t, path)
	ctx := context.Background()
	if err := s.AddUser(ctx, User{Address: "alice@sakura.test", Password: "cherry", Quota: 5000}); err != nil {
		t.Fatal(err)
	}
	before := deliver(t, s, "one")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(ctx, Batch{}); !errors.Is(err, ErrClosed) {
		t.Errorf("commit after close: %v", err)
	}
	s = open(t, path)
	if u, ok := s.User("ALICE@sakura.test"); !ok || u.Password != "cherry" || u.Quota != 5000 {
		t.Errorf("user: %+v", u)
	}
	if diff := cmp.Diff(before, inbox(t, s)); diff != "" {
		t.Error(diff)
	}
	if f := deliver(t, s, "two"); f.UIDNext != 3 {
		t.Errorf("uid_next %d after reopening, want 3", f.UIDNext)
	}
}

func TestNobodyElseReadsTheStore(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	path := filepath.Join(t.TempDir(), "mail.db")
	open(t, path)
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", f, info.Mode(), err)
		}
	}
}

func TestOpenSaysWhatItGives(t *testing.T) {
	for asked, want := range map[string]string{"": "full", "full": "full", "batch": "batch", "none": "none"} {
		path := filepath.Join(t.TempDir(), "mail.db")
		for _, what := range []string{"new", "existing"} {
			s, err := Open(path, Options{Durability: asked})
			if err != nil {
				t.Fatal(err)
			}
			var level int
			if err := s.conn.QueryRowContext(context.Background(), "PRAGMA synchronous").Scan(&level); err != nil {
				t.Fatal(err)
			}
			if s.Durability() != want || level != map[string]int{"full": 2, "batch": 1, "none": 0}[want] {
				t.Errorf("%s store, asked %q: %s, synchronous %d", what, asked, s.Durability(), level)
			}
			s.Close()
		}
	}
	for name, open := range map[string]func(dir string) error{
		"durability": func(dir string) error {
			_, err := Open(filepath.Join(dir, "a"), Options{Durability: "most"})
			return err
		},
		"path":      func(dir string) error { _, err := Open(filepath.Join(dir, "a?b"), Options{}); return err },
		"no folder": func(dir string) error { _, err := Open(filepath.Join(dir, "no", "a"), Options{}); return err },
		"not a store": func(dir string) error {
			path := filepath.Join(dir, "a")
			if err := os.WriteFile(path, bytes.Repeat([]byte("no database\n"), 1000), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path, Options{})
			return err
		},
	} {
		if err := open(t.TempDir()); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A change that panics is an error of who asked for it; nothing of it stays, and the store goes on.
func TestAChangeThatPanics(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "mail.db"))
	err := s.do(t.Context(), func(w *writer) error {
		if err := w.exec("CREATE TABLE half (x)"); err != nil {
			t.Error(err)
		}
		panic("odd")
	})
	if err == nil || !strings.Contains(err.Error(), "odd") {
		t.Errorf("got %v", err)
	}
	if err := s.do(t.Context(), func(w *writer) error { return w.exec("CREATE TABLE half (x)") }); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

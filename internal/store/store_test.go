package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todoku/internal/mail"
)

var epoch = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func openTest(t testing.TB) *Store {
	t.Helper()
	s, _ := openClock(t)
	return s
}

func openClock(t testing.TB) (*Store, *clock) {
	t.Helper()
	c := &clock{epoch}
	return openAt(t, filepath.Join(t.TempDir(), "mail", "todoku.db"), c), c
}

func openAt(t testing.TB, path string, c *clock) *Store {
	t.Helper()
	s, err := Open(path, Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t testing.TB, err error, code Code) {
	t.Helper()
	if !IsCode(err, code) {
		t.Fatalf("got error %v, want code %s", err, code)
	}
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("(-want +got)\n%s", d)
	}
}

// account makes folders: names with a role or "local" after a colon.
func account(t testing.TB, s *Store, name string, folders ...mail.Folder) map[string]Folder {
	t.Helper()
	ok(t, s.PutFolders(context.Background(), name, folders))
	byName := map[string]Folder{}
	for _, f := range must(s.Folders(context.Background(), name))(t) {
		byName[f.Name] = f
	}
	return byName
}

func serverFolder(name string, role mail.Role) mail.Folder {
	return mail.Folder{Name: name, Role: role, Delimiter: "/", Total: -1, Unread: -1}
}

func localFolder(name string, role mail.Role) mail.Folder {
	f := serverFolder(name, role)
	f.Local = true
	return f
}

// message n arrives n minutes after epoch.
func message(n int) mail.Message {
	at := epoch.Add(time.Duration(n) * time.Minute)
	return mail.Message{
		ID: mail.ID(fmt.Sprint(n)), Size: int64(1000 + n), Received: at,
		Envelope: mail.Envelope{
			Subject: fmt.Sprintf("第%d回 会議の議事録", n), Date: at.In(time.FixedZone("", 9*3600)), MessageID: fmt.Sprintf("m%d@fuji.test", n),
			From: []mail.Address{{Name: "田中 花子", Addr: "hanako@tsuru.test"}},
			To:   []mail.Address{{Name: "Alice", Addr: "alice@sakura.test"}},
		},
	}
}

func messages(from, to int) []mail.Message {
	var ms []mail.Message
	for n := from; n <= to; n++ {
		ms = append(ms, message(n))
	}
	return ms
}

func ids(ms []Message) []string {
	var list []string
	for _, m := range ms {
		list = append(list, string(m.ID))
	}
	return list
}

func TestListNewestFirst(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	inbox := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox))["INBOX"]
	equal(t, must(s.PutMessages(ctx, inbox.ID, messages(3, 5)))(t), 3)
	equal(t, must(s.PutMessages(ctx, inbox.ID, messages(1, 3)))(t), 2)

	page := must(s.Page(ctx, inbox.ID, 1, 3))(t)
	equal(t, ids(page), []string{"4", "3", "2"})
	equal(t, page[0].Message, message(4))
	keys := must(s.Keys(ctx, inbox.ID))(t)
	rows := must(s.Rows(ctx, append([]int64{keys[4], 77}, keys[:2]...)))(t)
	equal(t, ids(rows), []string{"1", "5", "4"})
	equal(t, must(s.Message(ctx, keys[1]))(t), page[0])
	f := must(s.Folder(ctx, "sakura", "INBOX"))(t)
	equal(t, []int{f.Total, f.Unread, f.Rows}, []int{5, 5, 5})
	_, err := s.Message(ctx, 77)
	wantCode(t, err, CodeNotFound)
}

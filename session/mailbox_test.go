package session

import (
	"bytes"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"todoku/embedded-server/fault"
	"todoku/internal/mail"
	"todoku/internal/store"
)

// TestBothProtocolsSeeOneMailbox syncs alice's mailbox by IMAP and, as her twin, by POP3.
func TestBothProtocolsSeeOneMailbox(t *testing.T) {
	box := smallWorld(t, true)
	c := newClient(t, box)
	twin := "alice by pop3"
	byIMAP, byPOP3 := c.sync("alice", ""), c.sync(twin, "")
	if byIMAP.New == 0 || byIMAP.New != byPOP3.New || byIMAP.Total != byIMAP.New {
		t.Fatalf("IMAP %+v, POP3 %+v", byIMAP, byPOP3)
	}
	a, b := c.list("alice", ""), c.list(twin, "")
	if len(a) != byIMAP.New || len(b) != len(a) {
		t.Fatalf("%d rows by IMAP, %d by POP3", len(a), len(b))
	}
	subjects := func(rows []Row) []string {
		var all []string
		for _, r := range rows {
			all = append(all, r.Envelope.Subject)
		}
		slices.Sort(all)
		return all
	}
	if x, y := subjects(a), subjects(b); !slices.Equal(x, y) {
		t.Errorf("subjects by IMAP %q\nby POP3 %q", x, y)
	}
	for _, r := range b {
		if !r.Stored {
			t.Fatalf("%q came by POP3 and is not stored", r.Envelope.Subject)
		}
	}
	if again := c.sync("alice", ""); again.New+again.Changed+again.Removed != 0 {
		t.Errorf("the second IMAP sync says %+v", again)
	}
	if again := c.sync(twin, ""); again.New+again.Changed+again.Removed != 0 {
		t.Errorf("the second POP3 sync says %+v", again)
	}
	first, _ := c.Read(t.Context(), nil, ReadOptions{Key: a[0].Key, Peek: true})
	for _, r := range b {
		if r.Envelope.MessageID == a[0].Envelope.MessageID {
			if second, err := c.Read(t.Context(), nil, ReadOptions{Key: r.Key, Peek: true}); err != nil || second.Text != first.Text {
				t.Errorf("%q and %q: %v", first.Text, second.Text, err)
			}
		}
	}
	folders, err := c.Folders(t.Context(), nil, FoldersOptions{Account: "alice"})
	if err != nil || !slices.ContainsFunc(folders, func(f mail.Folder) bool { return f.Role == mail.RoleSent }) {
		t.Errorf("folders %+v, %v", folders, err)
	}
}

func TestEverySeededMessageIsRead(t *testing.T) {
	box := smallWorld(t, true)
	c := newClient(t, box)
	c.sync("alice", "")
	for _, r := range c.list("alice", "") {
		reading, err := c.Read(t.Context(), nil, ReadOptions{Key: r.Key, Header: HeaderAll})
		if err != nil || len(reading.Header) == 0 {
			t.Errorf("%q: %d fields, %v", r.Envelope.Subject, len(reading.Header), err)
		}
	}
}

// TestReadingMarksRead: \Seen is here at once and on the server after a push.
func TestReadingMarksRead(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, alice, letter(alice, "hello"))
	c := newClient(t, box)
	c.sync("alice", "")
	r := c.row("alice", "", "hello")
	if r.Flags.Has(mail.Seen) {
		t.Fatal("new mail is read already")
	}
	reading, err := c.Read(t.Context(), nil, ReadOptions{Key: r.Key})
	if err != nil || !reading.Row.Flags.Has(mail.Seen) || !strings.Contains(reading.Text, "text of hello") {
		t.Fatalf("%+v %v", reading, err)
	}
	if r := c.row("alice", "", "hello"); !r.Pending || !r.Flags.Has(mail.Seen) {
		t.Fatalf("after reading: %+v", r)
	}
	if said := imapSays(t, box, alice, "apple", "SELECT INBOX", "FETCH 1 FLAGS"); strings.Contains(said, `FLAGS (\Seen)`) {
		t.Fatal("the server knew before the push")
	}
	if _, err := c.Sync(t.Context(), nil, SyncOptions{Account: "alice", PendingOnly: true}); err != nil {
		t.Fatal(err)
	}
	if said := imapSays(t, box, alice, "apple", "SELECT INBOX", "FETCH 1 FLAGS"); !strings.Contains(said, `\Seen`) {
		t.Fatalf("the server was not told:\n%s", said)
	}
	if r := c.row("alice", "", "hello"); r.Pending {
		t.Fatal("still pending after the push")
	}
}

// largeMessage has text and an attachment of 2 MB.
func largeMessage() string {
	file := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("0123456789abcdef\n"), 120_000))
	var lines strings.Builder
	for len(file) > 76 {
		lines.WriteString(file[:76] + "\r\n")
		file = file[76:]
	}
	return "From: carol@example.org\r\nTo: " + alice + "\r\nSubject: large\r\nMessage-ID: <large@example.org>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0900\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		"本文です\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"big.bin\"\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\n" + lines.String() + file + "\r\n--b--"
}

// TestLargeMessageIsReadInPart: the text comes without the file; the file comes when it is saved.
func TestLargeMessageIsReadInPart(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, alice, largeMessage())
	c := newClient(t, box)
	c.sync("alice", "")
	key := c.row("alice", "", "large").Key
	r, err := c.Read(t.Context(), nil, ReadOptions{Key: key})
	if err != nil || !r.Partial || !strings.Contains(r.Text, "本文です") || r.Row.Stored {
		t.Fatalf("partial %v, text %q, %v", r.Partial, r.Text, err)
	}
	if len(r.Files) != 1 || r.Files[0].FileName != "big.bin" {
		t.Fatalf("files %+v", r.Files)
	}
	dir := t.TempDir()
	for _, want := range []string{"big.bin", "big-2.bin"} {
		path, err := c.SaveFile(t.Context(), nil, SaveFileOptions{Key: key, Part: r.Files[0].Path, Path: dir})
		if err != nil || path != filepath.Join(dir, want) {
			t.Fatalf("saved as %s: %v", path, err)
		}
		if saved, err := os.ReadFile(path); err != nil || len(saved) != 17*120_000 {
			t.Fatalf("%d octets, %v", len(saved), err)
		}
	}
}

// TestChangesBeforeAndAfterTheServerKnows moves, copies, flags and deletes, and takes each back both before and after
// the push.
func TestChangesBeforeAndAfterTheServerKnows(t *testing.T) {
	for _, pushed := range []bool{false, true} {
		name := map[bool]string{false: "before the push", true: "after the push"}[pushed]
		t.Run(name, func(t *testing.T) {
			box := smallWorld(t, false)
			deliver(t, box, alice, letter(alice, "one"), letter(alice, "two"), letter(alice, "three"), letter(alice, "four"))
			c := newClient(t, box)
			c.sync("alice", "")
			verbs := map[string]func() (Change, error){
				"one": func() (Change, error) {
					return c.Flag(t.Context(), nil, FlagOptions{Keys: []int64{c.row("alice", "", "one").Key}, Flags: mail.Flagged, On: true})
				},
				"two": func() (Change, error) {
					return c.Move(t.Context(), nil, MoveOptions{Keys: []int64{c.row("alice", "", "two").Key}, Role: mail.RoleArchive})
				},
				"three": func() (Change, error) {
					return c.Move(t.Context(), nil, MoveOptions{Keys: []int64{c.row("alice", "", "three").Key}, Role: mail.RoleArchive, Copy: true})
				},
				"four": func() (Change, error) {
					return c.Delete(t.Context(), nil, DeleteOptions{Keys: []int64{c.row("alice", "", "four").Key}})
				},
			}
			for subject, verb := range verbs {
				change, err := verb()
				if err != nil || change.ID == 0 || change.Count != 1 || change.Subject != subject {
					t.Fatalf("%s: %+v %v", subject, change, err)
				}
				if c.has("alice", "", subject) != (subject == "one" || subject == "three") {
					t.Errorf("%s is shown wrongly after %s", subject, change.Verb)
				}
				if pushed {
					push(t, c, "alice")
				}
				if _, err := c.Undo(t.Context(), nil, UndoOptions{change.ID}); err != nil {
					t.Fatalf("undo of %s: %v", change.Verb, err)
				}
				push(t, c, "alice")
			}
			fresh := newClient(t, box)
			for _, one := range []*client{c, fresh} {
				one.sync("alice", "Archive")
				one.sync("alice", "Trash")
				one.sync("alice", "")
				rows := one.list("alice", "")
				if len(rows) != 4 || len(one.list("alice", "Archive")) != 0 || len(one.list("alice", "Trash")) != 0 {
					t.Errorf("inbox %d, archive %d, trash %d", len(rows), len(one.list("alice", "Archive")), len(one.list("alice", "Trash")))
				}
				for _, r := range rows {
					if r.Flags != 0 || r.Pending {
						t.Errorf("%q has flags %b, pending %v", r.Envelope.Subject, r.Flags, r.Pending)
					}
				}
			}
		})
	}
}

func push(t *testing.T, c *client, account string) SyncResult {
	t.Helper()
	r, err := c.Sync(t.Context(), nil, SyncOptions{Account: account, PendingOnly: true})
	if err != nil {
		t.Fatalf("push: %v", err)
	}
	return r
}

// TestServerSeesTheChanges looks at the mailbox through a second client.
func TestServerSeesTheChanges(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, alice, letter(alice, "one"), letter(alice, "two"), letter(alice, "three"), letter(alice, "four"))
	c := newClient(t, box)
	c.sync("alice", "")
	key := func(subject string) []int64 { return []int64{c.row("alice", "", subject).Key} }
	_, err1 := c.Flag(t.Context(), nil, FlagOptions{Keys: key("one"), Flags: mail.Flagged, On: true})
	_, err2 := c.Move(t.Context(), nil, MoveOptions{Keys: key("two"), Folder: "Archive"})
	_, err3 := c.Move(t.Context(), nil, MoveOptions{Keys: key("three"), Folder: "Archive", Copy: true})
	_, err4 := c.Delete(t.Context(), nil, DeleteOptions{Keys: key("four"), Forever: true})
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	push(t, c, "alice")
	fresh := newClient(t, box)
	fresh.sync("alice", "")
	fresh.sync("alice", "Archive")
	fresh.sync("alice", "Trash")
	if !fresh.row("alice", "", "one").Flags.Has(mail.Flagged) || !fresh.has("alice", "", "three") || fresh.has("alice", "", "two") || fresh.has("alice", "", "four") {
		t.Errorf("inbox: %+v", fresh.list("alice", ""))
	}
	if !fresh.has("alice", "Archive", "two") || !fresh.has("alice", "Archive", "three") || fresh.has("alice", "Trash", "four") {
		t.Error("archive or trash are wrong")
	}
}

// TestMovedMessageIsReadBeforeTheServerKnows: its octets are still in the old folder there.
func TestMovedMessageIsReadBeforeTheServerKnows(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, alice, letter(alice, "one"))
	c := newClient(t, box)
	c.sync("alice", "")
	key := c.row("alice", "", "one").Key
	if _, err := c.Move(t.Context(), nil, MoveOptions{Keys: []int64{key}, Role: mail.RoleArchive}); err != nil {
		t.Fatal(err)
	}
	r, err := c.Read(t.Context(), nil, ReadOptions{Key: key})
	if err != nil || !strings.Contains(r.Text, "text of one") {
		t.Fatalf("%q %v", r.Text, err)
	}
}

// TestRefusalPutsBack: what the server refuses is shown as before, and said.
func TestRefusalPutsBack(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, alice, letter(alice, "one"))
	c := newClient(t, box)
	c.sync("alice", "")
	c.fault(fault.Rule{Stage: fault.Command, Match: fault.Match{Verb: "*MOVE"}, Do: fault.Action{Reply: "NO [NOPERM] not this one"}})
	if _, err := c.Move(t.Context(), nil, MoveOptions{Keys: []int64{c.row("alice", "", "one").Key}, Role: mail.RoleArchive}); err != nil {
		t.Fatal(err)
	}
	if c.has("alice", "", "one") {
		t.Fatal("the move is not shown")
	}
	r := push(t, c, "alice")
	if len(r.Refused) != 1 || r.Refused[0].Code != "change.refused" || r.Refused[0].Args["said"] != "not this one" {
		t.Fatalf("%+v", r)
	}
	if got := c.row("alice", "", "one"); got.Pending {
		t.Fatalf("%+v", got)
	}
}

// TestSearchFindsJapanese in subject, sender and text.
func TestSearchFindsJapanese(t *testing.T) {
	box := smallWorld(t, true)
	c := newClient(t, box)
	if _, err := c.Sync(t.Context(), nil, SyncOptions{Account: "alice", Bodies: true}); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Index(t.Context(), nil, FoldersOptions{}); err != nil || n == 0 {
		t.Fatalf("%d messages made searchable, %v", n, err)
	}
	for _, words := range []string{"会議", "写真", "お願い"} {
		r, err := c.List(t.Context(), nil, ListOptions{Account: "alice", Search: words, Keys: true})
		if err != nil || len(r.Rows) == 0 || len(r.Keys) < len(r.Rows) {
			t.Errorf("%s: %d rows, %d keys, %v", words, len(r.Rows), len(r.Keys), err)
		}
	}
	r, err := c.List(t.Context(), nil, ListOptions{Account: "alice", Search: "存在しない言葉です"})
	if err != nil || len(r.Rows) != 0 {
		t.Errorf("%d rows, %v", len(r.Rows), err)
	}
}

// TestUIDValidityChangeWithPendingChanges: the folder is made anew with other messages under the old UIDs. What was
// flagged and deleted here must not hit them.
func TestUIDValidityChangeWithPendingChanges(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, alice, letter(alice, "one"), letter(alice, "two"), letter(alice, "three"))
	c := newClient(t, box)
	imapSays(t, box, alice, "apple", "CREATE Work", "SELECT INBOX", "MOVE 1:3 Work")
	c.sync("alice", "Work")
	key := func(subject string) []int64 { return []int64{c.row("alice", "Work", subject).Key} }
	_, err1 := c.Flag(t.Context(), nil, FlagOptions{Keys: key("one"), Flags: mail.Flagged, On: true})
	_, err2 := c.Delete(t.Context(), nil, DeleteOptions{Keys: key("two"), Forever: true})
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	// The same three come back in another order, with a stranger first; "two" is not among them.
	deliver(t, box, alice, letter(alice, "stranger"))
	imapSays(t, box, alice, "apple", "CREATE Keep", "SELECT INBOX", "MOVE 1 Keep", "SELECT Work", "MOVE 3 Keep", "MOVE 1 Keep", "DELETE Work",
		"CREATE Work", "SELECT Keep", "MOVE 1 Work", "MOVE 1 Work", "MOVE 1 Work")
	r := c.sync("alice", "Work")
	if len(r.Refused) != 1 || r.Refused[0].Code != "change.orphan" || r.Refused[0].Args["folder"] != "Work" {
		t.Errorf("the change of the lost message: %+v", r.Refused)
	}
	fresh := newClient(t, box)
	fresh.sync("alice", "Work")
	rows := fresh.list("alice", "Work")
	if len(rows) != 3 {
		t.Fatalf("%d messages in Work, want stranger, three and one", len(rows))
	}
	for _, row := range rows {
		if row.Flags.Has(mail.Flagged) != (row.Envelope.Subject == "one") {
			t.Errorf("%q has flags %b", row.Envelope.Subject, row.Flags)
		}
	}
	if got := c.list("alice", "Work"); len(got) != 3 {
		t.Errorf("%d rows here", len(got))
	}
}

// TestOnlyOneSyncOfAnAccount at a time, over all processes that use the store.
func TestOnlyOneSyncOfAnAccount(t *testing.T) {
	box := smallWorld(t, false)
	a := newClient(t, box)
	b := clientAt(t, box, a.path)
	unlock, err := a.Store.LockSync(t.Context(), "alice")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Sync(t.Context(), nil, SyncOptions{Account: "alice"})
	var busy *store.BusyError
	if !errors.As(err, &busy) || busy.PID != os.Getpid() {
		t.Fatalf("got %v", err)
	}
	explained(t, err, "sync.busy", 0, "")
	if r := b.sync("yuki", ""); r.Total != 0 {
		t.Errorf("another account: %+v", r)
	}
	unlock()
	b.sync("alice", "")
}

// TestFolderThatIsNotThere is said by name.
func TestFolderThatIsNotThere(t *testing.T) {
	c := newClient(t, smallWorld(t, false))
	_, err := c.Sync(t.Context(), nil, SyncOptions{Account: "alice", Folder: "Nowhere"})
	if !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	explained(t, err, "folder.missing", 4, "Nowhere")
}

// TestDeleteBeforeTheFoldersAreKnown must not remove for good what a trash would have kept.
func TestDeleteBeforeTheFoldersAreKnown(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, alice, letter(alice, "one"))
	c := newClient(t, box)
	c.fault(fault.Rule{Stage: fault.Command, Match: fault.Match{Verb: "LIST"}, Do: fault.Action{Reply: "NO [UNAVAILABLE] later"}})
	if _, err := c.Sync(t.Context(), nil, SyncOptions{Account: "alice"}); err == nil {
		t.Fatal("the folder list was not asked for")
	}
	key := c.row("alice", "", "one").Key
	_, err := c.Delete(t.Context(), nil, DeleteOptions{Keys: []int64{key}})
	explained(t, err, "folder.missing", 0, "trash")
	c.healed()
	if _, err := c.Sync(t.Context(), nil, SyncOptions{Account: "alice"}); err != nil {
		t.Fatal(err)
	}
	if change, err := c.Delete(t.Context(), nil, DeleteOptions{Keys: []int64{key}}); err != nil || change.Folder != "Trash" {
		t.Fatalf("%+v %v", change, err)
	}
}

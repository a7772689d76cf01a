package maildrop

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/internal/mail"
)

// The suite for every implementation of Mailboxes: it is given one that holds alice with three messages in INBOX,
// "one", "two" and "three".
func testMailboxes(t *testing.T, boxes Mailboxes) {
	ctx := context.Background()
	const who = "alice@sakura.test"
	get := func(name string) Folder {
		t.Helper()
		f, err := boxes.Folder(ctx, who, name)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	box := get("INBOX")
	changed, stop := boxes.Subscribe(who)
	defer stop()

	if err := boxes.SetFlags(ctx, box.ID, []uint32{1, 2, 99}, FlagChange{Op: AddFlags, Flags: mail.Seen, Keywords: []string{"$A", "$a", "b(d"}}); err != nil {
		t.Fatal(err)
	}
	<-changed
	c, err := boxes.Changes(ctx, box.ID, box.ModSeq)
	if err != nil || len(c.Changed) != 2 || len(c.Gone) != 0 || c.Full || c.Changed[0].Keywords != "$A" || !c.Changed[1].Flags.Has(mail.Seen) {
		t.Errorf("changes %+v, %v", c, err)
	}
	if again, err := boxes.Changes(ctx, box.ID, c.ModSeq); err != nil || len(again.Changed) != 0 || again.ModSeq != c.ModSeq {
		t.Errorf("nothing happened, and yet %+v, %v", again, err)
	}
	copied, err := boxes.Copy(ctx, box.ID, []uint32{1, 2}, "Archive", false)
	if diff := cmp.Diff(Copied{get("Archive").UIDValidity, []uint32{1, 2}, []uint32{1, 2}}, copied); diff != "" || err != nil {
		t.Error(diff, err)
	}
	moved, err := boxes.Copy(ctx, box.ID, []uint32{3}, "Archive", true)
	if err != nil || !cmp.Equal(moved.Dest, []uint32{3}) {
		t.Errorf("moved %+v, %v", moved, err)
	}
	if gone, err := boxes.Expunge(ctx, box.ID, []uint32{2, 3, 7}); err != nil || !cmp.Equal(gone, []uint32{2}) {
		t.Errorf("expunged %v, %v", gone, err)
	}
	c, err = boxes.Changes(ctx, box.ID, box.ModSeq)
	if err != nil || !cmp.Equal(c.Gone, []uint32{2, 3}) || len(c.Changed) != 1 {
		t.Errorf("changes %+v, %v", c, err)
	}
	data, err := boxes.Data(ctx, get("Archive").ID, 2)
	if err != nil || string(data) != string(message("two")) {
		t.Errorf("a copy's body went with the original: %q, %v", data, err)
	}
	if box = get("INBOX"); box.Total != 1 || box.Unseen != 0 || box.UIDNext != 4 || box.Bytes != int64(len(message("one"))) {
		t.Errorf("INBOX %+v", box)
	}
	if f := get("Archive"); f.Total != 3 || f.Unseen != 1 {
		t.Errorf("Archive %+v", f)
	}
	testTree(t, boxes)
}

func testTree(t *testing.T, boxes Mailboxes) {
	ctx := context.Background()
	const who = "alice@sakura.test"
	for name, want := range map[string]error{
		"a//b": ErrFolderName, "": ErrFolderName, "x\r\ny": ErrFolderName, "50%": ErrFolderName, "Sent": ErrFolderExist, "inbox": ErrFolderExist,
	} {
		if err := boxes.CreateFolder(ctx, who, name, mail.RoleNone); !errors.Is(err, want) {
			t.Errorf("creating %q: %v, want %v", name, err, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(boxes.CreateFolder(ctx, who, "仕事/会議", mail.RoleNone))
	before, err := boxes.Folder(ctx, who, "仕事/会議")
	must(err)
	must(boxes.RenameFolder(ctx, who, "仕事", "Work"))
	after, err := boxes.Folder(ctx, who, "Work/会議")
	must(err)
	if after.ID != before.ID || after.UIDValidity != before.UIDValidity {
		t.Errorf("renaming made another folder: %+v, %+v", before, after)
	}
	if err := boxes.RenameFolder(ctx, who, "Work", "Work/below"); !errors.Is(err, ErrFolderName) {
		t.Errorf("a folder went below itself: %v", err)
	}
	must(boxes.DeleteFolder(ctx, who, "Work/会議"))
	must(boxes.CreateFolder(ctx, who, "Work/会議", mail.RoleNone))
	if f, err := boxes.Folder(ctx, who, "Work/会議"); err != nil || f.UIDValidity == before.UIDValidity || f.ID == before.ID {
		t.Errorf("a new folder has an old UIDVALIDITY or id: %+v, %v", f, err)
	}
	if err := boxes.DeleteFolder(ctx, who, "Inbox"); !errors.Is(err, ErrInbox) {
		t.Errorf("deleting INBOX: %v", err)
	}
	must(boxes.DeleteFolder(ctx, who, "Archive"))
	use, err := boxes.Usage(ctx, who)
	if err != nil || use.Messages != 1 || use.Bytes != int64(len(message("one"))) {
		t.Errorf("usage %+v, %v", use, err)
	}
}

func TestStoreIsMailboxes(t *testing.T) {
	s := withAlice(t)
	deliver(t, s, "one", "two", "three")
	testMailboxes(t, s)
	var left int
	if err := s.read.QueryRow("SELECT (SELECT count(*) FROM contents) * 1000 + (SELECT count(*) FROM bodies)").Scan(&left); err != nil || left != 1001 {
		t.Errorf("contents and bodies left: %d, want 1001 (%v)", left, err)
	}
}

func TestQuota(t *testing.T) {
	s := withAlice(t)
	ctx := context.Background()
	size := int64(len(message("one")))
	if err := s.AddUser(ctx, User{Address: "alice@sakura.test", Password: "cherry", Quota: 2 * size}); err != nil {
		t.Fatal(err)
	}
	f := deliver(t, s, "one")
	d := Delivery{Mailbox: "alice@sakura.test", Data: message("two")}
	if err := s.Commit(ctx, Batch{Deliver: []Delivery{d, d}}); !errors.Is(err, ErrOverQuota) {
		t.Errorf("two more: %v", err)
	}
	if _, _, err := s.Append(ctx, d); err != nil {
		t.Errorf("one more: %v", err)
	}
	if _, err := s.Copy(ctx, f.ID, []uint32{1}, "Trash", false); !errors.Is(err, ErrOverQuota) {
		t.Errorf("a copy: %v", err)
	}
	if _, err := s.Copy(ctx, f.ID, []uint32{1}, "Trash", true); err != nil {
		t.Errorf("a move needs no room: %v", err)
	}
	if _, err := s.Expunge(ctx, f.ID, []uint32{2}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Append(ctx, d); err != nil {
		t.Errorf("after one was removed: %v", err)
	}
}

// A session that slept through more changes than the log keeps reads the whole folder.
func TestChangesBeyondTheLog(t *testing.T) {
	s := withAlice(t)
	before := deliver(t, s, "one", "two")
	if _, err := s.Expunge(context.Background(), before.ID, []uint32{1}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		var b Batch
		for range maxLog {
			b.Deliver = append(b.Deliver, Delivery{Mailbox: "alice@sakura.test", Data: message("x")})
		}
		if err := s.Commit(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	c, err := s.Changes(context.Background(), before.ID, before.ModSeq)
	if err != nil || !c.Full || len(c.Changed) != 3*maxLog+1 || c.ModSeq != inbox(t, s).ModSeq {
		t.Errorf("full %v, %d messages, %v", c.Full, len(c.Changed), err)
	}
	c, err = s.Changes(context.Background(), before.ID, c.ModSeq-10)
	if err != nil || c.Full || len(c.Changed) != 10 {
		t.Errorf("the newest ten: full %v, %d, %v", c.Full, len(c.Changed), err)
	}
}

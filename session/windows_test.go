package session

import (
	"path/filepath"
	"testing"

	"todoku/internal/mail"
)

// TestTheSameKeyTwice: the second press of a key comes before the list is drawn without the message.
func TestTheSameKeyTwice(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, alice, letter(alice, "one"))
	c := newClient(t, box)
	c.sync("alice", "")
	keys := []int64{c.row("alice", "", "one").Key}
	for _, want := range []int{1, 0} {
		change, err := c.Delete(t.Context(), nil, DeleteOptions{Keys: keys, KeepTrash: true})
		if err != nil || change.Count != want || change.Verb != "delete" {
			t.Fatalf("%+v %v, want %d deleted", change, err, want)
		}
	}
	c.sync("alice", "")
	if c.sync("alice", "Trash"); !c.has("alice", "Trash", "one") {
		t.Error("the message is gone for good")
	}
}

// TestUndoIsOfThisWindow: two windows on one store, and what the program did by itself.
func TestUndoIsOfThisWindow(t *testing.T) {
	box := smallWorld(t, false)
	deliver(t, box, alice, letter(alice, "one"), letter(alice, "two"))
	path := filepath.Join(t.TempDir(), "mail.db")
	a, b := clientAt(t, box, path), clientAt(t, box, path)
	a.sync("alice", "")
	one, two := a.row("alice", "", "one").Key, a.row("alice", "", "two").Key
	flag := func(c *client, key int64) {
		t.Helper()
		if _, err := c.Flag(t.Context(), nil, FlagOptions{Keys: []int64{key}, Flags: mail.Flagged, On: true}); err != nil {
			t.Fatal(err)
		}
	}
	flag(a, one)
	flag(b, two)
	if _, err := a.Read(t.Context(), nil, ReadOptions{Key: one}); err != nil {
		t.Fatal(err)
	}
	undone, err := a.Undo(t.Context(), nil, UndoOptions{})
	if err != nil || undone.Count != 1 || undone.Subject != "one" {
		t.Errorf("%+v %v", undone, err)
	}
	if r := a.row("alice", "", "one"); r.Flags.Has(mail.Flagged) || !r.Flags.Has(mail.Seen) {
		t.Errorf("its own change: %v", r.Flags)
	}
	if r := b.row("alice", "", "two"); !r.Flags.Has(mail.Flagged) {
		t.Error("the other window's change was taken back")
	}
	if again, err := a.Undo(t.Context(), nil, UndoOptions{}); err != nil || again.Count != 0 {
		t.Errorf("with nothing left: %+v %v", again, err)
	}
}

package store

import (
	"context"
	"fmt"
	"testing"

	"todoku/internal/mail"
)

// imap is an account with an inbox of five messages, and the keys of those, newest (5) first.
type imap struct {
	*Store
	t       *testing.T
	folders map[string]Folder
	keys    []int64
}

func openIMAP(t *testing.T) *imap {
	s := openTest(t)
	f := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox), serverFolder("Archive", mail.RoleArchive),
		serverFolder("Trash", mail.RoleTrash), localFolder("Notes", ""))
	ok(t, s.PutFolderState(context.Background(), f["INBOX"].ID, mail.Folder{UIDValidity: 7, UIDNext: 6, Total: 5, Unread: 5}))
	must(s.PutMessages(context.Background(), f["INBOX"].ID, messages(1, 5)))(t)
	return &imap{Store: s, t: t, folders: f, keys: must(s.Keys(context.Background(), f["INBOX"].ID))(t)}
}

// show gives a folder as "5 4s 3~": ids with s for seen, f for flagged, ~ for pending, ? for an unknown id (and the
// number of the message).
func (m *imap) show(folder string) string {
	m.t.Helper()
	line := ""
	for _, row := range must(m.Page(context.Background(), m.folders[folder].ID, 0, 100))(m.t) {
		id := string(row.ID)
		if id == "" {
			id = "?" + fmt.Sprint(row.Size-1000)
		}
		if row.Flags.Has(mail.Seen) {
			id += "s"
		}
		if row.Flags.Has(mail.Flagged) {
			id += "f"
		}
		if row.Pending {
			id += "~"
		}
		line += " " + id
	}
	return line
}

func (m *imap) want(folder, rows string) {
	m.t.Helper()
	if got := m.show(folder); got != rows {
		m.t.Fatalf("%s shows%s, want%s", folder, got, rows)
	}
	f := must(m.Folder(context.Background(), "sakura", folder))(m.t)
	if n := len(must(m.Page(context.Background(), f.ID, 0, 100))(m.t)); f.Rows != n {
		m.t.Fatalf("%s counts %d rows, has %d", folder, f.Rows, n)
	}
}

func (m *imap) apply(p ...Pending) int64 {
	m.t.Helper()
	return must(m.Apply(context.Background(), p))(m.t)
}

// waiting gives what the server is to be told, as "flag INBOX/5" or "move INBOX/5 Archive".
func (m *imap) waiting() (list []string, ids []int64) {
	m.t.Helper()
	for _, p := range must(m.PendingChanges(context.Background(), "sakura"))(m.t) {
		text := fmt.Sprintf("%s %s/%s", p.Verb, p.Folder, p.ServerID)
		if p.Verb == VerbFlag {
			text += fmt.Sprintf(" %v", p.On)
		}
		if p.Target != "" {
			text += " " + p.Target
		}
		list, ids = append(list, text), append(ids, p.ID)
	}
	return list, ids
}

func (m *imap) wantWaiting(want ...string) []int64 {
	m.t.Helper()
	got, ids := m.waiting()
	equal(m.t, got, want)
	return ids
}

// serverHas puts messages under the ids that the server gives them.
func (m *imap) serverHas(folder string, byID map[mail.ID]int) {
	m.t.Helper()
	var ms []mail.Message
	for id, n := range byID {
		one := message(n)
		one.ID = id
		ms = append(ms, one)
	}
	must(m.PutMessages(context.Background(), m.folders[folder].ID, ms))(m.t)
}

func TestFlagIsShownUntilTheServerKnows(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	m.apply(Pending{Key: m.keys[0], Verb: VerbFlag, Flags: mail.Seen, On: true}, Pending{Key: m.keys[1], Verb: VerbFlag, Flags: mail.Seen, On: true})
	m.want("INBOX", " 5s~ 4s~ 3 2 1")
	// A sync that has not heard of it must not take it back; other flags come through.
	must(m.PutFlags(ctx, m.folders["INBOX"].ID, map[mail.ID]FlagState{"5": {Flags: mail.Flagged}, "3": {Flags: mail.Seen}, "99": {}}))(t)
	m.serverHas("INBOX", map[mail.ID]int{"4": 4})
	m.want("INBOX", " 5sf~ 4s~ 3s 2 1")
	flags := must(m.IDFlags(ctx, m.folders["INBOX"].ID))(t)
	equal(t, []mail.Flags{flags["5"], flags["4"], flags["3"]}, []mail.Flags{mail.Flagged, 0, mail.Seen})

	pending := m.wantWaiting("flag INBOX/5 true", "flag INBOX/4 true")
	ok(t, m.Confirm(ctx, pending[:1], nil))
	ok(t, m.Refuse(ctx, pending[1:], "NO [NOPERM]"))
	m.want("INBOX", " 5sf 4 3s 2 1")
	m.wantWaiting()
	f := must(m.Folder(ctx, "sakura", "INBOX"))(t)
	equal(t, f.Unread, 5) // never synced: the server's number
	ok(t, m.MarkSynced(ctx, f.ID, epoch))
	equal(t, must(m.Folder(ctx, "sakura", "INBOX"))(t).Unread, 3)
}

func TestFlagWithoutEffectIsNoChange(t *testing.T) {
	m := openIMAP(t)
	equal(t, m.apply(Pending{Key: m.keys[0], Verb: VerbFlag, Flags: mail.Seen, On: false}), int64(0))
	m.wantWaiting()
}

func TestMove(t *testing.T) {
	for _, test := range []struct {
		name  string
		after func(*imap, []int64)
		inbox string
		arch  string
	}{
		{"confirmed with COPYUID", func(m *imap, ids []int64) {
			ok(m.t, m.Confirm(context.Background(), ids, map[int64]mail.ID{ids[0]: "70"}))
		}, " 4 3 2 1", " 70"},
		{"confirmed without, found by Message-ID", func(m *imap, ids []int64) {
			ok(m.t, m.Confirm(context.Background(), ids, nil))
			m.serverHas("Archive", map[mail.ID]int{"71": 5, "72": 9})
		}, " 4 3 2 1", " 72 71"},
		{"confirmed without, not found", func(m *imap, ids []int64) {
			ok(m.t, m.Confirm(context.Background(), ids, nil))
			ok(m.t, m.MarkSynced(context.Background(), m.folders["Archive"].ID, epoch))
		}, " 4 3 2 1", ""},
		{"refused", func(m *imap, ids []int64) { ok(m.t, m.Refuse(context.Background(), ids, "NO")) }, " 5 4 3 2 1", ""},
		{"the target was synced first", func(m *imap, ids []int64) {
			m.serverHas("Archive", map[mail.ID]int{"70": 6})
			ok(m.t, m.Confirm(context.Background(), ids, map[int64]mail.ID{ids[0]: "70"}))
		}, " 4 3 2 1", " 70"},
		{"gone before it was moved", func(m *imap, _ []int64) {
			must(m.RemoveIDs(context.Background(), m.folders["INBOX"].ID, []mail.ID{"5"}))(m.t)
		}, " 4 3 2 1", ""},
		{"undone before", func(m *imap, _ []int64) {
			_, confirmed, err := m.Undo(context.Background(), 0)
			ok(m.t, err)
			equal(m.t, confirmed, false)
		}, " 5 4 3 2 1", ""},
		{"the target vanished", func(m *imap, _ []int64) {
			ok(m.t, m.PutFolders(context.Background(), "sakura", []mail.Folder{serverFolder("INBOX", mail.RoleInbox)}))
			m.folders["Archive"] = Folder{}
			account(m.t, m.Store, "sakura", serverFolder("INBOX", mail.RoleInbox), serverFolder("Archive", mail.RoleArchive))
		}, " 5 4 3 2 1", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := openIMAP(t)
			ok(t, m.PutBody(context.Background(), m.keys[0], []byte("body")))
			m.apply(Pending{Key: m.keys[0], Verb: VerbMove, Target: "Archive"})
			m.want("INBOX", " 4 3 2 1")
			m.want("Archive", " ?5~")
			m.serverHas("INBOX", map[mail.ID]int{"5": 5, "4": 4}) // a sync still sees it there
			m.want("INBOX", " 4 3 2 1")
			ids := m.wantWaiting("move INBOX/5 Archive")
			test.after(m, ids)
			m.want("INBOX", test.inbox)
			m.want("Archive", test.arch)
			m.wantWaiting()
			if row, err := m.Message(context.Background(), m.keys[0]); err == nil && !row.Stored {
				t.Fatal("the body was lost on the way")
			}
		})
	}
}

func TestChangesOfAMovedMessageWaitForItsNewID(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	key := m.keys[0]
	m.apply(Pending{Key: key, Verb: VerbMove, Target: "Archive"})
	m.apply(Pending{Key: key, Verb: VerbFlag, Flags: mail.Flagged, On: true})
	m.apply(Pending{Key: key, Verb: VerbMove, Target: "Trash"})
	m.want("Trash", " ?5f~")
	ids := m.wantWaiting("move INBOX/5 Archive")
	ok(t, m.MarkSynced(ctx, m.folders["Archive"].ID, epoch)) // nothing of it is there yet, and that is right
	equal(t, len(must(m.Orphans(ctx, "sakura"))(t)), 0)
	ok(t, m.Confirm(ctx, ids, map[int64]mail.ID{ids[0]: "70"}))
	ids = m.wantWaiting("flag Archive/70 true", "move Archive/70 Trash")
	ok(t, m.Confirm(ctx, ids, map[int64]mail.ID{ids[1]: "90"}))
	m.want("Trash", " 90f")
	equal(t, must(m.Message(ctx, key))(t).ID, mail.ID("90"))
}

func TestRefusedMoveTakesLaterChangesWithIt(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	m.apply(Pending{Key: m.keys[0], Verb: VerbMove, Target: "Archive"})
	m.apply(Pending{Key: m.keys[0], Verb: VerbFlag, Flags: mail.Flagged, On: true})
	m.apply(Pending{Key: m.keys[0], Verb: VerbMove, Target: "Trash"})
	ids := m.wantWaiting("move INBOX/5 Archive")
	ok(t, m.Refuse(ctx, ids, "NO [OVERQUOTA]"))
	m.want("INBOX", " 5f~ 4 3 2 1")
	m.want("Trash", "")
	m.wantWaiting("flag INBOX/5 true") // it holds in the inbox as well
}

func TestDelete(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	m.apply(Pending{Key: m.keys[0], Verb: VerbDelete}, Pending{Key: m.keys[1], Verb: VerbDelete})
	m.want("INBOX", " 3 2 1")
	m.serverHas("INBOX", map[mail.ID]int{"5": 5})
	m.want("INBOX", " 3 2 1")
	equal(t, len(must(m.IDFlags(ctx, m.folders["INBOX"].ID))(t)), 5) // the server still has them: nothing to fetch
	ids := m.wantWaiting("delete INBOX/5", "delete INBOX/4")
	ok(t, m.Refuse(ctx, ids[:1], "NO"))
	ok(t, m.Confirm(ctx, ids[1:], nil))
	m.want("INBOX", " 5 3 2 1")
	_, err := m.Message(ctx, m.keys[1])
	wantCode(t, err, CodeNotFound)
	_, _, err = m.Undo(ctx, 1)
	wantCode(t, err, CodeFinal)
}

func TestCopy(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	ok(t, m.PutBody(ctx, m.keys[0], []byte("body")))
	m.apply(Pending{Key: m.keys[0], Verb: VerbCopy, Target: "Archive"})
	m.want("INBOX", " 5 4 3 2 1")
	m.want("Archive", " ?5~")
	ids := m.wantWaiting("copy INBOX/5 Archive")
	ok(t, m.Confirm(ctx, ids, map[int64]mail.ID{ids[0]: "70"}))
	m.want("Archive", " 70")
	copied := must(m.Page(ctx, m.folders["Archive"].ID, 0, 1))(t)[0]
	equal(t, string(must(m.Body(ctx, copied.Key))(t)), "body")
	undone, confirmed, err := m.Undo(ctx, 0)
	ok(t, err)
	equal(t, confirmed, true)
	equal(t, len(undone), 1)
	m.want("Archive", "")
	m.wantWaiting("delete Archive/70")
}

func TestUndoOfWhatTheServerDid(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	must(m.PutFlags(ctx, m.folders["INBOX"].ID, map[mail.ID]FlagState{"4": {Flags: mail.Seen}}))(t)
	read := m.apply(Pending{Key: m.keys[0], Verb: VerbFlag, Flags: mail.Seen, On: true}, Pending{Key: m.keys[1], Verb: VerbFlag, Flags: mail.Seen | mail.Flagged, On: true})
	move := m.apply(Pending{Key: m.keys[2], Verb: VerbMove, Target: "Archive"})
	_, ids := m.waiting()
	ok(t, m.Confirm(ctx, ids, map[int64]mail.ID{ids[2]: "73"}))

	undone, confirmed, err := m.Undo(ctx, 0)
	ok(t, err)
	equal(t, []any{undone[0].ChangeID, confirmed}, []any{move, true})
	m.want("INBOX", " 5s 4sf ?3~ 2 1")
	undone, _, err = m.Undo(ctx, 0)
	ok(t, err)
	equal(t, []any{undone[0].ChangeID, len(undone)}, []any{read, 2})
	m.want("INBOX", " 5~ 4s~ ?3~ 2 1") // 4 was read before
	m.wantWaiting("move Archive/73 INBOX", "flag INBOX/4 false", "flag INBOX/5 false")
	_, _, err = m.Undo(ctx, 0)
	wantCode(t, err, CodeNotFound)
	_, _, err = m.Undo(ctx, read)
	wantCode(t, err, CodeNotFound)
}

// The server did a change after the person took it back: it is taken back there as well.
func TestUndoWhileTheServerActs(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	m.apply(Pending{Key: m.keys[0], Verb: VerbFlag, Flags: mail.Seen, On: true})
	m.apply(Pending{Key: m.keys[1], Verb: VerbMove, Target: "Archive"})
	_, ids := m.waiting()
	for range 2 {
		_, _, err := m.Undo(ctx, 0)
		ok(t, err)
	}
	m.want("INBOX", " 5 4 3 2 1")
	m.apply(Pending{Key: m.keys[1], Verb: VerbMove, Target: "Trash"})
	ok(t, m.Confirm(ctx, ids, map[int64]mail.ID{ids[1]: "74"}))
	m.want("INBOX", " 5~ 3 2 1")
	m.want("Trash", " ?4~")
	ids = m.wantWaiting("flag INBOX/5 false", "move Archive/74 INBOX")
	ok(t, m.Confirm(ctx, ids, map[int64]mail.ID{ids[1]: "8"}))
	ids = m.wantWaiting("move INBOX/8 Trash")
	ok(t, m.Confirm(ctx, ids, map[int64]mail.ID{ids[0]: "90"}))
	m.want("Trash", " 90")
}

func TestUndoInOrder(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	first := m.apply(Pending{Key: m.keys[0], Verb: VerbMove, Target: "Archive"})
	m.apply(Pending{Key: m.keys[0], Verb: VerbMove, Target: "Trash"})
	_, _, err := m.Undo(ctx, first)
	wantCode(t, err, CodeState)
	for range 2 {
		_, _, err := m.Undo(ctx, 0)
		ok(t, err)
	}
	m.want("INBOX", " 5 4 3 2 1")
	m.wantWaiting()
}

// After a UIDVALIDITY change no old UID is used: changes find their message by Message-ID and size, or are shown.
func TestNewUIDValidity(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	inbox := m.folders["INBOX"].ID
	ok(t, m.PutBody(ctx, m.keys[2], []byte("body 3")))
	m.apply(Pending{Key: m.keys[0], Verb: VerbFlag, Flags: mail.Seen, On: true})
	m.apply(Pending{Key: m.keys[1], Verb: VerbMove, Target: "Archive"})
	m.apply(Pending{Key: m.keys[4], Verb: VerbDelete})
	m.apply(Pending{Key: m.keys[3], Verb: VerbFlag, Flags: mail.Flagged, On: true})
	wantCode(t, m.PutFolderState(ctx, inbox, mail.Folder{UIDValidity: 8}), CodeState)
	ok(t, m.ResetFolder(ctx, inbox, 8))
	m.want("INBOX", " ?5s~ ?3 ?2f~")
	m.wantWaiting()
	equal(t, len(must(m.IDFlags(ctx, inbox))(t)), 0)

	// The server has 5, 4 and 3 again under ids that once meant others; 1 and 2 are gone, and a new message has 2's id.
	m.serverHas("INBOX", map[mail.ID]int{"1": 5, "5": 4, "4": 3, "2": 8})
	m.want("INBOX", " 2 1s~ 4 ?2f~")
	m.wantWaiting("flag INBOX/1 true", "move INBOX/5 Archive")
	ok(t, m.MarkSynced(ctx, inbox, epoch))
	orphans := must(m.Orphans(ctx, "sakura"))(t)
	equal(t, len(orphans), 2)
	equal(t, []any{orphans[0].Verb, orphans[0].MessageID, orphans[0].ServerID}, []any{VerbDelete, "m1@fuji.test", mail.ID("")})
	equal(t, []any{orphans[1].Verb, orphans[1].MessageID, orphans[1].ServerID}, []any{VerbFlag, "m2@fuji.test", mail.ID("")})
	three := must(m.Message(ctx, m.keys[2]))(t)
	equal(t, []any{three.ID, three.Stored}, []any{mail.ID("4"), true})

	ok(t, m.Refuse(ctx, []int64{orphans[0].ID, orphans[1].ID}, "gone"))
	ok(t, m.MarkSynced(ctx, inbox, epoch))
	m.want("INBOX", " 2 1s~ 4")
	equal(t, len(must(m.Orphans(ctx, "sakura"))(t)), 0)
}

func TestVanishedFolderMakesOrphans(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	m.apply(Pending{Key: m.keys[0], Verb: VerbMove, Target: "Archive"})
	m.apply(Pending{Key: m.keys[1], Verb: VerbFlag, Flags: mail.Seen, On: true})
	ok(t, m.PutFolders(ctx, "sakura", []mail.Folder{serverFolder("Archive", mail.RoleArchive)}))
	m.wantWaiting()
	orphans := must(m.Orphans(ctx, "sakura"))(t)
	equal(t, len(orphans), 2)
	m.want("Archive", " ?5~")
	ok(t, m.Refuse(ctx, []int64{orphans[0].ID, orphans[1].ID}, "gone"))
	m.want("Archive", "")
	names := []string{}
	for _, f := range must(m.Folders(ctx, "sakura"))(t) {
		names = append(names, f.Name)
	}
	equal(t, names, []string{"Archive", "Notes"}) // the local one stays
}

func TestChangesThatCannotBe(t *testing.T) {
	ctx, m := context.Background(), openIMAP(t)
	for _, p := range []Pending{
		{Key: m.keys[0], Verb: "burn"},
		{Key: m.keys[0], Verb: VerbMove, Target: "None"},
		{Key: m.keys[0], Verb: VerbMove, Target: "Notes"}, // the server cannot move there
		{Key: 12345, Verb: VerbDelete},
	} {
		before := m.show("INBOX")
		if id, err := m.Apply(ctx, []Pending{{Key: m.keys[1], Verb: VerbDelete}, p}); err == nil {
			t.Fatalf("%+v was applied as %d", p, id)
		}
		m.want("INBOX", before) // all or nothing
	}
}

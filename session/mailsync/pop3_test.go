package mailsync

import (
	"errors"
	"strings"
	"testing"
	"time"

	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/pop3"
)

func three() *fakeMaildrop {
	return &fakeMaildrop{capa: []string{"TOP", "UIDL"}, messages: []fakeMessage{message("u1", "one"), message("u2", "two"), message("u3", "three")}}
}

// TestPolicies: what is left on the server after the first sync, after one was put in the trash here, and ten days on.
func TestPolicies(t *testing.T) {
	for name, c := range map[string]struct {
		policy              LeavePolicy
		first, trashed, old string
	}{
		"keep":   {LeavePolicy{}, "u1 u2 u3", "u1 u2 u3", "u1 u2 u3"},
		"delete": {LeavePolicy{Deleted: true}, "u1 u2 u3", "u1 u3", "u1 u3"},
		"days":   {LeavePolicy{After: 7 * 24 * time.Hour}, "u1 u2 u3", "u1 u2 u3", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, three(), c.policy)
			if r := d.sync(); r.New != 3 || r.Total != 3 || d.left() != c.first {
				t.Fatalf("%+v, left %s", r, d.left())
			}
			d.trash("two")
			d.sync()
			if d.left() != c.trashed {
				t.Errorf("after the trash: %q, want %q", d.left(), c.trashed)
			}
			d.now = d.now.Add(10 * 24 * time.Hour)
			d.sync()
			if d.left() != c.old {
				t.Errorf("ten days later: %q, want %q", d.left(), c.old)
			}
			if r := d.sync(); r.New != 0 || len(d.rows()) != 2 {
				t.Errorf("fetched again: %+v, %d rows", r, len(d.rows()))
			}
		})
	}
}

// TestDaysCountFromOurStoring: mail that is old there and new here stays.
func TestDaysCountFromOurStoring(t *testing.T) {
	d := newDesk(t, three(), LeavePolicy{After: 7 * 24 * time.Hour})
	d.sync()
	d.now = d.now.Add(6 * 24 * time.Hour)
	d.fake.mu.Lock()
	d.fake.messages = append(d.fake.messages, message("u4", "four"))
	d.fake.mu.Unlock()
	d.sync()
	d.now = d.now.Add(2 * 24 * time.Hour)
	if d.sync(); d.left() != "u4" {
		t.Errorf("left %q", d.left())
	}
}

// TestQuitLost: the server hung up instead of answering QUIT, so nobody knows; the ledger is not told, and the next
// session deletes again.
func TestQuitLost(t *testing.T) {
	d := newDesk(t, three(), LeavePolicy{Deleted: true})
	d.sync()
	d.trash("one")
	d.fake.loseQuit = true
	if r, err := d.try(); err == nil || r.Removed != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	l, err := d.store.Ledger(t.Context(), "bob")
	if err != nil || !l["u1"].DeletedThere.IsZero() || l["u1"].DeletedHere.IsZero() {
		t.Fatalf("%+v %v", l["u1"], err)
	}
	if d.left() != "u1 u2 u3" {
		t.Fatalf("left %q", d.left())
	}
	d.fake.loseQuit = false
	if r := d.sync(); r.Removed != 1 || d.left() != "u2 u3" {
		t.Fatalf("%+v, left %q", r, d.left())
	}
	if l, err = d.store.Ledger(t.Context(), "bob"); err != nil || l["u1"].DeletedThere.IsZero() {
		t.Errorf("%+v %v", l["u1"], err)
	}
}

func codes(all []trace.Finding) string {
	var list []string
	for _, f := range all {
		list = append(list, f.Code)
	}
	return strings.Join(list, " ")
}

// TestNoUIDL: everything is fetched once, nothing is ever deleted, and that is said.
func TestNoUIDL(t *testing.T) {
	for name, f := range map[string]*fakeMaildrop{"with TOP": three(), "without": three()} {
		t.Run(name, func(t *testing.T) {
			f.noUIDL, f.capa = true, nil
			if name == "with TOP" {
				f.capa = []string{"TOP"}
			}
			d := newDesk(t, f, LeavePolicy{Deleted: true, After: time.Hour})
			if r := d.sync(); r.New != 3 || codes(r.Asks) != CodeNoUIDL || len(f.commands("RETR")) != 3 {
				t.Fatalf("%+v, %q", r, f.commands("RETR"))
			}
			d.trash("one")
			d.now = d.now.Add(48 * time.Hour)
			if r := d.sync(); r.New != 0 || len(f.commands("DELE")) != 0 || d.left() != "u1 u2 u3" {
				t.Fatalf("%+v, %q", r, f.commands("DELE"))
			}
		})
	}
}

// TestDuplicateUIDLs: both messages are fetched, nothing is deleted, and that is said.
func TestDuplicateUIDLs(t *testing.T) {
	f := &fakeMaildrop{capa: []string{"TOP", "UIDL"}, messages: []fakeMessage{message("same", "one"), message("same", "two"), message("u3", "three")}}
	d := newDesk(t, f, LeavePolicy{Deleted: true, After: time.Hour})
	if r := d.sync(); r.New != 3 || codes(r.Asks) != CodeUIDLDuplicate {
		t.Fatalf("%+v", r)
	}
	d.trash("three")
	d.now = d.now.Add(48 * time.Hour)
	if r := d.sync(); r.New != 0 || len(f.commands("DELE")) != 0 {
		t.Fatalf("%+v, %q", r, f.commands("DELE"))
	}
}

// TestAllUIDLsChanged asks before anything is fetched or deleted.
func TestAllUIDLsChanged(t *testing.T) {
	d := newDesk(t, three(), LeavePolicy{Deleted: true, After: time.Hour})
	d.sync()
	d.now = d.now.Add(48 * time.Hour)
	d.fake.set(message("n1", "one"), message("n2", "two"), message("n3", "three"))
	r := d.sync()
	if codes(r.Asks) != AskUIDLChanged || r.Asks[0].Args["count"] != "3" || r.Asks[0].Args["known"] != "3" || r.New != 0 {
		t.Fatalf("%+v", r)
	}
	if len(d.fake.commands("RETR"))+len(d.fake.commands("DELE")) != 0 {
		t.Fatalf("went on: %q %q", d.fake.commands("RETR"), d.fake.commands("DELE"))
	}
	if r = d.sync(AskUIDLChanged); r.New != 3 || len(r.Asks) != 0 {
		t.Fatalf("after the yes: %+v", r)
	}
}

// TestExpireZero is asked before the first RETR.
func TestExpireZero(t *testing.T) {
	for name, capa := range map[string][]string{"named by the server": {"EXPIRE 0", "UIDL", "TOP"}, "named by fetching": {"EXPIRE 0"}} {
		t.Run(name, func(t *testing.T) {
			f := three()
			f.capa, f.noUIDL = capa, len(capa) == 1
			d := newDesk(t, f, LeavePolicy{})
			if r := d.sync(); codes(r.Asks) != AskExpireZero || r.Asks[0].Args["count"] != "3" || r.New != 0 || len(f.commands("RETR")) != 0 {
				t.Fatalf("%+v, %q", r, f.commands("RETR"))
			}
			if r := d.sync(AskExpireZero); r.New != 3 {
				t.Fatalf("after the yes: %+v", r)
			}
		})
	}
}

func TestInUse(t *testing.T) {
	f := three()
	f.loginSay = "-ERR [IN-USE] another session"
	_, err := newDesk(t, f, LeavePolicy{}).try()
	var refused *pop3.Error
	if !errors.As(err, &refused) || refused.Code != pop3.CodeInUse || !refused.Temporary() {
		t.Fatal(err)
	}
}

// TestNothingIsDeletedThatIsNotStored: when the store cannot take the messages, no DELE is sent.
func TestNothingIsDeletedThatIsNotStored(t *testing.T) {
	d := newDesk(t, three(), LeavePolicy{After: time.Nanosecond})
	d.store.Close()
	if _, err := d.try(); err == nil {
		t.Fatal("a closed store took messages")
	}
	if len(d.fake.commands("DELE")) != 0 || d.left() != "u1 u2 u3" {
		t.Errorf("%q, left %q", d.fake.commands("DELE"), d.left())
	}
}

// TestMovedOutAndBack: a POP3 message that was moved to a folder of this disk and back survives the next sync.
func TestMovedOutAndBack(t *testing.T) {
	d := newDesk(t, three(), LeavePolicy{})
	d.sync()
	archive, err := d.store.EnsureFolder(t.Context(), "bob", mail.Folder{Name: "Archive", Role: mail.RoleArchive, Local: true})
	if err != nil {
		t.Fatal(err)
	}
	inbox, err := d.store.Folder(t.Context(), "bob", "INBOX")
	if err != nil {
		t.Fatal(err)
	}
	key := d.rows()[0].Key
	for _, to := range []store.Folder{archive, inbox} {
		_, err := d.store.Apply(t.Context(), []store.Pending{{Account: "bob", Key: key, Verb: store.VerbMove, Target: to.Name, TargetID: to.ID, LocalOnly: true, Made: d.now}})
		if err != nil {
			t.Fatal(err)
		}
	}
	if r := d.sync(); r.New != 0 || len(d.rows()) != 3 {
		t.Fatalf("%+v, %d rows", r, len(d.rows()))
	}
	if _, err := d.store.Body(t.Context(), key); err != nil {
		t.Error(err)
	}
}

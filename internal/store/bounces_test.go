package store

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"todoku/internal/mail"
)

func TestBouncesShowBesideWhatWasSent(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	folders := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox), serverFolder("Sent", mail.RoleSent))
	must(s.PutMessages(ctx, folders["INBOX"].ID, messages(1, 3)))(t)
	must(s.PutMessages(ctx, folders["Sent"].ID, messages(4, 5)))(t)
	keys := must(s.Keys(ctx, folders["INBOX"].ID))(t)
	ok(t, s.PutBody(ctx, keys[0], []byte("bounce")))
	ok(t, s.PutBody(ctx, keys[1], []byte("another")))
	ok(t, s.MarkBounced(ctx, keys[0]))
	ok(t, s.MarkBounced(ctx, keys[1]))
	equal(t, must(s.UnreadBounces(ctx, "sakura", 9))(t), keys[:2])
	equal(t, len(must(s.UnreadBounces(ctx, "fuji", 9))(t)), 0)

	full := Bounce{Account: "sakura", Original: "m4@fuji.test", Recipient: "Carol@tsuru.test", Action: "failed", Reason: "full", Hard: true,
		Said: "552 5.2.2 Mailbox full", Host: "mx1.tsuru.test", Step: 3}
	ok(t, s.PutBounces(ctx, keys[0], []Bounce{full}))
	ok(t, s.PutBounces(ctx, keys[1], []Bounce{{Account: "sakura", Action: "failed", Reason: "none"}}))
	equal(t, len(must(s.UnreadBounces(ctx, "sakura", 9))(t)), 0)
	full.Recipient, full.Key, full.At = "carol@tsuru.test", keys[0], must(s.Message(ctx, keys[0]))(t).Received
	equal(t, must(s.Bounces(ctx, "sakura", nil, []string{"m4@fuji.test", "m5@fuji.test", ""}))(t), []Bounce{full})
	equal(t, must(s.Bounces(ctx, "sakura", keys, nil))(t), []Bounce{full, {Account: "sakura", Action: "failed", Reason: "none", Key: keys[1], At: must(s.Message(ctx, keys[1]))(t).Received}})
	equal(t, len(must(s.Bounces(ctx, "fuji", nil, []string{"m4@fuji.test"}))(t)), 0)

	must(s.RemoveIDs(ctx, folders["INBOX"].ID, []mail.ID{"1", "2", "3"}))(t)
	full.Key = 0
	equal(t, must(s.Bounces(ctx, "sakura", keys, []string{"m4@fuji.test"}))(t), []Bounce{full}) // what is known of a sent message outlives the bounce
	equal(t, must(s.SentMessage(ctx, "sakura", "m5@fuji.test"))(t).ID, mail.ID("5"))
	_, err := s.SentMessage(ctx, "sakura", "m1@fuji.test")
	wantCode(t, err, CodeNotFound)
	equal(t, ids(must(s.SentLike(ctx, "sakura", epoch, epoch.Add(4*time.Minute)))(t)), []string{"4"})
}

// TestReportsOfTheSameRecipient stand beside each other: a delay, and what followed. None is read twice.
func TestReportsOfTheSameRecipient(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	folders := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox))
	must(s.PutMessages(ctx, folders["INBOX"].ID, messages(1, 2)))(t)
	keys := must(s.Keys(ctx, folders["INBOX"].ID))(t)
	far := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, key := range keys {
		ok(t, s.PutBody(ctx, key, []byte("report")))
		ok(t, s.MarkBounced(ctx, key))
		ok(t, s.PutBounces(ctx, key, []Bounce{{Account: "sakura", Original: "x@y", Recipient: "c@d", Action: []string{"failed", "delayed"}[i], Hard: i == 0, Until: far}}))
	}
	equal(t, len(must(s.UnreadBounces(ctx, "sakura", 9))(t)), 0)
	found := must(s.Bounces(ctx, "sakura", nil, []string{"x@y"}))(t)
	if len(found) != 2 || !found[1].Until.Equal(far) {
		t.Errorf("%+v", found)
	}
}

// TestLastBounce is the newest refusal for good of a recipient, until it is forgotten.
func TestLastBounce(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	folders := account(t, s, "sakura", serverFolder("INBOX", mail.RoleInbox))
	must(s.PutMessages(ctx, folders["INBOX"].ID, messages(1, 4)))(t)
	keys := must(s.Keys(ctx, folders["INBOX"].ID))(t) // newest first
	for i, b := range []Bounce{{Action: "delayed"}, {Action: "failed", Reason: "storage"}, {Action: "failed", Reason: "nobody", Hard: true}, {Action: "failed", Reason: "full", Hard: true}} {
		b.Account, b.Recipient = "sakura", "Gone@Tsuru.test"
		ok(t, s.PutBounces(ctx, keys[i], []Bounce{b}))
	}
	last, found, err := s.LastBounce(ctx, "sakura", "gone@tsuru.TEST")
	if err != nil || !found || last.Reason != "nobody" || last.Key != keys[2] {
		t.Errorf("%+v %v %v", last, found, err)
	}
	equal(t, must(s.Forget(ctx, "fuji", "gone@tsuru.test"))(t), 0)
	equal(t, must(s.Forget(ctx, "sakura", "GONE@tsuru.test"))(t), 4)
	if _, found, err = s.LastBounce(ctx, "sakura", "gone@tsuru.test"); found || err != nil {
		t.Errorf("after it was forgotten: %v %v", found, err)
	}
	equal(t, len(must(s.Bounces(ctx, "sakura", keys, nil))(t)), 4) // what happened is shown as before
}

// TestForgetTakesTheAddressOutOfTheContacts of one account.
func TestForgetTakesTheAddressOutOfTheContacts(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	for _, name := range []string{"sakura", "fuji"} {
		must(s.Enqueue(ctx, OutboxEntry{Account: name, From: "a@b", To: []Recipient{{Addr: "bob2@fuji.test"}}, Raw: []byte("x")}, 0))(t)
	}
	equal(t, must(s.Forget(ctx, "sakura", "Bob2@fuji.test"))(t), 1)
	equal(t, len(must(s.Complete(ctx, "sakura", "bob2", 0))(t)), 0)
	equal(t, len(must(s.Complete(ctx, "fuji", "bob2", 0))(t)), 1)
}

// TestWhatWasSentAgain is found by the message that came back, and what was taken for an address is counted.
func TestWhatWasSentAgain(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	put := func(id, resends, to, state string) OutboxEntry {
		e := must(s.Enqueue(ctx, OutboxEntry{Account: "sakura", From: "a@b", MessageID: id, Resends: resends, ResentFor: []string{"carrol@c"},
			To: []Recipient{{Addr: to}}, Raw: []byte("x")}, 0))(t)
		e, _, err := s.Claim(ctx, e.Key, "", "me", time.Minute)
		ok(t, err)
		e.State, e.To[0].State = StateSending, state
		ok(t, s.Advance(ctx, e))
		e.State = StateAccepted
		ok(t, s.Advance(ctx, e))
		return e
	}
	put("1@b", "", "Carol@c", "ok")
	again := put("2@b", "1@b", "carol@c", "ok")
	put("3@b", "", "carol@c", "fail")
	found := must(s.Resent(ctx, "sakura", []string{"1@b", "9@b"}))(t)
	if len(found) != 1 || found[0].Key != again.Key || found[0].Resends != "1@b" || len(found[0].ResentFor) != 1 || found[0].ResentFor[0] != "carrol@c" {
		t.Errorf("%+v", found)
	}
	equal(t, len(must(s.Resent(ctx, "fuji", []string{"1@b"}))(t)), 0)
	equal(t, len(must(s.OutboxOf(ctx, "sakura", "3@b"))(t)), 1)
	taken := must(s.Accepted(ctx, "sakura", "CAROL@c", 9))(t)
	if len(taken) != 2 || taken[0].MessageID != "2@b" || taken[0].At.IsZero() {
		t.Errorf("%+v", taken)
	}
}

// TestBouncesOfVersion4AreReadAgain where they are here; of those that are gone what was noted stays.
func TestBouncesOfVersion4AreReadAgain(t *testing.T) {
	ctx := context.Background()
	path, key := storeOf(t, 4)
	db, err := sql.Open("sqlite", dsn(path, writerCache))
	ok(t, err)
	_, err = db.ExecContext(ctx, `INSERT INTO bounces (account, original, recipient, reason, hard, bounce) VALUES ('sakura', 'm@x', 'here@x', 'full', 1, 7), ('sakura', 'm@x', 'gone@x', 'nobody', 1, 0)`)
	ok(t, err)
	ok(t, db.Close())
	s := openAt(t, path, &clock{epoch})
	equal(t, must(s.UnreadBounces(ctx, "sakura", 9))(t), []int64{key})
	equal(t, must(s.Bounces(ctx, "sakura", nil, []string{"m@x"}))(t), []Bounce{{Account: "sakura", Original: "m@x", Recipient: "gone@x", Action: "failed", Reason: "nobody", Hard: true}})
}

// TestBouncesOfAnOlderStoreAreRead: a store of version 2 has marked bounces of which nothing is noted.
func TestBouncesOfAnOlderStoreAreRead(t *testing.T) {
	ctx := context.Background()
	path, key := storeOf(t, 2)
	s := openAt(t, path, &clock{epoch})
	equal(t, must(s.UnreadBounces(ctx, "sakura", 9))(t), []int64{key})
	if !exists(path + ".v2.bak") {
		t.Error("no copy was made before the migration")
	}
}

// storeOf is a store of an older version with one report in it.
func storeOf(t *testing.T, version int) (path string, key int64) {
	t.Helper()
	ctx := context.Background()
	path = filepath.Join(t.TempDir(), "todoku.db")
	db, err := sql.Open("sqlite", dsn(path, writerCache))
	ok(t, err)
	conn, err := db.Conn(ctx)
	ok(t, err)
	ok(t, migrate(ctx, conn, path, 0, steps()[:version]))
	_, err = conn.ExecContext(ctx, `INSERT INTO folders (id, account, name, place, delimiter, role, no_select, local) VALUES (1, 'sakura', 'INBOX', 0, '/', 'inbox', 0, 0);
		INSERT INTO messages (key, folder, server_id, flags, server_flags, size, received, mod_seq, has_file, stored, bounced, message_id, envelope)
		VALUES (7, 1, '1', 0, 0, 9, 0, 0, 0, 1, 1, 'b@x', x'')`)
	ok(t, err)
	ok(t, conn.Close())
	ok(t, db.Close())
	return path, 7
}

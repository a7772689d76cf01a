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

	full := Bounce{Account: "sakura", Original: "m4@fuji.test", Recipient: "Carol@tsuru.test", Reason: "full", Hard: true}
	ok(t, s.PutBounces(ctx, keys[0], []Bounce{full}))
	ok(t, s.PutBounces(ctx, keys[1], []Bounce{{Account: "sakura", Reason: "none"}}))
	equal(t, len(must(s.UnreadBounces(ctx, "sakura", 9))(t)), 0)
	full.Recipient, full.Key = "carol@tsuru.test", keys[0]
	equal(t, must(s.Bounces(ctx, "sakura", nil, []string{"m4@fuji.test", "m5@fuji.test", ""}))(t), []Bounce{full})
	equal(t, must(s.Bounces(ctx, "sakura", keys, nil))(t), []Bounce{full, {Account: "sakura", Reason: "none", Key: keys[1]}})
	equal(t, len(must(s.Bounces(ctx, "fuji", nil, []string{"m4@fuji.test"}))(t)), 0)

	must(s.RemoveIDs(ctx, folders["INBOX"].ID, []mail.ID{"1", "2", "3"}))(t)
	full.Key = 0
	equal(t, must(s.Bounces(ctx, "sakura", keys, []string{"m4@fuji.test"}))(t), []Bounce{full}) // what is known of a sent message outlives the bounce
	equal(t, must(s.SentMessage(ctx, "sakura", "m5@fuji.test"))(t).ID, mail.ID("5"))
	_, err := s.SentMessage(ctx, "sakura", "m1@fuji.test")
	wantCode(t, err, CodeNotFound)
	equal(t, ids(must(s.SentLike(ctx, "sakura", epoch, epoch.Add(4*time.Minute)))(t)), []string{"4"})
}

// TestBouncesOfAnOlderStoreAreRead: a store of version 2 has marked bounces of which nothing is noted.
func TestBouncesOfAnOlderStoreAreRead(t *testing.T) {
	ctx := context.Background()
	path, key := storeOfVersion2(t)
	s := openAt(t, path, &clock{epoch})
	equal(t, must(s.UnreadBounces(ctx, "sakura", 9))(t), []int64{key})
	if !exists(path + ".v2.bak") {
		t.Error("no copy was made before the migration")
	}
}

func storeOfVersion2(t *testing.T) (path string, key int64) {
	t.Helper()
	ctx := context.Background()
	path = filepath.Join(t.TempDir(), "todoku.db")
	db, err := sql.Open("sqlite", dsn(path, writerCache))
	ok(t, err)
	conn, err := db.Conn(ctx)
	ok(t, err)
	ok(t, migrate(ctx, conn, path, 0, steps()[:2]))
	_, err = conn.ExecContext(ctx, `INSERT INTO folders (id, account, name, place, delimiter, role, no_select, local) VALUES (1, 'sakura', 'INBOX', 0, '/', 'inbox', 0, 0);
		INSERT INTO messages (key, folder, server_id, flags, server_flags, size, received, mod_seq, has_file, stored, bounced, message_id, envelope)
		VALUES (7, 1, '1', 0, 0, 9, 0, 0, 0, 1, 1, 'b@x', x'')`)
	ok(t, err)
	ok(t, conn.Close())
	ok(t, db.Close())
	return path, 7
}

package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"todoku/internal/mail"
)

func fetched(from, to int) []Fetched {
	var batch []Fetched
	for n := from; n <= to; n++ {
		m := message(n)
		batch = append(batch, Fetched{UIDL: fmt.Sprintf("uidl-%d", n), Octets: m.Size, Message: m, Raw: []byte(fmt.Sprintf("raw %d", n))})
	}
	return batch
}

func openPOP3(t *testing.T) (*Store, *clock, map[string]Folder) {
	s, now := openClock(t)
	return s, now, account(t, s, "fuji", serverFolder("INBOX", mail.RoleInbox), localFolder("Trash", mail.RoleTrash), localFolder("Keep", ""))
}

func TestFetchedOnce(t *testing.T) {
	ctx := context.Background()
	s, now, f := openPOP3(t)
	ok(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, fetched(1, 3)))
	now.t = now.t.Add(time.Hour)
	ok(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, fetched(2, 4))) // 2 and 3 again, as after a lost QUIT
	page := must(s.Page(ctx, f["INBOX"].ID, 0, 10))(t)
	equal(t, ids(page), []string{"uidl-4", "uidl-3", "uidl-2", "uidl-1"})
	equal(t, string(must(s.Body(ctx, page[1].Key))(t)), "raw 3")
	equal(t, len(must(s.Ledger(ctx, "other"))(t)), 0)
	ledger := must(s.Ledger(ctx, "fuji"))(t)
	equal(t, slices.Sorted(maps.Keys(ledger)), []string{"uidl-1", "uidl-2", "uidl-3", "uidl-4"})
	equal(t, ledger["uidl-3"], Ledger{UIDL: "uidl-3", Key: page[1].Key, StoredAt: epoch, Octets: 1003})
	equal(t, ledger["uidl-4"].StoredAt, epoch.Add(time.Hour))
	equal(t, must(s.Wordless(ctx, "fuji", 10))(t), must(s.Keys(ctx, f["INBOX"].ID))(t))

	twice := append(fetched(5, 5), fetched(5, 5)...)
	wantCode(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, twice), CodeInput)
	if _, there := must(s.Ledger(ctx, "fuji"))(t)["uidl-5"]; there {
		t.Error("a batch that was refused is in the ledger")
	}
}

// TestFetchedKeyTaken: a key that comes again after 2^20 messages gives way, and what goes with the message follows it.
func TestFetchedKeyTaken(t *testing.T) {
	ctx := context.Background()
	s, _, f := openPOP3(t)
	first, second := fetched(1, 3), fetched(4, 6)
	for i := range second {
		second[i].Message.Received = first[i].Message.Received
	}
	ok(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, first))
	ok(t, s.write(ctx, "begin again", func(t *tx) error { return t.exec("UPDATE meta SET value = 0 WHERE name = 'sequence'") }))
	ok(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, second))
	equal(t, must(s.Folder(ctx, "fuji", "INBOX"))(t).Rows, 6)
	for uidl, l := range must(s.Ledger(ctx, "fuji"))(t) {
		equal(t, string(must(s.Body(ctx, l.Key))(t)), "raw "+uidl[len("uidl-"):])
	}
}

func TestFetchedAfterListing(t *testing.T) {
	ctx := context.Background()
	s, _, f := openPOP3(t)
	listed := message(1)
	listed.ID = "uidl-1"
	must(s.PutMessages(ctx, f["INBOX"].ID, []mail.Message{listed}))(t)
	ok(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, fetched(1, 1)))
	page := must(s.Page(ctx, f["INBOX"].ID, 0, 10))(t)
	equal(t, []any{len(page), page[0].Stored}, []any{1, true})
	equal(t, len(must(s.Search(ctx, "fuji", 0, "議事録", 0))(t)), 1)
	ok(t, s.IndexTexts(ctx, map[int64]string{page[0].Key: "明細は添付"}))
	equal(t, len(must(s.Search(ctx, "fuji", 0, "明細 議事録", 0))(t)), 1)
	equal(t, len(must(s.Wordless(ctx, "fuji", 10))(t)), 0)
}

// The policy "delete when deleted here" rests on DeletedHere: set by deleting and by the trash, unset by undo.
func TestDeletedHere(t *testing.T) {
	ctx := context.Background()
	s, now, f := openPOP3(t)
	ok(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, fetched(1, 3)))
	keys := must(s.Keys(ctx, f["INBOX"].ID))(t)
	now.t = now.t.Add(time.Minute)
	here := func() (list []bool) {
		ledger := must(s.Ledger(ctx, "fuji"))(t)
		for n := 1; n <= 3; n++ {
			list = append(list, ledger[fmt.Sprintf("uidl-%d", n)].DeletedHere.Equal(now.t))
		}
		return list
	}
	must(s.Apply(ctx, []Pending{{Key: keys[2], Verb: VerbMove, Target: "Trash", LocalOnly: true}, {Key: keys[1], Verb: VerbMove, Target: "Keep", LocalOnly: true}}))(t)
	equal(t, here(), []bool{true, false, false})
	_, confirmed, err := s.Undo(ctx, 0)
	ok(t, err)
	equal(t, confirmed, false)
	equal(t, here(), []bool{false, false, false})
	equal(t, must(s.Folder(ctx, "fuji", "INBOX"))(t).Rows, 3)
	equal(t, ids(must(s.Page(ctx, f["INBOX"].ID, 0, 9))(t)), []string{"uidl-3", "uidl-2", "uidl-1"})
	equal(t, len(must(s.PendingChanges(ctx, "fuji"))(t)), 0)

	must(s.Apply(ctx, []Pending{{Key: keys[0], Verb: VerbDelete, LocalOnly: true}}))(t)
	equal(t, here(), []bool{false, false, true})
	gone, there := must(s.Ledger(ctx, "fuji"))(t)["uidl-3"]
	equal(t, []any{gone.Key, there}, []any{int64(0), true}) // known still: never fetched again
	ok(t, s.MarkDeletedThere(ctx, "fuji", []string{"uidl-3"}, now.t))
	equal(t, must(s.Ledger(ctx, "fuji"))(t)["uidl-3"].DeletedThere, now.t)
}

func TestUIDLsOfAnyOctets(t *testing.T) {
	ctx := context.Background()
	s, _, f := openPOP3(t)
	batch := fetched(1, 1)
	batch[0].UIDL = "a\xff'\"%\x01 b"
	ok(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, batch))
	if _, there := must(s.Ledger(ctx, "fuji"))(t)[batch[0].UIDL]; !there {
		t.Fatal("the unique-id is not in the ledger as it was given")
	}
	ok(t, s.MarkDeletedThere(ctx, "fuji", []string{batch[0].UIDL}, epoch))
}

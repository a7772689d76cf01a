package store

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"todoku/internal/mail"
)

func entry(n int) OutboxEntry {
	return OutboxEntry{Account: "sakura", From: "alice@sakura.test", To: []Recipient{{Addr: "bob@fuji.test"}, {Addr: "hanako@tsuru.test"}},
		MessageID: fmt.Sprintf("out%d@sakura.test", n), Subject: "件名", Raw: []byte("Subject: x\r\n\r\nbody\r\n"), Note: []byte("{}")}
}

func claim(t *testing.T, s *Store, key int64, owner string) OutboxEntry {
	t.Helper()
	e, got, err := s.Claim(context.Background(), key, "", owner, time.Minute)
	ok(t, err)
	if !got {
		t.Fatalf("nothing to claim for %s", owner)
	}
	return e
}

func noClaim(t *testing.T, s *Store, key int64, owner string) {
	t.Helper()
	if e, got, err := s.Claim(context.Background(), key, "", owner, time.Minute); got || err != nil {
		t.Fatalf("%s got %+v, %v", owner, e, err)
	}
}

func state(t *testing.T, s *Store, key int64) string {
	t.Helper()
	return must(s.OutboxEntry(context.Background(), key))(t).State
}

func TestEnqueueTakesTheDraft(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	d := must(s.PutDraft(ctx, Draft{Account: "sakura", JSON: []byte(`{"to":"x"}`)}, nil))(t)
	e := must(s.Enqueue(ctx, entry(1), d.Key))(t)
	_, err := s.Draft(ctx, d.Key)
	wantCode(t, err, CodeNotFound)
	want := entry(1)
	want.Key, want.State, want.Created, want.Changed = e.Key, StateQueued, epoch, epoch
	equal(t, must(s.OutboxEntry(ctx, e.Key))(t), want)
	want.Raw = nil
	equal(t, must(s.Outbox(ctx, "sakura"))(t), []OutboxEntry{want})
	_, err = s.Enqueue(ctx, OutboxEntry{Account: "sakura", Raw: []byte("x")}, 0)
	wantCode(t, err, CodeInput)
}

func TestSendAndFile(t *testing.T) {
	ctx := context.Background()
	s, now := openClock(t)
	key := must(s.Enqueue(ctx, entry(1), 0))(t).Key
	e := claim(t, s, 0, "A")
	equal(t, []any{e.State, e.Attempts, string(e.Raw)}, []any{StateClaimed, 1, string(entry(1).Raw)})
	noClaim(t, s, 0, "B")
	noClaim(t, s, key, "B")

	e.State = StateSending
	ok(t, s.Advance(ctx, e))
	e.State, e.Reply, e.Server = StateAccepted, "250 2.0.0 queued as 4F", "mail.sakura.test:587"
	e.To[0].Code, e.To[0].Reply = 250, "2.1.5 ok"
	ok(t, s.Advance(ctx, e))
	e.CopyError, e.Next, e.Lease = "NO [OVERQUOTA]", now.t.Add(time.Minute), time.Time{}
	ok(t, s.Advance(ctx, e))
	noClaim(t, s, 0, "B") // not yet

	now.t = now.t.Add(2 * time.Minute)
	e = claim(t, s, 0, "B")
	equal(t, []any{e.State, e.Attempts, e.Reply, e.To[0].Code, e.CopyError}, []any{StateAccepted, 1, "250 2.0.0 queued as 4F", 250, "NO [OVERQUOTA]"})
	sent := account(t, s, "sakura", localFolder("Sent", mail.RoleSent))["Sent"]
	copied := must(s.FileLocal(ctx, key, sent.ID, message(1), e.Raw, "body"))(t)
	equal(t, state(t, s, key), StateFiled)
	equal(t, string(must(s.Body(ctx, copied))(t)), string(e.Raw))
	_, err := s.FileLocal(ctx, key, sent.ID, message(1), e.Raw, "body")
	wantCode(t, err, CodeState) // once only
	equal(t, must(s.Folder(ctx, "sakura", "Sent"))(t).Total, 1)
	noClaim(t, s, 0, "C")
}

// An entry whose sender died is sent again only if the final dot cannot have gone out.
func TestLapsedLease(t *testing.T) {
	for _, test := range []struct {
		name  string
		state string
		taken bool
		after string
	}{
		{"before the dot", StateClaimed, true, StateClaimed},
		{"perhaps after the dot", StateSending, false, StateUnknown},
		{"accepted, copy not filed", StateAccepted, true, StateAccepted},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx := context.Background()
			s, now := openClock(t)
			key := must(s.Enqueue(ctx, entry(1), 0))(t).Key
			e := claim(t, s, key, "A")
			for _, step := range []string{StateClaimed, StateSending, StateAccepted} {
				e.State = step
				ok(t, s.Advance(ctx, e))
				if step == test.state {
					break
				}
			}
			noClaim(t, s, 0, "B")
			now.t = now.t.Add(61 * time.Second)
			if test.taken {
				equal(t, claim(t, s, 0, "B").State, test.after)
				wantCode(t, s.Advance(ctx, e), CodeLost)
				return
			}
			equal(t, state(t, s, key), StateUnknown) // seen before anybody claims
			for range 2 {
				noClaim(t, s, 0, "B")
				noClaim(t, s, key, "B")
			}
			equal(t, state(t, s, key), test.after)
			e.State, e.Reply = StateAccepted, "250 late"
			ok(t, s.Advance(ctx, e)) // its sender was only slow
			equal(t, state(t, s, key), StateAccepted)
		})
	}
}

func TestUnknownWaitsForThePerson(t *testing.T) {
	ctx := context.Background()
	s, now := openClock(t)
	key := must(s.Enqueue(ctx, entry(1), 0))(t).Key
	e := claim(t, s, key, "A")
	for _, step := range []string{StateSending, StateUnknown} {
		e.State = step
		ok(t, s.Advance(ctx, e))
	}
	now.t = now.t.Add(24 * time.Hour)
	noClaim(t, s, key, "B")
	e.State = StateQueued
	wantCode(t, s.Advance(ctx, e), CodeState)
	ok(t, s.Requeue(ctx, key))
	again := claim(t, s, 0, "B")
	equal(t, []any{again.MessageID, again.Attempts}, []any{e.MessageID, 2})
	wantCode(t, s.Requeue(ctx, key), CodeState) // it is being sent
	_, err := s.DropOutbox(ctx, key, nil)
	wantCode(t, err, CodeState)
}

// Every step that is not in the table is refused, whoever asks.
func TestOutboxSteps(t *testing.T) {
	states := []string{StateQueued, StateClaimed, StateSending, StateUnknown, StateAccepted, StateFiled, StateRefused}
	way := map[string][]string{StateClaimed: {}, StateSending: {StateSending}, StateUnknown: {StateSending, StateUnknown},
		StateAccepted: {StateSending, StateAccepted}}
	for from, path := range way {
		for _, to := range states {
			ctx, s := context.Background(), openTest(t)
			must(s.Enqueue(ctx, entry(1), 0))(t)
			e := claim(t, s, 0, "A")
			for _, step := range path {
				e.State = step
				ok(t, s.Advance(ctx, e))
			}
			e.State = to
			err := s.Advance(ctx, e)
			allowed := cmp.Equal(outboxSteps[from], []string{to}, cmpopts.SortSlices(func(a, b string) bool { return a < b }))
			for _, step := range outboxSteps[from] {
				allowed = allowed || step == to
			}
			if allowed != (err == nil) || err != nil && !IsCode(err, CodeState) {
				t.Errorf("%s to %s: %v", from, to, err)
			}
			s.Close()
		}
	}
	for _, never := range [][2]string{{StateClaimed, StateAccepted}, {StateUnknown, StateQueued}, {StateAccepted, StateQueued}, {StateClaimed, StateUnknown}} {
		for _, step := range outboxSteps[never[0]] {
			if step == never[1] {
				t.Errorf("%s may become %s", never[0], never[1])
			}
		}
	}
}

func TestClaimInOrderAndByAccount(t *testing.T) {
	ctx := context.Background()
	s, now := openClock(t)
	later := entry(1)
	later.Next = now.t.Add(time.Minute)
	first := must(s.Enqueue(ctx, later, 0))(t).Key
	other := entry(2)
	other.Account = "fuji"
	must(s.Enqueue(ctx, other, 0))(t)
	third := must(s.Enqueue(ctx, entry(3), 0))(t).Key
	e, _, err := s.Claim(ctx, 0, "sakura", "A", time.Minute)
	ok(t, err)
	equal(t, e.Key, third)
	_, got, err := s.Claim(ctx, 0, "sakura", "A", time.Minute)
	equal(t, []any{got, err}, []any{false, nil})
	equal(t, claim(t, s, first, "A").Key, first) // asked for by key, it does not wait
}

func TestDropOutboxIntoADraft(t *testing.T) {
	ctx, s := context.Background(), openTest(t)
	key := must(s.Enqueue(ctx, entry(1), 0))(t).Key
	d := must(s.DropOutbox(ctx, key, &Draft{Account: "sakura", JSON: []byte("{}")}))(t)
	equal(t, len(must(s.Outbox(ctx, ""))(t)), 0)
	equal(t, must(s.Drafts(ctx, "sakura"))(t), []Draft{d})
}

func TestDraftsAndFiles(t *testing.T) {
	ctx := context.Background()
	s, now := openClock(t)
	files := []DraftFile{{Name: "請求書.pdf", Type: "application/pdf"}, {Name: "b.txt", Type: "text/plain"}}
	d := must(s.PutDraft(ctx, Draft{Account: "sakura", JSON: []byte("1"), Files: files}, map[int][]byte{0: []byte("pdf"), 1: {}}))(t)
	equal(t, []int64{d.Files[0].Size, d.Files[1].Size}, []int64{3, 0})
	equal(t, files[0].ID, int64(0)) // the caller's slice is its own

	now.t = now.t.Add(time.Second)
	gone := d.Files[1].ID
	d.JSON, d.Files = []byte("2"), []DraftFile{{Name: "new", Type: "x/y"}, d.Files[0]}
	d = must(s.PutDraft(ctx, d, map[int][]byte{0: []byte("abc")}))(t)
	equal(t, must(s.Draft(ctx, d.Key))(t), d)
	equal(t, []string{d.Files[0].Name, d.Files[1].Name, string(d.JSON)}, []string{"new", "請求書.pdf", "2"})
	equal(t, string(must(s.DraftFile(ctx, d.Files[1].ID))(t)), "pdf")
	_, err := s.DraftFile(ctx, gone)
	wantCode(t, err, CodeNotFound)
	_, err = s.PutDraft(ctx, Draft{Key: d.Key, Files: []DraftFile{{Name: "missing"}}}, nil)
	wantCode(t, err, CodeInput)
	equal(t, must(s.Draft(ctx, d.Key))(t), d) // all or nothing

	ok(t, s.DropDraft(ctx, d.Key))
	_, err = s.DraftFile(ctx, d.Files[1].ID)
	wantCode(t, err, CodeNotFound)
	d.Files = nil
	equal(t, must(s.PutDraft(ctx, d, nil))(t).Key, d.Key) // dropped by another process, saved here: text is never refused
}

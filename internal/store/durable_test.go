package store

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"todoku/internal/mail"
)

var kills = flag.Int("kills", 60, "how often the kill test kills its child; run hundreds before a release")

const (
	childEnv  = "TODOKU_STORE_CHILD" // "kill" or "sync": this process is the child of a test
	childPath = "TODOKU_STORE_PATH"
)

// TestChild is the body of the child processes; on its own it does nothing.
func TestChild(t *testing.T) {
	switch os.Getenv(childEnv) {
	case "kill":
		childWrites(t)
	case "sync":
		childSyncs(t)
	default:
		t.Skip("runs as a child of other tests")
	}
}

// say confirms on standard output, in one write.
func say(format string, args ...any) { os.Stdout.WriteString(fmt.Sprintf(format, args...) + "\n") }

// childWrites does durable things for ever, beginning at a number of its own, and confirms each when its method returned.
func childWrites(t *testing.T) {
	ctx := context.Background()
	s, err := Open(os.Getenv(childPath), Options{})
	ok(t, err)
	unlock, err := s.LockSync(ctx, "fuji")
	ok(t, err) // the dead one's lock is free
	defer unlock()
	f := account(t, s, "fuji", serverFolder("INBOX", mail.RoleInbox), serverFolder("Archive", mail.RoleArchive))
	var last int
	ok(t, s.row(ctx, "SELECT coalesce(max(cast(uidl AS integer)), 0) FROM ledger").Scan(&last))
	for n := last + 1; ; n += 3 {
		batch := fetched(n, n+2)
		for i := range batch {
			batch[i].UIDL, batch[i].Raw = strconv.Itoa(n+i), bytes.Repeat([]byte("0123456789abcdef"), 200+n%300)
		}
		ok(t, s.PutFetched(ctx, "fuji", f["INBOX"].ID, batch))
		say("stored %d", n)
		d := must(s.PutDraft(ctx, Draft{Account: "fuji", JSON: []byte(strconv.Itoa(n))}, nil))(t)
		say("draft %d", d.Key)
		if n%2 == 0 {
			say("drops %d", d.Key)
			e := entry(n)
			e.Account = "fuji"
			e = must(s.Enqueue(ctx, e, d.Key))(t)
			say("queued %d", e.Key)
			childSends(t, s, e.Key)
		}
		key := must(s.Keys(ctx, f["INBOX"].ID))(t)[0]
		say("flagged %d", must(s.Apply(ctx, []Pending{{Key: key, Verb: VerbFlag, Flags: mail.Flagged, On: true}}))(t))
	}
}

func childSends(t *testing.T, s *Store, key int64) {
	ctx := context.Background()
	e, got, err := s.Claim(ctx, key, "", strconv.Itoa(os.Getpid()), time.Hour)
	ok(t, err)
	if !got {
		t.Fatal("a new entry cannot be claimed")
	}
	for _, step := range []string{StateSending, StateAccepted} {
		e.State = step
		ok(t, s.Advance(ctx, e))
		say("%s %d", step, key)
	}
}

// ledgerOf is what children confirmed, by the first word of their lines.
type confirmed map[string][]int64

// TestKillLosesNothing kills a writing process at random moments, again and again on one store, and looks for everything
// that it had confirmed.
func TestKillLosesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the wait for a free lock differs there")
	}
	rounds := *kills
	if testing.Short() {
		rounds = 10
	}
	path := filepath.Join(t.TempDir(), "todoku.db")
	said := confirmed{}
	for round := range rounds {
		killOne(t, path, said, rand.IntN(25))
		if round%10 == 9 || round == rounds-1 {
			checkConfirmed(t, path, said)
		}
	}
	if len(said["stored"]) < rounds || len(said["accepted"]) == 0 {
		t.Fatalf("the children did too little: %d stored, %d accepted", len(said["stored"]), len(said["accepted"]))
	}
	t.Logf("%d kills; %d fetches, %d drafts, %d queued, %d accepted, %d changes confirmed and found", rounds,
		len(said["stored"]), len(said["draft"]), len(said["queued"]), len(said["accepted"]), len(said["flagged"]))
}

// killOne lets a child confirm some things and kills it a moment later.
func killOne(t *testing.T, path string, said confirmed, lines int) {
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), childEnv+"=kill", childPath+"="+path)
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	scan := bufio.NewScanner(out)
	for n := 0; scan.Scan(); n++ {
		word, number, found := strings.Cut(scan.Text(), " ")
		key, err := strconv.ParseInt(number, 10, 64)
		if !found || err != nil {
			cmd.Process.Kill()
			t.Fatalf("the child said %q", scan.Text())
		}
		said[word] = append(said[word], key)
		if n == lines {
			// Then somewhere in the next transactions: what it says until it is dead is read and counts.
			time.AfterFunc(time.Duration(rand.IntN(4000))*time.Microsecond, func() { cmd.Process.Kill() })
		}
	}
	_ = cmd.Wait() // killed
}

func checkConfirmed(t *testing.T, path string, said confirmed) {
	t.Helper()
	ctx := context.Background()
	s, err := Open(path, Options{})
	ok(t, err)
	defer s.Close()
	ledger := must(s.Ledger(ctx, "fuji"))(t)
	for _, n := range said["stored"] {
		for i := range int64(3) {
			l, there := ledger[strconv.FormatInt(n+i, 10)]
			if !there {
				t.Fatalf("unique-id %d was confirmed and is gone", n+i)
			}
			if body, err := s.Body(ctx, l.Key); err != nil || len(body) != 16*(200+int(n)%300) {
				t.Fatalf("body of %d: %d bytes, %v", n+i, len(body), err)
			}
		}
	}
	dropped := map[int64]bool{}
	for _, key := range said["drops"] {
		dropped[key] = true // from here on either the draft or the entry is there; which, "queued" tells
	}
	for _, key := range said["draft"] {
		if _, err := s.Draft(ctx, key); err != nil && !dropped[key] {
			t.Fatalf("draft %d: %v", key, err)
		}
	}
	checkStates(t, s, said)
	for _, id := range said["flagged"] {
		var there bool
		ok(t, s.row(ctx, "SELECT EXISTS (SELECT 1 FROM pending WHERE change_id = ?)", id).Scan(&there))
		if !there {
			t.Fatalf("change %d was confirmed and is gone", id)
		}
	}
	var integrity string
	ok(t, s.row(ctx, "PRAGMA integrity_check").Scan(&integrity))
	equal(t, integrity, "ok")
	f := must(s.Folder(ctx, "fuji", "INBOX"))(t)
	equal(t, f.Rows, len(must(s.Keys(ctx, f.ID))(t)))
}

// checkStates: an entry is in the last state that was confirmed, or in the next, whose confirmation the kill cut off.
func checkStates(t *testing.T, s *Store, said confirmed) {
	t.Helper()
	order := []string{StateQueued, StateClaimed, StateSending, StateAccepted}
	least := map[int64]int{}
	for rank, word := range order {
		for _, key := range said[word] {
			least[key] = rank
		}
	}
	for key, rank := range least {
		e, err := s.OutboxEntry(context.Background(), key)
		ok(t, err)
		have := -1
		for i, state := range order {
			if state == e.State {
				have = i
			}
		}
		if have < rank {
			t.Fatalf("entry %d was %s and is %s", key, order[rank], e.State)
		}
	}
}

// childSyncs says when it begins and ends each durable step, on a file descriptor that strace sees.
func childSyncs(t *testing.T) {
	ctx := context.Background()
	s, err := Open(os.Getenv(childPath), Options{})
	ok(t, err)
	defer s.Close()
	f := account(t, s, "fuji", serverFolder("INBOX", mail.RoleInbox))
	step := func(name string, do func() error) {
		say("begin %s", name)
		ok(t, do())
		say("end %s", name)
	}
	var e OutboxEntry
	step("PutFetched", func() error { return s.PutFetched(ctx, "fuji", f["INBOX"].ID, fetched(1, 3)) })
	step("PutDraft", func() error { _, err := s.PutDraft(ctx, Draft{Account: "fuji"}, nil); return err })
	step("Enqueue", func() error { _, err := s.Enqueue(ctx, entry(1), 1); return err })
	step("Claim", func() error { e, _, err = s.Claim(ctx, 0, "", "A", time.Hour); return err })
	e.State = StateSending
	step("Advance", func() error { return s.Advance(ctx, e) })
	step("MarkDeletedThere", func() error { return s.MarkDeletedThere(ctx, "fuji", []string{"uidl-1"}, epoch) })
}

// TestSyncBeforeConfirmation: kill -9 cannot show a missing fsync, the system calls can. Between the last write to the
// log and the confirmation of each step there is an fsync or fdatasync of that log.
func TestSyncBeforeConfirmation(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	dir := t.TempDir()
	trace := filepath.Join(dir, "trace")
	cmd := exec.Command(strace, "-f", "-y", "-s", "64", "-o", trace, "-e", "trace=pwrite64,write,fsync,fdatasync",
		os.Args[0], "-test.run=^TestChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), childEnv+"=sync", childPath+"="+filepath.Join(dir, "todoku.db"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("strace cannot run here: %v\n%s", err, out)
	}
	data, err := os.ReadFile(trace)
	ok(t, err)
	synced := syncsBeforeEnd(string(data))
	for _, name := range []string{"PutFetched", "PutDraft", "Enqueue", "Claim", "Advance", "MarkDeletedThere"} {
		if !synced[name] {
			t.Errorf("%s was confirmed without an fsync of the log after its last write", name)
		}
	}
}

// syncsBeforeEnd reads strace's lines: which steps ended with everything written to the log synced.
func syncsBeforeEnd(trace string) map[string]bool {
	// A call that another thread interrupts is printed twice; it counts when it begins for writes, when it ends for syncs.
	wrote := regexp.MustCompile(`pwrite64\(\d+<[^>]*-wal>`)
	began := regexp.MustCompile(`^(\d+) +f(?:data)?sync\(\d+<[^>]*-wal>(.*)`)
	resumed := regexp.MustCompile(`^(\d+) +<\.\.\. f(?:data)?sync resumed>.*= 0`)
	mark := regexp.MustCompile(`write\(1<[^>]*>, "(begin|end) (\w+)`)
	synced, dirty, written := map[string]bool{}, false, false
	open := map[string]bool{}
	for line := range strings.SplitSeq(trace, "\n") {
		switch {
		case wrote.MatchString(line):
			dirty, written = true, true
		case began.MatchString(line):
			m := began.FindStringSubmatch(line)
			if strings.Contains(m[2], "= 0") {
				dirty = false
			} else {
				open[m[1]] = true
			}
		case resumed.MatchString(line):
			if pid := resumed.FindStringSubmatch(line)[1]; open[pid] {
				dirty, open[pid] = false, false
			}
		case mark.MatchString(line):
			m := mark.FindStringSubmatch(line)
			if m[1] == "begin" {
				written = false
			} else {
				synced[m[2]] = written && !dirty
			}
		}
	}
	return synced
}

// The reader of traces has to see a missing sync, or the test above could not fail.
func TestSyncsBeforeEndSeesAMissingSync(t *testing.T) {
	const write, sync = `7 pwrite64(5</x/t.db-wal>, "..", 24, 0) = 24`, `7 fdatasync(5</x/t.db-wal>) = 0`
	begin, end := `8 write(1<pipe:[1]>, "begin A\n", 8) = 8`, `8 write(1<pipe:[1]>, "end A\n", 6) = 6`
	for _, test := range []struct {
		lines []string
		want  bool
	}{
		{[]string{begin, write, sync, end}, true},
		{[]string{begin, write, `7 fdatasync(5</x/t.db-wal> <unfinished ...>`, `7 <... fdatasync resumed>) = 0`, end}, true},
		{[]string{begin, write, end}, false},
		{[]string{begin, sync, write, end}, false},
		{[]string{begin, write, `7 fdatasync(5</x/t.db-wal>) = -1 EIO`, end}, false},
		{[]string{begin, write, `7 fdatasync(5</x/t.db>) = 0`, end}, false},
		{[]string{begin, end}, false},
	} {
		if got := syncsBeforeEnd(strings.Join(test.lines, "\n"))["A"]; got != test.want {
			t.Errorf("%q gave %v", test.lines, got)
		}
	}
}

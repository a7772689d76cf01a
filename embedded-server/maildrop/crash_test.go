package maildrop

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// crashStore, if set, makes this test binary a program that delivers until it is killed.
const crashStore = "MAILDROP_CRASH_STORE"

// TestKilledProcess is the program: it prints the id of each message after Commit returned.
func TestKilledProcess(t *testing.T) {
	path := os.Getenv(crashStore)
	if path == "" {
		t.Skip("runs inside TestKillLosesNothingAccepted")
	}
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddUser(context.Background(), User{Address: "alice@sakura.test", Password: "x"}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for n := 0; ; n++ {
				id := fmt.Sprintf("%d-%d-%d", os.Getpid(), i, n)
				q := QueueItem{ID: id, Host: "h", To: "bob@fuji.test", Data: []byte("x")}
				d := Delivery{Mailbox: "alice@sakura.test", Data: message(id)}
				if err := s.Commit(context.Background(), Batch{Deliver: []Delivery{d}, Queue: []QueueItem{q}}); err != nil {
					return
				}
				mu.Lock()
				fmt.Println("accepted", id)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestKillLosesNothingAccepted(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	path := filepath.Join(t.TempDir(), "mail.db")
	accepted := map[string]bool{}
	for round := range 6 {
		for _, id := range runAndKill(t, path, 5+round*23) {
			accepted[id] = true
		}
		s := open(t, path)
		checkAccepted(t, s, accepted)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// runAndKill kills the program after some lines and gives the ids that it had printed by then.
func runAndKill(t *testing.T, path string, lines int) []string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$", "-test.v=false")
	cmd.Env = append(os.Environ(), crashStore+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for scan := bufio.NewScanner(out); scan.Scan(); {
		if id, ok := strings.CutPrefix(scan.Text(), "accepted "); ok {
			if ids = append(ids, id); len(ids) == lines {
				cmd.Process.Kill()
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the program ended by itself")
	}
	if len(ids) < lines {
		t.Fatalf("the program ended after %d lines of %d", len(ids), lines)
	}
	return ids
}

func checkAccepted(t *testing.T, s *Store, accepted map[string]bool) {
	t.Helper()
	ctx := context.Background()
	f, list, err := s.Open(ctx, inbox(t, s).ID)
	if err != nil || f.Total != len(list) {
		t.Fatalf("%d messages, the folder says %d: %v", len(list), f.Total, err)
	}
	there := map[string]uint32{}
	err = s.Headers(ctx, f.ID, 1, f.UIDNext, func(uid uint32, h Header) error {
		there[h.Envelope.Subject] = uid
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	queue, err := s.Queue(ctx, "h")
	if err != nil || len(queue) != len(list) {
		t.Errorf("%d in the queue for %d messages: a batch was torn (%v)", len(queue), len(list), err)
	}
	for id := range accepted {
		data, err := s.Data(ctx, f.ID, there[id])
		if err != nil || !bytes.Equal(data, message(id)) {
			t.Errorf("accepted message %s is lost: %v", id, err)
		}
	}
	var verdict string
	if err := s.read.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s, %v", verdict, err)
	}
}

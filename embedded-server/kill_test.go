package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// childEnv names the folder of a sandbox that the test program runs as a child process.
const childEnv = "TODOKU_TEST_SANDBOX_DIR"

// runChild runs a sandbox whose relays to tsuru.test wait, says where its world is, and ends with its standard input.
func runChild(dir string) {
	s, err := Start(context.Background(), nil, Options{Dir: dir, SeedMessages: -1})
	if err == nil {
		err = s.Faults().Add(greylist())
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.WorldFile())
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// TestKill ends a sandbox by SIGKILL while mail pours in, and looks after a restart for every message that was
// answered with 250: delivered at once, relayed, or waiting in the queue. TODOKU_KILL_ROUNDS sets how often.
func TestKill(t *testing.T) {
	rounds := 3
	if n, err := strconv.Atoi(os.Getenv("TODOKU_KILL_ROUNDS")); err == nil {
		rounds = n
	}
	for round := range rounds {
		dir := t.TempDir()
		accepted := pourAndKill(t, dir)
		s := start(t, Options{Dir: dir, Now: func() time.Time { return time.Now().Add(time.Minute) }}, nil)
		for user, ids := range accepted {
			eventually(t, fmt.Sprintf("%d messages for %s in round %d", len(ids), user, round), func() bool {
				all := strings.Join(messages(t, s, user), "")
				for _, id := range ids {
					if !strings.Contains(all, "<"+id+">") {
						return false
					}
				}
				return true
			})
		}
		s.Close()
	}
}

// pourAndKill gives the ids of accepted messages by recipient.
func pourAndKill(t *testing.T, dir string) map[string][]string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	w, err := ReadWorld(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	accepted := make(map[string][]string)
	enough := make(chan struct{})
	limit := 20 + rand.IntN(200)
	var wg sync.WaitGroup
	for n, to := range []string{"yuki@sakura.test", "bob@fuji.test", "hanako@tsuru.test", "carol@tsuru.test"} {
		wg.Go(func() {
			pour(w.Addresses["tcp 192.0.2.10:587"], to, n, 10_000, func(id string) {
				mu.Lock()
				defer mu.Unlock()
				accepted[to] = append(accepted[to], id)
				if limit--; limit == 0 {
					close(enough)
				}
			})
		})
	}
	select {
	case <-enough:
	case <-time.After(30 * time.Second):
		t.Error("too slow")
	}
	cmd.Process.Kill()
	wg.Wait()
	return accepted
}

// pour submits messages until the connection breaks or there were max, and says how many were accepted.
func pour(addr, to string, n, max int, accepted func(id string)) int {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return 0
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(time.Minute))
	r := bufio.NewReader(c)
	said := func(codes ...string) bool {
		for len(codes) > 0 {
			line, err := r.ReadString('\n')
			if err != nil || !strings.HasPrefix(line, codes[0]) {
				return false
			}
			if line[3] == ' ' {
				codes = codes[1:]
			}
		}
		return true
	}
	fmt.Fprint(c, "EHLO x\r\nAUTH PLAIN AGFsaWNlAGFwcGxl\r\n")
	if !said("220", "250", "235") {
		return 0
	}
	for i := range max {
		id := fmt.Sprintf("%d.%d@sakura.test", n, i)
		fmt.Fprintf(c, "MAIL FROM:<alice@sakura.test>\r\nRCPT TO:<%s>\r\nDATA\r\n", to)
		if !said("250", "250", "354") {
			return i
		}
		fmt.Fprintf(c, "Message-ID: <%s>\r\nSubject: x\r\n\r\nbody\r\n.\r\n", id)
		if !said("250") {
			return i
		}
		accepted(id)
	}
	return max
}

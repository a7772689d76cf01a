package session

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"todoku/embedded-server"
	"todoku/internal/config"
	"todoku/internal/store"
	"todoku/protocols/dns"
)

// childEnv tells the test program to be a client of this world file; childStore is where it keeps its mail.
const (
	childEnv   = "TODOKU_TEST_CLIENT"
	childStore = "TODOKU_TEST_CLIENT_STORE"
	childOnce  = "TODOKU_TEST_CLIENT_ONCE"
)

// runChild gets bob's mail by POP3, puts it in the trash, which deletes it there, and writes and sends, until it is
// killed. It says on standard output what it was told to be done.
func runChild() int {
	s, err := joinAsBob(os.Getenv(childEnv), os.Getenv(childStore))
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("ready")
	ctx := context.Background()
	for n := 0; ; n++ {
		_, _ = s.Sync(ctx, nil, SyncOptions{Account: "bob"})
		if list, err := s.List(ctx, nil, ListOptions{Account: "bob"}); err == nil && len(list.Rows) > 0 {
			var keys []int64
			for _, r := range list.Rows {
				keys = append(keys, r.Key)
			}
			_, _ = s.Delete(ctx, nil, DeleteOptions{Keys: keys})
		}
		_, _ = s.Sync(ctx, nil, SyncOptions{Account: "bob"})
		if err := writeAndSend(ctx, s, fmt.Sprintf("%d.%d", os.Getpid(), n)); err != nil {
			fmt.Println("error", err)
			return 1
		}
		if os.Getenv(childOnce) != "" {
			s.Close()
			return 0
		}
	}
}

func joinAsBob(worldFile, path string) (*Session, error) {
	world, err := sandbox.ReadWorld(worldFile)
	if err != nil {
		return nil, err
	}
	n, err := worldNet(world)
	if err != nil {
		return nil, err
	}
	settings := config.Default()
	settings.Accounts = worldAccounts(world)
	for i := range settings.Accounts {
		settings.Accounts[i].LeaveOnServer = config.LeaveDelete
	}
	s, err := open(&settings, path, n)
	if err == nil {
		s.resolver = dns.New(dns.Options{Net: n})
	}
	return s, err
}

func writeAndSend(ctx context.Context, s *Session, subject string) error {
	d, err := s.Compose(ctx, nil, ComposeOptions{Account: "bob", Kind: DraftNew})
	if err != nil {
		return err
	}
	d.To, d.Subject, d.Text = yuki, subject, "text\n"
	if d, err = s.SaveDraft(ctx, nil, d); err != nil {
		return err
	}
	fmt.Println("draft", subject)
	sent, err := s.Send(ctx, nil, SendOptions{Draft: d})
	if err == nil && sent.State == store.StateFiled {
		fmt.Println("accepted", subject)
	}
	return err
}

// killRounds is how often the client is killed; TODOKU_KILL_ROUNDS sets another number.
func killRounds() int {
	if n, err := strconv.Atoi(os.Getenv("TODOKU_KILL_ROUNDS")); err == nil {
		return n
	}
	return 15
}

// told is what the client was told to be done before it was killed.
type told struct{ drafts, accepted []string }

// TestKill ends a client by SIGKILL at random moments while it fetches, deletes, writes and sends. Afterwards every
// message that ever was for bob is on the server or whole in the store, every draft is a draft or in the outbox, and what
// a server accepted is with yuki.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("many processes; run without -short")
	}
	box := smallWorld(t, false)
	path := filepath.Join(t.TempDir(), "mail.db")
	var inbox []string
	var all told
	far := func() bool { return len(all.accepted) > 0 && len(all.drafts) > 0 } // a slow machine needs more rounds
	for round := 0; round < killRounds() || !far() && round < 10*killRounds(); round++ {
		for n := range 5 {
			subject := fmt.Sprintf("in.%d.%d", round, n)
			deliver(t, box, bob, letter(bob, subject))
			inbox = append(inbox, subject)
		}
		said := runAndKill(t, box.WorldFile(), path)
		all.drafts = append(all.drafts, said.drafts...)
		all.accepted = append(all.accepted, said.accepted...)
		c := clientAt(t, box, path)
		stored := wholeMessages(t, c)
		there := serverSubjects(t, box)
		for _, subject := range inbox {
			if !stored[subject] && !there[subject] {
				t.Fatalf("round %d: %s is neither stored here nor on the server", round, subject)
			}
		}
		kept := writtenSubjects(t, c)
		for _, subject := range all.drafts {
			if !kept[subject] {
				t.Fatalf("round %d: %s is neither draft nor in the outbox", round, subject)
			}
		}
		c.Close()
	}
	if !far() {
		t.Fatalf("the client never got far enough: %+v", all)
	}
	t.Logf("%d rounds: %d messages for bob, %d drafts, %d accepted", killRounds(), len(inbox), len(all.drafts), len(all.accepted))
	last := clientAt(t, box, path)
	last.clock.advance(time.Hour)
	if _, err := last.Deliver(t.Context(), nil, FoldersOptions{}); err != nil {
		t.Fatal(err)
	}
	yukis := newClient(t, box)
	for _, subject := range all.accepted {
		yukis.arrives("yuki", "", subject)
	}
	for _, e := range last.entries() {
		if e.State != store.StateFiled && e.State != store.StateUnknown {
			t.Errorf("%s is still %s", e.Subject, e.State)
		}
	}
}

// runAndKill runs the client and ends it some milliseconds after it began to work.
func runAndKill(t *testing.T, world, path string) told {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+world, childStore+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "ready" {
		cmd.Process.Kill()
		t.Fatalf("the client says %q", lines.Text())
	}
	time.AfterFunc(time.Duration(rand.IntN(400))*time.Millisecond, func() { cmd.Process.Kill() })
	var said told
	for lines.Scan() {
		what, subject, _ := strings.Cut(lines.Text(), " ")
		switch what {
		case "draft":
			said.drafts = append(said.drafts, subject)
		case "accepted":
			said.accepted = append(said.accepted, subject)
		default:
			t.Errorf("the client says %q", lines.Text())
		}
	}
	_ = cmd.Wait() // killed
	return said
}

// wholeMessages are the subjects of bob's messages whose octets are in the store.
func wholeMessages(t *testing.T, c *client) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, folder := range []string{"INBOX", "Trash"} {
		for _, r := range c.list("bob", folder) {
			raw, err := c.Store.Body(t.Context(), r.Key)
			if err != nil {
				t.Fatalf("%s: %v", r.Envelope.Subject, err)
			}
			if strings.HasSuffix(string(raw), "text of "+r.Envelope.Subject+"\r\n") {
				all[r.Envelope.Subject] = true
			}
		}
	}
	return all
}

// serverSubjects are those of the messages that are still in bob's maildrop.
func serverSubjects(t *testing.T, box *sandbox.Sandbox) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for line := range strings.Lines(imapSays(t, box, bob, "banana", "SELECT INBOX", "UID FETCH 1:* BODY.PEEK[HEADER.FIELDS (SUBJECT)]")) {
		if subject, ok := strings.CutPrefix(line, "Subject: "); ok {
			all[strings.TrimSpace(subject)] = true
		}
	}
	return all
}

// writtenSubjects are those of bob's drafts and of everything in his outbox.
func writtenSubjects(t *testing.T, c *client) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	drafts, err := c.Drafts(t.Context(), nil, FoldersOptions{Account: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range drafts {
		all[d.Subject] = true
	}
	for _, e := range c.entries() {
		all[e.Subject] = true
	}
	return all
}

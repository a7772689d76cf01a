package session

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"todoku/embedded-server"
	"todoku/embedded-server/fault"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/protocols/dns"
)

// TestMain runs the tests, or, as the child of TestKill, a client until it is killed.
func TestMain(m *testing.M) {
	if work := os.Getenv("TODOKU_TEST_TRACED"); work != "" {
		os.Exit(runTraced(work))
	}
	if os.Getenv(childEnv) != "" {
		os.Exit(runChild())
	}
	os.Exit(m.Run())
}

const (
	alice  = "alice@sakura.test"
	yuki   = "yuki@sakura.test"
	bob    = "bob@fuji.test"
	taro   = "taro@fuji.test"
	hanako = "hanako@tsuru.test"
)

// smallWorld is a running sandbox without seeded mail; with seeds it has the believable mailboxes.
func smallWorld(t *testing.T, seeds bool) *sandbox.Sandbox {
	t.Helper()
	o := sandbox.Options{Dir: t.TempDir(), Durability: "none", SeedMessages: -1}
	if seeds {
		o.SeedMessages = 0
	}
	box, err := sandbox.Start(t.Context(), nil, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

// clock is a time that tests move.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// client is a session in the world with a store of its own and a clock.
type client struct {
	*Session
	t     *testing.T
	box   *sandbox.Sandbox
	clock *clock
	path  string
}

// newClient starts a session; the accounts are those of the world, changed by edit.
func newClient(t *testing.T, box *sandbox.Sandbox, edit ...func(*config.Account)) *client {
	t.Helper()
	return clientAt(t, box, filepath.Join(t.TempDir(), "mail.db"), edit...)
}

func clientAt(t *testing.T, box *sandbox.Sandbox, path string, edit ...func(*config.Account)) *client {
	t.Helper()
	n, err := worldNet(box.World())
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, box: box, clock: &clock{}, path: path}
	n.Now = c.clock.Now
	settings := config.Default()
	settings.Accounts = worldAccounts(box.World())
	for i := range settings.Accounts {
		for _, e := range edit {
			e(&settings.Accounts[i])
		}
	}
	if c.Session, err = open(&settings, path, n); err != nil {
		t.Fatal(err)
	}
	c.resolver = dns.New(dns.Options{Net: n})
	t.Cleanup(func() { c.Close() })
	return c
}

func (c *client) sync(account, folder string) SyncResult {
	c.t.Helper()
	r, err := c.Sync(c.t.Context(), nil, SyncOptions{Account: account, Folder: folder, Folders: true})
	if err != nil {
		c.t.Fatalf("sync %s %s: %v", account, folder, err)
	}
	return r
}

func (c *client) list(account, folder string) []Row {
	c.t.Helper()
	r, err := c.List(c.t.Context(), nil, ListOptions{Account: account, Folder: folder, Limit: 10000})
	if err != nil {
		c.t.Fatalf("list %s %s: %v", account, folder, err)
	}
	return r.Rows
}

// row finds the only message of the folder with this subject.
func (c *client) row(account, folder, subject string) Row {
	c.t.Helper()
	var found []Row
	for _, r := range c.list(account, folder) {
		if r.Envelope.Subject == subject {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		c.t.Fatalf("%d messages in %s %s have the subject %q", len(found), account, folder, subject)
	}
	return found[0]
}

func (c *client) has(account, folder, subject string) bool {
	for _, r := range c.list(account, folder) {
		if r.Envelope.Subject == subject {
			return true
		}
	}
	return false
}

// write gives a new draft of the account.
func (c *client) write(account, to, subject string) Draft {
	c.t.Helper()
	d, err := c.Compose(c.t.Context(), nil, ComposeOptions{Account: account, Kind: DraftNew})
	if err != nil {
		c.t.Fatal(err)
	}
	d.To, d.Subject, d.Text = to, subject, "text of "+subject+"\n"
	return d
}

func (c *client) send(d Draft) Sent {
	c.t.Helper()
	sent, err := c.Send(c.t.Context(), nil, SendOptions{Draft: d})
	if err != nil {
		c.t.Fatalf("send: %v", err)
	}
	return sent
}

// arrives syncs until the folder holds a message with the subject.
func (c *client) arrives(account, folder, subject string) Row {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 20*time.Second)
	defer cancel()
	for !c.has(account, folder, subject) {
		if wait(ctx, 20*time.Millisecond) != nil {
			c.t.Fatalf("%q did not arrive in %s %s", subject, account, folder)
		}
		c.sync(account, folder)
	}
	return c.row(account, folder, subject)
}

func (c *client) source(key int64) string {
	c.t.Helper()
	raw, err := c.Source(c.t.Context(), nil, SourceOptions{key})
	if err != nil {
		c.t.Fatal(err)
	}
	return string(raw)
}

// fault adds a rule to the world.
func (c *client) fault(r fault.Rule) {
	c.t.Helper()
	r.ID = c.t.Name() + strconv.Itoa(len(c.box.Faults().Rules()))
	if err := c.box.Faults().Add(r); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) healed() {
	for _, r := range c.box.Faults().Rules() {
		c.box.Faults().Remove(r.ID)
	}
}

// entries is the outbox, unfiltered.
func (c *client) entries() []store.OutboxEntry {
	c.t.Helper()
	all, err := c.Store.Outbox(c.t.Context(), "")
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// hostOf finds a host's listeners.
func hostOf(t *testing.T, box *sandbox.Sandbox, name string) sandbox.Host {
	t.Helper()
	return hostIn(t, box.World(), name)
}

func hostIn(t *testing.T, world sandbox.World, name string) sandbox.Host {
	t.Helper()
	for _, h := range world.Hosts {
		if h.Name == name {
			return h
		}
	}
	t.Fatalf("no host %s", name)
	return sandbox.Host{}
}

// imapSays runs commands on the real listener as another program would and gives all lines.
func imapSays(t *testing.T, box *sandbox.Sandbox, user, password string, commands ...string) string {
	t.Helper()
	domain := mail.Address{Addr: user}.Domain()
	conn, err := net.Dial("tcp", hostOf(t, box, "mail."+domain).IMAP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	r := bufio.NewReader(conn)
	var said strings.Builder
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for i, command := range append([]string{fmt.Sprintf("LOGIN %s %s", user, password)}, commands...) {
		tag := "x" + strconv.Itoa(i)
		fmt.Fprintf(conn, "%s %s\r\n", tag, command)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				t.Fatalf("%s: %v", command, err)
			}
			said.WriteString(line)
			if strings.HasPrefix(line, tag+" ") {
				if !strings.HasPrefix(line, tag+" OK") {
					t.Fatalf("%s: %s", command, line)
				}
				break
			}
		}
	}
	return said.String()
}

// deliver puts a message straight into a mailbox through the port-25 side, as a foreign server would.
func deliver(t *testing.T, box *sandbox.Sandbox, to string, messages ...string) {
	t.Helper()
	deliverTo(t, box.World(), to, messages...)
}

func deliverTo(t *testing.T, world sandbox.World, to string, messages ...string) {
	t.Helper()
	domain := mail.Address{Addr: to}.Domain()
	conn, err := net.Dial("tcp", hostIn(t, world, "mx1."+domain).SMTP)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	r := bufio.NewReader(conn)
	say := func(line, want string) {
		if line != "" {
			fmt.Fprintf(conn, "%s\r\n", line)
		}
		for {
			reply, err := r.ReadString('\n')
			if err != nil || !strings.HasPrefix(reply, want) {
				t.Fatalf("%.40s: %q %v", line, reply, err)
			}
			if reply[3] == ' ' {
				return
			}
		}
	}
	say("", "220")
	say("HELO foreign.example", "250")
	for _, m := range messages {
		say("MAIL FROM:<carol@example.org>", "250")
		say("RCPT TO:<"+to+">", "250")
		say("DATA", "354")
		say(strings.ReplaceAll(m, "\r\n.", "\r\n..")+"\r\n.", "250")
	}
	say("QUIT", "221")
}

// letter is a plain message from outside.
func letter(to, subject string) string {
	return "From: Carol <carol@example.org>\r\nTo: " + to + "\r\nSubject: " + subject + "\r\nMessage-ID: <" + strings.ReplaceAll(subject, " ", ".") +
		"@example.org>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ntext of " + subject
}

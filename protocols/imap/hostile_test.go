package imap

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

// attack is what a server does instead of an answer, until the client closes.
type attack struct {
	name  string
	first string        // sent once
	again string        // sent for ever
	every time.Duration // between two of them
	codes []string      // one of which the error must have
}

func attacks() []attack {
	flood := []string{wire.CodeFlood}
	return []attack{
		{name: "silence", codes: []string{wire.CodeSilent}},
		{name: "drip", first: "* OK ", again: "x", every: 20 * time.Millisecond, codes: []string{wire.CodeSlow}},
		{name: "endless line", first: "* OK ", again: strings.Repeat("x", 64*kib), codes: flood},
		{name: "endless quoted string", first: "* 1 FETCH (UID 1 ENVELOPE (\"", again: strings.Repeat("x", 64*kib), codes: flood},
		{name: "endless message", first: "* 1 FETCH (UID 1 BODY[] {99999999999}\r\n", again: strings.Repeat("x", 64*kib), codes: flood},
		{name: "endless literal", first: "* LIST () \"/\" {99999999999}\r\n", again: strings.Repeat("x", 64*kib), codes: flood},
		{name: "disguised literal", first: "* 1 FETCH (UID 1 BODY[HEADER.FIELDS (X] {200000000}\r\n", again: strings.Repeat("x", 64*kib), codes: flood},
		{name: "literals without end", first: "* 1 FETCH (UID 1 FLAGS ()", again: " ENVELOPE (NIL {1000}\r\n" + strings.Repeat("x", 1000), codes: []string{wire.CodeFlood, wire.CodeGarbled}},
		{name: "nesting", first: "* 1 FETCH (UID 1 BODYSTRUCTURE ", again: strings.Repeat("(", 64*kib), codes: []string{wire.CodeFlood, wire.CodeGarbled}},
		{name: "responses without end", again: strings.Repeat("* 1 FETCH (FLAGS (\\Seen))\r\n* LIST () \"/\" a\r\n", 1000), codes: []string{wire.CodeFlood, wire.CodeSlow}},
		{name: "no IMAP", first: "HTTP/1.1 400 Bad Request\r\n\r\n", codes: []string{wire.CodeGarbled}},
	}
}

// waits tells that the attack is on patience and not on memory.
func (a attack) waits() bool { return a.every > 0 || a.again == "" }

// calls are the verbs under attack: the word in the client's command, and the call that sends it.
var calls = []struct {
	word string
	call func(context.Context, *Client) error
}{
	{"LIST", func(ctx context.Context, c *Client) error { _, err := c.Folders(ctx); return err }},
	{"EXAMINE", func(ctx context.Context, c *Client) error { _, err := c.Open(ctx, "INBOX", true); return err }},
	{"BODY.PEEK[HEADER", func(ctx context.Context, c *Client) error {
		return c.List(ctx, func([]mail.Message) error { return nil })
	}},
	{"BODY.PEEK[]", func(ctx context.Context, c *Client) error { return c.Fetch(ctx, "1", io.Discard) }},
	{"BODYSTRUCTURE", func(ctx context.Context, c *Client) error { _, err := c.Structure(ctx, 1); return err }},
	{"FETCH 1:*", func(ctx context.Context, c *Client) error {
		return c.Flags(ctx, FlagRange{}, func(uint32, mail.Flags, uint64) error { return nil })
	}},
	{"SEARCH", func(ctx context.Context, c *Client) error { _, err := c.UIDs(ctx); return err }},
	{"+FLAGS", func(ctx context.Context, c *Client) error { return c.SetFlags(ctx, []mail.ID{"1"}, mail.Seen, true) }},
	{"COPY", func(ctx context.Context, c *Client) error { _, err := c.Copy(ctx, []mail.ID{"1"}, "Trash"); return err }},
	{"MOVE", func(ctx context.Context, c *Client) error { _, err := c.Move(ctx, []mail.ID{"1"}, "Trash"); return err }},
	{"EXPUNGE", func(ctx context.Context, c *Client) error { return c.Delete(ctx, []mail.ID{"1"}) }},
	{"APPEND", func(ctx context.Context, c *Client) error {
		_, err := c.Append(ctx, "Sent", 0, 5, strings.NewReader("hello"))
		return err
	}},
	{"CREATE", func(ctx context.Context, c *Client) error { return c.CreateFolder(ctx, "new") }},
	{"NOOP", func(ctx context.Context, c *Client) error { return c.Noop(ctx) }},
	{"IDLE", func(ctx context.Context, c *Client) error { return c.Watch(ctx) }},
}

// memoryLimit is how much a hostile server may make us hold.
const memoryLimit = 16 * mib

func TestHostileServer(t *testing.T) {
	for _, a := range attacks() {
		for _, v := range calls {
			if v.word == "IDLE" && strings.Contains(a.again, "FETCH") {
				continue // that is news, not an attack
			}
			t.Run(a.name+"/"+v.word, func(t *testing.T) { underAttack(t, a, v.word, v.call) })
		}
	}
}

func underAttack(t *testing.T, a attack, word string, call func(context.Context, *Client) error) {
	if a.waits() {
		t.Parallel()
	}
	o, peak := hostile(t, a, word)
	c := mustDial(t, o)
	mustOpen(t, c, "INBOX")
	before := heap()
	runtime.GC()
	err := call(testContext(t), c)
	wantAttackError(t, a, err)
	if a.waits() {
		return
	}
	if grown := peak.Load() - int64(min(before, heap())); grown > memoryLimit {
		t.Errorf("memory grew by %d KiB", grown/kib)
	}
}

func wantAttackError(t *testing.T, a attack, err error) {
	t.Helper()
	var we *wire.Error
	if !errors.As(err, &we) {
		t.Fatalf("got %v (%T)", err, err)
	}
	if !slices.Contains(a.codes, we.Code) && (a.waits() || we.Code != wire.CodeGarbled) || we.Step == "" || we.Want == "" {
		t.Errorf("got %v", we)
	}
	if a.again == "" && a.first == "" && we.Code != wire.CodeSilent {
		t.Errorf("a silent server is called %s", we.Code)
	}
}

func TestHostileLogin(t *testing.T) {
	for _, a := range attacks() {
		for _, word := range []string{"", "LOGIN"} {
			t.Run(a.name+"/"+word, func(t *testing.T) {
				o, _ := hostile(t, a, word)
				_, err := Dial(testContext(t), o)
				var we *wire.Error
				var refused *Error
				if !errors.As(err, &we) && !errors.As(err, &refused) {
					t.Fatalf("got %v (%T)", err, err)
				}
			})
		}
	}
}

// hostile serves the usual answers, and at the command that holds word attacks; the empty word is the greeting.
func hostile(t testing.TB, a attack, word string) (Options, *atomic.Int64) {
	t.Helper()
	ln := listen(t)
	peak := new(atomic.Int64)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go serveHostile(conn, a, word, peak)
		}
	}()
	o := account(wire.TLSNone, nil).at(t, ln.Addr().String())
	const short = 300 * time.Millisecond
	o.Limits = Limits{Greeting: short, Reply: short, Search: short, Rate: mib}
	return o, peak
}

func serveHostile(conn net.Conn, a attack, word string, peak *atomic.Int64) {
	defer conn.Close()
	if word == "" {
		a.run(conn, peak)
		return
	}
	r := bufio.NewReader(conn)
	fmt.Fprintf(conn, "* OK [CAPABILITY IMAP4rev1] here\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if strings.Contains(line, word) {
			a.run(conn, peak)
			return
		}
		tag, _, _ := strings.Cut(line, " ")
		switch {
		case strings.Contains(line, "LOGIN"):
			fmt.Fprintf(conn, "%s OK [CAPABILITY IMAP4rev1 UIDPLUS MOVE IDLE ESEARCH CONDSTORE LITERAL- LIST-STATUS LIST-EXTENDED] in\r\n", tag)
		case strings.Contains(line, "SELECT"):
			fmt.Fprintf(conn, "* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n%s OK done\r\n", tag)
		case strings.Contains(line, "SEARCH"):
			fmt.Fprintf(conn, "* SEARCH 1 2 3\r\n%s OK done\r\n", tag)
		default:
			fmt.Fprintf(conn, "%s OK done\r\n", tag)
		}
	}
}

// run attacks until the client closes, and notes how large the heap became.
func (a attack) run(conn net.Conn, peak *atomic.Int64) {
	closed := make(chan struct{})
	go func() {
		io.Copy(io.Discard, conn)
		close(closed)
	}()
	io.WriteString(conn, a.first)
	if a.again == "" {
		<-closed
		return
	}
	again := []byte(a.again)
	tick := time.NewTicker(max(a.every, time.Nanosecond))
	defer tick.Stop()
	for {
		if _, err := conn.Write(again); err != nil {
			return
		}
		if now := int64(heap()); now > peak.Load() {
			peak.Store(now)
		}
		if a.every == 0 {
			continue
		}
		select {
		case <-tick.C:
		case <-closed:
			return
		}
	}
}

func heap() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// TestDeadLinkIsNoticed: the server takes IDLE and is never heard of again.
func TestDeadLinkIsNoticed(t *testing.T) {
	o, _ := hostile(t, attack{first: "+ idling\r\n"}, "IDLE")
	o.Limits.Idle = 50 * time.Millisecond
	c := mustDial(t, o)
	mustOpen(t, c, "INBOX")
	err := c.Watch(testContext(t))
	wantCode(t, err, wire.CodeSilent)
	var we *wire.Error
	if errors.As(err, &we) && we.Step != "DONE" {
		t.Errorf("noticed at step %q", we.Step)
	}
}

// TestDripInsideMessage: a large message that comes octet by octet is given up, whatever size was announced.
func TestDripInsideMessage(t *testing.T) {
	drip := attack{first: "* 1 FETCH (UID 1 BODY[] {200000000}\r\n", again: "x", every: 20 * time.Millisecond}
	o, _ := hostile(t, drip, "BODY.PEEK[]")
	c := mustDial(t, o)
	mustOpen(t, c, "INBOX")
	wantCode(t, c.Fetch(testContext(t), "1", io.Discard), wire.CodeSlow)
}

// TestSilenceAfterUpload: the time for a large upload is not waited for after it.
func TestSilenceAfterUpload(t *testing.T) {
	o, _ := hostile(t, attack{first: "+ go on\r\n"}, "APPEND")
	o.Limits.Rate = kib
	c := mustDial(t, o)
	big := strings.Repeat("x", mib)
	_, err := c.Append(testContext(t), "Sent", 0, mib, strings.NewReader(big))
	wantCode(t, err, wire.CodeSilent)
}

// TestCancel: a context that ends ends a command at once, and says so.
func TestCancel(t *testing.T) {
	for _, v := range calls {
		t.Run(v.word, func(t *testing.T) {
			o, _ := hostile(t, attack{}, v.word)
			o.Limits.Reply, o.Limits.Search = testLimit, testLimit
			c := mustDial(t, o)
			mustOpen(t, c, "INBOX")
			ctx, cancel := context.WithTimeout(testContext(t), 30*time.Millisecond)
			defer cancel()
			began := time.Now()
			err := v.call(ctx, c)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > testLimit/2 {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	}
}

// TestCloseDuringFetch: what the library says of a connection that we closed under it is not shown.
func TestCloseDuringFetch(t *testing.T) {
	o, _ := hostile(t, attack{first: "* 1 FETCH (UID 1 BODY[] {1000}\r\nhalf a mess"}, "BODY.PEEK[]")
	c := mustDial(t, o)
	mustOpen(t, c, "INBOX")
	began := make(chan struct{})
	done := make(chan error, 1)
	go func() { done <- c.Fetch(testContext(t), "1", &signal{began: began}) }()
	<-began
	c.Close()
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// signal is a writer that tells when it is first written to.
type signal struct {
	began chan struct{}
	n     int
}

func (s *signal) Write(p []byte) (int, error) {
	if s.n == 0 {
		close(s.began)
	}
	s.n += len(p)
	return len(p), nil
}

// TestWriterThatFails: the error is the writer's, and the connection is replaced rather than drained.
func TestWriterThatFails(t *testing.T) {
	o := memory(t, wire.TLSNone)
	c := mustDial(t, o)
	big := letter(1) + strings.Repeat(strings.Repeat("x", 76)+"\r\n", 20_000)
	appendAll(t, c, "INBOX", big)
	mustOpen(t, c, "INBOX")
	full := errors.New("disk full")
	if err := c.Fetch(testContext(t), "1", failing{full}); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	var b bytes.Buffer
	if err := c.Fetch(testContext(t), "1", &b); err != nil || b.String() != big {
		t.Errorf("afterwards: %v, %d octets", err, b.Len())
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestAppendThatEndsEarly: a message shorter than announced is not stored, and the connection is replaced.
func TestAppendThatEndsEarly(t *testing.T) {
	c := mustDial(t, memory(t, wire.TLSNone))
	if _, err := c.Append(testContext(t), "INBOX", 0, 100, strings.NewReader("short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if f := mustOpen(t, c, "INBOX"); f.Total != 0 {
		t.Errorf("%d messages were stored", f.Total)
	}
}

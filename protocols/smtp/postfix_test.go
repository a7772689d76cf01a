package smtp

import (
	"bytes"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"todoku/protocols/interop"
	"todoku/protocols/wire"
)

// TestPostfix sends to a private Postfix on loopback: STARTTLS, one recipient of two refused, a message of 10 MB. What it
// stored is compared line by line.
func TestPostfix(t *testing.T) {
	if testing.Short() {
		t.Skip("starting Postfix takes seconds; run without -short")
	}
	o, maildir := postfix(t)
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	c, err := Dial(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if e := c.Extensions(); !e.Pipelining || !e.DSN || !e.EightBit || !e.Chunking || e.Size == 0 || c.TLS() == nil {
		t.Errorf("extensions %+v, TLS %+v", e, c.TLS())
	}
	msg := []byte("Subject: x\r\n\r\n.\r\n..\r\n届く\r\n" + strings.Repeat(".0123456789\r\n", 800_000))
	env := Envelope{From: "alice@sakura.test", To: []Recipient{{Addr: "bob@fuji.test"}, {Addr: "carrol@fuji.test"}}}
	for i, chunking := range []bool{true, false} {
		c.ext.Chunking = chunking
		res, err := c.Send(ctx, env, msg, nil)
		if err != nil || res.Accepted() != 1 || res.QueueID == "" {
			t.Fatalf("%+v, %v", res, err)
		}
		if r := res.Recipients[1]; r.Verb != "RCPT" || r.Reply.Code != 550 || r.Reply.Enhanced != "5.1.1" {
			t.Errorf("the unknown recipient: %+v", r)
		}
		stored := delivered(ctx, t, maildir, i+1)
		if _, body, _ := bytes.Cut(stored, []byte("\n\n")); string(body) != strings.ReplaceAll(string(msg[len("Subject: x\r\n\r\n"):]), "\r\n", "\n") {
			t.Errorf("chunking %t: Postfix stored %d octets that are not the message", chunking, len(body))
		}
	}
	if err := c.Quit(ctx); err != nil {
		t.Error(err)
	}
}

// delivered waits for the n-th message of the maildir and gives it; the older ones are removed.
func delivered(ctx context.Context, t *testing.T, maildir string, n int) []byte {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		names, _ := filepath.Glob(filepath.Join(maildir, "new", "*"))
		if len(names) > 0 {
			msg, err := os.ReadFile(names[0])
			if err != nil {
				t.Fatal(err)
			}
			os.Remove(names[0])
			return msg
		}
		select {
		case <-ctx.Done():
			t.Fatalf("message %d was not delivered", n)
		case <-look.C:
		}
	}
}

// postfix starts a Postfix with its own queue, gone when the test ends, or skips the test, and gives bob's Maildir.
func postfix(t *testing.T) (Options, string) {
	t.Helper()
	relay := interop.Postfix(t, nil)
	at := netip.MustParseAddrPort(relay.SMTP)
	return Options{Host: "localhost", Port: int(at.Port()), TLS: wire.TLSStart, Addrs: []netip.Addr{at.Addr()},
		Net: &wire.Net{TLSRoots: relay.Roots}}, relay.Bob
}

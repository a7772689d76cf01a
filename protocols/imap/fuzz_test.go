package imap

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"todoku/internal/mail"
	"todoku/protocols/wire"
)

// FuzzReply sends any octets as the reply to a command: the client neither panics nor hangs.
func FuzzReply(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal("no dialogues", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		var said strings.Builder
		for line := range strings.SplitSeq(string(text), "\n") {
			if s, ok := strings.CutPrefix(line, "S: "); ok {
				said.WriteString(s + "\r\n")
			}
		}
		for verb := range fuzzCalls() {
			f.Add(verb, []byte(said.String()))
		}
	}
	f.Fuzz(func(t *testing.T, verb int, reply []byte) {
		calls := fuzzCalls()
		if verb < 0 || verb >= len(calls) {
			return
		}
		near, far := net.Pipe()
		go serveFuzz(far, reply)
		o := account(wire.TLSNone, nil)
		o.Host, o.Port = "127.0.0.1", 143
		dialled := false
		o.Net.Dial = func(context.Context, string, string) (net.Conn, error) {
			if dialled {
				return nil, net.ErrClosed
			}
			dialled = true
			return here{near}, nil
		}
		o.Limits = Limits{Reply: time.Second, Search: time.Second, Greeting: time.Second}
		c, err := Dial(testContext(t), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Open(testContext(t), "INBOX", false); err != nil {
			t.Fatal(err)
		}
		calls[verb](testContext(t), c)
		c.Close()
	})
}

func fuzzCalls() []func(context.Context, *Client) error {
	return []func(context.Context, *Client) error{
		func(ctx context.Context, c *Client) error {
			return c.List(ctx, func([]mail.Message) error { return nil })
		},
		func(ctx context.Context, c *Client) error { _, err := c.Structure(ctx, 2); return err },
		func(ctx context.Context, c *Client) error { return c.Fetch(ctx, "5", io.Discard) },
		func(ctx context.Context, c *Client) error { _, err := c.Folders(ctx); return err },
		func(ctx context.Context, c *Client) error { _, err := c.UIDs(ctx); return err },
		func(ctx context.Context, c *Client) error { return c.Delete(ctx, []mail.ID{"4"}) },
		func(ctx context.Context, c *Client) error { _, err := c.Quotas(ctx, "INBOX"); return err },
	}
}

// serveFuzz answers LOGIN and SELECT, then sends the reply and closes.
func serveFuzz(conn net.Conn, reply []byte) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	fmt.Fprintf(conn, "* OK [CAPABILITY IMAP4rev1] here\r\n")
	for _, answer := range []string{
		"P1 OK [CAPABILITY IMAP4rev1 UIDPLUS ESEARCH QUOTA] in\r\n",
		"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\nT1 OK done\r\n",
		string(reply),
	} {
		if _, err := r.ReadString('\n'); err != nil {
			return
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
	}
}

// here is a pipe that counts as this machine.
type here struct{ net.Conn }

func (here) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 143} }

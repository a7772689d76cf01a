package smtp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"todoku/protocols/interop"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dialogue is a file of testdata/dialogue. Its three parts are divided by lines of "---": what is sent, what client
// and server say, and what came of it.
type dialogue struct {
	mode    wire.TLSMode
	auth    string
	env     Envelope
	message string
	lines   []string
	want    []string
}

func readDialogue(t *testing.T, path string) dialogue {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(text), "---\n")
	if len(parts) != 3 {
		t.Fatalf("%s has %d parts, want 3", path, len(parts))
	}
	d := dialogue{mode: wire.TLSNone, lines: lines(parts[1]), want: lines(parts[2])}
	for _, line := range lines(parts[0]) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch key {
		case "from":
			d.env.From = value
		case "to":
			words := strings.Fields(value)
			r := Recipient{Addr: words[0]}
			for _, w := range words[1:] {
				if notify, ok := strings.CutPrefix(w, "NOTIFY="); ok {
					r.Notify = strings.Split(notify, ",")
				}
				r.Orcpt = strings.TrimPrefix(w, "ORCPT=")
			}
			d.env.To = append(d.env.To, r)
		case "message":
			d.message += value + "\r\n"
		case "return":
			d.env.Return = value
		case "tls":
			d.mode = wire.TLSMode(value)
		case "auth":
			d.auth = value
		case "utf8 header":
			d.env.SMTPUTF8 = true
		default:
			t.Fatalf("%s: what is %q?", path, line)
		}
	}
	return d
}

// lines are those of a part without comments.
func lines(part string) []string {
	var out []string
	for line := range strings.Lines(part) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// perform plays the server's part: it says its lines and checks the client's.
func perform(c net.Conn, lines []string, config *tls.Config) error {
	defer func() { c.Close() }()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	r := bufio.NewReader(c)
	for _, line := range lines {
		who, text, _ := strings.Cut(line, ":")
		text = strings.TrimPrefix(text, " ")
		switch {
		case who == "C":
			got, err := r.ReadString('\n')
			if err != nil || got != text+"\r\n" {
				return fmt.Errorf("the client says %q (%v), want %q", got, err, text)
			}
		case text == "(closes)":
			return nil
		case text == "(TLS handshake)":
			s := tls.Server(c, config)
			if err := s.Handshake(); err != nil {
				return err
			}
			c, r = s, bufio.NewReader(s)
		case strings.HasSuffix(text, "(no line end)"):
			fmt.Fprint(c, strings.TrimSuffix(text, "(no line end)"))
		default:
			fmt.Fprintf(c, "%s\r\n", text)
		}
	}
	if got, err := r.ReadString('\n'); err == nil {
		return fmt.Errorf("the client goes on with %q", got)
	}
	return nil
}

// stage serves one connection with part and gives the world that leads to it, and what came of it.
func stage(t *testing.T, part func(net.Conn) error) (*wire.Net, <-chan error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		defer l.Close()
		c, err := l.Accept()
		if err == nil {
			err = part(c)
		}
		done <- err
	}()
	return &wire.Net{
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
		},
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("192.0.2.10")}, nil
		},
	}, done
}

// run does what the first part says and gives what came of it, as the third part says it.
func (d dialogue) run(n *wire.Net) []string {
	ctx := context.Background()
	c, err := Dial(ctx, Options{Net: n, Host: "mail.sakura.test", Port: 587, TLS: d.mode, LocalName: "laptop"})
	if err != nil {
		return []string{outcome(err)}
	}
	defer c.Close()
	if d.auth != "" {
		creds := sasl.Credentials{User: "alice", Password: "hunter2"}
		if d.auth == "xoauth2" {
			creds.Token = "ya29"
		}
		if err := c.Auth(ctx, creds, d.auth); err != nil {
			c.Quit(ctx)
			return []string{outcome(err)}
		}
	}
	var out []string
	if len(d.env.To) > 0 {
		res, err := c.Send(ctx, d.env, []byte(d.message), nil)
		for _, r := range res.Recipients {
			if r.Err != nil {
				out = append(out, fmt.Sprintf("%s: %s", r.Addr, outcome(r.Err)))
				continue
			}
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s: %s %s", r.Addr, r.Verb, r.Reply)))
		}
		if res.QueueID != "" {
			out = append(out, "queued as: "+res.QueueID)
		}
		if res.Unknown {
			out = append(out, "may have been sent")
		}
		if err != nil {
			out = append(out, outcome(err))
		}
	}
	c.Quit(ctx)
	return out
}

func outcome(err error) string {
	var w *wire.Error
	var refusal *Error
	errors.As(err, &refusal)
	var token *sasl.TokenError
	switch {
	case errors.As(err, &w) && errors.As(err, &token):
		return fmt.Sprintf("error: %s, %s %s, because %s", w.Code, refusal.Verb, refusal.Reply, token.Said())
	case errors.As(err, &w) && refusal != nil:
		return fmt.Sprintf("error: %s, %s %s", w.Code, refusal.Verb, refusal.Reply)
	case w != nil && w.Step != "":
		return fmt.Sprintf("error: %s at %s", w.Code, w.Step)
	case w != nil:
		return "error: " + w.Code
	case refusal != nil:
		return fmt.Sprintf("error: %s %s", refusal.Verb, refusal.Reply)
	}
	return "error: " + err.Error()
}

func TestDialogues(t *testing.T) {
	paths, err := filepath.Glob("testdata/dialogue/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatal("no dialogues", err)
	}
	own := interop.Certificate(t, "mail.sakura.test")
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			d := readDialogue(t, path)
			n, done := stage(t, func(c net.Conn) error { return perform(c, d.lines, own.TLS) })
			n.TLSRoots = own.Roots
			got := d.run(n)
			if err := <-done; err != nil {
				t.Errorf("on the wire: %v", err)
			}
			if diff := cmp.Diff(d.want, got); diff != "" {
				t.Errorf("what came of it (-want +got):\n%s", diff)
			}
		})
	}
}

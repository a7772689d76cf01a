package pop3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// dialogue is a file of testdata. Lines: "auth: NAME" and "tls: MODE" set options, "do: WORDS" is what the client is
// told, "want: TEXT" one line of what comes of it, "S: TEXT" a line of the server (with \xNN escapes), "C: TEXT" a line
// that the client must send, "S-: TEXT" octets without a line end, "close:" the end of the connection, "# ..." a remark.
type dialogue struct {
	auth   string
	tls    wire.TLSMode
	do     []string
	want   []string
	script []string // "S: ", "S-: " and "C: " lines
}

func readDialogue(t *testing.T, file string) dialogue {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := dialogue{tls: wire.TLSNone}
	for i, line := range strings.Split(strings.TrimRight(string(raw), "\n"), "\n") {
		key, rest, _ := strings.Cut(line, ":")
		rest = strings.TrimPrefix(rest, " ")
		switch key {
		case "auth":
			d.auth = rest
		case "tls":
			d.tls = wire.TLSMode(rest)
		case "do":
			d.do = append(d.do, rest)
		case "want":
			d.want = append(d.want, rest)
		case "S", "S-", "C", "close":
			d.script = append(d.script, key+":"+rest)
		default:
			if line != "" && !strings.HasPrefix(line, "#") {
				t.Fatalf("%s:%d: %q is no line of a dialogue", file, i+1, line)
			}
		}
	}
	return d
}

// play is the server: it says its lines and holds the client to its own.
func play(c net.Conn, script []string) error {
	in := bufio.NewReader(c)
	for _, line := range script {
		who, text, _ := strings.Cut(line, ":")
		if who == "close" {
			return nil
		}
		if who == "C" {
			got, err := in.ReadString('\n')
			if got != text+"\r\n" {
				return fmt.Errorf("the client sent %q (%v), want %q", got, err, text)
			}
			continue
		}
		said, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
		if err != nil {
			return fmt.Errorf("%q: %v", text, err)
		}
		if who == "S" {
			said += "\r\n"
		}
		if _, err := io.WriteString(c, said); err != nil {
			return err
		}
	}
	if rest, err := in.ReadString('\n'); rest != "" {
		return fmt.Errorf("the client also sent %q (%v)", rest, err)
	}
	return nil
}

// serveOnce accepts one connection for handle and gives the port; the test waits for it.
func serveOnce(t testing.TB, handle func(net.Conn) error) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			done <- nil // nobody came
			return
		}
		defer c.Close()
		done <- handle(c)
	}()
	t.Cleanup(func() {
		l.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().(*net.TCPAddr).Port
}

func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			d := readDialogue(t, file)
			port := serveOnce(t, func(c net.Conn) error { return play(c, d.script) })
			got := perform(t.Context(), d, port)
			if diff := cmp.Diff(d.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// perform does what the dialogue says and writes down what comes of it.
func perform(ctx context.Context, d dialogue, port int) []string {
	creds := sasl.Credentials{User: "mika", Password: "tanstaaf"}
	if d.auth == "xoauth2" {
		creds = sasl.Credentials{User: "mika", Token: "ya29.token"}
	}
	c, err := Dial(ctx, Options{Host: "127.0.0.1", Port: port, TLS: d.tls, Credentials: creds, Auth: d.auth,
		Limits: Limits{Reply: 5 * time.Second}})
	if err != nil {
		return []string{outcome(err)}
	}
	defer c.Abort()
	var out []string
	for _, do := range d.do {
		lines, err := act(ctx, c, strings.Fields(do))
		out = append(out, lines...)
		if err != nil {
			out = append(out, outcome(err))
		}
	}
	return out
}

// outcome writes an error by its kind.
func outcome(err error) string {
	var refused *Error
	var broken *wire.Error
	var auth *sasl.Error
	switch {
	case errors.As(err, &broken):
		return fmt.Sprintf("failed %s at %s", broken.Code, broken.Step)
	case errors.As(err, &refused):
		return fmt.Sprintf("refused %s [%s] %s", refused.Verb, refused.Code, refused.Text)
	case errors.As(err, &auth):
		return "no login: " + auth.Code
	}
	return "error: " + err.Error()
}

func act(ctx context.Context, c *Client, words []string) (out []string, err error) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	var numbers []int
	for _, w := range words[1:] {
		n, _ := strconv.Atoi(w)
		numbers = append(numbers, n)
	}
	switch words[0] {
	case "auth":
		say("auth %s", c.Auth())
	case "capabilities":
		caps := c.Capabilities()
		say("known %v user %v uidl %v top %v pipelining %v stls %v codes %v/%v", caps.Known, caps.User, caps.UIDL, caps.TOP, caps.Pipelining,
			caps.STLS, caps.RespCodes, caps.AuthRespCode)
		say("delay %d %v expire %d %v sasl %v utf8 %v %v lang %v", caps.LoginDelay, caps.LoginDelayUser, caps.Expire, caps.ExpireUser,
			caps.SASL, caps.UTF8, caps.UTF8User, caps.Lang)
		say("implementation %q others %q", caps.Implementation, caps.Others)
	case "stat":
		n, octets, err := c.Stat(ctx)
		if err != nil {
			return out, err
		}
		say("%d messages, %d octets", n, octets)
	case "listing":
		l, err := c.Listing(ctx)
		if err != nil {
			return out, err
		}
		say("%d messages, unique-ids %v, shared %v", len(l.Entries), l.HasUIDL, l.Duplicates)
		for _, e := range l.Entries {
			say("%d %d %s", e.Number, e.Octets, e.UIDL)
		}
	case "headers", "retrieve", "stop":
		err = fetch(ctx, c, words[0], numbers, say)
	case "delete":
		refused, e := c.DeleteMany(ctx, numbers)
		for _, n := range numbers {
			if refused[n] != nil {
				say("%s", outcome(refused[n]))
			}
		}
		err = e
	case "reset":
		err = c.Reset(ctx)
	case "noop":
		err = c.Noop(ctx)
	case "quit":
		err = c.Quit(ctx)
	default:
		err = fmt.Errorf("the test does not know %q", words[0])
	}
	return out, err
}

// fetch reads headers or messages; "stop" gives up in the first one.
func fetch(ctx context.Context, c *Client, verb string, numbers []int, say func(string, ...any)) error {
	if verb == "headers" {
		return c.Headers(ctx, numbers, func(n int, header []byte, refused *Error) error {
			if refused != nil {
				say("%d %s", n, outcome(refused))
				return nil
			}
			say("%d %q", n, header)
			return nil
		})
	}
	return c.Retrieve(ctx, numbers, func(n int, size int64, body io.Reader) error {
		b, err := io.ReadAll(body)
		var refused *Error
		if errors.As(err, &refused) {
			say("%d %s", n, outcome(refused))
			return nil
		}
		say("%d %d %q", n, size, b)
		if verb == "stop" {
			return errors.New("enough")
		}
		return err
	})
}

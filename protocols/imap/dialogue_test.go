package imap

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"todoku/protocols/wire"
)

// A dialogue is a text file of what one server says and hears. Each line begins with
//
//	S:      the server sends this line
//	S+      the server sends this without a line end
//	C:      the client must send this line; "*" stands for any octets
//	login   the usual greeting and LOGIN with these capabilities
//	close   the server closes
//	====    another connection follows
//
// "\xNN" is an octet. After the last line of a connection the server waits for the client to close or log out. Empty lines and lines
// that begin with "#" say nothing.
type dialogue struct {
	t    testing.TB
	ln   net.Listener
	done chan struct{}
}

// play serves testdata/name and gives the options that lead to it.
func play(t testing.TB, name string) Options {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	d := &dialogue{t: t, ln: listen(t), done: make(chan struct{})}
	var scripts [][]string
	for _, part := range strings.Split(string(text), "====\n") {
		scripts = append(scripts, strings.Split(part, "\n"))
	}
	go d.serve(scripts)
	t.Cleanup(d.finish)
	return account(wire.TLSNone, nil).at(t, d.ln.Addr().String())
}

// finish waits until every connection of the file took place.
func (d *dialogue) finish() {
	select {
	case <-d.done:
	case <-time.After(testLimit):
		d.t.Error("the client did not play the dialogue to its end")
	}
}

func (d *dialogue) serve(scripts [][]string) {
	defer close(d.done)
	for i, script := range scripts {
		conn, err := d.ln.Accept()
		if err != nil {
			d.t.Errorf("connection %d did not come: %v", i+1, err)
			return
		}
		conn.SetDeadline(time.Now().Add(testLimit))
		if err := d.converse(conn, script); err != nil {
			d.t.Errorf("connection %d: %v", i+1, err)
		}
		conn.Close()
	}
}

func (d *dialogue) converse(conn net.Conn, script []string) error {
	w := bufio.NewWriter(conn)
	r := bufio.NewReader(flushing{conn, w})
	for _, line := range script {
		if line == "" || line[0] == '#' {
			continue
		}
		if line == "close" {
			return w.Flush()
		}
		if err := d.turn(w, r, line); err != nil {
			return err
		}
	}
	if rest, err := r.ReadString('\n'); err == nil && !strings.HasSuffix(rest, " LOGOUT\r\n") {
		return fmt.Errorf("the client also said %q", rest)
	}
	return nil
}

// flushing sends the server's lines at once before it waits for the client, who may leave after the first bad one.
type flushing struct {
	conn net.Conn
	w    *bufio.Writer
}

func (f flushing) Read(p []byte) (int, error) {
	if err := f.w.Flush(); err != nil {
		return 0, err
	}
	return f.conn.Read(p)
}

func (d *dialogue) turn(w io.Writer, r *bufio.Reader, line string) error {
	switch {
	case strings.HasPrefix(line, "S: "):
		return send(w, line[3:]+`\x0d\x0a`)
	case strings.HasPrefix(line, "S+ "):
		return send(w, line[3:])
	case strings.HasPrefix(line, "C: "):
		return hear(r, line[3:])
	case strings.HasPrefix(line, "login "):
		if err := send(w, `* OK [CAPABILITY IMAP4rev1] here\x0d\x0a`); err != nil {
			return err
		}
		if err := hear(r, `P1 LOGIN "mika" "himitsu"`); err != nil {
			return err
		}
		return send(w, "P1 OK [CAPABILITY IMAP4rev1 "+line[6:]+`] in\x0d\x0a`)
	}
	return fmt.Errorf("the dialogue has a line %q", line)
}

func send(w io.Writer, text string) error {
	var b []byte
	for len(text) > 0 {
		if strings.HasPrefix(text, `\x`) {
			n, err := strconv.ParseUint(text[2:4], 16, 8)
			if err != nil {
				return err
			}
			b, text = append(b, byte(n)), text[4:]
			continue
		}
		b, text = append(b, text[0]), text[1:]
	}
	_, err := w.Write(b)
	return err
}

func hear(r *bufio.Reader, pattern string) error {
	line, err := r.ReadString('\n')
	if err != nil {
		return fmt.Errorf("waiting for %q: %w (got %q)", pattern, err, line)
	}
	if line = strings.TrimSuffix(line, "\r\n"); !matches(line, pattern) {
		return fmt.Errorf("the client said %q instead of %q", line, pattern)
	}
	return nil
}

// matches compares with a pattern in which "*" stands for any octets; IMAP's own "*" is matched by it too.
func matches(line, pattern string) bool {
	first, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return line == pattern
	}
	if !strings.HasPrefix(line, first) {
		return false
	}
	for i := len(first); i <= len(line); i++ {
		if matches(line[i:], rest) {
			return true
		}
	}
	return false
}

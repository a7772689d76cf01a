package imapd

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-imap/v2"

	"todoku/internal/trace"
)

// panics is a sink that looks for what imapserver says when it caught one.
type panics struct {
	mu  sync.Mutex
	all []string
}

func (p *panics) Emit(e trace.Event) {
	if e.Kind == trace.KindNote && strings.Contains(e.Name, "panic") {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.all = append(p.all, e.Name)
	}
}

// FuzzCommands sends anything to a session that has logged in: no panic, only whole lines come back, and the
// message that is there stays as it is unless a command says otherwise.
func FuzzCommands(f *testing.F) {
	f.Add("a SELECT INBOX\r\nb FETCH 1:* (FLAGS BODY[1.2.MIME]<0.5> BINARY.SIZE[1])\r\nc LOGOUT\r\n")
	f.Add("a EXAMINE INBOX\r\nb UID SEARCH OR (NOT SEEN) HEADER X {3+}\r\nabc\r\nc COPY 1,*:3 {5}\r\nTrash\r\n")
	f.Add("a APPEND INBOX (\\Seen) {10+}\r\nb NOOP\r\n\r\n\r\nc CREATE {99999+}\r\nx")
	f.Add("a SELECT INBOX\r\nb IDLE\r\nDONE\r\nc STORE $ +FLAGS (x)\r\nd MOVE 1 Trash\r\n")
	f.Add("a LIST (RECURSIVEMATCH SUBSCRIBED) \"\" (%*) RETURN (STATUS (SIZE DELETED))\r\nb RENAME INBOX a/b\r\n")
	seen := new(panics)
	p := start(f, Config{Span: trace.New(seen, nil)})
	p.deliver(message("one"), nestedMessage)
	f.Fuzz(func(t *testing.T, input string) {
		p.t = t
		c := p.dial().login()
		go func() {
			io.WriteString(c.Conn, input)
			c.Conn.(*net.TCPConn).CloseWrite()
		}()
		if _, err := io.Copy(io.Discard, c.r); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal("the session did not end with its client")
		}
		seen.mu.Lock()
		defer seen.mu.Unlock()
		if len(seen.all) > 0 {
			t.Fatal(seen.all[0])
		}
	})
}

const nestedMessage = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n" +
	"Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n\r\nplain\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>html\r\n--c--\r\n--b\r\n\r\nlast\r\n--b--\r\n"

func TestSectionsOfNestedMessages(t *testing.T) {
	root := parseMessage([]byte(nestedMessage))
	for _, c := range []struct {
		path      []int
		specifier imap.PartSpecifier
		want      string
	}{
		{[]int{2}, "", "last"},
		{[]int{2}, "MIME", "\r\n"},
		{[]int{1}, "HEADER", "Subject: in\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"},
		{[]int{1, 1}, "", "plain"},
		{[]int{1, 2}, "MIME", "Content-Type: text/html\r\n\r\n"},
		{[]int{1, 2}, "", "<p>html"},
		{[]int{1, 3}, "", ""},
		{[]int{2, 1}, "", ""},
		{[]int{2}, "TEXT", ""},
		{nil, "", nestedMessage},
	} {
		got := section(root, root.header, &imap.FetchItemBodySection{Part: c.path, Specifier: c.specifier})
		if string(got) != c.want {
			t.Errorf("BODY[%v.%s] is %q, want %q", c.path, c.specifier, got, c.want)
		}
	}
}

func FuzzStructure(f *testing.F) {
	f.Add([]byte(nestedMessage))
	f.Add([]byte("Content-Type: multipart/digest; boundary=\"a\\\"b\r\n\r\n--a\"b\r\n\r\n--a\"b--\r\n"))
	f.Add([]byte("Content-Type: message/rfc822\r\n\r\n" + strings.Repeat("Content-Type: message/rfc822\r\n\r\n", 40)))
	f.Add([]byte("Content-Type: text/plain; a*0*=x; a*1=\"y\"; ;=;\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!"))
	f.Fuzz(func(t *testing.T, data []byte) {
		root := parseMessage(data)
		if whole := section(root, root.header, &imap.FetchItemBodySection{}); !bytes.Equal(whole, data) {
			t.Fatal("BODY[] is not the message")
		}
		root.structure()
		parts := count(root)
		if parts > 2*maxParts {
			t.Fatalf("%d parts", parts)
		}
		root.holds("word")
		for _, path := range [][]int{{1}, {1, 1}, {2, 1, 1}, {0}, {1 << 30}} {
			root.find(path)
		}
	})
}

func count(n *part) int {
	sum := 1
	for _, c := range n.children {
		sum += count(c)
	}
	if n.message != nil {
		sum += count(n.message)
	}
	return sum
}

// A message of many parts, each inside the next, must not take time or stack without end.
func TestDeepAndWideMessagesAreBounded(t *testing.T) {
	deep := strings.Repeat("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n", 5000)
	wide := "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + strings.Repeat("--x\r\n\r\na\r\n", 20000)
	for _, data := range []string{deep, wide} {
		root := parseMessage([]byte(data))
		if n := count(root); n > 2*maxParts {
			t.Errorf("%d parts", n)
		}
		root.structure()
	}
}

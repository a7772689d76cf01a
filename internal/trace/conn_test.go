package trace

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// connected gives both ends of a loopback connection.
func connected(t testing.TB) (client, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

// TestBothEndsSeeTheSame speaks POP3 between two recorded ends.
func TestBothEndsSeeTheSame(t *testing.T) {
	var ours, theirs Recorder
	a, b := connected(t)
	c := NewConn(a, ConnOptions{Span: New(&ours, nil), Side: SideClient, Proto: "pop3", Addr: "mail.sakura.test:110"})
	s := NewConn(b, ConnOptions{Span: New(&theirs, nil), Side: SideServer, Proto: "pop3", Rule: func() string { return "slow-banner" }})
	cr, sr := bufio.NewReader(c), bufio.NewReader(s)
	say := func(w io.Writer, r *bufio.Reader, text string) {
		t.Helper()
		io.WriteString(w, text)
		if got, err := io.ReadAll(io.LimitReader(r, int64(len(text)))); err != nil || string(got) != text {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	body := "Subject: x\r\n\r\n" + strings.Repeat("0123456789abcdef\r\n", 1000)
	say(s, cr, "+OK ready\r\n")
	say(c, sr, "USER alice\r\nPASS hunter2\r\n")
	say(s, cr, "+OK\r\n+OK\r\n")
	say(c, sr, "RETR 1\r\n")
	say(s, cr, "+OK\r\n"+body+".\r\n")
	c.Close()
	sr.ReadByte()

	mirror := func(events []Event) []string {
		var out []string
		for _, e := range events {
			who := map[bool]string{true: "C", false: "S"}[e.Sent == (e.Side == SideClient)]
			kind := string(e.Kind)
			if e.Kind == KindSend || e.Kind == KindRecv {
				kind = "line"
			}
			out = append(out, fmt.Sprintf("%s %s %s %d %s", who, kind, e.Data, e.Size, e.SHA256))
		}
		return out
	}
	got := mirror(ours.Events())
	if d := cmp.Diff(got, mirror(theirs.Events())); d != "" {
		t.Errorf("server (+) and client (-) differ:\n%s", d)
	}
	sum := sha256.Sum256([]byte(body))
	want := fmt.Sprintf("S data %s %d %s", body[:maxKept], len(body), hex.EncodeToString(sum[:]))
	if !strings.Contains(strings.Join(got, "\n"), want) {
		t.Errorf("no data event with the first 4 KiB, size and digest in\n%s", strings.Join(got, "\n"))
	}
	if c, s := ours.Events()[0].Conn, theirs.Events()[0].Conn; c != s || c != a.LocalAddr().String()+"-"+a.RemoteAddr().String() {
		t.Errorf("socket pairs %s and %s", c, s)
	}
	if theirs.Events()[0].Rule != "slow-banner" || ours.Events()[0].Rule != "" {
		t.Error("the rule belongs on the server's events only")
	}
	count := c.Counters()
	if want := (Counters{In: int64(len("+OK ready\r\n+OK\r\n+OK\r\n+OK\r\n") + len(body) + 3), Out: 34, RoundTrips: 2}); count != want {
		t.Errorf("counters %+v, want %+v", count, want)
	}
}

func TestBodiesAreKeptWhenAskedFor(t *testing.T) {
	body := make([]byte, 200<<10)
	rand.Read(body)
	body = bytes.ReplaceAll(body, []byte("\n"), []byte("x"))
	var got []byte
	var last Event
	talk := newTalk("imap", true, listening, func(e Event) {
		if e.Kind == KindData {
			got, last = append(got, e.Data...), e
		}
	})
	talk.feed(server, false, fmt.Appendf(nil, "* 1 FETCH (BODY[] {%d}\r\n%s)\r\n", len(body), body))
	if !bytes.Equal(got, body) || last.Size != int64(len(body)) {
		t.Errorf("kept %d octets of %d, size %d", len(got), len(body), last.Size)
	}
}

// The exchange has no final reply, so that the recorder must take every later line for an answer.
func TestSwapForgetsNothingAndTearsLines(t *testing.T) {
	var rec Recorder
	a, b := connected(t)
	c := NewConn(a, ConnOptions{Span: New(&rec, nil), Side: SideClient, Proto: "smtp"})
	io.WriteString(c, "STARTTLS\r\nAUTH PL")
	c.Swap(a)
	io.WriteString(c, "AIN aHVudGVyMg==\r\nNOOP\r\n")
	io.ReadAll(io.LimitReader(b, 38))
	var got []string
	for _, e := range rec.Events() {
		got = append(got, string(e.Data))
	}
	if d := cmp.Diff([]string{"STARTTLS", "AUTH (secret removed)", Removed, Removed}, got); d != "" {
		t.Error(d)
	}
}

func TestNilSpanCounts(t *testing.T) {
	a, b := connected(t)
	c := NewConn(a, ConnOptions{Side: SideClient, Proto: "smtp"})
	io.WriteString(c, "NOOP\r\n")
	io.ReadAll(io.LimitReader(b, 6))
	c.Close()
	if got := c.Counters(); got.Out != 6 {
		t.Errorf("counters %+v", got)
	}
}

// source gives the same octets again and again, as fast as memory.
type source struct {
	net.Conn
	octets []byte
	at     int
}

func (s *source) Read(p []byte) (int, error) {
	n := copy(p, s.octets[s.at:])
	s.at = (s.at + n) % len(s.octets)
	return n, nil
}

func (s *source) LocalAddr() net.Addr  { return nil }
func (s *source) RemoteAddr() net.Addr { return nil }

// BenchmarkDownload compares a large literal read directly and through the recorder.
func BenchmarkDownload(b *testing.B) {
	line := bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz+/=\r\n"), 1000)
	for _, proto := range []string{"direct", "imap", "pop3"} {
		b.Run(proto, func(b *testing.B) {
			var r io.Reader = &source{octets: line}
			if proto != "direct" {
				c := NewConn(&source{octets: line}, ConnOptions{Span: New(Discard, nil), Side: SideClient, Proto: proto})
				c.talk.flows[server].bulk = newBulkRun(bulk{kind: bulkDot}, false, true)
				if proto == "imap" {
					c.talk.flows[server].bulk = newBulkRun(bulk{kind: bulkCount, n: 1 << 62}, false, true)
				}
				r = c
			}
			buf := make([]byte, 32<<10)
			b.SetBytes(int64(len(buf)))
			for b.Loop() {
				if _, err := io.ReadFull(r, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestUnheardData: octets that nobody listens to are counted, not hashed and kept.
func TestUnheardData(t *testing.T) {
	var data []Event
	listening := false
	talk := newTalk("pop3", false, func() bool { return listening }, func(e Event) {
		if e.Kind == KindData {
			data = append(data, e)
		}
	})
	talk.feed(server, false, []byte("+OK ready\r\n"))
	for _, listening = range []bool{false, true} {
		talk.feed(client, true, []byte("RETR 1\r\n"))
		talk.feed(server, false, []byte("+OK\r\nwords\r\n.\r\n"))
	}
	if len(data) != 2 || data[0].Size != 7 || data[0].Data != nil || data[0].SHA256 != "" {
		t.Fatalf("unheard: %+v", data)
	}
	if data[1].Size != 7 || string(data[1].Data) != "words\r\n" || len(data[1].SHA256) != 64 {
		t.Errorf("heard: %+v", data[1])
	}
}

func TestHeard(t *testing.T) {
	fan := &Fanout{}
	check := func(want bool, sinks ...Sink) {
		t.Helper()
		if got := New(Tee(sinks...), nil).heard(); got != want {
			t.Errorf("heard is %v", got)
		}
	}
	check(false)
	check(false, fan, Discard)
	check(true, fan, &Recorder{})
	sub := fan.Subscribe(2)
	check(true, Discard, fan)
	sub.Close()
	check(false, fan)
}

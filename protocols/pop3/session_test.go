package pop3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"todoku/internal/mail"
	"todoku/internal/trace"
)

// Any octets arrive over a real connection, pipelined or not, in order.
func TestRetrieveKeepsOctets(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := &naiveServer{pipelined: rapid.Bool().Draw(r, "pipelined")}
		for range rapid.IntRange(1, 6).Draw(r, "messages") {
			m := octetsNearTrouble(r)
			if len(m) > 0 && !bytes.HasSuffix(m, []byte("\r\n")) {
				m = append(m, "\r\n"...)
			}
			s.messages = append(s.messages, m)
		}
		port, done := serveFor(s.serve)
		c, err := Dial(t.Context(), testOptions(port, Limits{}))
		if err != nil {
			r.Fatal(err)
		}
		i := 0
		err = c.Retrieve(t.Context(), everything(len(s.messages)), func(n int, size int64, body io.Reader) error {
			got, err := io.ReadAll(body)
			if err == nil && (n != i+1 || size != int64(len(got)) || !bytes.Equal(got, s.messages[i])) {
				err = fmt.Errorf("message %d: %q, want %q", n, got, s.messages[i])
			}
			i++
			return err
		})
		if err == nil {
			err = c.Quit(t.Context())
		}
		<-done
		if err != nil || i != len(s.messages) {
			r.Fatal(i, err)
		}
	})
}

// serveFor is serveOnce without a test to hang on; done is closed when the connection ended.
func serveFor(handle func(net.Conn) error) (port int, done chan struct{}) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	done = make(chan struct{})
	go func() {
		defer close(done)
		defer l.Close()
		if c, err := l.Accept(); err == nil {
			defer c.Close()
			handle(c)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, done
}

func everything(n int) []int {
	var all []int
	for i := range n {
		all = append(all, i+1)
	}
	return all
}

// A message of 50 MB passes through in constant memory.
func TestHugeMessageInConstantMemory(t *testing.T) {
	line := bytes.Repeat([]byte("x"), 76)
	huge := bytes.Repeat(append(line, "\r\n"...), 50_000_000/78)
	s := &naiveServer{messages: [][]byte{huge, []byte("small\r\n")}, pipelined: true}
	c := dialServer(t, s.serve, Limits{})
	var total int64
	var err error
	grown := allocated(func() {
		err = c.Retrieve(t.Context(), []int{1, 2}, func(n int, size int64, body io.Reader) error {
			got, err := io.Copy(io.Discard, body)
			total += got
			return err
		})
	})
	if err != nil || total != int64(len(huge)+7) {
		t.Fatalf("%d octets, %v", total, err)
	}
	if grown > maxGrowth {
		t.Errorf("%d octets were allocated", grown)
	}
}

// A caller that stops in a huge message does not wait for the rest of it; after a small one the session goes on.
func TestStoppingEarly(t *testing.T) {
	huge := bytes.Repeat([]byte("0123456789abcdef\r\n"), 1_000_000)
	s := &naiveServer{messages: [][]byte{[]byte("small\r\n"), huge}, pipelined: true}
	c := dialServer(t, s.serve, Limits{})
	enough := errors.New("enough")
	stop := func(int, int64, io.Reader) error { return enough }
	if err := c.Retrieve(t.Context(), []int{1}, stop); !errors.Is(err, enough) {
		t.Errorf("error %v", err)
	}
	if err := c.Noop(t.Context()); err != nil {
		t.Errorf("the session did not go on: %v", err)
	}
	before := c.Counters().In
	if err := c.Retrieve(t.Context(), []int{2}, stop); !errors.Is(err, enough) {
		t.Errorf("error %v", err)
	}
	if read := c.Counters().In - before; read > maxInFlight+2*readBuffer {
		t.Errorf("%d octets were read to be dropped", read)
	}
	if err := c.Noop(t.Context()); err == nil {
		t.Error("the session goes on inside a message")
	}
}

// STAT, then LIST and UIDL together; a window of RETR waits once.
func TestRoundTrips(t *testing.T) {
	s := &naiveServer{messages: [][]byte{[]byte("a\r\n"), []byte("b\r\n")}, pipelined: true}
	c := dialServer(t, s.serve, Limits{})
	trips := func(f func() error) int {
		before := c.Counters().RoundTrips
		if err := f(); err != nil {
			t.Fatal(err)
		}
		return c.Counters().RoundTrips - before
	}
	listing := trips(func() error { _, err := c.Listing(t.Context()); return err })
	retrieve := trips(func() error {
		return c.Retrieve(t.Context(), []int{1, 2, 1, 2}, func(int, int64, io.Reader) error { return nil })
	})
	remove := trips(func() error { _, err := c.DeleteMany(t.Context(), []int{1, 2}); return err })
	if listing != 2 || retrieve != 1 || remove != 1 {
		t.Errorf("%d round trips for the listing, %d for messages, %d for deletions; want 2, 1, 1", listing, retrieve, remove)
	}
}

func TestReadOnlyDeletesNothing(t *testing.T) {
	s := &naiveServer{messages: [][]byte{[]byte("a\r\n")}}
	c := dialServer(t, s.serve, Limits{})
	c.forbidDeletion()
	if err := c.Delete(t.Context(), 1); !errors.Is(err, ErrReadOnly) {
		t.Errorf("error %v", err)
	}
	if err := c.Quit(t.Context()); err != nil {
		t.Error(err)
	}
	if slices.Contains(s.commands, "DELE 1") {
		t.Error("DELE was sent")
	}
}

func TestAbortSendsNoQuit(t *testing.T) {
	s := &naiveServer{messages: [][]byte{[]byte("a\r\n")}}
	port, done := serveFor(s.serve)
	c, err := Dial(t.Context(), testOptions(port, Limits{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := c.Abort(); err != nil {
		t.Error(err)
	}
	<-done
	if s.committed {
		t.Error("the deletion was committed")
	}
	if err := c.Noop(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
}

func TestMaildropIsASource(t *testing.T) {
	s := &naiveServer{pipelined: true}
	for i := range 450 {
		s.messages = append(s.messages, fmt.Appendf(nil, "Subject: m%d\r\nFrom: a@fuji.test\r\n\r\nbody\r\n", i+1))
	}
	m := dialServer(t, s.serve, Limits{}).Maildrop()
	f, err := m.Open(t.Context(), "inbox", false)
	if err != nil || f.Total != 450 || f.Unread != -1 || f.Role != mail.RoleInbox {
		t.Fatalf("%+v, %v", f, err)
	}
	if _, err := m.Open(t.Context(), "Sent", false); err == nil {
		t.Error("another folder was opened")
	}
	var ids []mail.ID
	var chunks []int
	err = m.List(t.Context(), func(run []mail.Message) error {
		chunks = append(chunks, len(run))
		for _, row := range run {
			if want := fmt.Sprintf("m%d", 450-len(ids)); row.Envelope.Subject != want {
				t.Fatalf("subject %q, want %q", row.Envelope.Subject, want)
			}
			ids = append(ids, row.ID)
		}
		return nil
	})
	if err != nil || !cmp.Equal(chunks, []int{200, 200, 50}) || ids[0] != "uid450" {
		t.Fatalf("%v, %v", chunks, err)
	}
	var b bytes.Buffer
	if err := m.Fetch(t.Context(), "uid7", &b); err != nil || !bytes.Equal(b.Bytes(), s.messages[6]) {
		t.Errorf("%q, %v", b.Bytes(), err)
	}
	if err := m.Delete(t.Context(), []mail.ID{"uid7", "uid9"}); err != nil {
		t.Error(err)
	}
	if err := m.Delete(t.Context(), []mail.ID{"number 3"}); err == nil {
		t.Error("a message without an id of its own was deleted")
	}
	if err := m.Close(); err != nil || !s.committed || !s.deleted[7] || !s.deleted[9] || len(s.deleted) != 2 {
		t.Errorf("%v, committed %v, deleted %v", err, s.committed, s.deleted)
	}
}

// BenchmarkRetrieve10k reads 10,000 messages of 5 KiB from memory, unobserved and recorded.
func BenchmarkRetrieve10k(b *testing.B) {
	line := bytes.Repeat([]byte("0123456789"), 7)
	message := append([]byte("Subject: x\r\n\r\n"), bytes.Repeat(append(line, "\r\n"...), 70)...)
	s := &naiveServer{pipelined: true}
	for range 10_000 {
		s.messages = append(s.messages, message)
	}
	all := everything(10_000)
	for name, span := range map[string]*trace.Span{"plain": nil, "recorded": trace.New(trace.Discard, nil)} {
		b.Run(name, func(b *testing.B) {
			o := testOptions(serveOnce(b, s.serve), Limits{})
			o.Span = span
			c := dial(b, o)
			b.SetBytes(int64(len(message)) * 10_000)
			b.ReportAllocs()
			for b.Loop() {
				err := c.Retrieve(b.Context(), all, func(_ int, _ int64, body io.Reader) error {
					_, err := io.Copy(io.Discard, body)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			c.Abort()
		})
	}
}

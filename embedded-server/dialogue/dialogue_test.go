package dialogue

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
	"todoku/protocols/interop"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// find gives the first event that matches, nil if there is none.
func find(seen *trace.Recorder, match func(trace.Event) bool) *trace.Event {
	list := seen.Events()
	if i := slices.IndexFunc(list, match); i >= 0 {
		return &list[i]
	}
	return nil
}

// listener counts the writes of its connections.
type listener struct {
	net.Listener
	mu     sync.Mutex
	writes int
}

type counted struct {
	net.Conn
	l *listener
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return counted{c, l}, err
}

func (c counted) Write(p []byte) (int, error) {
	c.l.mu.Lock()
	c.l.writes++
	c.l.mu.Unlock()
	return c.Conn.Write(p)
}

func serve(t *testing.T, cfg Config, implicit bool, talk func(*Conn)) (*Server, *listener) {
	t.Helper()
	cfg.Hostname, cfg.Proto, cfg.Port, cfg.TLSPort = "mail.sakura.test", "pop3", 110, 995
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{Listener: inner}
	s := New(cfg, talk)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l, implicit) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; !errors.Is(err, ErrClosed) {
			t.Errorf("Serve returned %v", err)
		}
	})
	return s, l
}

func dial(t *testing.T, l *listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(10 * time.Second))
	t.Cleanup(func() { c.Close() })
	return c
}

// echo answers each line, and STLS with TLS.
func echo(c *Conn) {
	for {
		line, err := c.ReadLine(100)
		switch {
		case errors.Is(err, ErrLineTooLong):
			line = "too long"
		case err != nil:
			return
		case line == "STLS":
			c.WriteLine("go")
			if c.StartTLS() != nil {
				return
			}
			continue
		}
		c.WriteLine("said " + line)
	}
}

func TestWhatCameBeforeTheHandshakeIsDropped(t *testing.T) {
	seen := new(trace.Recorder)
	_, l := serve(t, Config{TLS: interop.Certificate(t).TLS, Span: trace.New(seen, nil)}, false, echo)
	c := dial(t, l)
	io.WriteString(c, "STLS\r\nDELE 1\r\n") // the second line is an attacker's
	goAhead := make([]byte, 4)
	if _, err := io.ReadFull(c, goAhead); err != nil || string(goAhead) != "go\r\n" {
		t.Fatalf("%q, %v", goAhead, err)
	}
	tc := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
	io.WriteString(tc, "NOOP\r\n")
	line, err := bufio.NewReader(tc).ReadString('\n')
	if err != nil || line != "said NOOP\r\n" {
		t.Errorf("first answer inside TLS: %q, %v", line, err)
	}
	if e := find(seen, func(e trace.Event) bool { return e.Kind == trace.KindNote && e.Size == 8 }); e == nil {
		t.Error("the dropped octets left no note")
	}
	e := find(seen, func(e trace.Event) bool { return e.Kind == trace.KindTLS })
	if e == nil || e.TLS.Version != "TLS 1.3" || e.Addr != "mail.sakura.test:110" || e.Side != trace.SideServer {
		t.Errorf("TLS event %+v", e)
	}
}

func TestImplicitTLS(t *testing.T) {
	_, l := serve(t, Config{TLS: interop.Certificate(t).TLS}, true, echo)
	tc := tls.Client(dial(t, l), &tls.Config{InsecureSkipVerify: true})
	io.WriteString(tc, "STAT\r\n")
	if line, err := bufio.NewReader(tc).ReadString('\n'); err != nil || line != "said STAT\r\n" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestAPipelineIsAnsweredInOneWrite(t *testing.T) {
	_, l := serve(t, Config{}, false, echo)
	c := dial(t, l)
	io.WriteString(c, strings.Repeat("NOOP\r\n", 100))
	r := bufio.NewReader(c)
	for range 100 {
		if line, err := r.ReadString('\n'); err != nil || line != "said NOOP\r\n" {
			t.Fatalf("%q, %v", line, err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.writes > 10 { // as many as packets the pipeline came in, not one an answer
		t.Errorf("%d writes for 100 answers", l.writes)
	}
}

// IDLE: another goroutine writes while a read waits for the client.
func TestAWriteGoesOutWhileAReadWaits(t *testing.T) {
	write := make(chan struct{})
	_, l := serve(t, Config{}, false, func(c *Conn) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			<-write
			c.WriteLine("news")
		}()
		c.ReadLine(10)
		<-done
	})
	c := dial(t, l)
	close(write)
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || line != "news\r\n" {
		t.Errorf("%q, %v", line, err)
	}
	io.WriteString(c, "DONE\r\n")
}

func TestLimits(t *testing.T) {
	_, l := serve(t, Config{MaxConns: 1, Busy: "busy", Idle: time.Minute}, false, echo)
	c := dial(t, l)
	r := bufio.NewReader(c)
	io.WriteString(c, strings.Repeat("x", 101)+"\r\n"+strings.Repeat("x", 100)+"\r\n")
	if line, _ := r.ReadString('\n'); line != "said too long\r\n" {
		t.Errorf("%q", line)
	}
	if line, _ := r.ReadString('\n'); line != "said "+strings.Repeat("x", 100)+"\r\n" {
		t.Errorf("%q", line)
	}
	if all, err := io.ReadAll(dial(t, l)); err != nil || string(all) != "busy\r\n" {
		t.Errorf("the second connection got %q, %v", all, err)
	}
}

func TestSilenceEnds(t *testing.T) {
	_, l := serve(t, Config{Idle: 20 * time.Millisecond}, false, echo)
	if all, err := io.ReadAll(dial(t, l)); err != nil || len(all) > 0 {
		t.Errorf("%q, %v", all, err)
	}
}

func TestFaultsAreRecordedWithTheirRule(t *testing.T) {
	seen := new(trace.Recorder)
	faults := new(fault.Set)
	if err := faults.Add(fault.Rule{ID: "F7", Stage: fault.TLS, Do: fault.Action{Close: true}}); err != nil {
		t.Fatal(err)
	}
	_, l := serve(t, Config{TLS: interop.Certificate(t).TLS, Faults: faults, Span: trace.New(seen, nil)}, false, echo)
	c := dial(t, l)
	io.WriteString(c, "STLS\r\n")
	if all, err := io.ReadAll(c); err != nil || string(all) != "go\r\n" {
		t.Errorf("%q, %v", all, err)
	}
	if find(seen, func(e trace.Event) bool { return e.Kind == trace.KindClose && e.Rule == "F7" }) == nil {
		t.Error("no event carries the rule")
	}
}

// A fault in one connection must not end the program that the small Internet runs in, with its terminal raw.
func TestAPanicEndsItsConnectionOnly(t *testing.T) {
	ev := new(trace.Recorder)
	talk := func(c *Conn) {
		c.WriteLine("hello")
		if line, _ := c.ReadLine(100); line == "break" {
			panic("broken on purpose")
		}
		c.WriteLine("bye")
	}
	_, l := serve(t, Config{MaxConns: 2, Span: trace.New(ev, nil)}, false, talk)
	for _, said := range []string{"break\r\n", "break\r\n", "break\r\n", "end\r\n"} { // more than there are slots
		c := dial(t, l)
		io.WriteString(c, said)
		got, err := io.ReadAll(c)
		if want := map[bool]string{true: "hello\r\n", false: "hello\r\nbye\r\n"}[said == "break\r\n"]; err != nil || string(got) != want {
			t.Errorf("after %q: %q, %v", said, got, err)
		}
	}
	note := find(ev, func(e trace.Event) bool {
		return e.Kind == trace.KindNote && strings.Contains(e.Name, "broken on purpose")
	})
	if note == nil || !strings.Contains(note.Name, "dialogue_test.go") {
		t.Errorf("the fault was not noted with its place: %+v", note)
	}
}

func TestWhatWasSentAheadIsNotCarriedOutAfterAClose(t *testing.T) {
	faults := new(fault.Set)
	rule := fault.Rule{ID: "F1", Stage: fault.Quit, Do: fault.Action{Reply: "no", Close: true}}
	if err := faults.Add(rule); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 2)
	_, l := serve(t, Config{Faults: faults}, false, func(c *Conn) {
		defer close(lines)
		for {
			line, err := c.ReadLine(100)
			if err != nil {
				return
			}
			lines <- line
			c.Faulted(fault.Quit, fault.Facts{}, nil)
		}
	})
	c := dial(t, l)
	io.WriteString(c, "QUIT\r\nDELE 1\r\n")
	io.Copy(io.Discard, c)
	if first, second := <-lines, <-lines; first != "QUIT" || second != "" {
		t.Errorf("carried out %q, then %q", first, second)
	}
}

func TestARuleIsOnTheEventsOfItsCommandOnly(t *testing.T) {
	seen := new(trace.Recorder)
	faults := new(fault.Set)
	rule := fault.Rule{ID: "F2", Stage: fault.Command, Once: true, Do: fault.Action{Delay: time.Nanosecond}}
	if err := faults.Add(rule); err != nil {
		t.Fatal(err)
	}
	_, l := serve(t, Config{Faults: faults, Span: trace.New(seen, nil)}, false, func(c *Conn) {
		for range 2 {
			line, _ := c.ReadLine(100)
			c.Faulted(fault.Command, fault.Facts{Verb: line}, nil)
			c.WriteLine("said " + line)
		}
	})
	c := dial(t, l)
	io.WriteString(c, "LATE\r\nNEXT\r\n")
	io.Copy(io.Discard, c)
	for line, want := range map[string]string{"said LATE": "F2", "said NEXT": ""} {
		e := find(seen, func(e trace.Event) bool { return e.Kind == trace.KindSend && string(e.Data) == line })
		if e == nil || e.Rule != want {
			t.Errorf("%q: event %+v, want rule %q", line, e, want)
		}
	}
}

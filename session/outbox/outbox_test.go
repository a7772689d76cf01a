package outbox

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"todoku/internal/store"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// post is a submission server on loopback whose first RCPT waits until it is let go.
type post struct {
	net.Listener
	held     chan struct{} // closed when the first RCPT came
	letGo    chan struct{}
	rcpts    atomic.Int32
	messages atomic.Int32
}

func newPost(t *testing.T) *post {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &post{Listener: l, held: make(chan struct{}), letGo: make(chan struct{})}
	var talks sync.WaitGroup
	talks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			talks.Go(func() { p.talk(c) })
		}
	})
	t.Cleanup(func() { l.Close(); talks.Wait() })
	return p
}

func (p *post) talk(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 here")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch strings.ToUpper(line[:4]) {
		case "EHLO":
			say("250-here\r\n250 AUTH PLAIN")
		case "AUTH":
			say("235 in")
		case "RCPT":
			if p.rcpts.Add(1) == 1 {
				close(p.held)
				<-p.letGo
			}
			say("250 ok")
		case "DATA":
			say("354 go")
			for line != ".\r\n" && err == nil {
				line, err = r.ReadString('\n')
			}
			p.messages.Add(1)
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// TestASlowServerAndTwoTries: a try that takes longer than its lease is overtaken by another one of the same process.
func TestASlowServerAndTwoTries(t *testing.T) {
	var ahead atomic.Int64
	now := func() time.Time { return time.Unix(1_800_000_000+ahead.Load(), 0) }
	st, err := store.Open(filepath.Join(t.TempDir(), "mail.db"), store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	e, err := st.Enqueue(t.Context(), store.OutboxEntry{Account: "a", From: "a@x.test", Subject: "once", MessageID: "1@x.test",
		To: []store.Recipient{{Addr: "b@x.test", State: Wait}}, Raw: []byte("Subject: once\r\n\r\nhi\r\n")}, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := newPost(t)
	s := &Submitter{Store: st, Net: wire.System(), Host: "127.0.0.1", Port: p.Addr().(*net.TCPAddr).Port, TLS: wire.TLSNone,
		Credentials: sasl.Credentials{User: "a", Password: "p"}, Now: now}
	slow := make(chan error, 1)
	go func() {
		_, _, err := s.Submit(t.Context(), nil, e.Key)
		slow <- err
	}()
	<-p.held
	ahead.Add(int64(2 * lease / time.Second))
	if got, claimed, err := s.Submit(t.Context(), nil, e.Key); err != nil || !claimed || got.State != store.StateAccepted {
		t.Errorf("the second try: %v %v %v", got.State, claimed, err)
	}
	close(p.letGo)
	if err := <-slow; !store.IsCode(err, store.CodeLost) {
		t.Errorf("the first try ended with %v, want that it lost its entry", err)
	}
	if n := p.messages.Load(); n != 1 {
		t.Errorf("the server has the message %d times", n)
	}
}

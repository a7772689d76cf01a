package smtp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// pipeWorld leads to the other end of a pipe.
func pipeWorld() (*wire.Net, net.Conn) {
	ours, theirs := net.Pipe()
	return &wire.Net{
		Dial: func(context.Context, string, string) (net.Conn, error) { return ours, nil },
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("192.0.2.10")}, nil
		},
	}, theirs
}

func dialTest(n *wire.Net) (*Client, error) {
	return Dial(context.Background(), Options{Net: n, Host: "mail.sakura.test", Port: 587, TLS: wire.TLSNone})
}

func wantCode(t *testing.T, err error, code, step string) *wire.Error {
	t.Helper()
	var e *wire.Error
	if !errors.As(err, &e) || e.Code != code || step != "" && e.Step != step {
		t.Fatalf("error %v, want %s at %s", err, code, step)
	}
	return e
}

// TestSilentServer: a server that never greets is given up after the five minutes of RFC 5321.
func TestSilentServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, theirs := pipeWorld()
		defer theirs.Close()
		began := time.Now()
		_, err := dialTest(n)
		wantCode(t, err, wire.CodeSilent, "greeting")
		if took := time.Since(began); took != 5*time.Minute {
			t.Errorf("took %s", took)
		}
	})
}

// TestDrippingServer: one octet every 20 s, and one reply line every minute, hold no command for ever.
func TestDrippingServer(t *testing.T) {
	for name, drip := range map[string]struct {
		every  time.Duration
		octets string
	}{
		"octets": {20 * time.Second, "2"},
		"lines":  {time.Minute, "250-again\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, theirs := pipeWorld()
				done := make(chan struct{})
				go func() {
					defer close(done)
					fmt.Fprint(theirs, "220 x\r\n")
					bufio.NewReader(theirs).ReadString('\n')
					tick := time.NewTicker(drip.every)
					defer tick.Stop()
					for range tick.C {
						if _, err := fmt.Fprint(theirs, drip.octets); err != nil {
							return
						}
					}
				}()
				began := time.Now()
				_, err := dialTest(n)
				if e := wantCode(t, err, wire.CodeSlow, "EHLO"); e.Want != "250" || e.Got == "" {
					t.Errorf("error %+v", e)
				}
				if took := time.Since(began); took != 5*time.Minute {
					t.Errorf("took %s", took)
				}
				<-done
			})
		})
	}
}

// TestFloodingServer: endless lines and endless replies end quickly and cost no memory.
func TestFloodingServer(t *testing.T) {
	for name, unit := range map[string]string{"line": strings.Repeat("x", 8192), "reply": strings.Repeat("250-x\r\n", 1000)} {
		t.Run(name, func(t *testing.T) {
			n, done := stage(t, func(c net.Conn) error {
				defer c.Close()
				fmt.Fprint(c, "220 x\r\n250-")
				for {
					if _, err := io.WriteString(c, unit); err != nil {
						return nil
					}
				}
			})
			before := memory()
			_, err := dialTest(n)
			wantCode(t, err, wire.CodeFlood, "EHLO")
			if grown := memory() - before; grown > 16<<20 {
				t.Errorf("memory grew by %d MiB", grown>>20)
			}
			<-done
		})
	}
}

func memory() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

// upToData plays a server until it has said 354.
func upToData(c net.Conn) *bufio.Reader {
	r := bufio.NewReader(c)
	fmt.Fprint(c, "220 x\r\n")
	for _, reply := range []string{"250 x", "250 ok", "250 ok", "354 go"} {
		r.ReadString('\n')
		fmt.Fprint(c, reply+"\r\n")
	}
	return r
}

var toBob = Envelope{From: "alice@sakura.test", To: []Recipient{{Addr: "bob@fuji.test"}}}

// TestLostInTheMiddle: the connection breaks while the message is being sent: it certainly was not. What the server
// said before it closed is kept.
func TestLostInTheMiddle(t *testing.T) {
	for _, words := range []string{"", "552 5.3.4 too big\r\n"} {
		t.Run(words, func(t *testing.T) {
			n, done := stage(t, func(c net.Conn) error {
				defer c.Close()
				_, err := io.CopyN(io.Discard, upToData(c), 100_000)
				io.WriteString(c, words)
				return err
			})
			c, err := dialTest(n)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			res, err := c.Send(context.Background(), toBob, bytes.Repeat([]byte("0123456789\r\n"), 2<<20), nil)
			if res.Unknown || res.Accepted() != 0 {
				t.Errorf("result %+v", res)
			}
			var refusal *Error
			switch {
			case words == "":
				wantCode(t, err, wire.CodeClosed, "DATA")
			case runtime.GOOS != "linux": // others may drop what came before a reset
			case !errors.As(err, &refusal) || refusal.Reply.Enhanced != "5.3.4" || res.Recipients[0].Reply.Code != 552:
				t.Errorf("%+v, %v: the server said why", res, err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestGivenUpAfterTheDot: the person gives up, or time runs out, while the final reply is awaited.
func TestGivenUpAfterTheDot(t *testing.T) {
	for _, code := range []string{wire.CodeCancelled, wire.CodeSilent, wire.CodeGarbled} {
		t.Run(code, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			n, done := stage(t, func(c net.Conn) error {
				defer c.Close()
				r := upToData(c)
				for line := ""; line != ".\r\n"; {
					var err error
					if line, err = r.ReadString('\n'); err != nil {
						return err
					}
				}
				switch code {
				case wire.CodeCancelled:
					cancel()
				case wire.CodeGarbled:
					fmt.Fprint(c, "what?\r\n")
				}
				r.ReadString('\n')
				return nil
			})
			o := Options{Net: n, Host: "mail.sakura.test", Port: 587, TLS: wire.TLSNone, Limits: Limits{Final: 60 * time.Millisecond}}
			if code != wire.CodeSilent {
				o.Limits.Final = 0
			}
			c, err := Dial(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			res, err := c.Send(ctx, toBob, []byte("x\r\n"), nil)
			wantCode(t, err, code, "")
			if !res.Unknown {
				t.Error("the message may have been sent, and the result does not say so")
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBareEndsAreRefusedBeforeTheServerHears: nothing of a refused message reaches the wire.
func TestBareEndsAreRefusedBeforeTheServerHears(t *testing.T) {
	n, done := stage(t, func(c net.Conn) error {
		return perform(c, []string{"S: 220 x", "C: EHLO [127.0.0.1]", "S: 250 x", "C: QUIT", "S: 221 bye"}, nil)
	})
	c, err := dialTest(n)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Send(context.Background(), toBob, []byte("a\r\n.\nQUIT\r\n"), nil)
	wantCode(t, err, CodeBareEnd, "DATA")
	if err := c.Quit(context.Background()); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestProgress: every change of a recipient is reported, in order.
func TestProgress(t *testing.T) {
	n, done := stage(t, func(c net.Conn) error {
		return perform(c, []string{
			"S: 220 x", "C: EHLO [127.0.0.1]", "S: 250 x", "C: MAIL FROM:<alice@sakura.test>", "S: 250 ok", "C: RCPT TO:<bob@fuji.test>",
			"S: 250 ok", "C: RCPT TO:<x@fuji.test>", "S: 550 no", "C: DATA", "S: 354 go", "C: a", "C: b", "C: .", "S: 250 done",
			"C: RSET", "S: 250 ok", "C: QUIT", "S: 221 bye",
		}, nil)
	})
	c, err := dialTest(n)
	if err != nil {
		t.Fatal(err)
	}
	env := toBob
	env.To, env.Normalise = append(env.To, Recipient{Addr: "x@fuji.test"}), true
	var got []string
	res, err := c.Send(context.Background(), env, []byte("a\nb"), func(r RecipientResult) {
		got = append(got, fmt.Sprint(r.Addr, " ", r.Verb, " ", r.Reply))
	})
	if err != nil || res.Accepted() != 1 || !res.Recipients[0].Accepted() {
		t.Errorf("%+v, %v", res, err)
	}
	if s := strings.Join(got, "; "); s != "bob@fuji.test RCPT 250 ok; x@fuji.test RCPT 550 no; bob@fuji.test DATA 250 done" {
		t.Errorf("progress %s", s)
	}
	if r, err := c.Rset(context.Background()); err != nil || r.Code != 250 {
		t.Errorf("RSET %v, %v", r, err)
	}
	c.Quit(context.Background())
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestProbe: MAIL and RCPT one by one, without a message.
func TestProbe(t *testing.T) {
	n, done := stage(t, func(c net.Conn) error {
		return perform(c, []string{
			"S: 220 x", "C: EHLO [127.0.0.1]", "S: 250 x", "C: MAIL FROM:<>", "S: 250 ok", "C: RCPT TO:<bob@fuji.test>",
			"S: 451 4.7.1 greylisted", "C: RSET", "S: 250 ok", "C: NOOP", "S: 250 ok", "C: QUIT", "S: 221 bye",
		}, nil)
	})
	ctx := context.Background()
	c, err := dialTest(n)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := c.Mail(ctx, Envelope{}); err != nil || r.Code != 250 {
		t.Errorf("MAIL %v, %v", r, err)
	}
	r, err := c.Rcpt(ctx, Recipient{Addr: "bob@fuji.test"})
	var refusal *Error
	if !errors.As(err, &refusal) || !refusal.Temporary() || r.Enhanced != "4.7.1" {
		t.Errorf("RCPT %v, %v", r, err)
	}
	if _, err := c.Rset(ctx); err != nil {
		t.Error(err)
	}
	if _, err := c.Noop(ctx); err != nil {
		t.Error(err)
	}
	c.Quit(ctx)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestPasswordNeedsProtection: PLAIN goes neither over a pipe, which is no loopback, nor into any event.
func TestPasswordNeedsProtection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, theirs := pipeWorld()
		done := make(chan error, 1)
		go func() {
			done <- perform(theirs, []string{"S: 220 x", "C: EHLO [127.0.0.1]", "S: 250-x", "S: 250 AUTH PLAIN LOGIN", "C: QUIT", "S: 221 bye"}, nil)
		}()
		c, err := dialTest(n)
		if err != nil {
			t.Fatal(err)
		}
		err = c.Auth(context.Background(), sasl.Credentials{User: "alice", Password: "hunter2"}, sasl.Auto)
		var e *wire.Error
		if !errors.As(err, &e) || e.Code != wire.CodeAuthPlaintext {
			t.Errorf("error %v", err)
		}
		c.Quit(context.Background())
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestLongInitialResponseIsHeldBack(t *testing.T) {
	token := strings.Repeat("t", 600)
	var rec trace.Recorder
	n, done := stage(t, func(c net.Conn) error {
		defer c.Close()
		r := bufio.NewReader(c)
		fmt.Fprint(c, "220 x\r\n")
		var said []string
		for _, reply := range []string{"250-x\r\n250 AUTH XOAUTH2", "334 ", "235 in"} {
			line, _ := r.ReadString('\n')
			said = append(said, line)
			fmt.Fprint(c, reply+"\r\n")
		}
		if said[1] != "AUTH XOAUTH2\r\n" || len(said[2]) < 800 {
			return fmt.Errorf("the client said %q", said)
		}
		return nil
	})
	c, err := Dial(context.Background(), Options{Net: n, Span: trace.New(&rec, nil), Host: "mail.sakura.test", Port: 587, TLS: wire.TLSNone})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Auth(context.Background(), sasl.Credentials{User: "alice", Token: token}, "xoauth2"); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	removed := false
	for _, e := range rec.Events() {
		removed = removed || string(e.Data) == trace.Removed
		if bytes.Contains(e.Data, []byte("dHR0dHR0")) {
			t.Errorf("event %q holds the token", e.Data)
		}
	}
	if !removed {
		t.Error("no event shows that a secret was removed")
	}
}

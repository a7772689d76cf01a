package pop3

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// maxGrowth is how much memory anything that a server does may cost.
const maxGrowth = 16 << 20

// allocated runs f and tells how many octets it allocated, freed or not.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// loggedIn answers up to the transaction state and then hands over to rest, with what the client says next.
func loggedIn(stat, list string, rest func(c net.Conn, in *bufio.Reader) error) func(net.Conn) error {
	return func(c net.Conn) error {
		in := bufio.NewReader(c)
		io.WriteString(c, "+OK\r\n")
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return nil
			}
			switch strings.TrimSpace(line) {
			case "STAT":
				io.WriteString(c, "+OK "+stat+"\r\n")
			case "LIST":
				if list == "" {
					return rest(c, in)
				}
				io.WriteString(c, "+OK\r\n"+list+"\r\n.\r\n")
			case "CAPA":
				io.WriteString(c, "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n")
			case "USER mika", "PASS himitsu":
				io.WriteString(c, "+OK\r\n")
			default:
				return rest(c, in)
			}
		}
	}
}

// silence says nothing until the client gives up.
func silence(c net.Conn, in *bufio.Reader) error {
	io.Copy(io.Discard, in)
	return nil
}

// flood repeats octets until the client gives up.
func flood(first, again string) func(net.Conn, *bufio.Reader) error {
	return func(c net.Conn, _ *bufio.Reader) error {
		io.WriteString(c, first)
		run := []byte(strings.Repeat(again, 64<<10/len(again)))
		for {
			if _, err := c.Write(run); err != nil {
				return nil
			}
		}
	}
}

// drip sends an octet at a time, slower than any use.
func drip(first string) func(net.Conn, *bufio.Reader) error {
	return func(c net.Conn, _ *bufio.Reader) error {
		io.WriteString(c, first)
		beat := time.NewTicker(20 * time.Millisecond)
		defer beat.Stop()
		for range beat.C {
			if _, err := io.WriteString(c, "x"); err != nil {
				return nil
			}
		}
		return nil
	}
}

func TestHostileServers(t *testing.T) {
	ctx := t.Context()
	list := func(c *Client) error { _, err := c.Listing(ctx); return err }
	noop := func(c *Client) error { return c.Noop(ctx) }
	retr := func(c *Client) error {
		return c.Retrieve(ctx, []int{1}, func(_ int, _ int64, body io.Reader) error {
			_, err := io.Copy(io.Discard, body)
			return err
		})
	}
	top := func(c *Client) error {
		return c.Headers(ctx, []int{1}, func(int, []byte, *Error) error { return nil })
	}
	dele := func(c *Client) error { _, err := c.DeleteMany(ctx, []int{1}); return err }
	tests := []struct {
		name   string
		server func(net.Conn) error
		do     func(*Client) error
		code   string
		step   string
	}{
		{"silence", loggedIn("1 100", "1 100", silence), noop, wire.CodeSilent, "NOOP"},
		{"silence for RETR", loggedIn("1 100", "1 100", silence), retr, wire.CodeSilent, "RETR 1"},
		{"silence for DELE", loggedIn("1 100", "1 100", silence), dele, wire.CodeSilent, "DELE 1"},
		{"drip of a line", loggedIn("1 100", "1 100", drip("+OK ")), noop, wire.CodeSlow, "NOOP"},
		{"drip of a message", loggedIn("1 100", "1 100", drip("+OK\r\n")), retr, wire.CodeSlow, "RETR 1"},
		{"drip of a listing", loggedIn("1 100", "", drip("+OK\r\n")), list, wire.CodeSlow, "LIST"},
		{"endless line", loggedIn("1 100", "1 100", flood("+OK ", "x")), noop, wire.CodeFlood, "NOOP"},
		{"endless line in a listing", loggedIn("1 100", "", flood("+OK\r\n1 ", "9")), list, wire.CodeFlood, "LIST"},
		{"endless listing", loggedIn("1000 100", "", flood("+OK\r\n", "1 100\r\n")), list, wire.CodeGarbled, "LIST"},
		{"endless message", loggedIn("1 100", "1 100", flood("+OK\r\n", "line\r\n")), retr, wire.CodeFlood, "RETR 1"},
		{"endless message line", loggedIn("1 100", "1 100", flood("+OK\r\n", "x")), retr, wire.CodeFlood, "RETR 1"},
		{"message of dots", loggedIn("1 100", "1 100", flood("+OK\r\n", "..\r\n")), retr, wire.CodeFlood, "RETR 1"},
		{"endless header", loggedIn("1 100", "1 100", flood("+OK\r\n", "A: b\r\n")), top, wire.CodeFlood, "TOP 1"},
		{"endless header of a huge message", loggedIn("1 4000000000", "1 4000000000", drip("+OK\r\n")), top, wire.CodeSlow, "TOP 1"},
		{"too many messages", loggedIn("2000000000 1", "", silence), list, wire.CodeFlood, "STAT"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := dialServer(t, test.server, Limits{Reply: 400 * time.Millisecond, Login: 400 * time.Millisecond})
			var err error
			began := time.Now()
			grown := allocated(func() { err = test.do(c) })
			var e *wire.Error
			if !errors.As(err, &e) || e.Code != test.code || e.Step != test.step {
				t.Fatalf("error %v, want code %s at %s", err, test.code, test.step)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			if grown > maxGrowth {
				t.Errorf("%d octets were allocated", grown)
			}
			if again := c.Noop(ctx); !errors.As(again, &e) || e.Code != test.code {
				t.Errorf("the connection is used again: %v", again)
			}
		})
	}
}

func TestHostileGreetings(t *testing.T) {
	tests := []struct {
		name   string
		server func(net.Conn) error
		code   string
		step   string
	}{
		{"silence", func(c net.Conn) error { return silence(c, bufio.NewReader(c)) }, wire.CodeSilent, "greeting"},
		{"endless", func(c net.Conn) error { return flood("+OK ", "x")(c, nil) }, wire.CodeFlood, "greeting"},
		{"endless CAPA", func(c net.Conn) error { return flood("+OK\r\n+OK\r\n", "TOP\r\n")(c, nil) }, wire.CodeFlood, "CAPA"},
		{"drip", func(c net.Conn) error { return drip("+OK ")(c, nil) }, wire.CodeSlow, "greeting"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := testOptions(serveOnce(t, test.server), Limits{Reply: 300 * time.Millisecond})
			var err error
			grown := allocated(func() { _, err = Dial(t.Context(), o) })
			var e *wire.Error
			if !errors.As(err, &e) || e.Code != test.code || e.Step != test.step {
				t.Errorf("error %v, want code %s at %s", err, test.code, test.step)
			}
			if grown > maxGrowth {
				t.Errorf("%d octets were allocated", grown)
			}
		})
	}
}

// A line end in an argument would begin another command. Nothing of it is sent.
func TestArgumentsAreClean(t *testing.T) {
	for _, creds := range []sasl.Credentials{
		{User: "mika\r\nDELE 1", Password: "x"}, {User: "mika", Password: "x\r\nDELE 1"}, {User: "mi\x00ka", Password: "x"}, {User: "mika\n", Password: "x"},
	} {
		for _, auth := range []string{"user", "apop", "auto", "plain"} {
			s := &naiveServer{}
			done := make(chan struct{})
			o := testOptions(serveOnce(t, func(c net.Conn) error { defer close(done); return s.serve(c) }), Limits{})
			o.Credentials, o.Auth = creds, auth
			if _, err := Dial(t.Context(), o); err == nil {
				t.Errorf("%q, %s: no error", creds, auth)
			}
			<-done
			for _, command := range s.commands {
				if strings.HasPrefix(command, "DELE") || strings.HasPrefix(command, "PASS") {
					t.Errorf("%q, %s: the server got %q", creds, auth, command)
				}
			}
		}
	}
}

// hidden is a connection whose peer seems not to be on this machine.
type hidden struct{ net.Conn }

func (hidden) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 10), Port: 110} }

// A plain password goes to loopback or into TLS, nowhere else.
func TestNoPlainPasswordOverTheNetwork(t *testing.T) {
	for _, auth := range []string{"user", "auto", "plain", "login"} {
		s := &naiveServer{sasl: "PLAIN LOGIN"}
		done := make(chan struct{})
		o := testOptions(serveOnce(t, func(c net.Conn) error { defer close(done); return s.serve(c) }), Limits{})
		o.Auth = auth
		o.Net = &wire.Net{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			var d net.Dialer
			c, err := d.DialContext(ctx, network, addr)
			return hidden{c}, err
		}}
		_, err := Dial(t.Context(), o)
		var e *wire.Error
		if !errors.As(err, &e) || e.Code != wire.CodeAuthPlaintext {
			t.Errorf("%s: error %v", auth, err)
		}
		<-done
		if got := strings.Join(s.commands, " "); got != "CAPA" {
			t.Errorf("%s: the server got %q", auth, got)
		}
	}
}

func TestCancelEndsTheCommand(t *testing.T) {
	asked := make(chan struct{})
	c := dialServer(t, loggedIn("1 100", "1 100", func(conn net.Conn, in *bufio.Reader) error {
		close(asked)
		return silence(conn, in)
	}), Limits{Reply: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	began := time.Now()
	err := c.Noop(ctx)
	var e *wire.Error
	if !errors.As(err, &e) || e.Code != wire.CodeCancelled || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A caller that takes its time over a message does not run out the server's.
func TestSlowCallerIsNotTheServersFault(t *testing.T) {
	big := bytes.Repeat([]byte("0123456789abcdef\r\n"), 100_000)
	s := &naiveServer{messages: [][]byte{big}}
	c := dialServer(t, s.serve, Limits{Reply: 300 * time.Millisecond})
	err := c.Retrieve(t.Context(), []int{1}, func(_ int, _ int64, body io.Reader) error {
		if _, err := io.CopyN(io.Discard, body, 10); err != nil {
			return err
		}
		<-time.After(400 * time.Millisecond) // the budget has run out
		n, err := io.Copy(io.Discard, body)
		if err == nil && n != int64(len(big))-10 {
			err = errors.New("octets are missing")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

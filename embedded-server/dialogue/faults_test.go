package dialogue

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"todoku/embedded-server/fault"
)

// obey answers each line as the rules want it.
func obey(c *Conn) {
	if c.Faulted(fault.Connect, fault.Facts{}, nil) {
		return
	}
	for {
		line, err := c.ReadLine(100)
		if err != nil {
			return
		}
		if !c.Faulted(fault.Command, fault.Facts{Verb: line}, func(s string) string { return "> " + s }) {
			c.WriteLine("said " + line)
		}
	}
}

// heard is everything that a connection gives after a few words.
func heard(t *testing.T, words string, rules ...fault.Rule) (string, *listener) {
	t.Helper()
	faults := new(fault.Set)
	for _, r := range rules {
		if err := faults.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	_, l := serve(t, Config{Faults: faults}, false, obey)
	c := dial(t, l)
	io.WriteString(c, words)
	c.(interface{ CloseWrite() error }).CloseWrite()
	all, err := io.ReadAll(c)
	if err != nil && !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "forcibly") {
		t.Fatal(err)
	}
	return string(all), l
}

func rule(do fault.Action) fault.Rule {
	return fault.Rule{ID: "f", Stage: fault.Command, Match: fault.Match{Verb: "BAD"}, Do: do}
}

func TestWhatARuleDoesToTheAnswer(t *testing.T) {
	for _, c := range []struct {
		name, want string
		do         fault.Action
	}{
		{"several lines", "> one\r\n> two\r\nsaid GOOD\r\n", fault.Action{Reply: "one\ntwo"}},
		{"another text", "XX BAD\r\nsaid GOOD\r\n", fault.Action{Replace: fault.Replace{Old: "said", New: "XX"}}},
		{"cut", "sai", fault.Action{Close: true, Octets: 3}},
		{"cut behind the answer", "said BAD\r\nsaid GOOD\r\n", fault.Action{Close: true, Octets: 300}},
		{"close", "", fault.Action{Close: true}},
		{"silence", "said GOOD\r\n", fault.Action{Silent: true}},
		{"last words", "> bye\r\n", fault.Action{Reply: "bye", Close: true}},
	} {
		if got, _ := heard(t, "BAD\r\nGOOD\r\n", rule(c.do)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestADripComesOctetByOctet(t *testing.T) {
	got, l := heard(t, "BAD\r\n", rule(fault.Action{Drip: time.Microsecond}))
	if want := "said BAD\r\n"; got != want || l.writes != len(want) {
		t.Errorf("%q in %d writes, want %d", got, l.writes, len(want))
	}
	got, l = heard(t, "BAD\r\n", rule(fault.Action{Drip: time.Microsecond, Close: true, Octets: 4}))
	if got != "said" || l.writes != 4 {
		t.Errorf("cut: %q in %d writes", got, l.writes)
	}
}

func TestADripEndsWithTheServer(t *testing.T) {
	faults := new(fault.Set)
	if err := faults.Add(rule(fault.Action{Drip: time.Hour})); err != nil {
		t.Fatal(err)
	}
	s, l := serve(t, Config{Faults: faults}, false, obey)
	c := dial(t, l)
	io.WriteString(c, "BAD\r\n")
	done := make(chan struct{})
	go func() { defer close(done); io.Copy(io.Discard, c) }()
	s.Close()
	<-done
}

func TestNoiseIsAlwaysTheSame(t *testing.T) {
	first, _ := heard(t, "BAD\r\n", rule(fault.Action{Garbage: 500, Close: true}))
	again, _ := heard(t, "BAD\r\n", rule(fault.Action{Garbage: 500, Close: true}))
	if len(first) != 500 || first != again || !bytes.ContainsAny([]byte(first), "\x00\x01\x1b\x7f") {
		t.Errorf("%q\n%q", first, again)
	}
}

func TestAnEndlessLineEndsWhenThePeerHangsUp(t *testing.T) {
	faults := new(fault.Set)
	if err := faults.Add(rule(fault.Action{Endless: true, Reply: "250-"})); err != nil {
		t.Fatal(err)
	}
	_, l := serve(t, Config{Faults: faults}, false, obey)
	c := dial(t, l)
	io.WriteString(c, "BAD\r\n")
	got := make([]byte, 1<<20)
	if _, err := io.ReadFull(c, got); err != nil || !bytes.HasPrefix(got, []byte("250-xxx")) || bytes.IndexByte(got, '\n') >= 0 {
		t.Errorf("%v, %q", err, got[:10])
	}
}

func TestWhatIsReadCanBeCut(t *testing.T) {
	faults := new(fault.Set)
	r := fault.Rule{ID: "f", Stage: fault.Data, Do: fault.Action{Close: true, Octets: 10}}
	if err := faults.Add(r); err != nil {
		t.Fatal(err)
	}
	read := make(chan int, 1)
	_, l := serve(t, Config{Faults: faults}, false, func(c *Conn) {
		if c.Faulted(fault.Data, fault.Facts{}, nil) {
			t.Error("a rule that cuts lets the command go on")
		}
		n := 0
		for {
			line, err := c.ReadRawLine()
			if err != nil {
				break
			}
			n += len(line)
		}
		read <- n
	})
	c := dial(t, l)
	io.WriteString(c, "1234\r\n6789\r\nabcd\r\n")
	io.Copy(io.Discard, c)
	if n := <-read; n != 6 {
		t.Errorf("%d octets were read", n)
	}
}

// A server that says nothing in the handshake keeps the connection until the client, or the server, has enough.
func TestSilenceInAHandshake(t *testing.T) {
	faults := new(fault.Set)
	if err := faults.Add(fault.Rule{ID: "f", Stage: fault.TLS, Do: fault.Action{Silent: true}}); err != nil {
		t.Fatal(err)
	}
	s, l := serve(t, Config{Faults: faults, TLS: &tls.Config{}}, true, obey)
	c := dial(t, l)
	io.WriteString(c, "\x16\x03\x01")
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the server said something, or hung up: %v", err)
	}
	s.Close()
	c.SetReadDeadline(time.Time{})
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the server goes on")
	}
}

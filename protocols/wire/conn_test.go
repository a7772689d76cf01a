package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"todoku/internal/trace"
)

// dialPipe connects to the other end of a pipe, inside a bubble with a fake clock.
func dialPipe(t *testing.T, o Options) (*Conn, net.Conn) {
	t.Helper()
	n, theirs := piped()
	o.Net = n
	c, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); theirs.Close() })
	return c, theirs
}

func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rec trace.Recorder
		o := options(nil, TLSNone)
		o.Span = trace.New(&rec, nil)
		c, theirs := dialPipe(t, o)
		defer theirs.Close()
		_, err := c.ReadLine(0)
		e := wantCode(t, err, CodeSilent)
		if e.Step != "greeting" || e.After != defaultTime || e.Bytes != 0 || !e.Timeout() {
			t.Errorf("error %+v", e)
		}
		_, again := c.Write([]byte("x"))
		if again != err {
			t.Errorf("a later write says %v", again)
		}
		if last := kinds(rec.Events(), trace.KindClose); len(last) != 1 || !strings.Contains(last[0].Error, CodeSilent) {
			t.Errorf("close events %+v", last)
		}
	})
}

func TestSilenceOnATLSPort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := options(nil, TLSNone)
		o.Port = 993
		c, theirs := dialPipe(t, o)
		defer theirs.Close()
		_, err := c.ReadLine(0)
		wantCode(t, err, CodeTLSPort)
	})
}

// TestDrip: one octet every 20 seconds keeps no command alive.
func TestDrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, theirs := dialPipe(t, options(nil, TLSNone))
		var drip sync.WaitGroup
		defer drip.Wait()
		drip.Go(func() {
			tick := time.NewTicker(20 * time.Second)
			defer tick.Stop()
			for range tick.C {
				if _, err := theirs.Write([]byte("x")); err != nil {
					return
				}
			}
		})
		c.Expect(Step{Name: "NOOP", Want: "a tagged reply", Time: 90 * time.Second})
		_, err := c.ReadLine(0)
		e := wantCode(t, err, CodeSlow)
		if e.Step != "NOOP" || e.Want != "a tagged reply" || e.After != 90*time.Second || e.Bytes != 4 || e.Got != "xxxx" {
			t.Errorf("error %+v", e)
		}
	})
}

func TestStalledWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, theirs := dialPipe(t, options(nil, TLSNone))
		defer theirs.Close()
		began := time.Now()
		_, err := c.Write(make([]byte, 100<<10))
		wantCode(t, err, CodeStalled)
		if took := time.Since(began); took != WriteTime {
			t.Errorf("took %s, want %s", took, WriteTime)
		}
	})
}

// TestBudgetsReachAWaitingReader: a library reads all the time; what it waits for changes meanwhile.
func TestBudgetsReachAWaitingReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, theirs := dialPipe(t, options(nil, TLSNone))
		defer theirs.Close()
		c.Idle()
		began := time.Now()
		failed := make(chan error, 1)
		go func() {
			_, err := c.Read(make([]byte, 10))
			failed <- err
		}()
		time.Sleep(10 * time.Minute)
		c.Expect(Step{Name: "SELECT", Time: time.Second})
		time.Sleep(time.Second / 2)
		c.Expect(Step{Name: "FETCH", Time: 2 * time.Second})
		e := wantCode(t, <-failed, CodeSilent)
		if took := time.Since(began); took != 10*time.Minute+2500*time.Millisecond || e.Step != "FETCH" {
			t.Errorf("%s failed after %s", e.Step, took)
		}
	})
}

// TestEndlessness: an endless line and an endless reply end by their budgets, and cost no memory.
func TestEndlessness(t *testing.T) {
	endless := func(c net.Conn) {
		block := bytes.Repeat([]byte("x"), 64<<10)
		for {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}
	read := map[string]func(*Conn) error{
		"line": func(c *Conn) error { _, err := c.ReadLine(0); return err },
		"reply": func(c *Conn) error {
			c.Expect(Step{Name: "FETCH", Bytes: 64 << 20})
			_, err := io.Copy(io.Discard, c)
			return err
		},
	}
	for name, read := range read {
		t.Run(name, func(t *testing.T) {
			o := options(serve(t, endless), TLSNone)
			var rec trace.Recorder
			o.Span = trace.New(&rec, nil)
			c, err := Dial(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			before := heap()
			wantCode(t, read(c), CodeFlood)
			if grown := heap() - before; grown > 16<<20 {
				t.Errorf("memory grew by %d MiB", grown>>20)
			}
		})
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys - m.HeapReleased)
}

func TestCancelCloses(t *testing.T) {
	for _, how := range []string{"connection", "command"} {
		t.Run(how, func(t *testing.T) {
			life, endLife := context.WithCancel(context.Background())
			defer endLife()
			command, endCommand := context.WithCancel(context.Background())
			defer endCommand()
			c, err := Dial(life, options(serve(t, func(c net.Conn) { io.Copy(io.Discard, c) }), TLSNone))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			defer c.Watch(command)()
			failed := make(chan error, 1)
			go func() {
				_, err := c.Read(make([]byte, 10))
				failed <- err
			}()
			if how == "connection" {
				endLife()
			} else {
				endCommand()
			}
			err = <-failed
			wantCode(t, err, CodeCancelled)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v is no context.Canceled", err)
			}
		})
	}
}

func TestWatchLetsGo(t *testing.T) {
	c, err := Dial(context.Background(), options(serve(t, say("hello\r\n")), TLSNone))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	command, end := context.WithCancel(context.Background())
	c.Watch(command)()
	end()
	if line, err := c.ReadLine(0); line != "hello" {
		t.Error(line, err)
	}
}

func TestLinesAndReplay(t *testing.T) {
	c, err := Dial(context.Background(), options(serve(t, say("one\r\ntwo\nthree")), TLSNone))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, want := range []string{"one", "two"} {
		if line, err := c.ReadLine(100); line != want {
			t.Fatalf("%q, %v, want %s", line, err, want)
		}
	}
	c.Unread([]byte("one\r\n"))
	buf := make([]byte, 10)
	if _, err := io.ReadFull(c, buf); string(buf) != "one\r\nthree" {
		t.Errorf("%q, %v", buf, err)
	}
	if err := c.WriteLine("a LOGIN x\r\nb DELETE INBOX"); err == nil {
		t.Error("a line end went into a command")
	} else {
		wantCode(t, err, CodeArgument)
	}
}

func TestPeerCloses(t *testing.T) {
	c, err := Dial(context.Background(), options(serve(t, func(c net.Conn) { c.Write([]byte("half a li")) }), TLSNone))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, err = c.ReadLine(0)
	if e := wantCode(t, err, CodeClosed); e.Got != "half a li" || !errors.Is(err, io.EOF) {
		t.Errorf("error %+v", e)
	}
	if cause := c.Cause(errors.New("expected atom")); cause != err {
		t.Errorf("a library's confusion is explained by %v", cause)
	}
}

func TestMayCarrySecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, theirs := dialPipe(t, options(nil, TLSNone))
		defer theirs.Close()
		wantCode(t, c.MayCarrySecret(), CodeAuthPlaintext)
	})
	c, err := Dial(context.Background(), options(serve(t, say("")), TLSNone))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.MayCarrySecret(); err != nil {
		t.Errorf("to loopback: %v", err)
	}
}

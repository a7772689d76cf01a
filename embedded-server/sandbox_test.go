package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain runs the tests, or, as the child of TestKill, a sandbox until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		runChild(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

func TestStartAndCloseTwice(t *testing.T) {
	s := start(t, Options{}, nil)
	if len(s.bound) != FixedPorts {
		t.Fatalf("%d ports, FixedPorts is %d", len(s.bound), FixedPorts)
	}
	dir := s.Dir()
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Fatalf("the temporary folder stayed: %v", err)
	}
}

// BenchmarkStart is from nothing to every listener ready, without the seeded mail and with it.
func BenchmarkStart(b *testing.B) {
	for name, messages := range map[string]int{"empty": -1, "seeded": 0} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				s, err := Start(context.Background(), nil, Options{SeedMessages: messages})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				s.Close()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkIngest accepts 20,000 messages of 5 KiB over 50 connections on the port-25 side, each durable and its
// header indexed before its 250.
func BenchmarkIngest(b *testing.B) {
	const connections, each = 50, 400
	message := "From: carol@tsuru.test\r\nTo: bob@fuji.test\r\nSubject: =?utf-8?b?5bGK44GP?= %d\r\nMessage-ID: <%d.%d@tsuru.test>\r\n" +
		"Date: Mon, 23 Nov 2026 09:00:00 +0900\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		strings.Repeat("The quick brown fox jumps over the lazy dog, and once more for luck.\r\n", 70)
	for b.Loop() {
		s, err := Start(context.Background(), nil, Options{SeedMessages: -1})
		if err != nil {
			b.Fatal(err)
		}
		addr := s.World().Addresses["tcp 192.0.2.20:25"]
		began := time.Now()
		var wg sync.WaitGroup
		for n := range connections {
			wg.Go(func() { feed(b, addr, message, n, each) })
		}
		wg.Wait()
		b.ReportMetric(connections*each/time.Since(began).Seconds(), "messages/s")
		b.StopTimer()
		f, err := s.store.Folder(context.Background(), "bob@fuji.test", "INBOX")
		if err != nil || f.Total != connections*each {
			b.Fatalf("%d messages arrived, %v", f.Total, err)
		}
		s.Close()
		b.StartTimer()
	}
}

// feed sends messages one after another, commands pipelined as RFC 2920 allows.
func feed(b *testing.B, addr, message string, n, each int) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		b.Error(err)
		return
	}
	defer c.Close()
	r := bufio.NewReader(c)
	expect := func(replies int, code string) bool {
		for replies > 0 {
			line, err := r.ReadString('\n')
			if err != nil || !strings.HasPrefix(line, code) {
				b.Errorf("got %q, %v", line, err)
				return false
			}
			if line[3] == ' ' {
				replies--
			}
		}
		return true
	}
	fmt.Fprint(c, "EHLO mx1.tsuru.test\r\n")
	if !expect(1, "220") || !expect(1, "250") {
		return
	}
	for i := range each {
		fmt.Fprint(c, "MAIL FROM:<carol@tsuru.test>\r\nRCPT TO:<bob@fuji.test>\r\nDATA\r\n")
		if !expect(2, "250") || !expect(1, "354") {
			return
		}
		fmt.Fprintf(c, message+".\r\n", i, n, i)
		if !expect(1, "250") {
			return
		}
	}
}

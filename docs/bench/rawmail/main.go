// Rawmail is what a single connection can give at best: a socket, a buffer and nothing else. The benchmarks set todoku
// beside it.
//
//	rawmail pop3 ADDR USER PASSWORD                   RETR of everything, 64 in flight, nothing kept
//	rawmail imap ADDR USER PASSWORD ITEMS             FETCH 1:* ITEMS of INBOX, nothing kept
//	rawmail smtp ADDR TO CONNECTIONS EACH OCTETS      messages sent side by side, commands pipelined (RFC 2920)
//
// It prints the number of messages, the octets and the seconds.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// window is how many RETR commands wait for their reply at most.
const window = 64

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: rawmail pop3|imap|smtp ADDR ... (see the head of main.go)")
		os.Exit(2)
	}
	run := map[string]func(args []string) (int, int64, error){"pop3": pop3, "imap": imap, "smtp": smtp}[os.Args[1]]
	began := time.Now()
	n, octets, err := run(os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(n, octets, time.Since(began).Seconds())
}

// peer is one connection and what was read from it.
type peer struct {
	net.Conn
	in     *bufio.Reader
	octets int64
}

func dial(addr string) (*peer, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &peer{Conn: c, in: bufio.NewReaderSize(c, 256<<10)}, nil
}

// line gives the next line or, of one longer than the buffer, its end.
func (p *peer) line() ([]byte, error) {
	for {
		l, err := p.in.ReadSlice('\n')
		p.octets += int64(len(l))
		if err != bufio.ErrBufferFull {
			return l, err
		}
	}
}

// say sends a command and wants a reply that begins with one of the words.
func (p *peer) say(want, command string) error {
	if _, err := p.Write([]byte(command)); err != nil {
		return err
	}
	return p.want(want)
}

func (p *peer) want(prefix string) error {
	l, err := p.line()
	if err == nil && !bytes.HasPrefix(l, []byte(prefix)) {
		err = fmt.Errorf("got %q, want %s", l, prefix)
	}
	return err
}

func pop3(args []string) (int, int64, error) {
	p, err := dial(args[0])
	if err != nil {
		return 0, 0, err
	}
	for _, command := range []string{"", "USER " + args[1] + "\r\n", "PASS " + args[2] + "\r\n"} {
		if err := p.say("+OK", command); err != nil {
			return 0, 0, err
		}
	}
	fmt.Fprint(p, "STAT\r\n")
	l, err := p.line()
	f := strings.Fields(string(l))
	if err != nil || len(f) < 3 {
		return 0, 0, fmt.Errorf("STAT: %q, %v", l, err)
	}
	count, _ := strconv.Atoi(f[1])
	for sent, got := 0, 0; got < count; got++ {
		if sent-got <= window/2 {
			var b bytes.Buffer
			for ; sent < count && sent < got+window; sent++ {
				fmt.Fprintf(&b, "RETR %d\r\n", sent+1)
			}
			if _, err := p.Write(b.Bytes()); err != nil {
				return got, p.octets, err
			}
		}
		if err := p.message(); err != nil {
			return got, p.octets, err
		}
	}
	return count, p.octets, p.say("+OK", "QUIT\r\n")
}

func (p *peer) message() error {
	if err := p.want("+OK"); err != nil {
		return err
	}
	for {
		if l, err := p.line(); err != nil || string(l) == ".\r\n" {
			return err
		}
	}
}

func imap(args []string) (n int, octets int64, err error) {
	p, err := dial(args[0])
	if err != nil {
		return 0, 0, err
	}
	if err := p.want("* OK"); err != nil {
		return 0, 0, err
	}
	for _, command := range []string{"LOGIN " + args[1] + " " + args[2], "EXAMINE INBOX", "FETCH 1:* (" + args[3] + ")"} {
		fmt.Fprintf(p, "a %s\r\n", command)
		if n, err = p.tagged(); err != nil {
			return n, p.octets, err
		}
	}
	return n, p.octets, nil
}

// tagged reads up to the tagged reply, literals skipped, and counts FETCH replies.
func (p *peer) tagged() (n int, err error) {
	for {
		l, err := p.line()
		switch {
		case err != nil:
			return n, err
		case bytes.HasPrefix(l, []byte("a OK")):
			return n, nil
		case bytes.HasPrefix(l, []byte("a ")):
			return n, fmt.Errorf("got %q", l)
		case bytes.HasPrefix(l, []byte("* ")) && bytes.Contains(l, []byte(" FETCH ")):
			n++
		}
		if open := bytes.LastIndexByte(l, '{'); open >= 0 && bytes.HasSuffix(l, []byte("}\r\n")) {
			size, _ := strconv.Atoi(string(l[open+1 : len(l)-3]))
			skipped, err := p.in.Discard(size)
			if p.octets += int64(skipped); err != nil {
				return n, err
			}
		}
	}
}

func smtp(args []string) (int, int64, error) {
	var numbers [3]int
	for i := range numbers {
		n, err := strconv.Atoi(args[2+i])
		if err != nil {
			return 0, 0, err
		}
		numbers[i] = n
	}
	connections, each, size := numbers[0], numbers[1], numbers[2]
	errs := make([]error, connections)
	var wg sync.WaitGroup
	for c := range connections {
		wg.Go(func() { errs[c] = flood(args[0], args[1], c, each, size) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, 0, err
		}
	}
	return connections * each, int64(connections * each * size), nil
}

func flood(addr, to string, connection, each, size int) error {
	p, err := dial(addr)
	if err != nil {
		return err
	}
	defer p.Close()
	text := strings.Repeat(strings.Repeat("x", 70)+"\r\n", max(size-230, 72)/72)
	if err := p.want("220"); err != nil {
		return err
	}
	fmt.Fprint(p, "EHLO bench.example\r\n")
	for more := true; more; {
		l, err := p.line()
		if err != nil {
			return err
		}
		more = len(l) > 3 && l[3] == '-'
	}
	for i := range each {
		fmt.Fprintf(p, "MAIL FROM:<carol@tsuru.test>\r\nRCPT TO:<%s>\r\nDATA\r\n", to)
		for _, code := range []string{"250", "250", "354"} {
			if err := p.want(code); err != nil {
				return err
			}
		}
		fmt.Fprintf(p, "From: carol@tsuru.test\r\nTo: %s\r\nSubject: =?utf-8?b?5bGK44GP?= %d\r\nMessage-ID: <%d.%d@tsuru.test>\r\n"+
			"Date: Mon, 23 Nov 2026 09:00:00 +0900\r\n\r\n%s.\r\n", to, i, connection, i, text)
		if err := p.want("250"); err != nil {
			return err
		}
	}
	return nil
}

package pop3

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// naiveServer is a maildrop in memory that does what RFC 1939 says and no more. It writes dot-stuffing from the words
// of the RFC, on its own, so that a mistake of our reader is not its own too.
type naiveServer struct {
	messages  [][]byte
	pipelined bool
	sasl      string // mechanisms that CAPA lists; it does not know one
	deleted   map[int]bool
	committed bool
	commands  []string
}

func (s *naiveServer) serve(c net.Conn) error {
	in, out := bufio.NewReaderSize(c, 64<<10), bufio.NewWriterSize(c, 64<<10)
	s.deleted = map[int]bool{}
	fmt.Fprintf(out, "+OK ready\r\n")
	for {
		if in.Buffered() == 0 || !s.pipelined {
			if err := out.Flush(); err != nil {
				return nil
			}
		}
		line, err := in.ReadString('\n')
		if err != nil {
			return nil
		}
		s.commands = append(s.commands, strings.TrimSpace(line))
		words := append(strings.Fields(line), "", "")
		switch words[0] {
		case "CAPA":
			fmt.Fprintf(out, "+OK\r\nUSER\r\nUIDL\r\nTOP\r\n")
			if s.pipelined {
				fmt.Fprintf(out, "PIPELINING\r\n")
			}
			if s.sasl != "" {
				fmt.Fprintf(out, "SASL %s\r\n", s.sasl)
			}
			fmt.Fprintf(out, ".\r\n")
		case "STAT":
			total := 0
			for _, m := range s.messages {
				total += len(m)
			}
			fmt.Fprintf(out, "+OK %d %d\r\n", len(s.messages)-len(s.deleted), total)
		case "LIST", "UIDL":
			s.list(out, words[0])
		case "RETR", "TOP":
			s.message(out, words)
		case "DELE":
			var n int
			fmt.Sscan(words[1], &n)
			s.deleted[n] = true
			fmt.Fprintf(out, "+OK\r\n")
		case "QUIT":
			s.committed = true
			fmt.Fprintf(out, "+OK\r\n")
			out.Flush()
			return nil
		default:
			fmt.Fprintf(out, "+OK\r\n")
		}
	}
}

func (s *naiveServer) list(out io.Writer, verb string) {
	fmt.Fprintf(out, "+OK\r\n")
	for i, m := range s.messages {
		switch {
		case s.deleted[i+1]:
		case verb == "LIST":
			fmt.Fprintf(out, "%d %d\r\n", i+1, len(m))
		default:
			fmt.Fprintf(out, "%d uid%d\r\n", i+1, i+1)
		}
	}
	fmt.Fprintf(out, ".\r\n")
}

func (s *naiveServer) message(out *bufio.Writer, words []string) {
	var n int
	fmt.Sscan(words[1], &n)
	if n < 1 || n > len(s.messages) {
		fmt.Fprintf(out, "-ERR no such message\r\n")
		return
	}
	m := s.messages[n-1]
	if words[0] == "TOP" {
		if i := bytes.Index(m, []byte("\r\n\r\n")); i >= 0 {
			m = m[:i+4]
		}
	}
	fmt.Fprintf(out, "+OK\r\n")
	writeStuffed(out, m)
}

// writeStuffed sends lines as RFC 1939 section 3 says: a line is what ends in CRLF, one that begins with the termination
// octet gets another, and the last line is a dot alone.
func writeStuffed(out *bufio.Writer, m []byte) {
	for len(m) > 0 {
		line := m
		if i := bytes.Index(m, []byte("\r\n")); i >= 0 {
			line = m[:i+2]
		}
		m = m[len(line):]
		if line[0] == '.' {
			out.WriteByte('.')
		}
		out.Write(line)
		if !bytes.HasSuffix(line, []byte("\r\n")) {
			out.WriteString("\r\n")
		}
	}
	out.WriteString(".\r\n")
}

// dialServer logs in to a server of ours.
func dialServer(t testing.TB, handle func(net.Conn) error, l Limits) *Client {
	t.Helper()
	c, err := Dial(t.Context(), testOptions(serveOnce(t, handle), l))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Abort() })
	return c
}

func testOptions(port int, l Limits) Options {
	if l.Reply == 0 {
		l.Reply = 10 * time.Second
	}
	return Options{Host: "127.0.0.1", Port: port, TLS: wire.TLSNone, Limits: l, Auth: "user",
		Credentials: sasl.Credentials{User: "mika", Password: "himitsu"}}
}

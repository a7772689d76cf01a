package interop

import (
	"bufio"
	"crypto/tls"
	"net"
	"strings"
	"testing"
)

func TestDovecotGreetsOnEveryPort(t *testing.T) {
	s := Dovecot(t)
	for _, c := range []struct {
		name, addr, greeting string
		tls                  bool
	}{
		{"imap", s.IMAP, "* OK", false},
		{"imaps", s.IMAPS, "* OK", true},
		{"pop3", s.POP3, "+OK", false},
		{"pop3s", s.POP3S, "+OK", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", c.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if c.tls {
				conn = tls.Client(conn, &tls.Config{RootCAs: s.Roots, ServerName: "localhost"})
			}
			line, err := bufio.NewReader(conn).ReadString('\n')
			if err != nil || !strings.HasPrefix(line, c.greeting) {
				t.Fatalf("greeting %q, %v\n%s", line, err, s.Log())
			}
		})
	}
}

package explain

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"todoku/diag/reason"
	"todoku/protocols/dns"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/sasl"
	"todoku/protocols/smtp"
	"todoku/protocols/wire"
)

// served runs a server on loopback and gives its port.
func served(t *testing.T, serve func(net.Conn)) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(30 * time.Second))
			serve(c)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().(*net.TCPAddr).Port
}

var loopback = []netip.Addr{netip.MustParseAddr("127.0.0.1")}

// talking answers each line of a client with what say gives for it, until it gives "".
func talking(greeting string, say func(line string) string) func(net.Conn) {
	return func(c net.Conn) {
		fmt.Fprintf(c, "%s\r\n", greeting)
		for r := bufio.NewScanner(c); r.Scan(); {
			reply := say(r.Text())
			if reply == "" {
				return
			}
			fmt.Fprintf(c, "%s\r\n", reply)
		}
	}
}

// playSMTP has a server give each reply to the RCPT of a message that is submitted.
func playSMTP(t *testing.T, all []scenario) {
	n := 0
	port := served(t, talking("220 mail.sakura.test ESMTP", func(line string) string {
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "RCPT":
			n++
			return all[n-1].what
		case "EHLO":
			return "250-mail.sakura.test\r\n250 ENHANCEDSTATUSCODES"
		case "QUIT":
			return ""
		}
		return "250 2.0.0 Ok"
	}))
	c, err := smtp.Dial(t.Context(), smtp.Options{Host: "mail.sakura.test", Port: port, Addrs: loopback, TLS: wire.TLSNone})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, s := range all {
		if strings.HasPrefix(s.what, "421") {
			t.Fatalf("%s: a server that says 421 goes", s.code)
		}
		reply, err := c.Rcpt(t.Context(), smtp.Recipient{Addr: "bob@fuji.test"})
		if err == nil {
			err = &smtp.Error{Verb: "RCPT", Reply: reply}
		}
		s.meets(t, err)
	}
}

// playClient asks the client for what it does not send to a server that offers nothing.
func playClient(t *testing.T, all []scenario) {
	port := served(t, talking("220 mail.sakura.test ESMTP", func(line string) string {
		switch verb, _, _ := strings.Cut(line, " "); verb {
		case "EHLO":
			return "250-mail.sakura.test\r\n250 SIZE 100"
		case "QUIT":
			return ""
		}
		return "250 2.0.0 Ok"
	}))
	c, err := smtp.Dial(t.Context(), smtp.Options{Host: "mail.sakura.test", Port: port, Addrs: loopback, TLS: wire.TLSNone})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	bob := []smtp.Recipient{{Addr: "bob@fuji.test"}}
	messages := map[string]struct {
		to   []smtp.Recipient
		text string
	}{
		"address": {[]smtp.Recipient{{Addr: "bob"}}, "x\r\n"}, "utf8": {[]smtp.Recipient{{Addr: "ボブ@fuji.test"}}, "x\r\n"}, "eight": {bob, "\r\n来週\r\n"},
		"size": {bob, strings.Repeat("x", 70) + "\r\n" + strings.Repeat("x", 70) + "\r\n"}, "bare": {bob, "x\ny\r\n"}, "nobody": {nil, "x\r\n"},
	}
	for _, s := range all {
		if s.what == "resolve" {
			n := &wire.Net{Resolve: func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("odd") }}
			_, err := smtp.Dial(t.Context(), smtp.Options{Net: n, Host: "mail.sakura.test", Port: port, TLS: wire.TLSNone})
			s.meets(t, err)
			continue
		}
		m, ok := messages[s.what]
		if !ok {
			t.Fatalf("%s is no message", s.what)
		}
		_, err := c.Send(t.Context(), smtp.Envelope{From: "alice@sakura.test", To: m.to}, []byte(m.text), nil)
		s.meets(t, err)
	}
}

// playMX reads what a recipient's host said as traces and bounces do.
func playMX(t *testing.T, all []scenario) {
	for _, s := range all {
		command, text, _ := strings.Cut(s.what, " ")
		s.meets(t, Found(Reply(reason.Reply{Text: text, Command: command, Host: "mx1.fuji.test", Step: 3})))
	}
}

// playIMAP has a server refuse NOOP with each code.
func playIMAP(t *testing.T, all []scenario) {
	n := 0
	port := served(t, talking("* OK [CAPABILITY IMAP4rev1] hello", func(line string) string {
		tag, command, _ := strings.Cut(line, " ")
		switch verb, _, _ := strings.Cut(strings.ToUpper(command), " "); verb {
		case "NOOP":
			n++
			return tag + " NO [" + all[n-1].what + "] no"
		case "CAPABILITY":
			return "* CAPABILITY IMAP4rev1\r\n" + tag + " OK done"
		case "LOGOUT":
			return ""
		}
		return tag + " OK done"
	}))
	c, err := imap.Dial(t.Context(), imap.Options{Host: "127.0.0.1", Port: port, TLS: wire.TLSNone, Credentials: sasl.Credentials{User: "alice", Password: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, s := range all {
		s.meets(t, c.Noop(t.Context()))
	}
}

// playPOP3 has a server refuse NOOP with each code.
func playPOP3(t *testing.T, all []scenario) {
	n := 0
	port := served(t, talking("+OK hello", func(line string) string {
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "NOOP":
			n++
			return "-ERR " + all[n-1].what + " no"
		case "CAPA":
			return "+OK\r\nUSER\r\nUIDL\r\nTOP\r\nRESP-CODES\r\n."
		case "QUIT":
			return ""
		}
		return "+OK"
	}))
	c, err := pop3.Dial(t.Context(), pop3.Options{Host: "127.0.0.1", Port: port, TLS: wire.TLSNone, Credentials: sasl.Credentials{User: "alice", Password: "x"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Abort()
	for _, s := range all {
		s.meets(t, c.Noop(t.Context()))
	}
}

// playRcode has a name server answer with each rcode.
func playRcode(t *testing.T, all []scenario) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer pc.Close()
	asked := make(chan uint16, 1)
	go func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			rcode := <-asked
			_, _ = pc.WriteTo(answer(buf[:n], rcode), from)
			asked <- rcode
		}
	}()
	r := dns.New(dns.Options{Servers: []string{pc.LocalAddr().String()}, Timeout: 10 * time.Second, Tries: 1})
	for _, s := range all {
		code, err := strconv.ParseUint(s.what, 10, 12)
		if err != nil {
			t.Fatal(err)
		}
		asked <- uint16(code)
		_, err = r.LookupMX(t.Context(), "fuji.test")
		<-asked
		s.meets(t, err)
	}
}

// answer makes a question its own answer with an rcode; the upper bits of one above 15 stand in an OPT record (RFC 6891 section 6.1.3).
func answer(query []byte, rcode uint16) []byte {
	end := 12
	for query[end] != 0 {
		end += int(query[end]) + 1
	}
	reply := append([]byte(nil), query[:end+5]...)
	reply[2] |= 0x80
	reply[3] = reply[3]&0xF0 | byte(rcode&0x0F)
	for i := 6; i < 12; i++ {
		reply[i] = 0
	}
	reply[11] = 1
	return append(reply, 0, 0, 41, 4, 208, byte(rcode>>4), 0, 0, 0, 0, 0)
}

// playExtended reads what a name server adds to its answer.
func playExtended(t *testing.T, all []scenario) {
	for _, s := range all {
		n, err := strconv.Atoi(s.what)
		if err != nil {
			t.Fatal(err)
		}
		d := Finding(dns.Hop{Outcome: "servfail", Server: "ns1.fuji.test", Name: "fuji.test.", Rcode: "SERVFAIL",
			Extended: []dns.ExtendedError{{Code: uint16(n)}}}.Finding(), English)
		if want := en()[s.gives]; len(d.Likely) == 0 || d.Likely[len(d.Likely)-1] != want.Title+" "+want.Means {
			t.Errorf("%s: %q", s.code, d.Likely)
		}
	}
}

// playAlert has a server break the handshake off with each alert (RFC 8446 section 6).
func playAlert(t *testing.T, all []scenario) {
	for _, s := range all {
		said := []byte{22, 3, 3, 0, 4, 99, 0, 0, 0} // a message of no known type
		if s.what != "nonsense" {
			n, err := strconv.ParseUint(s.what, 10, 8)
			if err != nil {
				t.Fatal(err)
			}
			said = []byte{21, 3, 3, 0, 2, 2, byte(n)}
		}
		port := served(t, func(c net.Conn) {
			hello := make([]byte, 5)
			if _, err := io.ReadFull(c, hello); err != nil {
				return
			}
			_, _ = io.CopyN(io.Discard, c, int64(hello[3])<<8|int64(hello[4]))
			_, _ = c.Write(said)
		})
		_, err := smtp.Dial(t.Context(), smtp.Options{Host: "mail.sakura.test", Port: port, Addrs: loopback, TLS: wire.TLSImplicit})
		s.meets(t, err)
	}
}

// errnos are the errors of a connection by the names that POSIX and Winsock (WSA..) give them.
var errnos = map[string][]syscall.Errno{
	"econnrefused": {syscall.ECONNREFUSED, 10061}, "econnreset": {syscall.ECONNRESET, 10054}, "econnaborted": {syscall.ECONNABORTED, 10053},
	"etimedout": {syscall.ETIMEDOUT, 10060}, "ehostunreach": {syscall.EHOSTUNREACH, 10065}, "ehostdown": {syscall.EHOSTDOWN, 10064},
	"enetunreach": {syscall.ENETUNREACH, 10051}, "enetdown": {syscall.ENETDOWN, 10050}, "epipe": {syscall.EPIPE},
	"eaddrinuse": {syscall.EADDRINUSE, 10048}, "eaddrnotavail": {syscall.EADDRNOTAVAIL, 10049}, "eafnosupport": {syscall.EAFNOSUPPORT, 10047},
	"emfile": {syscall.EMFILE, 10024}, "enfile": {syscall.ENFILE}, "enobufs": {syscall.ENOBUFS, 10055}, "eacces": {syscall.EACCES, 10013},
	"eperm": {syscall.EPERM},
}

// playErrno has the system refuse a connection with each error.
func playErrno(t *testing.T, all []scenario) {
	for _, s := range all {
		if errnos[s.what] == nil {
			t.Fatalf("%s: no error of the system is called so", s.code)
		}
		for _, errno := range errnos[s.what] {
			n := &wire.Net{Dial: func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errno)}
			}}
			_, err := smtp.Dial(t.Context(), smtp.Options{Net: n, Host: "mail.sakura.test", Port: 25, Addrs: loopback, TLS: wire.TLSNone})
			s.meets(t, err)
		}
	}
}

// playX509 has crypto/x509 verify certificates, and gives what it says to where a handshake's end.
func playX509(t *testing.T, all []scenario) {
	said := verified(t)
	for _, s := range all {
		if said[s.what] == nil {
			t.Fatalf("%s is nothing that a certificate can be", s.what)
		}
		s.meets(t, throughTheWire(said[s.what]))
	}
}

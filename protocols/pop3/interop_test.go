package pop3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/interop"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

func dovecotOptions(t testing.TB, s *interop.Server, addr string, mode wire.TLSMode) Options {
	t.Helper()
	_, text, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Host: "127.0.0.1", Port: port, TLS: mode, Net: &wire.Net{TLSRoots: s.Roots},
		Credentials: sasl.Credentials{User: s.User, Password: s.Password}, Limits: Limits{Reply: 30 * time.Second}}
}

func dial(t testing.TB, o Options) *Client {
	t.Helper()
	c, err := Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Abort() })
	return c
}

func numberedMessages(n, size int) [][]byte {
	var all [][]byte
	for i := range n {
		m := fmt.Appendf(nil, "Subject: message %d\r\nFrom: a@fuji.test\r\n\r\n.\r\n..dots\r\n", i+1)
		for len(m) < size {
			m = append(m, "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\r\n"...)
		}
		all = append(all, m)
	}
	return all
}

func TestDovecotLogins(t *testing.T) {
	s := interop.Dovecot(t, "service anvil {", "  unix_listener anvil-auth-penalty {", "    mode = 0", "  }", "}") // no delay after a wrong password
	s.Deliver(t, "", numberedMessages(1, 100)...)
	for _, test := range []struct {
		mode wire.TLSMode
		addr string
	}{{wire.TLSNone, s.POP3}, {wire.TLSStart, s.POP3}, {wire.TLSImplicit, s.POP3S}} {
		for auth, want := range map[string]string{"auto": "SCRAM-SHA-256", "scram-sha-1": "SCRAM-SHA-256", "cram-md5": "SCRAM-SHA-256",
			"plain": "SCRAM-SHA-256", "user": "USER", "apop": "APOP"} {
			o := dovecotOptions(t, s, test.addr, test.mode)
			o.Auth = auth
			c, err := Dial(t.Context(), o)
			if err != nil {
				t.Errorf("%s, %s: %v", test.mode, auth, err)
				continue
			}
			if c.Auth() != want || (c.TLS() != nil) != (test.mode != wire.TLSNone) {
				t.Errorf("%s, %s: logged in by %s, TLS %v", test.mode, auth, c.Auth(), c.TLS())
			}
			if n, _, err := c.Stat(t.Context()); n != 1 || err != nil {
				t.Errorf("%s, %s: %d messages, %v", test.mode, auth, n, err)
			}
			if err := c.Quit(t.Context()); err != nil {
				t.Errorf("%s, %s: %v", test.mode, auth, err)
			}
		}
	}
	for _, auth := range []string{"auto", "user", "apop"} {
		o := dovecotOptions(t, s, s.POP3S, wire.TLSImplicit)
		o.Auth, o.Credentials.Password = auth, "wrong"
		_, err := Dial(t.Context(), o)
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != CodeAuth {
			t.Errorf("%s with a wrong password: %v", auth, err)
		}
	}
	o := dovecotOptions(t, s, s.POP3S, wire.TLSImplicit)
	o.Net = nil
	var e *wire.Error
	if _, err := Dial(t.Context(), o); !errors.As(err, &e) || e.Code != wire.CodeTLSAuthority {
		t.Errorf("with the system's roots: %v", err)
	}
}

func TestDovecotSession(t *testing.T) {
	s := interop.Dovecot(t)
	messages := numberedMessages(300, 1500)
	s.Deliver(t, "", messages...)
	o := dovecotOptions(t, s, s.POP3S, wire.TLSImplicit)
	c := dial(t, o)
	caps := c.Capabilities()
	if !caps.Known || !caps.Pipelining || !caps.UIDL || !caps.TOP || !caps.RespCodes || !caps.AuthRespCode || caps.Expire != ExpireUnsaid {
		t.Errorf("capabilities %+v", caps)
	}
	l, err := c.Listing(t.Context())
	if err != nil || len(l.Entries) != 300 || !l.HasUIDL || len(l.Duplicates) != 0 {
		t.Fatalf("%d entries, %v, %v", len(l.Entries), l.Duplicates, err)
	}
	i := 0
	err = c.Retrieve(t.Context(), everything(300), func(n int, size int64, body io.Reader) error {
		got, err := io.ReadAll(body)
		if !bytes.Equal(got, messages[i]) || size != int64(len(got)) {
			t.Errorf("message %d: %d octets of %d differ", n, len(got), size)
		}
		i++
		return err
	})
	if err != nil || i != 300 {
		t.Fatalf("%d messages, %v", i, err)
	}
	i = 0
	err = c.Headers(t.Context(), []int{300, 1, 150}, func(n int, header []byte, refused *Error) error {
		i++
		if want := fmt.Sprintf("Subject: message %d\r\nFrom: a@fuji.test\r\n\r\n", n); string(header) != want {
			t.Errorf("header %q, want %q", header, want)
		}
		return nil
	})
	if err != nil || i != 3 {
		t.Errorf("%d headers, %v", i, err)
	}
	if trips := c.Counters().RoundTrips; trips > 20 {
		t.Errorf("%d round trips for 300 messages", trips)
	}
}

// A dropped connection deletes nothing, QUIT deletes what was marked, and RSET takes it back.
func TestDovecotDeletes(t *testing.T) {
	s := interop.Dovecot(t)
	s.Deliver(t, "", numberedMessages(20, 100)...)
	left := func() int {
		files, err := filepath.Glob(filepath.Join(s.Maildir, "*", "*:2,*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	o := dovecotOptions(t, s, s.POP3, wire.TLSNone)

	c := dial(t, o)
	if refused, err := c.DeleteMany(t.Context(), []int{1, 2, 3}); err != nil || len(refused) != 0 {
		t.Fatal(refused, err)
	}
	c.Abort()
	if n := left(); n != 20 {
		t.Errorf("after a dropped connection %d messages are left", n)
	}

	c = dial(t, o)
	refused, err := c.DeleteMany(t.Context(), []int{4, 4, 99})
	if err != nil || len(refused) != 2 {
		t.Errorf("%v, %v", refused, err)
	}
	if err := c.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if l, err := c.Listing(t.Context()); err != nil || len(l.Entries) != 20 {
		t.Errorf("after RSET %d entries, %v", len(l.Entries), err)
	}
	if refused, err = c.DeleteMany(t.Context(), []int{5, 6}); err != nil || len(refused) != 0 {
		t.Fatal(refused, err)
	}
	if l, err := c.Listing(t.Context()); err != nil || len(l.Entries) != 18 || l.Entries[4].Number != 7 {
		t.Errorf("after DELE %+v, %v", l.Entries, err)
	}
	if err := c.Quit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := left(); n != 18 {
		t.Errorf("after QUIT %d messages are left", n)
	}
}

func TestDovecotLocksTheMaildrop(t *testing.T) {
	if testing.Short() {
		t.Skip("Dovecot waits 10 seconds for the lock")
	}
	s := interop.Dovecot(t, "protocol pop3 {", "  pop3_lock_session = yes", "  mail_max_lock_timeout = 1 s", "}")
	s.Deliver(t, "", numberedMessages(1, 100)...)
	o := dovecotOptions(t, s, s.POP3, wire.TLSNone)
	c := dial(t, o)
	if _, _, err := c.Stat(t.Context()); err != nil {
		t.Fatal(err)
	}
	other, err := Dial(t.Context(), o)
	if err == nil {
		_, _, err = other.Stat(t.Context())
		other.Abort()
	}
	var refused *Error
	if !errors.As(err, &refused) || refused.Code != CodeInUse || !refused.Temporary() {
		t.Errorf("a second session: %v", err)
	}
}

// keeper holds events.
type keeper struct{ events []trace.Event }

func (k *keeper) Emit(e trace.Event) { k.events = append(k.events, e) }

func TestNoSecretIsRecorded(t *testing.T) {
	s := interop.Dovecot(t)
	for _, auth := range []string{"user", "apop", "auto"} {
		k := &keeper{}
		o := dovecotOptions(t, s, s.POP3, wire.TLSNone)
		o.Auth, o.Span = auth, trace.New(k, nil)
		c := dial(t, o)
		if err := c.Quit(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(k.events) < 5 {
			t.Errorf("%s: only %d events", auth, len(k.events))
		}
		for _, e := range k.events {
			line, err := e.JSON()
			if err != nil || bytes.Contains(e.Data, []byte(s.Password)) || bytes.Contains(line, []byte(s.Password)) {
				t.Errorf("%s: %s", auth, line)
			}
		}
	}
}

// BenchmarkDovecot10k reads 10,000 messages of 5 KiB in turn by our client, by a raw pipelined reader that does not look
// at what it reads but for the end, and by curl where it is installed.
func BenchmarkDovecot10k(b *testing.B) {
	s := interop.Dovecot(b)
	s.Deliver(b, "S", numberedMessages(10_000, 5<<10)...)
	o := dovecotOptions(b, s, s.POP3, wire.TLSNone)
	all := everything(10_000)
	dial(b, o).Quit(b.Context()) // the server's index is warm from here on
	b.Run("client", func(b *testing.B) {
		for b.Loop() {
			c := dial(b, o)
			var octets int64
			err := c.Retrieve(b.Context(), all, func(_ int, _ int64, body io.Reader) error {
				n, err := io.Copy(io.Discard, body)
				octets += n
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(octets)
			c.Abort()
		}
	})
	b.Run("raw", func(b *testing.B) {
		for b.Loop() {
			if err := rawRead(s, len(all)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("curl", func(b *testing.B) {
		curl, err := exec.LookPath("curl")
		if err != nil {
			b.Skip("curl is not installed")
		}
		for b.Loop() {
			cmd := exec.Command(curl, "-s", "-u", s.User+":"+s.Password, fmt.Sprintf("pop3://%s/[1-%d]", s.POP3, len(all)), "-o", "/dev/null")
			if out, err := cmd.CombinedOutput(); err != nil {
				b.Fatalf("%v: %s", err, out)
			}
		}
	})
}

// rawRead sends every RETR at once and counts final dots.
func rawRead(s *interop.Server, n int) error {
	c, err := net.Dial("tcp", s.POP3)
	if err != nil {
		return err
	}
	defer c.Close()
	var b strings.Builder
	fmt.Fprintf(&b, "USER %s\r\nPASS %s\r\n", s.User, s.Password)
	for i := range n {
		fmt.Fprintf(&b, "RETR %d\r\n", i+1)
	}
	sent := make(chan error, 1)
	go func() { _, err := io.WriteString(c, b.String()); sent <- err }()
	buf := make([]byte, 256<<10)
	kept := 0
	for n > 0 {
		got, err := c.Read(buf[kept:])
		if err != nil {
			return err
		}
		have := buf[:kept+got]
		n -= bytes.Count(have, []byte("\r\n.\r\n"))
		kept = copy(buf, have[max(0, len(have)-4):])
		if bytes.HasSuffix(have, []byte("\r\n.\r\n")) {
			kept = 0
		}
	}
	return <-sent
}

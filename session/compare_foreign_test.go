//go:build unix

package session

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"todoku/diag/compare"
	"todoku/internal/config"
	"todoku/internal/trace"
	"todoku/protocols/interop"
	"todoku/protocols/wire"
)

// letterFor is a short message to the user of a foreign server.
func letterFor(n int) []byte {
	return fmt.Appendf(nil, "From: bob@fuji.test\r\nTo: mika@localhost\r\nSubject: letter %d\r\nDate: Mon, 23 Nov 2026 09:00:00 +0900\r\n"+
		"Message-ID: <%d@fuji.test>\r\n\r\nThe printer is number %d.\r\n", n, n, n)
}

// accountAt is a session with one account, by both protocols, at a foreign server.
func accountAt(t *testing.T, at *interop.Server) *Session {
	t.Helper()
	c := config.Default()
	c.Accounts = []config.Account{{Name: "mika", Address: "mika@localhost", Receive: config.ReceiveIMAP,
		IMAP: foreignServer(t, at, at.IMAPS), POP3: foreignServer(t, at, at.POP3S), Secret: config.Secret{Password: at.Password}}}
	s, err := open(&c, filepath.Join(t.TempDir(), "mail.db"), &wire.Net{TLSRoots: at.Roots, Dial: (&net.Dialer{}).DialContext})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func foreignServer(t *testing.T, at *interop.Server, address string) config.Server {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return server(host, n, config.TLSImplicit, at.User)
}

// leftAsItWas compares a mailbox of five messages, three of them unread, then cuts the line at every write: what is on
// the server's disk stays as it is.
func leftAsItWas(t *testing.T, s *Session, disk func() map[string]string) {
	t.Helper()
	before := disk()
	if len(before) != 5 {
		t.Fatalf("%d messages", len(before))
	}
	for _, script := range []string{"two-devices", "search"} { // between them all that is done on an account
		r, err := s.Compare(t.Context(), nil, CompareOptions{Script: script})
		if err != nil {
			t.Fatal(err)
		}
		first := r.Rows[0]
		if first.POP3.Place != compare.Computed || first.IMAP.Place != compare.Account || first.POP3.Server.Total != 5 || first.IMAP.Server.Unread != 3 {
			t.Errorf("%s: %+v\n%+v", script, first.POP3, first.IMAP)
		}
		for _, o := range r.Offers {
			if o.Error != nil || len(o.Capabilities) == 0 {
				t.Errorf("%s: %+v", script, o)
			}
		}
	}
	if diff := cmp.Diff(before, disk()); diff != "" {
		t.Fatalf("after the comparisons:\n%s", diff)
	}
	for _, reaches := range []bool{false, true} {
		cutEverywhere(t, s, "mika", reaches)
		if diff := cmp.Diff(before, disk()); diff != "" {
			t.Errorf("after lines that were cut (reaches: %v):\n%s", reaches, diff)
		}
	}
}

// counted is one session, from the line on that answers its login.
type counted struct {
	trace.Counters
	Answer   int64    // octets of that line
	Commands []string // sent after it
}

// since counts from the line on that has the answer to the login. No secret is in what follows that would have been
// removed.
func since(events []trace.Event, answer string) (c counted) {
	for _, e := range events {
		octets := int64(len(e.Data) + len("\r\n"))
		if c.Answer == 0 && e.Kind == trace.KindRecv && strings.Contains(string(e.Data), answer) {
			c.Answer = octets
		}
		switch {
		case c.Answer > 0 && e.Kind == trace.KindRecv:
			c.In += octets
		case c.Answer > 0 && e.Kind == trace.KindSend:
			c.Out += octets
			c.Commands = append(c.Commands, string(e.Data))
		case c.Answer > 0 && e.Kind == trace.KindData && e.Sent:
			c.Out += e.Size
		case c.Answer > 0 && e.Kind == trace.KindData:
			c.In += e.Size
		}
	}
	return c
}

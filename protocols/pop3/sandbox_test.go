package pop3

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/netip"
	"net/smtp"
	"slices"
	"strings"
	"testing"

	sandbox "todoku/embedded-server"
	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// sandboxOptions are those of the sandbox's first user.
func sandboxOptions(t *testing.T, s *sandbox.Sandbox) Options {
	t.Helper()
	world := s.World()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(world.CAPEM)) {
		t.Fatal("the sandbox's CA cannot be read")
	}
	resolve := func(_ context.Context, host string) ([]netip.Addr, error) {
		for _, h := range world.Hosts {
			if h.Name == host {
				addr, err := netip.ParseAddr(h.Address)
				return []netip.Addr{addr}, err
			}
		}
		return nil, errors.New("no such host")
	}
	user := world.Users[0]
	return Options{Net: &wire.Net{Dial: world.Dial, Resolve: resolve, TLSRoots: roots, Owns: world.Owns}, Host: user.Host,
		Credentials: sasl.Credentials{User: user.Address, Password: user.Password}}
}

// Two engines written apart agree: our client reads our server's maildrop in every mode, and what QUIT commits is gone.
func TestInTheSandbox(t *testing.T) {
	s, err := sandbox.Start(t.Context(), nil, sandbox.Options{SeedMessages: -1, Durability: "none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	o := sandboxOptions(t, s)
	left := 12
	arrive(t, s.World(), o.Credentials.User, numberedMessages(left, 900))
	for _, test := range []struct {
		mode wire.TLSMode
		port int
	}{{wire.TLSImplicit, 995}, {wire.TLSStart, 110}, {wire.TLSNone, 110}} {
		for _, auth := range []string{"auto", "user", "plain"} {
			o.TLS, o.Port, o.Auth = test.mode, test.port, auth
			c, err := Dial(t.Context(), o)
			if err != nil {
				t.Errorf("%s, %s: %v", test.mode, auth, err)
				continue
			}
			l, err := c.Listing(t.Context())
			if err != nil || !l.HasUIDL || len(l.Duplicates) > 0 || len(l.Entries) != left {
				t.Fatalf("%s, %s: %d entries, %d were left, %v, %v", test.mode, auth, len(l.Entries), left, l.Duplicates, err)
			}
			left--
			readAll(t, c, l)
			if err := c.Delete(t.Context(), l.Entries[0].Number); err != nil {
				t.Error(err)
			}
			if err := c.Quit(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
}

// arrive brings messages to the port-25 side, as another server would.
func arrive(t *testing.T, world sandbox.World, user string, messages [][]byte) {
	t.Helper()
	at := slices.IndexFunc(world.Hosts, func(h sandbox.Host) bool {
		return strings.HasPrefix(h.Name, "mx1.") && strings.HasSuffix(user, "@"+h.Name[4:])
	})
	c, err := smtp.Dial(world.Hosts[at].SMTP)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, m := range messages {
		if err := errors.Join(c.Mail("a@fuji.test"), c.Rcpt(user)); err != nil {
			t.Fatal(err)
		}
		w, err := c.Data()
		if err != nil {
			t.Fatal(err)
		}
		w.Write(m)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// readAll compares sizes, and each header by TOP with the beginning of the message by RETR.
func readAll(t *testing.T, c *Client, l Listing) {
	t.Helper()
	var numbers []int
	for _, e := range l.Entries {
		numbers = append(numbers, e.Number)
	}
	headers := map[int][]byte{}
	err := c.Headers(t.Context(), numbers, func(n int, header []byte, refused *Error) error {
		headers[n] = bytes.Clone(header)
		if refused != nil {
			return refused
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = c.Retrieve(t.Context(), numbers, func(n int, size int64, body io.Reader) error {
		got, err := io.ReadAll(body)
		if int64(len(got)) != size || !bytes.HasPrefix(got, headers[n]) || len(headers[n]) == 0 {
			t.Errorf("message %d: %d octets, LIST says %d; its header %q", n, len(got), size, headers[n])
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSandboxLocksTheMaildrop(t *testing.T) {
	s, err := sandbox.Start(t.Context(), nil, sandbox.Options{SeedMessages: -1, Durability: "none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	o := sandboxOptions(t, s)
	o.TLS, o.Port = wire.TLSImplicit, 995
	c := dial(t, o)
	var refused *Error
	if _, err := Dial(t.Context(), o); !errors.As(err, &refused) || refused.Code != CodeInUse {
		t.Errorf("a second session: %v", err)
	}
	if err := c.Quit(t.Context()); err != nil {
		t.Fatal(err)
	}
	dial(t, o)
}

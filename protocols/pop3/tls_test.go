package pop3

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"testing"

	"todoku/protocols/interop"
	"todoku/protocols/wire"
)

// afterSTLS answers CAPA and STLS in the clear, then serves inside TLS, where a server has no second greeting.
func afterSTLS(config *tls.Config, s *naiveServer) func(net.Conn) error {
	return func(c net.Conn) error {
		in := bufio.NewReader(c)
		fmt.Fprintf(c, "+OK ready\r\n")
		for _, answer := range []string{"+OK\r\nSTLS\r\nSASL CRAM-MD5\r\n.\r\n", "+OK begin\r\n"} {
			if _, err := in.ReadString('\n'); err != nil {
				return err
			}
			fmt.Fprint(c, answer)
		}
		return s.serve(&noGreeting{Conn: tls.Server(c, config)})
	}
}

// noGreeting swallows the first line that the server says.
type noGreeting struct {
	net.Conn
	swallowed bool
}

func (g *noGreeting) Write(p []byte) (int, error) {
	if !g.swallowed {
		g.swallowed = true
		return len(p), nil
	}
	return g.Conn.Write(p)
}

func TestTLS(t *testing.T) {
	own := interop.Certificate(t)
	for _, mode := range []wire.TLSMode{wire.TLSStart, wire.TLSImplicit} {
		t.Run(string(mode), func(t *testing.T) {
			s := &naiveServer{messages: [][]byte{[]byte("a\r\n")}}
			server := afterSTLS(own.TLS, s)
			if mode == wire.TLSImplicit {
				server = func(c net.Conn) error {
					return s.serve(tls.Server(c, own.TLS))
				}
			}
			o := testOptions(serveOnce(t, server), Limits{})
			o.TLS, o.Net, o.Auth = mode, &wire.Net{TLSRoots: own.Roots}, "auto"
			c, err := Dial(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Abort()
			if facts := c.TLS(); facts == nil || !facts.Verified {
				t.Errorf("facts %+v", facts)
			}
			// What the server said before the handshake is forgotten: an attacker may have said it.
			if caps := c.Capabilities(); len(caps.SASL) != 0 || caps.STLS || !caps.UIDL || c.Auth() != "USER" {
				t.Errorf("capabilities %+v, login by %s", caps, c.Auth())
			}
			if n, _, err := c.Stat(t.Context()); n != 1 || err != nil {
				t.Errorf("%d messages, %v", n, err)
			}
			if err := c.Quit(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

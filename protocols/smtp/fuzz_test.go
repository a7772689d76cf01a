package smtp

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"todoku/protocols/sasl"
	"todoku/protocols/wire"
)

// monologue is a connection whose peer says its part whatever it hears, and closes.
type monologue struct {
	net.Conn
	said io.Reader
}

func (m monologue) Read(p []byte) (int, error)       { return m.said.Read(p) }
func (m monologue) Write(p []byte) (int, error)      { return len(p), nil }
func (m monologue) SetReadDeadline(time.Time) error  { return nil }
func (m monologue) SetWriteDeadline(time.Time) error { return nil }

// FuzzServer: a server may say anything, and the client ends with a result or an error, soon and without a panic. A
// message counts as accepted only if the server said so.
func FuzzServer(f *testing.F) {
	f.Add([]byte("220 x\r\n250-x\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n235 in\r\n250 ok\r\n250 ok\r\n354 go\r\n250 done\r\n"))
	f.Add([]byte("220 x\r\n250-x\r\n250-CHUNKING\r\n250 AUTH SCRAM-SHA-256\r\n334 cj1h\r\n501 x\r\n250 ok\r\n550 no\r\n250 ok\r\n"))
	f.Add([]byte("220-\r\n220 x\n502 x\r\n250x\r\n421\r\n"))
	f.Fuzz(func(t *testing.T, said []byte) {
		n, theirs := pipeWorld()
		theirs.Close()
		n.Dial = func(context.Context, string, string) (net.Conn, error) {
			return monologue{Conn: theirs, said: bytes.NewReader(said)}, nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		c, err := Dial(ctx, Options{Net: n, Host: "mail.sakura.test", Port: 587, TLS: wire.TLSNone})
		if err != nil {
			return
		}
		defer c.Close()
		c.Auth(ctx, sasl.Credentials{User: "alice", Password: "hunter2"}, "")
		res, err := c.Send(ctx, toBob, []byte("x\r\n"), nil)
		if err == nil && (res.Accepted() != 1 || !res.Final.OK()) {
			t.Errorf("no error, and %+v", res)
		}
		if err != nil && res.Accepted() > 0 {
			t.Errorf("accepted, and %v", err)
		}
		if ctx.Err() != nil {
			t.Error("took more than 5 s")
		}
	})
}

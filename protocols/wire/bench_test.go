package wire

import (
	"bufio"
	"context"
	"io"
	"net"
	"testing"

	"todoku/internal/trace"
)

// BenchmarkDownload reads 64 MiB of a literal over loopback: from the bare socket, through Conn, and recorded.
func BenchmarkDownload(b *testing.B) {
	const size = 64 << 20
	part := func(c net.Conn) {
		block := make([]byte, 64<<10)
		if line, _ := bufio.NewReader(c).ReadString('\n'); line == "" {
			return
		}
		io.WriteString(c, "* 1 FETCH (BODY[] {67108864}\r\n")
		for range size / len(block) {
			c.Write(block)
		}
	}
	for _, name := range []string{"socket", "conn", "recorded"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				o := options(serve(b, part), TLSNone)
				if name == "recorded" {
					o.Span = trace.New(trace.Discard, nil)
				}
				var c io.ReadWriteCloser
				var err error
				if name == "socket" {
					c, err = o.Net.Dial(context.Background(), "tcp", "")
				} else {
					var conn *Conn
					conn, err = Dial(context.Background(), o)
					if err == nil {
						conn.Expect(Step{Name: "FETCH", Bytes: size + 4096})
					}
					c = conn
				}
				if err != nil {
					b.Fatal(err)
				}
				io.WriteString(c, "a FETCH 1 BODY[]\r\n")
				n, err := io.Copy(io.Discard, struct{ io.Reader }{c})
				if n < size {
					b.Fatal(n, err)
				}
				c.Close()
			}
		})
	}
}

package trace

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzChunks: whatever two peers say, in any protocol, the events do not depend on how the network cuts it.
func FuzzChunks(f *testing.F) {
	f.Add(uint8(0), "AUTH PLAIN\r\nx\r\nDATA\r\n", "220 x\r\n334 \r\n354 go\r\n", ".\r\n..\r\n.\r\nQUIT\r\n", "250 ok\r\n")
	f.Add(uint8(1), "RETR 1\r\nAUTH X\r\nCAPA\r\n", "+OK\r\n+OK\r\n.x\r\n.\r\n", "a\r\n", "+ x\r\n+OK\r\n.\r\n")
	f.Add(uint8(2), "a LOGIN {3+}\r\nbob {4}\r\n", "+ x\r\n* 1 FETCH {5}\r\n12345)\r\n", "abcd\r\nb NOOP\r\n", "a NO\r\n* 2 X {0}\r\n\r\n")
	f.Add(uint8(3), "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.0 200\r\n\r\nxyz")
	f.Fuzz(func(t *testing.T, proto uint8, a, b, c, d string) {
		name := []string{"smtp", "pop3", "imap", "http"}[proto%4]
		turns := []turn{{client, a}, {server, b}, {client, c}, {server, d}}
		want := play(name, turns, whole)
		for _, size := range []int{1, 2, 3, 7} {
			got := play(name, turns, func(t turn) []string {
				var chunks []string
				for s := t.octets; s != ""; {
					n := min(size, len(s))
					chunks, s = append(chunks, s[:n]), s[n:]
				}
				return chunks
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s in chunks of %d (-whole +chunks):\n%s", name, size, diff)
			}
		}
		for _, e := range want {
			if len(e.Data) > maxKept+len(Removed)*strings.Count(string(e.Data), Removed) {
				t.Fatalf("an event of %d octets", len(e.Data))
			}
		}
	})
}

package interop

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
)

// Play is the client in a dialogue that a file holds, against a server that runs inside the test: lines "C: " are sent,
// with \r and \n in them meaning those octets, and "S: " are what must come. "..." at the end of a longer S line stands
// for anything. Nothing may come after the last line but the end of the connection.
func Play(t testing.TB, c net.Conn, file string) {
	t.Helper()
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	octets := strings.NewReplacer(`\n`, "\n", `\r`, "\r")
	for n, line := range strings.Split(string(script), "\n") {
		if said, ok := strings.CutPrefix(line, "C: "); ok {
			fmt.Fprint(c, octets.Replace(said)+"\r\n")
		}
		want, ok := strings.CutPrefix(line, "S: ")
		if !ok {
			continue
		}
		got, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("%s:%d: wanted %q: %v", file, n+1, want, err)
		}
		got = strings.TrimSuffix(got, "\r\n")
		head, open := strings.CutSuffix(want, "...")
		if got != want && (!open || head == "" || !strings.HasPrefix(got, head)) {
			t.Fatalf("%s:%d: got %q, want %q", file, n+1, got, want)
		}
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("%s: after the last line: %q, %v", file, rest, err)
	}
}

//go:build unix

package explain

import (
	"net"
	"syscall"
	"testing"
)

// TestWhatTheSystemSays makes the system itself say what can be made to happen on any machine.
func TestWhatTheSystemSays(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	said := map[string]error{}
	_, said["socket.eaddrinuse"] = net.Listen("tcp", l.Addr().String())
	_, said["socket.eaddrnotavail"] = net.Listen("tcp", "192.0.2.1:0")
	_, said["socket.eafnosupport"] = syscall.Socket(250, syscall.SOCK_STREAM, 0)
	said["socket.econnreset"], said["socket.epipe"] = resetAndClosed(t, l)
	l.Close()
	_, said["socket.econnrefused"] = net.Dial("tcp", l.Addr().String())
	for code, err := range said {
		if f := Find(err); err == nil || f.Code != code {
			t.Errorf("%v is %s, want %s", err, f.Code, code)
		}
	}
}

// resetAndClosed reads from a connection that the other side resets, and writes to one that this side has closed for writing.
func resetAndClosed(t *testing.T, l net.Listener) (reset, closed error) {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	other, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	_, closed = c.Write([]byte("x"))
	if err := other.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	other.Close()
	_, reset = c.Read(make([]byte, 1))
	return reset, closed
}

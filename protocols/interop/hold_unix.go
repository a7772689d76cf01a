//go:build unix

package interop

import (
	"net"
	"net/netip"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Hold keeps an address of this machine until the test ends: it is bound and nobody listens, so that an attempt at it is
// refused and the system gives its port to nobody else. Port 0 means any. An address that is still in use is waited for,
// for a server that was stopped takes its time. It gives the address back, with its port.
func Hold(t testing.TB, address string) string {
	t.Helper()
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		t.Fatal(err)
	}
	syscall.ForkLock.RLock() // or a server that is started meanwhile inherits the socket
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	// Connections that just ended may not stand in the way; those who listen do.
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	bindTo(t, fd, at)
	bound, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return net.JoinHostPort(at.Addr().String(), strconv.Itoa(bound.(*syscall.SockaddrInet4).Port))
}

func bindTo(t testing.TB, fd int, at netip.AddrPort) {
	t.Helper()
	deadline := time.Now().Add(startTimeout)
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().As4()})
		if err == nil {
			return
		}
		if <-look.C; err != syscall.EADDRINUSE || time.Now().After(deadline) {
			t.Fatalf("holding %s: %v", at, err)
		}
	}
}

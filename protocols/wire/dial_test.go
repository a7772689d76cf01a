package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"todoku/internal/trace"
)

func TestAddressesAreTriedInTurn(t *testing.T) {
	n := serve(t, say("hello\r\n"))
	real := n.Dial
	n.Resolve = func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")}, nil
	}
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "192.0.2.2:143" {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		}
		return real(ctx, network, address)
	}
	var rec trace.Recorder
	o := options(n, TLSNone)
	o.Span = trace.New(&rec, nil)
	c, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	var tried []string
	for _, e := range kinds(rec.Events(), trace.KindDial) {
		if (e.Error == "") != (e.Name == "192.0.2.2:143") {
			t.Errorf("event %+v", e)
		}
		tried = append(tried, e.Name)
	}
	if got := strings.Join(tried, " "); got != "[2001:db8::1]:143 192.0.2.1:143 192.0.2.2:143" {
		t.Errorf("tried %s", got)
	}
	o.MaxAddrs = 2
	_, err = Dial(context.Background(), o)
	if e := wantCode(t, err, CodeDialRefused); e.Addr != "[2001:db8::1]:143" || e.Host != testHost || e.Step != "connect" {
		t.Errorf("error %+v", e)
	}
}

func TestDialFailures(t *testing.T) {
	tests := []struct {
		code string
		err  error
	}{
		{CodeDialRefused, syscall.ECONNREFUSED},
		{CodeDialRefused, wsaECONNREFUSED},
		{CodeDialNoRoute, syscall.ENETUNREACH},
		{CodeDialUnreachable, syscall.EHOSTUNREACH},
		{CodeDialTimeout, context.DeadlineExceeded},
		{CodeDialFailed, errors.New("odd")},
	}
	for _, test := range tests {
		n := world(func(context.Context, string) (net.Conn, error) { return nil, &net.OpError{Op: "dial", Err: test.err} })
		_, err := Dial(context.Background(), options(n, TLSNone))
		wantCode(t, err, test.code)
		if !errors.Is(err, test.err) {
			t.Errorf("%v hides its cause", err)
		}
	}
}

func TestDialTimeoutPerAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := world(func(ctx context.Context, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		began := time.Now()
		_, err := Dial(context.Background(), options(n, TLSNone))
		wantCode(t, err, CodeDialTimeout)
		if took := time.Since(began); took != dialTime {
			t.Errorf("took %s", took)
		}
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Second, cancel)
		_, err = Dial(ctx, options(n, TLSNone))
		wantCode(t, err, CodeCancelled)
	})
}

func TestLookupFailures(t *testing.T) {
	n := world(nil)
	o := options(n, TLSNone)
	o.Host = "mial.sakura.test"
	_, err := Dial(context.Background(), o)
	wantCode(t, err, CodeDNSNotFound)
	n.Resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, nil }
	_, err = Dial(context.Background(), o)
	wantCode(t, err, CodeDNSNotFound)
	n.Resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("SERVFAIL") }
	_, err = Dial(context.Background(), o)
	wantCode(t, err, CodeDNSFailed)
}

func TestLiteralAddressesAreNotLookedUp(t *testing.T) {
	n := serve(t, say("hello\r\n"))
	n.Resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("asked") }
	o := options(n, TLSNone)
	o.Host = "[2001:db8::1]"
	c, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestKnownAddressesAreNotLookedUp(t *testing.T) {
	n := serve(t, say("hello\r\n"))
	n.Resolve = func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("asked") }
	o := options(n, TLSNone)
	o.Addrs = []netip.Addr{netip.MustParseAddr("192.0.2.77")}
	c, err := Dial(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.addr != "192.0.2.77:143" {
		t.Errorf("dialed %s", c.addr)
	}
}

func TestSystemResolvesLocalhost(t *testing.T) {
	addrs, err := System().Resolve(context.Background(), "localhost")
	if err != nil || len(addrs) == 0 || !addrs[0].IsLoopback() {
		t.Errorf("localhost is %v, %v", addrs, err)
	}
}

package wire

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"todoku/internal/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testHost = "mail.sakura.test"

// world is a Net in which every address leads to one listener or one function.
func world(dial func(ctx context.Context, address string) (net.Conn, error)) *Net {
	return &Net{
		Dial: func(ctx context.Context, _, address string) (net.Conn, error) { return dial(ctx, address) },
		Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
			if host != testHost {
				return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
			}
			return []netip.Addr{netip.MustParseAddr("192.0.2.10")}, nil
		},
	}
}

// serve listens on loopback, runs the server's part for one connection and gives the world that leads to it.
func serve(t testing.TB, part func(net.Conn)) *Net {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		part(c)
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return world(func(ctx context.Context, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", l.Addr().String())
	})
}

// piped gives a world whose only connection is a pipe, for tests on a fake clock, and the other end.
func piped() (*Net, net.Conn) {
	ours, theirs := net.Pipe()
	return world(func(context.Context, string) (net.Conn, error) { return ours, nil }), theirs
}

func options(n *Net, mode TLSMode) Options {
	return Options{Net: n, Proto: "imap", Host: testHost, Port: 143, TLS: mode}
}

// wantCode fails the test unless err is an *Error of the code, and gives it.
func wantCode(t testing.TB, err error, code string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want an *Error %s", err, code)
	}
	if e.Code != code {
		t.Fatalf("code %s, want %s: %v", e.Code, code, err)
	}
	return e
}

func kinds(events []trace.Event, kind trace.Kind) []trace.Event {
	var out []trace.Event
	for _, e := range events {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

var testTime = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: testTime.AddDate(-1, 0, 0), NotAfter: testTime.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{cert: cert, key: key, pool: x509.NewCertPool()}
	a.pool.AddCert(cert)
	return a
}

// leaf is a server's certificate for name, valid for 30 days around testTime.
func (a *authority) leaf(t testing.TB, name string) *tls.Config {
	t.Helper()
	return a.leafFor(t, name, x509.ExtKeyUsageServerAuth)
}

func (a *authority) leafFor(t testing.TB, name string, usage x509.ExtKeyUsage) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: testTime.AddDate(0, 0, -15), NotAfter: testTime.AddDate(0, 0, 15),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw, a.cert.Raw}, PrivateKey: key}}}
}

// overTLS is a server's part behind a handshake.
func overTLS(config *tls.Config, part func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		s := tls.Server(c, config)
		if s.Handshake() == nil {
			part(s)
		}
	}
}

func say(text string) func(net.Conn) {
	return func(c net.Conn) {
		c.Write([]byte(text))
		bufio.NewReader(c).ReadString('\n')
	}
}

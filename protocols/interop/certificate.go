package interop

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
)

// Certificate makes a server certificate for localhost and 127.0.0.1, and the roots that verify it, for test servers
// that run inside the test.
func Certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	a, err := newAuthority(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := tls.LoadX509KeyPair(a.certFile, a.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	return cert, a.roots
}

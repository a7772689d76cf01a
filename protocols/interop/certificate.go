package interop

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
)

// Identity is a certificate for a test server that runs inside the test, and what verifies it.
type Identity struct {
	TLS    *tls.Config // the server's
	Roots  *x509.CertPool
	CAFile string // PEM, for other programs
}

// Certificate makes an Identity for localhost, 127.0.0.1 and names.
func Certificate(t testing.TB, names ...string) Identity {
	t.Helper()
	a, err := newAuthority(t.TempDir(), names...)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := tls.LoadX509KeyPair(a.certFile, a.keyFile)
	if err != nil {
		t.Fatal(err)
	}
	return Identity{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Roots: a.roots, CAFile: a.caFile}
}

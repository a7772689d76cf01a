package interop

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"
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

// Outdated is a certificate that has ended, and the lines that give it to servers.
type Outdated struct {
	Dovecot, Postfix []string
	Roots            *x509.CertPool
}

// Expired makes an Outdated for localhost and 127.0.0.1 that ended an hour ago.
func Expired(t testing.TB) Outdated {
	t.Helper()
	a, err := authorityUntil(serverDir(t), time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return Outdated{Roots: a.roots,
		Dovecot: []string{"ssl_cert = <" + a.certFile, "ssl_key = <" + a.keyFile},
		Postfix: []string{"smtpd_tls_chain_files = " + a.keyFile + ", " + a.certFile}}
}

package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"

	"todoku/embedded-server/fault"
)

// certLife is how long certificates hold, from a day before now.
const certLife = 90 * 24 * time.Hour

// authority is the sandbox's certificate authority. Its key lives only in this value. Name constraints (RFC 5280
// section 4.2.1.10) limit it to what can never be somebody else's: a person may trust it without risk.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	pem  string
}

func newAuthority(now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber:                serial(),
		Subject:                     pkix.Name{CommonName: "todoku sandbox CA", Organization: []string{"todoku sandbox, this run only"}},
		NotBefore:                   now.Add(-24 * time.Hour),
		NotAfter:                    now.Add(certLife),
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"test", "localhost"},
		PermittedIPRanges:           []*net.IPNet{ipNet("127.0.0.0/8"), ipNet("::1/128")},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{key: key, cert: cert, pem: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}, nil
}

// leaf makes a host's TLS configuration. The certificate also names this machine, so that other programs that reach
// the same listener by its loopback port can verify it.
func (a *authority) leaf(names []string) (*tls.Config, error) {
	return a.issue(names, a.cert.NotBefore, a.cert.NotAfter)
}

// flawed makes what a fault rule shows for a host; nil if the rule names no kind that exists.
func (a *authority) flawed(name string, kind fault.Certificate) (*tls.Config, error) {
	switch kind {
	case fault.Expired:
		return a.issue([]string{name}, a.cert.NotBefore.Add(-certLife), a.cert.NotBefore)
	case fault.OtherName:
		return a.leaf([]string{"other.test"})
	case fault.SelfSigned:
		stranger, err := newAuthority(a.cert.NotBefore.Add(24 * time.Hour))
		if err != nil {
			return nil, err
		}
		return stranger.leaf([]string{name})
	}
	return nil, nil
}

func (a *authority) issue(names []string, from, to time.Time) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: serial(),
		Subject:      pkix.Name{CommonName: names[0]},
		NotBefore:    from,
		NotAfter:     to,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     append(append([]string{}, names...), "localhost"),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", names[0], err)
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}},
	}, nil
}

// roots is a pool that trusts only this authority.
func (a *authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

func serial() *big.Int {
	var b [16]byte
	rand.Read(b[:])
	b[0] &= 0x7f // positive, at most 20 octets (RFC 5280 section 4.1.2.2)
	return new(big.Int).SetBytes(b[:])
}

func ipNet(s string) *net.IPNet {
	_, n, err := net.ParseCIDR(s)
	if err != nil {
		panic(err) // a constant of this file
	}
	return n
}

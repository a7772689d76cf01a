package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certLife is how long the certificates of one test hold; no test runs this long.
const certLife = 24 * time.Hour

// authority is a certificate authority and one server certificate for localhost and 127.0.0.1, as PEM files.
type authority struct {
	caFile, certFile, keyFile string
	roots                     *x509.CertPool
}

// newAuthority makes a CA, signs one leaf, also for names, and writes ca.pem, cert.pem and key.pem to dir.
func newAuthority(dir string, names ...string) (*authority, error) {
	return authorityUntil(dir, time.Now().Add(certLife), names...)
}

// authorityUntil is newAuthority with a leaf that ends then.
func authorityUntil(dir string, until time.Time, names ...string) (*authority, error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	ca := template("todoku interop CA")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	leaf := template("localhost")
	leaf.NotBefore, leaf.NotAfter = until.Add(-2*certLife), until
	leaf.DNSNames, leaf.IPAddresses = append([]string{"localhost"}, names...), []net.IP{net.IPv4(127, 0, 0, 1)}
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, ca, &key.PublicKey, caKey)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	a := &authority{
		caFile: filepath.Join(dir, "ca.pem"), certFile: filepath.Join(dir, "cert.pem"), keyFile: filepath.Join(dir, "key.pem"),
		roots: x509.NewCertPool(),
	}
	cert, err := x509.ParseCertificate(caDER)
	if err != nil {
		return nil, err
	}
	a.roots.AddCert(cert)
	return a, a.write(caDER, leafDER, keyDER)
}

func template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(certLife),
	}
}

func (a *authority) write(ca, leaf, key []byte) error {
	for _, f := range []struct {
		name, kind string
		der        []byte
		mode       os.FileMode
	}{
		{a.caFile, "CERTIFICATE", ca, 0o644},
		{a.certFile, "CERTIFICATE", leaf, 0o644},
		{a.keyFile, "PRIVATE KEY", key, 0o600},
	} {
		block := pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der})
		if err := os.WriteFile(f.name, block, f.mode); err != nil {
			return err
		}
	}
	return nil
}

package explain

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"todoku/protocols/wire"
)

// authority makes certificates of one key.
type authority struct {
	*testing.T
	key    *ecdsa.PrivateKey
	serial int64
}

func (a *authority) sign(parent *x509.Certificate, edits ...func(*x509.Certificate)) *x509.Certificate {
	a.Helper()
	a.serial++
	c := &x509.Certificate{SerialNumber: big.NewInt(a.serial), Subject: pkix.Name{CommonName: fmt.Sprint("certificate ", a.serial)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true}
	for _, edit := range edits {
		edit(c)
	}
	if parent == nil {
		parent = c
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &a.key.PublicKey, a.key)
	if err != nil {
		a.Fatal(err)
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		a.Fatal(err)
	}
	return signed
}

func signs(c *x509.Certificate) { c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign }

func serves(c *x509.Certificate) {
	c.DNSNames, c.ExtKeyUsage = []string{"mail.fuji.test"}, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
}

func critical(id ...int) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		value := []byte{0x05, 0x00}
		if id[0] == 2 { // policyConstraints (RFC 5280 section 4.2.1.11): an explicit policy is required at once
			value = []byte{0x30, 0x03, 0x80, 0x01, 0x00}
		}
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier(id), Critical: true, Value: value}}
	}
}

// verified gives what crypto/x509 says of real certificates, each wrong in one way.
func verified(t *testing.T) map[string]error {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{T: t, key: key}
	root := a.sign(nil, signs)
	short := a.sign(nil, signs, func(c *x509.Certificate) { c.MaxPathLenZero = true })
	below := map[string]*x509.Certificate{
		"name-constraint": a.sign(root, signs, func(c *x509.Certificate) { c.PermittedDNSDomains = []string{"sakura.test"} }),
		"path-length":     a.sign(short, signs), "not-authority": a.sign(root, serves), "no-chain": a.sign(root, signs, critical(2, 5, 29, 36)),
	}
	all := map[string]error{}
	check := func(name string, leaf, between *x509.Certificate) {
		o := x509.VerifyOptions{DNSName: "mail.fuji.test", Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool()}
		o.Roots.AddCert(root)
		o.Roots.AddCert(short)
		if between != nil {
			o.Intermediates.AddCert(between)
		}
		_, all[name] = leaf.Verify(o)
	}
	check("sound", a.sign(root, serves), nil)
	for name, between := range below {
		check(name, a.sign(between, serves), between)
	}
	check("usage", a.sign(root, serves, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), nil)
	check("critical", a.sign(root, serves, critical(1, 2, 3, 4)), nil)
	weak := *a.sign(root, serves)
	weak.SignatureAlgorithm = x509.ECDSAWithSHA1 // no library signs so any more
	check("algorithm", &weak, nil)
	if all["sound"] != nil {
		t.Fatal(all["sound"])
	}
	return all
}

// throughTheWire is the error that a handshake ends with, as package wire sorts it.
func throughTheWire(err error) error {
	code := wire.CodeTLSCertificate
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		code = wire.CodeTLSAuthority
	}
	return &wire.Error{Code: code, Proto: "imap", Err: &tls.CertificateVerificationError{Err: err}}
}

// withoutRoots has a process of its own verify a certificate where the system's roots cannot be read.
const withoutRoots = "TODOKU_TEST_WITHOUT_ROOTS"

func TestCertificatesWithoutRoots(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux takes its roots from files")
	}
	if os.Getenv(withoutRoots) != "" {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		_, err = (&authority{T: t, key: key}).sign(nil, serves).Verify(x509.VerifyOptions{})
		if f := Find(throughTheWire(err)); f.Code != "tls.certificate.no-roots" {
			t.Errorf("%s: %v", f.Code, err)
		}
		return
	}
	dir := t.TempDir()
	again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCertificatesWithoutRoots$")
	again.Env = append(os.Environ(), withoutRoots+"=1", "SSL_CERT_FILE="+dir, "SSL_CERT_DIR="+dir)
	if said, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

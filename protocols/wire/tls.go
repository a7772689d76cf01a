package wire

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"todoku/internal/trace"
)

// HandshakeTime bounds a TLS handshake.
const HandshakeTime = 30 * time.Second

// StartTLS does the handshake after the server's go-ahead was read. Octets that arrived before the handshake are
// refused (RFC 3207 section 4.2, RFC 9051 section 11.1): an attacker may have put them there. Forgetting what the
// server said before is the caller's work.
func (c *Conn) StartTLS(ctx context.Context) error {
	if n := c.Buffered(); n > 0 {
		return c.fail(c.stepError(CodeTLSInjected, nil))
	}
	return c.handshake(ctx)
}

func (c *Conn) handshake(ctx context.Context) error {
	start := c.opts.TLS != TLSImplicit
	c.setStep(Step{Name: "TLS handshake", Want: "the server's half of the handshake", Bytes: defaultBytes, Time: orTime(c.opts.TLSTime, HandshakeTime)})
	began := time.Now()
	c.raw.listen()
	conn := tls.Client(c.raw, c.tlsConfig())
	c.raw.SetDeadline(began.Add(orTime(c.opts.TLSTime, HandshakeTime)))
	err := conn.HandshakeContext(ctx)
	c.raw.SetDeadline(time.Time{})
	e := trace.Event{Kind: trace.KindTLS, Proto: "tls", Name: c.opts.Proto, Elapsed: time.Since(began)}
	if err != nil {
		code := tlsCode(err, c.opts.Net.TLSRoots, c.raw.heard(), start)
		e.Error, e.TLS = err.Error(), failedFacts(err, c.opts.Host)
		c.rec.Emit(e)
		fault := c.stepError(code, err)
		fault.Bytes, fault.Got = c.raw.count(), plainGot(c.raw.heard())
		return c.fail(fault)
	}
	facts := tlsFacts(conn.ConnectionState())
	if c.opts.AnyCertificate {
		err := c.verify(conn.ConnectionState())
		facts.Verified = err == nil
		if err != nil {
			facts.Problem = tlsCode(err, c.opts.Net.TLSRoots, nil, start)
		}
	}
	e.TLS = facts
	c.rec.Emit(e)
	if conn.ConnectionState().Version >= tls.VersionTLS13 {
		c.rec.Handshake(tls13Trips)
	} else {
		c.rec.Handshake(tls12Trips)
	}
	c.raw.deafen()
	c.rec.Swap(conn)
	c.facts.Store(facts)
	return nil
}

func (c *Conn) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: bareHost(c.opts.Host),
		RootCAs:    c.opts.Net.TLSRoots,
		Time:       c.opts.Net.Now,

		InsecureSkipVerify: c.opts.AnyCertificate,
	}
}

// verify says what is wrong with a certificate that is taken all the same.
func (c *Conn) verify(s tls.ConnectionState) error {
	o := x509.VerifyOptions{Roots: c.opts.Net.TLSRoots, DNSName: bareHost(c.opts.Host), CurrentTime: c.opts.Net.Now(), Intermediates: x509.NewCertPool()}
	for _, cert := range s.PeerCertificates[1:] {
		o.Intermediates.AddCert(cert)
	}
	_, err := s.PeerCertificates[0].Verify(o)
	return err
}

// tlsCode classifies a failed handshake, in which the certificate was held to roots. heard is the beginning of what the
// peer sent.
func tlsCode(err error, roots *x509.CertPool, heard []byte, start bool) string {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var unread x509.SystemRootsError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, context.Canceled):
		return CodeCancelled
	case errors.As(err, &name):
		return CodeTLSName
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return CodeTLSExpired
	case errors.As(err, &unread), errors.As(err, &unknown) && empty(roots):
		return CodeTLSRoots
	case errors.As(err, &unknown):
		return CodeTLSAuthority
	case errors.As(err, &invalid):
		return CodeTLSCertificate
	case errors.As(err, &record) && start:
		return CodeTLSInjected
	case errors.As(err, &record):
		return CodeTLSPlainPeer
	case isTimeout(err) || errors.Is(err, context.DeadlineExceeded):
		if len(heard) == 0 {
			return CodeSilent
		}
		return CodeSlow
	case strings.Contains(err.Error(), "protocol version"):
		return CodeTLSVersion
	case isEOF(err), errors.Is(err, net.ErrClosed), isReset(err):
		return CodeTLSClosed
	}
	return CodeTLSHandshake
}

// empty reports that a pool, or the system's where it is nil, holds no authority, as in a container without certificates.
func empty(roots *x509.CertPool) bool {
	if roots == nil {
		roots, _ = x509.SystemCertPool() // a new verification says why it cannot be read
	}
	return roots == nil || roots.Equal(x509.NewCertPool())
}

// plainGot shows what the peer said only if it was no TLS record.
func plainGot(heard []byte) string {
	if len(heard) == 0 || heard[0] >= 0x14 && heard[0] <= 0x18 {
		return ""
	}
	return trace.Visible(heard)
}

func tlsFacts(s tls.ConnectionState) *trace.TLSFacts {
	f := &trace.TLSFacts{
		Version: tls.VersionName(s.Version), Cipher: tls.CipherSuiteName(s.CipherSuite),
		ALPN: s.NegotiatedProtocol, SNI: s.ServerName, Verified: len(s.VerifiedChains) > 0, Chain: chainFacts(s.PeerCertificates),
	}
	if s.CurveID != 0 {
		f.Curve = s.CurveID.String()
	}
	return f
}

// failedFacts are those of a handshake that failed: the chain that was presented, if one was.
func failedFacts(err error, host string) *trace.TLSFacts {
	var verify *tls.CertificateVerificationError
	if !errors.As(err, &verify) {
		return nil
	}
	return &trace.TLSFacts{SNI: host, Chain: chainFacts(verify.UnverifiedCertificates)}
}

// Bounds of what is recorded of a chain.
const (
	maxChain = 10
	maxDER   = 16 << 10 // octets of a certificate; those in use have one or two thousand
)

func chainFacts(certs []*x509.Certificate) []trace.CertFacts {
	var chain []trace.CertFacts
	for _, c := range certs[:min(len(certs), maxChain)] {
		sum := sha256.Sum256(c.Raw)
		f := trace.CertFacts{
			Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: c.DNSNames[:min(len(c.DNSNames), 100)],
			NotBefore: c.NotBefore, NotAfter: c.NotAfter, SHA256: hex.EncodeToString(sum[:]),
		}
		if len(c.Raw) <= maxDER {
			f.DER = c.Raw
		}
		for _, ip := range c.IPAddresses {
			f.Names = append(f.Names[:len(f.Names):len(f.Names)], ip.String())
		}
		chain = append(chain, f)
	}
	return chain
}

// sniffConn remembers the beginning of what the peer says during a handshake, to tell plain text from TLS.
type sniffConn struct {
	net.Conn
	mu    sync.Mutex
	on    bool
	head  []byte
	total int64
}

func (s *sniffConn) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.on {
		s.head = append(s.head, p[:min(n, gotLen-len(s.head))]...)
		s.total += int64(n)
	}
	return n, err
}

func (s *sniffConn) listen() { s.set(true) }
func (s *sniffConn) deafen() { s.set(false) }

func (s *sniffConn) set(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.on, s.head, s.total = on, nil, 0
}

func (s *sniffConn) heard() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head
}

func (s *sniffConn) count() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

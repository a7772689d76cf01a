// Package wire holds the world that protocols run in and the one connection they all stand on: deadlines on every
// read and write, a budget for every reply, closing on cancel, TLS and STARTTLS done here, everything observed.
package wire

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"time"
)

// Net is everything that differs between the Internet and the sandbox. Code that takes a Net runs unchanged on
// either. A zero field means the system's own.
type Net struct {
	// Dial connects to a literal address, "192.0.2.10:993"; network is "tcp" or "udp".
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Resolve gives the addresses of a host name, in the order to try them.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// Resolver is the address ("192.0.2.1:53") of the recursive resolver that lookups ask; empty means those of
	// the operating system.
	Resolver string
	// RootHints are the addresses of the DNS root servers; nil means the Internet's.
	RootHints []RootHint
	// TrustAnchor holds the root's DS records in zone-file form; empty means the Internet's.
	TrustAnchor []string
	// TLSRoots verifies certificates; nil means the system's roots.
	TLSRoots *x509.CertPool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Owns reports whether the person may probe and change the host freely. nil means no host.
	Owns func(host string) bool
}

// RootHint is one DNS root server.
type RootHint struct {
	Name  string       `json:"name"`
	Addrs []netip.Addr `json:"addresses"`
}

// TLSMode is how a connection is protected (RFC 8314). There is no opportunistic mode: a mode that cannot be had
// is an error.
type TLSMode string

const (
	TLSImplicit TLSMode = "implicit" // TLS from the first octet: ports 993, 995, 465
	TLSStart    TLSMode = "starttls" // STARTTLS (IMAP, SMTP) or STLS (POP3) before anything else
	TLSNone     TLSMode = "none"     // plain text; passwords are then sent to loopback only
)

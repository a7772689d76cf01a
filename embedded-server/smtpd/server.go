// Package smtpd is the sandbox's SMTP engine (RFC 5321): the port-25 side that receives mail for its own domains and
// the submission side (RFC 6409) that takes mail from users who log in. It asks the fault rules at every stage.
package smtpd

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// Limits of RFC 5321 section 4.5.3 and our own.
const (
	defaultMaxSize = 32 << 20         // octets of a message, announced by SIZE (RFC 1870)
	maxRecipients  = 100              // section 4.5.3.1.10
	maxCommandLine = 2048             // section 4.5.3.1.4 says 512; extensions add parameters
	maxTextLine    = 64 << 10         // section 4.5.3.1.6 says at least 1000
	maxPath        = 254              // section 4.5.3.1.3, without angle brackets
	maxHops        = 50               // Received fields, section 6.3
	maxErrors      = 20               // refused commands before 421
	defaultIdle    = 5 * time.Minute  // section 4.5.3.2.7
	defaultTotal   = 60 * time.Minute // one connection, whatever it does
)

// Role is what a server is for.
type Role int

const (
	MX         Role = iota // port 25: mail for our domains, from anybody
	Submission             // ports 587 and 465: mail from our users, to anybody
)

// Backend is what stands behind the protocol: users, recipients and the place where messages are kept.
type Backend interface {
	// Login gives the address and password of a login name, and whether there is such a user.
	Login(name string) (address, password string, ok bool)
	// MaySend reports whether the user, by address, may use the sender; "" is that of reports and notifications.
	MaySend(user, sender string) bool
	// Recipient says what the address is to this host.
	Recipient(address string) Destination
	// Accept keeps the message; it returns nil only when that is durable. A *Reply error is sent as it is.
	Accept(ctx context.Context, e *Envelope) error
}

// Destination is what a recipient address is to a host.
type Destination int

const (
	Local   Destination = iota // a mailbox here
	Unknown                    // our domain, but no such mailbox
	Full                       // a mailbox here that has no room
	Remote                     // another domain
)

// Envelope is an accepted message: RFC 5321 envelope and content.
type Envelope struct {
	ID       string // queue id, as the final reply names it
	User     string // address of who logged in; empty on the port-25 side
	From     string // reverse-path without angle brackets; empty for a bounce
	To       []Recipient
	Return   string // RET of RFC 3461: "FULL", "HDRS" or ""
	EnvID    string // ENVID of RFC 3461, decoded
	UTF8     bool   // SMTPUTF8 was asked for
	Received time.Time
	Data     []byte // content with our Received field in front; ends with CRLF
}

// Recipient is one accepted forward-path.
type Recipient struct {
	Addr   string
	Notify string // NOTIFY of RFC 3461, upper case: "NEVER", "SUCCESS,FAILURE" or ""
	ORcpt  string // ORCPT of RFC 3461 as given: "rfc822;bob@fuji.test"
}

// Config says how a server behaves. Hostname and Mail are needed; nil or zero elsewhere means none or the default.
type Config struct {
	Hostname string
	Role     Role
	TLS      *tls.Config // nil: STARTTLS is not offered
	Mail     Backend
	Span     *trace.Span // receives the server side's events
	Faults   *fault.Set
	// Flawed makes what a fault rule shows instead of TLS; nil means that no rule can.
	Flawed   func(fault.Certificate) (*tls.Config, error)
	Now      func() time.Time
	MaxSize  int64
	MaxConns int
	Idle     time.Duration // how long a client may be silent
	Total    time.Duration // how long one connection may last
	// PeerAddr gives the address that a peer has in the small Internet, for the Received field and the fault rules; nil
	// means its own.
	PeerAddr func(net.Addr) string
	LoggedIn func(user string) // is told of every login; nil: nobody is
}

// Server answers on any number of listeners.
type Server struct {
	cfg    Config
	server *dialogue.Server
}

// New makes a server that does not listen yet.
func New(cfg Config) *Server {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxSize == 0 {
		cfg.MaxSize = defaultMaxSize
	}
	if cfg.Idle == 0 {
		cfg.Idle = defaultIdle
	}
	if cfg.Total == 0 {
		cfg.Total = defaultTotal
	}
	s := &Server{cfg: cfg}
	port, tlsPort := 587, 465 // RFC 6409, RFC 8314
	if cfg.Role == MX {
		port, tlsPort = 25, 25
	}
	s.server = dialogue.New(dialogue.Config{
		Hostname: cfg.Hostname, Proto: "smtp", Port: port, TLSPort: tlsPort, TLS: cfg.TLS, Span: cfg.Span, Faults: cfg.Faults,
		Flawed: cfg.Flawed, MaxConns: cfg.MaxConns, Busy: "421 4.3.2 " + cfg.Hostname + " Too many connections, try again later",
		Challenge: "334 ", Idle: cfg.Idle, Total: cfg.Total, PeerAddr: cfg.PeerAddr, LoggedIn: cfg.LoggedIn,
	}, s.talk)
	return s
}

// Serve accepts connections until Close or until the listener fails. With implicitTLS the handshake comes before the
// greeting (RFC 8314).
func (s *Server) Serve(l net.Listener, implicitTLS bool) error { return s.server.Serve(l, implicitTLS) }

// Close stops listening, ends every connection and waits until each has gone. What was accepted stays accepted.
func (s *Server) Close() error { return s.server.Close() }

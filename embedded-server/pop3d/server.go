// Package pop3d is the sandbox's POP3 engine (RFC 1939, 2449, 2595, 3206, 5034): one exclusive session a maildrop,
// which is a snapshot of INBOX from the login on. It asks the fault rules at every stage.
package pop3d

import (
	"crypto/tls"
	"net"
	"sync"
	"time"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
	"todoku/embedded-server/maildrop"
	"todoku/internal/trace"
)

// Limits of RFC 1939 and our own.
const (
	idleTimeout = 10 * time.Minute // section 3: at least 10 minutes
	maxLine     = 1024             // RFC 2449 section 4 says 255; long passwords and initial responses are longer
	maxErrors   = 20               // refused commands and logins before we close
)

// Config says how a server behaves. Store, Hostname and Domain are needed.
type Config struct {
	Store    maildrop.Mailboxes
	Hostname string
	Domain   string      // whose users may log in
	TLS      *tls.Config // nil: STLS is not offered
	// RequireTLS refuses passwords in the clear even from this machine.
	RequireTLS bool
	Span       *trace.Span // receives the server side's events
	Faults     *fault.Set
	// Flawed makes what a fault rule shows instead of TLS; nil means that no rule can.
	Flawed   func(fault.Certificate) (*tls.Config, error)
	LoggedIn func(user string) // is told of every login; nil: nobody is
	MaxConns int
}

// Server answers on any number of listeners.
type Server struct {
	cfg    Config
	server *dialogue.Server

	mu    sync.Mutex
	inUse map[string]bool // addresses whose maildrop is locked
}

// New makes a server that does not listen yet.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg, inUse: map[string]bool{}}
	s.server = dialogue.New(dialogue.Config{
		Hostname: cfg.Hostname, Proto: "pop3", Port: 110, TLSPort: 995, TLS: cfg.TLS, Span: cfg.Span, Faults: cfg.Faults,
		MaxConns: cfg.MaxConns, Busy: "-ERR [SYS/TEMP] too many connections: try again later", Idle: idleTimeout,
		LoggedIn: cfg.LoggedIn, Flawed: cfg.Flawed,
	}, s.talk)
	return s
}

// Serve accepts connections until Close or until the listener fails.
func (s *Server) Serve(l net.Listener, implicitTLS bool) error { return s.server.Serve(l, implicitTLS) }

// Close ends every connection; nothing that was marked deleted in them is deleted.
func (s *Server) Close() error { return s.server.Close() }

func (s *Server) find(login string) (address, password string, ok bool) {
	return maildrop.Login(s.cfg.Store, login, s.cfg.Domain)
}

// lock takes the exclusive access of RFC 1939 section 4; false means that another session has it.
func (s *Server) lock(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inUse[address] {
		return false
	}
	s.inUse[address] = true
	return true
}

func (s *Server) unlock(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.inUse, address)
}

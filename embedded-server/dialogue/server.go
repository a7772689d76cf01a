// Package dialogue is the server's half of a line protocol, shared by the SMTP, POP3 and IMAP engines: it accepts
// connections, records them, bounds lines and waiting, asks the fault rules, logs in by SASL, and turns to TLS.
package dialogue

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// defaultMaxConns is how many connections one server holds at once.
const defaultMaxConns = 200

// Config says how a server behaves. Hostname and Proto are needed.
type Config struct {
	Hostname string
	Proto    string      // as trace.ConnOptions wants it: "smtp", "pop3", "imap"
	Port     int         // the protocol's own port, for the transcript
	TLSPort  int         // and the one with implicit TLS
	TLS      *tls.Config // nil: no TLS
	Span     *trace.Span // receives the server side's events
	Faults   *fault.Set
	// Flawed makes what a fault rule shows instead of TLS; nil means that no rule can.
	Flawed func(fault.Certificate) (*tls.Config, error)
	// PeerAddr gives the address by which the fault rules know a peer; nil means its own.
	PeerAddr  func(net.Addr) string
	LoggedIn  func(user string) // is told of every login; nil: nobody is
	MaxConns  int               // 0 means 200
	Busy      string            // the line for a connection too many
	Challenge string            // what stands before a SASL challenge; "" means "+ "
	Idle      time.Duration     // how long a client may be silent, until SetIdle says otherwise
	Total     time.Duration     // how long a connection may last whatever it does; 0: for ever
}

// Server runs one dialogue a connection on any number of listeners.
type Server struct {
	cfg    Config
	talk   func(*Conn)
	ctx    context.Context
	cancel context.CancelFunc
	slots  chan struct{}
	wg     sync.WaitGroup

	mu        sync.Mutex
	closed    bool
	listeners map[net.Listener]struct{}
	conns     map[net.Conn]struct{}
}

// ErrClosed is what Serve returns after Close.
var ErrClosed = errors.New("the server is closed")

// New makes a server that does not listen yet. talk holds the dialogue of one connection; what it left unsent is
// sent when it returns, and the connection is closed.
func New(cfg Config, talk func(*Conn)) *Server {
	if cfg.MaxConns == 0 {
		cfg.MaxConns = defaultMaxConns
	}
	if cfg.Challenge == "" {
		cfg.Challenge = "+ "
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Server{
		cfg: cfg, talk: talk, ctx: ctx, cancel: cancel, slots: make(chan struct{}, cfg.MaxConns),
		listeners: map[net.Listener]struct{}{}, conns: map[net.Conn]struct{}{},
	}
}

// Serve accepts connections until Close, then returns ErrClosed, or until the listener fails. With implicitTLS the
// handshake comes before the greeting (RFC 8314). The listener is closed in the end.
func (s *Server) Serve(l net.Listener, implicitTLS bool) error {
	defer l.Close()
	if implicitTLS && s.cfg.TLS == nil {
		return errors.New("implicit TLS needs a certificate: set TLS")
	}
	if !s.add(l) {
		return ErrClosed
	}
	for {
		raw, err := l.Accept()
		if err != nil {
			if s.ctx.Err() != nil {
				return ErrClosed
			}
			return err
		}
		if !s.track(raw) {
			raw.Close()
			return ErrClosed
		}
		go s.handle(raw, implicitTLS)
	}
}

func (s *Server) add(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.listeners[l] = struct{}{}
	}
	return !s.closed
}

func (s *Server) track(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = struct{}{}
	s.wg.Add(1)
	return true
}

func (s *Server) handle(raw net.Conn, implicitTLS bool) {
	defer s.wg.Done()
	c := newConn(s, raw, implicitTLS)
	defer func() {
		c.Close()
		s.mu.Lock()
		delete(s.conns, raw)
		s.mu.Unlock()
	}()
	defer s.cfg.Span.Recovered("a " + s.cfg.Proto + " connection")
	if implicitTLS && c.handshake() != nil {
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		c.WriteLine(s.cfg.Busy)
		return
	}
	s.talk(c)
}

// Close stops listening, ends every connection and waits until each has gone.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	s.cancel()
	for l := range s.listeners {
		l.Close()
	}
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

// Package imapd is the sandbox's IMAP server (RFC 3501, RFC 9051). Everything until the login is our own: greeting,
// CAPABILITY, ID, STARTTLS, LOGIN and AUTHENTICATE, so that the recorder and the fault rules see all of it. Then
// go-imap's imapserver gets the connection, over our Session, which gives each connection its own sequence numbers.
package imapd

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"

	"todoku/embedded-server/dialogue"
	"todoku/embedded-server/fault"
	"todoku/embedded-server/maildrop"
	"todoku/internal/trace"
)

// Limits of RFC 9051 and our own.
const (
	idleTimeout  = 35 * time.Minute // section 5.4: at least 30 minutes
	loginTimeout = time.Minute
	maxAppend    = 32 << 20 // octets, announced by APPENDLIMIT (RFC 7889)
	maxLiteral   = 4096     // octets of a literal in any other command
	maxLine      = 8192     // before the login; RFC 7162 section 4
	maxErrors    = 10       // refused commands before the login
)

// Config says how a server behaves. Store, Hostname and Domain are needed.
type Config struct {
	Store    maildrop.Mailboxes
	Hostname string
	Domain   string      // whose users may log in
	TLS      *tls.Config // nil: STARTTLS is not offered
	// RequireTLS says LOGINDISABLED in the clear even to this machine.
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
	front  *dialogue.Server
	back   *imapserver.Server
	door   *handoff
	served chan struct{}
}

// New makes a server that does not listen yet. Close must be called even if Serve never was.
func New(cfg Config) *Server {
	s := &Server{cfg: cfg, door: &handoff{conns: make(chan net.Conn), closed: make(chan struct{})}, served: make(chan struct{})}
	s.front = dialogue.New(dialogue.Config{
		Hostname: cfg.Hostname, Proto: "imap", Port: 143, TLSPort: 993, TLS: cfg.TLS, Span: cfg.Span, Faults: cfg.Faults,
		MaxConns: cfg.MaxConns, Busy: "* BYE [UNAVAILABLE] too many connections: try again later", Idle: loginTimeout,
		LoggedIn: cfg.LoggedIn, Flawed: cfg.Flawed,
	}, s.talk)
	s.back = imapserver.New(&imapserver.Options{
		NewSession: s.newSession, Caps: libraryCaps(), Logger: notes{cfg.Span},
		InsecureAuth: true, // the login is over when it gets the connection
	})
	go func() {
		defer close(s.served)
		s.back.Serve(s.door)
	}()
	return s
}

// Serve accepts connections until Close or until the listener fails.
func (s *Server) Serve(l net.Listener, implicitTLS bool) error { return s.front.Serve(l, implicitTLS) }

// Close ends every connection and waits until each has gone.
func (s *Server) Close() error {
	err := s.front.Close()
	s.door.Close()
	<-s.served
	return err
}

// libraryCaps are the extensions that imapserver answers for and our Session supports.
func libraryCaps() imap.CapSet {
	set := imap.CapSet{}
	for _, c := range []imap.Cap{
		imap.CapIMAP4rev1, imap.CapIMAP4rev2, imap.CapNamespace, imap.CapUIDPlus, imap.CapESearch, imap.CapSearchRes,
		imap.CapListExtended, imap.CapListStatus, imap.CapMove, imap.CapStatusSize, imap.CapBinary, imap.CapChildren,
		imap.CapSpecialUse, imap.CapCreateSpecialUse, imap.CapLiteralPlus,
	} {
		set[c] = struct{}{}
	}
	return set
}

// loggedCaps is what we announce after the login.
const loggedCaps = "IMAP4rev1 IMAP4rev2 SASL-IR LITERAL+ ID ENABLE IDLE UNSELECT UTF8=ACCEPT NAMESPACE UIDPLUS ESEARCH SEARCHRES " +
	"LIST-EXTENDED LIST-STATUS MOVE STATUS=SIZE BINARY CHILDREN SPECIAL-USE CREATE-SPECIAL-USE APPENDLIMIT=33554432"

func (s *Server) find(login string) (address, password string, ok bool) {
	return maildrop.Login(s.cfg.Store, login, s.cfg.Domain)
}

// handoff is the listener through which imapserver gets connections that have logged in.
type handoff struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (h *handoff) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

func (h *handoff) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

func (h *handoff) Addr() net.Addr { return &net.TCPAddr{} }

// notes puts what imapserver logs into the transcript.
type notes struct{ span *trace.Span }

func (n notes) Printf(format string, args ...any) {
	n.span.Note("imapserver: " + strings.TrimSpace(fmt.Sprintf(format, args...)))
}

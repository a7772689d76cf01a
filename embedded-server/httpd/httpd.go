// Package httpd is the sandbox's HTTPS host: MTA-STS policies (RFC 8461) and mail settings for clients that look for
// them (autoconfig), each under the host names where they are looked for.
package httpd

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// Limits of the server.
const (
	headerLimit = 16 << 10
	readTimeout = 10 * time.Second
	idleTimeout = 30 * time.Second
)

// Page is what a path gives.
type Page struct {
	Type string // Content-Type
	Body string
}

// Config says what is served. Pages is by host name, then by path.
type Config struct {
	Hostname string // its own name, for events and fault rules
	Pages    map[string]map[string]Page
	TLS      *tls.Config
	Span     *trace.Span
	Faults   *fault.Set
	// Flawed makes what a fault rule shows instead of TLS to who wants a host name; nil means that no rule can.
	Flawed func(host string, kind fault.Certificate) (*tls.Config, error)
}

// Server answers on one listener.
type Server struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc
	http   *http.Server
}

// New makes a server that does not listen yet.
func New(cfg Config) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{cfg: cfg, ctx: ctx, cancel: cancel}
	s.http = &http.Server{Handler: s, MaxHeaderBytes: headerLimit, ReadTimeout: readTimeout, WriteTimeout: readTimeout,
		IdleTimeout: idleTimeout, ErrorLog: log.New(io.Discard, "", 0)}
	return s
}

// Serve accepts connections until Close; after it, it returns at once.
func (s *Server) Serve(l net.Listener) error {
	err := s.http.Serve(listener{l, s})
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close ends every connection, and Serve.
func (s *Server) Close() error {
	s.cancel()
	return s.http.Close()
}

// listener gives connections that do their TLS handshake when they are first read, and are recorded inside it.
type listener struct {
	net.Listener
	srv *Server
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	h := &conn{raw: c, srv: l.srv}
	h.Conn = trace.NewConn(c, trace.ConnOptions{Span: l.srv.cfg.Span, Side: trace.SideServer, Proto: "http", Addr: l.srv.cfg.Hostname})
	return h, nil
}

type conn struct {
	*trace.Conn
	raw  net.Conn
	srv  *Server
	once sync.Once
	err  error
}

func (c *conn) Read(p []byte) (int, error) {
	c.once.Do(c.handshake)
	if c.err != nil {
		return 0, c.err
	}
	return c.Conn.Read(p)
}

// Write refuses what would otherwise follow a failed handshake in the clear.
func (c *conn) Write(p []byte) (int, error) {
	c.once.Do(c.handshake)
	if c.err != nil {
		return 0, c.err
	}
	return c.Conn.Write(p)
}

func (c *conn) handshake() {
	ctx, cancel := context.WithTimeout(c.srv.ctx, readTimeout)
	defer cancel()
	began := time.Now()
	a := c.srv.cfg.Faults.At(c.srv.cfg.Hostname, fault.TLS, fault.Facts{Proto: "http", Peer: c.raw.RemoteAddr().String()})
	e := trace.Event{Kind: trace.KindTLS}
	if a != nil {
		e.Rule = a.Rule
	}
	if c.err = c.faulted(ctx, a); c.err != nil {
		e.Error = c.err.Error()
		c.Emit(e)
		return
	}
	t := tls.Server(c.raw, c.certified(a))
	c.err = t.HandshakeContext(ctx)
	e.Elapsed = time.Since(began)
	if c.err != nil {
		e.Error = c.err.Error()
		c.Emit(e)
		return
	}
	state := t.ConnectionState()
	e.TLS = &trace.TLSFacts{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite),
		Curve: state.CurveID.String(), SNI: state.ServerName}
	c.Emit(e)
	c.Swap(t)
}

// ServeHTTP answers GET and HEAD.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.faulted(w, r) {
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	page, ok := s.page(r)
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", page.Type)
	w.Header().Set("Content-Length", strconv.Itoa(len(page.Body)))
	io.WriteString(w, page.Body)
}

// page is what a request is for.
func (s *Server) page(r *http.Request) (Page, bool) {
	p, ok := s.cfg.Pages[hostOf(r)][r.URL.Path]
	return p, ok
}

// hostOf is the name that a request is for.
func hostOf(r *http.Request) string {
	host := strings.ToLower(r.Host)
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

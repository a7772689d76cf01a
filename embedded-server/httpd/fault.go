package httpd

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// padding is repeated behind a page: nothing that a reader could use.
const padding = "# padding\n"

// faulted does what a rule wants before the handshake; an error means that there is none.
func (c *conn) faulted(ctx context.Context, a *fault.Action) error {
	if a == nil {
		return nil
	}
	if err := a.Wait(ctx); err != nil {
		return err
	}
	if a.GoesOn() {
		return nil
	}
	if a.Silent {
		<-ctx.Done()
	}
	if a.Garbage > 0 {
		c.raw.Write(fault.Noise(a.Garbage))
	}
	return errors.New("no handshake")
}

// certified is the configuration of the handshake: the server's own, unless a rule wants another certificate.
func (c *conn) certified(a *fault.Action) *tls.Config {
	cfg := c.srv.cfg
	if a == nil || a.Certificate == "" || cfg.Flawed == nil {
		return cfg.TLS
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		return cfg.Flawed(hello.ServerName, a.Certificate)
	}}
}

// faulted does what a rule wants of a request, and reports whether it is dealt with.
func (s *Server) faulted(w http.ResponseWriter, r *http.Request) bool {
	a := s.cfg.Faults.At(s.cfg.Hostname, fault.HTTP, fault.Facts{Proto: "http", Verb: r.Method, Name: r.URL.Path, Peer: r.RemoteAddr,
		To: hostOf(r)})
	if a == nil {
		return false
	}
	s.cfg.Span.Emit(trace.Event{Kind: trace.KindNote, Side: trace.SideServer, Proto: "http", Addr: s.cfg.Hostname,
		Name: "fault at " + r.URL.Path, Rule: a.Rule})
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(a.Delay + readTimeout))
	if a.Wait(r.Context()) != nil {
		return true
	}
	switch {
	case a.Silent:
		<-r.Context().Done()
	case a.Reply == "" && a.Page == (fault.Page{}) && a.Drip == 0 && a.GoesOn():
		return false
	case a.Reply == "" && (a.Close || a.Garbage > 0):
		panic(http.ErrAbortHandler) // net/http's way to drop the connection without an answer
	default:
		s.bent(w, r, a)
	}
	return true
}

// bent sends a page as a rule wants it.
func (s *Server) bent(w http.ResponseWriter, r *http.Request, a *fault.Action) {
	page, ok := s.page(r)
	code, err := strconv.Atoi(a.Reply)
	switch {
	case err == nil:
		page.Body = a.Page.Body
	case a.Page.Body != "":
		code, page.Body = http.StatusOK, a.Page.Body
	case ok:
		code = http.StatusOK
	default:
		code = http.StatusNotFound
	}
	if page.Type == "" {
		page.Type = "text/plain; charset=utf-8"
	}
	w.Header().Set("Content-Type", page.Type)
	if a.Page.Location != "" {
		w.Header().Set("Location", a.Page.Location)
	}
	w.WriteHeader(code)
	if a.Drip > 0 {
		drip(r.Context(), w, page.Body, a.Drip)
		return
	}
	io.WriteString(w, page.Body)
	for left := a.Page.Pad; left > 0; left -= len(padding) {
		if _, err := io.WriteString(w, padding[:min(left, len(padding))]); err != nil {
			return
		}
	}
}

// drip sends a body octet by octet with a pause before each.
func drip(ctx context.Context, w http.ResponseWriter, body string, pause time.Duration) {
	out := http.NewResponseController(w)
	for i := range len(body) {
		out.SetWriteDeadline(time.Now().Add(pause + readTimeout))
		out.Flush()
		if (&fault.Action{Delay: pause}).Wait(ctx) != nil {
			return
		}
		if _, err := io.WriteString(w, body[i:i+1]); err != nil {
			return
		}
	}
}

package session

import (
	"context"
	"errors"
	"sync"
	"time"

	"todoku/diag/compare"
	"todoku/diag/explain"
	"todoku/diag/provider"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/imap"
	"todoku/protocols/pop3"
	"todoku/protocols/wire"
)

// portTime is how long a port may take on which nothing depends.
const portTime = 5 * time.Second

// standard are the ports of a protocol: TLS from the start, and STARTTLS (RFC 8314 section 3, RFC 9051, RFC 1939).
func standard(p compare.Protocol) []config.Server {
	if p == compare.POP3 {
		return []config.Server{{Port: 995, TLS: config.TLSImplicit}, {Port: 110, TLS: config.TLSStartTLS}}
	}
	return []config.Server{{Port: 993, TLS: config.TLSImplicit}, {Port: 143, TLS: config.TLSStartTLS}}
}

// standardPorts asks the standard ports of a server's host, beside the one that is configured, whether they speak the
// protocol over TLS. No login is tried.
func (s *Session) standardPorts(ctx context.Context, p compare.Protocol, span *trace.Span, configured config.Server) []compare.Port {
	ctx, cancel := context.WithTimeout(ctx, portTime)
	defer cancel()
	var work sync.WaitGroup
	told := make([]*compare.Port, len(standard(p)))
	for i, server := range standard(p) {
		if server.Port == configured.Port {
			continue
		}
		server.Host = configured.Host
		work.Go(func() {
			defer span.Recovered("asking a port")
			_, err := s.greet(ctx, p, span.Child("another port"), server)
			told[i] = portOf(server, err)
		})
	}
	work.Wait()
	var all []compare.Port
	for _, port := range told {
		if port != nil {
			all = append(all, *port)
		}
	}
	return all
}

func portOf(server config.Server, err error) *compare.Port {
	port := &compare.Port{Port: server.Port, TLS: server.TLS, State: compare.OK}
	if err == nil {
		return port
	}
	f := explain.Find(err)
	port.State, port.Error = refusedState(f), &f
	var failed *wire.Error
	if errors.As(err, &failed) && failed.Code == wire.CodeDialRefused {
		port.State = compare.Fail
	}
	return port
}

// unconfigured looks for a protocol that the account does not name: where the catalogue of providers says, and at the host
// of the other one. No login is tried: nobody said that these hosts may hear the password.
func (s *Session) unconfigured(ctx context.Context, lane *compare.Lane, a config.Account, other config.Server) compare.Offer {
	o := compare.Offer{Protocol: lane.Protocol, State: compare.NA}
	server := standard(lane.Protocol)[0]
	server.Host = other.Host
	places := []config.Server{server}
	if p, known := providerOf(a, other); known {
		if h := compare.Hinted(p, lane.Protocol); h != nil && h.Host != "" && h.Host != other.Host {
			places = []config.Server{{Host: h.Host, Port: h.Port, TLS: h.TLS}, server}
		}
	}
	for _, server := range places {
		o.Server = hostPort(server)
		if names, err := s.greet(ctx, lane.Protocol, lane.Span.Child("a server that is not configured"), server); err == nil {
			o.State, o.Capabilities = compare.OK, names
			break
		}
	}
	code := "compare.offer.unseen"
	if o.State == compare.OK {
		code = "compare.offer.found"
	}
	o.Notes = []trace.Finding{{Code: code, Level: trace.Pass, Args: map[string]string{"server": o.Server}}}
	return o
}

func providerOf(a config.Account, server config.Server) (provider.Provider, bool) {
	if p, known := provider.OfServer(server.Host); known {
		return p, true
	}
	return provider.OfDomain(mail.Address{Addr: a.Address}.Domain())
}

// greet reads a server's greeting and what it offers over TLS before a login.
func (s *Session) greet(ctx context.Context, p compare.Protocol, span *trace.Span, server config.Server) ([]string, error) {
	if p == compare.POP3 {
		return s.greetPOP3(ctx, span, server)
	}
	c, err := imap.Connect(ctx, imap.Options{Net: s.watched(span), Span: span, Host: server.Host, Port: server.Port, TLS: wire.TLSMode(server.TLS)})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if _, err := c.Greet(ctx); err != nil {
		return nil, err
	}
	if server.TLS == config.TLSStartTLS {
		if err := c.Secure(ctx); err != nil {
			return nil, err
		}
	}
	return c.Capability(ctx)
}

func (s *Session) greetPOP3(ctx context.Context, span *trace.Span, server config.Server) ([]string, error) {
	c, err := pop3.Connect(ctx, pop3.Options{Net: s.watched(span), Span: span, Host: server.Host, Port: server.Port, TLS: wire.TLSMode(server.TLS), ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer c.Abort()
	if _, err := c.Greet(ctx); err != nil {
		return nil, err
	}
	if server.TLS == config.TLSStartTLS {
		if err := c.Secure(ctx); err != nil {
			return nil, err
		}
	}
	caps, err := c.Capa(ctx)
	return caps.Names(), err
}

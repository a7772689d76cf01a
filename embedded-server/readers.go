package sandbox

import (
	"context"
	"crypto/tls"

	"todoku/embedded-server/imapd"
	"todoku/embedded-server/pop3d"
	"todoku/internal/trace"
)

// readers adds the servers by which users of a mail host read their mail.
func (s *Sandbox) readers(servers map[service]mailServer, m machine, tlsConfig *tls.Config, span *trace.Span) {
	pop := pop3d.New(pop3d.Config{Store: s.store, Hostname: m.name, Domain: m.domain, TLS: tlsConfig, Span: span,
		Faults: s.faults, Now: s.opts.Now})
	servers[pop3Service], servers[pop3sService] = pop, pop
	imap := imapd.New(imapd.Config{Store: s.store, Hostname: m.name, Domain: m.domain, TLS: tlsConfig, Span: span,
		Faults: s.faults, Now: s.opts.Now})
	servers[imapService], servers[imapsService] = imap, imap
}

// fill puts the seeded mail into a new store.
func (s *Sandbox) fill(ctx context.Context) error { return nil }

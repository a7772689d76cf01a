package sandbox

import (
	"context"
	"crypto/tls"

	"todoku/embedded-server/imapd"
	"todoku/embedded-server/pop3d"
	"todoku/embedded-server/seed"
	"todoku/internal/trace"
)

// readers adds the servers by which users of a mail host read their mail.
func (s *Sandbox) readers(servers map[service]mailServer, m machine, tlsConfig *tls.Config, span *trace.Span) {
	pop := pop3d.New(pop3d.Config{Store: s.store, Hostname: m.name, Domain: m.domain, TLS: tlsConfig, Span: span, Faults: s.faults,
		LoggedIn: s.logins.by("pop3"), Flawed: s.flawed(m)})
	servers[pop3Service], servers[pop3sService] = pop, pop
	imap := imapd.New(imapd.Config{Store: s.store, Hostname: m.name, Domain: m.domain, TLS: tlsConfig, Span: span, Faults: s.faults,
		LoggedIn: s.logins.by("imap"), Flawed: s.flawed(m)})
	servers[imapService], servers[imapsService] = imap, imap
}

// fill puts the seeded mail into mailboxes that never held any, and grows the first one to SeedMessages.
func (s *Sandbox) fill(ctx context.Context) error {
	if s.opts.SeedMessages < 0 {
		return nil
	}
	return seed.Fill(ctx, s.store, seed.Options{Seed: s.opts.Seed, Messages: s.opts.SeedMessages, Now: s.opts.Now()})
}

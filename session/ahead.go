package session

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"todoku/diag/provider"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/store"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
	"todoku/session/outbox"
)

const (
	aheadTime    = 15 * time.Second // for all that CheckAhead asks
	aheadDomains = 50               // domains of a draft that are asked about
	aheadAtOnce  = 8
	aheadNames   = 20               // recipients that are compared with the contacts
	domainFresh  = 10 * time.Minute // how long what the DNS said of a domain is not asked again while writing
	sizeFresh    = 24 * time.Hour   // how long what the submission server announced is not asked again
	askAgain     = time.Minute      // after the server could not be asked
)

// CheckAhead looks at a draft with the network's help: whether each recipient's domain takes mail, whether an address
// looks mistyped or refused mail before, and what the submission server takes, which the next Check goes by. What could not be told is said as
// unknown. Answers are kept while one writes, so that asking again costs nothing.
func (s *Session) CheckAhead(ctx context.Context, span *trace.Span, d Draft) (all []Check, err error) {
	defer func() { span.End(err) }()
	ctx, cancel := context.WithTimeout(ctx, aheadTime)
	defer cancel()
	var work sync.WaitGroup
	defer work.Wait()
	a, _, ok := s.find(d.Account)
	if ok {
		work.Go(func() {
			defer span.Recovered("asking the submission server what it takes")
			s.askServer(ctx, span, a)
		})
	}
	to := recipients(d)
	for i, r := range to {
		if i < aheadNames {
			before := s.bouncedBefore(ctx, a, r)
			if all = append(all, before...); len(before) == 0 { // which names what was meant, too
				all = append(all, s.mistyped(ctx, d.Account, r)...)
			}
		}
	}
	return append(all, s.domains(ctx, span, a, to)...), nil
}

// recipients are the addresses of a draft, each once; what is no address yet is left to Check.
func recipients(d Draft) []mail.Address {
	var all []mail.Address
	for _, field := range []string{d.To, d.Cc, d.Bcc} {
		list, _ := mail.ParseAddressList(field)
		for _, r := range list {
			if !slices.ContainsFunc(all, func(a mail.Address) bool { return strings.EqualFold(a.Addr, r.Addr) }) {
				all = append(all, r)
			}
		}
	}
	return all
}

// askServer learns what the submission server announces, unless that was learned lately or just failed. That it cannot
// be reached is no fault of the draft: then its limits stay unknown.
func (s *Session) askServer(ctx context.Context, span *trace.Span, a config.Account) {
	sub := &outbox.Submitter{Store: s.Store, Net: s.watched(span), Host: a.SMTP.Host, Port: a.SMTP.Port, TLS: wire.TLSMode(a.SMTP.TLS), Now: s.Now}
	known, ok, err := s.Store.Announced(ctx, a.Name, sub.Server())
	if a.SMTP.Host == "" || err != nil || ok && s.Now().Sub(known.Learned) < sizeFresh || !s.ahead.mayAsk(sub.Server(), s.Now()) {
		return
	}
	_ = sub.Ask(ctx, span.Child("ask the submission server"), a.Name)
}

// mistyped compares an address that was never met with those that were, and its domain with those of providers.
func (s *Session) mistyped(ctx context.Context, account string, r mail.Address) []Check {
	found, err := s.Store.Complete(ctx, account, r.Addr, suggestFrom)
	if err != nil || slices.ContainsFunc(found, func(c store.Contact) bool { return strings.EqualFold(c.Addr, r.Addr) }) {
		return nil
	}
	near := s.similar(ctx, account, r.Addr)
	if domain, ok := provider.Near(r.Domain()); near == "" && ok {
		near = r.Local() + "@" + domain
	}
	if near == "" {
		return nil
	}
	return []Check{{Code: "compose.mistyped", Level: trace.Warn, Args: map[string]string{"address": r.Addr, "near": near}}}
}

// domains says of each domain that takes no mail, or could not be asked about, what is wrong, and how many do.
func (s *Session) domains(ctx context.Context, span *trace.Span, a config.Account, to []mail.Address) []Check {
	names := domainsOf(to)
	found := make([]*Check, len(names))
	var work sync.WaitGroup
	free := make(chan struct{}, aheadAtOnce)
	for i, name := range names {
		free <- struct{}{}
		work.Go(func() {
			defer span.Recovered("looking up a recipient's domain")
			defer func() { <-free }()
			found[i] = s.takesMail(ctx, span, name)
		})
	}
	work.Wait()
	var all []Check
	good := 0
	for i, c := range found {
		if c == nil {
			good++
			continue
		}
		if c.Code == sandboxEnded && slices.ContainsFunc(all, func(told Check) bool { return told.Code == sandboxEnded }) {
			continue
		}
		// The server may deliver mail of its own domain without the DNS.
		if own := strings.EqualFold(names[i], mail.Address{Addr: a.Address}.Domain()); own && c.Level == trace.Fail {
			c.Level = trace.Warn
		}
		all = append(all, *c)
	}
	switch {
	case good == 1:
		all = append(all, Check{Code: "compose.domain", Level: trace.Pass})
	case good > 1:
		all = append(all, Check{Code: "compose.domains", Level: trace.Pass, Args: map[string]string{"count": itoa(good)}})
	}
	return all
}

// domainsOf are the domains of the addresses as the DNS knows them, each once; address literals have none.
func domainsOf(to []mail.Address) []string {
	var names []string
	for _, r := range to {
		mailbox, err := r.Wire()
		name := strings.ToLower(mail.Address{Addr: mailbox}.Domain())
		if err == nil && name != "" && name[0] != '[' && !slices.Contains(names, name) && len(names) < aheadDomains {
			names = append(names, name)
		}
	}
	return names
}

// takesMail asks where mail for the domain goes; nil says that there is such a place.
func (s *Session) takesMail(ctx context.Context, span *trace.Span, domain string) *Check {
	if c, ok := s.ahead.domain(domain, s.Now()); ok {
		return c
	}
	found, err := s.resolves(span).LookupMX(ctx, domain)
	c := &Check{Level: trace.Fail, Args: map[string]string{"domain": domain}}
	switch e, _ := err.(*dns.Error); {
	case err == nil && found.Null:
		c.Code = "compose.domain.null-mx"
	case err == nil:
		c = nil
	case e != nil && e.Kind == dns.NotFound:
		c.Code = "compose.domain.missing"
	case e != nil && e.Kind == dns.NoData:
		c.Code = "compose.domain.no-mail"
	default:
		return s.untold(ctx, domain, err) // not kept: it may be told the next time
	}
	s.ahead.keep(domain, c, s.Now())
	return c
}

// untold says why a domain could not be asked about. Where the small Internet has ended, no domain is to blame.
func (s *Session) untold(ctx context.Context, domain string, err error) *Check {
	var over *Error
	if errors.As(s.ended(ctx), &over) {
		return &Check{Code: over.Code, Level: trace.Unknown, Args: over.Args}
	}
	return &Check{Code: "compose.domain.unknown", Level: trace.Unknown, Args: map[string]string{"domain": domain, "said": err.Error()}}
}

// resolves asks this device's resolvers for what the operating system has no question for.
func (s *Session) resolves(span *trace.Span) *dns.Resolver {
	if s.resolver != nil {
		return s.resolver.Watched(span)
	}
	return dns.New(dns.Options{Net: s.Net}).Watched(span)
}

// foreseen is what CheckAhead knows already.
type foreseen struct {
	mu      sync.Mutex
	told    map[string]toldDomain
	servers map[string]time.Time // when each was asked
}

type toldDomain struct {
	check *Check
	when  time.Time
}

// keepDomains bounds the domains that are kept.
const keepDomains = 1000

func (k *foreseen) domain(name string, now time.Time) (*Check, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t, ok := k.told[name]
	if !ok || now.Sub(t.when) >= domainFresh {
		return nil, false
	}
	if t.check == nil {
		return nil, true
	}
	c := *t.check
	return &c, true
}

func (k *foreseen) keep(name string, c *Check, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.told == nil || len(k.told) >= keepDomains {
		k.told = map[string]toldDomain{}
	}
	if c != nil {
		kept := *c
		c = &kept
	}
	k.told[name] = toldDomain{c, now}
}

// mayAsk reports whether the server may be asked now, and notes that it is.
func (k *foreseen) mayAsk(server string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Sub(k.servers[server]) < askAgain {
		return false
	}
	if k.servers == nil {
		k.servers = map[string]time.Time{}
	}
	k.servers[server] = now
	return true
}

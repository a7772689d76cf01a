// Package sandbox is a small Internet inside this program: mail hosts with SMTP, IMAP and POP3, name servers from the
// root down, an HTTPS host, and a certificate authority, all on loopback and reachable only through World.Dial or at
// their printed ports.
package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/miekg/dns"

	"todoku/embedded-server/distance"
	"todoku/embedded-server/dnsd"
	"todoku/embedded-server/fault"
	"todoku/embedded-server/httpd"
	"todoku/embedded-server/maildrop"
	"todoku/embedded-server/post"
	"todoku/embedded-server/smtpd"
	"todoku/internal/trace"
)

// Options says how a sandbox is kept. The zero value is a fresh one on free ports.
type Options struct {
	Dir          string            // where mail is kept; "" is a temporary folder that Close removes
	Seed         int64             // of the seeded mail
	SeedMessages int               // how many messages are seeded at least; 0 is the standard mailbox, below 0 none
	Port         int               // the first of FixedPorts ports; 0 takes free ones
	Now          func() time.Time  // nil means time.Now
	Durability   string            // "full" (also ""), "batch" or "none": see maildrop.Options
	Retry        []time.Duration   // pauses between the attempts of a queue; nil is 5 s growing to an hour
	RTT          time.Duration     // what a round trip to any server costs: see distance.Distance; 0 is nothing
	Names        map[string]string // other names of the mail domains, by their own: "fuji.test"
}

// Waits for an answer of the DNS. A mail host waits longer than the resolver takes to give up.
const (
	stubTimeout   = 10 * time.Second
	serverTimeout = time.Second // of each name server that the resolver asks
)

// Sandbox is a running small Internet.
type Sandbox struct {
	opts      Options
	plan      *plan
	dir       string
	temporary bool
	lock      *os.File // held while a folder that stays is in use; nil for a temporary one
	joinable  bool     // the world file was written
	span      *trace.Span
	world     World
	ca        *authority
	tls       map[string]*tls.Config // by host name
	zones     map[string]*dnsd.Zone
	store     *maildrop.Store
	bound     []*bound
	origins   *origins
	faults    *fault.Set
	clock     *clock
	logins    *logins
	asker     *dnsd.Asker
	far       *distance.Distance // nil: the servers are here

	offices []*post.Office
	closers []func() error // in the order of starting
	serving sync.WaitGroup

	once sync.Once
	err  error
}

// Start builds everything and returns when every listener is ready. ctx bounds the start only; Close ends the rest.
// The servers' events go to span.
func Start(ctx context.Context, span *trace.Span, o Options) (*Sandbox, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Sandbox{opts: o, plan: newPlan(o.Names), span: span, clock: &clock{base: o.Now}, origins: &origins{from: make(map[string]string)}}
	s.opts.Now = s.clock.now
	s.faults = &fault.Set{Now: s.clock.now, Magic: true}
	s.logins = &logins{now: s.clock.now, last: make(map[string]Login)}
	if err := s.start(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return s, nil
}

func (s *Sandbox) start(ctx context.Context) error {
	if err := s.folder(); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	s.world.CAPEM = s.ca.pem
	s.world.CAFile = filepath.Join(s.dir, "ca.pem")
	if err := os.WriteFile(s.world.CAFile, []byte(s.ca.pem), 0o644); err != nil {
		return err
	}
	s.asker = &dnsd.Asker{Dial: s.world.Dial, Timeout: stubTimeout}
	s.moveAway()
	s.serveAll()
	s.joinable = true
	return s.world.write(s.WorldFile())
}

// folder makes the folder in which everything is kept.
func (s *Sandbox) folder() error {
	if s.dir = s.opts.Dir; s.dir != "" {
		dir, err := filepath.Abs(s.dir)
		if err != nil {
			return err
		}
		s.dir = dir
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		return s.lockFolder()
	}
	dir, err := os.MkdirTemp("", "todoku-sandbox-")
	s.dir, s.temporary = dir, err == nil
	return err
}

// lockFolder keeps a second sandbox out of the folder, for two could give one UID to two messages.
func (s *Sandbox) lockFolder() error {
	f, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := lock(f); err != nil {
		f.Close()
		return fmt.Errorf("%s is in use by another sandbox: join it by %s, or choose another folder (%w)", s.dir, s.WorldFile(), err)
	}
	s.lock = f
	return nil
}

// prepare does side by side what needs nothing of one another: store, listeners, certificates and zones.
func (s *Sandbox) prepare(ctx context.Context) error {
	var wg trace.Group
	errs := make([]error, 3)
	for i, do := range []func() error{
		func() error { return s.openStore(ctx) },
		func() (err error) { s.bound, err = s.plan.listenAll(s.opts.Port); return err },
		func() error {
			if err := s.certify(); err != nil {
				return err
			}
			return s.publish()
		},
	} {
		wg.Go(func() { errs[i] = do() })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.world = s.plan.describe(s.bound)
	s.world.TrustAnchor = []string{s.zones["."].DS().String()}
	return ctx.Err()
}

// publish makes the zones, which name the mail exchangers' keys.
func (s *Sandbox) publish() error {
	tlsa, err := s.plan.exchangers(s.tls)
	if err != nil {
		return err
	}
	s.zones, err = s.plan.zones(published{tlsa: tlsa}, s.opts.Now)
	return err
}

// certify makes the authority and the certificate of every host that speaks TLS.
func (s *Sandbox) certify() error {
	ca, err := newAuthority(s.opts.Now())
	if err != nil {
		return err
	}
	s.ca, s.tls = ca, make(map[string]*tls.Config)
	for _, m := range s.plan.machines {
		if m.has(dnsService) {
			continue
		}
		if s.tls[m.name], err = ca.leaf(s.plan.certNames(m)); err != nil {
			return err
		}
	}
	return nil
}

// openStore opens the mailboxes, makes those that are missing and fills them with the seeded mail.
func (s *Sandbox) openStore(ctx context.Context) error {
	store, err := maildrop.Open(filepath.Join(s.dir, "mail.db"), maildrop.Options{Durability: s.opts.Durability, Now: s.opts.Now})
	if err != nil {
		return err
	}
	s.store = store
	var wg trace.Group
	list := s.plan.users
	errs := make([]error, len(list))
	for i, u := range list {
		if _, ok := store.User(u.Address); ok {
			continue
		}
		wg.Go(func() { errs[i] = store.AddUser(ctx, maildrop.User{Address: u.Address, Password: u.Password}) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return s.fill(ctx)
}

// serveAll puts a server behind every listener.
func (s *Sandbox) serveAll() {
	byHost := make(map[string][]*bound)
	for _, b := range s.bound {
		byHost[b.machine.name] = append(byHost[b.machine.name], b)
	}
	for _, m := range s.plan.machines {
		list := byHost[m.name]
		switch {
		case m.domain != "":
			s.serveMail(m, list)
		case m.name == webName:
			s.serveWeb(m, list[0])
		default:
			s.serveDNS(m, list[0])
		}
	}
	for _, o := range s.offices {
		o.Start()
	}
}

// mailServer is what the SMTP, POP3 and IMAP engines have in common.
type mailServer interface {
	Serve(l net.Listener, implicitTLS bool) error
	Close() error
}

func (s *Sandbox) serveMail(m machine, list []*bound) {
	tlsConfig := s.tls[m.name]
	span := s.span.Lane(m.name)
	office := post.New(post.Config{Host: m.name, Domains: []string{m.domain}, Store: s.store, Lookup: s.lookup,
		Dial: s.origins.dialer(s.world, m), Roots: s.ca.roots(), Span: span, Now: s.opts.Now, Retry: s.opts.Retry})
	s.offices = append(s.offices, office)
	s.closers = append(s.closers, office.Close)
	smtp := smtpd.Config{Hostname: m.name, Role: smtpd.MX, TLS: tlsConfig, Mail: &desk{m.domain, s.store, office, s.plan.users}, Span: span,
		Faults: s.faults, Now: s.opts.Now, PeerAddr: s.origins.address, LoggedIn: s.logins.by("smtp"),
		Flawed: s.flawed(m)}
	servers := map[service]mailServer{smtpService: smtpd.New(smtp)}
	if m.has(submissionService) {
		smtp.Role = smtpd.Submission
		sub := smtpd.New(smtp)
		servers[submissionService], servers[submissionsService] = sub, sub
		s.readers(servers, m, tlsConfig, span)
	}
	for _, b := range list {
		srv := servers[b.service]
		s.serving.Go(func() { srv.Serve(b.tcp, b.service.tls) })
		s.closers = append(s.closers, srv.Close)
	}
}

// flawed makes what fault rules show instead of a mail host's TLS.
func (s *Sandbox) flawed(m machine) func(fault.Certificate) (*tls.Config, error) {
	return func(kind fault.Certificate) (*tls.Config, error) { return s.ca.flawed(m.name, kind) }
}

func (s *Sandbox) serveWeb(m machine, b *bound) {
	srv := httpd.New(httpd.Config{Hostname: m.name, Pages: s.plan.pages(), TLS: s.tls[m.name], Span: s.span.Lane(m.name), Faults: s.faults,
		Flawed: func(host string, kind fault.Certificate) (*tls.Config, error) {
			if host == "" {
				host = m.name
			}
			return s.ca.flawed(host, kind)
		}})
	s.serving.Go(func() { srv.Serve(b.tcp) })
	s.closers = append(s.closers, srv.Close)
}

func (s *Sandbox) serveDNS(m machine, b *bound) {
	span := s.span.Lane(m.name)
	cfg := dnsd.Config{Name: m.name, Addr: net.JoinHostPort(m.v4, "53"), Span: span, Faults: s.faults}
	for _, origin := range m.zones {
		cfg.Zones = append(cfg.Zones, s.zones[origin])
	}
	if m.name == resolverName {
		var roots []dnsd.Hint
		for _, h := range s.world.RootHints {
			hint := dnsd.Hint{Name: h.Name}
			for _, a := range h.Addrs {
				hint.Addrs = append(hint.Addrs, a.String())
			}
			roots = append(roots, hint)
		}
		asker := &dnsd.Asker{Dial: s.world.Dial, DNSSEC: true, Timeout: serverTimeout + s.opts.RTT}
		cfg.Resolver = dnsd.NewResolver(roots, []*dns.DS{s.zones["."].DS()}, asker, span, s.opts.Now)
	}
	srv := dnsd.New(cfg)
	srv.Start(b.packets, b.tcp)
	s.closers = append(s.closers, srv.Close)
}

// lookup asks the sandbox's own resolver, as a mail host does.
func (s *Sandbox) lookup(ctx context.Context, span *trace.Span, name string, qtype uint16) (*dns.Msg, error) {
	return s.asker.Ask(ctx, span, dnsd.Peer{Name: resolverName, Addr: s.world.Resolver}, name, qtype, true)
}

// World describes the running sandbox.
func (s *Sandbox) World() World { return s.world }

// WorldFile is the path of the file by which other processes join.
func (s *Sandbox) WorldFile() string { return filepath.Join(s.dir, "world.json") }

// Dir is where everything is kept.
func (s *Sandbox) Dir() string { return s.dir }

// Faults are the rules that the servers ask; rules can come and go while they run.
func (s *Sandbox) Faults() *fault.Set { return s.faults }

// QueueEntry is one waiting message and recipient.
type QueueEntry = post.Entry

// Queue lists what waits on all hosts, next due first on each.
func (s *Sandbox) Queue(ctx context.Context) ([]QueueEntry, error) {
	var all []QueueEntry
	for _, o := range s.offices {
		list, err := o.Entries(ctx)
		if err != nil {
			return nil, fmt.Errorf("sandbox: queue: %w", err)
		}
		all = append(all, list...)
	}
	return all, nil
}

// Close ends every server, keeps what was accepted, and removes a temporary folder. It can be called more than once.
func (s *Sandbox) Close() error {
	s.once.Do(func() { s.err = s.close() })
	return s.err
}

func (s *Sandbox) close() error {
	var errs []error
	var wg trace.Group
	results := make([]error, len(s.closers))
	for i, c := range s.closers {
		wg.Go(func() { results[i] = c() })
	}
	wg.Wait()
	errs = append(errs, results...)
	closeAll(s.bound) // those that no server has taken yet
	s.serving.Wait()
	if s.far != nil {
		s.far.Wait()
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	if s.joinable {
		os.Remove(s.WorldFile()) // nobody can join any more
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	if s.temporary {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

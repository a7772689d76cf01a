package session

import (
	"context"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"todoku/diag/explain"
	"todoku/embedded-server"
	"todoku/internal/config"
	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// SandboxOptions says what small Internet to start.
type SandboxOptions struct {
	Data         string // folder to keep; "" is a temporary one
	Port         int    // first of the fixed ports; 0 takes free ones
	Seed         int64
	SeedMessages int           // alice's inbox is filled to this many
	RTT          time.Duration // what a round trip to a server costs
	Faults       []string      // ids of the catalogue, or files, which are read again when they change
	// FaultsRead is told of each such time, and of what is wrong with the file; nil: nobody is.
	FaultsRead func(path string, err error)
}

// World is a running small Internet for other programs.
type World struct {
	box    *sandbox.Sandbox
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// Ready is the line that `serve --json` prints once every listener is ready.
type Ready struct {
	Ready  bool        `json:"ready"`
	CAFile string      `json:"ca_file"`
	World  string      `json:"world"`
	DNS    string      `json:"dns"`
	Hosts  []ReadyHost `json:"hosts"`
	Users  []ReadyUser `json:"users"`
	Faults []string    `json:"faults,omitempty"` // ids of the cases and rules that are present
}

// ReadyHost is one host: its documentation address and where on loopback its protocols really listen.
type ReadyHost struct {
	Name        string `json:"name"`
	Address     string `json:"address"`
	SMTP        string `json:"smtp,omitempty"`
	Submission  string `json:"submission,omitempty"`
	Submissions string `json:"submissions,omitempty"`
	IMAP        string `json:"imap,omitempty"`
	IMAPS       string `json:"imaps,omitempty"`
	POP3        string `json:"pop3,omitempty"`
	POP3S       string `json:"pop3s,omitempty"`
	DNS         string `json:"dns,omitempty"`
	HTTPS       string `json:"https,omitempty"`
}

// ReadyUser is one user of the small Internet.
type ReadyUser struct {
	Address  string `json:"address"`
	Password string `json:"password"`
}

// Listener is one row of the table that serve prints.
type Listener struct{ Protocol, TLS, Address string }

// Listeners gives the host's listeners in a fixed order.
func (h ReadyHost) Listeners() []Listener {
	var all []Listener
	for _, l := range []Listener{
		{"SMTP", "STARTTLS", h.SMTP}, {"submission", "STARTTLS", h.Submission}, {"submissions", "TLS", h.Submissions},
		{"IMAP", "STARTTLS", h.IMAP}, {"IMAPS", "TLS", h.IMAPS}, {"POP3", "STLS", h.POP3}, {"POP3S", "TLS", h.POP3S},
		{"DNS", "none", h.DNS}, {"HTTPS", "TLS", h.HTTPS},
	} {
		if l.Address != "" {
			all = append(all, l)
		}
	}
	return all
}

// Serve starts a small Internet without a client.
func Serve(ctx context.Context, span *trace.Span, o SandboxOptions) (*World, error) {
	box, err := sandbox.Start(ctx, span, sandbox.Options{
		Dir: o.Data, Port: o.Port, Seed: o.Seed, SeedMessages: o.SeedMessages, RTT: o.RTT,
	})
	if err != nil {
		return nil, err
	}
	w := &World{box: box, cancel: func() {}}
	if err := w.addFaults(span, o); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// addFaults adds the faults that the options name, and follows their files until Close.
func (w *World) addFaults(span *trace.Span, o SandboxOptions) error {
	var sources []*faultSource
	for _, value := range o.Faults {
		source, err := newFaultSource(w.box.Faults(), value)
		if err != nil {
			return err
		}
		sources = append(sources, source)
	}
	if len(sources) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	w.work.Go(func() {
		defer span.Recovered("following the files of faults")
		follow(ctx, sources, o.FaultsRead)
	})
	return nil
}

// Close stops the servers.
func (w *World) Close() error {
	w.cancel()
	w.work.Wait()
	return w.box.Close()
}

// Ready describes the running servers.
func (w *World) Ready() Ready {
	world := w.box.World()
	r := Ready{Ready: true, CAFile: world.CAFile, World: w.box.WorldFile(), DNS: world.DNS}
	r.Hosts = readyHosts(world)
	for _, u := range world.Users {
		r.Users = append(r.Users, ReadyUser{u.Address, u.Password})
	}
	for _, f := range w.Faults() {
		r.Faults = append(r.Faults, f.ID)
	}
	return r
}

// Faults are the cases and rules that are present.
func (w *World) Faults() []SandboxFault {
	return presentFaults(w.box.Faults(), w.box.World().Hosts)
}

func readyHosts(world sandbox.World) []ReadyHost {
	var all []ReadyHost
	for _, h := range world.Hosts {
		all = append(all, ReadyHost(h))
	}
	return all
}

func startSandbox(ctx context.Context, span *trace.Span, o StartOptions) (*Session, error) {
	world, err := Serve(ctx, span, *o.Sandbox)
	if err != nil {
		return nil, err
	}
	dir, cleanup := o.Sandbox.Data, func() error { return nil }
	if dir == "" {
		if dir, err = os.MkdirTemp("", "todoku-client-"); err != nil {
			return nil, errors.Join(err, world.Close())
		}
		cleanup = func() error { return os.RemoveAll(dir) }
	}
	s, err := inWorld(world.box.World(), filepath.Join(dir, "client", "mail.db"), o.Lang)
	if err != nil {
		return nil, errors.Join(err, world.Close(), cleanup())
	}
	s.box = world.box
	s.closers = append(s.closers, cleanup, world.Close)
	return s, nil
}

func joinWorld(o StartOptions) (*Session, error) {
	world, err := sandbox.ReadWorld(o.World)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{Code: "world.missing", Args: map[string]string{"path": o.World}}
	case err != nil:
		return nil, &Error{Code: "world.damaged", Args: map[string]string{"path": o.World, "said": err.Error()}}
	}
	s, err := inWorld(world, joinedStore(o.World), o.Lang)
	if err == nil {
		s.joined, s.world = o.World, &world
	}
	return s, err
}

// sandboxEnded is the code of a small Internet that nobody serves any more.
const sandboxEnded = "sandbox.ended"

// ended is the error of a verb in a small Internet that was joined and that nobody serves any more: no host of it, no
// resolver and no line is to blame. It is nil while it is served, and everywhere else.
func (s *Session) ended(ctx context.Context) error {
	if s.world == nil || s.world.Running(ctx) {
		return nil
	}
	return &Error{Code: sandboxEnded, Args: map[string]string{"path": s.joined, "pid": itoa(s.world.PID)}}
}

// endedFinding is what ended says, as a finding; nil where nothing ended.
func (s *Session) endedFinding(ctx context.Context) *trace.Finding {
	err := s.ended(ctx)
	if err == nil {
		return nil
	}
	f := explain.Find(err)
	return &f
}

// inWorld makes a session whose accounts are the world's users and whose net is the world's.
func inWorld(world sandbox.World, storePath, lang string) (*Session, error) {
	n, err := worldNet(world)
	if err != nil {
		return nil, err
	}
	c := config.Default()
	c.Lang, c.Accounts = lang, worldAccounts(world)
	s, err := open(&c, storePath, n)
	if err == nil {
		s.resolver = dns.New(dns.Options{Net: n})
	}
	return s, err
}

// worldNet is the small Internet as the protocols see it.
func worldNet(world sandbox.World) (*wire.Net, error) {
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(world.CAPEM)) {
		return nil, errors.New("the world file holds no CA certificate: start `todoku serve` again")
	}
	n := &wire.Net{Dial: world.Dial, Resolver: world.Resolver, TrustAnchor: world.TrustAnchor, TLSRoots: roots, Owns: world.Owns}
	for _, h := range world.RootHints {
		n.RootHints = append(n.RootHints, wire.RootHint{Name: h.Name, Addrs: h.Addrs})
	}
	n.Resolve = dns.New(dns.Options{Net: n}).Resolve
	return n, nil
}

// worldAccounts makes an account of each person with a mailbox. Those of the second mail host read by POP3, so that
// both protocols are there to be seen.
func worldAccounts(world sandbox.World) []config.Account {
	hosts := map[string]sandbox.Host{}
	for _, h := range world.Hosts {
		hosts[h.Name] = h
	}
	var all []config.Account
	var mailHosts []string
	for _, u := range world.Users {
		h, ok := hosts[u.Host]
		local := mail.Address{Addr: u.Address}.Local()
		if !ok || h.IMAPS == "" || local == "postmaster" {
			continue
		}
		if !slices.Contains(mailHosts, h.Name) {
			mailHosts = append(mailHosts, h.Name)
		}
		receive := config.ReceiveIMAP
		if slices.Index(mailHosts, h.Name) == 1 {
			receive = config.ReceivePOP3
		}
		all = append(all, config.Account{
			Name: local, Address: u.Address, FullName: u.Name, Receive: receive,
			IMAP:   server(h.Name, 993, config.TLSImplicit, u.Address),
			POP3:   server(h.Name, 995, config.TLSImplicit, u.Address),
			SMTP:   server(h.Name, 587, config.TLSStartTLS, u.Address),
			Secret: config.Secret{Password: u.Password}, LeaveOnServer: config.LeaveKeep,
		})
	}
	return all
}

func server(host string, port int, tls, user string) config.Server {
	return config.Server{Host: host, Port: port, TLS: tls, User: user}
}

// hostPort is the text form of a configured server.
func hostPort(s config.Server) string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

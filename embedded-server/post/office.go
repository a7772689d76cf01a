// Package post is a host's post office: it takes accepted messages, puts those for its own users into their
// mailboxes, and keeps the rest in a durable queue from which they are relayed (RFC 5321 section 4.5.4).
package post

import (
	"context"
	"crypto/x509"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"todoku/embedded-server/maildrop"
	"todoku/internal/trace"
)

// Limits of relaying.
const (
	defaultExpire  = 48 * time.Hour   // RFC 5321 section 4.5.4.1 says 4 to 5 days; a sandbox is younger
	commandTimeout = 60 * time.Second // RFC 5321 section 4.5.3.2 says 5 minutes
	dataTimeout    = 2 * time.Minute  // section 4.5.3.2.6 says 10 minutes
	dialTimeout    = 10 * time.Second //
	workers        = 8                // domains relayed to at once
	perSession     = 50               // messages over one connection
	maxHosts       = 5                // mail exchangers tried for one message
	maxAddrs       = 4                // addresses tried for one of them
)

// defaultRetry is how long to wait after each attempt that failed for now; the last goes on. The first is short,
// because somebody is looking on.
func defaultRetry() []time.Duration {
	return []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}
}

// Config says whose office it is and what it stands on.
type Config struct {
	Host    string   // "mail.sakura.test"
	Domains []string // whose users have their mailboxes in Store
	Store   *maildrop.Store
	// Lookup asks the recursive resolver. An answer with an error code is no error.
	Lookup func(ctx context.Context, span *trace.Span, name string, qtype uint16) (*dns.Msg, error)
	// Dial reaches "192.0.2.20:25".
	Dial   func(ctx context.Context, network, address string) (net.Conn, error)
	Roots  *x509.CertPool // verifies the other hosts' certificates; what comes out is recorded, not enforced
	Span   *trace.Span
	Now    func() time.Time
	Retry  []time.Duration
	Expire time.Duration
}

// Office accepts and relays. Start makes it relay.
type Office struct {
	cfg    Config
	wake   chan struct{}
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	live map[string]string // queue id to what is being done: "RCPT on mx2.tsuru.test"
}

// New makes an office that accepts, but does not relay before Start.
func New(cfg Config) *Office {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if len(cfg.Retry) == 0 {
		cfg.Retry = defaultRetry()
	}
	if cfg.Expire == 0 {
		cfg.Expire = defaultExpire
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Office{cfg: cfg, wake: make(chan struct{}, 1), ctx: ctx, cancel: cancel, live: make(map[string]string)}
}

// Mail is a message that a server has received.
type Mail struct {
	ID       string
	From     string // "" for a bounce
	To       []Recipient
	Return   string // RET of RFC 3461
	EnvID    string // ENVID
	Received time.Time
	Data     []byte // lines end with CRLF
}

// Recipient is one forward-path and what its sender wants to be told.
type Recipient struct {
	Addr   string
	Notify string // NOTIFY of RFC 3461
	ORcpt  string // ORCPT
}

// Accept keeps the message for all its recipients in one transaction; when it returns nil the message is on the disk.
func (o *Office) Accept(ctx context.Context, m Mail) error {
	var b maildrop.Batch
	var told []outcome
	local := make(map[string]bool)
	for i, r := range m.To {
		if !o.Local(r.Addr) {
			b.Queue = append(b.Queue, o.queued(m, r, i))
			continue
		}
		if box := strings.ToLower(r.Addr); !local[box] {
			local[box] = true
			b.Deliver = append(b.Deliver, delivery(m, box))
		}
		if strings.Contains(r.Notify, "SUCCESS") {
			told = append(told, outcome{rcpt: r, action: "delivered", status: "2.0.0"})
		}
	}
	if len(told) > 0 && m.From != "" {
		o.returnTo(&b, m, told)
	}
	if err := o.cfg.Store.Commit(ctx, b); err != nil {
		return err
	}
	if len(b.Queue) > 0 {
		o.Wake()
	}
	return nil
}

// Local reports whether the address belongs to one of our domains.
func (o *Office) Local(addr string) bool {
	return slices.ContainsFunc(o.cfg.Domains, func(d string) bool { return strings.EqualFold(d, domainOf(addr)) })
}

// delivery is the final delivery into a mailbox, with the trace field of RFC 5321 section 4.4.
func delivery(m Mail, box string) maildrop.Delivery {
	head := "Return-Path: <" + m.From + ">\r\n"
	data := make([]byte, 0, len(head)+len(m.Data))
	return maildrop.Delivery{Mailbox: box, Received: m.Received, Data: append(append(data, head...), m.Data...)}
}

// Wake makes the queue look for work now.
func (o *Office) Wake() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Start begins to relay what waits and what comes, until Close.
func (o *Office) Start() {
	o.wg.Go(o.run)
	o.Wake()
}

// Close stops relaying. What is unfinished stays in the queue.
func (o *Office) Close() error {
	o.cancel()
	o.wg.Wait()
	return nil
}

// domainOf gives what follows the last "@".
func domainOf(addr string) string { return addr[strings.LastIndexByte(addr, '@')+1:] }

package wire

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"todoku/internal/trace"
)

// Limits of reaching a host.
const (
	resolveTime = 20 * time.Second // for the lookup of a name
	dialTime    = 15 * time.Second // for one address
	maxAddrs    = 6                // addresses tried
)

// Round trips before the first octet of mail: SYN and SYN-ACK (RFC 9293 section 3.5), and a full handshake of TLS 1.3 or
// 1.2 (RFC 8446 section 2, RFC 5246 section 7.3).
const (
	connectTrips = 1
	tls13Trips   = 1
	tls12Trips   = 2
)

// Options say whom to connect to. Zero times and limits mean the defaults.
type Options struct {
	Net      *Net // nil means System()
	Span     *trace.Span
	Proto    string // "smtp", "imap", "pop3", "http"
	Host     string // name or literal address; certificates are verified for it
	Port     int
	TLS      TLSMode
	MaxAddrs int
	Addrs    []netip.Addr // the host's addresses when they are known: no lookup
	Bodies   bool         // record whole messages
	// AnyCertificate goes on when the certificate does not verify, as mail servers do among themselves (RFC 7435); the
	// facts say so. Secrets are then not sent.
	AnyCertificate bool
	DialTime       time.Duration
	ResolveTime    time.Duration
	TLSTime        time.Duration
	WriteTime      time.Duration
	// Answer is the budget of what comes before the first Expect, usually the greeting.
	Answer Step
}

func (o Options) writeTime() time.Duration { return orTime(o.WriteTime, WriteTime) }

func orTime(t, d time.Duration) time.Duration {
	if t > 0 {
		return t
	}
	return d
}

// Dial resolves the host, tries its addresses in turn, and does the TLS handshake where the mode is implicit. The
// connection closes when ctx ends, for its whole life. Errors are *Error.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	if o.Net == nil {
		o.Net = System()
	}
	o.Net = o.Net.complete()
	addrs, err := resolve(ctx, o)
	if err != nil {
		return nil, err
	}
	addrs = addrs[:min(len(addrs), orInt(o.MaxAddrs, maxAddrs))]
	var first *Error
	for _, addr := range addrs {
		c, err := dialOne(ctx, o, netip.AddrPortFrom(addr, uint16(o.Port)).String())
		if err == nil {
			return c.begin(ctx)
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, first
}

// Lookup gives the addresses that Dial would try, and records the question. Errors are *Error.
func Lookup(ctx context.Context, o Options) ([]netip.Addr, error) {
	if o.Net == nil {
		o.Net = System()
	}
	o.Net = o.Net.complete()
	return resolve(ctx, o)
}

func orInt(n, d int) int {
	if n > 0 {
		return n
	}
	return d
}

// resolve gives the addresses of the host and records the lookup.
func resolve(ctx context.Context, o Options) ([]netip.Addr, error) {
	host := bareHost(o.Host)
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	if len(o.Addrs) > 0 {
		return o.Addrs, nil
	}
	began := time.Now()
	within, cancel := context.WithTimeout(ctx, orTime(o.ResolveTime, resolveTime))
	defer cancel()
	addrs, err := o.Net.Resolve(within, host)
	e := trace.Event{Kind: trace.KindDNS, Proto: "dns", Name: host, Addr: o.place(), Elapsed: time.Since(began)}
	if err == nil && len(addrs) == 0 {
		err = &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	if err != nil {
		e.Error = err.Error()
		o.Span.Emit(e)
		return nil, o.dnsError(ctx, err, e.Elapsed)
	}
	e.Data = addrList(addrs)
	o.Span.Emit(e)
	return addrs, nil
}

// bareHost is the host without the brackets of an address literal and the final dot of a name.
func bareHost(host string) string { return strings.TrimSuffix(strings.Trim(host, "[]"), ".") }

func addrList(addrs []netip.Addr) []byte {
	var b []byte
	for i, a := range addrs[:min(len(addrs), 32)] {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, a.String()...)
	}
	return b
}

func (o Options) dnsError(ctx context.Context, err error, after time.Duration) *Error {
	code := CodeDNSFailed
	var dns *net.DNSError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		code = CodeCancelled
	case errors.As(err, &dns) && dns.IsNotFound:
		code = CodeDNSNotFound
	}
	return o.error(code, "lookup", "", after, err)
}

func (o Options) error(code, step, addr string, after time.Duration, err error) *Error {
	return &Error{Code: code, Proto: o.Proto, Host: o.Host, Port: o.Port, Addr: addr, Step: step, After: after, Err: err}
}

// place is the peer in the person's terms.
func (o Options) place() string { return net.JoinHostPort(bareHost(o.Host), strconv.Itoa(o.Port)) }

// dialOne connects to one address and records the attempt.
func dialOne(ctx context.Context, o Options, addr string) (*Conn, *Error) {
	began := time.Now()
	within, cancel := context.WithTimeout(ctx, orTime(o.DialTime, dialTime))
	defer cancel()
	raw, err := o.Net.Dial(within, "tcp", addr)
	e := trace.Event{Kind: trace.KindDial, Proto: o.Proto, Side: trace.SideClient, Addr: o.place(), Name: addr, Elapsed: time.Since(began)}
	if err != nil {
		e.Error = err.Error()
		o.Span.Emit(e)
		code := dialCode(err)
		if errors.Is(ctx.Err(), context.Canceled) {
			code = CodeCancelled
		}
		return nil, o.error(code, "connect", addr, e.Elapsed, err)
	}
	e.Conn = trace.Pair(raw, trace.SideClient)
	o.Span.Emit(e)
	sniff := &sniffConn{Conn: raw}
	c := &Conn{opts: o, addr: addr, raw: sniff, rec: trace.NewConn(sniff, trace.ConnOptions{
		Span: o.Span, Side: trace.SideClient, Proto: o.Proto, Addr: o.place(), Bodies: o.Bodies,
	})}
	c.rec.Handshake(connectTrips)
	return c, nil
}

// begin ties the connection to ctx and does implicit TLS.
func (c *Conn) begin(ctx context.Context) (*Conn, error) {
	c.stop = context.AfterFunc(ctx, func() { c.cancelled(ctx) })
	if c.opts.TLS == TLSImplicit {
		if err := c.handshake(ctx); err != nil {
			c.stop()
			return nil, err
		}
	}
	s := c.opts.Answer
	if s.Name == "" {
		s = Step{Name: "greeting", Want: "the server's greeting"}
	}
	c.Expect(s)
	return c, nil
}

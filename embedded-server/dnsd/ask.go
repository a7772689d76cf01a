package dnsd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"

	"todoku/internal/trace"
)

// Limits of one question to one server.
const (
	askTimeout = 2 * time.Second
	maxStrange = 4 // answers to other questions that are passed over
)

// Asker sends single questions to single servers and observes each as the client's side.
type Asker struct {
	// Dial reaches addresses of the small Internet; network is "udp" or "tcp".
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout is the time for one question; 0 means askTimeout.
	Timeout time.Duration
	// DNSSEC asks for signatures and proofs too (the DO bit, RFC 3225).
	DNSSEC bool
}

// Peer is a server to ask: its name and its address, "192.0.2.53:53".
type Peer struct {
	Name string
	Addr string
}

// Ask sends the question by UDP, once more without EDNS to a server that does not know it (RFC 6891 section 7), and
// once more by TCP if the answer was truncated (RFC 7766). recurse sets RD. An answer with an error code is an answer:
// err is only about not getting one.
func (a *Asker) Ask(ctx context.Context, span *trace.Span, p Peer, name string, qtype uint16, recurse bool) (*dns.Msg, error) {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(name), qtype)
	m.RecursionDesired = recurse
	m.SetEdns0(maxUDP, a.DNSSEC)
	resp, err := a.exchange(ctx, span, "udp", p, m)
	if err == nil && resp.Rcode == dns.RcodeFormatError && resp.IsEdns0() == nil {
		m.Extra = nil
		resp, err = a.exchange(ctx, span, "udp", p, m)
	}
	if err == nil && resp.Truncated {
		return a.exchange(ctx, span, "tcp", p, m)
	}
	return resp, err
}

func (a *Asker) exchange(ctx context.Context, span *trace.Span, network string, p Peer, m *dns.Msg) (*dns.Msg, error) {
	began := time.Now()
	resp, pair, err := a.roundTrip(ctx, network, p, m)
	e := trace.Event{Kind: trace.KindDNS, Side: trace.SideClient, Proto: "dns", Conn: pair,
		Addr: strings.TrimSpace(p.Name + " " + p.Addr), Name: questionText(m.Question[0]), Elapsed: time.Since(began)}
	switch {
	case err != nil:
		e.Error = err.Error()
	case resp.Rcode != dns.RcodeSuccess:
		e.Error = dns.RcodeToString[resp.Rcode]
	}
	if resp != nil {
		e.Data = []byte(presentation(resp))
	}
	span.Emit(e)
	return resp, err
}

var errMismatch = errors.New("the answer is not for this question")

// roundTrip gives the answer and the socket pair. Only a deadline or closing ends a read of this library, so the
// connection is closed when ctx ends.
func (a *Asker) roundTrip(ctx context.Context, network string, p Peer, m *dns.Msg) (*dns.Msg, string, error) {
	timeout := a.Timeout
	if timeout == 0 {
		timeout = askTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c, err := a.Dial(ctx, network, p.Addr)
	if err != nil {
		return nil, "", err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	pair := trace.Pair(c, trace.SideClient)
	conn := &dns.Conn{Conn: c, UDPSize: maxUDP}
	if err := conn.WriteMsg(m); err != nil {
		return nil, pair, asked(ctx, p, err)
	}
	resp, err := conn.ReadMsg()
	for n := 0; err == nil && !fits(m, resp) && n < maxStrange; n++ { // late or forged (RFC 5452 section 9.1)
		resp, err = conn.ReadMsg()
	}
	if err != nil {
		return nil, pair, asked(ctx, p, err)
	}
	if !fits(m, resp) {
		return nil, pair, errMismatch
	}
	return resp, pair, nil
}

// asked says "no answer" when it was our time limit that ended the wait.
func asked(ctx context.Context, p Peer, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer from %s: %w", p.Addr, context.DeadlineExceeded)
	}
	return err
}

func fits(m, resp *dns.Msg) bool {
	if !resp.Response || resp.Id != m.Id {
		return false
	}
	if len(resp.Question) == 0 {
		return resp.Rcode == dns.RcodeFormatError
	}
	got, want := resp.Question[0], m.Question[0]
	return len(resp.Question) == 1 && got.Qtype == want.Qtype && got.Qclass == want.Qclass && strings.EqualFold(got.Name, want.Name)
}

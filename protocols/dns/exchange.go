package dns

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
)

const (
	maxMessage = 65535 // RFC 1035 section 4.2.2: the length of a message over TCP is 16 bits
	headerSize = 12    // RFC 1035 section 4.1.1
	// ednsSize is the reply size that we can take over UDP without fragments on any path (DNS flag day 2020).
	ednsSize = 1232
	// maxEventData bounds the answer records kept in an event.
	maxEventData = 4 << 10
)

// question is a name, complete and with its final dot, and a type.
type question struct {
	name  string
	qtype uint16
}

func (q question) typeName() string {
	if s, ok := mdns.TypeToString[q.qtype]; ok {
		return s
	}
	return fmt.Sprintf("TYPE%d", q.qtype) // RFC 3597 section 5
}

// reply is what a server said to a question.
type reply struct {
	rcode     int
	truncated bool
	aa, ra    bool
	ad        bool
	answer    []mdns.RR
	authority []mdns.RR
	extra     []mdns.RR
	size      int
	server    string
	raw       []byte // as received, where the exchange keeps it
}

func (p reply) rcodeText() string {
	if s, ok := mdns.RcodeToString[p.rcode]; ok {
		return s
	}
	return fmt.Sprintf("RCODE%d", p.rcode)
}

// refusesEDNS reports an answer that means "I do not know the OPT record" (RFC 6891 section 7).
func (p reply) refusesEDNS() bool {
	return p.rcode == mdns.RcodeFormatError || p.rcode == mdns.RcodeNotImplemented || p.rcode == mdns.RcodeBadVers
}

// settles is nil when the reply answers the question for good, records or none; else it says why not.
func (p reply) settles(q question, server string) error {
	switch p.rcode {
	case mdns.RcodeSuccess:
		if p.isReferral() {
			return q.fail(server, Referral, p.rcodeText(), nil)
		}
		return nil
	case mdns.RcodeNameError:
		return nil
	case mdns.RcodeServerFailure:
		return q.fail(server, ServFail, p.rcodeText(), nil)
	case mdns.RcodeRefused:
		return q.fail(server, Refused, p.rcodeText(), nil)
	}
	return q.fail(server, Rejected, p.rcodeText(), nil)
}

// isReferral tells "ask those servers" from "there is no such record", which look alike but for the SOA record
// (RFC 2308 section 2.2).
func (p reply) isReferral() bool {
	if len(p.answer) > 0 || p.aa {
		return false
	}
	ns := false
	for _, rr := range p.authority {
		switch rr.Header().Rrtype {
		case mdns.TypeSOA:
			return false
		case mdns.TypeNS:
			ns = true
		}
	}
	return ns
}

// exchange is one query in flight: a fresh socket, a random id, one deadline.
type exchange struct {
	resolver *Resolver
	question question
	server   string
	network  string // "udp" or "tcp"
	edns     bool
	dnssec   bool // asks for signatures, and for the data whatever a validator on the way thinks of it (RFC 4035 section 3.2)
	nsid     bool
	recurse  bool

	authentic bool // asks whether the answer is proved (RFC 6840 section 5.7)

	// mixed is the name as sent when its letters have random case, which the reply must repeat; "" asks in plain.
	mixed string

	try, tries int // which of how many tries this is; 0 where the system asks

	keep     bool // keeps the octets of query and reply
	id       uint16
	sentSize int
	sent     []byte
	wrong    []string // why datagrams that came meanwhile were no answer to this query
}

// maxWrong bounds the wrong answers that are noted for one query; the wait goes on whatever their number.
const maxWrong = 16

// not notes a datagram that is no answer to this query.
func (x *exchange) not(why string) {
	if len(x.wrong) < maxWrong {
		x.wrong = append(x.wrong, why)
	}
}

// do sends the query, waits for the reply that belongs to it and reports both as one event.
func (x *exchange) do(ctx context.Context) (reply, error) {
	began := time.Now()
	try, cancel := context.WithTimeout(ctx, x.timeout())
	defer cancel()
	got, err := x.roundTrip(try)
	if err != nil && ctx.Err() != nil {
		err = x.question.ended(x.server, ctx.Err())
	} else if err != nil && try.Err() != nil {
		err = x.question.fail(x.server, Timeout, "", try.Err())
	}
	x.emit(got, err, time.Since(began))
	got.server = x.server
	return got, err
}

// timeout is how long the wait for the reply may take.
func (x *exchange) timeout() time.Duration {
	if x.network == "tcp" {
		return x.resolver.timeout * (tcpTimeout / udpTimeout)
	}
	return x.resolver.timeout
}

// roundTrip dials, sends and reads. The context closes the socket, because a blocked read does not look at it.
func (x *exchange) roundTrip(ctx context.Context) (reply, error) {
	query, err := x.pack()
	if err != nil {
		return reply{}, x.question.fail("", BadName, "", err)
	}
	conn, err := x.resolver.dial(ctx, x.network, x.server)
	if err != nil {
		return reply{}, x.question.fail(x.server, transportKind(err), "", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return reply{}, x.question.fail(x.server, Unreachable, "", err)
		}
	}
	buf := x.resolver.buffers.Get().(*[]byte)
	defer x.resolver.buffers.Put(buf)
	if x.network == "tcp" {
		return x.overTCP(conn, query, *buf)
	}
	return x.overUDP(conn, query, *buf)
}

func (x *exchange) pack() ([]byte, error) {
	var id [2]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	x.id = binary.BigEndian.Uint16(id[:])
	m := &mdns.Msg{}
	m.Id = x.id
	m.RecursionDesired, m.AuthenticatedData = x.recurse, x.authentic
	name := x.question.name
	if x.mixed != "" {
		name = x.mixed
	}
	m.Question = []mdns.Question{{Name: name, Qtype: x.question.qtype, Qclass: mdns.ClassINET}}
	if x.edns {
		m.SetEdns0(ednsSize, x.dnssec)
		m.CheckingDisabled = x.dnssec
	}
	if x.edns && x.nsid {
		opt := m.IsEdns0()
		opt.Option = append(opt.Option, &mdns.EDNS0_NSID{Code: mdns.EDNS0NSID})
	}
	query, err := m.Pack()
	x.sentSize, x.sent = len(query), query
	return query, err
}

// overUDP waits for the right reply. A datagram with another id or question is not ours (a late one, or a forger
// guessing): it must not end the wait, or anyone could answer for the server with silence.
func (x *exchange) overUDP(conn net.Conn, query, buf []byte) (reply, error) {
	if _, err := conn.Write(query); err != nil {
		return reply{}, x.question.fail(x.server, transportKind(err), "", err)
	}
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return reply{}, x.question.fail(x.server, transportKind(err), "", err)
		}
		got, ours, err := x.parse(buf[:n])
		if ours {
			return got, err
		}
	}
}

// overTCP frames by length (RFC 1035 section 4.2.2). The stream is the server's own, so a reply that does not
// belong to the question is an error.
func (x *exchange) overTCP(conn net.Conn, query, buf []byte) (reply, error) {
	framed := binary.BigEndian.AppendUint16(make([]byte, 0, len(query)+2), uint16(len(query)))
	if _, err := conn.Write(append(framed, query...)); err != nil {
		return reply{}, x.question.fail(x.server, transportKind(err), "", err)
	}
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return reply{}, x.question.fail(x.server, transportKind(err), "", err)
	}
	n := int(binary.BigEndian.Uint16(length[:]))
	if _, err := io.ReadFull(conn, buf[:n]); err != nil {
		return reply{}, x.question.fail(x.server, transportKind(err), "", err)
	}
	got, ours, err := x.parse(buf[:n])
	if !ours {
		return reply{}, x.question.fail(x.server, Garbled, "", errors.New("the reply over TCP belongs to another question"))
	}
	return got, err
}

// parse reads a message; ours is false for one that does not answer this query.
func (x *exchange) parse(raw []byte) (got reply, ours bool, err error) {
	switch {
	case len(raw) < headerSize:
		x.not("short")
		return reply{}, false, nil
	case binary.BigEndian.Uint16(raw) != x.id:
		x.not("id")
		return reply{}, false, nil
	case raw[2]&0x80 == 0:
		x.not("query")
		return reply{}, false, nil
	}
	m := &mdns.Msg{}
	err = m.Unpack(raw)
	got = reply{rcode: m.Rcode, truncated: raw[2]&0x02 != 0, aa: m.Authoritative, ra: m.RecursionAvailable, ad: m.AuthenticatedData, size: len(raw)}
	if !x.answers(m) {
		return reply{}, false, nil
	}
	if x.keep {
		got.raw = bytes.Clone(raw)
	}
	if got.truncated && x.network == "udp" {
		return got, true, nil // what there is of it does not count
	}
	if err != nil {
		return got, true, x.question.fail(x.server, Garbled, "", fmt.Errorf("the reply cannot be read: %w", err))
	}
	got.answer, got.authority, got.extra = canonical(m.Answer), canonical(m.Ns), canonical(m.Extra)
	return got, true, nil
}

// canonical gives the owners of records their canonical form, whatever letters the question was sent in.
func canonical(section []mdns.RR) []mdns.RR {
	for _, rr := range section {
		rr.Header().Name = mdns.CanonicalName(rr.Header().Name)
	}
	return section
}

// answers compares the question section. Only a server that could not read the query may leave it out.
func (x *exchange) answers(m *mdns.Msg) bool {
	if len(m.Question) == 0 {
		unread := m.Rcode == mdns.RcodeFormatError || m.Rcode == mdns.RcodeNotImplemented
		if !unread {
			x.not("question")
		}
		return unread
	}
	q := m.Question[0]
	if len(m.Question) != 1 || q.Qtype != x.question.qtype || q.Qclass != mdns.ClassINET || !strings.EqualFold(q.Name, x.question.name) {
		x.not("question")
		return false
	}
	if x.mixed != "" && x.network == "udp" && q.Name != x.mixed {
		x.not("case")
		return false
	}
	return true
}

// emit reports the query. A truncated reply has the error "TC": it is asked again over TCP.
func (x *exchange) emit(got reply, err error, elapsed time.Duration) {
	e := trace.Event{Kind: trace.KindDNS, Side: trace.SideClient, Proto: "dns", Addr: x.server,
		Name: shown(x.question.name) + " " + x.question.typeName(), Size: int64(got.size), Elapsed: elapsed, Query: x.sent, Reply: got.raw}
	if x.try > 0 {
		e.Try, e.Tries, e.Limit = x.try, x.tries, x.timeout()
	}
	var failure *Error
	switch {
	case errors.As(err, &failure):
		e.Error = string(failure.Kind)
	case got.rcode != mdns.RcodeSuccess:
		e.Error = got.rcodeText()
	case got.truncated:
		e.Error = "TC"
	}
	e.Data = presentation(got.answer)
	x.resolver.span.Emit(e)
}

// presentation writes records as a zone file does (RFC 1035 section 5.1), one a line, whole lines up to the limit.
func presentation(records []mdns.RR) []byte {
	var b []byte
	for _, rr := range records {
		line := rr.String()
		if len(b)+len(line)+1 > maxEventData {
			break
		}
		if len(b) > 0 {
			b = append(b, '\n')
		}
		b = append(b, line...)
	}
	return b
}

// dial goes through the Net, or straight to the network if it leaves that to the system.
func (r *Resolver) dial(ctx context.Context, network, server string) (net.Conn, error) {
	if r.net.Dial != nil {
		return r.net.Dial(ctx, network, server)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, server)
}

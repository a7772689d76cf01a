// Package dnsd is the sandbox's DNS: authoritative servers for the root, the top-level domain and the zones below,
// and a recursive resolver that walks them (RFC 1034, 1035, 2308, 6891).
package dnsd

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"

	"todoku/embedded-server/fault"
	"todoku/internal/trace"
)

// Limits of a server.
const (
	maxUDP       = 1232            // octets of a UDP answer, as DNS flag day 2020 advises
	maxAliases   = 8               // CNAMEs followed for one question
	queryTimeout = 8 * time.Second // of a question to the resolver
	maxInFlight  = 512             // questions worked on at once; more are not answered
)

// Config says what a server is. Zones makes it authoritative, Resolver recursive.
type Config struct {
	Name     string // its host name: "ns1.tsuru.test"
	Addr     string // its address in the small Internet, for events: "192.0.2.53:53"
	Zones    []*Zone
	Resolver *Resolver
	Span     *trace.Span
	Faults   *fault.Set
}

// Server answers on one UDP and one TCP listener.
type Server struct {
	cfg    Config
	ctx    context.Context
	cancel context.CancelFunc
	busy   chan struct{}
	udp    *dns.Server
	tcp    *dns.Server
}

// New makes a server that does not listen yet.
func New(cfg Config) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	return &Server{cfg: cfg, ctx: ctx, cancel: cancel, busy: make(chan struct{}, maxInFlight)}
}

// Start answers questions from both until Close. It returns when both are being served.
func (s *Server) Start(pc net.PacketConn, l net.Listener) {
	var started sync.WaitGroup
	started.Add(2)
	idle := func() time.Duration { return 8 * time.Second }
	s.udp = &dns.Server{PacketConn: pc, Handler: s, UDPSize: 4096, NotifyStartedFunc: started.Done}
	s.tcp = &dns.Server{Listener: l, Handler: s, IdleTimeout: idle, MaxTCPQueries: 128, NotifyStartedFunc: started.Done}
	go s.udp.ActivateAndServe()
	go s.tcp.ActivateAndServe()
	started.Wait()
}

// Close stops listening and waits for the questions under way.
func (s *Server) Close() error {
	s.cancel()
	if s.udp == nil {
		return nil
	}
	return errors.Join(s.udp.Shutdown(), s.tcp.Shutdown())
}

// ServeDNS answers one message.
func (s *Server) ServeDNS(w dns.ResponseWriter, req *dns.Msg) {
	defer s.cfg.Span.Recovered("a question to " + s.cfg.Name)
	select {
	case s.busy <- struct{}{}:
		defer func() { <-s.busy }()
	default:
		return
	}
	began := time.Now()
	resp, e := s.respond(w, req)
	if resp == nil {
		s.cfg.Span.Emit(e)
		return
	}
	shape(resp, req, isUDP(w))
	e.Elapsed = time.Since(began)
	e.Data = []byte(presentation(resp))
	if resp.Rcode != dns.RcodeSuccess {
		e.Error = dns.RcodeToString[resp.Rcode]
	}
	s.cfg.Span.Emit(e)
	w.WriteMsg(resp)
}

// respond makes the answer, nil for silence, and the event that tells of it.
func (s *Server) respond(w dns.ResponseWriter, req *dns.Msg) (*dns.Msg, trace.Event) {
	e := trace.Event{Kind: trace.KindDNS, Side: trace.SideServer, Proto: "dns", Addr: s.cfg.Name + " " + s.cfg.Addr,
		Conn: w.RemoteAddr().String() + "-" + w.LocalAddr().String()}
	resp := new(dns.Msg)
	resp.SetReply(req)
	resp.Compress = true
	if code := unfit(req); code != dns.RcodeSuccess {
		resp.Rcode = code
		return resp, e
	}
	q := req.Question[0]
	e.Name = questionText(q)
	asked := query{dns.CanonicalName(q.Name), q.Qtype, understands(req)}
	a := s.cfg.Faults.At(s.cfg.Name, fault.Query, facts(w, req))
	if a != nil {
		e.Rule = a.Rule
	}
	if s.silenced(w, req, a) {
		e.Error = "no reply"
		return nil, e
	}
	switch {
	case a != nil && s.bent(resp, asked, a):
	case s.cfg.Resolver == nil:
		s.authoritative(resp, asked)
	default:
		ctx, cancel := context.WithTimeout(s.ctx, queryTimeout)
		defer cancel()
		s.cfg.Resolver.recurse(ctx, resp, req)
	}
	s.complete(resp, asked, a)
	return resp, e
}

// facts is what rules are asked with.
func facts(w dns.ResponseWriter, req *dns.Msg) fault.Facts {
	q := req.Question[0]
	f := fault.Facts{Proto: "tcp", Verb: "QUERY", Name: strings.TrimSuffix(q.Name, "."), Type: dns.TypeToString[q.Qtype],
		Peer: w.RemoteAddr().String(), EDNS: req.IsEdns0() != nil}
	if isUDP(w) {
		f.Proto = "udp"
	}
	return f
}

// understands reports whether the asker wants DNSSEC records.
func understands(req *dns.Msg) bool {
	opt := req.IsEdns0()
	return opt != nil && opt.Do()
}

// unfit gives the response code for a message that cannot be a question to us.
func unfit(req *dns.Msg) int {
	opt := req.IsEdns0()
	switch {
	case req.Opcode != dns.OpcodeQuery:
		return dns.RcodeNotImplemented
	case len(req.Question) != 1:
		return dns.RcodeFormatError
	case req.Question[0].Qclass != dns.ClassINET:
		return dns.RcodeRefused
	case req.Question[0].Qtype == dns.TypeAXFR || req.Question[0].Qtype == dns.TypeIXFR:
		return dns.RcodeRefused
	case opt != nil && opt.Version() != 0:
		return dns.RcodeBadVers
	}
	return dns.RcodeSuccess
}

// authoritative answers from the zone that is nearest to the name, following aliases inside our zones.
func (s *Server) authoritative(m *dns.Msg, q query) {
	for n := 0; q.name != "" && n < maxAliases; n++ {
		z := s.zoneFor(q.name, q.qtype)
		if z == nil {
			if n == 0 {
				m.Rcode = dns.RcodeRefused
			}
			return
		}
		q.name = z.answer(m, q)
	}
}

// zoneFor gives our zone with the longest origin above the name, nil if none is. A DS set belongs to the zone above
// its owner (RFC 4035 section 3.1.4.1).
func (s *Server) zoneFor(name string, qtype uint16) *Zone {
	var best, own *Zone
	for _, z := range s.cfg.Zones {
		switch {
		case qtype == dns.TypeDS && z.Origin == name:
			own = z
		case dns.IsSubDomain(z.Origin, name) && (best == nil || len(z.Origin) > len(best.Origin)):
			best = z
		}
	}
	if best == nil {
		return own
	}
	return best
}

// shape adds EDNS if it was asked with EDNS (RFC 6891 section 6.1.1) and cuts a UDP answer to what the asker takes.
func shape(resp, req *dns.Msg, udp bool) {
	size := dns.MinMsgSize
	opt, said := req.IsEdns0(), resp.IsEdns0()
	resp.Extra = slices.DeleteFunc(resp.Extra, func(rr dns.RR) bool { return rr.Header().Rrtype == dns.TypeOPT })
	if opt != nil && resp.Rcode != dns.RcodeFormatError { // one that finds fault with the question knows no EDNS
		size = min(max(int(opt.UDPSize()), dns.MinMsgSize), maxUDP)
		resp.SetEdns0(maxUDP, opt.Do())
		if said != nil { // an extended error
			resp.IsEdns0().Option = said.Option
		}
	}
	if !udp {
		size = dns.MaxMsgSize
	}
	fit(resp, size)
}

// fit cuts a message to a size. What the asker did not need is left out without a word (RFC 2181 section 9): glue is
// needed, other additional records are not.
func fit(m *dns.Msg, size int) {
	if len(m.Answer) > 0 && m.Len() > size {
		m.Extra = slices.DeleteFunc(m.Extra, func(rr dns.RR) bool { return rr.Header().Rrtype != dns.TypeOPT })
	}
	m.Truncate(size)
	m.Compress = true
}

func isUDP(w dns.ResponseWriter) bool {
	_, ok := w.RemoteAddr().(*net.UDPAddr)
	return ok
}

// questionText is "fuji.test MX".
func questionText(q dns.Question) string {
	name := strings.TrimSuffix(q.Name, ".")
	if name == "" {
		name = "."
	}
	t, ok := dns.TypeToString[q.Qtype]
	if !ok {
		t = dns.Type(q.Qtype).String()
	}
	return name + " " + t
}

// presentation is the answer in zone-file form, or the authority section if there is no answer.
func presentation(m *dns.Msg) string {
	rrs := m.Answer
	if len(rrs) == 0 {
		rrs = m.Ns
	}
	lines := make([]string, 0, len(rrs))
	for _, rr := range rrs {
		lines = append(lines, rr.String())
	}
	return strings.Join(lines, "\n")
}

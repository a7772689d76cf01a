package dns

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
	"todoku/protocols/wire"
)

func TestEventPerQuery(t *testing.T) {
	addr := startServer(t, zone(t, "fuji.test. 300 IN MX 10 mx1.fuji.test."))
	r, rec := resolverOn(t, addr)
	if _, err := r.LookupMX(t.Context(), "fuji.test"); err != nil {
		t.Fatal(err)
	}
	r.LookupTXT(t.Context(), "gone.test")
	events := rec.Events()
	if len(events) != 2 {
		t.Fatalf("%d events, want 2", len(events))
	}
	e := events[0]
	if e.Kind != trace.KindDNS || e.Proto != "dns" || e.Addr != addr || e.Name != "fuji.test MX" || e.Error != "" ||
		e.Size < 40 || e.Elapsed <= 0 || string(e.Data) != "fuji.test.\t300\tIN\tMX\t10 mx1.fuji.test." {
		t.Errorf("event is %+v, data %q", e, e.Data)
	}
	if e := events[1]; e.Name != "gone.test TXT" || e.Error != "NXDOMAIN" || len(e.Data) != 0 {
		t.Errorf("event is %+v", e)
	}
}

func TestTruncatedReplyIsAskedOverTCP(t *testing.T) {
	long := `fuji.test. 1 IN TXT "` + strings.Repeat("x", 250) + `"`
	var lines []string
	for i := range 12 {
		lines = append(lines, long[:len(long)-3]+string(rune('a'+i))+`"`)
	}
	z := zone(t, lines...)
	addr := startServer(t, func(network string, q *mdns.Msg) *mdns.Msg {
		m := z(network, q)
		if network == "udp" {
			m.Truncate(int(q.IsEdns0().UDPSize()))
		}
		return m
	})
	r, rec := resolverOn(t, addr)
	got, err := r.LookupTXT(t.Context(), "fuji.test")
	if err != nil || len(got) != 12 {
		t.Fatalf("%d records, %v", len(got), err)
	}
	events := rec.Events()
	if len(events) != 2 || events[0].Error != "TC" || events[0].Size > ednsSize || events[1].Error != "" || events[1].Size < 3000 {
		t.Errorf("events are %+v", events)
	}
}

func TestForeignRepliesAreIgnored(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { pc.Close(); <-done })
	z := zone(t, "fuji.test. 1 IN TXT good", "evil.test. 1 IN TXT evil")
	go func() {
		defer close(done)
		buf := make([]byte, maxMessage)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			q := new(mdns.Msg)
			if q.Unpack(buf[:n]) != nil {
				continue
			}
			wrongID := z("udp", q)
			wrongID.Id++
			evil, _ := mdns.NewRR("fuji.test. 1 IN TXT evil")
			wrongID.Answer = []mdns.RR{evil}
			wrongName := q.Copy()
			wrongName.Question[0].Name = "evil.test."
			good := z("udp", q)
			good.Question[0].Name = "FUJI.test."
			for _, m := range []*mdns.Msg{wrongID, z("udp", wrongName), q, good} {
				out, _ := m.Pack()
				pc.WriteTo(out, from)
				pc.WriteTo(out[:7], from)
			}
		}
	}()
	r, rec := resolverOn(t, pc.LocalAddr().String())
	got, err := r.LookupTXT(t.Context(), "fuji.test")
	if err != nil || len(got) != 1 || got[0] != "good" {
		t.Fatalf("%q, %v", got, err)
	}
	if n := len(rec.Events()); n != 1 {
		t.Errorf("%d queries, want 1", n)
	}
}

func TestSilenceThenTheNextServer(t *testing.T) {
	silent := startServer(t, func(string, *mdns.Msg) *mdns.Msg { return nil })
	good := startServer(t, zone(t, "fuji.test. 1 IN TXT good"))
	r, rec := resolverOn(t, silent, good)
	if _, err := r.LookupTXT(t.Context(), "fuji.test"); err != nil {
		t.Fatal(err)
	}
	events := rec.Events()
	if len(events) != 2 || events[0].Addr != silent || events[0].Error != "timeout" || events[1].Addr != good {
		t.Errorf("events are %+v", events)
	}
}

func TestSilenceEnds(t *testing.T) {
	var asked atomic.Int32
	silent := startServer(t, func(string, *mdns.Msg) *mdns.Msg { asked.Add(1); return nil })
	r := New(Options{Servers: []string{silent}, Timeout: 30 * time.Millisecond, Tries: 3})
	_, err := r.LookupTXT(t.Context(), "fuji.test")
	e := wantKind(t, err, Timeout)
	if e.Server != silent || !e.Timeout() || Absent(err) || asked.Load() != 3 {
		t.Errorf("error is %+v after %d queries", e, asked.Load())
	}
}

func TestServfailThenGood(t *testing.T) {
	var n atomic.Int32
	z := zone(t, "fuji.test. 1 IN TXT good")
	addr := startServer(t, func(network string, q *mdns.Msg) *mdns.Msg {
		if n.Add(1) == 1 {
			return new(mdns.Msg).SetRcode(q, mdns.RcodeServerFailure)
		}
		return z(network, q)
	})
	r, rec := resolverOn(t, addr)
	if _, err := r.LookupTXT(t.Context(), "fuji.test"); err != nil {
		t.Fatal(err)
	}
	if events := rec.Events(); len(events) != 2 || events[0].Error != "SERVFAIL" {
		t.Errorf("events are %+v", events)
	}
}

// A server that keeps answering without settling anything is left alone, and what it said is the error.
func TestRefusedIsReported(t *testing.T) {
	var n atomic.Int32
	refuses := startServer(t, func(_ string, q *mdns.Msg) *mdns.Msg {
		n.Add(1)
		return new(mdns.Msg).SetRcode(q, mdns.RcodeRefused)
	})
	r, _ := resolverOn(t, refuses)
	_, err := r.LookupTXT(t.Context(), "fuji.test")
	if e := wantKind(t, err, Refused); e.Rcode != "REFUSED" || n.Load() != maxUnsettled {
		t.Errorf("error is %+v after %d queries", e, n.Load())
	}
}

func TestReferralIsNotAbsence(t *testing.T) {
	addr := startServer(t, func(_ string, q *mdns.Msg) *mdns.Msg {
		m := new(mdns.Msg).SetReply(q)
		ns, _ := mdns.NewRR("test. 1 IN NS ns.test.")
		m.Ns = []mdns.RR{ns}
		return m
	})
	r, _ := resolverOn(t, addr)
	_, err := r.LookupMX(t.Context(), "fuji.test")
	wantKind(t, err, Referral)
	if Absent(err) {
		t.Error("a referral counts as absent")
	}
}

func TestEDNSFallback(t *testing.T) {
	z := zone(t, "fuji.test. 1 IN TXT good")
	addr := startServer(t, func(network string, q *mdns.Msg) *mdns.Msg {
		if q.IsEdns0() != nil {
			return &mdns.Msg{MsgHdr: mdns.MsgHdr{Id: q.Id, Response: true, Rcode: mdns.RcodeFormatError}}
		}
		return z(network, q)
	})
	r, rec := resolverOn(t, addr)
	if _, err := r.LookupTXT(t.Context(), "fuji.test"); err != nil {
		t.Fatal(err)
	}
	if events := rec.Events(); len(events) != 2 || events[0].Error != "FORMERR" {
		t.Errorf("events are %+v", events)
	}
}

func TestCancelStopsAtOnce(t *testing.T) {
	asked := make(chan struct{}, 8)
	silent := startServer(t, func(string, *mdns.Msg) *mdns.Msg { asked <- struct{}{}; return nil })
	r := New(Options{Servers: []string{silent}, Timeout: time.Minute})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	began := time.Now()
	_, err := r.LookupTXT(ctx, "fuji.test")
	wantKind(t, err, Cancelled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v is no context.Canceled", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the lookup went on for %v", took)
	}
}

func TestCallersDeadlineIsATimeout(t *testing.T) {
	silent := startServer(t, func(string, *mdns.Msg) *mdns.Msg { return nil })
	r := New(Options{Servers: []string{silent}, Timeout: time.Minute})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := r.LookupTXT(ctx, "fuji.test")
	wantKind(t, err, Timeout)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v is no context.DeadlineExceeded", err)
	}
}

// Where the system tells no list of resolvers it is asked itself, with the same results.
func TestSystemIsAskedWithoutAList(t *testing.T) {
	addr := startServer(t, zone(t,
		"fuji.test. 300 IN MX 20 mx2.fuji.test.", "fuji.test. 300 IN MX 10 mx1.fuji.test.", `fuji.test. 1 IN TXT "a \\ \"b\""`,
		"fuji.test. 1 IN A 192.0.2.1", "fuji.test. 1 IN AAAA 2001:db8::1",
		"_imap._tcp.fuji.test. 1 IN SRV 1 2 143 mail.fuji.test.", "1.2.0.192.in-addr.arpa. 1 IN PTR mail.fuji.test."))
	r, rec := resolverOn(t, "127.0.0.1:1")
	r.servers = nil
	r.system = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}}
	if mx, err := r.LookupMX(t.Context(), "fuji.test"); err != nil || len(mx.Hosts) != 2 || mx.Hosts[0] != (MX{"mx1.fuji.test", 10}) {
		t.Errorf("MX %+v, %v", mx, err)
	}
	if txt, err := r.LookupTXT(t.Context(), "fuji.test"); err != nil || len(txt) != 1 || txt[0] != `a \ "b"` {
		t.Errorf("TXT %q, %v", txt, err)
	}
	if a, err := r.LookupAddrs(t.Context(), "fuji.test"); err != nil || len(a.Addrs) != 2 || a.Partial != nil {
		t.Errorf("addresses %+v, %v", a, err)
	}
	if srv, err := r.LookupSRV(t.Context(), "imap", "tcp", "fuji.test"); err != nil || len(srv.Hosts) != 1 || srv.Hosts[0].Port != 143 {
		t.Errorf("SRV %+v, %v", srv, err)
	}
	if names, err := r.LookupPTR(t.Context(), netip.MustParseAddr("192.0.2.1")); err != nil || len(names) != 1 || names[0] != "mail.fuji.test" {
		t.Errorf("PTR %v, %v", names, err)
	}
	_, err := r.LookupMX(t.Context(), "gone.test")
	wantKind(t, err, NotFound)
	if events := rec.Events(); events[0].Addr != systemName || events[0].Name != "fuji.test MX" {
		t.Errorf("event is %+v", events[0])
	}
}

func BenchmarkLookupMX(b *testing.B) {
	addr := startServer(b, zone(b, "fuji.test. 300 IN MX 10 mx1.fuji.test."))
	r := New(Options{Servers: []string{addr}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.LookupMX(b.Context(), "fuji.test"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestNobodyThereIsUnreachable(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := pc.LocalAddr().String()
	pc.Close()
	r, _ := resolverOn(t, addr)
	_, err = r.LookupMX(t.Context(), "fuji.test")
	var e *Error
	if !errors.As(err, &e) || e.Kind != Unreachable && e.Kind != Timeout { // some systems tell UDP nothing
		t.Fatalf("error is %v", err)
	}
}

// Everything goes through the Net: its resolver is asked, by its dialer.
func TestNetDecides(t *testing.T) {
	addr := startServer(t, zone(t, "fuji.test. 1 IN A 192.0.2.1"))
	var dialled atomic.Int32
	n := &wire.Net{Resolver: "192.0.2.53:53", Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != "192.0.2.53:53" {
			return nil, errors.New("not in this world")
		}
		dialled.Add(1)
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}}
	r := New(Options{Net: n, Servers: []string{"127.0.0.1:1"}})
	n.Resolve = r.Resolve
	addrs, err := n.Resolve(t.Context(), "fuji.test")
	if err != nil || len(addrs) != 1 || addrs[0].String() != "192.0.2.1" {
		t.Fatalf("%v, %v", addrs, err)
	}
	if dialled.Load() != 2 {
		t.Errorf("%d sockets, want one each for A and AAAA", dialled.Load())
	}
}

func FuzzParse(f *testing.F) {
	q := new(mdns.Msg).SetQuestion("fuji.test.", mdns.TypeMX)
	q.Response = true
	seed, _ := q.Pack()
	f.Add(seed)
	f.Fuzz(func(t *testing.T, raw []byte) {
		x := exchange{question: question{name: "fuji.test.", qtype: mdns.TypeMX}, network: "udp"}
		if len(raw) >= 2 {
			x.id = uint16(raw[0])<<8 | uint16(raw[1])
		}
		got, ours, err := x.parse(raw)
		if ours && err == nil {
			pick(got.answer, x.question)
			presentation(got.answer)
		}
	})
}

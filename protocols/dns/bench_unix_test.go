//go:build unix

package dns

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	mdns "github.com/miekg/dns"

	"todoku/protocols/wire"
)

const (
	benchDomains = 10_000
	benchWorkers = 64
	benchHosters = 4 // servers that hold the domains
)

// library is a name server that has its answers ready: "name type" -> reply. Its own work is part of what is measured.
type library map[string]*mdns.Msg

func (l library) add(name string, rrtype uint16, m *mdns.Msg) { l[name+mdns.TypeToString[rrtype]] = m }

// serve answers until the socket is closed.
func (l library) serve(pc net.PacketConn) {
	buf := make([]byte, 4096)
	for {
		n, from, err := pc.ReadFrom(buf)
		if err != nil {
			return
		}
		q := new(mdns.Msg)
		if q.Unpack(buf[:n]) != nil || len(q.Question) != 1 {
			continue
		}
		name := mdns.CanonicalName(q.Question[0].Name)
		ready := l[name+mdns.TypeToString[q.Question[0].Qtype]]
		if ready == nil {
			ready = l[name]
		}
		m := new(mdns.Msg).SetReply(q)
		if m.Rcode = mdns.RcodeServerFailure; ready != nil {
			m.Rcode, m.Authoritative, m.Answer, m.Ns, m.Extra, m.Compress = ready.Rcode, ready.Authoritative, ready.Answer, ready.Ns, ready.Extra, true
		}
		if out, err := m.Pack(); err == nil {
			pc.WriteTo(out, from)
		}
	}
}

// tenThousand makes a root, test. and the domains, and gives the world they are in.
// The root and test. are signed; test. uses NSEC3 with opt-out, as large registries do.
func tenThousand(b *testing.B, signed bool) *wire.Net {
	b.Helper()
	var options []zoneOption
	if !signed {
		options = append(options, withoutKeys)
	}
	lines := []string{"test. 300 NS ns.nic.test.", "ns.nic.test. 300 A 198.51.100.2"}
	hosters := make([]library, benchHosters)
	for i := range hosters {
		hosters[i] = library{}
	}
	var delegated []string
	for i := range benchDomains {
		name := fmt.Sprintf("d%05d.test.", i)
		at := fmt.Sprintf("192.0.2.%d", i%benchHosters+1)
		z := newSignedZone(b, name, []string{name + " 300 MX 10 mx." + name, name + " 300 NS ns." + name, "ns." + name + " 300 A " + at}, options...)
		hosters[i%benchHosters].add(name, mdns.TypeMX, answered(z, name, mdns.TypeMX))
		delegated = append(delegated, name+" 300 NS ns."+name, "ns."+name+" 300 A "+at)
		if signed {
			hosters[i%benchHosters].add(name, mdns.TypeDNSKEY, answered(z, name, mdns.TypeDNSKEY))
			delegated = append(delegated, z.ds())
		}
	}
	test := newSignedZone(b, "test.", append(lines, delegated...), withOptOut)
	tld := library{}
	tld.add("test.", mdns.TypeDNSKEY, answered(test, "test.", mdns.TypeDNSKEY))
	for i := range benchDomains {
		name := fmt.Sprintf("d%05d.test.", i)
		tld[name] = answered(test, name, mdns.TypeMX)
	}
	root := newSignedZone(b, ".", append(lines, test.ds(), ". 300 NS a.root.test."))
	top := library{"test.": answered(root, "test.", mdns.TypeA)}
	top.add(".", mdns.TypeDNSKEY, answered(root, ".", mdns.TypeDNSKEY))
	servers := map[string]library{"198.51.100.1": top, "198.51.100.2": tld}
	for i, h := range hosters {
		servers[fmt.Sprintf("192.0.2.%d", i+1)] = h
	}
	n := worldOf(b, servers)
	n.TrustAnchor = []string{root.ds()}
	return n
}

// worldOf starts the servers, each with two readers.
func worldOf(b *testing.B, servers map[string]library) *wire.Net {
	b.Helper()
	real := map[string]string{}
	var all sync.WaitGroup
	for addr, l := range servers {
		pc, err := new(net.ListenConfig).ListenPacket(b.Context(), "udp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		pc.(*net.UDPConn).SetReadBuffer(1 << 20)
		real[addr+":53"] = pc.LocalAddr().String()
		for range 2 {
			all.Go(func() { l.serve(pc) })
		}
		b.Cleanup(func() { pc.Close() })
	}
	return &wire.Net{
		RootHints: []wire.RootHint{{Name: "a.root.test", Addrs: []netip.Addr{netip.MustParseAddr("198.51.100.1")}}},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, real[address])
		},
	}
}

// BenchmarkTenThousandDomains finds the MX records of 10,000 domains from the root down, with a fresh socket, id and case
// for every query, and with the servers in the same process. One iteration is all of them, by a walker that knows nothing.
func BenchmarkTenThousandDomains(b *testing.B) {
	for _, c := range []struct {
		name   string
		signed bool
		plain  bool
		want   Status
	}{{"unsigned", false, false, Insecure}, {"unsigned, no DNSSEC", false, true, Indeterminate}, {"signed", true, false, Secure}} {
		b.Run(c.name, func(b *testing.B) {
			n := tenThousand(b, c.signed)
			b.ReportAllocs()
			b.ResetTimer()
			before := cpuTime(b)
			for range b.N {
				w := NewWalker(WalkOptions{Net: n, Plain: c.plain, Queries: 10 * benchDomains, Timeout: 2 * time.Second})
				findAll(b, w, c.want)
				b.ReportMetric(float64(w.queries.Load())/benchDomains, "queries/domain")
			}
			domains := float64(benchDomains * b.N)
			b.ReportMetric(domains/b.Elapsed().Seconds(), "domains/s")
			b.ReportMetric(domains/(cpuTime(b)-before).Seconds(), "domains/cpu-s") // what a machine that does nothing else would give for each core
		})
	}
}

// cpuTime is what this process took of the processors so far, walker and servers together.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func findAll(b *testing.B, w *Walker, want Status) {
	var all sync.WaitGroup
	next := make(chan int)
	for range benchWorkers {
		all.Go(func() {
			for i := range next {
				name := fmt.Sprintf("d%05d.test", i)
				got, err := w.WalkMX(b.Context(), name)
				if err != nil || len(got.Hosts) != 1 || !strings.HasSuffix(got.Hosts[0].Host, name) || got.DNSSEC.Status != want {
					b.Errorf("%s: %+v %v", name, got, err)
				}
			}
		})
	}
	for i := range benchDomains {
		next <- i
	}
	close(next)
	all.Wait()
}

package ladder

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// Limits of knocking at ports.
const (
	knockTime  = 10 * time.Second // for one address: a person waits
	maxKnocks  = 8                // at once
	knockAddrs = 2                // addresses of one host
)

// Target is a port of a host in question.
type Target struct {
	Proto string // of the account's server there; "" where it does not matter
	Host  string
	Port  int
	Addrs []netip.Addr // when they are known; else they are looked up
}

// Name is "mail.sakura.test:587".
func (t Target) Name() string { return t.Host + ":" + strconv.Itoa(t.Port) }

// Knock is how one target took a connection attempt.
type Knock struct {
	Target
	Addr    string        // that connected, or was tried last
	Code    string        // of the failure, as wire or dns have it; "" if it connected
	Elapsed time.Duration //
	Err     error
}

// KnockOf is the knock that an attempt to connect was: addr is where it did, err why it did not. What failed after the
// port had connected, such as a handshake, found it open.
func KnockOf(t Target, addr string, took time.Duration, err error) Knock {
	k := Knock{Target: t, Addr: addr, Elapsed: took, Err: err}
	var e *wire.Error
	if errors.As(err, &e) {
		k.Code, k.Addr = e.Code, e.Addr
	}
	if connected(k.Code) {
		k.Code, k.Err = "", nil
	}
	return k
}

// connected reports that what failed with this code came after the port had connected.
func connected(code string) bool {
	return code != "" && code != wire.CodeCancelled && !strings.HasPrefix(code, "dial.") && !strings.HasPrefix(code, "dns.")
}

// Open reports that the target connected.
func (k Knock) Open() bool { return k.Err == nil }

// Silent reports that no answer came at all, which a filter on the way does as well as a host that is down.
func (k Knock) Silent() bool { return k.Code == wire.CodeDialTimeout }

// Knocks connects to every target side by side, says nothing and hangs up. A host's addresses are looked up once.
func Knocks(ctx context.Context, span *trace.Span, n *wire.Net, targets []Target) []Knock {
	out := make([]Knock, len(targets))
	hosts := map[string]func() ([]netip.Addr, error){}
	for _, t := range targets {
		if hosts[t.Host] == nil {
			hosts[t.Host] = sync.OnceValues(func() ([]netip.Addr, error) { return dns.New(dns.Options{Net: n, Span: span}).Resolve(ctx, t.Host) })
		}
	}
	slots := make(chan struct{}, maxKnocks)
	var all trace.Group
	for i, t := range targets {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			defer span.Recovered("a knock at " + t.Name())
			out[i] = Knock{Target: t, Code: wire.CodeCancelled, Err: context.Canceled} // if it breaks off
			out[i] = knock(ctx, span, n, t, hosts[t.Host])
		})
	}
	all.Wait()
	return out
}

func knock(ctx context.Context, span *trace.Span, n *wire.Net, t Target, lookUp func() ([]netip.Addr, error)) Knock {
	began := time.Now()
	if len(t.Addrs) == 0 {
		var err error
		if t.Addrs, err = lookUp(); err != nil {
			return Knock{Target: t, Code: wire.CodeDNSFailed, Elapsed: time.Since(began), Err: err}
		}
	}
	c, err := wire.Dial(ctx, wire.Options{Net: n, Span: span, Proto: "tcp", Host: t.Host, Port: t.Port, TLS: wire.TLSNone, Addrs: t.Addrs,
		MaxAddrs: knockAddrs, DialTime: knockTime})
	took, addr := time.Since(began), ""
	if err == nil {
		addr = c.RemoteAddr().String()
		c.Close()
	}
	k := KnockOf(t, addr, took, err)
	if k.Silent() && ctx.Err() != nil {
		k.Code = wire.CodeCancelled // it had no time to answer
	}
	return k
}

// names lists targets that pass, "a.test:25, b.test:25".
func names(knocks []Knock, pass func(Knock) bool) string {
	var all []string
	for _, k := range knocks {
		if pass(k) {
			all = append(all, k.Name())
		}
	}
	return strings.Join(all, ", ")
}

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
	Host  string
	Port  int
	Addrs []netip.Addr // when they are known; else they are looked up
}

// Name is "mail.sakura.test:587".
func (t Target) Name() string { return t.Host + ":" + strconv.Itoa(t.Port) }

// Knock is how one target took a connection attempt.
type Knock struct {
	Target
	Addr string // that connected, or was tried last
	Code string // of the failure, as wire or dns have it; "" if it connected
	Err  error
}

// Open reports that the target connected.
func (k Knock) Open() bool { return k.Err == nil }

// Silent reports that no answer came at all, which a filter on the way does as well as a host that is down.
func (k Knock) Silent() bool { return k.Code == wire.CodeDialTimeout }

// Knocks connects to every target side by side, says nothing and hangs up.
func Knocks(ctx context.Context, span *trace.Span, n *wire.Net, targets []Target) []Knock {
	out := make([]Knock, len(targets))
	slots := make(chan struct{}, maxKnocks)
	var all sync.WaitGroup
	for i, t := range targets {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out[i] = knock(ctx, span, n, t)
		})
	}
	all.Wait()
	return out
}

func knock(ctx context.Context, span *trace.Span, n *wire.Net, t Target) Knock {
	k := Knock{Target: t}
	if len(k.Addrs) == 0 {
		if k.Addrs, k.Err = dns.New(dns.Options{Net: n, Span: span}).Resolve(ctx, t.Host); k.Err != nil {
			k.Code = wire.CodeDNSFailed
			return k
		}
	}
	c, err := wire.Dial(ctx, wire.Options{Net: n, Span: span, Proto: "tcp", Host: t.Host, Port: t.Port, TLS: wire.TLSNone, Addrs: k.Addrs,
		MaxAddrs: knockAddrs, DialTime: knockTime})
	if err == nil {
		k.Addr = c.RemoteAddr().String()
		c.Close()
		return k
	}
	k.Err = err
	var e *wire.Error
	if errors.As(err, &e) {
		k.Code, k.Addr = e.Code, e.Addr
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

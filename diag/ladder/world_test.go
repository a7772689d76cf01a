package ladder

import (
	"context"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"todoku/diag/worldtest"
	"todoku/embedded-server/fault"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// Every test leaves no goroutine behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("modernc.org/sqlite.(*conn).interrupt"))
}

// small is the net of a running small Internet with faults.
func small(t testing.TB, rules ...fault.Rule) *wire.Net {
	t.Helper()
	_, n := worldtest.Start(t, 0, rules...)
	n.Resolve = dns.New(dns.Options{Net: n}).Resolve
	return n
}

// silence lets attempts at the addresses with that ending end as those do that nobody answers.
func silence(n *wire.Net, endings ...string) { failing(n, os.ErrDeadlineExceeded, endings) }

// refuse answers attempts at the addresses with that ending as a host does where nothing listens.
func refuse(n *wire.Net, endings ...string) { failing(n, syscall.ECONNREFUSED, endings) }

func failing(n *wire.Net, err error, endings []string) {
	dial := n.Dial
	n.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		for _, e := range endings {
			if network == "tcp" && strings.HasSuffix(address, e) {
				return nil, &net.OpError{Op: "dial", Net: network, Err: err}
			}
		}
		return dial(ctx, network, address)
	}
}

package delivery

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// Every test leaves no goroutine behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("modernc.org/sqlite.(*conn).interrupt"))
}

type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// blocked lets nothing out on port 25: attempts end as those do that nobody answers.
func blocked(dial dialer) dialer { return blockedAt(dial, "") }

// blockedAt blocks port 25 of the addresses that begin so, and of IPv6.
func blockedAt(dial dialer, prefix string) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasSuffix(address, ":25") && (strings.HasPrefix(address, prefix) || address[0] == '[') {
			return nil, &net.OpError{Op: "dial", Net: network, Err: os.ErrDeadlineExceeded}
		}
		return dial(ctx, network, address)
	}
}

// refusing answers attempts at addresses that end so as a host does where nothing listens.
func refusing(dial dialer, endings ...string) dialer {
	return failing(dial, syscall.ECONNREFUSED, endings)
}

// silent lets them end as those do that nobody answers.
func silent(dial dialer, endings ...string) dialer {
	return failing(dial, os.ErrDeadlineExceeded, endings)
}

func failing(dial dialer, err error, endings []string) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if network == "tcp" && slices.ContainsFunc(endings, func(e string) bool { return strings.HasSuffix(address, e) }) {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		return dial(ctx, network, address)
	}
}

// asJSON is how a value is kept.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"todoku/internal/trace"
)

// Limits of an answer over HTTPS: policies, configurations and tokens are small.
const (
	httpBytes  = 1 << 20
	httpHeader = 64 << 10
	httpTime   = 30 * time.Second
)

var errPlainHTTP = errors.New("plain HTTP is not used: write https:// in the address")

// HTTP gives a client for HTTPS requests in the world n (MTA-STS, autoconfig, OAuth): HTTP/1.1 without a proxy, TLS
// verified, one recorded connection per request, bounded in octets and time, closed when ctx ends. Errors hold the
// *Error of the connection.
func HTTP(ctx context.Context, n *Net, span *trace.Span) *http.Client {
	dial := func(_ context.Context, _, address string) (conn net.Conn, err error) {
		defer func() {
			if p := recover(); p != nil {
				conn, err = nil, trace.PanicOf(p)
			}
		}()
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, err
		}
		c, err := Dial(ctx, Options{Net: n, Span: span, Proto: "http", Host: host, Port: int(number), TLS: TLSImplicit,
			Answer: Step{Name: "HTTP request", Want: "the answer", Bytes: httpBytes, Time: httpTime}})
		if err != nil {
			return nil, err
		}
		return c, nil
	}
	refuse := func(context.Context, string, string) (net.Conn, error) { return nil, errPlainHTTP }
	return &http.Client{
		Timeout: httpTime + resolveTime + dialTime,
		Transport: &http.Transport{
			DialTLSContext: dial, DialContext: refuse, DisableKeepAlives: true, MaxResponseHeaderBytes: httpHeader,
			TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
		},
	}
}

// Ask does a request with a client that HTTP gave. A panic of its dial, which runs in a goroutine of its own, goes on here.
func Ask(client *http.Client, request *http.Request) (*http.Response, error) {
	answer, err := client.Do(request)
	var p *trace.Panic
	if errors.As(err, &p) {
		panic(p)
	}
	return answer, err
}

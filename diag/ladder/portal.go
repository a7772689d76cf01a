package ladder

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// Limits of the page that a captive portal would answer for.
const (
	portalBytes = 64 << 10
	portalTime  = 10 * time.Second
)

// PortalOptions name a page that is the same from everywhere. The person agreed to it being asked for.
type PortalOptions struct {
	Net   *wire.Net
	Page  string // "http://host/path"; plain HTTP, for a portal can answer nothing else unseen. "" asks nobody
	Holds string // what the page holds; "" expects status 204 and no page
}

// Portal tells whether something on the line answers in place of the page's server, as the login page of a hotel's or a
// train's network does.
func Portal(ctx context.Context, span *trace.Span, o PortalOptions) Outcome {
	args := map[string]string{"page": o.Page}
	if o.Page == "" {
		return Outcome{Finding: finding("local.portal.unasked", trace.Unknown, args)}
	}
	within, cancel := context.WithTimeout(ctx, portalTime)
	defer cancel()
	answer, body, err := getPlain(within, span, o.Net, o.Page)
	if err != nil {
		args["said"] = err.Error()
		return Outcome{Finding: finding("local.portal.silent", trace.Unknown, args)}
	}
	args["said"] = strings.TrimSpace(answer.Status + " " + answer.Header.Get("Location"))
	switch {
	case o.Holds == "" && answer.StatusCode == http.StatusNoContent, o.Holds != "" && answer.StatusCode == http.StatusOK && bytes.Contains(body, []byte(o.Holds)):
		return Outcome{Finding: finding("local.portal.none", trace.Pass, args)}
	case answer.StatusCode >= 500:
		return Outcome{Finding: finding("local.portal.silent", trace.Unknown, args)}
	}
	args["location"] = answer.Header.Get("Location")
	return Outcome{Finding: finding("local.portal", trace.Fail, args)}
}

var errNotPlain = errors.New("the page's address must begin with http://")

// getPlain fetches one small page over plain HTTP and follows nothing.
func getPlain(ctx context.Context, span *trace.Span, n *wire.Net, page string) (*http.Response, []byte, error) {
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return nil, nil, errors.Join(errNotPlain, err)
	}
	port := 80
	if u.Port() != "" {
		if port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, nil, err
		}
	}
	addrs, err := dns.New(dns.Options{Net: n, Span: span}).Resolve(ctx, u.Hostname())
	if err != nil {
		return nil, nil, err
	}
	c, err := wire.Dial(ctx, wire.Options{Net: n, Span: span, Proto: "http", Host: u.Hostname(), Port: port, TLS: wire.TLSNone, Addrs: addrs, MaxAddrs: 2,
		DialTime: portalTime, Answer: wire.Step{Name: "HTTP request", Want: "the answer", Bytes: portalBytes, Time: portalTime}})
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Close = true
	if err := request.Write(c); err != nil {
		return nil, nil, err
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), request)
	if err != nil {
		return nil, nil, c.Cause(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, portalBytes))
	if err != nil && len(body) == 0 {
		return nil, nil, c.Cause(err)
	}
	return answer, body, nil
}

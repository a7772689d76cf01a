package policy

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// Limits of fetching a policy. RFC 8461 section 3.3 suggests 64 KiB and a minute; a person who watches has less patience.
const (
	stsBytes = 64 << 10
	STSTime  = 20 * time.Second
)

// fetchSTS gets the policy's text over HTTPS, or says why it cannot be had.
func fetchSTS(ctx context.Context, span *trace.Span, in Inputs, args facts) (string, *trace.Finding) {
	ctx, cancel := context.WithTimeout(ctx, STSTime)
	defer cancel()
	reply, err := requestSTS(ctx, span, in, args)
	if err != nil {
		f := unfetched(ctx, args, err)
		return "", &f
	}
	defer reply.Body.Close()
	code := ""
	var text []byte
	switch kind, _, _ := mime.ParseMediaType(reply.Header.Get("Content-Type")); {
	case reply.StatusCode >= 300 && reply.StatusCode < 400:
		code = "policy.sts.redirect"
		args["target"] = brief(reply.Header.Get("Location"))
	case reply.StatusCode != http.StatusOK:
		code = "policy.sts.status"
	case kind != "text/plain":
		code = "policy.sts.type"
		args["type"] = brief(reply.Header.Get("Content-Type"))
	default:
		text, err = io.ReadAll(io.LimitReader(reply.Body, stsBytes+1))
	}
	args["status"] = strconv.Itoa(reply.StatusCode)
	switch {
	case err != nil:
		f := unfetched(ctx, args, err)
		return "", &f
	case len(text) > stsBytes:
		code = "policy.sts.size"
	}
	if code != "" {
		f := args.finding(code, trace.Fail)
		return "", &f
	}
	return string(text), nil
}

// requestSTS asks the policy host, whose name the domain's own servers resolve. Redirects are not followed (RFC 8461
// section 3.3).
func requestSTS(ctx context.Context, span *trace.Span, in Inputs, args facts) (*http.Response, error) {
	world := wire.Net{}
	if in.Net != nil {
		world = *in.Net
	}
	world.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
		got, err := in.Lookup.Addrs(ctx, host)
		return slices.DeleteFunc(got.Addrs, dns.EverybodysOwn), err
	}
	args["url"] = "https://" + stsHost(in.Domain) + "/.well-known/mta-sts.txt"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, args["url"], nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "text/plain")
	client := wire.HTTP(ctx, &world, span)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return wire.Ask(client, request)
}

// unfetched names why no answer came. What this device or a resolver may be to blame for is not known.
func unfetched(ctx context.Context, args facts, err error) trace.Finding {
	args.failed(err)
	var e *wire.Error
	if !errors.As(err, &e) {
		if ctx.Err() != nil {
			return args.finding("policy.sts.silent", trace.Unknown)
		}
		return args.finding("policy.sts.fetch", trace.Fail)
	}
	args.failed(e)
	args["problem"] = e.Code
	switch e.Code {
	case wire.CodeDNSNotFound:
		return args.finding("policy.sts.host", trace.Fail)
	case wire.CodeTLSName, wire.CodeTLSExpired, wire.CodeTLSAuthority, wire.CodeTLSCertificate:
		return args.finding("policy.sts.certificate", trace.Fail)
	case wire.CodeTLSRoots, wire.CodeDNSFailed, wire.CodeDialTimeout, wire.CodeDialUnreachable, wire.CodeDialNoRoute, wire.CodeCancelled:
		return args.finding("policy.sts.silent", trace.Unknown)
	}
	return args.finding("policy.sts.fetch", trace.Fail)
}

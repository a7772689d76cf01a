package policy

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// maxPointers bounds the names of one address that are looked up again.
const maxPointers = 4

// Reverse is what one address of a mail exchanger is called, and whether that name leads back to it. Mail to the host
// does not depend on it; mail that it sends may be refused without (RFC 1912 section 2.1).
type Reverse struct {
	Finding   trace.Finding `json:"finding"`
	Host      string        `json:"host"` // whose address it is
	Addr      string        `json:"addr"`
	Names     []string      `json:"names,omitempty"`     // of its PTR records
	Confirmed []string      `json:"confirmed,omitempty"` // those that have the address
	Delegated string        `json:"delegated,omitempty"` // where a CNAME leads to the PTR records (RFC 2317)
}

// LookupReverse asks for the names of an address, and for their addresses.
func LookupReverse(ctx context.Context, in Inputs, host string, addr netip.Addr) Reverse {
	at := dns.ReverseName(addr)
	out := Reverse{Host: host, Addr: addr.String()}
	args := facts{"domain": in.Domain, "host": host, "addr": out.Addr, "fix": at + ". IN PTR " + host + "."}
	got, err := in.Lookup.Records(ctx, at, "PTR")
	if len(got.Aliases) > 0 {
		out.Delegated = got.Owner
	}
	switch {
	case dns.Absent(err):
		out.Finding = args.finding("policy.ptr.absent", trace.Warn)
		return out
	case err != nil:
		out.Finding = args.failed(err).finding("policy.ptr.unknown", trace.Unknown)
		return out
	}
	out.Names = got.Pointers
	var unsure error
	out.Confirmed, unsure = in.confirm(ctx, out.Names, addr)
	args["names"], args["confirmed"], args["count"] = strings.Join(out.Names, " "), strings.Join(out.Confirmed, " "), strconv.Itoa(len(out.Names))
	switch {
	case len(out.Confirmed) == len(out.Names):
		out.Finding = args.finding("policy.ptr.confirmed", trace.Pass)
	case len(out.Confirmed) > 0:
		out.Finding = args.finding("policy.ptr.some", trace.Pass)
	case unsure != nil:
		out.Finding = args.failed(unsure).finding("policy.ptr.unknown", trace.Unknown)
	default:
		out.Finding = args.finding("policy.ptr.unconfirmed", trace.Warn)
	}
	return out
}

// confirm gives the names that have the address, and why another could not be told.
func (in Inputs) confirm(ctx context.Context, names []string, addr netip.Addr) (confirmed []string, unsure error) {
	names = names[:min(len(names), maxPointers)]
	answers, errs := make([]Answer, len(names)), make([]error, len(names))
	var all trace.Group
	for i, name := range names {
		all.Go(func() { answers[i], errs[i] = in.Lookup.Addrs(ctx, name) })
	}
	all.Wait()
	for i, name := range names {
		if slices.Contains(answers[i].Addrs, addr.Unmap()) {
			confirmed = append(confirmed, name)
		} else if errs[i] != nil && !dns.Absent(errs[i]) {
			unsure = errs[i]
		}
	}
	return confirmed, unsure
}

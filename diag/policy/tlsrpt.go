package policy

import (
	"context"
	"net/url"
	"strings"

	"todoku/internal/mail"
	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// TLSRPT is where a domain wants reports about TLS (RFC 8460).
type TLSRPT struct {
	Finding trace.Finding `json:"finding"`
	Record  string        `json:"record,omitempty"`
	RUA     []string      `json:"rua,omitempty"` // sound "mailto:" and "https:" addresses
}

const tlsrptVersion = "v=TLSRPTv1"

// LookupTLSRPT asks for the record. No mail depends on it: a fault costs reports alone.
func LookupTLSRPT(ctx context.Context, in Inputs) TLSRPT {
	name := "_smtp._tls." + in.Domain
	args := facts{"domain": in.Domain, "fix": name + `. IN TXT "v=TLSRPTv1; rua=mailto:tls-reports@` + in.Domain + `"`}
	got, err := in.Lookup.Records(ctx, name, "TXT")
	switch {
	case dns.Absent(err):
		return TLSRPT{Finding: args.finding("policy.tlsrpt.absent", trace.NotApplicable)}
	case err != nil:
		return TLSRPT{Finding: args.failed(err).finding("policy.tlsrpt.unknown", trace.Unknown)}
	}
	records := versioned(got.Texts, tlsrptVersion)
	args["record"] = strings.Join(records, "\n")
	switch len(records) {
	case 0:
		return TLSRPT{Finding: args.finding("policy.tlsrpt.absent", trace.NotApplicable)}
	case 1:
	default:
		return TLSRPT{Finding: args.finding("policy.tlsrpt.many", trace.Warn)}
	}
	good, bad := reportTo(records[0])
	args["rua"] = strings.Join(good, ", ")
	out := TLSRPT{Record: records[0], RUA: good}
	switch {
	case len(bad) > 0:
		args["bad"] = strings.Join(bad, ", ")
		out.Finding = args.finding("policy.tlsrpt.address", trace.Warn)
	case len(good) == 0:
		out.Finding = args.finding("policy.tlsrpt.record", trace.Warn)
	default:
		out.Finding = args.finding("policy.tlsrpt.found", trace.Pass)
	}
	return out
}

// reportTo parts the addresses of the rua field into those that reports can be sent to and the others (RFC 8460 section 3).
func reportTo(record string) (good, bad []string) {
	for _, field := range fields(record) {
		list, ok := strings.CutPrefix(field, "rua=")
		if !ok {
			continue
		}
		for address := range strings.SplitSeq(list, ",") {
			if address = strings.TrimSpace(address); reportAddress(address) {
				good = append(good, address)
			} else {
				bad = append(bad, address)
			}
		}
		break
	}
	return good, bad
}

func reportAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "https":
		return u.Hostname() != ""
	case "mailto":
		to, err := url.PathUnescape(u.Opaque)
		if err != nil {
			return false
		}
		list, err := mail.ParseAddressList(to)
		return err == nil && len(list) == 1 && list[0].Addr == to
	}
	return false
}

// Package policy reads what a domain publishes about its mail and says what a mail server that honours it would do:
// MTA-STS (RFC 8461), DANE (RFC 7672), TLS reports (RFC 8460) and the names of addresses (PTR). Each policy has files of its own; its
// lookup gives plain values with a finding, and is kept apart from judging a certificate by it.
package policy

import (
	"context"
	"net/netip"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/dns"
	"todoku/protocols/wire"
)

// Answer is what a lookup found; the field of the type that was asked for is filled.
type Answer struct {
	Owner    string   // the name that holds the records
	Aliases  []string // the names passed by CNAME on the way
	Texts    []string
	Pointers []string
	TLSA     []dns.TLSA
	Addrs    []netip.Addr
	Security dns.Status // also of an absence
}

// Lookups finds records. Its errors are those of protocols/dns: dns.Absent tells what does not exist from what could not
// be told.
type Lookups interface {
	Records(ctx context.Context, name, rrtype string) (Answer, error) // "TXT", "TLSA", "PTR"
	Addrs(ctx context.Context, host string) (Answer, error)
}

// Inputs is for which domain a policy is looked up, and with what.
type Inputs struct {
	Net    *wire.Net
	Lookup Lookups
	Domain string     // of the recipient
	MX     dns.Status // of its MX records
}

// Host is one of the domain's mail exchangers, as routing found it.
type Host struct {
	Name     string     // in the MX record
	Owner    string     // the name that holds its addresses: another behind a CNAME
	Security dns.Status // of its addresses, and of the CNAME
}

func (in Inputs) now() time.Time {
	if in.Net != nil && in.Net.Now != nil {
		return in.Net.Now()
	}
	return time.Now()
}

// facts are a finding's arguments while it is put together.
type facts map[string]string

func (f facts) finding(code string, level trace.Level) trace.Finding {
	return trace.Finding{Code: code, Level: level, Args: f}
}

// maxQuoted bounds what is quoted of other people's text.
const maxQuoted = 200

func brief(s string) string { return s[:min(len(s), maxQuoted)] }

// failed gives the facts of a lookup that could not be done.
func (f facts) failed(err error) facts {
	f["said"] = err.Error()
	return f
}

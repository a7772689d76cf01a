package policy

import (
	"context"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"

	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// DANE is what one mail exchanger publishes about its certificate (RFC 7672).
type DANE struct {
	Finding trace.Finding `json:"finding"`
	Host    string        `json:"host"`
	Base    string        `json:"base,omitempty"`    // the name whose records count: the host, or what its CNAME leads to
	Records []dns.TLSA    `json:"records,omitempty"` // all of them, usable or not
	// Security is the weakest of the host's addresses and its TLSA records; MX is that of the domain's MX records. Both are
	// asked for only where there are TLSA records.
	Security Security `json:"security,omitempty"`
	MX       Security `json:"mx_security,omitempty"`
}

// InForce reports whether senders that honour DANE hold mail back from the host if its certificate does not match.
func (d DANE) InForce() bool {
	return len(d.Records) > 0 && d.Security == Secure && d.MX == Secure
}

// LookupDANE asks for the host's TLSA records at port 25 and, where there are some, whether all that leads to them is
// signed (RFC 7672 section 2.2).
func LookupDANE(ctx context.Context, in Inputs, host string) DANE {
	out := DANE{Host: host, Base: host}
	args := facts{"domain": in.Domain, "host": host, "name": tlsaName(host)}
	got, err := in.Lookup.Records(ctx, tlsaName(host), "TLSA")
	if dns.Absent(err) && got.Security != Bogus {
		out.Finding = args.finding("policy.dane.absent", trace.NotApplicable)
		return out
	}
	at, mx := in.chain(ctx, host)
	if owner := at.Owner; at.Security == Secure && owner != "" && owner != host {
		if behind, e := in.Lookup.Records(ctx, tlsaName(owner), "TLSA"); e == nil {
			out.Base, got, err = owner, behind, nil // the name behind a signed CNAME comes first (RFC 7672 section 2.2.2)
			args["name"] = tlsaName(owner)
		}
	}
	out.Records, out.Security, out.MX = got.TLSA, weaker(at.Security, got.Security), mx.Security
	args["count"] = strconv.Itoa(len(out.Records))
	out.Finding = out.standing(args, at.Security, err)
	return out
}

// standing says what the records are worth.
func (d DANE) standing(args facts, host Security, err error) trace.Finding {
	switch {
	case err != nil && host == Insecure:
		return args.failed(err).finding("policy.dane.unasked", trace.NotApplicable)
	case d.Security == Bogus:
		return args.finding("policy.dane.bogus", trace.Fail)
	case err != nil && host == Secure:
		return args.failed(err).finding("policy.dane.failed", trace.Fail)
	case err != nil:
		return args.failed(err).finding("policy.dane.unknown", trace.Unknown)
	case d.Security == Insecure:
		return args.finding("policy.dane.insecure", trace.NotApplicable)
	case d.Security != Secure:
		return args.finding("policy.dane.unproved", trace.Unknown)
	case len(usable(d.Records)) == 0:
		return args.finding("policy.dane.unusable", trace.Warn)
	case d.MX != Secure:
		return args.finding("policy.dane.mx", trace.Warn)
	}
	return args.finding("policy.dane.ready", trace.Pass)
}

// chain asks whether the ways to the host are signed: its addresses and the domain's MX records.
func (in Inputs) chain(ctx context.Context, host string) (at, mx Answer) {
	var both sync.WaitGroup
	both.Go(func() { mx, _ = in.Lookup.Records(ctx, in.Domain, "MX") })
	at, _ = in.Lookup.Addrs(ctx, host)
	both.Wait()
	return at, mx
}

func tlsaName(host string) string { return "_25._tcp." + host }

// weaker is what can be said of two answers together.
func weaker(a, b Security) Security {
	for _, s := range []Security{Bogus, Insecure, Indeterminate, Secure} {
		if a == s || b == s {
			return s
		}
	}
	return Indeterminate
}

// The numbers of RFC 6698 section 7, by their names of RFC 7218.
const (
	daneTA  = 2 // an authority above the certificate
	daneEE  = 3 // the certificate itself
	cert    = 0 // the record is about the certificate
	spki    = 1 // the record is about its public key
	full    = 0 // the record holds it whole
	sha2256 = 1
	sha2512 = 2
)

// usable keeps the records that mean something between mail servers (RFC 7672 section 3.1). Of digests of the same
// thing only the strongest counts (RFC 7671 section 9).
func usable(records []dns.TLSA) []dns.TLSA {
	var out []dns.TLSA
	strongest := map[[2]uint8]uint8{}
	for _, r := range records {
		if sound(r) {
			kind := [2]uint8{r.Usage, r.Selector}
			strongest[kind] = max(strongest[kind], r.Matching)
			out = append(out, r)
		}
	}
	kept := out[:0]
	for _, r := range out {
		if r.Matching == full || r.Matching == strongest[[2]uint8{r.Usage, r.Selector}] {
			kept = append(kept, r)
		}
	}
	return kept
}

func sound(r dns.TLSA) bool {
	data, err := hex.DecodeString(r.Data)
	length := map[uint8]int{sha2256: 32, sha2512: 64}[r.Matching]
	return err == nil && len(data) > 0 && (r.Usage == daneTA || r.Usage == daneEE) && r.Selector <= spki && r.Matching <= sha2512 &&
		(r.Matching == full || len(data) == length)
}

// line is a record as a zone file has it.
func line(name string, r dns.TLSA) string {
	return strings.Join([]string{name + ".", "IN", "TLSA", strconv.Itoa(int(r.Usage)), strconv.Itoa(int(r.Selector)), strconv.Itoa(int(r.Matching)), r.Data}, " ")
}

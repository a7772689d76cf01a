package policy

import (
	"context"
	"encoding/hex"
	"strconv"
	"strings"

	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// DANE is what one mail exchanger publishes about its certificate (RFC 7672).
type DANE struct {
	Finding  trace.Finding `json:"finding"`
	Host     string        `json:"host"`
	Base     string        `json:"base"`              // the name whose records count: the host, or what its CNAME leads to
	Records  []dns.TLSA    `json:"records,omitempty"` // all of them, usable or not
	Security dns.Status    `json:"security"`          // the weaker of the host's addresses and its TLSA records
	MX       dns.Status    `json:"mx_security"`       // of the domain's MX records
}

// InForce reports whether senders that honour DANE hold mail back from the host if its certificate does not match.
func (d DANE) InForce() bool {
	return len(d.Records) > 0 && d.Security == dns.Secure && d.MX == dns.Secure
}

// PassedOver reports whether such senders hold mail back from the host whatever it shows (RFC 7672 section 2.2).
func (d DANE) PassedOver() bool { return d.Finding.Level == trace.Fail && d.MX == dns.Secure }

// LookupDANE asks for the host's TLSA records at port 25. The name behind a signed CNAME comes first (RFC 7672 section
// 2.2.2). Records count only where all that leads to them is signed (section 2.2).
func LookupDANE(ctx context.Context, in Inputs, host Host) DANE {
	out := DANE{Host: host.Name, MX: in.MX}
	names := []string{host.Name}
	if host.Security == dns.Secure && host.Owner != "" && host.Owner != host.Name {
		names = []string{host.Owner, host.Name}
	}
	var got Answer
	var err error
	for _, name := range names {
		out.Base = name
		if got, err = in.Lookup.Records(ctx, tlsaName(name), "TLSA"); !dns.Absent(err) {
			break
		}
	}
	out.Records, out.Security = got.TLSA, weaker(host.Security, got.Security)
	args := facts{"domain": in.Domain, "host": host.Name, "name": tlsaName(out.Base), "count": strconv.Itoa(len(out.Records))}
	out.Finding = out.standing(args, host.Security, err)
	return out
}

// standing says what the records are worth.
func (d DANE) standing(args facts, host dns.Status, err error) trace.Finding {
	switch {
	case dns.Absent(err) && d.Security != dns.Bogus:
		return args.finding("policy.dane.absent", trace.NotApplicable)
	case err != nil && host == dns.Insecure:
		return args.failed(err).finding("policy.dane.unasked", trace.NotApplicable)
	case d.Security == dns.Bogus:
		return args.finding("policy.dane.bogus", trace.Fail)
	case err != nil && host == dns.Secure:
		return args.failed(err).finding("policy.dane.failed", trace.Fail)
	case err != nil:
		return args.failed(err).finding("policy.dane.unknown", trace.Unknown)
	case d.Security == dns.Insecure:
		return args.finding("policy.dane.insecure", trace.NotApplicable)
	case d.Security != dns.Secure:
		return args.finding("policy.dane.unproved", trace.Unknown)
	case len(usable(d.Records)) == 0:
		return args.finding("policy.dane.unusable", trace.Warn)
	case d.MX == dns.Insecure:
		return args.finding("policy.dane.mx", trace.Warn)
	case d.MX != dns.Secure:
		return args.finding("policy.dane.unproved", trace.Unknown)
	}
	return args.finding("policy.dane.ready", trace.Pass)
}

func tlsaName(host string) string { return "_25._tcp." + host }

// weaker is what can be said of two answers together.
func weaker(a, b dns.Status) dns.Status {
	for _, s := range []dns.Status{dns.Bogus, dns.Insecure, dns.Indeterminate} {
		if a == s || b == s {
			return s
		}
	}
	return dns.Secure
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

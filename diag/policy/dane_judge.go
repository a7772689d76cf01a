package policy

import (
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// Judge says whether a sender that honours DANE would hand mail to the host that showed these facts; nil means that the
// host offers no TLS (RFC 7672 sections 2.2 and 3). There must be records.
func (d DANE) Judge(shown *trace.TLSFacts, in Inputs) trace.Finding {
	args := facts{"host": d.Host, "domain": in.Domain, "name": tlsaName(d.Base)}
	level := trace.Fail
	if !d.InForce() {
		level = trace.Warn
	}
	records := usable(d.Records)
	chain := certificates(shown)
	switch {
	case d.Security != dns.Secure:
		return d.Finding
	case shown == nil:
		return args.finding("policy.dane.plain", level)
	case len(records) == 0:
		return args.finding("policy.dane.unusable", trace.Warn)
	case len(chain) == 0:
		return args.finding("policy.dane.unread", trace.Unknown)
	}
	args["fix"] = line(tlsaName(d.Base), recordFor(chain[0]))
	matched, fault := 0, error(nil)
	for _, r := range records {
		ok, err := d.satisfies(r, chain, in)
		if ok {
			matched++
		}
		if err != nil {
			fault = err
		}
	}
	switch {
	case matched > 0 && matched < len(records):
		return args.finding("policy.dane.rollover", trace.Pass)
	case matched > 0:
		return args.finding("policy.dane.met", trace.Pass)
	case fault != nil:
		return args.failed(fault).finding("policy.dane.chain", level)
	}
	return args.finding("policy.dane.mismatch", level)
}

// certificates reads a chain, the server's own first; what comes behind a certificate that cannot be read is left out.
func certificates(shown *trace.TLSFacts) []*x509.Certificate {
	if shown == nil {
		return nil
	}
	var chain []*x509.Certificate
	for _, f := range shown.Chain {
		c, err := x509.ParseCertificate(f.DER)
		if err != nil {
			break
		}
		chain = append(chain, c)
	}
	return chain
}

// recordFor is the record that RFC 7672 section 3.1 recommends for a certificate: it outlives a renewal with the same key.
func recordFor(c *x509.Certificate) dns.TLSA {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return dns.TLSA{Usage: daneEE, Selector: spki, Matching: sha2256, Data: hex.EncodeToString(sum[:])}
}

// satisfies holds a chain to one record. For the certificate itself neither names nor dates count (RFC 7672 section
// 3.1.1); below an authority both do, and the error says which of them failed.
func (d DANE) satisfies(r dns.TLSA, chain []*x509.Certificate, in Inputs) (bool, error) {
	if r.Usage == daneEE {
		return matches(r, chain[0]), nil
	}
	var fault error
	for _, anchor := range anchors(r, chain[1:]) {
		err := below(anchor, chain, []string{d.Base, d.Host, in.Domain}, in.now())
		if err == nil {
			return true, nil
		}
		fault = err
	}
	return false, fault
}

// anchors are the authorities that the record names: in the chain, or in the record itself.
func anchors(r dns.TLSA, above []*x509.Certificate) []*x509.Certificate {
	var out []*x509.Certificate
	for _, c := range above {
		if matches(r, c) {
			out = append(out, c)
		}
	}
	if len(out) == 0 && r.Selector == cert && r.Matching == full {
		data, _ := hex.DecodeString(r.Data)
		if c, err := x509.ParseCertificate(data); err == nil {
			out = append(out, c)
		}
	}
	return out
}

func matches(r dns.TLSA, c *x509.Certificate) bool {
	part := c.Raw
	if r.Selector == spki {
		part = c.RawSubjectPublicKeyInfo
	}
	switch r.Matching {
	case sha2256:
		sum := sha256.Sum256(part)
		part = sum[:]
	case sha2512:
		sum := sha512.Sum512(part)
		part = sum[:]
	}
	return hex.EncodeToString(part) == r.Data
}

// below verifies a chain up to an anchor, for any of the names by which a sender knows the host (RFC 7672 section 3.2.2).
func below(anchor *x509.Certificate, chain []*x509.Certificate, names []string, now time.Time) error {
	o := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	o.Roots.AddCert(anchor)
	for _, c := range chain[1:] {
		o.Intermediates.AddCert(c)
	}
	if _, err := chain[0].Verify(o); err != nil {
		return err
	}
	var fault error
	for _, name := range names {
		err := chain[0].VerifyHostname(name)
		if err == nil {
			return nil
		}
		if fault == nil {
			fault = err
		}
	}
	return fault
}

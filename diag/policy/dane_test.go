package policy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"
	"time"

	"todoku/internal/trace"
	"todoku/protocols/dns"
)

// shownChain is what a host showed: its certificate for name, which ended long ago if expired, and the authority above.
type shownChain struct {
	facts     *trace.TLSFacts
	leaf, top *x509.Certificate
}

func chainFor(t *testing.T, name string, expired bool) shownChain {
	t.Helper()
	made := func(c, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		out, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	var keys [2]*ecdsa.PrivateKey
	for i := range keys {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = key
	}
	now := time.Now()
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
	if expired {
		leaf.NotBefore, leaf.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour)
	}
	c := shownChain{top: made(ca, ca, keys[0], keys[0])}
	c.leaf = made(leaf, c.top, keys[1], keys[0])
	c.facts = &trace.TLSFacts{Chain: []trace.CertFacts{{DER: c.leaf.Raw}, {DER: c.top.Raw}}}
	return c
}

func record(usage, selector, matching uint8, c *x509.Certificate) dns.TLSA {
	part := c.Raw
	if selector == spki {
		part = c.RawSubjectPublicKeyInfo
	}
	switch matching {
	case sha2256:
		sum := sha256.Sum256(part)
		part = sum[:]
	case sha2512:
		sum := sha512.Sum512(part)
		part = sum[:]
	}
	return dns.TLSA{Usage: usage, Selector: selector, Matching: matching, Data: hex.EncodeToString(part)}
}

func TestJudgingByDANE(t *testing.T) {
	good, old, other := chainFor(t, "mx1.tsuru.test", false), chainFor(t, "mx1.tsuru.test", true), chainFor(t, "elsewhere.test", false)
	byDomain := chainFor(t, "tsuru.test", false)
	ee := record(3, 1, 1, good.leaf)
	wrong := record(3, 1, 1, other.leaf)
	topOnly := func(c shownChain) *trace.TLSFacts { return &trace.TLSFacts{Chain: c.facts.Chain[:1]} }
	for name, c := range map[string]struct {
		records []dns.TLSA
		shown   *trace.TLSFacts
		code    string
		level   trace.Level
	}{
		"key":                        {[]dns.TLSA{ee}, good.facts, "policy.dane.met", trace.Pass},
		"certificate":                {[]dns.TLSA{record(3, 0, 1, good.leaf)}, good.facts, "policy.dane.met", trace.Pass},
		"SHA-512":                    {[]dns.TLSA{record(3, 1, 2, good.leaf)}, good.facts, "policy.dane.met", trace.Pass},
		"whole":                      {[]dns.TLSA{record(3, 0, 0, good.leaf)}, good.facts, "policy.dane.met", trace.Pass},
		"whole key":                  {[]dns.TLSA{record(3, 1, 0, good.leaf)}, good.facts, "policy.dane.met", trace.Pass},
		"expired":                    {[]dns.TLSA{record(3, 1, 1, old.leaf)}, old.facts, "policy.dane.met", trace.Pass},
		"other name":                 {[]dns.TLSA{record(3, 1, 1, other.leaf)}, other.facts, "policy.dane.met", trace.Pass},
		"another key":                {[]dns.TLSA{wrong}, good.facts, "policy.dane.mismatch", trace.Fail},
		"rollover":                   {[]dns.TLSA{wrong, ee}, good.facts, "policy.dane.rollover", trace.Pass},
		"the authority's key as own": {[]dns.TLSA{record(3, 1, 1, good.top)}, good.facts, "policy.dane.mismatch", trace.Fail},
		"authority":                  {[]dns.TLSA{record(2, 0, 1, good.top)}, good.facts, "policy.dane.met", trace.Pass},
		"authority's key":            {[]dns.TLSA{record(2, 1, 1, good.top)}, good.facts, "policy.dane.met", trace.Pass},
		"authority, domain's name":   {[]dns.TLSA{record(2, 1, 1, byDomain.top)}, byDomain.facts, "policy.dane.met", trace.Pass},
		"authority, expired":         {[]dns.TLSA{record(2, 1, 1, old.top)}, old.facts, "policy.dane.chain", trace.Fail},
		"authority, other name":      {[]dns.TLSA{record(2, 1, 1, other.top)}, other.facts, "policy.dane.chain", trace.Fail},
		"authority is not shown":     {[]dns.TLSA{record(2, 1, 1, good.top)}, topOnly(good), "policy.dane.mismatch", trace.Fail},
		"authority in the record":    {[]dns.TLSA{record(2, 0, 0, good.top)}, topOnly(good), "policy.dane.met", trace.Pass},
		"own key as the authority's": {[]dns.TLSA{record(2, 1, 1, good.leaf)}, good.facts, "policy.dane.mismatch", trace.Fail},
		"weaker digest":              {[]dns.TLSA{ee, record(3, 1, 2, other.leaf)}, good.facts, "policy.dane.mismatch", trace.Fail},
		"no STARTTLS":                {[]dns.TLSA{ee}, nil, "policy.dane.plain", trace.Fail},
		"PKIX usages":                {[]dns.TLSA{record(0, 1, 1, good.top), record(1, 1, 1, good.leaf)}, good.facts, "policy.dane.unusable", trace.Warn},
		"cut digest":                 {[]dns.TLSA{{Usage: 3, Selector: 1, Matching: 1, Data: "abcd"}}, good.facts, "policy.dane.unusable", trace.Warn},
		"unknown numbers":            {[]dns.TLSA{{Usage: 3, Selector: 7, Matching: 1, Data: ee.Data}, {Usage: 3, Matching: 9, Data: ee.Data}}, good.facts, "policy.dane.unusable", trace.Warn},
		"no DER":                     {[]dns.TLSA{ee}, &trace.TLSFacts{Chain: []trace.CertFacts{{SHA256: "x"}}}, "policy.dane.unread", trace.Unknown},
	} {
		d := DANE{Host: "mx1.tsuru.test", Base: "mx1.tsuru.test", Records: c.records, Security: dns.Secure, MX: dns.Secure}
		got := d.Judge(c.shown, Inputs{Domain: "tsuru.test"})
		if got.Code != c.code || got.Level != c.level {
			t.Errorf("%s: %+v", name, got)
		}
		if c.code == "policy.dane.mismatch" && !strings.HasPrefix(got.Args["fix"], "_25._tcp.mx1.tsuru.test. IN TLSA 3 1 1 ") {
			t.Errorf("%s: fix %q", name, got.Args["fix"])
		}
	}
	d := DANE{Host: "mx1.tsuru.test", Base: "mx1.tsuru.test", Records: []dns.TLSA{wrong}, Security: dns.Secure, MX: dns.Insecure}
	if got := d.Judge(good.facts, Inputs{Domain: "tsuru.test"}); got.Level != trace.Warn || d.InForce() {
		t.Errorf("unsigned MX: %+v", got)
	}
}

// A root key that does not fit is a fault of this end: nothing below is bogus for it.
func TestAWrongAnchorAccusesNobody(t *testing.T) {
	in := small(t)
	in.Net.TrustAnchor = []string{". IN DS 1 13 2 " + strings.Repeat("00", 32)}
	in.Lookup = Walks(dns.NewWalker(dns.WalkOptions{Net: in.Net, Seed: 1}))
	at, err := in.Lookup.Addrs(t.Context(), "mx1.tsuru.test")
	if err != nil || at.Security != dns.Indeterminate {
		t.Fatalf("%+v, %v", at, err)
	}
	in.MX = at.Security
	got := LookupDANE(t.Context(), in, Host{Name: "mx1.tsuru.test", Owner: at.Owner, Security: at.Security})
	if got.Finding.Code != "policy.dane.unproved" || got.PassedOver() || got.InForce() {
		t.Errorf("%+v", got)
	}
}

func TestDANELookups(t *testing.T) {
	tlsa := func(s dns.Status) Answer {
		return Answer{TLSA: []dns.TLSA{{Usage: 3, Selector: 1, Matching: 1, Data: strings.Repeat("ab", 32)}}, Security: s}
	}
	const own, real = "_25._tcp.mx1.tsuru.test TLSA", "_25._tcp.real.tsuru.test TLSA"
	for name, c := range map[string]struct {
		zone     zone
		host, mx dns.Status
		code     string
		level    trace.Level
		holds    string // "mismatch": mail is held back if the certificate does not match; "always"; ""
	}{
		"all signed":        {zone{own: tlsa(dns.Secure)}, dns.Secure, dns.Secure, "policy.dane.ready", trace.Pass, "mismatch"},
		"none":              {zone{}, dns.Insecure, dns.Insecure, "policy.dane.absent", trace.NotApplicable, ""},
		"proved none":       {zone{own: dns.Secure}, dns.Secure, dns.Secure, "policy.dane.absent", trace.NotApplicable, ""},
		"absence is forged": {zone{own: dns.Bogus}, dns.Secure, dns.Secure, "policy.dane.bogus", trace.Fail, "always"},
		"host is unsigned":  {zone{own: tlsa(dns.Secure)}, dns.Insecure, dns.Secure, "policy.dane.insecure", trace.NotApplicable, ""},
		"TLSA is unsigned":  {zone{own: tlsa(dns.Insecure)}, dns.Secure, dns.Secure, "policy.dane.insecure", trace.NotApplicable, ""},
		"MX is unsigned":    {zone{own: tlsa(dns.Secure)}, dns.Secure, dns.Insecure, "policy.dane.mx", trace.Warn, ""},
		"MX not told":       {zone{own: tlsa(dns.Secure)}, dns.Secure, dns.Indeterminate, "policy.dane.unproved", trace.Unknown, ""},
		"TLSA is bogus":     {zone{own: tlsa(dns.Bogus)}, dns.Secure, dns.Secure, "policy.dane.bogus", trace.Fail, "always"},
		"not validated":     {zone{own: tlsa(dns.Indeterminate)}, dns.Indeterminate, dns.Indeterminate, "policy.dane.unproved", trace.Unknown, ""},
		"address not told":  {zone{own: tlsa(dns.Secure)}, dns.Indeterminate, dns.Secure, "policy.dane.unproved", trace.Unknown, ""},
		"fails, signed":     {zone{own: broken}, dns.Secure, dns.Secure, "policy.dane.failed", trace.Fail, "always"},
		"fails, MX not":     {zone{own: broken}, dns.Secure, dns.Insecure, "policy.dane.failed", trace.Fail, ""},
		"fails, unsigned":   {zone{own: broken}, dns.Insecure, dns.Insecure, "policy.dane.unasked", trace.NotApplicable, ""},
		"fails, who knows":  {zone{own: broken}, dns.Indeterminate, dns.Secure, "policy.dane.unknown", trace.Unknown, ""},
		"unusable": {zone{own: Answer{TLSA: []dns.TLSA{{Usage: 1, Matching: 1, Data: "00"}}, Security: dns.Secure}}, dns.Secure, dns.Secure,
			"policy.dane.unusable", trace.Warn, "mismatch"},
	} {
		got := LookupDANE(t.Context(), Inputs{Lookup: c.zone, Domain: "tsuru.test", MX: c.mx}, Host{Name: "mx1.tsuru.test", Owner: "mx1.tsuru.test", Security: c.host})
		holds := ""
		switch {
		case got.PassedOver():
			holds = "always"
		case got.InForce():
			holds = "mismatch"
		}
		if got.Finding.Code != c.code || got.Finding.Level != c.level || holds != c.holds || got.Base != "mx1.tsuru.test" {
			t.Errorf("%s: holds %q: %+v", name, holds, got)
		}
	}
	for name, c := range map[string]struct {
		zone zone
		host dns.Status
		base string
		code string
	}{
		"behind a CNAME":              {zone{own: tlsa(dns.Secure), real: tlsa(dns.Secure)}, dns.Secure, "real.tsuru.test", "policy.dane.ready"},
		"before the CNAME":            {zone{own: tlsa(dns.Secure)}, dns.Secure, "mx1.tsuru.test", "policy.dane.ready"},
		"lookup behind it fails":      {zone{own: tlsa(dns.Secure), real: broken}, dns.Secure, "real.tsuru.test", "policy.dane.failed"},
		"the CNAME is not signed":     {zone{own: tlsa(dns.Secure), real: tlsa(dns.Secure)}, dns.Insecure, "mx1.tsuru.test", "policy.dane.insecure"},
		"neither name has any record": {zone{}, dns.Secure, "mx1.tsuru.test", "policy.dane.absent"},
	} {
		got := LookupDANE(t.Context(), Inputs{Lookup: c.zone, Domain: "tsuru.test", MX: dns.Secure}, Host{Name: "mx1.tsuru.test", Owner: "real.tsuru.test", Security: c.host})
		if got.Base != c.base || got.Finding.Code != c.code {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

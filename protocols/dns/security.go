package dns

import (
	"maps"

	mdns "github.com/miekg/dns"

	"todoku/internal/trace"
)

// Status is how far an answer is proved from the root's key (RFC 4035 section 4.3).
type Status string

const (
	Secure        Status = "secure"        // every link down from the trust anchor holds
	Insecure      Status = "insecure"      // a zone on the way is proved to be unsigned, or signed in ways that nobody here can check
	Bogus         Status = "bogus"         // it should be signed, and the proof is missing or wrong
	Indeterminate Status = "indeterminate" // it could not be found out
)

// Security is the outcome of DNSSEC validation: which link of the chain decided, and why. Code is stable ("dnssec.expired");
// diag/explain has the words.
type Security struct {
	Status Status            `json:"status"`
	Zone   string            `json:"zone,omitempty"` // where the chain ends or breaks
	Link   string            `json:"link,omitempty"` // what was to be proved there: "tsuru.test DNSKEY"
	Code   string            `json:"code"`
	Args   map[string]string `json:"args,omitempty"`
}

// String is the status alone.
func (s Security) String() string { return string(s.Status) }

// The codes of Security. A cap that was hit leaves the answer indeterminate: the records may be right, but checking them
// costs more than any honest zone does.
const (
	codeSecure      = "dnssec.secure"
	codeInsecure    = "dnssec.insecure"    // a delegation is proved to have no DS record
	codeOptOut      = "dnssec.optout"      // the proof leaves unsigned delegations out (RFC 5155 section 6)
	codeAlgorithm   = "dnssec.algorithm"   // nothing but algorithms or digests that are not supported (RFC 4035 section 5.2)
	codeExpired     = "dnssec.expired"     // signature
	codeEarly       = "dnssec.early"       // signature that is not valid yet
	codeClock       = "dnssec.clock"       // the same of the root's own signatures: the clock here is more likely wrong
	codeNoSignature = "dnssec.nosignature" // though the zone is signed
	codeNoKey       = "dnssec.nokey"       // the signature names a key that the zone does not publish
	codeSignature   = "dnssec.signature"   // does not verify
	codeDS          = "dnssec.ds"          // of the parent matches no key of the zone
	codeAnchor      = "dnssec.anchor"      // matches no key of the root
	codeDenial      = "dnssec.denial"      // absence is claimed without proof
	codeSilent      = "dnssec.silent"      // keys or DS records could not be had
	codeNoAnchor    = "dnssec.noanchor"    // nothing to begin at
	codeUnchecked   = "dnssec.unchecked"   // nobody asked
	codeKeys        = "dnssec.keys"        // more keys and signatures of one set than are tried (CVE-2023-50387)
	codeChecks      = "dnssec.checks"      // more signatures than one run checks
	codeHashes      = "dnssec.hashes"      // more hashed names than one answer needs (CVE-2023-50868)
	codeIterations  = "dnssec.iterations"  // of NSEC3, more than are computed (RFC 9276 section 3.2)
)

func statusOf(code string) Status {
	switch code {
	case codeSecure:
		return Secure
	case codeInsecure, codeOptOut, codeAlgorithm:
		return Insecure
	case codeSilent, codeNoAnchor, codeUnchecked, codeKeys, codeChecks, codeHashes, codeIterations:
		return Indeterminate
	}
	return Bogus
}

// unproved is why a set of records or an absence is not proved; an empty code means that it is.
type unproved struct {
	code string
	args map[string]string
}

func (u unproved) ok() bool { return u.code == "" }

// at makes it the outcome of a link of the chain.
func (u unproved) at(zone string, q question) Security {
	code := u.code
	switch {
	case u.ok():
		code = codeSecure
	case zone == "." && (code == codeExpired || code == codeEarly):
		code = codeClock
	}
	s := Security{Status: statusOf(code), Zone: shown(zone), Link: shown(q.name) + " " + q.typeName(), Code: code, Args: map[string]string{}}
	maps.Copy(s.Args, u.args)
	s.Args["zone"], s.Args["link"] = s.Zone, s.Link
	return s
}

// unchecked is the Security of what nobody validated.
func unchecked(q question) Security { return unproved{code: codeUnchecked}.at(".", q) }

// worst is the outcome of a chain of aliases: as good as its worst link.
func worst(a, b Security) Security {
	rank := map[Status]int{Secure: 1, Insecure: 2, Indeterminate: 3, Bogus: 4}
	if rank[b.Status] > rank[a.Status] {
		return b
	}
	return a
}

// WrongClock reports that the root's own signatures do not fit this device's clock: if they were wrong, all signed names
// would fail for everybody.
func (s Security) WrongClock() bool { return s.Code == codeClock }

// Level says what the status means for mail. That a domain is not signed is no fault.
func (s Security) Level() trace.Level {
	switch s.Status {
	case Secure:
		return trace.Pass
	case Insecure:
		return trace.NotApplicable
	case Bogus:
		return trace.Fail
	}
	return trace.Unknown
}

// Finding is the outcome as a code and facts.
func (s Security) Finding() trace.Finding {
	return trace.Finding{Code: s.Code, Level: s.Level(), Args: maps.Clone(s.Args)}
}

// Extended is what a validating resolver adds to its SERVFAIL for the outcome (RFC 8914); a code of 0 with an empty name
// where it adds nothing.
func (s Security) Extended() ExtendedError {
	var code uint16
	switch s.Code {
	case codeExpired:
		code = mdns.ExtendedErrorCodeSignatureExpired
	case codeEarly:
		code = mdns.ExtendedErrorCodeSignatureNotYetValid
	case codeNoSignature:
		code = mdns.ExtendedErrorCodeRRSIGsMissing
	case codeNoKey, codeDS, codeAnchor:
		code = mdns.ExtendedErrorCodeDNSKEYMissing
	case codeDenial:
		code = mdns.ExtendedErrorCodeNSECMissing
	case codeAlgorithm:
		code = mdns.ExtendedErrorCodeUnsupportedDNSKEYAlgorithm
	case codeIterations:
		code = extendedIterations
	case codeSignature, codeClock:
		code = mdns.ExtendedErrorCodeDNSBogus
	case codeSilent, codeKeys, codeChecks, codeHashes:
		code = mdns.ExtendedErrorCodeDNSSECIndeterminate
	default:
		return ExtendedError{}
	}
	return ExtendedError{Code: code, Name: mdns.ExtendedErrorCodeToString[code]}
}

// extendedIterations is "Unsupported NSEC3 Iterations Value" (RFC 9276 section 6).
const extendedIterations = 27

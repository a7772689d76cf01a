package dns

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	mdns "github.com/miekg/dns"

	"todoku/protocols/wire"
)

// maxRootFile bounds a file of root hints or trust anchors, in octets; the Internet's have 4 KiB.
const maxRootFile = 1 << 20

// RootFileError is a mistake in a file of root hints or trust anchors.
type RootFileError struct {
	Code string // "file.root.syntax", ...
	Line int    // from 1; 0 for the whole file
	Text string // what stands there
}

const (
	codeRootSyntax = "file.root.syntax" // no record of a zone file
	codeRootType   = "file.root.type"   // a record that does not belong here
	codeRootZone   = "file.root.zone"   // an anchor of another zone than the root
	codeRootEmpty  = "file.root.empty"  // nothing to use
	codeRootLong   = "file.root.long"
)

// Error says where the mistake is.
func (e *RootFileError) Error() string {
	return fmt.Sprintf("%s at line %d: %q", e.Code, e.Line, e.Text)
}

// Explain gives code and facts.
func (e *RootFileError) Explain() (code string, args map[string]string) {
	return e.Code, map[string]string{"line": strconv.Itoa(e.Line), "text": e.Text}
}

// entry is one record of a zone file, on one line or, in parentheses, on several.
type entry struct {
	line int
	text string
}

// entries splits a file into records, without comments and directives (RFC 1035 section 5.1). Owners are repeated where
// a line leaves them out.
func entries(r io.Reader) ([]entry, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxRootFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxRootFile {
		return nil, &RootFileError{Code: codeRootLong}
	}
	var all []entry
	var open entry
	owner, depth := "", 0
	for i, line := range strings.Split(string(raw), "\n") {
		line, _, _ = strings.Cut(line, ";") // no record here holds a ";" of its own
		if depth == 0 {
			open = entry{line: i + 1}
		}
		depth += strings.Count(line, "(") - strings.Count(line, ")")
		open.text += " " + strings.TrimRight(line, " \t\r")
		if depth > 0 {
			continue
		}
		text := strings.TrimPrefix(open.text, " ")
		fields := strings.Fields(text)
		if len(fields) == 0 || strings.HasPrefix(text, "$") {
			continue
		}
		if text[0] == ' ' || text[0] == '\t' {
			text = owner + text
		} else {
			owner = fields[0]
		}
		all = append(all, entry{open.line, text})
	}
	if depth > 0 {
		return nil, &RootFileError{Code: codeRootSyntax, Line: open.line, Text: strings.TrimSpace(open.text)}
	}
	return all, nil
}

func (e entry) record() (mdns.RR, error) {
	rr, err := mdns.NewRR(e.text)
	if err != nil || rr == nil {
		return nil, e.fail(codeRootSyntax)
	}
	return rr, nil
}

func (e entry) fail(code string) error {
	const most = 120
	text := strings.Join(strings.Fields(e.text), " ")
	return &RootFileError{Code: code, Line: e.line, Text: text[:min(len(text), most)]}
}

// ParseRootHints reads root servers in the form of IANA's named.root: NS records of the root, and A and AAAA records of
// those servers. The error of a mistake is a *RootFileError.
func ParseRootHints(r io.Reader) ([]wire.RootHint, error) {
	list, err := entries(r)
	if err != nil {
		return nil, err
	}
	var hints []wire.RootHint
	at := map[string]int{}
	for _, e := range list {
		rr, err := e.record()
		if err != nil {
			return nil, err
		}
		switch rr := rr.(type) {
		case *mdns.NS:
			name := mdns.CanonicalName(rr.Ns)
			if rr.Hdr.Name != "." {
				return nil, e.fail(codeRootZone)
			}
			if _, twice := at[name]; !twice {
				at[name] = len(hints)
				hints = append(hints, wire.RootHint{Name: shown(name)})
			}
		case *mdns.A, *mdns.AAAA:
			i, known := at[mdns.CanonicalName(rr.Header().Name)]
			if !known {
				return nil, e.fail(codeRootType)
			}
			hints[i].Addrs = append(hints[i].Addrs, addresses([]mdns.RR{rr})...)
		default:
			return nil, e.fail(codeRootType)
		}
	}
	for _, h := range hints {
		if len(h.Addrs) > 0 {
			return hints, nil
		}
	}
	return nil, &RootFileError{Code: codeRootEmpty}
}

// configured is a trust anchor in BIND's configuration: . initial-ds 38696 8 2 "683D..."; key forms have flags, protocol
// and algorithm instead.
var configured = regexp.MustCompile(`(?s)"?([^\s";{]+)"?\s+(?:initial|static)-(key|ds)\s+(\d+\s+\d+\s+\d+)\s+"([^"]+)"\s*;`)

// quoted is a trust anchor in unbound's configuration.
var quoted = regexp.MustCompile(`^\s*trust-anchor:\s*"(.*)"\s*$`)

// ParseTrustAnchor reads the root's DS or DNSKEY records in zone-file form, or as BIND (initial-ds, initial-key) and unbound
// (trust-anchor:) write them, and gives DS records in zone-file form. The error of a mistake is a *RootFileError.
func ParseTrustAnchor(r io.Reader) ([]string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxRootFile+1))
	if err != nil {
		return nil, err
	}
	list := fromBIND(string(raw))
	if list == nil {
		if list, err = entries(strings.NewReader(string(raw))); err != nil {
			return nil, err
		}
	}
	var all []string
	for _, e := range list {
		if m := quoted.FindStringSubmatch(e.text); m != nil {
			e.text = m[1]
		}
		rr, err := e.record()
		if err != nil {
			return nil, err
		}
		if rr.Header().Name != "." {
			return nil, e.fail(codeRootZone)
		}
		switch rr := rr.(type) {
		case *mdns.DS:
			all = append(all, rr.String())
		case *mdns.DNSKEY:
			if rr.Flags&mdns.SEP == 0 || rr.Flags&mdns.REVOKE != 0 {
				continue // signs the zone alone, or is no longer trusted (RFC 5011)
			}
			ds := rr.ToDS(mdns.SHA256)
			if ds == nil {
				return nil, e.fail(codeRootSyntax)
			}
			all = append(all, ds.String())
		default:
			return nil, e.fail(codeRootType)
		}
	}
	if len(all) == 0 {
		return nil, &RootFileError{Code: codeRootEmpty}
	}
	return all, nil
}

// fromBIND finds the anchors of a BIND configuration; nil if it is none.
func fromBIND(text string) []entry {
	var all []entry
	for _, m := range configured.FindAllStringSubmatchIndex(text, -1) {
		part := func(i int) string { return text[m[2*i]:m[2*i+1]] }
		rrtype := "DS"
		if part(2) == "key" {
			rrtype = "DNSKEY"
		}
		line := 1 + strings.Count(text[:m[0]], "\n")
		all = append(all, entry{line, part(1) + " IN " + rrtype + " " + part(3) + " " + strings.Join(strings.Fields(part(4)), "")})
	}
	return all
}

package imap

import (
	"maps"
	"slices"
	"strings"
)

// maxCaps bounds the capabilities that are remembered.
const maxCaps = 500

// caps are the server's capabilities in capitals.
type caps map[string]bool

func parseCaps(list string) caps {
	c := caps{}
	for name := range strings.FieldsSeq(list) {
		if len(c) < maxCaps {
			c[strings.ToUpper(name)] = true
		}
	}
	return c
}

// folded are extensions that IMAP4rev2 includes (RFC 9051 appendix E).
var folded = map[string]bool{
	"UIDPLUS": true, "ESEARCH": true, "IDLE": true, "SASL-IR": true, "LIST-EXTENDED": true, "LIST-STATUS": true,
	"MOVE": true, "LITERAL-": true, "SPECIAL-USE": true, "NAMESPACE": true, "UNSELECT": true, "ENABLE": true,
}

func (c caps) has(name string) bool {
	return c[name] || c["IMAP4REV2"] && folded[name] || name == "CONDSTORE" && c["QRESYNC"]
}

// without gives the capabilities as a client sees them that knows none of the names.
func (c caps) without(names []string) caps {
	if len(names) == 0 {
		return c
	}
	left := maps.Clone(c)
	if left["IMAP4REV1"] && left["IMAP4REV2"] { // what it folds in is spelled out, so that a part can be left out
		delete(left, "IMAP4REV2")
		for name := range folded {
			left[name] = true
		}
	}
	for _, name := range names {
		delete(left, strings.ToUpper(name))
	}
	return left
}

func (c caps) names() []string { return slices.Sorted(maps.Keys(c)) }

// mechanisms are the SASL mechanisms that the server offers.
func (c caps) mechanisms() []string {
	var l []string
	for _, name := range c.names() {
		if m, ok := strings.CutPrefix(name, "AUTH="); ok {
			l = append(l, m)
		}
	}
	return l
}

// forLibrary is what the library may know. A server of both revisions speaks the first until it is told otherwise
// (RFC 9051 section 6.3.1), while the library would begin to send names in UTF-8 at the sight of IMAP4rev2: so that is
// left out and what it implies is spelled out.
func (c caps) forLibrary() string {
	l := c.names()
	if c["IMAP4REV1"] && c["IMAP4REV2"] {
		l = slices.DeleteFunc(l, func(s string) bool { return s == "IMAP4REV2" })
		for name := range folded {
			if !c[name] {
				l = append(l, name)
			}
		}
	}
	return strings.Join(l, " ")
}

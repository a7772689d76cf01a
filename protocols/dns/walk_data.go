package dns

import (
	"net/netip"
	"slices"
	"strings"

	mdns "github.com/miekg/dns"
)

// TLSA is one record of RFC 6698 section 2. Data is hexadecimal, in lower case.
type TLSA struct {
	Usage    uint8  `json:"usage"`
	Selector uint8  `json:"selector"`
	Matching uint8  `json:"matching"`
	Data     string `json:"data"`
}

// Texts gives the text of each TXT record, its character-strings joined without a space (RFC 7208 section 3.3). The
// octets are the owner's: they can be anything.
func (w Walked) Texts() []string { return texts(w.found) }

// Pointers gives the names that PTR records hold: sorted, lower case and without the final dot.
func (w Walked) Pointers() []string { return pointers(w.found) }

// TLSA gives the TLSA records in the order of the reply.
func (w Walked) TLSA() []TLSA {
	var out []TLSA
	for _, rr := range w.found {
		if r, ok := rr.(*mdns.TLSA); ok {
			out = append(out, TLSA{r.Usage, r.Selector, r.MatchingType, strings.ToLower(r.Certificate)})
		}
	}
	return out
}

// ReverseName is where the names of an address stand, "10.2.0.192.in-addr.arpa" (RFC 1035 section 3.5, RFC 3596 section
// 2.5); empty for no address.
func ReverseName(addr netip.Addr) string {
	name, err := reverseName(addr)
	if err != nil {
		return ""
	}
	return shown(name)
}

func texts(found []mdns.RR) []string {
	var out []string
	for _, rr := range found {
		t, ok := rr.(*mdns.TXT)
		if !ok {
			continue
		}
		var b strings.Builder
		for _, s := range t.Txt {
			b.WriteString(octets(s))
		}
		out = append(out, b.String())
	}
	return out
}

func pointers(found []mdns.RR) []string {
	var out []string
	for _, rr := range found {
		if p, ok := rr.(*mdns.PTR); ok {
			out = append(out, shown(p.Ptr))
		}
	}
	slices.Sort(out)
	return out
}

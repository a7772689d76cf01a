package dns

import (
	"context"
	"net/netip"
	"strings"

	mdns "github.com/miekg/dns"
)

// LookupTXT gives the text of each TXT record, its character-strings joined without a space (RFC 7208 section
// 3.3). The octets are the owner's: they can be anything.
func (r *Resolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	q, err := newQuestion(name, mdns.TypeTXT)
	if err != nil {
		return nil, err
	}
	got, err := r.lookup(ctx, q)
	if err != nil {
		return nil, err
	}
	return texts(got.found), nil
}

// octets undoes the escapes \DDD and \X that the library keeps in character-strings (RFC 1035 section 5.1).
func octets(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		if i+2 < len(s) && isDigit(s[i]) && isDigit(s[i+1]) && isDigit(s[i+2]) {
			b = append(b, (s[i]-'0')*100+(s[i+1]-'0')*10+s[i+2]-'0')
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// LookupPTR gives the names of an address, sorted, lower case and without the final dot.
func (r *Resolver) LookupPTR(ctx context.Context, addr netip.Addr) ([]string, error) {
	name, err := reverseName(addr)
	if err != nil {
		q := question{name: addr.String(), qtype: mdns.TypePTR}
		return nil, q.fail("", BadName, "", err)
	}
	got, err := r.lookup(ctx, question{name: name, qtype: mdns.TypePTR})
	if err != nil {
		return nil, err
	}
	return pointers(got.found), nil
}

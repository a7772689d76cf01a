package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	mdns "github.com/miekg/dns"
	"golang.org/x/net/idna"
)

const (
	maxName  = 253 // octets of a name in text without the final dot (RFC 1035 section 2.3.4)
	maxLabel = 63
)

// queryName turns a name as people write it into the form that is asked for: A-labels (RFC 5891), with a final
// dot. ASCII names keep their octets, for not every host name in use is good IDNA.
func queryName(name string) (string, error) {
	ascii := strings.TrimSuffix(name, ".")
	if !isASCII(ascii) {
		profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))
		mapped, err := profile.ToASCII(ascii)
		if err != nil {
			return "", fmt.Errorf("the name %q cannot be written in ASCII: %w", name, err)
		}
		ascii = mapped
	}
	if ascii == "" || len(ascii) > maxName {
		return "", fmt.Errorf("a host name has 1 to %d octets, this one %d", maxName, len(ascii))
	}
	for label := range strings.SplitSeq(ascii, ".") {
		if label == "" || len(label) > maxLabel {
			return "", fmt.Errorf("%q has a part that is empty or longer than %d octets", name, maxLabel)
		}
		for _, c := range []byte(label) {
			if !nameOctet(c) {
				return "", fmt.Errorf("%q has the character %q; host names have letters, digits, hyphens and dots", name, c)
			}
		}
	}
	return ascii + ".", nil
}

// nameOctet allows the letters, digits and hyphen of RFC 1123 section 2.1, and the underscore of RFC 8552.
func nameOctet(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// newQuestion checks the name; its error is an *Error of kind BadName.
func newQuestion(name string, qtype uint16) (question, error) {
	ascii, err := queryName(name)
	if err != nil {
		q := question{name: name, qtype: qtype}
		return q, q.fail("", BadName, "", err)
	}
	return question{name: ascii, qtype: qtype}, nil
}

// reverseName is the name under in-addr.arpa or ip6.arpa (RFC 1035 section 3.5, RFC 3596 section 2.5).
func reverseName(addr netip.Addr) (string, error) {
	if !addr.IsValid() {
		return "", errors.New("there is no address to look up")
	}
	return mdns.ReverseAddr(addr.Unmap().WithZone("").String())
}

// shown is a name for people and for comparing: lower case, without the final dot; the root stays ".".
func shown(name string) string {
	if name == "." {
		return name
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

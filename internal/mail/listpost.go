package mail

import "strings"

// ListPost is the address that takes posts to the mailing list (RFC 2369 section 3.4), and whether there is one.
func (p *Parsed) ListPost() (Address, bool) {
	value := fieldRaw(p.Header, "List-Post")
	for {
		_, rest, ok := strings.Cut(value, "<")
		if !ok {
			return Address{}, false
		}
		target, after, _ := strings.Cut(rest, ">")
		value = after
		addr, ok := CutMailto(strings.TrimSpace(target))
		if !ok {
			continue
		}
		if list, err := ParseAddressList(addr); err == nil && len(list) == 1 {
			return list[0], true
		}
	}
}

// CutMailto takes the address out of a mailto URL (RFC 6068), without its header fields.
func CutMailto(target string) (string, bool) {
	if len(target) < 7 || !strings.EqualFold(target[:7], "mailto:") {
		return "", false
	}
	addr, _, _ := strings.Cut(target[7:], "?")
	return strings.ToValidUTF8(string(appendPercent(nil, addr)), ""), true
}

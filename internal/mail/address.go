package mail

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Address limits of RFC 5321 section 4.5.3.1, in octets.
const (
	maxLocal  = 64
	maxDomain = 255
	maxLabel  = 63
	maxName   = 512 // of a display name; ours
)

// Local is the part before the last "@", without the quotes that it may need on the wire.
func (a Address) Local() string {
	if i := strings.LastIndexByte(a.Addr, '@'); i >= 0 {
		return a.Addr[:i]
	}
	return a.Addr
}

// Domain is the part after the last "@", as it was written.
func (a Address) Domain() string {
	if i := strings.LastIndexByte(a.Addr, '@'); i >= 0 {
		return a.Addr[i+1:]
	}
	return ""
}

// String is the address as a person reads and types it; ParseAddressList reads it back.
func (a Address) String() string {
	addr := typedLocal(a.Local())
	if a.Domain() != "" {
		addr += "@" + a.Domain()
	}
	switch {
	case a.Name == "":
		return addr
	case a.Addr == "":
		return typedName(a.Name)
	}
	return typedName(a.Name) + " <" + addr + ">"
}

// typedName quotes a display name where it would be read as something else.
func typedName(name string) string {
	if !strings.ContainsAny(name, "()<>[]:;@\\,\"\t\r\n") && name == strings.TrimSpace(name) && !strings.Contains(name, "=?") {
		return name
	}
	return quoteString(name)
}

// typedLocal quotes a local part that cannot be typed bare; two dots in a row can.
func typedLocal(local string) string {
	for _, r := range local {
		if r != '.' && !localRune(r) {
			return quoteString(local)
		}
	}
	if local == "" {
		return `""`
	}
	return local
}

// quoteString makes a quoted-string of RFC 5322 section 3.2.4.
func quoteString(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			out.WriteByte('\\')
		}
		out.WriteByte(s[i])
	}
	out.WriteByte('"')
	return out.String()
}

// localRune tells atext (RFC 5322 section 3.2.3, RFC 6532 section 3.2).
func localRune(r rune) bool {
	switch {
	case r >= 0x80:
		return r != utf8.RuneError && r >= 0xA0 && !hiddenRune(r) && r != 0xA0 && r != 0x3000
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return true
	}
	return r > ' ' && strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

// Wire is the mailbox as SMTP wants it (RFC 5321 section 4.1.2): the local part quoted where it is no dot-string,
// the domain with A-labels (RFC 5890). An address whose local part is not ASCII needs SMTPUTF8 (RFC 6531).
func (a Address) Wire() (mailbox string, err error) {
	if i := strings.IndexFunc(a.Addr, func(r rune) bool { return r < ' ' || r == 0x7F }); i >= 0 {
		return "", fmt.Errorf("the address %q has a control character: take it out", a.Addr)
	}
	domain, err := wireDomain(a.Domain())
	if err != nil {
		return "", err
	}
	local := a.Local()
	if local == "" || !strings.Contains(a.Addr, "@") {
		return "", fmt.Errorf("%q is no address: write name@domain", a.Addr)
	}
	if !dotString(local) {
		local = quoteString(local)
	}
	if len(local) > maxLocal {
		return "", fmt.Errorf("the part before @ of %q is longer than %d octets", a.Addr, maxLocal)
	}
	return local + "@" + domain, nil
}

// NeedsUTF8 reports whether the address can only be used with SMTPUTF8 (RFC 6531).
func (a Address) NeedsUTF8() bool { return !isASCII(a.Local()) }

// dotString tells the local parts that need no quotes.
func dotString(local string) bool {
	if local == "" || local[0] == '.' || local[len(local)-1] == '.' || strings.Contains(local, "..") {
		return false
	}
	for _, r := range local {
		if r != '.' && !localRune(r) {
			return false
		}
	}
	return true
}

// wireDomain turns a domain into A-labels; an address literal stays.
func wireDomain(domain string) (string, error) {
	if strings.HasPrefix(domain, "[") && strings.HasSuffix(domain, "]") {
		return domain, nil
	}
	out := domain
	if !isASCII(domain) {
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil {
			return "", fmt.Errorf("%q is no domain name: %w", domain, err)
		}
		out = ascii
	}
	if len(out) > maxDomain || out == "" {
		return "", fmt.Errorf("%q is no domain name: write 1 to %d octets after @", domain, maxDomain)
	}
	for label := range strings.SplitSeq(out, ".") {
		if label == "" || len(label) > maxLabel || strings.Trim(label, domainOctets) != "" {
			return "", fmt.Errorf("%q is no domain name: %q cannot be a part of one", domain, label)
		}
	}
	return out, nil
}

// domainOctets are letters, digits and hyphen (RFC 1035), and the underscore that some domains have against the rule.
const domainOctets = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// sameMailbox reports whether both name one mailbox: domains without regard to case and IDN form, local parts too,
// since no server that people use tells them apart by case.
func sameMailbox(a, b Address) bool {
	if strings.EqualFold(a.Addr, b.Addr) {
		return a.Addr != ""
	}
	left, err := wireDomain(a.Domain())
	if err != nil {
		return false
	}
	right, err := wireDomain(b.Domain())
	return err == nil && strings.EqualFold(left, right) && strings.EqualFold(a.Local(), b.Local())
}

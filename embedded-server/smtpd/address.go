package smtpd

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parsePath reads "<local@domain>" at the beginning of s (RFC 5321 section 4.1.2) and gives the address without
// angle brackets and what follows. A source route is passed over, as appendix C asks. "<>" gives "".
func parsePath(s string) (addr, rest string, ok bool) {
	s = strings.TrimLeft(s, " ")
	if !strings.HasPrefix(s, "<") {
		return "", "", false
	}
	end := closing(s)
	if end < 0 {
		return "", "", false
	}
	addr, rest = s[1:end], s[end+1:]
	if rest != "" && rest[0] != ' ' {
		return "", "", false
	}
	if strings.HasPrefix(addr, "@") {
		_, after, found := strings.Cut(addr, ":")
		if !found {
			return "", "", false
		}
		addr = after
	}
	return addr, strings.TrimSpace(rest), true
}

// closing gives the index of the '>' that is not inside a quoted string.
func closing(s string) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '>' && !quoted:
			return i
		}
	}
	return -1
}

// validMailbox reports whether addr is a Mailbox of RFC 5321 section 4.1.2, or of RFC 6531 with non-ASCII allowed.
func validMailbox(addr string) bool {
	at := strings.LastIndexByte(addr, '@')
	if at <= 0 || len(addr) > maxPath || !utf8.ValidString(addr) {
		return false
	}
	return validLocal(addr[:at]) && validDomain(addr[at+1:])
}

func validLocal(s string) bool {
	if len(s) > 64 {
		return false
	}
	if strings.HasPrefix(s, `"`) {
		return validQuoted(s)
	}
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.IndexFunc(atom, func(r rune) bool { return !isAtom(r) }) >= 0 {
			return false
		}
	}
	return true
}

// isAtom is atext of RFC 5322 section 3.2.3 and, by RFC 6531, anything above ASCII that is not a control.
func isAtom(r rune) bool {
	if r >= utf8.RuneSelf {
		return !unicode.IsControl(r) && r != utf8.RuneError
	}
	return r > ' ' && r != 0x7f && !strings.ContainsRune(`()<>[]:;@\,."`, r)
}

func validQuoted(s string) bool {
	if len(s) < 2 || s[len(s)-1] != '"' {
		return false
	}
	inner := s[1 : len(s)-1]
	for i := 0; i < len(inner); i++ {
		switch {
		case inner[i] == '\\' && i+1 < len(inner):
			i++
			if inner[i] < ' ' || inner[i] == 0x7f {
				return false
			}
		case inner[i] == '\\', inner[i] == '"', inner[i] < ' ', inner[i] == 0x7f:
			return false
		}
	}
	return true
}

func validDomain(s string) bool {
	if lit, ok := strings.CutPrefix(s, "["); ok {
		return validLiteral(lit)
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if strings.IndexFunc(label, func(r rune) bool { return !isLabel(r) }) >= 0 {
			return false
		}
	}
	return len(s) <= 253
}

func isLabel(r rune) bool {
	if r >= utf8.RuneSelf {
		return (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)) && r != utf8.RuneError
	}
	return r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// validLiteral checks an address literal of section 4.1.3, its "[" already gone.
func validLiteral(s string) bool {
	s, ok := strings.CutSuffix(s, "]")
	if !ok {
		return false
	}
	if v6, ok := strings.CutPrefix(s, "IPv6:"); ok {
		a, err := netip.ParseAddr(v6)
		return err == nil && a.Is6() && a.Zone() == ""
	}
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// printable reports whether s has no control characters and is UTF-8.
func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

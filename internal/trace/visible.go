package trace

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible makes octets readable: C0 controls and DEL as the control pictures U+2400 to U+2421, octets that are not
// UTF-8 as \x80, other control, format and line-separating characters (C1, bidi, tags) as \u{202e}.
func Visible(b []byte) string {
	var s strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&s, `\x%02x`, b[0])
		case r < 0x20:
			s.WriteRune(0x2400 + r)
		case r == 0x7f:
			s.WriteRune(0x2421)
		case unicode.IsControl(r), unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs):
			fmt.Fprintf(&s, `\u{%x}`, r)
		default:
			s.WriteRune(r)
		}
		b = b[n:]
	}
	return s.String()
}

package trace

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
)

// Escaped writes every character of JSON that acts on a terminal as \uXXXX (RFC 8259 section 7): encoding/json leaves
// DEL, C1, bidi controls and tags as they came. A program reads the same text.
func Escaped(doc []byte) []byte {
	if !bytes.ContainsFunc(doc, acts) {
		return doc
	}
	var b bytes.Buffer
	for _, r := range string(doc) {
		switch {
		case !acts(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}

func acts(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r > 0x7f && unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}

package trace

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// endsLocal are the characters that no unquoted local part holds (RFC 5322 section 3.2.3), and endsDomain those that no
// domain holds.
const (
	endsLocal  = "<>()[],:;\"@\\"
	endsDomain = "<>(),;\""
)

// nextAddress finds the first address in text: the local part from begin up to at, where the sign is, and the domain up
// to end. It looks at each octet a bounded number of times, whatever stands in the text: what is searched to its end is
// an address.
func nextAddress(text []byte) (begin, at, end int, ok bool) {
	for from := 0; ; from = at + 1 {
		i := bytes.IndexByte(text[from:], '@')
		if i < 0 {
			return 0, 0, 0, false
		}
		at = from + i
		if !beginsDomain(text[at+1:]) {
			continue
		}
		if begin = localBegin(text[:at]); begin < at {
			return begin, at, domainEnd(text, at+1), true
		}
	}
}

// beginsDomain reports that a domain may stand at the beginning of a text.
func beginsDomain(text []byte) bool {
	r, _ := utf8.DecodeRune(text)
	return r == '[' || unicode.IsLetter(r) || unicode.IsNumber(r)
}

// domainEnd is where the domain that begins at a place ends.
func domainEnd(text []byte, begin int) int {
	end := bytes.IndexFunc(text[begin:], func(r rune) bool { return isSpace(r) || bytes.ContainsRune([]byte(endsDomain), r) })
	if end < 0 {
		return len(text)
	}
	return begin + end
}

// localBegin is where the local part that ends with the text begins; its end if none does.
func localBegin(text []byte) int {
	if n := len(text); n > 1 && text[n-1] == '"' {
		return quoteBegin(text)
	}
	return bytes.LastIndexFunc(text, func(r rune) bool { return isSpace(r) || bytes.ContainsRune([]byte(endsLocal), r) }) + 1
}

// quoteBegin is where the quoted string that ends with the text begins (RFC 5321 section 4.1.2). One whose begin is
// missing is hidden as far back as it may go.
func quoteBegin(text []byte) int {
	for end := len(text) - 1; ; {
		begin := bytes.LastIndexByte(text[:end], '"')
		if begin < 0 {
			return 0
		}
		slashes := begin
		for slashes > 0 && text[slashes-1] == '\\' {
			slashes--
		}
		if (begin-slashes)%2 == 0 {
			return begin
		}
		end = begin
	}
}

// isSpace reports the white space that regular expressions know as \s.
func isSpace(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' && r != '\v' }

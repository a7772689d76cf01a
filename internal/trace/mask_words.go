package trace

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// minInside is the least length of a local part that is looked for inside other words: "mx" stands in too many of them.
const minInside = 4

var (
	wordForm   = regexp.MustCompile("[^\\s<>()\\[\\]{},:;\"@/?&!|]+")
	domainForm = regexp.MustCompile(`([^\s<>()\[\],:;"@\\]+)@[\pL\pN-]+\.[\pL\pN]`) // in another form: SIZE=40960 is none
	escapeForm = regexp.MustCompile(`[%+=]([0-9A-Fa-f]{2})`)                        // of URLs (RFC 3986), xtext (RFC 3461), quoted-printable (RFC 2045)
	hexForm    = regexp.MustCompile(`#(?:[0-9A-Fa-f]{2}){6,}`)                      // of names of certificates (RFC 4514 section 2.4)
	base64Word = regexp.MustCompile(`[A-Za-z0-9+_-]{6,}={0,2}`)                     // between the slashes of a URL (RFC 4648 section 5)
	base64Form = regexp.MustCompile(`[A-Za-z0-9+/]{6,}={0,2}`)                      // RFC 4648 section 4
)

// maxLocal is the length of the longest local part that is looked for elsewhere: four times what RFC 5321 section 4.5.3.1.1
// allows. It bounds the work that a long word makes.
const maxLocal = 256

// note keeps a local part, and the one that stands in it: of whom mail to hanako+news is for, and of whose bounces come to
// SRS0=HHH=TT=tsuru.test=hanako.
func (m *Masker) note(local []byte) {
	if len(local) > maxLocal {
		return
	}
	s := strings.ToLower(string(local))
	m.names[s] = true
	if base, _, ok := strings.Cut(s, "+"); ok && len(base) >= minInside {
		m.names[base] = true
	}
	if strings.HasPrefix(s, "srs") {
		m.names[s[strings.LastIndexByte(s, '=')+1:]] = true
	}
}

// words masks local parts that stand alone, or in a longer word such as an address for bounces.
func (m *Masker) words(text []byte) []byte {
	return wordForm.ReplaceAllFunc(text, func(word []byte) []byte {
		from, to := m.find(word)
		if from == to {
			return word
		}
		return bytes.Join([][]byte{word[:from], first(word[from:to]), word[to:]}, nil)
	})
}

// find gives the place of a local part in a word; an empty place if none is there.
func (m *Masker) find(word []byte) (from, to int) {
	trimmed := bytes.Trim(word, ".'`\\")
	from = bytes.Index(word, trimmed)
	to = from + len(trimmed)
	if m.names[strings.ToLower(string(trimmed))] {
		return from, to
	}
	for begin := from; begin < to; {
		end := to
		if i := bytes.IndexByte(word[begin:to], '='); i >= 0 {
			end = begin + i
		}
		if a, b := m.joined(word[begin:end]); a < b {
			return begin + a, begin + b
		}
		begin = end + 1
	}
	return 0, 0
}

// joined looks for a local part at the beginning or the end of what hyphens, plus signs and underscores join.
func (m *Masker) joined(part []byte) (from, to int) {
	lower := strings.ToLower(string(part))
	if len(lower) != len(part) {
		return 0, 0
	}
	if m.names[lower] {
		return 0, len(part)
	}
	for i, c := range lower {
		if c != '-' && c != '+' && c != '_' {
			continue
		}
		switch {
		case i >= minInside && i <= maxLocal && m.names[lower[:i]]:
			return 0, i
		case len(lower)-i-1 >= minInside && len(lower)-i-1 <= maxLocal && m.names[lower[i+1:]]:
			return i + 1, len(part)
		}
	}
	return 0, 0
}

// encoded masks words in which an address or a local part stands in another form: of a URL, xtext, quoted-printable, with
// backslashes, in hexadecimal or in base64.
func (m *Masker) encoded(text []byte) []byte {
	for _, form := range []struct {
		words *regexp.Regexp
		plain func([]byte) []byte
	}{{wordForm, unescaped}, {wordForm, withoutBackslashes}, {hexForm, unhex}, {base64Word, unbase64}, {base64Form, unbase64}} {
		text = form.words.ReplaceAllFunc(text, func(word []byte) []byte {
			if plain := form.plain(word); !bytes.Equal(plain, word) && (domainForm.Match(plain) || m.holds(plain)) {
				return []byte(mask)
			}
			return word
		})
	}
	return text
}

func (m *Masker) holds(text []byte) bool {
	for _, word := range wordForm.FindAll(text, -1) {
		if from, to := m.find(word); to-from >= minInside {
			return true
		}
	}
	return false
}

// inOctets reports a local part with its @ in what is no text, such as a DNS message.
func (m *Masker) inOctets(octets []byte) bool {
	for at := 0; ; at++ {
		i := bytes.IndexByte(octets[at:], '@')
		if i < 0 {
			return false
		}
		at += i
		if !beginsDomain(octets[at+1:]) {
			continue
		}
		near := octets[max(0, at-maxLocal):at]
		local := strings.ToLower(string(near[localBegin(near):]))
		for len(local) > 0 { // octets of other fields may stand before it
			if m.names[local] {
				return true
			}
			_, n := utf8.DecodeRuneInString(local)
			local = local[n:]
		}
	}
}

// unescaped decodes the escapes of a word.
func unescaped(word []byte) []byte {
	return escapeForm.ReplaceAllFunc(word, func(escape []byte) []byte {
		octet, err := hex.DecodeString(string(escape[1:]))
		if err != nil {
			return escape
		}
		return octet
	})
}

func withoutBackslashes(word []byte) []byte { return bytes.ReplaceAll(word, []byte(`\`), nil) }

// unhex gives the octets that a word with # before it is, or the word.
func unhex(word []byte) []byte {
	plain, err := hex.DecodeString(string(word[1:]))
	if err != nil {
		return word
	}
	return plain
}

// unbase64 gives the text that a word may be in base64, or the word.
func unbase64(word []byte) []byte {
	standard := strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(string(word))
	plain, err := base64.RawStdEncoding.DecodeString(standard)
	isText := func(r rune) bool { return unicode.IsPrint(r) || r == 0 || r == 1 } // between the parts of SASL messages
	if err != nil || !utf8.Valid(plain) || bytes.ContainsFunc(plain, func(r rune) bool { return !isText(r) }) {
		return word
	}
	return plain
}

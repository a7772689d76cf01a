package text

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// SureWidth replaces characters of ambiguous width (UAX 11) in a finished frame by one-cell characters that every
// terminal draws in one cell. It is for terminals that draw the ambiguous ones in two: there they would push the rest
// of their row aside. What has no likeness becomes a question mark.
func SureWidth(frame string) string {
	return strings.Map(func(r rune) rune {
		if r < 0xa1 || width.LookupRune(r).Kind() != width.EastAsianAmbiguous {
			return r
		}
		return likeness(r)
	}, frame)
}

var likenesses = map[rune]rune{
	'─': '-', '━': '-', '│': '|', '┃': '|', '…': '.', '‥': '.', '―': '-', '—': '-', '–': '-', '‐': '-', '×': 'x', '÷': '/',
	'→': '>', '←': '<', '↑': '^', '↓': 'v', '⇒': '>', '⇔': '=', '※': '*', '★': '*', '☆': '*', '●': '*', '○': 'o', '◎': 'o',
	'■': '#', '□': '#', '▲': '^', '△': '^', '▼': 'v', '▽': 'v', '◆': '*', '◇': '*', '‘': '\'', '’': '\'', '“': '"', '”': '"',
	'·': '.', '•': '*', '´': '\'', '¨': '"', '±': '+', '≒': '=', '≠': '#', '≦': '<', '≧': '>', '∞': '8', '√': 'v', '∴': ':',
	'♪': '~', '♂': 'm', '♀': 'f', '°': 'o', '℃': 'C', '§': 'S', '¶': 'P', '¿': '?', '¡': '!', 'ß': 's', 'æ': 'a', 'Æ': 'A',
	'ø': 'o', 'Ø': 'O', 'α': 'a', 'β': 'b', 'γ': 'g', 'δ': 'd', 'π': 'p', 'μ': 'u', 'Ω': 'O',
}

// likeness is what is nearest to r in ASCII: by the table, for box drawing a plus, else the first letter of its
// compatibility form ("①" is 1, "Ⅲ" is I, "é" is e).
func likeness(r rune) rune {
	if l, ok := likenesses[r]; ok {
		return l
	}
	if r >= 0x2500 && r < 0x2580 {
		return '+'
	}
	for _, c := range norm.NFKD.String(string(r)) {
		if c > ' ' && c < utf8.RuneSelf && c != '(' {
			return c
		}
	}
	return '?'
}

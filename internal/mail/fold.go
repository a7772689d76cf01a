package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives text in the form that search compares: NFKC (half-width katakana and full-width letters become the
// usual ones), lower case, hidden characters dropped.
func Fold(s string) string {
	if plainLower(s) {
		return s
	}
	s = strings.Map(func(r rune) rune {
		if hiddenRune(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKC.String(strings.ToValidUTF8(s, " ")))
	return norm.NFKC.String(s) // lower case may decompose
}

func plainLower(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

// Bigrams gives the words that a full-text index over spaces is to hold of s, which is folded first: words of letters
// as they are, every two neighbours of a run of Chinese and Japanese characters, and the last one of a run alone, so
// that a search for one character, asked for as a prefix, finds it anywhere.
func Bigrams(s string) string {
	var out strings.Builder
	out.Grow(len(s) * 2)
	word := func(w string) {
		if out.Len() > 0 {
			out.WriteByte(' ')
		}
		out.WriteString(w)
	}
	s = Fold(s)
	for s != "" {
		wide, end := run(s)
		piece := s[:end]
		s = s[end:]
		switch wide {
		case runWord:
			word(piece)
		case runWide:
			writeBigrams(piece, word)
		}
	}
	return out.String()
}

// BigramQuery gives the words of a query for a full-text index that Bigrams filled: each a phrase of neighbouring
// words, the last with prefix true if it must be searched as the beginning of a word.
func BigramQuery(s string) []Phrase {
	var phrases []Phrase
	s = Fold(s)
	for s != "" {
		kind, end := run(s)
		piece := s[:end]
		s = s[end:]
		switch kind {
		case runWord:
			phrases = append(phrases, Phrase{Words: []string{piece}, Prefix: true})
		case runWide:
			p := Phrase{Prefix: len([]rune(piece)) == 1}
			writeBigrams(piece, func(w string) { p.Words = append(p.Words, w) })
			if n := len(p.Words); n > 1 {
				p.Words = p.Words[:n-1] // the single last character ends a run only
			}
			phrases = append(phrases, p)
		}
	}
	return phrases
}

// Phrase is a run of words that must stand next to each other.
type Phrase struct {
	Words  []string
	Prefix bool // the last word is the beginning of one
}

type runKind int

const (
	runOther runKind = iota // spaces and punctuation
	runWord                 // letters and digits of scripts that write spaces
	runWide                 // scripts that do not
)

// run gives the kind of the first characters of s and how many octets are of it.
func run(s string) (runKind, int) {
	var first runKind
	for i, r := range s {
		kind := kindOf(r)
		if i == 0 {
			first = kind
		} else if kind != first {
			return first, i
		}
	}
	return first, len(s)
}

// kindOf answers at once for what most text is made of: the tables are slow, and a whole mailbox goes through here.
func kindOf(r rune) runKind {
	switch {
	case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		return runWord
	case r <= unicode.MaxASCII:
		return runOther
	case 'ぁ' <= r && r <= 'ゖ', 'ァ' <= r && r <= 'ヺ', '一' <= r && r <= '\u9fef':
		return runWide
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar), r == 'ー', r == '々':
		return runWide
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return runWord
	}
	return runOther
}

func writeBigrams(piece string, word func(string)) {
	before := 0 // where the character before began
	for i, r := range piece {
		if i > 0 {
			word(piece[before : i+utf8.RuneLen(r)])
		}
		before = i
	}
	word(piece[before:])
}

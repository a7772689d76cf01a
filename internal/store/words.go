package store

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"todoku/internal/mail"
)

// The search index holds words that we cut ourselves. SQLite's tokenizers either take a whole Japanese sentence for one
// word or, as trigrams, never find words of two characters. So runs of Han, kana, Hangul and Thai become overlapping
// pairs, and a search for such a run is a phrase of pairs. All is folded first: ｶﾅ and カナ are one word.

const (
	maxIndexed   = 256 << 10 // bytes of one message's text that are indexed
	maxPeople    = 50        // addresses of one message that are indexed or learned
	maxQuery     = 1 << 10   // bytes of a query that are used
	maxQueryWord = 32        // words of a query that are used
)

// fold makes letters that mean the same the same: NFKC (half-width kana, full-width Latin) and lower case.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// paired reports whether the script writes words without spaces, so that pairs of characters are indexed.
func paired(r rune) bool {
	if r < 0x0e00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai) || r == 'ー' || r == '々'
}

// runs cuts folded text into runs that are paired or not, without control characters.
func runs(folded string, f func(run string, paired bool)) {
	start, in := 0, false
	for i, r := range folded {
		p := paired(r)
		if i > 0 && p != in && i > start {
			f(folded[start:i], in)
			start = i
		}
		in = p
	}
	if start < len(folded) {
		f(folded[start:], in)
	}
}

// indexText is text as it goes into the index: other scripts as they are, runs as pairs and their last character.
func indexText(text string) string {
	if len(text) > maxIndexed {
		text = strings.ToValidUTF8(text[:maxIndexed], "")
	}
	var b strings.Builder
	b.Grow(len(text) * 2)
	runs(fold(text), func(run string, isPaired bool) {
		if !isPaired {
			b.WriteString(run)
			return
		}
		b.WriteByte(' ')
		writePairs(&b, run, true)
		b.WriteByte(' ')
	})
	return b.String()
}

// writePairs writes the overlapping pairs of a run; last also writes its last character alone, so that a search for one
// character, which is a prefix search, finds it there too.
func writePairs(b *strings.Builder, run string, last bool) {
	rs := []rune(run)
	for i := range rs[:len(rs)-1] {
		b.WriteRune(rs[i])
		b.WriteRune(rs[i+1])
		b.WriteByte(' ')
	}
	if last || len(rs) == 1 {
		b.WriteRune(rs[len(rs)-1])
	}
}

// matchQuery turns what a person typed into an FTS5 query: every word must be there, the end of a Latin word may be
// missing. It is "" when nothing is left to search for.
func matchQuery(words string) string {
	if len(words) > maxQuery {
		words = strings.ToValidUTF8(words[:maxQuery], "")
	}
	var terms []string
	for _, word := range strings.Fields(fold(words)) {
		runs(word, func(run string, isPaired bool) {
			if term := matchTerm(run, isPaired); term != "" && len(terms) < maxQueryWord {
				terms = append(terms, term)
			}
		})
	}
	return strings.Join(terms, " AND ")
}

func matchTerm(run string, isPaired bool) string {
	if !isPaired {
		run = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
				return r
			}
			return ' ' // so that a quote or NUL never reaches the query's syntax
		}, run)
		if strings.TrimSpace(run) == "" {
			return ""
		}
		return `"` + strings.TrimSpace(run) + `"*`
	}
	var b strings.Builder
	writePairs(&b, run, false)
	phrase := `"` + strings.TrimSpace(b.String()) + `"`
	if len([]rune(run)) == 1 {
		phrase += "*"
	}
	return phrase
}

// peopleText is the names and addresses of an envelope, for the index.
func peopleText(e *mail.Envelope) string {
	var b strings.Builder
	n := 0
	for _, list := range [][]mail.Address{e.From, e.To, e.Cc} {
		for _, a := range list {
			if n++; n > maxPeople {
				return b.String()
			}
			b.WriteString(a.Name)
			b.WriteByte(' ')
			b.WriteString(a.Addr)
			b.WriteByte('\n')
		}
	}
	return b.String()
}

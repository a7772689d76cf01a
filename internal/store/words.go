package store

import (
	"strings"
	"unicode"

	"todoku/internal/mail"
)

// The search index holds words that mail.Bigrams cut. SQLite's tokenizers either take a whole Japanese sentence for one
// word or, as trigrams, never find words of two characters.

const (
	maxIndexed   = 256 << 10 // bytes of one message's text that are indexed
	maxPeople    = 50        // addresses of one message that are indexed or learned
	maxQuery     = 1 << 10   // bytes of a query that are used
	maxQueryWord = 32        // words of a query that are used
)

// indexText is text as it goes into the index.
func indexText(text string) string {
	return mail.Bigrams(text[:min(len(text), maxIndexed)])
}

// queryPhrases is what a person typed, as the index holds it: every phrase must be there, the end of a Latin word may be
// missing.
func queryPhrases(words string) []mail.Phrase {
	phrases := mail.BigramQuery(words[:min(len(words), maxQuery)])
	return phrases[:min(len(phrases), maxQueryWord)]
}

// matchQuery is the phrases as an FTS5 query.
func matchQuery(phrases []mail.Phrase) string {
	var terms []string
	for _, p := range phrases {
		// Words are letters and digits only; the quotes also keep AND, OR and NOT from being operators.
		term := `"` + strings.ReplaceAll(strings.Join(p.Words, " "), `"`, `""`) + `"`
		if p.Prefix {
			term += "*"
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, " AND ")
}

// wideScript reports whether the script writes words without spaces.
func wideScript(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai)
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
